"""By how much the wall clock was set, told from two clocks."""

import pytest

from crawler.jumps import Reading, jump, lead
from tests.keeping import NOW

HOUR = 3600.0
BEFORE = Reading(wall=NOW, steady=100.0)


@pytest.mark.parametrize(
    ("wall", "steady", "found"),
    [
        (5.0, 5.0, 0.0),
        (5.0 - 6 * HOUR, 5.0, -6 * HOUR),
        (5.0 + 6 * HOUR, 5.0, 6 * HOUR),
        (0.0, 29.0, 0.0),
        (34.0, 5.0, 0.0),
        (0.0, 31.0, -31.0),
        (8 * HOUR, 1.0, 8 * HOUR - 1.0),
    ],
)
def test_jumps(wall: float, steady: float, found: float) -> None:
    assert jump(BEFORE, Reading(wall=NOW + wall, steady=100.0 + steady)) == pytest.approx(found)


def test_small_steps_add_up() -> None:
    readings = [Reading(wall=NOW - 20.0 * n, steady=100.0 + 5.0 * n) for n in range(3)]
    assert [jump(BEFORE, reading) for reading in readings] == [0.0, 0.0, -50.0]


@pytest.mark.parametrize(
    ("newest", "found"),
    [(None, 0.0), (NOW - HOUR, 0.0), (NOW + 29.0, 0.0), (NOW + 2 * HOUR, 2 * HOUR)],
)
def test_what_is_on_record_ahead_of_now(newest: float | None, found: float) -> None:
    assert lead(newest, NOW) == found
