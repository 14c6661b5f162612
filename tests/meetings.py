"""Pages met one after another by a store, without a network: what became of each."""

from crawler.ingest import facts, save
from crawler.likeness import Likeness
from crawler.normalize.url import clean_url, host_lane, url_key
from crawler.prepare import prepare
from spiders.items import Document
from storage.store import Store
from tests.keeping import NOW


def meet(store: Store, url: str, *, title: str, text: str, canonical: str | None = None) -> int:
    """Let a page be read at an address, as if a source had named it, and return its article's number."""
    cleaned = clean_url(url)
    assert cleaned is not None
    entry = store.entries.add_page(url=cleaned, url_key=url_key(cleaned), host=host_lane(cleaned), now=NOW)
    document = Document(
        url=cleaned,
        requested_url=cleaned,
        fetched_at=NOW,
        title=title,
        text=text,
        language="id",
        canonical_url=canonical,
    )
    prepared = prepare(document, facts(entry, None), now=NOW)
    alike = Likeness(window=60.0)
    return save(store, prepared, entry=entry, lease=None, likeness=alike, now=NOW).article_id
