"""Lead, language, canonical address and paywall: fields that a page states in few places."""

from spiders.items import Candidate
from spiders.readers import jsonld
from spiders.readers.belief import one, ranked
from spiders.readers.head import Head
from spiders.readers.plain import plain, web_url

_USUAL = ("", "en", "nb")
"""What pages declare without meaning it."""
_TIERS = {"free": False, "metered": True, "locked": True, "premium": True, "paid": True}


def lead(head: Head) -> tuple[Candidate, ...]:
    """Return the summaries the publisher wrote."""
    return ranked(
        (
            one(plain(jsonld.text_of(head.article.get("description")), 2_000), "json-ld", 0.8),
            one(plain(head.meta("og:description"), 2_000), "og", 0.6),
            one(plain(head.meta("description", "twitter:description", "dc.description"), 2_000), "meta", 0.5),
        )
    )


def canonical_url(head: Head) -> tuple[Candidate, ...]:
    """Return the addresses the page gives itself, absolute; others judge whether to believe them."""
    link = next(iter(head.links.get("canonical", ())), "")
    stated = jsonld.text_of(head.article.get("mainEntityOfPage"), "@id", "url")
    return ranked(
        (
            one(web_url(link, head.base), "link", 0.8),
            one(web_url(head.meta("og:url"), head.base), "og", 0.7),
            one(web_url(stated or jsonld.text_of(head.article.get("url")), head.base), "json-ld", 0.3),
        ),
        same=str,
    )


def language(head: Head) -> tuple[Candidate, ...]:
    """Return the languages the page declares; what pages declare without meaning it has no belief."""
    stated = (
        (head.lang.strip(), "html", 0.9),
        (head.meta("content-language", "dc.language", "language").split(",")[0].strip(), "meta", 0.5),
        (jsonld.text_of(head.article.get("inLanguage"), "alternateName", "name"), "json-ld", 0.4),
        (head.meta("og:locale"), "og", 0.3),
    )
    codes = [(value.replace("_", "-")[:35], where, belief) for value, where, belief in stated if value]
    if codes and codes[0][0].split("-")[0].lower() in _USUAL:
        code, where, _ = codes[0]
        return (Candidate((code,), where, 0.0, "declared by default"),)
    return ranked((one(code, where, belief) for code, where, belief in codes[:1]), same=str)


def paywalled(head: Head) -> bool | None:
    """Whether reading costs, when the page says so (isAccessibleForFree, content tier)."""
    free = head.article.get("isAccessibleForFree")
    if isinstance(free, bool):
        return not free
    said = (
        free
        if isinstance(free, str)
        else head.meta("isaccessibleforfree") or head.item("isaccessibleforfree")
    )
    known = {"true": False, "false": True}.get(said.strip().lower().rpartition("/")[2])
    if known is not None:
        return known
    return _TIERS.get(head.meta("article:content_tier", "article:content-tier").lower())
