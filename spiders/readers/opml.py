"""Read OPML 1.0, 1.1 and 2.0, also as other programs get it wrong: outlines in, lines of a list out.

Folders become tags, nested ones too. The document type goes before parsing, so that no entity unfolds.
"""

import json
import re
from collections.abc import Iterator, Mapping

from lxml import etree

from spiders.errors import NotAList
from spiders.readers.listed import FIELDS, NAMESPACE, Listed, Listing, unique_tags
from spiders.readers.mend import mend_xml, root_start

_FEED_SCHEME = re.compile(r"^\s*feed:(?://)?(?=https?:)|^\s*feed(?=://)", re.IGNORECASE)
_CLOSES = re.compile(r"\s*[/?]?>|\s+[\w:.-]{1,60}\s*=\s*\Z")
"""What stands behind the quote that closes a value: the tag's end, or all of the next attribute's name."""
ADDRESS = re.compile(r"(?:https?|feed)://\S+$", re.IGNORECASE)
"""What is no title, although it may stand where one belongs."""
_OWN = frozenset(FIELDS) - {"url", "title", "site_url", "language", "tags"}
_NO_LANGUAGE = frozenset(["", "unknown", "none", "null"])


def read_opml(text: str, *, name: str) -> Listing:
    """Read the outlines of an OPML document that name a source; ``name`` is what errors call the document.

    Outlines are taken wherever they stand, with or without a body. Comments (``isComment``) are left out.
    Raises NotAList when there is no outline in it.
    """
    mended = mend_xml(text)
    before = text.count("\n", 0, root_start(text)[0])
    root, sound = _parsed(mended.text)
    if root is None or (_local(root) != "opml" and not any(True for _ in _outlines(root))):
        raise NotAList(name, "not_opml", "is XML, but no OPML: there is no outline in it")
    notes = dict.fromkeys(mended.notes)
    if not sound:
        notes["malformed XML: what could be read of it was taken"] = None
    if not any(_local(child) == "body" for child in root):
        notes["no body: outlines taken from where they stand"] = None
    lines = tuple(_lines(root, before))
    return Listing(format="opml", lines=lines, notes=tuple(notes))


def _parsed(text: str) -> tuple[etree._Element | None, bool]:
    """Parse what can be parsed, and say whether it was well-formed.

    Names with quotes in them (``text="The "Daily" News"``) are what other programs get wrong most.
    """
    root, sound = _tree(text)
    if sound:
        return root, True
    again, mended = _tree(_mend_quotes(text))
    return (again if mended or root is None else root), False


def _tree(text: str) -> tuple[etree._Element | None, bool]:
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError:
        return None, False
    return root, not len(parser.error_log)


def _mend_quotes(text: str) -> str:
    """Escape quotes inside of quoted values. One pass: each quote is judged by what stands behind it."""
    first, *rest = text.split('"')
    pieces, within = [first], False
    for behind in rest:
        marks = not within or _CLOSES.match(behind) is not None
        within = not within if marks else within
        pieces += ('"' if marks else "&quot;", behind)
    return "".join(pieces)


def _local(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _outlines(root: etree._Element) -> Iterator[etree._Element]:
    return (element for element in root.iter() if _local(element) == "outline")


def _lines(root: etree._Element, before: int) -> Iterator[Listed]:
    """Go through the tree in document order, without recursion: folders may lie deep."""
    waiting: list[tuple[etree._Element, tuple[str, ...]]] = [(root, ())]
    while waiting:
        element, folders = waiting.pop()
        inside = folders
        if _local(element) == "outline":
            values = _values(element)
            if values.get("iscomment", "").lower() == "true":
                continue
            line = _listed(values, folders, (element.sourceline or 1) + before)
            if line is not None:
                yield line
            else:
                inside = (*folders, values.get("title") or values.get("text") or "")
        waiting += [(child, inside) for child in reversed(element)]


def _values(element: etree._Element) -> Mapping[str, str]:
    """Return the attributes by lower-case name; kabar's own as ``kabar:name``."""
    found: dict[str, str] = {}
    for key, value in element.attrib.items():
        name = str(key)
        if name.startswith(f"{{{NAMESPACE}}}"):
            name = f"kabar:{name.rpartition('}')[2]}"
        found.setdefault(name.lower(), str(value).strip())
    return found


def _listed(values: Mapping[str, str], folders: tuple[str, ...], line: int) -> Listed | None:
    """Return the line an outline makes, or None when it names nothing: a folder, a remark."""
    url, site = values.get("xmlurl", ""), values.get("htmlurl", "")
    page = site or values.get("url", "")
    if not url and not page:
        return None
    further = {name: values[f"kabar:{name}"] for name in _OWN if values.get(f"kabar:{name}")}
    language = values.get("language", "")
    if language.lower() not in _NO_LANGUAGE:
        further["language"] = language
    if site:
        further["site_url"] = site
    return Listed(
        line=line,
        url=_FEED_SCHEME.sub(_as_http, url),
        page="" if url else page,
        title=_title(values),
        tags=_tags(values, folders),
        values=further,
    )


def _as_http(match: re.Match[str]) -> str:
    """``feed:`` before a whole address goes; in place of a scheme it means http."""
    return "" if match[0].rstrip("/").endswith(":") else "http"


def _title(values: Mapping[str, str]) -> str | None:
    """Return what the outline is called; some programs put the address where the name belongs."""
    if values.get("kabar:title"):
        return values["kabar:title"]
    named = [name for name in (values.get("title", ""), values.get("text", "")) if name]
    names = [name for name in named if not ADDRESS.match(name)]
    if named and not names:
        names = [values.get("description", "")]
    return next((name for name in names if name), None)


def _tags(values: Mapping[str, str], folders: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tags: folders from the outside in, then the categories (OPML 2.0: ``/a/b,c``)."""
    exact = _exact(values.get("kabar:tags", ""))
    if exact is not None:
        return exact
    categories = re.split(r"[,/]", values.get("category", ""))
    return unique_tags((*folders, *categories))


def _exact(text: str) -> tuple[str, ...] | None:
    """Return tags that ``category`` could not carry, as kabar wrote them."""
    try:
        found = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
    return tuple(found) if isinstance(found, list) and all(isinstance(tag, str) for tag in found) else None
