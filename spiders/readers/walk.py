"""One walk over a well-formed feed with expat: where its entries stand and what decides each one's identity.

The walk raises Unsure where leaving out an entry could change how feedparser reads another one. feedparser
is one long state machine, and only these ways were found by which an entry leaves a trace in its state:
an element that it handles inside text (it hears the end tag, but not the start tag), a ``div`` inside text
that is not declared XHTML, a namespace prefix that means two things or has two names, and elements that
belong to the feed. A base URL below an element without one stays in force as well; the walk says which.
All the rest is reset by an empty entry in its place.
"""

from dataclasses import dataclass, field
from pyexpat import ParserCreate
from re import compile as pattern

from spiders.readers.kinds import (
    DIV,
    ENTRY,
    FIELD,
    FOREIGN,
    GUID,
    HANDLED,
    HOLDER,
    PICTURE,
    SITE,
    SOURCE,
    TEXT,
    TITLE,
    Unsure,
    check_bindings,
    kind_of,
)

_PLAIN_URL = pattern(r"https?://[A-Za-z0-9.:-]+(?:/[^\s?#]*)?(?:\?[^\s#]+)?")
# What no base changes, in the bytes of an element. A scheme that is never relative ends the matter at once.
_PLAIN_VALUE = pattern(rb"\s*(?:https?://[A-Za-z0-9.:-]+(?:/[^\s?#<&]*)?|(?:tag|urn):[^\s<]+)\s*")
_MAX_DEPTH = 200
_QNAME = pattern(rb"<([^\s/>]+)")


@dataclass(slots=True)
class Line:
    """One entry: where it stands in the bytes, its guids, and all that decides what it is."""

    start: int
    end: int = 0
    guids: list[str] = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)
    base: str = ""
    """The base URL that feedparser keeps after it, where the feed as a whole has none."""


@dataclass(slots=True)
class Walked:
    """What a walk found."""

    root: str = ""
    entry: str = ""
    """Qualified names of the root element and of the first entry, as written."""
    lines: list[Line] = field(default_factory=list)
    frame: list[bytes] = field(default_factory=list)
    """What bears on every entry: root, channel and namespaces, addresses of the feed."""
    sections: int = 0
    """How many CDATA sections there are."""


def walk(data: bytes) -> Walked:
    """Walk over a document that begins with its root.

    Raises ExpatError when it is not well-formed, Unsure when it must be read whole.
    """
    walker = _Walker(data)
    walker.parse()
    return walker.walked


