"""The line that closes a crawl accounts for every entry that was taken up."""

from crawler.cli.crawl import _summary
from crawler.tally import CrawlReport, CrawlRow


def test_what_did_not_change_is_told_where_there_is_any() -> None:
    row = CrawlRow(target="d.warc.gz", outcome="read", new=45, duplicates=9)
    counts = "0 stored · 0 revised · 9 duplicates · 0 rejected · 0 deferred"
    assert _summary(CrawlReport(rows=(row,), interrupted=False)) == counts
    row = CrawlRow(target="d.warc.gz", outcome="read", new=45, duplicates=9, unchanged=36)
    assert _summary(CrawlReport(rows=(row,), interrupted=False)) == f"{counts} · 36 unchanged"
