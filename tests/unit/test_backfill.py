"""Which older documents are read to fill a gap, and when that ends."""

from datetime import UTC, datetime
from typing import Any

from crawler.backfill import PAGES_AT_ONCE, documents, next_page, reaches, sitemap_lines
from spiders.items import Robots
from storage.model import NewEntry, NewSource, Source
from tests.keeping import NOW, line

DAY = 86400.0
SINCE = NOW - 5 * DAY
_VALUES: dict[str, Any] = dict.fromkeys(Source.__dataclass_fields__)


def source(url: str, **fields: Any) -> Source:
    return Source(**{**_VALUES, "id": 1, "url": url, "kind": "feed", **fields})


ROOT = source("https://a.example/feed", site_url="https://www.a.example/news/")


def page(number: int, **fields: Any) -> Source:
    return source(f"https://a.example/feed?page={number}", id=number, parent_id=1, since=SINCE, **fields)


def days_ago(*days: float) -> list[NewEntry]:
    return [line(str(d), published=datetime.fromtimestamp(NOW - d * DAY, UTC).isoformat()) for d in days]


def follow(read: Source, older: str, entries: list[NewEntry], known: list[Source]) -> NewSource | None:
    return next_page(read, ROOT, older=older, entries=entries, body_hash="x", known=known, now=NOW)


def test_the_feeds_own_pages_come_first_then_the_sites_sitemaps() -> None:
    found = documents(
        ROOT,
        older=page(2).url,
        sitemaps=["https://a.example/s.xml"],
        part=None,
        since=SINCE,
        known=[],
        now=NOW,
    )
    assert [(each.kind, each.url) for each in found] == [
        ("feed", "https://a.example/feed?page=2"),
        ("sitemap", "https://a.example/s.xml"),
    ]
    assert {(each.parent_id, each.since, each.state) for each in found} == {(1, SINCE, "active")}


def test_where_no_sitemap_is_known_the_usual_address_is_tried() -> None:
    [found] = documents(
        ROOT, older=None, sitemaps=(), part="https://a.example/x/", since=SINCE, known=[], now=NOW
    )
    assert (found.url, found.site_url) == ("https://www.a.example/sitemap.xml", "https://a.example/x/")


def test_pages_are_followed_until_they_reach_back_far_enough() -> None:
    onward = follow(page(2), page(3).url, days_ago(2, 3), [page(2)])
    assert onward is not None
    assert (onward.url, onward.state, onward.since, onward.parent_id) == (page(3).url, "active", SINCE, 1)
    assert follow(page(2), page(3).url, days_ago(2, 4, 6), [page(2)]) is None
    assert not reaches(days_ago(900, 1, 2, 3), SINCE)  # one pinned line
    assert reaches(days_ago(900), SINCE)
    assert not reaches([line("undated")], SINCE)


def test_an_archive_that_leads_in_a_circle_ends() -> None:
    assert follow(page(3), page(2).url, days_ago(2), [page(2), page(3)]) is None
    assert follow(page(3), page(3).url, days_ago(2), [page(3)]) is None
    assert follow(page(3), ROOT.url, days_ago(2), [page(3)]) is None


def test_a_server_that_knows_nothing_of_pages_is_asked_once() -> None:
    assert follow(page(3), page(4).url, days_ago(2), [page(2, body_hash="x"), page(3)]) is None
    assert follow(page(3), page(4).url, [], [page(2), page(3)]) is None


def test_what_waits_to_be_read_further_back_stays_so() -> None:
    wide = page(2, state="active")
    args = {"sitemaps": ["https://a.example/s.xml"], "part": None, "now": NOW}
    narrow = documents(ROOT, older=wide.url, since=SINCE + DAY, known=[wide], **args)
    assert [each.url for each in narrow] == ["https://a.example/s.xml"]
    wider = documents(ROOT, older=wide.url, since=SINCE - DAY, known=[wide], **args)
    assert [each.since for each in wider] == [SINCE - DAY] * 2


def test_an_endless_archive_waits_for_a_person() -> None:
    many = [page(number) for number in range(1, PAGES_AT_ONCE + 1)]
    onward = follow(many[-1], page(PAGES_AT_ONCE + 1).url, days_ago(2), many)
    assert onward is not None
    assert onward.state == "paused"
    assert "resume" in onward.due_reason
    further = follow(page(900), page(901).url, days_ago(2), [*many, page(900)])
    assert further is not None
    assert further.state == "active"


def test_sitemaps_in_robots_txt() -> None:
    text = (
        "User-agent: *\nSitemap: https://a.example/one.xml\r\nsitemap:https://a.example/two.xml # x\nSitemap:"
    )
    file = Robots(origin="https://a.example", status=200, text=text, fetched_at=NOW)
    assert sitemap_lines([file, file]) == ("https://a.example/one.xml", "https://a.example/two.xml")
