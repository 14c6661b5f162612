"""Steps: the text of an article and its length."""

import re
from functools import cache
from itertools import filterfalse

from crawler.normalize.characters import clean_characters, folded, squeeze
from crawler.normalize.draft import OURS, Draft, EntryFacts
from crawler.normalize.html import html_to_text
from crawler.normalize.rules import rules

MAX_TEXT = 1_000_000
"""Characters kept of a text."""
THIN = 250
"""A page with fewer characters gives way to a feed that carries at least twice as many."""
_GAP = re.compile(r"\n[^\S\n]*\n\s*")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"  # kana, Han
)
_LETTER = re.compile(r"[^\W_]")


def clean_text(text: str) -> str:
    """Return clean paragraphs joined by a blank line, at most ``MAX_TEXT`` characters.

    Without any blank line every line is a paragraph.
    """
    text = clean_characters(text[: 2 * MAX_TEXT]).strip()
    parts = _GAP.split(text) if _GAP.search(text) else text.split("\n")
    paragraphs = ("\n".join(filter(None, map(squeeze, part.split("\n")))) for part in parts)
    return cut_text("\n\n".join(filter(None, paragraphs)))


def cut_text(text: str) -> str:
    """Return the text, cut at the end of a paragraph if it is longer than ``MAX_TEXT``."""
    if len(text) <= MAX_TEXT:
        return text
    end = text.rfind("\n\n", MAX_TEXT // 2, MAX_TEXT)
    return text[: end if end > 0 else MAX_TEXT].rstrip()


def feed_text(entry: EntryFacts) -> str:
    """Return the text a feed carried, from its content or else its summary, whichever says more."""
    texts = (clean_text(html_to_text(markup)) for markup in (entry.content, entry.summary) if markup)
    return _without_furniture(max(texts, key=len, default=""))


@cache
def _furniture() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in rules("conventions")["feed_furniture"])


def _without_furniture(text: str) -> str:
    """Take off the last lines that feed generators add ("The post ... appeared first on ...")."""
    paragraphs = text.split("\n\n")
    while (
        paragraphs and len(paragraphs[-1]) <= 400 and any(p.fullmatch(paragraphs[-1]) for p in _furniture())
    ):
        paragraphs.pop()
    return "\n\n".join(paragraphs)


def choose_text(draft: Draft) -> Draft:
    """Set ``text``: the page's, or the feed's where the page has none or next to none."""
    page = clean_text(draft.document.text)
    if len(page) >= THIN:
        return _cut_noted(draft.with_(text=page))
    feed = feed_text(draft.entry)
    if not feed or len(feed) < 2 * len(page):
        return draft.with_(text=page)
    told = draft.where("text") if draft.where("text").startswith("feed") else "feed"
    how = f"feed ({OURS}the page has only {len(page)} characters)" if page else told
    return _cut_noted(draft.with_(how, text=feed).with_(text_source="feed"))


def _cut_noted(draft: Draft) -> Draft:
    longest = max(len(draft.document.text), len(draft.entry.content or "") // 2)
    if longest <= MAX_TEXT or len(draft.text) < MAX_TEXT // 2:
        return draft
    return draft.noted("text", f"{draft.where('text') or 'page'}; {OURS}cut to {len(draft.text)} characters")


def drop_headline(draft: Draft) -> Draft:
    """Take the headline off the beginning of ``text``, where something follows it."""
    first, _, rest = draft.text.partition("\n\n")
    if not rest or len(first) > 2 * len(draft.title) + 20 or folded(first) != folded(draft.title):
        return draft
    how = draft.where("text") or draft.text_source
    return draft.with_(f"{how}; {OURS}headline taken off its beginning", text=rest)


def count_words(draft: Draft) -> Draft:
    """Set ``word_count``."""
    return draft.with_(word_count=word_count(draft.text))


def word_count(text: str) -> int:
    """Return the number of words: what stands between blanks and has a letter or digit in it.

    Where no blanks are written (Chinese, Japanese kana, Thai, Lao, Khmer, Burmese) every character counts.
    """
    signs = 0
    if _UNSPACED.search(text):
        text, signs = _UNSPACED.subn(" ", text)
    words = text.split()
    marked = list(filterfalse(str.isalnum, words))
    return signs + len(words) - len(marked) + sum(map(bool, map(_LETTER.search, marked)))
