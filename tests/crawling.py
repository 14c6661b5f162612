"""Settings and short-hands for tests that crawl the loopback newspaper."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from crawler.one_off import CrawlOptions, CrawlReport, CrawlRow, run_crawl
from crawler.settings import FetchSettings, PollSettings, PoolSettings, Settings
from tests.emptystores import put_empty_store

AGENT = "kabar tests"


def settings_for(folder: Path, *, database: str | None = None, **fetch: Any) -> Settings:
    """Return settings for a store in ``folder`` that may crawl loopback without pauses."""
    file = folder / "kabar.db"
    if database is None and not file.exists():
        put_empty_store(file)
    values: dict[str, Any] = {"allow_private": True, "host_delay": 0.0, "timeout": 5.0, "user_agent": AGENT}
    return replace(
        Settings(),
        database=database or f"sqlite:///{file}",
        fetch=FetchSettings(**{**values, **fetch}),
        poll=PollSettings(attempts=2),
        pool=PoolSettings(workers=1),
    )


def crawl(settings: Settings, *targets: str, **options: Any) -> CrawlReport:
    """Crawl targets and return the report."""
    return run_crawl(settings, targets, options=CrawlOptions(**options))


def crawl_one(settings: Settings, target: str, **options: Any) -> CrawlRow:
    """Crawl one target and return its row."""
    (row,) = crawl(settings, target, **options).rows
    return row


def paths(requests: Sequence[tuple[str, str, str, int]]) -> list[str]:
    """Return the paths of a newspaper's requests."""
    return [path for _, _, path, _ in requests]
