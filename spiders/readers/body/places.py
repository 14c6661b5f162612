"""What the opening tag of an element says about the text in it. Words are in ``places.toml``.

Tags repeat within a page and among the pages of a site, so what was learned of one is kept.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

STRUCTURE = (
    *("article", "main", "aside", "nav", "footer", "header", "form", "figure", "figcaption", "table"),
    *("list", "section", "blockquote", "definitions", "details"),
)
"""Kinds of elements that structure a page."""
NAMES = (
    *("body", "content", "title", "lead", "byline", "date", "caption", "related", "comment", "share"),
    *("newsletter", "paywall", "ad", "nav", "tags", "bio", "widget", "legal", "hidden", "card", "box"),
)
"""Kinds of places that a name can tell, as in ``places.toml``."""
PLACES = (*STRUCTURE, *(f"named_{name}" for name in NAMES))
"""All kinds of places; a place is the index of its kind."""
GOOD = frozenset(PLACES.index(f"named_{name}") for name in ("body", "content"))
BAD = frozenset(
    PLACES.index(f"named_{name}")
    for name in (
        *("byline", "caption", "related", "comment", "share", "newsletter", "paywall", "ad", "nav", "tags"),
        *("bio", "widget", "legal", "hidden"),
    )
)
KINDS = ("p", "heading", "item", "cell", "quote", "container", "caption", "other")
"""What an element is for a reader of its text."""

_MAX_KNOWN = 20_000
_MAX_NAMES = 400
_MAX_ATTRIBUTES = 8_000
_INLINE = frozenset(
    [
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em"),
        *("font", "i", "img", "ins", "kbd", "label", "mark", "nobr", "o:p", "picture", "q", "rp", "rt"),
        *("ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var"),
        "wbr",
    ]
)
_BREAKING = frozenset(["div", "td", "th", "body", "section", "article", "main", "center", "figure"])
_KIND = {
    **dict.fromkeys(["p", "pre"], "p"),
    **dict.fromkeys(["h1", "h2", "h3", "h4", "h5", "h6"], "heading"),
    **dict.fromkeys(["li", "dd", "dt"], "item"),
    **dict.fromkeys(["td", "th"], "cell"),
    "blockquote": "quote",
    **dict.fromkeys(["div", "section", "article", "main", "body", "center"], "container"),
    **dict.fromkeys(["figcaption", "caption", "figure"], "caption"),
}
_STRUCTURAL = {
    **{name: name for name in STRUCTURE if name not in ("list", "definitions")},
    **dict.fromkeys(["ul", "ol", "menu"], "list"),
    **dict.fromkeys(["dl"], "definitions"),
}
_NAMED = frozenset(
    f" {name}=" for name in ("class", "id", "role", "itemprop", "data-testid", "data-component", "data-type")
)
_FLAGS = frozenset([" aria-hidden=", " hidden=", " style="])
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_FOR_READERS = re.compile(
    r"sr-only|screen-?reader|visually-?hidden|visuallyhidden|\bhidden=|display:\s*none|offscreen|a11y-hidden|"
    r"clip:\s*rect\(0",
    re.IGNORECASE,
)
_UNSEEN = re.compile(r"display:\s*none|visibility:\s*hidden|clip:\s*rect\(0", re.IGNORECASE)
"""Cut to nothing (``clip``) is how pages hide from the eye what screen readers say: ", opens new tab"."""


@dataclass(slots=True, eq=False)
class Tag:
    """What an opening tag says. Elements whose tags read the same share one."""

    name: str
    inline: bool
    role: int
    """0 nothing, 1 a link, 2 bold, 3 italic."""
    kind: int
    """Index in KINDS."""
    level: int
    """Of a heading, else 0."""
    breaks: bool
    """Whether line breaks part paragraphs here."""
    places: tuple[int, ...]
    """The kinds of places this element is, indices in PLACES."""
    bits: int
    """The same as a number."""
    looks: tuple[str, str]
    """Name and class."""
    hidden: bool
    """Whether its text is for screen readers alone."""
    marks: bool
    """Whether the text in it is linked, bold, italic or hidden."""
    empty: bool
    """Whether it is closed as it is opened."""


_ROLES = {"a": 1, "b": 2, "strong": 2, "i": 3, "em": 3}
_HIDDEN = 1 << PLACES.index("named_hidden")
known: dict[str, Tag] = {}
"""What was learned of opening tags."""
_told: dict[str, int] = {}


def tag_of(markup: str) -> Tag:
    """Learn what an opening tag says, given without its angle brackets."""
    found = known.get(markup)
    if found is None:
        if len(known) >= _MAX_KNOWN:
            known.clear()
        found = known[markup] = _learn(markup)
    return found


def _learn(markup: str) -> Tag:
    name, _, rest = markup.rstrip("/").partition(" ")
    named, looks = _placed(f" {rest}") if rest else (0, "")
    inline, role, kind, level, breaks, structure = _form(name)
    bits = 0 if name in ("body", "html") else named | structure  # these two name the kind of page
    hidden = inline and bits & _HIDDEN > 0 and _FOR_READERS.search(rest) is not None
    places, marks, empty = places_of(bits)[0], role > 0 or hidden, markup[-1:] == "/"
    return Tag(name, inline, role, kind, level, breaks, places, bits, (name, looks), hidden, marks, empty)


@lru_cache(maxsize=500)
def _form(name: str) -> tuple[bool, int, int, int, bool, int]:
    """What the name of an element says: inline, role, kind, level, breaks, and its place as a bit."""
    own, kind = _STRUCTURAL.get(name), _KIND.get(name, "other")
    return (
        name in _INLINE,
        _ROLES.get(name, 0),
        KINDS.index(kind),
        int(name[1]) if kind == "heading" else 0,
        name in _BREAKING,
        1 << PLACES.index(own) if own else 0,
    )


@lru_cache(maxsize=5_000)
def places_of(bits: int) -> tuple[tuple[int, ...], bool, bool]:
    """The places that a number tells, and whether a good and a bad one are among them."""
    found = tuple(place for place in range(len(PLACES)) if bits >> place & 1)
    return found, bool(GOOD & set(found)), bool(BAD & set(found))


@cache
def _words() -> Mapping[str, int]:
    """Word to the places it tells, as bits."""
    text = resources.files("spiders.readers.body").joinpath("places.toml").read_text("utf-8")
    found: dict[str, int] = {}
    for name, words in tomllib.loads(text).items():
        for word in words:
            found[word] = found.get(word, 0) | 1 << PLACES.index(f"named_{name}")
    return found


def _placed(attributes: str) -> tuple[int, str]:
    """The places that attributes name, as bits, and the class. Values stand in double quotes."""
    bits, looks, parts = 0, "", attributes[:_MAX_ATTRIBUTES].split('"')
    for at in range(0, len(parts) - 1, 2):
        name, value = parts[at], parts[at + 1]
        if name in _NAMED:
            looks = value if name == " class=" else looks
            for word in value[:_MAX_NAMES].split():
                bits |= _told[word] if word in _told else _tell(word)
        elif name in _FLAGS and (
            name == " hidden=" or value == "true" or (name == " style=" and _UNSEEN.search(value))
        ):
            bits |= _HIDDEN
    return bits, looks


def _tell(name: str) -> int:
    """The places told by the words of one name, alone and joined with the next."""
    bits, before, table = 0, "", _words()
    for word in _WORD.findall(name):
        word = word.lower()
        bits |= table.get(word, 0) | (table.get(before + word, 0) if before else 0)
        before = word
    if len(_told) >= _MAX_KNOWN:
        _told.clear()
    _told[name] = bits
    return bits
