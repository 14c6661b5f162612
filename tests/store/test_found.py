"""Searching in Python: read when asked for, page by page, and as typed tables."""

import re
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import islice
from typing import Any

import pyarrow as pa
import pytest

from storage.articles import Articles
from storage.errors import InvalidQuery, NeedsArrow, TookTooLong
from storage.hits import Filters
from storage.store import Store
from tests.keeping import NOW, add_article, add_source, at

WIB = timezone(timedelta(hours=7))


@pytest.fixture
def press(store: Store) -> Store:
    source = add_source(store)
    with store.transaction():
        for number in range(45):
            add_article(
                store, str(number), source=source, title=f"Gempa {number}", published_at=at(NOW + number),
                site=f"{number % 2}.example", tags=("jawa", "barat"),
            )  # fmt: skip
    return store


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"sort": "Oldest"}, "sort: takes one of newest, oldest, relevance, not 'Oldest'"),
        ({"since": "2026-11-20"}, "since: takes a datetime.datetime, not '2026-11-20'"),
        ({"until": date(2026, 11, 20)}, "until: takes a datetime.datetime, not datetime.date(2026, 11, 20)"),
        ({"source": 1}, "source: takes a text, not 1"),
        ({"words": None}, "words: takes a text, not None"),
        ({"limit": -1}, "limit: takes a whole number, 0 for all, not -1"),
        ({"story": "abc"}, "story: takes a whole number, not 'abc'"),
        ({"story": True}, "story: takes a whole number, not True"),
        ({"limit": True}, "limit: takes a whole number, 0 for all, not True"),
        ({"one_per_story": "yes"}, "one_per_story: takes True or False, not 'yes'"),
        ({"cursor": 5}, "cursor: takes a text, not 5"),
        ({"limit": "3"}, "limit: takes a whole number, 0 for all, not '3'"),
    ],
)
def test_values_of_another_kind_are_refused_at_once(store: Store, chosen: Any, told: str) -> None:
    with pytest.raises(InvalidQuery, match=re.escape(told)):
        store.articles.search("gempa", **chosen)


def test_what_is_no_query_and_no_filter_is_named(store: Store) -> None:
    with pytest.raises(InvalidQuery, match=r"^query: takes a text, not None$"):
        store.articles.search(None)  # type: ignore[arg-type]  # it is what is tested
    with pytest.raises(TypeError, match=r"^search\(\) has no filter 'lang'; did you mean language\?$"):
        store.articles.search("gempa", lang="id")  # type: ignore[call-arg]  # it is what is tested
    with pytest.raises(TypeError, match=r"no filter 'xyz'; there are words, since, until, "):
        store.articles.search("gempa", xyz=1)  # type: ignore[call-arg]  # it is what is tested


def test_a_filter_is_no_place_in_a_query(store: Store) -> None:
    with pytest.raises(InvalidQuery, match=r"^limit: takes a whole number, 0 for all, not -1$"):
        store.articles.search("gempa", limit=-1)
    with pytest.raises(InvalidQuery, match=r"^site: has no value; leave the filter out$"):
        store.articles.search(site="")


def test_what_is_counted_by_is_checked(press: Store) -> None:
    found = press.articles.search("gempa")
    assert found.facets(by=["site", "site"], most=1)["site"][0].count == 23
    assert [*found.facets(by="site")] == ["site"]  # type: ignore[arg-type]  # it is what is tested
    with pytest.raises(
        InvalidQuery, match="by: takes site, language, day, tag, author, story, not 'publisher'"
    ):
        found.facets(by=["publisher"])  # type: ignore[list-item]  # it is what is tested


def test_sizes_out_of_range(press: Store) -> None:
    with pytest.raises(ValueError, match="size: takes 1 or more"):
        press.articles.search("gempa").batches(0)
    with pytest.raises(ValueError, match="size: takes 1 or more articles, not '5'"):
        press.articles.search("gempa").batches("5")  # type: ignore[arg-type]  # it is what is tested
    assert len(press.articles.search("gempa", limit=2**63).page().hits) == 45


def test_what_takes_too_long_says_so(press: Store) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(TookTooLong) as error:
        press.sql(endless, seconds=0.05)
    assert str(error.value) == "it took longer than 0.05 s, and was ended"
    assert not error.value.transient


