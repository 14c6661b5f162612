"""Kept pages read again, as of the time at which they were fetched. Pure."""

from collections.abc import Sequence

from crawler.joined import joined
from crawler.normalize.draft import EntryFacts
from crawler.prepare import Prepared, prepare
from spiders.items import Fetch
from spiders.readers import page


def read_kept(pages: Sequence[Fetch], entry: EntryFacts) -> Prepared:
    """Read the pages of an article, the first one first. Raises NotAnArticle, Drop."""
    documents = [
        page.read_page(
            fetch.body,
            url=fetch.url,
            content_type=fetch.content_type,
            requested_url=fetch.requested_url,
            fetched_at=fetch.fetched_at,
            truncated=fetch.truncated,
            x_robots_tag=fetch.x_robots_tag,
        )
        for fetch in pages
    ]
    return prepare(joined(documents), entry, now=pages[0].fetched_at)
