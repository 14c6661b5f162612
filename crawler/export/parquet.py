"""Parquet: typed columns, for pandas, DuckDB, Spark and the like.

Times are instants in UTC; those of the publisher stand beside as text, with their offset. Rows are written
in groups as they come, so memory stays the same however many there are.
"""

import importlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, BinaryIO

from crawler.errors import NeedsExtra
from crawler.export.file import beside, put_in_place
from crawler.export.folder import Staged
from crawler.export.note import Note
from crawler.export.shape import About, published
from crawler.record import FIELDS, record
from storage.arrow import packed
from storage.durable import sync_file
from storage.model import Article
from storage.values import in_utc

_NAMED = r"[A-Za-z0-9][A-Za-z0-9._-]*"
GROUP_ROWS, GROUP_CHARACTERS = 10_000, 2_000_000
"""A group of rows is written when it has as many rows, or as much text."""
JOINED_BYTES = 4_000_000
"""Groups of a file that is joined of parts are larger: a writer remembers 35 KB of each until its end, which
takes as much again."""
LOOSE_ROWS, LOOSE_CHARACTERS = 200, 1_000_000
"""Rows that are held as objects of Python at once."""
_TIMES = ("published_at", "modified_at", "first_seen_at", "last_seen_at", "fetched_at", "withdrawn_at")
_PRINTED = ("published_at", "modified_at")
"""Times that a publisher gave, kept as text too."""
_NUMBERS = {"id": "int64", "word_count": "int32", "revision": "int32", "story_id": "int64"}
_NUMBERS |= {"duplicate_of": "int64"}
_TEXTS = ("authors", "tags", "sources", "credits")
_LONG = ("text", "lead", "title")
_REPEATED = ["site", "publisher", "language", "section", "text_source", "reader"]
_MAPS = ("provenance", "reservations")
_CITATION = {"name": "string", "kind": "string", "phrase": "string", "start": "int32", "end": "int32"}


def _library(name: str) -> Any:
    # What Arrow gives back is given back to the system. Only so for its writer too: a pool that is set later
    # is not the writer's.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    try:
        return importlib.import_module(name)
    except ImportError:
        raise NeedsExtra("writing Parquet", "parquet") from None


@cache
def schema() -> Any:
    """Return the schema: the fields of the record, in order, with their types."""
    arrow = _library("pyarrow")
    text = arrow.string()
    span = arrow.list_(arrow.int32())
    citation = arrow.struct([(name, getattr(arrow, kind)()) for name, kind in _CITATION.items()])
    repeat = arrow.struct([("first", span), ("second", span), ("score", arrow.float64())])
    types = dict.fromkeys(FIELDS, text)
    types |= {name: getattr(arrow, kind)() for name, kind in _NUMBERS.items()}
    types |= {name: arrow.timestamp("us", tz="UTC") for name in _TIMES}
    types |= {name: arrow.list_(text) for name in _TEXTS}
    types |= {name: arrow.map_(text, text) for name in _MAPS}
    types |= {"paywalled": arrow.bool_(), "citations": arrow.list_(citation), "repeats": arrow.list_(repeat)}
    return arrow.schema([arrow.field(name, kind) for name, kind in _columns(types)])


