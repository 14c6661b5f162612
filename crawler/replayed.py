"""Kept pages read again, as of the time at which they were fetched. Pure."""

from collections.abc import Sequence

from crawler.joined import joined
from crawler.normalize.draft import EntryFacts
from crawler.prepare import Prepared, prepare
from spiders.items import Fetch
from spiders.readers import page
from spiders.readers.body.template import Template


def read_kept(pages: Sequence[Fetch], entry: EntryFacts, template: Template | None = None) -> Prepared:
    """Read the pages of an article, the first one first. Raises NotAnArticle, Drop."""
    documents = [page.read_fetched(fetch, template) for fetch in pages]
    return prepare(joined(documents), entry, now=pages[0].fetched_at)
