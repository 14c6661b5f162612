"""Raw pages on their way into the store, and out of it to be read again."""

import asyncio
from collections.abc import Sequence

from crawler.worker import Worker
from spiders.items import Fetch
from storage.model import Content
from storage.pages import PackedPages
from storage.raw import RawPage


async def packed(worker: Worker, pages: Sequence[Fetch], content: Content) -> PackedPages | None:
    """Pack the pages that a text was read from, beside the event loop; None where they are not to be kept."""
    if not worker.settings.pages.keep or not pages or content.text_source == "feed":
        return None
    raw = [raw_page(page) for page in pages]
    return await asyncio.to_thread(worker.store.pages.pack, raw, site=content.site)


def raw_page(fetch: Fetch) -> RawPage:
    """Return what is kept of an exchange."""
    return RawPage(
        url=fetch.url,
        requested_url=fetch.requested_url,
        status=fetch.status,
        body=fetch.body,
        fetched_at=fetch.fetched_at,
        headers=dict(fetch.headers),
        truncated=fetch.truncated,
    )


def fetch_of(page: RawPage) -> Fetch:
    """Return the exchange that a raw page came from, as far as reading it goes."""
    return Fetch(
        url=page.url,
        requested_url=page.requested_url,
        status=page.status,
        body=page.body,
        fetched_at=page.fetched_at,
        seconds=0.0,
        content_type=page.headers.get("content-type", ""),
        x_robots_tag=page.headers.get("x-robots-tag"),
        headers=tuple(page.headers.items()),
        truncated=page.truncated,
    )
