"""``kabar show --raw``: the page that an article was read from, as it came."""

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.cli.call import Call
from crawler.cli.output import on_terminal, safe_block, write, write_json
from crawler.cli.phrases import count
from crawler.record import timestamp
from storage.errors import PageNotFound
from storage.model import Article
from storage.raw import KeptPage
from storage.values import moment

if TYPE_CHECKING:
    from storage.store import Store


def show_raw(
    call: Call, store: "Store", article: Article, output: Path | None, *, part: int, as_json: bool
) -> None:
    """Write the kept page of an article to stdout or a file, or what is known of it as JSON.

    On a terminal what could steer it is left out. Raises PageNotFound with the likely reason.
    """
    pages = store.pages.of(article.id)
    if part > len(pages):
        raise PageNotFound(article.id, _missing(article, part, len(pages)))
    page = pages[part - 1]
    if as_json:
        for kept in pages:
            write_json(_record(kept, len(pages)))
        return
    if output is not None:
        from crawler.export.file import replacing_bytes

        with replacing_bytes(output) as out:
            out.write(page.body)
        call.say(f"{len(page.body):,} bytes written to {output}")
    elif on_terminal():
        write(safe_block(page.body.decode("utf-8", "replace")))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(page.body)
    if len(pages) > 1:
        call.say(f"page {part} of {len(pages)}: --part shows the others")


def _missing(article: Article, part: int, number: int) -> str:
    if number:
        return f"article {article.id} was read from {count(number, 'page')}: there is no page {part}"
    if article.content.text_source == "feed":
        return f"no page of article {article.id} is kept: its text is the feed's own"
    return (
        f"no page of article {article.id} is kept: it came before pages were kept, from a WARC file"
        " (`pages.archives`), or longer ago than `pages.days` and `pages.max_bytes` allow (`kabar settings`)"
    )


def _record(page: KeptPage, number: int) -> dict[str, Any]:
    return {
        "article_id": page.article_id,
        "revision": page.revision,
        "part": page.part,
        "parts": number,
        "url": page.url,
        "requested_url": page.requested_url,
        "status": page.status,
        "headers": dict(page.headers),
        "fetched_at": timestamp(moment(page.fetched_at)),
        "size": len(page.body),
        "sha256": hashlib.sha256(page.body).hexdigest(),
        "truncated": page.truncated,
        "reader": page.reader,
    }
