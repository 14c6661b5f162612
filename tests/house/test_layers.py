"""The contracts of [tool.importlinter] are kept, and they bite."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = ("crawler", "spiders", "storage")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    code = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """The sources of the three packages, free to be spoilt."""
    for package in PACKAGES:
        shutil.copytree(root / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "pyproject.toml", tmp_path)
    return tmp_path


def test_contracts_are_kept(root: Path) -> None:
    done = lint(root)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("storage/model.py", "from spiders.items import Target"),
        ("spiders/items.py", "from crawler.errors import Drop"),
        ("storage/model.py", "import storage.errors"),
        ("crawler/log.py", "import sqlalchemy"),
        ("storage/errors.py", "import scrapy"),
        ("crawler/daemon.py", "import apscheduler.schedulers"),
        ("crawler/judge.py", "import crawler.ingest"),
        ("crawler/settings.py", "import crawler.log"),
    ],
)
def test_a_planted_fault_is_found(copy: Path, module: str, forbidden: str) -> None:
    path = copy / module
    path.write_text(path.read_text(encoding="utf-8") + f"\n{forbidden}\n", encoding="utf-8")
    done = lint(copy)
    assert done.returncode == 1, done.stdout
    assert "BROKEN" in done.stdout


def test_every_module_has_its_floor(copy: Path) -> None:
    (copy / "crawler" / "newcomer.py").write_text('"""A module nobody gave a floor."""\n', encoding="utf-8")
    done = lint(copy)
    assert done.returncode == 1, done.stdout
    assert "newcomer" in done.stdout
