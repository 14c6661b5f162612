"""The content of a revision as columns of its row, and back."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import case, select

from storage import tables
from storage.model import Content
from storage.values import (
    from_iso,
    hash_key,
    iso,
    key_digest,
    pack,
    provenance_id,
    seconds,
    unpack,
    unpack_map,
)

_LISTS = ("authors", "tags", "citations", "repeats", "credits")
_OBJECTS = ("provenance", "reservations")
_REVISION, _PROVENANCE = tables.revisions.c, tables.provenances.c
_SHARED = select(_PROVENANCE.value).where(_PROVENANCE.id == _REVISION.provenance_id).scalar_subquery()
_READ = {"provenance": case((_REVISION.provenance != "", _REVISION.provenance), else_=_SHARED)}
CONTENT = tuple(Content.__dataclass_fields__)
"""The columns, in the order in which they are read."""
READ = tuple(_READ.get(name, _REVISION[name]).label(name) for name in CONTENT)
"""How they are read."""
_FIELDS = attrgetter(*CONTENT)
WRITTEN = (*CONTENT, "provenance_id")
"""The columns of a revision that its content decides."""
_INDEXED_CHARACTERS = 255
"""Of columns that stand in an index; no host name is longer."""


def columns(content: Content) -> tuple[dict[str, Any], str]:
    """Return the ``WRITTEN`` columns of a revision, and the provenance whose number is among them."""
    values = dict(zip(CONTENT, _FIELDS(content), strict=True))
    values |= {name: pack([*values[name]]) for name in _LISTS}
    values |= {name: pack(values[name]) for name in _OBJECTS}
    if content.canonical_url == content.url:
        values["canonical_url"] = ""
    values["published_at"] = iso(content.published_at)
    values["modified_at"] = iso(content.modified_at)
    provenance = values["provenance"]
    values |= {"provenance": "", "provenance_id": provenance_id(provenance)}
    return values, provenance


def headings(
    content: Content,
    first_seen_at: float,
    canonical_key: str | None,
    url_keys: Sequence[tuple[str, str]],
) -> dict[str, Any]:
    """Return the columns of an article that are searched and judged by; pairs are of its URLs and keys."""
    published = content.published_at
    if canonical_key in [key for _, key in url_keys]:
        canonical_key = None  # by an address of its own it is found all the same
    return {
        "site": content.site[:_INDEXED_CHARACTERS],
        "language": content.language,
        "content_hash": hash_key(content.content_hash),
        "order_at": first_seen_at if published is None else seconds(published),
        "canonical_digest": None if canonical_key is None else key_digest(canonical_key),
    }


def content_of(row: Sequence[Any]) -> Content:
    """Return the content that a row of a revision holds, whose first columns are ``CONTENT``."""
    values = dict(zip(CONTENT, row, strict=False))
    values |= {name: unpack(values[name]) for name in _LISTS}
    values |= {name: unpack_map(values[name] or "{}") for name in _OBJECTS}
    if values["canonical_url"] == "":
        values["canonical_url"] = values["url"]
    values["published_at"] = from_iso(values["published_at"])
    values["modified_at"] = from_iso(values["modified_at"])
    return Content(**values)
