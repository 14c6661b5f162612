"""The exit code of a crawl, from its rows."""

from typing import Any

import pytest

from crawler.cli import exits
from crawler.cli.crawl import code
from crawler.tally import CrawlReport, CrawlRow


def row(outcome: str, **counts: Any) -> CrawlRow:
    return CrawlRow(target="http://a.test/", outcome=outcome, **counts)


NEW = row("new", stored=2)
REVISED = row("unchanged", revised=1)
QUIET = row("not_modified")
COPIES = row("new", duplicates=3, rejected=1)
DEAD = row("failed", error="refused")


@pytest.mark.parametrize(
    ("rows", "options", "expected"),
    [
        ([NEW, QUIET], {}, exits.DONE),
        ([NEW], {"fail_on_empty": True}, exits.DONE),
        ([REVISED], {"fail_on_empty": True}, exits.DONE),
        ([QUIET, COPIES], {}, exits.DONE),
        ([QUIET, COPIES], {"fail_on_empty": True}, exits.EMPTY),
        ([], {}, exits.DONE),
        ([], {"fail_on_empty": True}, exits.EMPTY),
        ([NEW, DEAD], {}, exits.PARTIAL),
        ([QUIET, DEAD], {"fail_on_empty": True}, exits.PARTIAL),
        ([NEW, DEAD], {"partial_ok": True}, exits.DONE),
        ([QUIET, DEAD], {"partial_ok": True, "fail_on_empty": True}, exits.EMPTY),
        ([DEAD, DEAD], {"partial_ok": True}, exits.FAILED),
    ],
)
def test_code(rows: list[CrawlRow], options: dict[str, bool], expected: int) -> None:
    wanted = {"partial_ok": False, "fail_on_empty": False, **options}
    assert code(CrawlReport(rows=tuple(rows)), **wanted) == expected
    assert code(CrawlReport(rows=tuple(rows), interrupted=True), **wanted) == exits.INTERRUPTED
