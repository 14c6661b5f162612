"""What a changed feed costs when a twentieth of its entries is new, beside feedparser on the whole document.

Real feeds, CPU time of this process, everything counted that reading does: telling what the document is,
decoding, mending, the walk, marks, feedparser on what is new, and whole documents where the walk is unsure.
"""

import gzip
import io
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import feedparser
import pytest

from spiders.readers import sift as sift_reader
from spiders.readers.discover import sniff
from spiders.readers.feed import read_feed
from spiders.readers.sift import read_new, sift

URL = "https://www.eti-news.com/rss"
NEW = 0.05
RATIO = 8.0
STAGES = ("open_feed", "walk", "trim_attributes", "parse_feed", "read_parsed")


class Costs:
    """CPU-seconds by name."""

    def __init__(self) -> None:
        self.of: Counter[str] = Counter()

    def timed(self, name: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        begun = time.process_time()
        try:
            return function(*args, **kwargs)
        finally:
            self.of[name] += time.process_time() - begun

    def watch(self, monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
        function = getattr(module, name)
        monkeypatch.setattr(
            module, name, lambda *args, **kwargs: self.timed(f"  {name}", function, *args, **kwargs)
        )


def sifted_reading(costs: Costs, body: bytes, *, at_least: int, chance: random.Random) -> None:
    """Read a feed as a poll does, a share of its entries being new."""
    apart = costs.timed("sift", sift, body, url=URL)
    if apart is None:
        costs.timed("unsure: read whole", read_feed, body, url=URL)
        return
    new = {mark for mark in apart.marks if chance.random() < NEW}
    if len(new) < at_least:
        new = {chance.choice(apart.marks)}
    if new:
        known = frozenset(apart.marks) - new
        costs.timed("read what is new", read_new, body, apart, known, url=URL)


@pytest.mark.bench
@pytest.mark.timeout(600)
@pytest.mark.parametrize("at_least", [0, 1])
def test_known_entries_cost_next_to_nothing(
    test_data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, at_least: int
) -> None:
    """``at_least``: new entries in each feed, be it as short as it may."""
    files = sorted((test_data / "feeds" / "corpus").glob("*.xml.gz"))
    bodies = [gzip.decompress(file.read_bytes()) for file in files]
    sifting, whole, chance = Costs(), Costs(), random.Random(7)
    bodies = [body for body in bodies if sniff(body) == "feed"]
    for body in bodies[:3]:
        sifted_reading(Costs(), body, at_least=1, chance=chance)
        feedparser.parse(io.BytesIO(body))
    for body in bodies:
        whole.timed("our reading of the whole", read_feed, body, url=URL)
        headers = {"content-location": URL}
        whole.timed("feedparser", feedparser.parse, io.BytesIO(body), response_headers=headers)
        sifted_reading(sifting, body, at_least=at_least, chance=chance)
    total = sum(sifting.of.values())
    stages = Costs()
    for name in STAGES:
        stages.watch(monkeypatch, sift_reader, name)
    for body in bodies:
        sifted_reading(Costs(), body, at_least=at_least, chance=chance)
    with capsys.disabled():
        print(
            f"\n{len(bodies)} feeds, {sum(map(len, bodies)) / 1e6:.0f} MB, {NEW:.0%} new, at least {at_least}"
        )
        for name, seconds in [*whole.of.items(), ("sifted", total), *sifting.of.items(), *stages.of.items()]:
            print(f"{name:28} {seconds * 1000:8.0f} ms {seconds / total:8.2f}")
    assert whole.of["feedparser"] >= RATIO * total
