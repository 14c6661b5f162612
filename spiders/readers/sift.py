"""Pay only for what is new: tell the entries of a feed apart without feedparser, and read some of them alone.

feedparser costs dozens of times what a plain parser does, and a changed feed carries mostly entries that are
known already. ``sift`` walks over the document once and gives each entry a mark, a hash over all that decides
its identity and its change; ``read_new`` gives feedparser the document without the entries whose marks are
known. What comes out is what the whole document would have given: the walk follows expat, so it is sure of
the structure, and gives up wherever an entry could bear on how feedparser reads those after it (see
``walk.py``). Then, and for whatever is not well-formed, the feed is read whole.
"""

from collections.abc import Collection, Iterator
from hashlib import blake2b
from itertools import groupby, pairwise
from pyexpat import ExpatError
from xml.sax.saxutils import quoteattr

from spiders.errors import NotAFeed
from spiders.items import Feed, Sifted
from spiders.readers.feed import (
    MAX_ENTRIES,
    STAND_IN,
    Opened,
    open_feed,
    parse_feed,
    read_feed,
    read_parsed,
)
from spiders.readers.guard import trim_attributes
from spiders.readers.kinds import Unsure
from spiders.readers.mend import DOCTYPE_NOTE, Mended, mend_xml, root_start
from spiders.readers.walk import Line, Walked, walk

_MARK_BITS = (1 << 63) - 1
# Longer than mend.py takes for a reference, though expat takes them.
_LONG_REFERENCES = (b"&#000", b"&#x0000")


def sift(body: bytes, *, url: str, content_type: str = "") -> Sifted | None:
    """Tell the entries of a feed apart and mark them; None where it must be read whole, or is no feed."""
    try:
        opened = open_feed(body, url=url, content_type=content_type)
    except NotAFeed:
        return None
    if opened.start is None:
        return None
    for mend in (False, True):
        mended = _mended(opened) if mend else _as_it_is(opened)
        data = mended.text.encode("utf-8", "replace")
        try:
            walked = walk(data)
        except ExpatError:
            continue
        except Unsure:
            return None
        if mend or _needs_no_mending(data, walked):
            return _sifted(data, walked, url, mended=mend, notes=(*mended.notes, *opened.notes))
    return None


def read_new(
    body: bytes, sifted: Sifted, known: Collection[int], *, url: str, content_type: str = ""
) -> Feed:
    """Read a feed that was sifted, but for the entries whose marks are known. Raises NotAFeed.

    The marks that were left out stand in ``Feed.known``; it is empty where the feed was read whole after all.
    """
    left_out = tuple(mark for mark in sifted.marks if mark in known)
    if left_out:
        opened = open_feed(body, url=url, content_type=content_type)
        feed = _read_pieces(opened, sifted, known, url, left_out)
        if feed is not None:
            return feed
    return read_feed(body, url=url, content_type=content_type, marks=sifted.marks)


def read_marked(body: bytes, *, url: str, content_type: str = "") -> Feed:
    """Read a feed whole, with a mark on each entry where it can be sifted. Raises NotAFeed."""
    sifted = sift(body, url=url, content_type=content_type)
    return read_feed(body, url=url, content_type=content_type, marks=sifted.marks if sifted else ())


def _read_pieces(
    opened: Opened, sifted: Sifted, known: Collection[int], url: str, left_out: tuple[int, ...]
) -> Feed | None:
    marks: list[int] = []
    whole = (_mended(opened) if sifted.mended else _as_it_is(opened)).text
    pieces = b"".join(_pieces(whole.encode("utf-8", "replace"), sifted, known, marks))
    text, heavy = trim_attributes(pieces.decode("utf-8"))
    if heavy:
        return None
    raw, notes = parse_feed(Mended(text, sifted.root))
    if notes or len(raw.entries) != len(marks):
        return None
    mended = Mended(whole, sifted.root, sifted.notes)
    return read_parsed(raw, mended, url=url, marks=marks, known=left_out)


