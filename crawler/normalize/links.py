"""Step: the addresses of an article and of its picture."""

from crawler.normalize.draft import OURS, Draft
from crawler.normalize.url import clean_url, plausible_canonical, site_of, without_credentials


def clean_links(draft: Draft) -> Draft:
    """Set ``url``, ``site``, ``canonical_url`` (only a plausible one) and ``image_url``."""
    cleaned = clean_url(draft.document.url)
    url = without_credentials(cleaned) if cleaned else draft.document.url
    draft = draft.with_(url=url, site=site_of(url) if cleaned else "")
    return _image(_canonical(draft) if cleaned else draft)


def _canonical(draft: Draft) -> Draft:
    claimed = clean_url(draft.document.canonical_url or "", draft.url)
    if claimed is None or not draft.document.canonical_url:
        return draft
    claimed = without_credentials(claimed)
    if claimed == draft.url or plausible_canonical(claimed, draft.url):
        return draft.with_(canonical_url=claimed)
    return draft.noted("canonical_url", f"{OURS}not believed: {claimed[:200]}")


def _image(draft: Draft) -> Draft:
    page, feed = draft.document.image_url, draft.entry.image_url
    if page and (found := clean_url(page, draft.url)):
        return draft.with_(image_url=found)
    if feed and (found := clean_url(feed, draft.url)):
        return draft.with_("feed", image_url=found)
    return draft
