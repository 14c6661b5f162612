"""A page that is to be read without a store, and what was read from it. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from spiders.items import Document
from spiders.readers.body.template import Template

NOWHERE = "https://unknown.invalid/"
"""Stands for the address of a page that has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A page to be read: its bytes, or the file that holds them (gzipped or not)."""

    body: bytes = b""
    path: str = ""
    url: str | None = None
    """The address that answered; None: the one that the page gives itself."""
    requested_url: str | None = None
    content_type: str = ""
    fetched_at: float = 0.0
    """Epoch seconds, by which relative dates and dates ahead of the clock are judged."""
    truncated: bool = False
    x_robots_tag: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Those of the answer that say what its publisher reserves, by name in lower case."""
    template: Template | None = None
    """What the store knows to repeat on the page's site."""
    others: tuple["Given", ...] = ()
    """The other pages of an article that is printed on several, or the view of the whole."""
    missing: str = ""
    """Why not all of them could be had; empty when they could."""


class Change(NamedTuple):
    """What a normalising step did to one field of the record."""

    step: str
    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """What was read from a page."""

    record: Mapping[str, Any]
    """The fields of a record that come from the page; all are there, also when the page is no article."""
    reason: str | None = None
    """Why kabar would not keep it, as a code; None when it would."""
    error: str | None = None
    """The same in words."""
    document: Document | None = None
    """None when nothing could be read at all."""
    steps: tuple[tuple[str, str], ...] = ()
    """How it was read, when that was asked for: the name of each step and what came of it."""
    changes: tuple[Change, ...] = ()
    """What normalising changed, step by step, when that was asked for."""
