"""Decide and move: schedule polls, ingest articles, answer people.

The only room that knows both ``spiders`` and ``storage``. Importing it loads neither Scrapy nor SQLAlchemy.
"""

from crawler.version import __version__

TYPE_CHECKING = False
"""As in ``typing``, which takes longer to import than all that a Ctrl-C finds unprepared."""
if TYPE_CHECKING:
    from datetime import datetime

    from storage.model import Article

__all__ = ["__version__", "crawl"]


def crawl(
    *targets: str, database: str | None = None, limit: int | None = None, since: "datetime | None" = None
) -> "list[Article]":
    """Crawl feeds, article pages or known sources now and return the articles that came of it.

    Targets are URLs, or numbers and titles of sources; without any all active sources are crawled. Settings
    come from ``kabar.toml`` and the environment, as for the command; ``database`` stands above them
    (``sqlite://`` keeps nothing). ``limit`` is the most entries taken of each feed; entries published before
    ``since`` are left for the next poll.
    Call it under ``if __name__ == "__main__":``, because pages are read in processes of their own.
    Raises SettingsError and StorageError; a target that fails brings no articles, and a warning in the log.
    """
    import logging

    from crawler.one_off import CrawlOptions, run_crawl
    from crawler.settings import load

    articles: list[Article] = []
    settings = load(flags={"database": database}).settings
    options = CrawlOptions(limit=limit, since=since)
    report = run_crawl(settings, targets, options=options, on_article=articles.append)
    for row in report.rows:
        if row.outcome == "failed":
            logging.getLogger(__name__).warning("%s: %s", row.target, row.error)
    return articles
