"""Dates: offsets kept, zones by name, nothing absurd believed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.normalize import EntryFacts
from crawler.normalize.dates import Hints, parse_date, read_moment
from crawler.normalize.zones import assumed_zone, country_of
from spiders.items import Document
from tests.depth import examples
from tests.drafts import drafter

NOW = datetime(2025, 10, 22, 5, 0, tzinfo=UTC)
PAGE = Document(
    url="https://www.example.com/a",
    requested_url="https://www.example.com/a",
    fetched_at=NOW.timestamp(),
    title="A title",
    text="Nothing much happened today in the capital, officials said on Tuesday evening.",
    provenance={"published": "json-ld", "modified": "json-ld"},
)


draft = drafter(PAGE, NOW)


def hints(language: str | None = None, country: str | None = None) -> Hints:
    assumed = assumed_zone(country=country, language=language)
    return Hints(language=language, country=country, assumed=assumed, fetched_at=NOW)


@pytest.mark.parametrize(
    ("raw", "iso"),
    [
        ("2025-10-21T20:43:00+07:00", "2025-10-21T20:43:00+07:00"),
        ("2025-10-21T20:43:00Z", "2025-10-21T20:43:00+00:00"),
        ("2025-10-21t20:43:00z", "2025-10-21T20:43:00+00:00"),
        ("2025-10-21 20:43:00 +0700", "2025-10-21T20:43:00+07:00"),
        ("2025-10-21T20:43+08", "2025-10-21T20:43:00+08:00"),
        ("2025-10-21T20:43:00.1234567+00:00", "2025-10-21T20:43:00.123456+00:00"),
        ("2025-10-21 20:43 WIB", "2025-10-21T20:43:00+07:00"),
        ("2025-10-21 20:43 WITA", "2025-10-21T20:43:00+08:00"),
        ("2025-10-21 20:43 wit", "2025-10-21T20:43:00+09:00"),
        ("2025/10/21 9:05", "2025-10-21T09:05:00+00:00"),
        ("20251021T204300Z", "2025-10-21T20:43:00+00:00"),
        ("20251021204300", "2025-10-21T20:43:00+00:00"),
        ("20251021", "2025-10-21T00:00:00+00:00"),
        ("2025-10-21T20:43:00+07:00[Asia/Jakarta]", "2025-10-21T20:43:00+07:00"),
        ("Tue, 21 Oct 2025 20:43:00 +0700", "2025-10-21T20:43:00+07:00"),
        ("Tue, 21 Oct 2025 20:43:00 GMT", "2025-10-21T20:43:00+00:00"),
        ("Tue, 21 Oct 2025 20:43:00 -0000", "2025-10-21T20:43:00+00:00"),
        ("Tue, 21 Oct 2025 20:43 WIB", "2025-10-21T20:43:00+07:00"),
        ("21 Oct 2025 20:43:00 EST", "2025-10-21T20:43:00-05:00"),
        ("1759744800", "2025-10-06T10:00:00+00:00"),
        ("1759744800000", "2025-10-06T10:00:00+00:00"),
    ],
)
def test_exact_forms(raw: str, iso: str) -> None:
    moment = parse_date(raw)
    assert moment is not None
    assert moment.isoformat() == iso


@pytest.mark.parametrize(
    ("raw", "language", "country", "iso"),
    [
        ("Selasa, 21 Oktober 2025 20:43 WIB", "id", None, "2025-10-21T20:43:00+07:00"),
        ("21 Okt 2025, 20.43 WITA", "id", None, "2025-10-21T20:43:00+08:00"),
        ("Senin, 20 Oktober 2025 | 13:02 WIB", "id", "id", "2025-10-20T13:02:00+07:00"),
        ("Diterbitkan 21 Okt 2025, 20:43", "id", "id", "2025-10-21T20:43:00+07:00"),
        ("Sel, 21 Okt 2025 20:43:00 +0700", "id", "id", "2025-10-21T20:43:00+07:00"),
        ("03/10/2025 20:43", "id", "id", "2025-10-03T20:43:00+07:00"),
        ("03/10/2025 20:43", "en", "gb", "2025-10-03T20:43:00+01:00"),
        ("02-12-2025", "en", None, "2025-12-02T00:00:00+00:00"),
        ("10/03/2025 20:43", "en", "us", "2025-10-03T20:43:00+00:00"),
        ("Jumaat, 3 Ogos 2025", "ms", "my", "2025-08-03T00:00:00+08:00"),
        ("21. Oktober 2025, 20:43 Uhr", "de", "de", "2025-10-21T20:43:00+02:00"),
        ("21 octobre 2025 à 20h43", "fr", "fr", "2025-10-21T20:43:00+02:00"),
        ("21 октября 2025, 20:43", "ru", "ru", "2025-10-21T20:43:00+03:00"),
        ("2025年10月21日 20:43", "zh", "cn", "2025-10-21T20:43:00+08:00"),
        ("2025年10月21日", "ja", "jp", "2025-10-21T00:00:00+09:00"),
        ("2025. 10. 21. 오후 8:43", "ko", "kr", "2025-10-21T20:43:00+09:00"),
        ("Thứ Ba, 21/10/2025, 20:43 (GMT+7)", "vi", "vn", "2025-10-21T20:43:00+07:00"),
        ("٢١ أكتوبر ٢٠٢٥", "ar", None, "2025-10-21T00:00:00+00:00"),
        ("Oct. 21, 2025 8:43 am ET", "en", "us", "2025-10-21T08:43:00-04:00"),
        ("Tue Oct 21 20:43:00 ICT 2025", "en", None, "2025-10-21T20:43:00+07:00"),
        ("3 jam yang lalu", "id", "id", "2025-10-22T09:00:00+07:00"),
        ("2 hours ago", "en", None, "2025-10-22T03:00:00+00:00"),
        ("an hour ago", "en", None, "2025-10-22T04:00:00+00:00"),
        ("vor einer Stunde", "de", None, "2025-10-22T06:00:00+02:00"),
        ("kemarin", "id", "id", "2025-10-21T00:00:00+07:00"),
        ("vor 2 Stunden", "de", "de", "2025-10-22T05:00:00+02:00"),
        ("21 Oct 2025 10:00 CST", "en", "cn", "2025-10-21T10:00:00+08:00"),
    ],
)
def test_words(raw: str, language: str, country: str | None, iso: str) -> None:
    moment = parse_date(raw, hints=hints(language, country))
    assert moment is not None
    assert moment.isoformat() == iso


@pytest.mark.parametrize(
    "raw",
    [
        "",
        " ",
        "1",
        "99999",
        "0000-00-00",
        "2025-02-30",
        "2025-10-21T24:00:00Z",
        "Tue, 21 Oct 2025 20:43:00 +9999",
        "hello world",
        "2025",
        "Oktober 2025",
        "December 2025",
        "20:43",
        "x" * 5000,
        "2025-10-21T20:43:00+15:00",
    ],
)
def test_no_date(raw: str) -> None:
    assert parse_date(raw, hints=hints("id", "id")) is None


@pytest.mark.parametrize(
    ("raw", "language", "iso"),
    [
        ("publiziert am 25. September 2018", "de", "2018-09-25T00:00:00+00:00"),
        ("Posted by Ann Lee on March 3, 2021 at 4:05 pm EST in News", "en", "2021-03-03T16:05:00-05:00"),
        ("December 18, 2025 ・ 3 min read", "en", "2025-12-18T00:00:00+00:00"),
        ("기사입력 :[ 2018-08-25 15:24 ]", "ko", "2018-08-25T15:24:00+00:00"),
        ("Oleh Ann, Selasa 21 Oktober 2025 20:43 WIB", "id", "2025-10-21T20:43:00+07:00"),
        ("Publicado el 3 de marzo de 2021 por Ana", "es", "2021-03-03T00:00:00+00:00"),
    ],
)
def test_a_date_within_a_line(raw: str, language: str, iso: str) -> None:
    moment = read_moment(raw, hints=Hints(language=language))
    assert moment is not None
    assert moment.at.isoformat() == iso


@pytest.mark.parametrize(
    "raw",
    [
        "From 3 May 2020 to 4 May 2020",
        "2025-12-12 - 2025-12-17",
        "about $63 billion through June 30, 2019",
        "version 2018.08.25.1",
        "Acer Nitro 16 (2023)",
    ],
)
def test_no_single_date_within_a_line(raw: str) -> None:
    assert read_moment(raw, hints=Hints(language="en")) is None


def test_relative_dates_need_a_moment_to_count_from() -> None:
    assert parse_date("2 hours ago", hints=Hints(language="en")) is None


@settings(max_examples=examples(60), deadline=None)
@given(
    st.text(max_size=40) | st.text("0123456789-:/ +TZapmWIBOktober,.", max_size=30),
    st.sampled_from(["id", "en", None, "xx"]),
)
def test_never_raises(raw: str, language: str | None) -> None:
    moment = parse_date(raw, hints=hints(language))
    assert moment is None or moment.tzinfo is not None


@settings(deadline=None)
@given(st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1)), st.integers(-12 * 4, 14 * 4))
def test_offset_is_kept(naive: datetime, quarters: int) -> None:
    offset = timedelta(minutes=15 * quarters)
    sign, total = ("-" if quarters < 0 else "+"), abs(quarters) * 15
    raw = f"{naive:%Y-%m-%dT%H:%M:%S}{sign}{total // 60:02}:{total % 60:02}"
    moment = parse_date(raw)
    assert moment is not None
    assert moment.replace(tzinfo=None) == naive.replace(microsecond=0)
    assert moment.utcoffset() == offset


def test_what_was_printed_is_known() -> None:
    day = read_moment("21 Oktober 2025", hints=hints("id", "id"))
    assert day is not None
    assert (day.day_only, day.zoned, day.how) == (True, False, "day only, assumed zone Asia/Jakarta")
    exact = read_moment("2025-10-21T20:43:00+07:00", hints=hints("id", "id"))
    assert exact is not None
    assert (exact.day_only, exact.zoned, exact.how) == (False, True, "")


def test_zones() -> None:
    assert country_of("news.example.co.id") == "id"
    assert country_of("example.com") is None
    assert country_of("example.io") is None
    assert country_of("example.me") is None
    assert assumed_zone(country="us") is None
    assert assumed_zone() is None


def test_offset_is_kept_and_told() -> None:
    found = draft(published="2025-10-21T01:15:00+07:00")
    assert found.published_at is not None
    assert found.published_at.isoformat() == "2025-10-21T01:15:00+07:00"
    assert found.provenance["published_at"] == "json-ld"


@pytest.mark.parametrize(
    ("url", "entry", "offset", "zone"),
    [
        ("https://www.example.com/a", EntryFacts(source_country="id"), 7, "Asia/Jakarta"),
        ("https://www.example.co.id/a", EntryFacts(), 7, "Asia/Jakarta"),
        ("https://www.example.com/a", EntryFacts(source_country="us"), 0, "UTC"),
        ("https://www.example.com/a", EntryFacts(), 0, "UTC"),
    ],
)
def test_zone_is_assumed_and_told(url: str, entry: EntryFacts, offset: int, zone: str) -> None:
    found = draft(entry, url=url, published="2025-10-21 20:43:00")
    assert found.published_at is not None
    assert found.published_at.utcoffset() == timedelta(hours=offset)
    assert found.provenance["published_at"] == f"json-ld; normalize: assumed zone {zone}"


def test_zone_by_language() -> None:
    text = (
        "Presiden mengatakan bahwa pemerintah akan membangun jalan baru karena banyak warga yang memintanya."
    )
    found = draft(language="id", published="2025-10-21 20:43:00", text=text)
    assert found.published_at is not None
    assert found.published_at.utcoffset() == timedelta(hours=7)


@pytest.mark.parametrize(
    ("page", "feed", "iso", "how"),
    [
        (
            "2025-10-21T20:43:00+07:00",
            "Tue, 21 Oct 2025 10:00:00 GMT",
            "2025-10-21T20:43:00+07:00",
            "json-ld",
        ),
        ("2025-10-21", "Tue, 21 Oct 2025 20:43:00 +0700", "2025-10-21T20:43:00+07:00", "feed"),
        ("2025-10-21T00:00:00+07:00", "Tue, 21 Oct 2025 13:43:00 GMT", "2025-10-21T13:43:00+00:00", "feed"),
        (
            "2025-10-20",
            "Tue, 21 Oct 2025 20:43:00 +0700",
            "2025-10-20T00:00:00+00:00",
            "json-ld; normalize: day only, assumed zone UTC",
        ),
        ("2525-10-21T20:43:00Z", "Tue, 21 Oct 2025 20:43:00 +0700", "2025-10-21T20:43:00+07:00", "feed"),
        ("1970-01-01T00:00:00Z", "Tue, 21 Oct 2025 20:43:00 +0700", "2025-10-21T20:43:00+07:00", "feed"),
        (None, "Tue, 21 Oct 2025 20:43:00 +0700", "2025-10-21T20:43:00+07:00", "feed"),
        (
            "2025-10-21T20:43:10",
            "Tue, 21 Oct 2025 20:43:00 +0700",
            "2025-10-21T20:43:00+07:00",
            "json-ld; normalize: offset of the feed",
        ),
    ],
)
def test_page_or_feed(page: str | None, feed: str, iso: str, how: str) -> None:
    found = draft(EntryFacts(published=feed), published=page)
    assert found.published_at is not None
    assert found.published_at.isoformat() == iso
    assert found.provenance["published_at"] == how


@pytest.mark.parametrize(
    "raw",
    [
        "2525-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "1989-12-31T23:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+14:00",
        "2025-10-24T06:00:00Z",
        "10000-01-01",
    ],
)
def test_absurd_dates_are_not_believed(raw: str) -> None:
    found = draft(EntryFacts(published=raw), published=raw, modified=raw)
    assert (found.published_at, found.modified_at) == (None, None)
    assert found.provenance["published_at"] == f"normalize: not believed: {raw}"


def test_a_day_ahead_is_believed() -> None:
    assert draft(published="2025-10-23T20:00:00+09:00").published_at is not None


def test_feed_with_updated_only() -> None:
    found = draft(EntryFacts(updated="2025-10-21T20:43:00+07:00"))
    assert found.published_at is not None
    assert found.modified_at is None


def test_modified() -> None:
    early, late = "2025-10-21T20:00:00+07:00", "2025-10-21T21:00:00+07:00"
    assert draft(published=early, modified=late).modified_at == datetime.fromisoformat(late)
    assert draft(published=late, modified=early).modified_at is None
    fed = draft(EntryFacts(published=early, updated=late), published=early)
    assert (fed.modified_at, fed.provenance["modified_at"]) == (datetime.fromisoformat(late), "feed")


def test_odd_fetch_time() -> None:
    for fetched_at in (float("nan"), 1e300, -1e300):
        assert draft(fetched_at=fetched_at, published="2025-10-21T20:43:00Z").published_at is not None
