"""Pages: raw answers kept for replay, packed, one set of pages for each text that was read from them."""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, select, true

from storage import packing, search, tables
from storage.database import Database
from storage.dialect import inserting
from storage.errors import PageDamaged, StoreDamaged
from storage.hits import Filters
from storage.raw import KeptPage, PagesKept, PagesPruned, RawPage
from storage.values import chunks, pack

_PAGE = tables.pages
_DICTIONARY = tables.page_dictionaries
_DICTIONARIES = 4
"""The newest dictionaries of a site, which are tried."""
_SMALLEST = 2048
"""Bytes; what is shorter makes no dictionary."""
_REMEMBERED = 64
"""Dictionaries in memory, unpacked."""
_JUST_MADE = 32
"""Sites of which the newest dictionary is known before the page it was made of is kept."""
_AT_ONCE = 40
"""Pages unpacked at once when many are read."""
_PRUNED_AT_ONCE = 500
_DAY = 86_400.0
_SITE = 255
"""Characters of a site's name that are kept, as in the index of articles."""

_OF_SITE = "SELECT id, hash FROM page_dictionaries WHERE site = ? ORDER BY id DESC LIMIT ?"
_CONTENTS = "SELECT hash, data FROM page_dictionaries WHERE id = ?"
_OF_CONTENT = "SELECT id FROM page_dictionaries WHERE site = ? AND hash = ? FOR SHARE"
_STANDS = "SELECT id FROM page_dictionaries WHERE id = ? AND hash = ? FOR SHARE"
_NEW_DICTIONARY = (
    inserting("page_dictionaries", ("site", "hash", "made_at", "size", "stored", "data")) + " RETURNING id"
)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _PackedPage:
    page: RawPage
    hash: bytes
    data: bytes
    dictionary: bytes | None
    """Hash of what it is packed by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dictionary:
    id: int | None
    """None: it is to be made."""
    content: bytes
    data: bytes | None = None
    """The content packed, where it is to be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedPages:
    """The pages that make one article, packed and ready to be kept."""

    site: str
    parts: tuple[_PackedPage, ...]
    dictionaries: Mapping[bytes, _Dictionary]
    """By hash, those that the parts are packed by."""


