"""Gate: hostile pages end plainly, in time and memory, and give up the article they hold; the pool lives on.

CPU time of the reading process is measured, not time on the wall: nothing else on this machine decides.
"""

import asyncio
from collections.abc import Callable, Iterator

import psutil
import pytest

from crawler.pool import Pool
from crawler.settings import PoolSettings
from tests.hostile import Cost, read_hostile
from tests.hostilities.catalogue import CATALOGUE, Place

SECONDS = 5.0
"""Most CPU-seconds of the reading process."""
MEMORY = 600 * 2**20
"""Most bytes by which it grows."""
REFUSALS = frozenset(["read", "empty_page", "binary"])
PLAIN = "UTF-16 with a mark"
"""A page that costs nothing, to see whether the pool goes on."""

Read = Callable[[str, Place], Cost]


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    pool = Pool(PoolSettings(workers=1, timeout=100.0))
    yield pool
    pool.stop()


@pytest.fixture(scope="module")
def read(pool: Pool) -> Iterator[Read]:
    with asyncio.Runner() as runner:
        yield lambda name, place: runner.run(pool.run(read_hostile, name, place))


def children() -> set[int]:
    return {process.pid for process in psutil.Process().children(recursive=True)}


def check(cost: Cost) -> None:
    assert cost.outcome in REFUSALS
    assert cost.found, "the article on the page was lost"
    assert cost.cpu <= SECONDS
    assert cost.growth <= MEMORY


@pytest.mark.parametrize("name", [page.name for page in CATALOGUE.values() if not page.heavy])
def test_page(read: Read, name: str) -> None:
    check(read(name, "before"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "place"),
    [(name, place) for name, page in CATALOGUE.items() for place in page.places],
)
def test_page_with_its_junk_anywhere(read: Read, name: str, place: Place) -> None:
    check(read(name, place))


def test_the_pool_goes_on_with_the_same_processes(read: Read) -> None:
    check(read(PLAIN, "before"))
    before = children()
    for name in ("100k nested div", "JSON LD nested 100k deep", "NUL and control characters", "empty"):
        read(name, "before")
    check(read(PLAIN, "before"))
    assert children() == before
