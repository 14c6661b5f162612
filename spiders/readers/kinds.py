"""What the elements and namespaces of a feed are to feedparser, as far as the walk must know it."""

from collections.abc import Collection
from functools import lru_cache

from feedparser.api import StrictFeedParser

_STANDARD: dict[str, str] = {
    uri.lower(): prefix.lower() for uri, prefix in StrictFeedParser.namespaces.items()
}
_PREFIXES = frozenset(_STANDARD.values())
_USERLAND = "backend.userland.com/rss"
_HARMLESS_DEFAULTS = frozenset(
    ["http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg", "http://www.w3.org/1998/math/mathml"]
)
_VERSIONS = frozenset(
    ["http://my.netscape.com/rdf/simple/0.9/", "http://purl.org/rss/1.0/", "http://www.w3.org/2005/atom"]
)
_HANDLERS = frozenset(
    name.removeprefix("_start_").removeprefix("_end_").lower()
    for name in dir(StrictFeedParser)
    if name.startswith(("_start_", "_end_"))
)
_HANDLED_ENDS = frozenset(name.rpartition("_")[2] for name in _HANDLERS)

# What an element is to the walk: a sum of these.
ENTRY, HOLDER, FIELD, SITE, TEXT, HANDLED, DIV, SOURCE, FOREIGN, TITLE, PICTURE, GUID = (
    1 << bit for bit in range(12)
)
_KINDS = {
    ENTRY: ["item", "entry"],
    HOLDER: ["rss", "feed", "channel", "rdf_rdf"],
    FIELD: [
        *("guid", "id", "link", "links", "origlink", "title", "published", "issued", "pubdate"),
        *("updated", "modified", "lastbuilddate", "date", "created"),
    ],
    SITE: ["link", "links", "id", "guid"],
    # Elements whose content may hold elements that are markup to a reader, and all that feedparser
    # tells apart from others of the same name by the state it is in.
    TEXT: [
        *("title", "subtitle", "tagline", "rights", "copyright", "description", "abstract", "info"),
        *("summary", "content", "body", "fullitem", "image", "textinput", "feedburner_browserfriendly"),
        *("content_encoded", "xhtml_body", "dc_title", "dc_description", "dc_rights", "media_title"),
        *("media_description", "itunes_subtitle", "itunes_summary", "browserfriendly", "encoded"),
        # It stumbles over what these hold, if it is an element.
        *("creativecommons_license", "width", "height"),
    ],
    DIV: ["div"],
    SOURCE: ["source"],
    TITLE: ["title"],
    PICTURE: ["image", "textinput"],
    GUID: ["guid", "id"],
    # Elements of other formats and modules on whose values feedparser stumbles, so that it reads no entry.
    FOREIGN: ["pos", "poslist", "chapter"],
}
_OF_ITS_OWN_NAME = ENTRY | HOLDER | SOURCE


class Unsure(Exception):
    """The feed must be read whole."""


@lru_cache(maxsize=4096)
def kind_of(name: str) -> int:
    """Return what an element is, by its name as expat gives it: namespace, space, local name."""
    uri, _, local = name.rpartition(" ")
    uri, local = uri.lower(), local.lower()
    prefix = "" if not uri or _USERLAND in uri else _STANDARD.get(uri)
    if prefix is None:
        # feedparser will call it by the prefix it was given, which may be that of a namespace it knows.
        found = _kinds_of(local) | (HANDLED if local in _HANDLED_ENDS else 0)
        return found | FOREIGN if found & _OF_ITS_OWN_NAME else found
    tag = f"{prefix}_{local}" if prefix else local
    handled = HANDLED if tag in _HANDLERS else 0
    if prefix == "xhtml" and not handled:
        return _kinds_of(local) & DIV
    found = _kinds_of(local)
    if prefix:
        found = (found & (FIELD | FOREIGN | DIV)) | _kinds_of(tag)
    return found | handled


def _kinds_of(name: str) -> int:
    return sum(kind for kind, names in _KINDS.items() if name in names)


def check_bindings(
    outer: Collection[tuple[str | None, str]],
    inner: Collection[tuple[str | None, str]],
    *,
    version_told: bool,
) -> None:
    """Make sure that the namespaces bound inside entries mean nothing to other entries. Raises Unsure."""
    if any(_misleads(prefix, uri) for prefix, uri in (*outer, *inner)):
        raise Unsure
    strange = [(prefix, uri) for prefix, uri in inner if (prefix, uri) not in outer]
    strange = [(prefix, uri) for prefix, uri in strange if prefix or uri.lower() not in _HARMLESS_DEFAULTS]
    if not strange:
        return
    prefixes = [prefix for prefix, _ in outer if prefix] + [prefix for prefix, _ in strange]
    uris = [uri.lower() for prefix, uri in outer if prefix] + [uri.lower() for _, uri in strange]
    if not all(prefix and uri for prefix, uri in strange):
        raise Unsure
    if len(set(prefixes)) < len(prefixes) or len(set(uris)) < len(uris):
        raise Unsure
    if not version_told and _VERSIONS.intersection(uris[-len(strange) :]):
        raise Unsure


def _misleads(prefix: str | None, uri: str) -> bool:
    """Tell whether a name that feedparser gives to one namespace it knows is given to another one."""
    if " " in uri or len(uri.split()) > 1:
        return True
    standard = "" if _USERLAND in uri.lower() else _STANDARD.get(uri.lower())
    return bool(prefix) and prefix in _PREFIXES and standard is not None and standard != prefix
