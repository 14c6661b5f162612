"""The contracts of [tool.importlinter] are kept, and they bite."""

import ast
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


FAULTS = {
    "storage.model": "spiders.items",
    "spiders.items": "crawler.errors",
    "storage.values": "storage.sources",
    "crawler.log": "sqlalchemy",
    "storage.errors": "scrapy",
    "crawler.daemon": "apscheduler",
    "crawler.judge": "crawler.ingest",
    "crawler.settings": "crawler.log",
}
"""Module to what it must never import: one fault for each kind of contract."""


def test_planted_faults_are_found(copy: Path) -> None:
    for module, forbidden in FAULTS.items():
        path = copy / f"{module.replace('.', '/')}.py"
        path.write_text(f"{path.read_text(encoding='utf-8')}\nimport {forbidden}\n", encoding="utf-8")
    done = lint(copy)
    assert done.returncode == 1, done.stdout
    found = {pair for pair in FAULTS.items() if f"{pair[0]} -> {pair[1]} (l." in done.stdout}
    assert found == set(FAULTS.items())


def test_a_forgotten_type_import_is_found(copy: Path) -> None:
    """Types count: an import for annotations alone is an import."""
    path = copy / "storage" / "model.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        f"{text}\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import storage.store\n",
        encoding="utf-8",
    )
    done = lint(copy)
    assert done.returncode == 1, done.stdout
    assert "storage.model -> storage.store" in done.stdout


@pytest.mark.parametrize("module", ["spiders/items.py", "storage/model.py", "storage/hub.py"])
def test_what_crosses_borders_is_made_of_the_standard_library(module: str, root: Path) -> None:
    tree = ast.parse((root / module).read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


def test_every_module_has_its_floor(copy: Path) -> None:
    (copy / "crawler" / "newcomer.py").write_text('"""A module nobody gave a floor."""\n', encoding="utf-8")
    done = lint(copy)
    assert done.returncode == 1, done.stdout
    assert "crawler.newcomer" in done.stdout
