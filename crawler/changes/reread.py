"""What reading a kept page again changed. Pure."""

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from storage.model import Content
from storage.values import clean

FROM_ROBOTS = "robots.txt"
"""What the robots.txt of a site reserved is not on the page: it is known from when that was fetched."""
_OF_THE_READER = frozenset(["reader", "provenance"])
_DERIVED = frozenset(["word_count", "content_hash"])


def remembering(new: Content, old: Content) -> Content:
    """Return a content read again with what was known of the old one and is not on its page."""
    if FROM_ROBOTS not in old.reservations:
        return new
    reserved = {**new.reservations, FROM_ROBOTS: old.reservations[FROM_ROBOTS]}
    return replace(new, reservations=reserved)


def differing(old: Content, new: Content) -> tuple[str, ...]:
    """Return the fields that are not the same; where a value was found, and by whom, does not count."""
    names = [item.name for item in fields(Content) if item.name not in _OF_THE_READER]
    found = [name for name in names if _plain(getattr(old, name)) != _plain(getattr(new, name))]
    return tuple(name for name in found if name not in _DERIVED) or tuple(found)


def _plain(value: Any) -> str:
    """Return a value as it is when it has been kept: tuples are lists, and keys have no order."""
    return clean(json.dumps(value, default=_other, sort_keys=True, ensure_ascii=False))


def _other(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else str(value)
