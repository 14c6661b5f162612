"""What steps down at a site and stays down is told; weekends, small numbers and chance are not."""

import random
from collections.abc import Callable, Iterator
from typing import get_args

import pytest

from crawler.health import drifted, drifts
from crawler.health.drift import Drift
from storage.harvest import LENGTHS, Harvest, Part

FIRST = 20_400
PARTS: tuple[Part, ...] = get_args(Part)
Rate = Callable[[int], float]


def harvest(
    day: int,
    articles: int,
    *,
    words: int = 400,
    site: str = "koran.test",
    reader: str | None = "3",
    **having: int,
) -> Harvest:
    """A day of a site; every part that is not named is in all articles."""
    return Harvest(
        site=site,
        day=FIRST + day,
        reader=reader,
        articles=articles,
        having=tuple((part, having.get(part, articles)) for part in PARTS),
        long=tuple(articles if words >= length else 0 for length in LENGTHS),
    )


def told(rows: Iterator[Harvest] | list[Harvest]) -> list[tuple[str, int]]:
    return [(drift.what, drift.since - FIRST) for drift in drifts(rows)]


def test_a_step_is_told_with_its_day_and_shares() -> None:
    days = [harvest(day, 10, authors=9 if day < 20 else 1) for day in range(28)]
    assert drifts(days) == (
        Drift(
            site="koran.test",
            what="authors",
            before=0.9,
            now=0.1,
            since=FIRST + 20,
            articles=(200, 80),
            readers=("3", "3"),
        ),
    )


def test_shorter_texts_are_told_in_words() -> None:
    (found,) = drifts([harvest(day, 8, words=500 if day < 15 else 90) for day in range(28)])
    assert (found.what, found.since - FIRST) == ("length", 15)
    assert 256 <= found.before <= 512
    assert 64 <= found.now <= 128


def test_sites_are_judged_apart() -> None:
    ill = [harvest(day, 10, site="a.test", published=10 if day < 20 else 0) for day in range(28)]
    well = [harvest(day, 10, site="b.test") for day in range(28)]
    assert {drift.site for drift in drifts([*ill, *well])} == {"a.test"}


def test_a_few_articles_prove_nothing() -> None:
    assert told([harvest(day, 10, authors=10 if day < 27 else 0) for day in range(28)]) == []
    assert told([harvest(day, 1, authors=1 if day < 14 else 0) for day in range(28)]) == []
    assert told([harvest(day, 40, authors=40 if day < 3 else 0) for day in range(8)]) == []
    assert told([]) == []


def test_what_is_rare_or_falls_little_is_no_loss() -> None:
    assert told([harvest(day, 50, tags=20 if day < 14 else 0) for day in range(28)]) == []
    assert told([harvest(day, 500, tags=450 if day < 14 else 350) for day in range(28)]) == []


def test_weekends_are_no_step() -> None:
    days = [harvest(day, 30, authors=2 if day % 7 in (5, 6) else 29) for day in range(28)]
    for last in range(9, 29):
        assert told(days[:last]) == []


def test_what_has_recovered_is_told_no_more() -> None:
    assert told([harvest(day, 10, authors=0 if 12 <= day < 22 else 10) for day in range(28)]) == []
    assert told([harvest(day, 10, authors=0 if 20 <= day < 26 else 10) for day in range(28)]) == []


def test_a_rise_is_no_drift() -> None:
    assert told([harvest(day, 10, authors=0 if day < 15 else 10) for day in range(28)]) == []


def test_readers_of_a_day_are_put_together() -> None:
    rows = [
        harvest(day, 5, reader=reader, authors=5 if day < 14 else 0)
        for day in range(28)
        for reader in (("2", "2+koran") if day < 14 else ("3", "3+koran"))
    ]
    (found,) = drifts(rows)
    assert (found.articles, found.readers) == ((140, 140), ("2", "3"))


@pytest.mark.parametrize(
    "rate", [lambda day: 0.5, lambda day: 0.8, lambda day: 0.97, lambda day: 0.9 - day / 90]
)
def test_chance_and_slow_change_are_no_step(rate: Rate) -> None:
    chance = random.Random(7)
    for _ in range(60):
        size = chance.choice([2, 5, 12, 60])
        rows = []
        for day in range(28):
            articles = chance.randrange(size + 1)
            found = sum(chance.random() < rate(day) for _ in range(articles))
            rows.append(harvest(day, articles, authors=found, tags=found))
        assert told([row for row in rows if row.articles]) == []


def test_a_step_is_found_on_small_and_noisy_sites() -> None:
    chance = random.Random(7)
    for _ in range(60):
        rows = []
        for day in range(28):
            articles = 3 + chance.randrange(6)
            having = sum(chance.random() < (0.92 if day < 18 else 0.03) for _ in range(articles))
            rows.append(harvest(day, articles, authors=having))
        ((what, since),) = told(rows)
        assert (what, abs(since - 18) <= 1) == ("authors", True)


def test_a_site_is_one_finding_in_words() -> None:
    rows = [harvest(day, 10, authors=9 if day < 20 else 1, tags=10 if day < 15 else 0) for day in range(28)]
    (finding,) = drifted(drifts(rows))
    assert (finding.code, finding.severity, finding.site) == ("drift", "notice", "koran.test")
    assert finding.what == (
        "of its 130 articles since 2025-11-23 0% have tags, down from 100% (150 before);"
        " of its 80 articles since 2025-11-28 10% have authors, down from 90% (200 before)"
    )
    assert "kabar search --site koran.test" in finding.advice


def test_texts_titles_and_dates_are_a_problem() -> None:
    rows = [harvest(day, 10, words=500 if day < 20 else 40) for day in range(28)]
    (finding,) = drifted(drifts(rows))
    assert finding.severity == "problem"
    assert "the usual one has 48 words, down from 384" in finding.what


def test_a_change_of_the_reader_is_named() -> None:
    rows = [
        harvest(day, 10, reader="2" if day < 20 else "3+koran", authors=9 if day < 20 else 1)
        for day in range(28)
    ]
    (finding,) = drifted(drifts(rows))
    assert finding.what.endswith("kabar reads it with reader 3 now, no more with 2")