def _pieces(data: bytes, sifted: Sifted, known: Collection[int], marks: list[int]) -> Iterator[bytes]:
    """Return the document without the known entries; ``marks`` takes what stands for each entry that stays.

    An empty entry stands for each run of them: feedparser forgets at an entry's end what it met before it.
    """
    done = 0
    runs = groupby(zip(sifted.marks, sifted.spans, sifted.bases, strict=True), lambda line: line[0] in known)
    for is_known, run in runs:
        lines = [*run]
        if not is_known:
            marks += [mark for mark, _, _ in lines]
            continue
        for _, (start, end), _ in lines:
            yield data[done:start]
            done = end
        base = lines[-1][2]
        attribute = f" xml:base={quoteattr(base)}" if base else ""
        yield f"<{sifted.entry}{attribute}/>".encode()
        marks.append(STAND_IN)
    yield data[done:]


def _as_it_is(opened: Opened) -> Mended:
    doctype = root_start(opened.text)[1]
    return Mended(opened.text[opened.start :], "", (DOCTYPE_NOTE,) if doctype else ())


def _mended(opened: Opened) -> Mended:
    return mend_xml(opened.text, start=opened.start)


def _needs_no_mending(data: bytes, walked: Walked) -> bool:
    """Tell whether mending would leave a well-formed document as it is."""
    # A CDATA section that holds the end of an entry and begins again is opened up; see mend.py.
    sections = data.count(b"<![CDATA[") if walked.sections else 0
    return sections == walked.sections and not any(mark in data for mark in _LONG_REFERENCES)


def _sifted(data: bytes, walked: Walked, url: str, *, mended: bool, notes: tuple[str, ...]) -> Sifted | None:
    if not walked.lines or _overflows(data) or _leaks(data, walked.lines):
        return None
    salt = b"\0".join((url.encode("utf-8", "replace"), *walked.frame))
    marks = tuple(_mark(salt, line) for line in walked.lines)
    if len(set(marks)) < len(marks) or _shares_a_guid(walked.lines):
        return None
    return Sifted(
        marks=marks,
        spans=tuple((line.start, line.end) for line in walked.lines),
        bases=tuple(line.base for line in walked.lines),
        root=walked.root,
        entry=walked.entry,
        mended=mended,
        notes=notes,
    )


def _mark(salt: bytes, line: Line) -> int:
    """Return the mark of an entry: 63 bits, the same in every process."""
    told = b"\0".join((salt, *line.pieces))
    return int.from_bytes(blake2b(told, digest_size=8).digest()) & _MARK_BITS


def _shares_a_guid(lines: list[Line]) -> bool:
    """Tell whether two entries have one guid: what it is worth then shows only in the whole feed."""
    guids = [guid for line in lines for guid in set(line.guids) if guid]
    return len(set(guids)) < len(guids)


def _overflows(data: bytes) -> bool:
    """Tell whether there may be more entries than are read."""
    if len(data) <= MAX_ENTRIES * len("<item"):
        return False
    return data.count(b"<item") + data.count(b"<entry") > MAX_ENTRIES


def _leaks(data: bytes, lines: list[Line]) -> bool:
    """Tell whether a tag with too many attributes may reach from one piece of the document into the next.

    Tags are counted in CDATA sections too, where an attribute may be left open.
    """
    edges = sorted({0, *(line.start for line in lines), *(line.end for line in lines)})
    if not any(_left_open(data, start, end) for start, end in pairwise(edges)):
        return False
    return trim_attributes(data.decode("utf-8"))[1] > 0


def _left_open(data: bytes, start: int, end: int) -> bool:
    """Tell whether the last quote of a piece may open an attribute's value."""
    for quote in (b'"', b"'"):
        at = data.rfind(quote, start, end)
        if at >= 0 and data[max(start, at - 64) : at].rstrip()[-1:] in (b"", b"="):
            return True
    return False
