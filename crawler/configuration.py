"""Read a settings file: its values by dotted key, each with the file that it came from."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crawler.errors import SettingsError


def read_file(path: Path | None) -> dict[str, tuple[Any, str]]:
    """Return the values of a TOML file by dotted key, and the file; none without a path.

    Raises SettingsError.
    """
    if path is None:
        return {}
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError("--config", str(path), f"cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError("TOML", str(path), f"cannot be understood: {error}") from error
    return {key: (value, str(path)) for key, value in _flatten(tree)}


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    flat: list[tuple[str, Any]] = []
    for name, value in tree.items():
        key = f"{prefix}{name}"
        flat += _flatten(value, f"{key}.") if isinstance(value, dict) else [(key, value)]
    return flat
