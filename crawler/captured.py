"""Pages that an archive captured: which of them are articles, read as of the time of their capture. Pure."""

from urllib.parse import urlsplit

from crawler.errors import Drop
from crawler.normalize.draft import EntryFacts
from crawler.prepare import Prepared, prepare
from spiders.readers import page, warc
from spiders.readers.body.template import Template
from spiders.readers.warc import Record

_NOBODY = EntryFacts()
"""What is known besides the page: nothing, because no feed listed it."""


def read_captured(
    record: Record, *, limit: int, otherwise: float, template: Template | None = None
) -> Prepared:
    """Turn a record into an article ready to be judged.

    ``limit`` caps the bytes of the page, ``otherwise`` stands for the time of a record that states none,
    ``template`` is what is known to repeat on its site.
    Raises NotAnArticle, and Drop: among others ``front_page``.
    """
    if is_front_page(record.url):
        raise Drop("front_page", "this is the front page of a site, not an article")
    fetch = warc.fetched(record, limit=limit, otherwise=otherwise)
    return prepare(page.read_fetched(fetch, template), _NOBODY, now=fetch.fetched_at)


def is_front_page(url: str) -> bool:
    """Tell whether a URL is that of a site's front page."""
    parts = urlsplit(url)
    return parts.path in ("", "/", "/index.html", "/index.php") and not parts.query
