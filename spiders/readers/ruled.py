"""What the rule of a site says of a page: its fields, and its text, all of one element but for some lines."""

from spiders.items import Candidate
from spiders.readers.body.printed import print_blocks
from spiders.readers.body.segment import TooManyElements, segment
from spiders.readers.mend import drop_controls
from spiders.readers.text import MAX_TEXT, Text
from spiders.readers.tree import HtmlTree
from spiders.sites import SiteRule, is_dropped, text_of

ENOUGH = 100
"""Characters; less is not believed to be a whole text, and the page is read as any other."""
BELIEF = 0.97
"""How much a rule's values are believed: someone looked at the site."""
_PRINTED = 0.6
"""Dates as they are printed lack seconds and zone, which structured data has."""


def offers_of(rule: SiteRule, name: str, values: tuple[str, ...]) -> tuple[Candidate, ...]:
    """What a rule offers for the field ``name``."""
    return (Candidate(values, f"site:{rule.name}", _PRINTED if name == "published" else BELIEF),)


def ruled_text(rule: SiteRule, tree: HtmlTree) -> Text | None:
    """The text where a site's rule finds it. None where it finds none: the layout may have changed.

    Takes the element of the text apart, and nothing else.
    """
    found = text_of(rule, tree)
    if found is None or sum(map(len, found[0].itertext())) < ENOUGH:
        return None
    element, elements = found
    try:
        blocks = segment(element)
    except TooManyElements:
        return None
    dropped = [at for at, text in enumerate(blocks.texts) if is_dropped(rule, text)]
    kept = [at for at in range(len(blocks.texts)) if at not in set(dropped)]
    text = drop_controls(print_blocks(blocks, kept))[:MAX_TEXT]
    left_out = tuple(drop_controls(text) for text in (*elements, *(blocks.texts[at] for at in dropped)))
    return Text(text, f"site:{rule.name}", left_out) if len(text) >= ENOUGH else None
