"""The rules that are data: TOML files beside this module, read once."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def rules(name: str) -> dict[str, Any]:
    """Return the content of ``<name>.toml`` of this package, always the same object, not to be changed."""
    return tomllib.loads((files("crawler.normalize") / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def word_set(name: str, *path: str) -> frozenset[str]:
    """Return the list of words found under ``path`` in ``<name>.toml``, folded to lower case."""
    node: Any = rules(name)
    for key in path:
        node = node[key]
    return frozenset(word.casefold() for word in node)
