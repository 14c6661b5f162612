"""Read a list of sources in whichever form it comes: OPML, CSV, one address a line."""

from spiders.errors import NotAList
from spiders.readers.decode import decode
from spiders.readers.discover import root_name, sniff
from spiders.readers.listed import MAX_BYTES, Listing
from spiders.readers.opml import read_opml
from spiders.readers.sheet import read_sheet

_OTHERS = {
    "feed": "is a feed, not a list of sources; `kabar add URL` follows a feed",
    "html": "is a web page, not a list of sources",
    "pdf": "is a PDF file, not a list of sources",
    "image": "is an image, not a list of sources",
    "json": "is JSON; lists of sources are OPML or CSV",
    "empty": "holds nothing",
}


def read_list(body: bytes, *, name: str, content_type: str = "") -> Listing:
    """Read a list of sources. ``name`` is what errors call the document: a file's name, a URL.

    Raises NotAList: ``oversize``, or what it is instead.
    """
    if len(body) > MAX_BYTES:
        raise NotAList(name, "oversize", f"has more than {MAX_BYTES // 1024 // 1024} MiB")
    text = decode(body, content_type).text
    if root_name(text[:65_536]) == "opml":
        return read_opml(text, name=name)
    markup = text.lstrip("\ufeff \t\r\n").startswith("<")
    kind = sniff(body)
    if kind in ("html", "feed") and not markup:
        kind = "other"  # a title in the table speaks of tags
    if kind in _OTHERS and not (kind == "html" and root_name(text[:65_536]) in ("body", "head")):
        raise NotAList(name, kind, _OTHERS[kind])
    return read_opml(text, name=name) if markup else read_sheet(text, name=name)
