"""The loopback newspaper: real HTTP on 127.0.0.1, articles at will, and a fault for every occasion.

::

    async with Newspaper() as paper:                 # in the running loop
    with serve_in_thread() as paper:                 # from sync code; subprocesses can crawl it too
        daily = paper.outlet("daily")                # one outlet, one port
        piece = daily.publish(title="...", text="...")
        daily.fail_feed(status=503, retry_after=5)   # until daily.heal()
        daily.fault_url("slow", seconds=2)           # a standing address for every fault
        paper.requests                               # [(method, outlet, path, status), ...]

``python -m tests.newspaper --help`` runs one by hand.
"""

import argparse
import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.demo.server import Server, Visit
from crawler.demo.world import FeedFormat, Paper
from tests.loopback import LoopbackOutlet
from tests.newsfaults.catalogue import describe
from tests.realpress import RealPress


class Newspaper(Server):
    """All outlets together. ``clock`` returns epoch seconds and decides what is published already."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(clock=clock)
        self.outlets: dict[str, LoopbackOutlet] = {}

    def outlet(
        self,
        name: str = "daily",
        /,
        *,
        language: str = "en",
        format: FeedFormat = "rss",
        address: str = "127.0.0.1",
        **paper: Any,
    ) -> LoopbackOutlet:
        """Return the outlet of that name, founded (and served on a port of its own) at the first call.

        ``paper``: further fields of Paper, like ``full_text`` or ``feed_length``.
        """
        if name not in self.outlets:
            about: dict[str, Any] = {"name": f"The {name.title()}", "feed_length": 100_000} | paper
            outlet = LoopbackOutlet(
                Paper(slug=name, language=language, format=format, **about), clock=self.clock
            )
            outlet.base = self.open(name, outlet.handle, address=address)
            self.outlets[name] = outlet
        return self.outlets[name]

    def serve_real_pages(
        self, set_name: str, limit: int | None = None, *, data: Path | None = None
    ) -> RealPress:
        """Serve the real pages of a set in KABAR_TEST_DATA/pages, one outlet for each of their hosts."""
        press = RealPress.read(set_name, limit, data=data)
        press.open(self.outlet)
        return press

    def visits_to(self, path: str, *, outlet: str | None = None) -> list[Visit]:
        """Return the visits to one path (query not counted), in order of arrival."""
        found = [visit for visit in list(self.visits) if urlsplit(visit.path).path == path]
        return [visit for visit in found if outlet in (None, visit.outlet)]


@contextmanager
def serve_in_thread(*, clock: Callable[[], float] = time.time) -> Iterator[Newspaper]:
    """Serve a newspaper from a thread with a loop of its own."""
    newspaper = Newspaper(clock=clock)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="newspaper", daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(newspaper.__aenter__(), loop).result(5)
    try:
        yield newspaper
    finally:
        asyncio.run_coroutine_threadsafe(newspaper.close(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


def main() -> None:
    """Serve a newspaper until Ctrl-C."""
    options = _options()
    with serve_in_thread() as newspaper:
        names = [f"paper{number}" for number in range(1, options.outlets + 1)]
        outlets = [newspaper.outlet(name, format="atom" if len(name) % 2 else "rss") for name in names]
        for outlet in outlets:
            outlet.publish_many(options.articles)
            print(outlet.feed_url)
        if options.real:
            print(*newspaper.serve_real_pages(options.real).feeds, sep="\n")
        print(
            f"\nOn each of them (add ?to=PATH and parameters):\n{describe()}\n\nCtrl-C ends it.", flush=True
        )
        while True:
            time.sleep(options.every)
            for outlet in outlets:
                print("published", outlet.publish().url, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.newspaper", description=main.__doc__)
    parser.add_argument("--outlets", type=int, default=2, help="how many outlets")
    parser.add_argument("--articles", type=int, default=10, help="articles in each at the start")
    parser.add_argument("--every", type=float, default=60.0, help="seconds between further articles")
    parser.add_argument("--real", metavar="SET", help="serve a set of KABAR_TEST_DATA/pages too")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print()