def test_articles_come_one_by_one(press: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    found = press.articles.search("gempa", site="1.example")
    reads = []
    monkeypatch.setattr(
        Articles, "iterate", lambda *a, _real=Articles.iterate, **k: reads.append(1) or _real(*a, **k)
    )
    assert not reads
    assert [article.id for article in islice(found, 3)] == [44, 42, 40]
    assert len(list(found)) == found.count() == 22
    assert len(reads) == 2
    assert [facet.value for facet in found.facets(["site"])["site"]] == ["1.example"]
    assert "1.example" in repr(found)


def test_pages_and_limits(press: Store) -> None:
    found = press.articles.search("gempa")
    assert len(found.hits) == 20
    page = found.page(found.cursor)
    assert page.hits[0].article.id == 25
    assert len(found.page(page.cursor).hits) == 5
    assert len(list(press.articles.search("gempa", limit=7))) == 7
    assert len(list(press.articles.search(Filters(words="gempa", limit=7), sort="oldest"))) == 7
    assert [a.id for a in press.articles.search(sort="oldest", limit=2)] == [1, 2]
    assert "\x02Gempa\x03" in str(found.hits[0].snippet)


@pytest.mark.parametrize("given", [{"query": "-x"}, {"cursor": "x"}, {"query": "after:x"}])
def test_mistakes_are_told_at_once(store: Store, given: dict[str, Any]) -> None:
    with pytest.raises(InvalidQuery):
        store.articles.search(**given)


def test_by_relevance_a_title_is_worth_two_weeks(store: Store) -> None:
    day = 86_400.0
    for name, title, age in (("a", "Gempa", 15), ("b", "Gempa", 13), ("c", "x", 0), ("d", "x", 2)):
        add_article(store, name, title=title, text="gempa", published_at=at(NOW - age * day))
    found = [hit.article.id for hit in store.articles.search("gempa", sort="relevance").hits]
    assert found == [2, 3, 1, 4]
    pages, cursor = [], None
    for _ in range(4):
        page = store.articles.search("gempa", sort="relevance", limit=1).page(cursor)
        pages += [hit.article.id for hit in page.hits]
        cursor = page.cursor
    assert pages == found
    assert cursor is None


def test_tables_are_typed(store: Store) -> None:
    when = datetime(2025, 10, 21, 20, 43, tzinfo=WIB)
    cited = ({"name": "The Guardian"},)
    add_article(store, "a", published_at=when, authors=("A", "B"), citations=cited, paywalled=True)
    add_article(store, "b")
    table = store.articles.search(sort="oldest").to_arrow()
    assert table.num_rows == 2
    second, first = table.to_pylist()
    assert first["published_at"] == when
    assert first["published_offset"] == 420
    assert (first["authors"], first["tags"], first["paywalled"]) == (["A", "B"], [], True)
    assert first["citations"] == '[{"name": "The Guardian"}]'
    assert (second["published_at"], second["published_offset"], second["paywalled"]) == (None, None, None)
    assert table.schema.field("published_at").type == pa.timestamp("us", tz="UTC")
    assert table.schema.field("authors").type == pa.list_(pa.string())
    assert table.schema.field("id").type == pa.int64()
    assert [batch.num_rows for batch in store.articles.search().batches(1)] == [1, 1]
    frame = store.articles.search().to_pandas()
    assert len(frame) == 2
    assert frame["published_at"].max() == when.astimezone(UTC)
    kinds = {"id": "Int64", "duplicate_of": "Int64", "published_offset": "Int16", "paywalled": "boolean"}
    assert {name: str(frame[name].dtype) for name in kinds} == kinds
    assert table.equals(pa.Table.from_pylist(table.to_pylist(), schema=table.schema))
    empty = store.articles.search("nowhere").to_arrow()
    assert (empty.num_rows, empty.schema) == (0, table.schema)


FAR = ["0001-01-01T00:00:00+07:00", "9999-12-31T23:59:59-07:00"]


def test_times_at_either_end_of_dates_are_the_last_there_are(store: Store) -> None:
    for name, when in zip("ab", FAR, strict=True):
        add_article(store, name, published_at=datetime.fromisoformat(when))
    early, late = (moment.replace(tzinfo=UTC) for moment in (datetime.min, datetime.max))
    found = store.articles.search(sort="oldest")
    assert found.to_arrow().column("published_at").to_pylist() == [early, late]
    assert found.to_pandas()["published_at"].to_list() == [early, late]
    [last, first] = store.articles.facets(Filters(), by=["day"])["day"]
    assert (last.value, first.value) == (date.max, date.min)
    assert [hit.article.content.published_at for hit in found.hits] == [*map(datetime.fromisoformat, FAR)]


@pytest.mark.parametrize("library", ["pyarrow", "pandas"])
def test_a_missing_library_names_the_extra(
    store: Store, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    found = store.articles.search()
    with pytest.raises(NeedsArrow, match=rf"^tables need {library}: pip install 'kabar\[arrow\]'$"):
        found.to_pandas() if library == "pandas" else found.batches()
