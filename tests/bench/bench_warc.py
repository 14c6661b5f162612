"""How many pages of a WARC file are read and kept in a second of CPU, and what a second process gains.

With KABAR_TEST_DATA the pages are real ones; without it they are made up, small and quick to read.
"""

import gzip
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest

from crawler.one_off import CrawlOptions, run_crawl
from crawler.tally import Progress
from tests.crawling import settings_for
from tests.warcs import page, response, zipped

MADE_UP = 400

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]


@dataclass
class Meter:
    """CPU-seconds of this process and all below it, as they were at the last step of a progress bar."""

    start: float = 0.0
    last: float = 0.0

    def begin(self) -> None:
        self.start = self.last = used()

    def __call__(self, _: Progress) -> None:
        self.last = used()


def used() -> float:
    me = psutil.Process()
    found = [sum(me.cpu_times()[:2])]
    for child in me.children(recursive=True):
        try:
            found.append(sum(child.cpu_times()[:4]))  # with what its ended children used
        except psutil.NoSuchProcess:
            continue
    return sum(found)


def bodies() -> list[bytes]:
    folder = os.environ.get("KABAR_TEST_DATA")
    if not folder:
        print("\nKABAR_TEST_DATA is not set: these pages are made up, and read far quicker than real ones")
        return [page(number) for number in range(MADE_UP)]
    return [gzip.decompress(path.read_bytes()) for path in sorted(Path(folder).glob("pages/aeb/*.html.gz"))]


def test_pages_for_each_second_of_cpu(tmp_path: Path) -> None:
    pages = bodies()
    path = tmp_path / "pages.warc.gz"
    records = [
        response(f"https://s{n % 20}.example/news/{n}", body, content_type="text/html")
        for n, body in enumerate(pages)
    ]
    path.write_bytes(zipped(records))
    speeds: dict[int, float] = {}
    for workers in (1, 2):
        settings = settings_for(tmp_path, database=f"sqlite:///{tmp_path / f'{workers}.db'}")
        settings = replace(settings, pool=replace(settings.pool, workers=workers))
        meter = Meter()
        meter.begin()
        began = time.perf_counter()
        (row,) = run_crawl(settings, [str(path)], options=CrawlOptions(), progress=meter).rows
        seconds, cpu = time.perf_counter() - began, meter.last - meter.start
        assert (row.outcome, row.new) == ("read", len(pages))
        speeds[workers] = row.new / row.seconds
        print(
            f"\n{workers} reading processes: {row.new} pages, {row.new / cpu:.0f} for a second of CPU,"
            f" {speeds[workers]:.0f} a second ({seconds:.1f} s with the start)"
        )
    print(f"\n2 processes to 1: {speeds[2] / speeds[1]:.2f}")
