"""Pages: raw answers kept for replay, packed, one set of pages for each text that was read from them."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, select, true, tuple_

from storage import packing, search, tables
from storage.database import Database
from storage.dialect import inserting
from storage.dictionaries import Dictionaries, Dictionary, kept_bytes, laid, unpacked
from storage.errors import PageDamaged, StoreDamaged, ValueDamaged
from storage.hits import Filters
from storage.kinds import Kinds
from storage.raw import KeptPage, PagesKept, PagesPruned, RawPage
from storage.values import chunks, moment, pack, unpack_map

_PAGE = tables.pages
_AT_ONCE = 40
_BYTES_AT_ONCE = 16 * 1024 * 1024
"""Pages, and bytes of them, that are unpacked at once when many are read."""
_SOUGHT_AT_ONCE = 1000
"""Pages whose numbers are sought at once."""
_PRUNED_AT_ONCE = 500
_DAY = 86_400.0
_SITE = 255
"""Characters of a site's name that are kept, as in the index of articles."""

_REVISION = "SELECT revision FROM articles WHERE id = ?"
_KNOWN = """
SELECT p.part, p.hash, p.revision FROM pages p WHERE p.article_id = ? AND p.revision =
(SELECT max(o.revision) FROM pages o WHERE o.article_id = p.article_id) ORDER BY p.part"""
_AGAIN = "UPDATE pages SET revision = ?, reader = ? WHERE article_id = ? AND revision = ?"
_COLUMNS = (
    *("article_id", "revision", "part", "dictionary_id", "entry_id", "reader", "kept_at", "fetched_at"),
    *("status", "truncated", "hash", "size", "stored", "url", "requested_url", "headers", "body"),
)
_NEW = inserting("pages", _COLUMNS)
_FIELDS = tuple(name for name in KeptPage.__dataclass_fields__)
_KINDS = Kinds(_PAGE.c)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PackedPage:
    page: RawPage
    hash: bytes
    data: bytes
    dictionary: Dictionary | None
    """What it is packed by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedPages:
    """The pages that make one article, packed and ready to be kept."""

    site: str
    parts: tuple[_PackedPage, ...]


class Pages:
    """The raw pages of a store."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._dictionaries = Dictionaries(database)

    # --- keeping

    def pack(self, pages: Sequence[RawPage], *, site: str) -> PackedPages:
        """Pack the pages that make one article, in order: the slow part of keeping them.

        Where the dictionary of their site is damaged another is begun: no article is lost for its page.
        Not to be called inside a transaction; from any thread.
        """
        site = site[:_SITE]
        known = self._dictionaries.newest(site)
        parts = []
        for page in pages:
            part, made = _packed(page, known)
            parts.append(part)
            if made is not None:
                known = made
                self._dictionaries.remember(site, made)
        return PackedPages(site=site, parts=tuple(parts))

    def keep(
        self, packed: PackedPages, *, article_id: int, entry_id: int | None, reader: str | None, now: float
    ) -> int:
        """Keep the pages that the newest revision of an article was read from; returns how many are new.

        Where its page is kept already nothing is, and the same bytes are not kept twice. ``reader`` is the
        version of the one that read them, ``now`` epoch seconds.
        """
        with self._db.write() as connection:
            [(revision,)] = self._db.fetch(connection, _REVISION, (article_id,))
            known = self._db.fetch(connection, _KNOWN, (article_id,))
            if known and known[0][2] == revision:
                return 0
            if known and [bytes(row[1]) for row in known] == [part.hash for part in packed.parts]:
                self._db.run(connection, _AGAIN, (revision, reader, article_id, known[0][2]))
                return 0
            rows = []
            for number, part in enumerate(packed.parts, start=1):
                by = self._kept(connection, part.dictionary, packed.site, now)
                rows.append((article_id, revision, number, by, entry_id, reader, now, *_row(part)))
            self._db.run(connection, _NEW, rows)
        return len(rows)

    def _kept(
        self, connection: Connection, dictionary: Dictionary | None, site: str, now: float
    ) -> int | None:
        if dictionary is None:
            return None
        return self._dictionaries.keep(connection, dictionary, site=site, now=now)

    # --- reading

    def of(self, article_id: int) -> list[KeptPage]:
        """Return the page that an article was last read from; several where it is printed on several pages.

        None where none is kept, or not the first of several. Raises PageDamaged.
        """
        newest = select(func.max(_PAGE.c.revision)).where(_PAGE.c.article_id == article_id).scalar_subquery()
        condition = (_PAGE.c.article_id == article_id) & (_PAGE.c.revision == newest)
        parts = sorted(self._read(condition), key=lambda page: page.part)
        return parts if parts and parts[0].part == 1 else []

    def kept(
        self,
        article_ids: Sequence[int] | None = None,
        *,
        filters: Filters | None = None,
        damaged: Callable[[PageDamaged], None] | None = None,
    ) -> Iterator[KeptPage]:
        """Yield kept pages in the order in which they were kept, in constant memory.

        ``article_ids`` and ``filters`` narrow them down to those of some articles; cursor, sort and limit of
        the filters do not count. ``damaged`` is told of pages that cannot be unpacked, which are left out;
        without it they raise PageDamaged. Raises InvalidQuery.
        """
        narrowed = true() if filters is None else _of_articles(self._db, filters)
        pieces: list[list[int] | None] = [None] if article_ids is None else [*chunks(article_ids, 500)]
        for piece in pieces:
            condition = narrowed if piece is None else narrowed & _PAGE.c.article_id.in_(piece)
            for ids in self._numbers(condition):
                yield from self._read(_PAGE.c.id.in_(ids), damaged=damaged)

    def _numbers(self, condition: ColumnElement[bool]) -> Iterator[list[int]]:
        """Yield the numbers of some pages, in order, so many at once as there is room for in memory."""
        after = 0
        sought = select(_PAGE.c.id, _PAGE.c.size).order_by(_PAGE.c.id).limit(_SOUGHT_AT_ONCE)
        while True:
            with self._db.read() as connection:
                rows = connection.execute(sought.where(condition, _PAGE.c.id > after)).all()
            if not rows:
                return
            # Of another kind where another program wrote it; that is told when the page is read.
            yield from _in_pieces({row.id: row.size if isinstance(row.size, int) else 0 for row in rows})
            after = rows[-1].id

    def _read(
        self, condition: ColumnElement[bool], *, damaged: Callable[[PageDamaged], None] | None = None
    ) -> list[KeptPage]:
        """Return some pages in order, without those of which ``damaged`` was told."""
        pages: list[KeptPage] = []
        try:
            with self._db.read() as connection:
                query = select(_PAGE).where(condition).order_by(_PAGE.c.id)
                pages += [self._page(connection, row) for row in connection.execute(query).all()]
        except (PageDamaged, StoreDamaged, ValueDamaged) as error:
            if damaged is None:
                if isinstance(error, ValueDamaged):  # of a text that is no UTF-8, which hides its row
                    raise PageDamaged("one") from error
                raise
            places = select(_PAGE.c.id, _PAGE.c.article_id).where(condition).order_by(_PAGE.c.id)
            with self._db.read() as connection:
                rows = connection.execute(places).all()
            found = [self._readable(number, article_id, damaged) for number, article_id in rows]
            return [page for page in found if page is not None]
        return pages

    def _readable(
        self, number: int, article_id: int, damaged: Callable[[PageDamaged], None]
    ) -> KeptPage | None:
        try:
            with self._db.read() as connection:
                [row] = connection.execute(select(_PAGE).where(_PAGE.c.id == number)).all()
                return self._page(connection, row)
        except (PageDamaged, StoreDamaged, ValueDamaged):
            damaged(PageDamaged(f"page {number} (of article {article_id})", page_id=number))
            return None

    def _page(self, connection: Connection, row: Any) -> KeptPage:
        name = f"page {row.id}"
        headers = _sound_headers(row, name)
        dictionary = None
        if row.dictionary_id is not None:
            dictionary = self._dictionaries.get(connection, row.dictionary_id).content
        body = unpacked(kept_bytes(row.body, name), dictionary, name)
        if hashlib.sha256(body).digest() != kept_bytes(row.hash, name):
            raise PageDamaged(name)
        values = {name: getattr(row, name) for name in _FIELDS}
        return KeptPage(**{**values, "body": body, "headers": headers})

    def measured(self) -> PagesKept:
        """Return how many pages are kept, and what they take."""
        with self._db.read() as connection:
            number, size, stored = connection.execute(
                select(func.count(), func.sum(_PAGE.c.size), func.sum(_PAGE.c.stored))
            ).one()
        beside = self._dictionaries.stored()
        return PagesKept(number=number, size=int(size or 0), stored=int(stored or 0) + beside)

    # --- retention

    def prune(self, *, before: float, most: int, now: float) -> PagesPruned:
        """Delete some pages kept before a moment, or of the oldest where all take more than ``most`` bytes.

        One short transaction: to be called until none went. Moments are epoch seconds. Dictionaries go when
        nothing is packed by them any more.
        """
        gone = self._prune_some(_PAGE.c.kept_at < before, None)
        if not gone and (over := self._taken() - most) > 0:
            gone = self._prune_some(true(), over)
        self._dictionaries.prune(now)
        return PagesPruned(number=len(gone), stored=sum(gone))

    def _taken(self) -> int:
        """Return what the pages take, and what is kept for them: what is to go tomorrow counts as gone."""
        with self._db.read() as connection:
            pages = connection.scalar(select(func.sum(_PAGE.c.stored)))
        return int(pages or 0) + self._dictionaries.used()

    def _prune_some(self, condition: ColumnElement[bool], over: int | None) -> list[int]:
        """Delete the oldest pages; with ``over`` no more than it takes to get rid of that many bytes.

        It ends at the last page of a dictionary, which frees that as well: what is left is counted anew.
        The other parts of an article's page go with it.
        """
        query = select(_PAGE.c.id, _PAGE.c.stored, _PAGE.c.dictionary_id).where(condition)
        query = query.order_by(_PAGE.c.kept_at, _PAGE.c.id).limit(_PRUNED_AT_ONCE)
        with self._db.write() as connection:
            rows = connection.execute(query).all()
            left = {} if over is None else self._packed_by(connection, {row.dictionary_id for row in rows})
            ids: list[int] = []
            sizes: list[int] = []
            for id_, size, dictionary in rows:
                ids.append(id_)
                sizes.append(size)
                left[dictionary] = left.get(dictionary, 0) - 1
                if over is not None and (sum(sizes) >= over or (dictionary and not left[dictionary])):
                    break
            if ids:
                whole = with_other_parts(ids)
                sizes = list(connection.execute(select(_PAGE.c.stored).where(whole)).scalars())
                connection.execute(delete(_PAGE).where(whole))
        return sizes

    def _packed_by(self, connection: Connection, dictionaries: Iterable[int | None]) -> dict[int | None, int]:
        """Return how many pages are packed by each of some dictionaries."""
        column = _PAGE.c.dictionary_id
        counted = select(column, func.count()).where(column.in_([id_ for id_ in dictionaries if id_]))
        return {row[0]: row[1] for row in connection.execute(counted.group_by(column))}


