"""Step: the language of an article."""

import re

from crawler.normalize.draft import OURS, Draft
from crawler.normalize.rules import rules, word_set

SAMPLE = 700
"""Characters of title and text that are looked at; more do not make the answer better."""
ENOUGH = 60
"""With fewer letters than this a claim of page or source counts more than the detector."""
_SUBTAG = re.compile(r"[a-z]{2,3}")
_NAME = re.compile(r"[a-z]+")
_MALAYIC = {"id", "ms"}


def find_language(draft: Draft) -> Draft:
    """Set ``language`` (BCP 47 primary subtag, lower case) by claim, detector, word list and source.

    A page's own claim is believed unless it is missing or a common default ("en", "nb"). English, the most
    common of these, shows in its most frequent words; the slower detector is asked for the rest.
    """
    sample = f"{draft.title}\n{draft.text[:SAMPLE]}"
    language, how = _judged(draft, primary_tag(draft.document.language), sample)
    if language in _MALAYIC and (other := malay_or_indonesian(sample, language)) != language:
        language, how = other, f"{OURS}words usual in {other} only"
    return draft.with_(how, language=language) if language else draft


def _judged(draft: Draft, claim: str | None, sample: str) -> tuple[str | None, str]:
    if claim and claim not in word_set("languages", "claims", "doubtful"):
        return claim, draft.where("language") or "page"
    prior = primary_tag(draft.entry.language) or primary_tag(draft.entry.source_language)
    if (claim or prior) and sum(map(str.isalpha, sample)) < ENOUGH:
        return (claim, draft.where("language") or "page") if claim else (prior, "feed")
    if is_plainly_english(sample):
        return "en", f"{OURS}words usual in en only"
    found = detect(sample)
    if found:
        return found, f"{OURS}py3langid"
    return (prior, "feed") if prior else (claim, draft.where("language") or "page")


def primary_tag(tag: str | None) -> str | None:
    """Return the primary subtag of a language tag or name (``id-ID``, ``in``, ``English``), if it is one."""
    if not tag:
        return None
    first = _NAME.match(tag[:40].strip().lower())
    name = rules("languages")["aliases"].get(first[0], first[0]) if first else ""
    if not _SUBTAG.fullmatch(name) or name in word_set("languages", "claims", "nothing"):
        return None
    return str(name)


def is_plainly_english(text: str) -> bool:
    """Tell whether "the", "of" and "and" are as frequent in a text as in English alone."""
    words = _NAME.findall(text.lower())
    articles = words.count("the")
    return articles >= 3 and articles + words.count("of") + words.count("and") >= max(6, len(words) // 14)


def malay_or_indonesian(text: str, language: str) -> str:
    """Return ``id`` or ``ms``, whichever has more words of its own in a text; else ``language``."""
    found = set(_NAME.findall(text.lower()))
    indonesian, malay = (len(found & word_set("languages", "words", code)) for code in ("id", "ms"))
    if indonesian == malay:
        return language
    return "id" if indonesian > malay else "ms"


def detect(text: str) -> str | None:
    """Return the language py3langid finds in a text, or None when there are no letters in it."""
    if not any(map(str.isalpha, text)):
        return None
    from crawler.normalize.detector import classify

    return classify(text)


def warm() -> None:
    """Load the model (some 100 MB), so that the first article does not have to wait for it."""
    detect("Kabar: the news, read.")
