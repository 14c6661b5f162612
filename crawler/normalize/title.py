"""Step: the title, without the name of the site behind it."""

import re
from collections.abc import Iterator

from crawler.normalize.characters import clean_line, folded, unaccented
from crawler.normalize.draft import OURS, Draft
from crawler.normalize.labels import site_names
from spiders.readers.belief import one, ranked

MAX_TITLE = 1000
FED = 0.5
"""How far the title of a feed is believed by itself."""
_TAIL = re.compile(r"\s+(?:[-–—|•·»:]|::|\|\|)\s+(?=[^|]{1,80}$)|\s*[|｜]\s*(?=[^|｜]{1,80}$)")
_FEED_WORD = re.compile(r"\b(?:rss|feed|feeds|atom)\b", re.IGNORECASE)


def clean_title(draft: Draft) -> Draft:
    """Set ``title``: the page's, else the feed's, else the beginning of the text; empty without any."""
    for raw, how in _offered(draft):
        line = clean_line(raw, MAX_TITLE)
        if line:
            return _cut(draft.with_(how, title=line))
    line = clean_line(draft.text[:100], 100)
    return draft.with_(f"{OURS}first words of the text", title=line) if line else draft.with_(title="")


def _offered(draft: Draft) -> Iterator[tuple[str | None, str | None]]:
    """The titles of page and feed, most believed first; the feed's adds to the belief in one like it."""
    known = draft.document.candidates.get("title", ())
    if known and draft.entry.title and draft.document.title == known[0].values[0]:
        fed = without_site(clean_line(draft.entry.title, MAX_TITLE), names_of(draft))
        yield from ((offer.values[0], offer.where) for offer in ranked((*known, one(fed, "feed", FED))))
    yield draft.document.title, None
    yield draft.entry.title, "feed"


def _cut(draft: Draft) -> Draft:
    title = without_site(draft.title, names_of(draft))
    if title == draft.title:
        return draft
    how = draft.where("title") or "page"
    return draft.with_(f"{how}; {OURS}name of the site taken off", title=title)


def names_of(draft: Draft) -> set[str]:
    """Return the unaccented names of publisher, site and source."""
    source = draft.entry.source_title or ""
    given = (draft.publisher or "", source, _FEED_WORD.sub("", source))
    return ({unaccented(name) for name in given} | site_names(draft.site)) - {""}


def without_site(title: str, names: set[str]) -> str:
    """Cut tails such as ``| Kompas.com`` off a title, when they say exactly one of ``names`` (unaccented)."""
    for _ in range(3):
        cut = [match for match in _TAIL.finditer(title) if unaccented(title[match.end() :]) in names]
        head = title[: cut[-1].start()].rstrip() if cut else ""
        if not folded(head):
            return title
        title = head
    return title
