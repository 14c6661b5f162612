"""Steps: is there an article at all?"""

from functools import cache
from typing import Any

from crawler.errors import Drop
from crawler.normalize.characters import clean_line
from crawler.normalize.draft import OURS, Draft, draft_of, feed_document
from crawler.normalize.rules import rules
from crawler.normalize.text import feed_text

SHORT = 600
"""An article with more characters is one whatever its title says."""


@cache
def _phrases(kind: str) -> tuple[str, ...]:
    lists: dict[str, Any] = rules("conventions")["shells"]
    return tuple(phrase.casefold() for phrase in lists[kind])


def refuse_shells(draft: Draft) -> Draft:
    """Refuse pages that are plainly none: an error told with status 200, a wall in front of the article.

    Behind a wall the feed's own text is taken, where it has one.

    Raises:
        Drop: ``not_found`` or ``blocked``.
    """
    kind = _shell(draft)
    if kind is None:
        return draft
    if kind == "blocked" and draft.entry.title and feed_text(draft.entry):
        document = feed_document(draft.entry, url=draft.document.url, fetched_at=draft.document.fetched_at)
        fed = draft_of(document, draft.entry, now=draft.now)
        return fed.noted("text", f"feed ({OURS}the page is a wall: {clean_line(draft.document.title, 80)})")
    raise Drop(kind, f"the page is no article: {clean_line(draft.document.title, 80)}")


def _shell(draft: Draft) -> str | None:
    """``not_found`` or ``blocked`` when title and length say so."""
    if len(draft.document.text) > SHORT or draft.document.text_source == "feed":
        return None
    title = clean_line(draft.document.title, 200).casefold()
    return next((kind for kind in ("not_found", "blocked") if title.startswith(_phrases(kind))), None)


def require_text(draft: Draft) -> Draft:
    """Refuse what has no text, neither on the page nor in the feed.

    Raises:
        Drop: ``no_text``.
    """
    if draft.text:
        return draft
    what = f"titled {draft.title[:80]!r}" if draft.title else "without a title"
    raise Drop("no_text", f"neither the page nor the feed has a text; the article is {what}")
