"""The headers of an answer that say when to come back."""

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.answer import fresh_for, max_age, retry_after

NOW = 1_760_000_000.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120.0),
        (" 120 ", 120.0),
        ("1.5", 1.5),
        ("0", None),
        ("-5", None),
        ("soon", None),
        ("1e9", None),
        ("nan", None),
        ("inf", None),
        ("99999999999", None),
        ("9" * 400, None),
        ("31536000", 31_536_000.0),
        (formatdate(NOW + 3600, usegmt=True), 3600.0),
        (formatdate(NOW - 3600, usegmt=True), None),
        ("Thu, 09 Oct 2025 09:53:20 +0100", None),
        ("Thu, 09 Oct 2025 09:53:21", 3601.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
        ("Fri, 99 Foo 2025 99:99:99 GMT", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, now=NOW) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("max-age=600", 600.0),
        ('private, MAX-AGE = "60"', 60.0),
        ("public,max-age=0", 0.0),
        ("s-maxage=5", None),
        ("x-max-age=5", None),
        ("no-cache, stale-while-revalidate=30", None),
        ("max-age=-1", None),
        ("max-age=soon", None),
    ],
)
def test_max_age(value: str | None, seconds: float | None) -> None:
    assert max_age(value) == seconds


@given(st.text(max_size=60))
def test_any_text_is_a_number_of_seconds_or_nothing(value: str) -> None:
    later, age = retry_after(value, now=NOW), max_age(value)
    assert later is None or 0 < later <= 366 * 86400
    assert age is None or 0 <= age < 10**9


@pytest.mark.parametrize(
    ("cache_control", "expires", "date", "seconds"),
    [
        ("max-age=60", "Fri, 10 Oct 2025 10:00:00 GMT", None, 60.0),
        (None, "Thu, 09 Oct 2025 09:53:20 GMT", "Thu, 09 Oct 2025 08:53:20 GMT", 3600.0),
        ("public", "Thu, 09 Oct 2025 09:53:20 GMT", "nonsense", 3600.0),
        # The server's clock is a day behind: what it means is an hour all the same.
        (None, "Wed, 08 Oct 2025 09:53:20 GMT", "Wed, 08 Oct 2025 08:53:20 GMT", 3600.0),
        ("no-cache", "Thu, 09 Oct 2025 09:53:20 GMT", None, None),
        (None, "0", None, None),
        (None, "-1", None, None),
        (None, "Thu, 01 Jan 1970 00:00:00 GMT", None, None),
        (None, None, "Thu, 09 Oct 2025 08:53:20 GMT", None),
    ],
)
def test_expires_counts_where_max_age_is_missing(
    cache_control: str | None, expires: str | None, date: str | None, seconds: float | None
) -> None:
    assert fresh_for(cache_control, expires, date, now=1_760_000_000.0) == seconds
