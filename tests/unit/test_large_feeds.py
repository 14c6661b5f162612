"""Very large feeds are read piece by piece, and give what they give in one go."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from crawler import jobs, sifting
from spiders.items import Feed, Fetch
from spiders.readers.source import read_source

URL = "https://a.example/feed"


class Here:
    """In place of a pool: runs jobs at once, and remembers which."""

    def __init__(self) -> None:
        self.ran: list[Callable[..., Any]] = []

    async def run(self, job: Callable[..., Any], *args: Any) -> Any:
        self.ran.append(job)
        return job(*args)


def fetched(body: str) -> Fetch:
    return Fetch(url=URL, requested_url=URL, status=200, body=body.encode(), fetched_at=0.0, seconds=0.0)


def read(body: str) -> tuple[Feed, list[Callable[..., Any]]]:
    pool = Here()
    worker: Any = SimpleNamespace(pool=pool)
    return asyncio.run(sifting.read_whole(worker, fetched(body), "feed")), pool.ran


def rss(*items: str) -> str:
    return f'<rss version="2.0"><channel><title>A</title><ttl>5</ttl>{"".join(items)}</channel></rss>'


def items(count: int) -> list[str]:
    return [
        f"<item><title>T {n}</title><guid>g{n}</guid><link>https://a.example/{n}</link></item>"
        for n in range(count)
    ]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sifting, "LARGE", 10)
    monkeypatch.setattr(sifting, "PIECE", 3)


def test_a_feed_of_usual_size_is_read_at_once() -> None:
    feed, ran = read(rss(*items(4)))
    assert len(feed.entries) == 4
    assert ran == [jobs.read_source]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("count", [1, 2, 3, 4, 6, 10])
def test_pieces_make_the_whole(count: int) -> None:
    lines = items(count)
    lines[count // 2] = "<item><title>no link</title></item>"
    body = rss(*lines)
    feed, ran = read(body)
    assert feed == read_source(body.encode(), kind="feed", url=URL)
    assert ran == [jobs.sift_source, *[jobs.read_new] * -(-count // 3)]


@pytest.mark.usefixtures("small")
def test_what_cannot_be_told_apart_is_read_at_once() -> None:
    body = rss(*items(7), "<item><guid>g1</guid><link>https://a.example/other</link></item>")
    feed, ran = read(body)
    assert len(feed.entries) == 8
    assert ran == [jobs.sift_source]


@pytest.mark.usefixtures("small")
def test_what_cannot_be_read_in_pieces_after_all_is_not_doubled(monkeypatch: pytest.MonkeyPatch) -> None:
    body = rss(*items(7))
    whole = read_source(body.encode(), kind="feed", url=URL)
    monkeypatch.setattr("spiders.readers.sift._read_pieces", lambda *_: None)
    feed, ran = read(body)
    assert feed == whole
    assert ran == [jobs.sift_source, jobs.read_new]