class Pages:
    """The raw pages of a store."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._contents: OrderedDict[bytes, bytes] = OrderedDict()
        self._made: OrderedDict[str, tuple[bytes, _Dictionary]] = OrderedDict()
        self._lock = threading.Lock()

    # --- keeping

    def pack(self, pages: Sequence[RawPage], *, site: str) -> PackedPages:
        """Pack the pages that make one article, in order: the slow part of keeping them.

        Not to be called inside a transaction; from any thread.
        """
        site = site[:_SITE]
        known = self._known(site)
        parts = []
        for page in pages:
            part, made = _packed(page, known)
            parts.append(part)
            known = [*made, *known]
            self._remember(site, made)
        used = {part.dictionary for part in parts}
        by_hash = {hash_: dictionary for hash_, dictionary in known if hash_ in used}
        return PackedPages(site=site, parts=tuple(parts), dictionaries=by_hash)

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
            ids = self._dictionaries(connection, packed, now)
            rows = [
                (article_id, revision, number, ids.get(part.dictionary), entry_id, reader, now, *_row(part))
                for number, part in enumerate(packed.parts, start=1)
            ]
            self._db.run(connection, _NEW, rows)
        return len(rows)

    def _known(self, site: str) -> list[tuple[bytes, _Dictionary]]:
        known = self._of_site(site)
        with self._lock:
            made = self._made.get(site)
        return known if made is None or made[0] in dict(known) else [made, *known]

    def _remember(self, site: str, made: Sequence[tuple[bytes, _Dictionary]]) -> None:
        """Let other pages that are packed at the same time go by a dictionary that is not kept yet."""
        with self._lock:
            for item in made:
                self._made[site] = item
                self._made.move_to_end(site)
            while len(self._made) > _JUST_MADE:
                self._made.popitem(last=False)

    def _of_site(self, site: str) -> list[tuple[bytes, _Dictionary]]:
        with self._db.read() as connection:
            rows = self._db.fetch(connection, _OF_SITE, (site, _DICTIONARIES))
            return [
                (bytes(hash_), _Dictionary(id=id_, content=self._content(connection, id_, bytes(hash_))))
                for id_, hash_ in rows
            ]

    def _content(self, connection: Connection, dictionary_id: int, hash_: bytes | None = None) -> bytes:
        """Return what a dictionary holds; by its hash it may be known already. Raises PageDamaged."""
        if hash_ is not None:
            with self._lock:
                if hash_ in self._contents:
                    self._contents.move_to_end(hash_)
                    return self._contents[hash_]
        [(stored_hash, data)] = self._db.fetch(connection, _CONTENTS, (dictionary_id,))
        content = _unpacked(bytes(data), None, bytes(stored_hash), f"dictionary {dictionary_id}")
        with self._lock:
            self._contents[bytes(stored_hash)] = content
            while len(self._contents) > _REMEMBERED:
                self._contents.popitem(last=False)
        return content

    def _dictionaries(
        self, connection: Connection, packed: PackedPages, now: float
    ) -> dict[bytes | None, int]:
        """Return the numbers of the dictionaries that pages are packed by; those that are not there are made.

        One that was known while packing may have been pruned since.
        """
        ids: dict[bytes | None, int] = {}
        for hash_, dictionary in packed.dictionaries.items():
            if dictionary.id:
                stands = self._db.fetch(connection, _STANDS, (dictionary.id, hash_))
            else:
                stands = self._db.fetch(connection, _OF_CONTENT, (packed.site, hash_))
            if stands:
                ids[hash_] = int(stands[0][0])
                continue
            data = dictionary.data or packing.packed(dictionary.content)
            row = (packed.site, hash_, now, len(dictionary.content), len(data), data)
            [(ids[hash_],)] = self._db.fetch(connection, _NEW_DICTIONARY, row)
        return ids

    # --- reading

    def of(self, article_id: int) -> list[KeptPage]:
        """Return the page that an article was last read from; several where it is printed on several pages.

        None where none is kept. Raises PageDamaged.
        """
        newest = select(func.max(_PAGE.c.revision)).where(_PAGE.c.article_id == article_id).scalar_subquery()
        condition = (_PAGE.c.article_id == article_id) & (_PAGE.c.revision == newest)
        pages = self._read(condition, after=0, limit=None).values()
        return sorted((page for page in pages if page is not None), key=lambda page: page.part)

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
            after = 0
            while pages := self._read(condition, after=after, limit=_AT_ONCE, damaged=damaged):
                yield from (page for page in pages.values() if page is not None)
                after = max(pages)

    def _read(
        self,
        condition: ColumnElement[bool],
        *,
        after: int,
        limit: int | None,
        damaged: Callable[[PageDamaged], None] | None = None,
    ) -> dict[int, KeptPage | None]:
        """Return some pages by their numbers; None for those of which ``damaged`` was told."""
        fitting = (condition, _PAGE.c.id > after)
        pages: dict[int, KeptPage | None] = {}
        try:
            with self._db.read() as connection:
                query = select(_PAGE).where(*fitting).order_by(_PAGE.c.id).limit(limit)
                for row in connection.execute(query).all():
                    pages[row.id] = self._page(connection, row)
        except (PageDamaged, StoreDamaged):
            if damaged is None:
                raise
            place = select(_PAGE.c.id, _PAGE.c.article_id)
            with self._db.read() as connection:
                places = connection.execute(place.where(*fitting).order_by(_PAGE.c.id).limit(limit)).all()
            for number, article_id in places:
                pages[number] = self._readable(number, article_id, damaged)
        return pages

    def _readable(
        self, number: int, article_id: int, damaged: Callable[[PageDamaged], None]
    ) -> KeptPage | None:
        try:
            with self._db.read() as connection:
                [row] = connection.execute(select(_PAGE).where(_PAGE.c.id == number)).all()
                return self._page(connection, row)
        except (PageDamaged, StoreDamaged):
            damaged(PageDamaged(f"page {number} (of article {article_id})"))
            return None

    def _page(self, connection: Connection, row: Any) -> KeptPage:
        dictionary = None
        if row.dictionary_id is not None:
            dictionary = self._content(connection, row.dictionary_id)
        body = _unpacked(bytes(row.body), dictionary, bytes(row.hash), f"page {row.id}")
        values = {name: getattr(row, name) for name in _FIELDS}
        return KeptPage(**{**values, "body": body, "headers": json.loads(row.headers)})

    def measured(self) -> PagesKept:
        """Return how many pages are kept, and what they take."""
        with self._db.read() as connection:
            number, size, stored = connection.execute(
                select(func.count(), func.sum(_PAGE.c.size), func.sum(_PAGE.c.stored))
            ).one()
            beside = connection.scalar(select(func.sum(_DICTIONARY.c.stored)))
        return PagesKept(number=number, size=int(size or 0), stored=int(stored or 0) + int(beside or 0))

    # --- retention

    def prune(self, *, before: float, most: int, now: float) -> PagesPruned:
        """Delete some pages kept before a moment, or of the oldest where all take more than ``most`` bytes.

        One short transaction: to be called until none went. Moments are epoch seconds. Dictionaries go when
        nothing is packed by them any more.
        """
        gone = self._prune_some(_PAGE.c.kept_at < before, None)
        if not gone and (over := self._taken() - most) > 0:
            gone = self._prune_some(true(), over)
        self._prune_dictionaries(now)
        return PagesPruned(number=len(gone), stored=sum(gone))

    def _taken(self) -> int:
        with self._db.read() as connection:
            pages = connection.scalar(select(func.sum(_PAGE.c.stored)))
            return int(pages or 0) + int(connection.scalar(select(func.sum(_DICTIONARY.c.stored))) or 0)

    def _prune_some(self, condition: ColumnElement[bool], over: int | None) -> list[int]:
        """Delete the oldest pages; with ``over`` no more than it takes to get rid of that many bytes."""
        query = select(_PAGE.c.id, _PAGE.c.stored).where(condition).order_by(_PAGE.c.kept_at, _PAGE.c.id)
        with self._db.write() as connection:
            rows = connection.execute(query.limit(_PRUNED_AT_ONCE)).all()
            ids: list[int] = []
            sizes: list[int] = []
            for id_, size in rows:
                if over is not None and sum(sizes) >= over:
                    break
                ids.append(id_)
                sizes.append(size)
            if ids:
                connection.execute(delete(_PAGE).where(_PAGE.c.id.in_(ids)))
        return sizes

    def _prune_dictionaries(self, now: float) -> None:
        """Delete dictionaries that nothing is packed by; the new ones of today may be about to be used."""
        used = select(_PAGE.c.id).where(_PAGE.c.dictionary_id == _DICTIONARY.c.id).exists()
        with self._db.write() as connection:
            connection.execute(delete(_DICTIONARY).where(~used, _DICTIONARY.c.made_at < now - _DAY))


def _packed(
    page: RawPage, known: Sequence[tuple[bytes, _Dictionary]]
) -> tuple[_PackedPage, list[tuple[bytes, _Dictionary]]]:
    """Pack a page by one of the known dictionaries, or by a new one made of itself."""
    body, hash_ = page.body, hashlib.sha256(page.body).digest()
    found = packing.pack(body, [dictionary.content for _, dictionary in known])
    if found.dictionary is not None:
        by = known[found.dictionary][0]
        return _PackedPage(page=page, hash=hash_, data=found.data, dictionary=by), []
    if len(body) < _SMALLEST:
        return _PackedPage(page=page, hash=hash_, data=found.data, dictionary=None), []
    content = body[: packing.LONGEST]
    by = hashlib.sha256(content).digest()
    # Packed here, and not in the transaction that keeps it: a page packed by itself is one already.
    own = found.data if len(content) == len(body) else packing.packed(content)
    made = _Dictionary(id=None, content=content, data=own)
    return _PackedPage(page=page, hash=hash_, data=packing.packed(body, content), dictionary=by), [(by, made)]


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


def _unpacked(data: bytes, dictionary: bytes | None, hash_: bytes, name: str) -> bytes:
    try:
        body = packing.unpacked(data, dictionary)
    except ValueError as error:
        raise PageDamaged(name) from error
    if hashlib.sha256(body).digest() != hash_:
        raise PageDamaged(name)
    return body


def _of_articles(database: Database, filters: Filters) -> ColumnElement[bool]:
    fitting = select(tables.articles.c.id).where(search.matching(database, filters, tables.articles))
    return _PAGE.c.article_id.in_(fitting)
