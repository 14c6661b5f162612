"""Read a settings file: its values by dotted key, each with the file that it came from; answer mistakes."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from crawler.errors import SettingsError

ENV_PREFIX = "KABAR_"
_PLACE = re.compile(r"(?:Invalid value|Expected newline).*at line (\d+)")
_BARE = re.compile(
    r"\s*([\w.-]+)\s*=\s*(?![\d+-]|(?:true|false)\b)[^\s\"'\[{][^\"'#]*(?:#.*)?$", re.IGNORECASE
)
"""A value without quotes, brackets or braces, which looks like no number, date, true or false."""


def read_file(path: Path | None) -> dict[str, tuple[Any, str]]:
    """Return the values of a TOML file by dotted key, and the file; none without a path.

    Raises SettingsError.
    """
    if path is None:
        return {}
    text = ""
    try:
        text = path.read_text(encoding="utf-8")
        tree = tomllib.loads(text)
    except OSError as error:
        raise SettingsError("--config", str(path), f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError("TOML", str(path), "cannot be understood: it is no text in UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        hint = _quoting(text, str(error))
        raise SettingsError("TOML", str(path), f"cannot be understood: {error}{hint}") from error
    return {key: (value, str(path)) for key, value in _flatten(tree)}


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    flat: list[tuple[str, Any]] = []
    for name, value in tree.items():
        key = f"{prefix}{name}"
        flat += _flatten(value, f"{key}.") if isinstance(value, dict) else [(key, value)]
    return flat


def _quoting(text: str, problem: str) -> str:
    """Return how to write the value that a problem stands at, if it has no quotes; it may be a password."""
    place = _PLACE.search(problem)
    bare = _BARE.match(text.split("\n")[int(place[1]) - 1]) if place else None
    return f'; put texts in quotes: {bare[1]} = "..."' if bare else ""


def nearest(key: str, known: Iterable[str], origin: str) -> str:
    """Return which of the known keys an unknown one may mean, as the end of a sentence.

    It is written as where it came from wants it: in a file, or as a variable of the environment.
    """
    keys = [*known]
    sections = {name.partition(".")[0] for name in keys if "." in name}
    [close] = difflib.get_close_matches(key, [*keys, *sections], n=1, cutoff=0.5) or [""]
    if not close:
        return "; `kabar settings` lists them"
    # A file may be called KABAR_prod.toml.
    if origin.upper() == f"{ENV_PREFIX}{key.upper().replace('.', '__')}":
        end = "__..." if close in sections else ""
        return f"; did you mean {ENV_PREFIX}{close.upper().replace('.', '__')}{end}?"
    return f"; did you mean {f'the section [{close}]' if close in sections else close}?"
