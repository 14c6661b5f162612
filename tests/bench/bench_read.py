"""Pages that kabar reads in a second of CPU beside its peers, where the time goes, and what a worker costs.

``pytest -m bench -s tests/bench/bench_read.py``; real pages from KABAR_TEST_DATA. Each reader reads ten pages
before the next does; of each page the quickest of several rounds counts, so that only ratios matter.
``python -m tests.bench.bench_read`` prints the stages alone.
"""

import asyncio
import gzip
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

import crawler.normalize
from crawler.normalize.draft import EntryFacts, draft_of
from crawler.normalize.language import find_language
from crawler.pool import Pool
from crawler.prepare import prepare
from crawler.settings import PoolSettings
from spiders.readers import page as reader
from spiders.readers.page import read_page
from tests.peers import Guarded, Read, peers
from tests.scoring import golds

SETS = ("aeb", "feval", "fundus")
STEP = 5
ROUNDS = 5
TOGETHER = 10
WHOLE = "kabar, with language"
"""What is compared with the peers."""
GOALS = {"trafilatura with metadata": 3.0, "news-please": 15.0}
"""How many times as fast kabar wants to be."""
FLOORS = {"trafilatura with metadata": 2.8, "news-please": 15.0}
"""How many times as fast it surely is."""
FETCHED = 1.79e9
MEMORY_GOAL = 200
"""MB of a worker that has read real pages."""
READY_GOAL = 1.0
"""CPU-seconds of the fork server and the worker together, until the first page is read."""
STAGES = (
    *("_refuse_others", "parse_page", "_tree", "read_head", "_with_fields", "_text", "_of_text"),
    *("reservations", "other_parts", "searched_day", "chosen", "_is_cut"),
)

Page = tuple[bytes, str]


def real_pages(folder: Path, step: int = STEP) -> Iterator[Page]:
    for name in SETS:
        for gold in golds(folder / "pages" / name, step=step):
            body = gzip.decompress((folder / "pages" / name / gold["file"]).read_bytes())
            yield body, gold.get("url") or "https://page.example/article"


def whole(body: bytes, url: str) -> Any:
    return read_page(body, url=url, requested_url=url, fetched_at=FETCHED)


def with_language(body: bytes, url: str) -> Any:
    """Read whole: text, fields, and the language, which is told when a document is normalized."""
    now = datetime.fromtimestamp(FETCHED, UTC)
    return find_language(draft_of(whole(body, url), EntryFacts(), now=now))


def as_article(body: bytes, url: str) -> Any:
    """Read and normalized, with language and keys: ready to be judged."""
    return prepare(whole(body, url), EntryFacts(), now=FETCHED)


def costs(pages: list[Page], readers: Mapping[str, Callable[[bytes, str], Any]]) -> dict[str, float]:
    """CPU-seconds of each reader over all pages.

    Each reads several pages one after another, as a process of the pool does, before the next one reads them:
    were they to take turns at each page, the first of several by one library would pay for all of them.
    """
    spent: Counter[str] = Counter()
    for some in (pages[at : at + TOGETHER] for at in range(0, len(pages), TOGETHER)):
        quickest = {name: [float("inf")] * len(some) for name in readers}
        for _ in range(ROUNDS):
            for name, read in readers.items():
                for at, (body, url) in enumerate(some):
                    began = time.process_time()
                    with suppress(Exception):  # a refusal, or a peer that fails: it took its time
                        read(body, url)
                    quickest[name][at] = min(quickest[name][at], time.process_time() - began)
        spent.update({name: sum(seconds) for name, seconds in quickest.items()})
    return dict(spent)


@pytest.mark.bench
@pytest.mark.timeout(1800)
def test_whole_reading_beside_the_peers(test_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pages = list(real_pages(test_data))
    others: dict[str, Read] = {name: Guarded(read) for name, read in peers()}
    mine = {"kabar": whole, WHOLE: with_language, "kabar, ready to be judged": as_article}
    spent = costs(pages, {**mine, **others})
    with capsys.disabled():
        print(f"\n{len(pages)} pages, quickest of {ROUNDS} rounds")
        for name, seconds in spent.items():
            print(f"  {name:28}{1000 * seconds / len(pages):8.1f} ms {seconds / spent['kabar']:6.2f} x kabar")
        print_stages(pages)
        for name, goal in GOALS.items():
            if name in spent:
                print(f"  {spent[name] / spent[WHOLE]:.2f} times the pages of {name}; the goal is {goal:g}")
    for name, floor in FLOORS.items():
        assert name not in spent or spent[name] >= floor * spent[WHOLE]


class _Watch:
    """CPU-seconds by function; what a function calls that is watched too counts for that one alone."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._inner = [0.0]

    def watched(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.process_time()
            self._inner.append(0.0)
            try:
                return function(*args, **kwargs)
            finally:
                took = time.process_time() - began
                self.spent[name] += took - self._inner.pop()
                self._inner[-1] += took

        return timed


@contextmanager
def watching(watch: _Watch) -> Iterator[None]:
    originals = {name: getattr(reader, name) for name in STAGES if hasattr(reader, name)}
    for name, function in originals.items():
        setattr(reader, name, watch.watched(name, function))
    try:
        yield
    finally:
        for name, function in originals.items():
            setattr(reader, name, function)


def print_stages(pages: list[Page]) -> None:
    reader.warm()
    crawler.normalize.warm()
    watch = _Watch()
    read, judge = watch.watched("rest of reading", whole), watch.watched("normalize, fingerprint", prepare)
    with watching(watch):
        for body, url in pages:
            try:
                judge(read(body, url), EntryFacts(), now=FETCHED)
            except Exception:
                continue
    total = watch.spent.total()
    for name, seconds in watch.spent.most_common():
        print(f"    {name:28}{1000 * seconds / len(pages):8.2f} ms {100 * seconds / total:5.1f} %")


async def worker_costs(pages: list[Page]) -> tuple[float, float, float]:
    """CPU-seconds of server and worker until the first page is read; MB of the worker then, and after all."""
    pool = Pool(PoolSettings(workers=1))
    mine = {process.pid for process in psutil.Process().children()}

    async def read(body: bytes, url: str) -> None:
        with suppress(Exception):  # a refusal
            await pool.run(read_page, body, url=url, requested_url=url, fetched_at=FETCHED)

    try:
        await read(*pages[0])
        worker, seconds = await pool.run(os.getpid), await pool.run(time.process_time)
        server = [child for child in psutil.Process().children() if child.pid not in mine]
        ready = seconds + sum(sum(child.cpu_times()[:2]) for child in server if child.pid != worker)
        fresh = psutil.Process(worker).memory_info().rss / 1e6
        for body, url in pages:
            await read(body, url)
        return ready, fresh, psutil.Process(worker).memory_info().rss / 1e6
    finally:
        pool.stop()


@pytest.mark.bench
def test_what_a_worker_costs(test_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pages = list(real_pages(test_data, 2 * STEP))
    ready, fresh, used = asyncio.run(worker_costs(pages))
    with capsys.disabled():
        print(f"\nready after {ready:.2f} CPU-s (the goal is {READY_GOAL:g}) with {fresh:.0f} MB;", end=" ")
        print(f"{used:.0f} MB after {len(pages)} pages")
    assert used <= MEMORY_GOAL
    assert ready <= READY_GOAL


if __name__ == "__main__":
    print_stages(list(real_pages(Path(os.environ["KABAR_TEST_DATA"]))))
