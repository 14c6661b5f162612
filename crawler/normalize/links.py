"""Step: the addresses of an article and of its picture."""

from collections.abc import Iterator

from crawler.normalize.draft import OURS, Draft
from crawler.normalize.url import clean_url, plausible_canonical, site_of, without_credentials


def clean_links(draft: Draft) -> Draft:
    """Set ``url``, ``site``, ``canonical_url`` (only a plausible one) and ``image_url``."""
    cleaned = clean_url(draft.document.url)
    url = without_credentials(cleaned) if cleaned else draft.document.url
    draft = draft.with_(url=url, site=site_of(url) if cleaned else "")
    return _image(_canonical(draft) if cleaned else draft)


def _canonical(draft: Draft) -> Draft:
    """The first claim that can be believed; the article's own address where all are refused."""
    refused = ""
    for raw, where in _claims(draft):
        claimed = clean_url(raw, draft.url)
        if claimed is None:
            continue
        claimed = without_credentials(claimed)
        if claimed == draft.url or plausible_canonical(claimed, draft.url):
            return draft.with_(where or None, canonical_url=claimed)
        refused = refused or claimed
    if not refused:
        return draft
    return draft.with_(f"{OURS}own address; not believed: {refused[:200]}", canonical_url=draft.url)


def _claims(draft: Draft) -> Iterator[tuple[str, str]]:
    if draft.document.canonical_url:
        yield draft.document.canonical_url, draft.where("canonical_url")
    for candidate in draft.document.candidates.get("canonical_url", ()):
        yield candidate.values[0], candidate.where


def _image(draft: Draft) -> Draft:
    page, feed = draft.document.image_url, draft.entry.image_url
    if page and (found := clean_url(page, draft.url)):
        return draft.with_(image_url=found)
    if feed and (found := clean_url(feed, draft.url)):
        return draft.with_("feed", image_url=found)
    return draft
