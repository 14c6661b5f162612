"""What a command does not need, it does not load."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from storage import open_store

CRAWLING = {"scrapy", "twisted", "feedparser", "aiohttp", "apscheduler", "trafilatura", "lxml"}
HEAVY = {*CRAWLING, "sqlalchemy", "alembic"}

RUN = """
import sys
from crawler.cli.main import run
for command in sys.argv[1:]:
    code = run(command.split())
    loaded = sorted({name.partition(".")[0] for name in sys.modules})
    print("loaded:", *loaded, f"exit={code}")
"""

IMPORT = """
import importlib, sys
for package in sys.argv[1:]:
    importlib.import_module(package)
    print("loaded:", *sorted({name.partition(".")[0] for name in sys.modules}))
"""

PARQUET = """
import sys
from tests.writing import article
from crawler.export import parquet
parquet.table([parquet.row(article(1))])
print("loaded:", *sorted({name.partition(".")[0] for name in sys.modules}))
"""

TABLE = """
import sys
from tests.writing import article
from storage import arrow
arrow.table([article(1)])
print("loaded:", *sorted({name.partition(".")[0] for name in sys.modules}))
"""

PACKAGES = ("crawler", "spiders", "storage", "crawler.settings", "storage.model", "spiders.items")


def loaded_by(code: str, *arguments: str, cwd: Path) -> list[tuple[str, set[str]]]:
    """Run ``code`` in a fresh interpreter; return the top-level modules that were loaded after each argument.

    One interpreter for all: what one of them loads, those after it have loaded as well.
    """
    ours = {name: value for name, value in os.environ.items() if not name.startswith("KABAR_")}
    environment = {**ours, "PYTHONPATH": str(cwd)}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    lines = [text for text in done.stdout.splitlines() if text.startswith("loaded: ")]
    return [(name, set(line.split()[1:])) for name, line in zip(arguments, lines, strict=True)]


def test_importing_a_package_loads_no_library(root: Path) -> None:
    for package, loaded in loaded_by(IMPORT, *PACKAGES, cwd=root):
        assert not loaded & (HEAVY | {"click", "rich"}), package


def test_help_and_settings_load_no_heavy_library(root: Path) -> None:
    for command, loaded in loaded_by(
        RUN, "--help", "--version", "search --help", "settings --json", cwd=root
    ):
        assert not loaded & HEAVY, command


def test_help_loads_no_rich(root: Path) -> None:
    [(_, loaded)] = loaded_by(RUN, "--help", cwd=root)
    assert "rich" not in loaded


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of an empty store."""
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'kabar.db'}"
    open_store(url).close()
    return url


def test_reading_commands_load_no_crawling_library(root: Path, database: str) -> None:
    commands = ("search inflasi", "export", "status", "sources", "why http://a.test/")
    asked = [f"--database {database} {command}" for command in commands]
    for command, loaded in loaded_by(RUN, *asked, cwd=root):
        assert "sqlalchemy" in loaded, command
        assert not loaded & (CRAWLING | {"alembic"}), command


@pytest.mark.parametrize("program", [PARQUET, TABLE], ids=["parquet", "table"])
def test_tables_of_arrow_are_made_without_pandas(root: Path, program: str) -> None:
    pytest.importorskip("pandas")
    [(_, loaded)] = loaded_by(program, "", cwd=root)
    assert "pyarrow" in loaded
    assert "pandas" not in loaded
