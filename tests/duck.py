"""DuckDB beside the tests."""

import importlib.util
from pathlib import Path

import duckdb
import pytest


def scanner() -> Path:
    """DuckDB's own extension for SQLite, from a wheel: nothing is fetched from the net."""
    spec = importlib.util.find_spec("duckdb_extension_sqlite_scanner")
    folder = Path(next(iter((spec and spec.submodule_search_locations) or ["."])))
    path = folder / "extensions" / f"v{duckdb.__version__}" / "sqlite_scanner.duckdb_extension"
    if not path.exists():
        pytest.skip(f"NO SQLITE EXTENSION for DuckDB {duckdb.__version__}: the views are not tried with it")
    return path
