"""The tutorial, word for word, as far as it needs no network: a day of the demo, looked at."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "tutorial.md"
CHOSEN = {"10": "is:revised", "26": "is:duplicate"}
"""Numbers that the tutorial took from a search: each run has others."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def sections() -> dict[str, str]:
    parts = re.split(r"^## (\d+)\. .*$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def blocks(number: str) -> list[list[str]]:
    found = re.findall(r"^```\n(.*?)^```", sections()[number], flags=re.MULTILINE | re.DOTALL)
    return [block.splitlines() for block in found]


def commands(number: str) -> list[str]:
    return [line for block in blocks(number) for line in block if line.startswith("kabar ")]


def typed(line: str, folder: Path, **extra: str) -> str:
    """What a line of the tutorial prints, which has to end well."""
    words = [sys.executable, "-m", "crawler", *line.split()[1:]]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KABAR_")}
    env = {**kept, "PYTHONPATH": str(ROOT), **extra}
    done = subprocess.run(
        words, cwd=folder, env=env, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, f"{line}: {done.stderr}"
    assert "Traceback" not in done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tutorial")


@pytest.fixture(scope="module")
def day(folder: Path) -> str:
    [demo] = commands("2")
    return typed(demo, folder)


@pytest.fixture(scope="module")
def database(day: str) -> str:
    [line] = [line for block in blocks("2") for line in block if line.startswith("export KABAR_DATABASE=")]
    return line.partition("=")[2]


def told(block: list[str]) -> Iterator[tuple[str, str]]:
    """What lines of the demo say, and of what: without when, which the day decides."""
    for line in block:
        if found := re.fullmatch(r"[A-Z]\w\w \d\d:\d\d  (\w+) +(.+)", line):
            yield found[1], found[2].partition(":")[0]


def test_the_day_goes_by_as_shown(day: str) -> None:
    [shown] = [block for block in blocks("2") if re.match(r"[A-Z]\w\w \d\d:", block[0])]
    seen = set(told(day.splitlines()))
    assert len(shown) == 5
    assert set(told(shown)) <= seen


@pytest.mark.parametrize("line", [*commands("3"), *commands("4")])
def test_what_it_says_to_type(line: str, folder: Path, database: str) -> None:
    for number, query in CHOSEN.items():
        if re.search(rf"\b{number}\b", line):
            first = typed(f"kabar search {query}", folder, KABAR_DATABASE=database).split("\t", 1)[0]
            line = re.sub(rf"\b{number}\b", first, line)
    assert typed(line, folder, KABAR_DATABASE=database).strip()


def test_what_it_shows_of_the_account(folder: Path, database: str) -> None:
    [[shown]] = [block for block in blocks("4") if block[0].startswith("entries")]
    status = typed("kabar status", folder, KABAR_DATABASE=database)
    words = re.sub(r"\d+", "N", shown).split()
    assert words in [re.sub(r"\d+", "N", line).split() for line in status.splitlines()]


@pytest.mark.parametrize("line", commands("7"))
def test_what_is_taken_with_one(line: str, folder: Path, database: str) -> None:
    typed(line, folder, KABAR_DATABASE=database)
    written = folder / line.split()[-1]
    assert len(written.read_text(encoding="utf-8").splitlines()) > 5
