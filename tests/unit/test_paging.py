"""The walk over the pages of an article, whoever walks."""

import asyncio

from crawler.paging import PageMissing, Walk
from spiders.items import Document, Parts

SITE = "https://news.example/banjir"
FURTHER = (f"{SITE}?page=2", f"{SITE}?page=3")


def page(url: str, text: str, *, title: str = "Banjir di kota", parts: Parts | None = None) -> Document:
    return Document(
        url=url, requested_url=url, fetched_at=1.7e9, title=title, text=text, parts=parts or Parts()
    )


def first(whole: str | None = None) -> Document:
    text = "Sungai meluap pada malam hari."
    return page(SITE, text, parts=Parts(whole=whole, numbered=FURTHER))


SECOND, THIRD = (page(url, f"Bagian {url} dari laporan ini.") for url in FURTHER)


def walked(start: Document, pages: dict[str, Document]) -> Walk:
    async def read(url: str) -> Document:
        if url not in pages:
            raise PageMissing("http_404")
        return pages[url]

    walk = Walk(start, read)
    asyncio.run(walk.run())
    return walk


def test_page_after_page_where_the_whole_cannot_be_had() -> None:
    walk = walked(first(f"{SITE}?page=all"), {FURTHER[0]: SECOND, FURTHER[1]: THIRD})
    assert (walk.others, walk.missing) == ([SECOND, THIRD], "")
    assert walk.article().provenance["parts"] == "3"


def test_a_whole_that_shows_no_more_is_left() -> None:
    whole = f"{SITE}?page=all"
    walk = walked(first(whole), {whole: page(whole, "Sungai."), FURTHER[0]: SECOND})
    assert (walk.others, walk.missing) == ([SECOND], "page 3: http_404")


def test_the_whole_comes_first() -> None:
    whole = page(f"{SITE}?page=all", "Sungai meluap pada malam hari. " * 3)
    walk = walked(first(whole.url), {whole.url: whole})
    assert walk.article().text == whole.text


def test_a_page_that_answers_from_elsewhere_is_missing() -> None:
    door = page("https://news.example/login", "Masuk dengan akun Anda untuk membaca.", title="Masuk")
    walk = walked(first(), {FURTHER[0]: door})
    assert (walk.others, walk.missing) == ([], "page 2: elsewhere")
