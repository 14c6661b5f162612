"""Gate: text and fields of real pages against gold records. Floors stand a little below what is reached."""

from pathlib import Path

import pytest

from tests.gate.score import kabar, pages_of
from tests.scoring import score

FLOORS = {
    "aeb": {"f1": 0.976, "exact": 0.45, "canonical": 0.87},
    "feval": {"f1": 0.957, "exact": 0.40, "canonical": 0.99},
    "fundus": {
        "f1": 0.965,
        "exact": 0.36,
        "title": 0.81,
        "authors": 0.82,
        "minute": 0.93,
        "day": 0.96,
        "canonical": 0.93,
        "tags": 0.76,
    },
}
SAMPLE = {"aeb": 0.95, "feval": 0.91, "fundus": 0.94}
"""F1 floors of every twelfth page, which the default run reads."""


@pytest.mark.parametrize("name", sorted(SAMPLE))
def test_sample(test_data: Path, name: str) -> None:
    assert figures(test_data / "pages" / name, step=12)["f1"] >= SAMPLE[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(FLOORS))
def test_pages(test_data: Path, name: str) -> None:
    reached = figures(test_data / "pages" / name)
    low = {key: (reached[key], floor) for key, floor in FLOORS[name].items() if reached[key] < floor}
    assert not low


def figures(folder: Path, *, step: int = 1) -> dict[str, float]:
    """Read every ``step``-th page of a set and score it."""
    pages, _ = pages_of(folder, kabar, {}, step=step)
    return score(folder.name, pages)
