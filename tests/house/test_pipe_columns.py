"""The reference names the columns that each command writes into a pipe, in their order."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

import pytest

from crawler.cli import (
    add,
    crawl,
    doctor,
    search,
    settings,
    show_diff,
    show_story,
    simulate,
    sources,
    sources_exchange,
    stories,
)
from crawler.cli.output import Column

LONG = {short: name for name, short in crawl._SHORT.items()}
Columns = Iterable[Column[Any]]
WRITTEN: dict[str, list[Callable[[], Columns]]] = {
    "crawl": [crawl._columns],
    "add": [lambda: add._columns(cast(Any, None))],
    "sources list": [lambda: sources._PLAIN_COLUMNS],
    "sources import": [sources_exchange._columns],
    "search": [lambda: [*search._COLUMNS, search._URL], lambda: search._FACET_COLUMNS],
    "show": [lambda: show_diff._COLUMNS, lambda: [*show_story._COLUMNS, show_story._URL]],
    "stories list": [stories._columns],
    "doctor": [lambda: doctor._COLUMNS],
    "simulate": [lambda: [Column[Any]("part", str), *simulate._columns()]],
    "settings": [lambda: settings._columns(origin=True)],
}


@pytest.mark.parametrize("command", WRITTEN)
def test_the_reference_names_the_columns_of_a_pipe(root: Path, command: str) -> None:
    text = (root / "docs/reference/commands.md").read_text(encoding="utf-8")
    section = text.partition(f" kabar {command}\n")[2].partition("\n##")[0]
    sentences = re.findall(
        r"\b[Ii]n a pipe: (.*?)(?:\.\s|\. \|)", re.sub(r"\([^)]*\)", "", section), re.DOTALL
    )
    told = [re.findall(r"`([^`]+)`", sentence) for sentence in sentences]
    assert told == [[LONG.get(column.name, column.name) for column in made()] for made in WRITTEN[command]]
