"""Rows that are written together fill the pages of a SQLite file."""

import random
import sqlite3
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.fitting import cell_bytes, order, record_bytes
from tests.depth import examples

PAGES = [1024, 2048, 4096]
FIRST = 3_000_000
"""A number of four bytes, as those of rows in large stores are."""


def pages(rows: Sequence[tuple[object, ...]], page_bytes: int) -> int:
    """How many pages SQLite takes for rows in this order."""
    file = sqlite3.connect(":memory:")
    file.execute(f"PRAGMA page_size = {page_bytes}")
    columns = ", ".join(f"c{number}" for number in range(len(rows[0])))
    file.execute(f"CREATE TABLE texts (id INTEGER PRIMARY KEY, {columns})")
    [before] = file.execute("PRAGMA page_count").fetchone()
    places = ", ".join("?" * len(rows[0]))
    numbered = [(FIRST + number, *row) for number, row in enumerate(rows)]
    file.executemany(f"INSERT INTO texts VALUES (?, {places})", numbered)
    [count] = file.execute("PRAGMA page_count").fetchone()
    file.close()
    return int(count) - int(before)


def articles(number: int) -> list[tuple[object, ...]]:
    chance = random.Random(3)
    return [
        (n, None, 1.5, "a" * chance.randint(20, 90), "é" * chance.randint(500, 3_000)) for n in range(number)
    ]


@settings(max_examples=examples(50))
@given(st.lists(st.integers(1, 20_000), max_size=80), st.sampled_from(PAGES), st.integers(1, 2**40))
def test_each_is_written_once(sizes: list[int], page_bytes: int, first: int) -> None:
    assert sorted(order(sizes, page_bytes, first=first)) == [*range(len(sizes))]


@pytest.mark.parametrize("page_bytes", PAGES)
def test_few_places_stay_empty(page_bytes: int) -> None:
    rows = articles(64)
    sizes = [record_bytes(row) for row in rows]
    fitted = [rows[place] for place in order(sizes, page_bytes, first=FIRST)]
    least = sum(sizes) / page_bytes
    assert pages(fitted, page_bytes) - least < 0.4 * (pages(rows, page_bytes) - least)


@pytest.mark.parametrize("together", [32, 64, 100])
def test_samples_hold_as_many_short_ones_as_there_are(together: int) -> None:
    chance, short, sampled = random.Random(5), 0, 0
    for first in range(1, 1_000 * together, together):
        sizes = [600 if n % 4 == 0 else chance.randint(2_500, 9_000) for n in range(together)]
        for number, place in enumerate(order(sizes, 2048, first=first), first):
            sampled += number % 32 == 0
            short += number % 32 == 0 and place % 4 == 0
    assert 0.22 < short / sampled < 0.28


@pytest.mark.parametrize("page_bytes", PAGES)
@pytest.mark.parametrize("length", [10, 150, 400, 1_100, 2_100, 5_300])
def test_what_a_row_takes_of_a_page_is_known_to_the_byte(page_bytes: int, length: int) -> None:
    row = (7, None, 1.5, "é" * 20, "a" * length)
    room = page_bytes - 8 - cell_bytes(record_bytes(row), page_bytes)
    longer = (
        n for n in range(page_bytes) if cell_bytes(record_bytes((*row[:4], "b" * n)), page_bytes) > room
    )
    fits = next(longer) - 1
    alone = pages([row], page_bytes)
    assert pages([row, (*row[:4], "b" * fits)], page_bytes) == alone
    assert pages([row, (*row[:4], "b" * (fits + 1))], page_bytes) > alone
