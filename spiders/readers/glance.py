"""What a page is before anything is read from it: how its bytes decode, its tree, what it states of itself.

For people who want to see why a page reads as it does; the reader itself does not need it.
"""

from collections import Counter
from collections.abc import Iterator

from spiders.readers import jsonld
from spiders.readers.decode import decode, http_charset
from spiders.readers.head import Head, read_head
from spiders.readers.tree import HtmlTree, parse_html

_SHOWN = 8
_FAMILIES = {
    "og:": "OpenGraph",
    "article:": "OpenGraph article",
    "twitter:": "Twitter card",
    "dc.": "Dublin Core",
    "dcterms.": "Dublin Core",
    "parsely-": "Parsely",
    "sailthru.": "Sailthru",
}
"""How names of meta elements begin, and what they belong to."""
Steps = tuple[tuple[str, str], ...]
"""The name of each step and what came of it, in a few words."""


def glance(body: bytes, *, url: str, content_type: str = "") -> Steps:
    """Look at the bytes of a page as the reader does before it reads fields. Never raises."""
    decoded = decode(body, content_type)
    mended = ", with bytes that did not fit" if decoded.mended else ""
    said = f"; the server said {charset}" if (charset := http_charset(content_type)) else ""
    first = ("decoded", f"{len(body):,} bytes as {decoded.encoding}{mended}{said}")
    tree, notes = parse_html(decoded.text)
    if tree is None:
        return first, ("parsed", "not at all: the page holds no element")
    parsed = "; ".join((f"{sum(1 for _ in tree.iter('*')):,} elements", *notes))
    return first, ("parsed", parsed), ("stated", "; ".join(_stated(tree, read_head(tree, url))) or "nothing")


def _stated(tree: HtmlTree, head: Head) -> Iterator[str]:
    """The kinds of structured data there are, the most telling first."""
    if head.article:
        kind = ", ".join(jsonld.types_of(head.article))
        named = [name for name in head.article if not name.startswith("@")]
        rest = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
        yield f"JSON-LD {kind} with {', '.join(named[:_SHOWN])}{rest}"
    families = Counter(
        family for name in head.metas for start, family in _FAMILIES.items() if name.startswith(start)
    )
    yield from (f"{family} ({count})" for family, count in families.most_common())
    if items := sum(1 for _ in tree.iterfind(".//*[@itemprop]")):
        yield f"microdata ({items})"
