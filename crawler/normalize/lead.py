"""Step: the lead, a summary that somebody wrote and that is whole."""

import re
from collections.abc import Iterator

from crawler.normalize.characters import clean_line, folded
from crawler.normalize.draft import OURS, Draft
from crawler.normalize.html import html_to_text
from crawler.normalize.title import names_of, without_site
from spiders.readers.belief import sameness

MAX_LEAD = 2000
"""Characters of a lead."""
MAX_SUMMARY = 20_000
"""Characters of a feed's summary looked at for a lead."""
LEAST = 40
"""Characters of a paragraph, or of a second-best summary, that says something."""
_OPENING = 4000
"""Characters of the text that a summary may have been cut from."""
_SENTENCE_END = re.compile(r"[.!?。！？…][\"'”’»)]*(?:\s|$)")
_ELLIPSIS = re.compile(r"\s*(?:\[\s*)?(?:…|\.\.\.)(?:\s*\])?\s*$")
_PART = re.compile(r"\s+[•|·]\s*(?=[^•|·]*$)")
"""Parts the credit of a picture, or nothing at all, from the end of a summary."""


def find_lead(draft: Draft) -> Draft:
    """Set ``lead``: the page's or feed's own, or else the first paragraph that says something."""
    for stated, how in _offered(draft):
        lead = _trimmed(stated, draft)
        if lead and not _says_nothing(lead, draft):
            return draft.with_(how, lead=lead)
    opening = _opening(draft.text)
    return draft.with_(f"{OURS}first paragraph", lead=opening) if opening else draft.with_(lead=None)


def _offered(draft: Draft) -> Iterator[tuple[str, str | None]]:
    """The summaries of the page, most believed first, and that of the feed."""
    yield clean_line(draft.document.lead, MAX_LEAD), draft.where("lead") or None
    for candidate in draft.document.candidates.get("lead", ())[1:]:
        if candidate.belief and len(candidate.values[0]) >= LEAST:
            yield clean_line(candidate.values[0], MAX_LEAD), candidate.where
    yield clean_line(html_to_text((draft.entry.summary or "")[:MAX_SUMMARY]), MAX_LEAD), "feed"


def _trimmed(lead: str, draft: Draft) -> str:
    """Take the name of the site and the credit of the picture off the end of a summary."""
    lead = without_site(lead, names_of(draft)) if lead else ""
    part = _PART.search(lead)
    if part is None:
        return lead
    tail, credit = folded(lead[part.end() :]), folded(draft.image_credit or "")
    return lead[: part.start()] if not tail or (credit and tail.endswith(credit)) else lead


def _says_nothing(lead: str, draft: Draft) -> bool:
    """Tell whether a lead is the headline again, what stands below the picture, or the text cut off."""
    key = folded(lead)
    if not key or key in (folded(draft.title), folded(draft.image_caption or "")):
        return True
    if len(lead) >= len(draft.text):
        return key == folded(draft.text) or len(key) > 600
    whole = _ELLIPSIS.sub("", lead)
    if whole != lead and folded(whole)[:200] in folded(draft.text[:_OPENING]):
        return True
    return _breaks_off(lead, draft.text[:_OPENING])


def _breaks_off(lead: str, text: str) -> bool:
    """Tell whether a lead is a piece of the text that begins within a word or ends within a sentence."""
    ended = _SENTENCE_END.search(lead[-4:])
    if ended and not lead[0].islower():
        return False
    paragraphs = [sameness(part) for part in text.split("\n\n")]
    line, key = " ".join(paragraphs), sameness(lead)
    at = line.find(key)
    if at < 0:
        return False
    return line[at - 1 : at].isalnum() or not (ended or any(part.endswith(key[-40:]) for part in paragraphs))


def _opening(text: str) -> str:
    paragraphs = text[:_OPENING].split("\n\n")
    first = next((part for part in paragraphs if len(part) >= LEAST), paragraphs[0])
    return _shortened(clean_line(first, MAX_LEAD), 600)


def _shortened(text: str, limit: int) -> str:
    """Cut a text after its last whole sentence within ``limit`` characters, or else after a word."""
    if len(text) <= limit:
        return text
    ends = [match.end() for match in _SENTENCE_END.finditer(text, 0, limit)]
    if ends and ends[-1] >= limit // 4:
        return text[: ends[-1]].rstrip()
    return text[:limit].rpartition(" ")[0] + "…" if " " in text[:limit] else text[:limit] + "…"
