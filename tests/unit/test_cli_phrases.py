"""How times, counts and sizes read."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from crawler.cli.phrases import count, duration, local, relative, rfc3339, size, stamp
from crawler.cli.reasons import explained
from crawler.log import masked


def test_a_published_time_keeps_its_offset() -> None:
    assert (
        stamp(datetime(2026, 11, 24, 1, 15, tzinfo=timezone(timedelta(hours=7)))) == "2026-11-24 01:15 +07:00"
    )
    assert stamp(datetime(2026, 1, 2, 3, 4, tzinfo=timezone(-timedelta(hours=3, minutes=30)))).endswith(
        "-03:30"
    )
    assert stamp(datetime(2026, 1, 2, 3, 4, tzinfo=UTC)).endswith("+00:00")
    assert stamp(None) == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (45, "45 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "120 min"),
        (7200, "2 h"),
        (172800, "2 d"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_relative_times() -> None:
    assert relative(1300.0, now=1000.0) == "in 5 min"
    assert relative(1000.0 - 10800, now=1000.0) == "3 h ago"
    assert relative(1000.4, now=1000.0) == "now"
    assert relative(None, now=1000.0) == "never"


def test_unknown_times_are_empty_or_null() -> None:
    assert local(None) == ""
    assert rfc3339(None) is None
    assert (local(float("inf")), rfc3339(1e300)) == ("", None)
    text = rfc3339(1_795_437_780.0)
    assert text is not None
    assert datetime.fromisoformat(text).timestamp() == 1_795_437_780.0


def test_counts_and_sizes() -> None:
    assert count(1, "article") == "1 article"
    assert count(1204, "article") == "1,204 articles"
    assert count(0, "entry", "entries") == "0 entries"
    assert [size(number) for number in (None, 0, 512, 3_400_000, 10**13)] == [
        "",
        "0 B",
        "512 B",
        "3.4 MB",
        "10.0 TB",
    ]


def test_passwords_are_masked_and_nothing_else() -> None:
    assert masked("postgresql://me:s3cret@db/kabar") == "postgresql://me:***@db/kabar"
    assert masked("cannot open http://u:p@proxy:3128 or http://a:8080/x@y") == (
        "cannot open http://u:***@proxy:3128 or http://a:8080/x@y"
    )
    assert masked("sqlite:////home/me/kabar.db") == "sqlite:////home/me/kabar.db"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("http_404", "the server answered 404 (not found)"),
        ("http_503", "the server answered 503 (a fault of its own)"),
        ("http_418", "the server answered 418"),
        ("private_address", "it leads to a private address (--allow-private permits that)"),
        ("a_new_reason", "a new reason"),
        ("timeout: after 30 s", "the server did not answer in time (after 30 s)"),
        (None, "no reason was noted"),
    ],
)
def test_reasons_read_as_words(reason: str | None, words: str) -> None:
    assert explained(reason) == words
