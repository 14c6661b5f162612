"""Read hostile pages: made to hang, crash or bloat a reader, or to make it lose an article that is there.

``python -m tests.hostile [before|after|around] [NAME ...]`` reads them in a pool process and prints costs.
"""

import asyncio
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from crawler.normalize.draft import EntryFacts
from crawler.pool import Pool
from crawler.prepare import prepare
from crawler.settings import PoolSettings
from spiders.errors import NotAnArticle
from spiders.readers.page import read_page
from tests.hostilities import baits, floods, labels, structures
from tests.hostilities.catalogue import CATALOGUE, PARAGRAPHS, SENTENCE, URL, Place

__all__ = ["CATALOGUE", "Cost", "baits", "floods", "labels", "measured", "read_hostile", "structures"]


@dataclass(frozen=True, slots=True)
class Cost:
    """What became of one page, and what that took in its process."""

    outcome: str
    """``read``, the reason of a refusal, or the name of an error that should not be."""
    found: bool
    cpu: float
    """Seconds."""
    growth: int
    """Bytes of resident memory at the peak, above what the process had before."""


def read_hostile(name: str, place: Place) -> Cost:
    """Make and read one page in this process, as far as an article ready to be judged."""
    page = CATALOGUE[name]
    body = page.build(place)
    before, began = _memory(reset=True), time.process_time()
    outcome, text = "read", ""
    try:
        document = read_page(
            body, url=URL, content_type=page.content_type, requested_url=URL, fetched_at=1.8e9
        )
        text = document.text
        with suppress(Exception):  # what is no article to keep; how far it got is measured all the same
            prepare(document, EntryFacts(), now=1.8e9)
    except NotAnArticle as refusal:
        outcome = refusal.reason
    except Exception as error:  # what is looked for
        outcome = f"{type(error).__name__}: {error}"[:200]
    cpu = time.process_time() - began
    return Cost(outcome, _is_found(page.sentence, " ".join(text.split())), cpu, _memory() - before)


def _is_found(sentence: str | None, text: str) -> bool:
    """Whether all that a browser would show of the article is in the text, in its order."""
    if sentence is None:
        return True
    wanted = [sentence if paragraph == SENTENCE else paragraph for paragraph in PARAGRAPHS]
    places = [text.find(paragraph) for paragraph in wanted]
    return -1 not in places and places == sorted(places)


def _memory(*, reset: bool = False) -> int:
    """Resident bytes: the peak, after ``reset`` that from now on."""
    if reset:
        with suppress(OSError), open("/proc/self/clear_refs", "w") as control:
            control.write("5")
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measured(names: list[str], place: Place) -> Iterator[tuple[str, Cost]]:
    """Read pages one after another in one pool process."""
    pool = Pool(PoolSettings(workers=1, timeout=120.0))
    try:
        with asyncio.Runner() as runner:
            for name in names:
                try:
                    yield name, runner.run(pool.run(read_hostile, name, place))
                except Exception as error:
                    yield name, Cost(f"{type(error).__name__}: {error}", False, 0.0, 0)
    finally:
        pool.stop()


def main() -> None:
    """Print what each page costs."""
    places: tuple[Place, ...] = ("before", "after", "around")
    chosen = [place for place in places if place in sys.argv[1:]] or ["before"]
    named = [name for name in sys.argv[1:] if name not in places] or list(CATALOGUE)
    for place in chosen:
        names = [name for name in named if place in CATALOGUE[name].places]
        for name, cost in measured(names, place):
            mark = " " if cost.found else "LOST"
            print(
                f"{place:7}{name:45}{cost.cpu:7.2f} s {cost.growth / 1e6:6.0f} MB {mark:5}{cost.outcome}",
                flush=True,
            )


if __name__ == "__main__":
    main()
