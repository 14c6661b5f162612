"""Work that runs in a pool process. The libraries behind it are loaded there, never in the daemon."""

from typing import TYPE_CHECKING

from spiders.items import Document, Feed, Fetch, Sifted, SourceKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.inspected import Given, Inspected
    from crawler.normalize.draft import EntryFacts
    from crawler.prepare import Prepared
    from spiders.readers.alternates import Named
    from spiders.readers.body.template import Template
    from spiders.readers.fault import Fault
    from spiders.readers.warc import Record


def read_source(fetch: Fetch, kind: SourceKind) -> Feed:
    """Read the fetched document of a source. Raises NotAFeed."""
    from spiders.readers import source

    return source.read_source(fetch.body, kind=kind, url=fetch.url, content_type=fetch.content_type)


def sift_source(fetch: Fetch, kind: SourceKind) -> Sifted | Feed:
    """Tell the lines of a fetched feed apart; where that is not sure, read it at once. Raises NotAFeed."""
    from spiders.readers import source

    return source.sift_source(fetch.body, kind=kind, url=fetch.url, content_type=fetch.content_type)


def read_new(fetch: Fetch, sifted: Sifted, known: frozenset[int]) -> Feed:
    """Read the lines of a sifted feed whose marks are not known. Raises NotAFeed."""
    from spiders.readers import source

    return source.read_new(fetch.body, sifted, known, url=fetch.url, content_type=fetch.content_type)


def read_page(fetch: Fetch, template: "Template | None" = None) -> Document:
    """Read a fetched page, given what repeats on its site. Raises NotAnArticle."""
    from spiders.readers import page

    return page.read_fetched(fetch, template)


def named_feeds(fetch: Fetch) -> "Named":
    """Find the feeds that a fetched web page names."""
    from spiders.readers import alternates

    return alternates.named_feeds(fetch.body, url=fetch.url, content_type=fetch.content_type)


def first_fault(fetch: Fetch) -> "Fault | None":
    """Find the first place where a fetched document is ill-formed."""
    from spiders.readers import fault

    return fault.first_fault(fetch.body, fetch.content_type)


def prepare(document: Document, entry: "EntryFacts", now: float) -> "Prepared":
    """Normalize a document and compute its keys; ``now`` is epoch seconds. Raises Drop."""
    from crawler.prepare import prepare

    return prepare(document, entry, now=now)


def read_record(
    record: "Record", limit: int, otherwise: float, template: "Template | None" = None
) -> "Prepared":
    """Read the page that an archive's record holds, as of the time it was captured (else ``otherwise``).

    ``limit`` caps its bytes, ``template`` is what repeats on its site. Raises NotAnArticle, Drop.
    """
    from crawler.captured import read_captured

    return read_captured(record, limit=limit, otherwise=otherwise, template=template)


def read_kept(
    pages: "Sequence[Fetch]", entry: "EntryFacts", template: "Template | None" = None
) -> "Prepared":
    """Read the kept pages of an article again, as of the time of their fetch. Raises NotAnArticle, Drop."""
    from crawler.replayed import read_kept

    return read_kept(pages, entry, template)


def inspect(given: "Given", steps: bool) -> "Inspected":
    """Read a page and normalize it, with all that led to what was found. Raises OSError for its file."""
    from crawler.inspecting import inspect

    return inspect(given, steps=steps)
