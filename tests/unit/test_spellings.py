"""Which URL a person means who leaves the scheme out."""

import asyncio
from pathlib import Path

import pytest
from publicsuffixlist import PublicSuffixList

from crawler.errors import UsageError
from crawler.probe import _FILES, first_that_answers, refuse_file, spellings
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


@pytest.mark.parametrize(
    "text", ["j.txt", " j.txt ", "news.RSS", "a.b.parquet", "kabar.toml", "x" * 300 + ".csv"]
)
def test_a_file_that_is_not_there_is_no_host(text: str) -> None:
    with pytest.raises(UsageError, match="there is no such file"):
        refuse_file(text)


def test_a_folder_is_called_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("all.csv", "example.org"):
        Path(name).mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        refuse_file("all.csv")
    refuse_file("example.org")


@pytest.mark.parametrize("text", ["feed:example.xml", "feed://example.xml", "example.zip", "example.md"])
def test_what_may_be_a_host_is_left_alone(text: str) -> None:
    refuse_file(text)


def test_no_host_ends_as_files_do() -> None:
    domains = PublicSuffixList(accept_unknown=False)
    assert domains.publicsuffix("example.zip") == "zip"
    assert [end for end in _FILES if domains.publicsuffix(f"example{end}") is not None] == []


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
