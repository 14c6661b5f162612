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
code = run(sys.argv[1:])
loaded = sorted({name.partition(".")[0] for name in sys.modules})
print("loaded:", *loaded)
print("exit:", code)
"""


def loaded_by(code: str, *arguments: str, cwd: Path) -> tuple[set[str], str]:
    """Run ``code`` in a fresh interpreter; return the top-level modules it had loaded, and all it printed."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("KABAR_")}
    environment = {**ours, "PYTHONPATH": str(cwd)}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    line = next(text for text in done.stdout.splitlines() if text.startswith("loaded: "))
    return set(line.split()[1:]), done.stdout


@pytest.mark.parametrize(
    "package", ["crawler", "spiders", "storage", "crawler.settings", "storage.model", "spiders.items"]
)
def test_importing_a_package_loads_no_library(package: str, root: Path) -> None:
    code = f"import sys, {package}\nprint('loaded:', *sorted({{m.partition('.')[0] for m in sys.modules}}))"
    loaded, _ = loaded_by(code, cwd=root)
    assert not loaded & (HEAVY | {"click", "rich"})


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["search", "--help"], ["settings", "--json"]]
)
def test_help_and_settings_load_no_heavy_library(arguments: list[str], root: Path) -> None:
    loaded, printed = loaded_by(RUN, *arguments, cwd=root)
    assert "exit: 0" in printed
    assert not loaded & HEAVY


def test_help_loads_no_rich(root: Path) -> None:
    loaded, _ = loaded_by(RUN, "--help", cwd=root)
    assert "rich" not in loaded


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of an empty store."""
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'kabar.db'}"
    open_store(url).close()
    return url


@pytest.mark.parametrize(
    "command", [["search", "inflasi"], ["export"], ["status"], ["sources"], ["why", "http://a.test/"]]
)
def test_reading_commands_load_no_crawling_library(command: list[str], root: Path, database: str) -> None:
    loaded, printed = loaded_by(RUN, "--database", database, *command, cwd=root)
    assert "sqlalchemy" in loaded, printed
    assert not loaded & (CRAWLING | {"alembic"})
