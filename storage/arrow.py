"""Articles as typed tables of Arrow and data frames of pandas; both libraries are in the extra "arrow"."""

import importlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from storage.errors import NeedsArrow
from storage.model import Article, Content
from storage.values import chunks, in_utc

if TYPE_CHECKING:
    import pandas
    import pyarrow

_TOGETHER = 1_000
_CONTENT = tuple(Content.__dataclass_fields__)
_TEXTS = (
    *("url", "canonical_url", "site", "publisher", "title", "lead", "text", "language", "byline"),
    *("dateline", "section", "image_url", "text_source", "content_hash"),
    *("image_caption", "image_credit", "reader"),
)
_LISTS = ("authors", "tags", "credits", "sources", "urls")
_JSON = ("provenance", "citations", "repeats", "reservations")
_TIMES = (
    *("published_at", "modified_at", "first_seen_at", "last_seen_at", "fetched_at"),
    *("withdrawn_at", "returned_at"),
)
_NUMBERS = {"id": "int64", "revision": "int32", "story_id": "int64", "duplicate_of": "int64"}
_OFFSETS = {"published_offset": "published_at", "modified_offset": "modified_at"}
COLUMNS = (
    *("id", "url", "canonical_url", "site", "publisher", "title", "lead", "text", "language", "authors"),
    *("byline", "dateline", "published_at", "published_offset", "modified_at", "modified_offset"),
    *("first_seen_at", "last_seen_at", "fetched_at", "section", "tags", "image_url", "word_count"),
    *("paywalled", "text_source", "provenance", "content_hash", "revision", "story_id", "duplicate_of"),
    *("sources", "urls", "citations", "repeats", "image_caption", "image_credit", "credits"),
    *("reservations", "reader", "withdrawn_at", "returned_at"),
)
"""Names of the columns, in order."""


def table(articles: Iterable[Article]) -> "pyarrow.Table":
    """Return articles as one table. Raises NeedsArrow."""
    arrow = _needed("pyarrow")
    return arrow.Table.from_batches(batches(articles, size=_TOGETHER), schema=schema())


def frame(articles: Iterable[Article]) -> "pandas.DataFrame":
    """Return articles as a data frame, in which numbers stay what they are where some are missing.

    Raises NeedsArrow.
    """
    arrow, pandas = _needed("pyarrow"), _needed("pandas")
    kinds = {getattr(arrow, f"int{bits}")(): getattr(pandas, f"Int{bits}Dtype")() for bits in (16, 32, 64)}
    kinds[arrow.bool_()] = pandas.BooleanDtype()
    return table(articles).to_pandas(types_mapper=kinds.get)


def batches(articles: Iterable[Article], *, size: int) -> "Iterator[pyarrow.RecordBatch]":
    """Yield articles as batches of ``size``. Raises NeedsArrow, at once."""
    columns = schema()
    return (
        packed([_row(article) for article in piece], columns).combine_chunks().to_batches()[0]
        for piece in chunks(articles, size)
    )


def packed(rows: Sequence[Mapping[str, Any]], columns: "pyarrow.Schema") -> "pyarrow.Table":
    """Return rows of plain values, one at least, as a table with these columns. Raises NeedsArrow.

    The values of a map are a list of pairs, ``{"key": ..., "value": ...}``.
    """
    # By way of JSON: where pandas is installed Arrow loads it, 50 MB, to look at values of Python.
    arrow, library = _needed("pyarrow"), _needed("pyarrow.json")
    lines = b"\n".join(map(orjson.dumps, rows))
    listed = [(field.name, _listed(field.type) or field.type) for field in columns]
    read = library.read_json(
        arrow.BufferReader(lines),
        read_options=library.ReadOptions(use_threads=False, block_size=len(lines)),
        parse_options=library.ParseOptions(
            explicit_schema=arrow.schema(listed), unexpected_field_behavior="ignore"
        ),
    )
    arrays = [
        _mapped(read.column(field.name)) if _listed(field.type) else read.column(field.name)
        for field in columns
    ]
    return arrow.Table.from_arrays(arrays, schema=columns)


def _listed(kind: Any) -> Any:
    """Return the type as which a map is read from JSON, which knows none: a list of pairs; of others None."""
    arrow = _needed("pyarrow")
    if not arrow.types.is_map(kind):
        return None
    return arrow.list_(arrow.struct([("key", kind.key_type), ("value", kind.item_type)]))


def _mapped(lists: Any) -> Any:
    arrow = _needed("pyarrow")
    pieces = [
        arrow.MapArray.from_arrays(piece.offsets, piece.values.field("key"), piece.values.field("value"))
        for piece in lists.chunks
    ]
    return arrow.chunked_array(pieces)


def schema() -> "pyarrow.Schema":
    """Return names and types of the columns. Raises NeedsArrow."""
    arrow = _needed("pyarrow")
    types: dict[str, Any] = {name: arrow.string() for name in (*_TEXTS, *_JSON)}
    types |= {name: arrow.list_(arrow.string()) for name in _LISTS}
    types |= {name: arrow.timestamp("us", tz="UTC") for name in _TIMES}
    types |= {name: arrow.int16() for name in _OFFSETS}
    types |= {name: getattr(arrow, kind)() for name, kind in _NUMBERS.items()}
    types |= {"word_count": arrow.int32(), "paywalled": arrow.bool_()}
    return arrow.schema([(name, types[name]) for name in COLUMNS])


def _row(article: Article) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(article.content, name) for name in _CONTENT}
    values |= {
        name: getattr(article, name) for name in COLUMNS if name not in values and name not in _OFFSETS
    }
    values |= {name: _offset(values[of]) for name, of in _OFFSETS.items()}
    values |= {name: list(values[name]) for name in _LISTS}
    values |= {name: _json(values[name]) for name in _JSON}
    values |= {name: values[name] and in_utc(values[name]) for name in _TIMES}
    return values


def _offset(moment: datetime | None) -> int | None:
    """Return the offset of a time in minutes east of UTC."""
    away = None if moment is None else moment.utcoffset()
    return None if away is None else round(away.total_seconds() / 60)


def _json(value: Mapping[str, Any] | Sequence[Any]) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    plain: Callable[[Any], Any] = dict if isinstance(value, Mapping) else str
    return plain(value)


def _needed(library: str) -> Any:
    try:
        return importlib.import_module(library)
    except ModuleNotFoundError as error:
        if error.name != library:
            raise
        raise NeedsArrow(library) from error