def _columns(types: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in FIELDS:
        yield name, types[name]
        if name in _PRINTED:
            yield f"{name}_text", types["title"]


def row(article: Article) -> dict[str, Any]:
    """Return an article as the values of one row."""
    values = record(article)
    values |= {f"{name}_text": values[name] for name in _PRINTED}
    values |= {name: _instant(values[name]) for name in _TIMES}
    values |= {name: [{"key": key, "value": value} for key, value in values[name].items()] for name in _MAPS}
    return values


def _instant(value: str | None) -> datetime | None:
    return None if value is None else in_utc(datetime.fromisoformat(value))


def table(rows: list[dict[str, Any]]) -> Any:
    """Return rows, one at least, as a table of Arrow."""
    return packed(rows, schema())


class _Rows:
    """Rows that wait until they are a group: a few as they are, the others packed as Arrow packs them."""

    def __init__(self) -> None:
        self._loose: dict[str, list[dict[str, Any]]] = {}
        self._packed: dict[str, list[Any]] = {}
        self._number = self._characters = self._unpacked = 0

    def add(self, article: Article, part: str) -> bool:
        """Add an article of a part; tells whether the group is full."""
        self._loose.setdefault(part, []).append(row(article))
        length = len(article.content.text)
        self._number, self._characters, self._unpacked = (
            *(self._number + 1, self._characters + length),
            self._unpacked + length,
        )
        if self._unpacked >= LOOSE_CHARACTERS or self._number % LOOSE_ROWS == 0:
            self._pack()
        return self._number >= GROUP_ROWS or self._characters >= GROUP_CHARACTERS

    def _pack(self) -> None:
        for name, rows in self._loose.items():
            self._packed.setdefault(name, []).append(table(rows))
        self._loose, self._unpacked = {}, 0

    def take(self) -> dict[str, Any]:
        """Return what waits, a table for each part, and begin a new group."""
        self._pack()
        taken = {name: _library("pyarrow").concat_tables(pieces) for name, pieces in self._packed.items()}
        self._packed, self._number, self._characters = {}, 0, 0
        return taken


def day(article: Article) -> str:
    """Return the day (UTC) on which an article was published, or first seen where that is unknown."""
    return in_utc(published(article)).date().isoformat()


def _writer(where: Any) -> Any:
    # Long texts need neither a dictionary nor statistics.
    short = [name for name in schema().names if name not in _LONG]
    return _library("pyarrow.parquet").ParquetWriter(
        where, schema(), compression="zstd", use_dictionary=_REPEATED, write_statistics=short
    )


def _forget(writer: Any) -> None:
    """Keep a writer that is given up from writing an end when it is collected."""
    if writer is not None:
        writer.is_open = False


class _Gathered:
    """Takes articles until they are a group of rows, which is then written."""

    def __init__(self) -> None:
        schema()
        self._rows = _Rows()
        self._writer: Any = None
        self._out: BinaryIO | None = None

    def write(self, articles: Sequence[Article]) -> int:
        """Write articles, a group of rows at a time."""
        for article in articles:
            if self._rows.add(article, self._part_of(article)):
                self._flush()
        return len(articles)

    def _flush(self) -> None:
        for name, rows in self._rows.take().items():
            self._begin_part(name)
            self._writer.write_table(rows)
        _library("pyarrow").default_memory_pool().release_unused()

    def _part_of(self, article: Article) -> str:
        """Return the part that an article belongs to: all to one, if they are not parted by something."""
        return ""

    def _begin_part(self, part: str) -> None:
        """See to it that there is a writer for the rows of a part."""

    def _open_part(self, path: Path) -> None:
        # A file of Python's, because Arrow tells of a full disk in words of its own.
        self._out = path.open("wb")
        self._writer = _writer(self._out)

    def _end_part(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
        if self._out is not None:
            self._out.flush()


class ParquetStream(_Gathered):
    """Parquet for somebody who reads along."""

    resumable = False

    path: Path | None = None

    def __init__(self, out: BinaryIO, end: Callable[[], None]) -> None:
        """``end`` is called when everything is written."""
        super().__init__()
        self._out, self._end = out, end

    def begin(self, note: Note | None) -> None:
        """Begin the file."""
        self._writer = _writer(self._out)

    def sync(self) -> int:
        """Do nothing."""
        return 0

    def keep(self, note: Note) -> None:
        """Do nothing."""

    def finish(self, latest: datetime | None) -> None:
        """Write what waits and the end of the file."""
        self._flush()
        self._end_part()
        self._end()

    def leave(self) -> bool:
        """Nothing can be taken back."""
        _forget(self._writer)
        return False


class _StagedParts(_Gathered):
    """Parts in a folder in the making, so that an export that was interrupted can be gone on with."""

    resumable = True

    def __init__(self, staged: Staged) -> None:
        super().__init__()
        self._staged = staged

    def begin(self, note: Note | None) -> None:
        """Make room for the parts, or find those that are there."""
        self._staged.open(note)

    def sync(self) -> int:
        """End the part at hand and bring everything to disk."""
        self._flush()
        self._end_part()
        return self._staged.sync()

    def _end_part(self) -> None:
        super()._end_part()
        out, self._out = self._out, None
        if out is not None:
            out.close()

    def keep(self, note: Note) -> None:
        """Note how far it has come."""
        self._staged.keep(note)

    def leave(self) -> bool:
        """Leave everything as it was last noted, or remove it."""
        _forget(self._writer)
        if self._out is not None:
            with suppress(OSError):
                self._out.close()
        return self._staged.leave()


class ParquetFile(_StagedParts):
    """One Parquet file that appears complete or not at all: parts, which are joined at the end."""

    def __init__(self, path: Path) -> None:
        self.path: Path | None = path
        self._final = path
        super().__init__(parts_of(path))

    def _begin_part(self, part: str) -> None:
        if self._writer is None:
            self._open_part(self._staged.file(f"{self._staged.number + 1:05}"))

    def finish(self, latest: datetime | None) -> None:
        """Join the parts and put the file in its place."""
        self._begin_part("")
        self.sync()
        parts = [*self._staged.files()]
        whole = parts[0]
        if len(parts) > 1:
            whole = parts[0].with_name("whole")
            _join(parts, whole)
            sync_file(whole)
        # Without parts it is in its place already: the export was interrupted after it was put there.
        if whole.exists() or not self._final.exists():
            put_in_place(whole, self._final)
        self._staged.end()


def parts_of(path: Path) -> Staged:
    """Return where the parts of a Parquet file in the making are."""
    return Staged(beside(path, ".parts"), shown=path, own=True)


def _join(parts: Sequence[Path], whole: Path) -> None:
    """Write the rows of some files into one, a group at a time."""
    library = _library("pyarrow.parquet")
    waiting: list[Any] = []
    with whole.open("wb") as out:
        writer = _writer(out)
        try:
            for part in parts:
                with library.ParquetFile(part) as file:
                    for place in range(file.num_row_groups):
                        waiting.append(file.read_row_group(place, use_threads=False))
                        if _is_group(waiting):
                            _write_joined(writer, waiting)
            if waiting:
                _write_joined(writer, waiting)
            writer.close()
        except BaseException:  # Ctrl-C too leaves no half file
            _forget(writer)
            raise


def _is_group(tables: Sequence[Any]) -> bool:
    rows, size = sum(table.num_rows for table in tables), sum(table.nbytes for table in tables)
    return bool(rows >= GROUP_ROWS or size >= JOINED_BYTES)


def _write_joined(writer: Any, waiting: list[Any]) -> None:
    arrow = _library("pyarrow")
    writer.write_table(arrow.concat_tables(waiting))
    waiting.clear()
    arrow.default_memory_pool().release_unused()


class ParquetFolder(_StagedParts):
    """A folder with a folder for each day (``day=YYYY-MM-DD``), as DuckDB, pandas and Spark read it.

    It holds one export: files of an export before it go. Those of exports under a name stay beside each
    other, until these begin from the start.
    """

    def __init__(self, folder: Path, about: About) -> None:
        super().__init__(Staged(folder))
        self.path: Path | None = folder
        self._about = about
        self._day = ""

    def _part_of(self, article: Article) -> str:
        return day(article)

    def _begin_part(self, part: str) -> None:
        if self._writer is not None and part != self._day:
            self._end_part()
        if self._writer is None:
            number = self._staged.number + 1
            self._open_part(self._staged.file(f"day={part}/{self._about.stem}-{number:05}.parquet"))
            self._day = part

    def finish(self, latest: datetime | None) -> None:
        """Put all files in their places."""
        self.sync()
        self._staged.finish(replaced=partial(_gives_way, self._about))


def _gives_way(about: About, path: str) -> bool:
    """Tell whether a file in the folder gives way to those of an export.

    When it goes on, these are the files that reach further than where it begins. What they are of was put in
    its place but not noted under the name, and comes again.
    """
    names = _NAMED if about.name is None else re.escape(about.name)
    file = re.fullmatch(rf"day=[\d-]+/(?:kabar|{names}-(\d+))-\d{{5,}}\.parquet", path, re.ASCII)
    return file is not None and (not about.after or int(file[1] or 0) > about.after)