class _Walker:
    __slots__ = (
        *("_bare", "_base", "_base_left", "_base_within", "_bound", "_data", "_entry_depth", "_guard"),
        *("_guard_xml", "_guid", "_line", "_parser", "_path", "_pending", "_source", "_starts", "walked"),
    )

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.walked = Walked()
        self._path: list[str] = []
        self._line: Line | None = None
        self._entry_depth = 0
        self._guard = self._source = 0
        """Depth of the open text element and of the open source element, 0 for none."""
        self._guard_xml = self._bare = self._base = False
        """Of the open text element: it may hold a ``div`` as well; it may hold no element. Then, of the feed:
        it has a base URL."""
        self._base_left = self._base_within = ""
        """Base URL that stays in force when the open element ends, and that of the entry."""
        self._starts: list[tuple[int, int, dict[str, str]]] = []
        self._guid: list[str] = []
        self._pending: list[tuple[str | None, str]] = []
        self._bound: tuple[dict[tuple[str | None, str], None], ...] = ({}, {})
        """Namespace bindings outside entries and in them."""
        parser = self._parser = ParserCreate("utf-8", " ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartNamespaceDeclHandler = self._bind
        parser.StartCdataSectionHandler = self._section

    def parse(self) -> None:
        self._parser.Parse(self._data, True)
        outer, inner = self._bound
        # Root elements of these names say the version; others leave it to the first namespace that does.
        told = self.walked.root.rpartition(":")[2] in ("rss", "feed")
        check_bindings(outer, inner, version_told=told)
        self.walked.frame += [f"{prefix} {uri}".encode() for prefix, uri in outer]

    def _bind(self, prefix: str | None, uri: str | None) -> None:
        self._pending.append((prefix, uri or ""))

    def _section(self) -> None:
        self.walked.sections += 1

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        kind = kind_of(name)
        path = self._path
        path.append(name)
        if self._pending:
            inside = self._line is not None or bool(kind & ENTRY)
            self._bound[inside].update(dict.fromkeys(self._pending))
            self._pending.clear()
        if self._line is not None:
            self._inside(kind, attributes)
        elif len(path) == 1:
            self._root(attributes)
        if self._line is None:
            self._outside(kind, attributes)
        if len(path) > _MAX_DEPTH:
            raise Unsure

    def _root(self, attributes: dict[str, str]) -> None:
        self.walked.root = self._qname()
        bases = [value for key, value in attributes.items() if _is_base(key)]
        self._base = len(bases) == 1 and _PLAIN_URL.fullmatch(bases[0]) is not None

    def _outside(self, kind: int, attributes: dict[str, str]) -> None:
        path, walked = self._path, self.walked
        if kind & ENTRY:
            if kind & FOREIGN or len(path) < 2 or not kind_of(path[-2]) & HOLDER:
                raise Unsure
            qname = self._qname()
            walked.entry = walked.entry or qname
            if qname != walked.entry:
                raise Unsure
            self._entry_depth = len(path)
            self._line = Line(self._parser.CurrentByteIndex, pieces=[_told(attributes)])
            self._line.guids += [value for key, value in attributes.items() if key.endswith("about")]
            if not self._base:
                self._rebase(attributes)
                self._base_within = self._base_left
            return
        if not self._base:
            self._rebase(attributes)
        if kind & HOLDER:
            walked.frame.append(_told(path, attributes))
        elif kind & SITE:
            self._open(attributes)
        if (
            kind & TITLE
            and walked.lines
            and len(path) > self._entry_depth
            and not kind_of(path[-2]) & PICTURE
        ):
            raise Unsure

    def _inside(self, kind: int, attributes: dict[str, str]) -> None:
        if attributes and not self._base:
            self._rebase(attributes)
        if self._bare:
            raise Unsure
        if not kind:
            return
        if kind & (ENTRY | HOLDER | FOREIGN) or (
            self._guard and (kind & HANDLED or (kind & DIV and not self._guard_xml))
        ):
            raise Unsure
        if kind & TEXT and not self._guard:
            self._guard = len(self._path)
            media = attributes.get("type", "").lower()
            self._bare = bool(kind & PICTURE)
            self._guard_xml = media == "xhtml" or media.endswith("xml")
        if kind & (SOURCE | PICTURE):
            if kind & SOURCE:
                if self._source:
                    raise Unsure
                self._source = len(self._path)
            assert self._line is not None
            self._line.pieces.append(_told(self._path))
        if kind & FIELD and (not self._source or kind & TITLE):
            self._open(attributes)
            if kind & SITE and len(self._path) > self._entry_depth + 1:
                raise Unsure  # its address may be read against the base of an element between
            if kind & GUID:
                self._guid.clear()
                self._parser.CharacterDataHandler = self._guid.append

    def _end(self, name: str) -> None:
        path = self._path
        kind = kind_of(name)
        if kind:
            line = self._line
            if self._starts and kind & FIELD:
                self._close(kind, line)
            if line is not None:
                depth = len(path)
                if depth == self._guard:
                    self._guard = 0
                    self._bare = False
                if depth == self._source:
                    self._source = 0
                if depth == self._entry_depth:
                    line.end, line.base = self._entry_end(), self._base_left
                    self.walked.lines.append(line)
                    self._line = None
        path.pop()

    def _open(self, attributes: dict[str, str]) -> None:
        if self._starts:
            raise Unsure
        self._starts.append((self._parser.CurrentByteIndex, len(self._path), attributes))

    def _close(self, kind: int, line: Line | None) -> None:
        start, depth, attributes = self._starts[-1]
        if depth != len(self._path):
            return
        self._starts.pop()
        written = self._data[start : self._parser.CurrentByteIndex]
        piece = _told(self._path, attributes) + written
        if line is None:
            self.walked.frame.append(piece)
            return
        line.pieces.append(piece)
        if kind & SITE and self._base_left and not _is_plain(attributes, written):
            line.pieces.append(_told(self._base_left))
        if kind & GUID:
            self._parser.CharacterDataHandler = None
            line.guids.append("".join(self._guid).strip())

    def _rebase(self, attributes: dict[str, str]) -> None:
        """Follow the base URL as feedparser does: it restores none of an element that has an empty one."""
        bases = [value for key, value in attributes.items() if _is_base(key)]
        if not bases:
            return
        depth = len(self._path) - self._entry_depth
        if self._line is None or depth > 1 or len(bases) > 1 or _PLAIN_URL.fullmatch(bases[0]) is None:
            raise Unsure
        if depth == 0 or not self._base_within:
            self._base_left = bases[0]

    def _qname(self) -> str:
        found = _QNAME.match(self._data, self._parser.CurrentByteIndex)
        if found is None:
            raise Unsure
        return found.group(1).decode("utf-8", "replace")

    def _entry_end(self) -> int:
        """Return where the entry ends. expat stands before an end tag, but behind an empty element."""
        at = self._parser.CurrentByteIndex
        if self._data.startswith(b"</" + self.walked.entry.encode(), at):
            return self._data.index(b">", at) + 1
        if self._data[at - 2 : at] == b"/>":
            return at
        raise Unsure


def _told(*parts: object) -> bytes:
    return repr(parts).encode("utf-8", "replace")


def _is_plain(attributes: dict[str, str], written: bytes) -> bool:
    """Tell whether an element's value is the same whatever base it is resolved against."""
    href = attributes.get("href")
    if href is not None:
        return _PLAIN_URL.fullmatch(href) is not None
    return _PLAIN_VALUE.fullmatch(written.partition(b">")[2]) is not None


def _is_base(attribute: str) -> bool:
    return attribute[-4:].lower() == "base"
