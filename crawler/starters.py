"""Sources to begin with: well-known news feeds, several of them Indonesian."""

import tomllib
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Starter:
    """One feed to begin with."""

    url: str
    title: str
    language: str
    """ISO 639-1 code."""
    country: str
    """ISO 3166-1 code of the publisher's seat."""
    site: str
    """Home page of what the feed covers."""


def starters() -> tuple[Starter, ...]:
    """Return the starter feeds in the order of ``starters.toml``."""
    text = resources.files("crawler").joinpath("starters.toml").read_text(encoding="utf-8")
    return tuple(Starter(**entry) for entry in tomllib.loads(text)["starter"])