def _in_pieces(sizes: Mapping[int, int]) -> Iterator[list[int]]:
    """Divide pages, by their numbers and bytes, into pieces that are held in memory at once."""
    piece: list[int] = []
    held = 0
    for number, size in sizes.items():
        if piece and (len(piece) == _AT_ONCE or held + size > _BYTES_AT_ONCE):
            yield piece
            piece, held = [], 0
        piece.append(number)
        held += size
    if piece:
        yield piece


def with_other_parts(ids: Sequence[int]) -> ColumnElement[bool]:
    """Return what holds of some pages, and of all that their articles were read from with them.

    What is printed on several pages would be read again as an article that has lost its beginning or end.
    """
    parts = select(_PAGE.c.article_id, _PAGE.c.revision).where(_PAGE.c.id.in_(ids))
    return tuple_(_PAGE.c.article_id, _PAGE.c.revision).in_(parts)


def _packed(page: RawPage, known: Dictionary | None) -> tuple[_PackedPage, Dictionary | None]:
    """Pack a page by the dictionary of its site, or by a new one that it is laid into."""
    body, hash_ = page.body, hashlib.sha256(page.body).digest()
    found = packing.pack(body, known.content if known else None, room=known is not None and known.room)
    behind = known if found.behind else None
    if not found.new:
        return _PackedPage(page=page, hash=hash_, data=found.data, dictionary=behind), None
    own = body[: packing.LONGEST]
    made = laid(own, found.data if len(own) == len(body) else None, behind)
    return _PackedPage(page=page, hash=hash_, data=packing.packed(body, made.content), dictionary=made), made


def _row(part: _PackedPage) -> tuple[Any, ...]:
    page = part.page
    return (
        page.fetched_at,
        page.status,
        page.truncated,
        part.hash,
        len(page.body),
        len(part.data),
        page.url,
        page.requested_url,
        pack(page.headers),
        part.data,
    )


def _sound_headers(row: Any, name: str) -> dict[str, str]:
    """Return the headers of a page whose values are of their kinds. Raises PageDamaged, with its name."""
    try:
        _KINDS.require(row)
        moment(row.fetched_at)
        headers = unpack_map(row.headers)
    except ValueDamaged as error:
        raise PageDamaged(name) from error
    if not all(isinstance(value, str) for value in headers.values()):
        raise PageDamaged(name)
    return headers


def _of_articles(database: Database, filters: Filters) -> ColumnElement[bool]:
    fitting = select(tables.articles.c.id).where(search.matching(database, filters, tables.articles))
    return _PAGE.c.article_id.in_(fitting)
