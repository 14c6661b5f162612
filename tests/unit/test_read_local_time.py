"""The local time of a moment stated in UTC: from another stamp of the same moment."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.items import Candidate
from spiders.readers.fields.local_time import in_local_time

STATED = "2024-04-25T08:21:02Z"


def first(stated: str, markup: str = "", *others: str) -> str:
    offers = tuple(Candidate((text,), "meta", 0.5) for text in (stated, *others))
    return in_local_time(offers, markup)[0].values[0]


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ('{"published": "2024-04-25 04:21:02"}', "2024-04-25T04:21:02-04:00"),
        ('<time datetime="2024-04-25T13:51:02">', "2024-04-25T13:51:02+05:30"),
        ('"2024-04-25 08:21:02", "2024-04-25 10:21:02.000"', "2024-04-25T10:21:02+02:00"),
        ('"2024-04-24 22:21:02"', "2024-04-24T22:21:02-10:00"),
        # The same moment with a zone, other seconds, no offset of any zone, too far away, two that disagree.
        ('"2024-04-25T10:21:02+02:00" "2024-04-25 04:21:02 EDT"', STATED),
        ('"2024-04-25 04:21:03"', STATED),
        ('"2024-04-25 08:51:02"', STATED),
        ('"2024-04-26 04:21:02"', STATED),
        ('"2024-04-25 04:21:02" "2024-04-25 03:21:02"', STATED),
        ('"2024-13-25 04:21:02" "2024-04-25 10:21:02+02:00"', STATED),
    ],
)
def test_another_stamp_of_the_moment_tells_it(markup: str, found: str) -> None:
    assert first(STATED, markup) == found


@pytest.mark.parametrize(
    "stated", ["2024-04-25T08:00:00Z", "2024-04-25T10:21:02+02:00", "2024-04-25", "today"]
)
def test_what_is_local_or_may_be_chance_stays(stated: str) -> None:
    assert first(stated, '"2024-04-25 04:00:00" "2024-04-25 04:21:02"') == stated


def test_a_first_date_without_offset_gets_that_of_the_same_moment() -> None:
    assert first("2024-04-25 04:21:02", "", "2024-04-25", STATED) == "2024-04-25T04:21:02-04:00"
    assert first("2024-04-25 04:21:02", "", "2024-04-25T08:30:02Z") == "2024-04-25 04:21:02"


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(
        lambda at: at.replace(microsecond=0, tzinfo=UTC)
    ),
    st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)
def test_the_moment_stays(at: datetime, zone: timezone) -> None:
    local = at.astimezone(zone)
    found = first(at.isoformat(), f'"{local:%Y-%m-%d %H:%M:%S}"')
    assert datetime.fromisoformat(found) == at
    assert found == local.isoformat() if at.second else found == at.isoformat()
