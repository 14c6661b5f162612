"""Which URL a person means who leaves the scheme out."""

import asyncio

import pytest

from crawler.errors import UsageError
from crawler.probe import first_that_answers, spellings
from spiders.errors import Denied, FetchFailed


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("warta.example/ekonomi", "https://warta.example/ekonomi"),
        (" warta.example ", "https://warta.example"),
        ("localhost/x", "https://localhost/x"),
        ("localhost:8000", "https://localhost:8000"),
        ("http://warta.example", "http://warta.example"),
        ("feed:https://warta.example/rss", "https://warta.example/rss"),
        ("feed://warta.example/rss", "https://warta.example/rss"),
        ("warta", "warta"),
        ("not a url.", "not a url."),
    ],
)
def test_spellings(text: str, first: str) -> None:
    assert spellings(text)[0] == first


def tried(text: str, answers: dict[str, Exception | None]) -> list[str]:
    """Return the URLs that are tried; each raises what is laid down for it."""
    urls: list[str] = []

    async def act(url: str) -> str:
        urls.append(url)
        error = answers.get(url)
        if error is not None:
            raise error
        return url

    try:
        asyncio.run(first_that_answers(text, act))
    except (FetchFailed, Denied) as error:
        urls.append(error.message)
    return urls


SECURE, PLAIN = "https://warta.example/", "http://warta.example/"


def test_https_is_enough() -> None:
    assert tried("warta.example", {}) == [SECURE]


def test_http_where_nobody_answers() -> None:
    assert tried("warta.example", {SECURE: FetchFailed(SECURE, "refused", "refused")}) == [SECURE, PLAIN]


def test_an_answer_is_an_answer() -> None:
    busy = FetchFailed(SECURE, "http_503", "busy", status=503)
    assert tried("warta.example", {SECURE: busy}) == [SECURE, "busy"]
    assert tried("warta.example", {SECURE: Denied(SECURE, "http_403", "no", status=403)}) == [SECURE, "no"]


def test_the_first_trouble_is_told() -> None:
    one, two = FetchFailed(SECURE, "refused", "one"), FetchFailed(PLAIN, "refused", "two")
    assert tried("warta.example", {SECURE: one, PLAIN: two}) == [SECURE, PLAIN, "one"]


def test_what_is_no_address_is_not_tried() -> None:
    with pytest.raises(UsageError):
        asyncio.run(first_that_answers("warta", _never))


async def _never(url: str) -> None:
    raise AssertionError(url)
