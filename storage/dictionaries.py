"""Dictionaries: pages of a site that its other pages are packed by, each laid behind those before it."""

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

from sqlalchemy import CTE, ColumnElement, Connection, Select, delete, func, or_, select

from storage import packing, tables
from storage.database import Database
from storage.dialect import inserting
from storage.errors import PageDamaged, StoreDamaged

_TABLE = tables.page_dictionaries
_MOST = 8
"""Pages that make one dictionary."""
_LARGEST = 2 * 1024 * 1024
"""Bytes of all pages that make one dictionary."""
_NEWEST = 4
"""The newest dictionaries of a site, among which that of this process is looked for."""
_REMEMBERED = 16 * 1024 * 1024
"""Bytes of dictionaries in memory, unpacked."""
_JUST_MADE = 16
"""Sites of which the newest dictionary is known before the page it was made of is kept."""
_PRUNED_AT_ONCE = 1000
_DAY = 86_400.0

_OF_SITE = "SELECT id, hash FROM page_dictionaries WHERE site = ? ORDER BY id DESC LIMIT ?"
_LINK = "SELECT base_id, hash, size FROM page_dictionaries WHERE id = ?"
_DATA = "SELECT data FROM page_dictionaries WHERE id = ?"
# Not by the hash alone: one that is damaged has the same.
_SAME = (
    "SELECT id FROM page_dictionaries"
    " WHERE site = ? AND hash = ? AND coalesce(base_id, 0) = ? AND data = ? FOR SHARE"
)
_STANDS = "SELECT id FROM page_dictionaries WHERE id = ? AND hash = ? FOR SHARE"
_COLUMNS = ("site", "base_id", "hash", "made_at", "size", "stored", "data")
_NEW = inserting("page_dictionaries", _COLUMNS) + " RETURNING id"
_BY_PAGES = select(tables.pages.c.id).where(tables.pages.c.dictionary_id == _TABLE.c.id).exists()
"""Whether a page is packed by a dictionary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    id: int | None
    """None: it is to be kept yet."""
    hash: bytes
    """Of the whole dictionary up to here."""
    size: int
    """Bytes that it lays behind the others."""
    data: bytes | None = None
    """These bytes packed, where they are at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dictionary:
    """What pages are packed by: the bytes of some pages, one behind the other."""

    links: tuple[_Link, ...]
    content: bytes

    @property
    def room(self) -> bool:
        """Whether one more page may be laid behind the others."""
        return len(self.links) < _MOST and len(self.content) < _LARGEST

    @property
    def hash(self) -> bytes:
        """SHA-256 of its content."""
        return self.links[-1].hash


def laid(own: bytes, data: bytes | None, behind: Dictionary | None) -> Dictionary:
    """Return a dictionary with one more page; ``data`` is that page packed by those before it, if it is."""
    before = behind.content if behind else b""
    content = before + own
    # Packed here, and not in the transaction that keeps it.
    data = data or packing.packed(own, before or None, level=packing.FOR_LONG)
    link = _Link(id=None, hash=hashlib.sha256(content).digest(), size=len(own), data=data)
    return Dictionary(links=(*(behind.links if behind else ()), link), content=content)


def kept_bytes(value: object, name: str) -> bytes:
    """Return bytes as they are kept. Raises PageDamaged: SQLite takes anything from other programs."""
    if not isinstance(value, bytes | memoryview):
        raise PageDamaged(name)
    return bytes(value)


def unpacked(data: bytes, dictionary: bytes | None, name: str) -> bytes:
    """Return the bytes that were packed by a dictionary. Raises PageDamaged, with their name."""
    try:
        return packing.unpacked(data, dictionary)
    except ValueError as error:
        raise PageDamaged(name) from error


class Dictionaries:
    """The dictionaries of a store."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._held: OrderedDict[int, Dictionary] = OrderedDict()
        self._made: OrderedDict[str, Dictionary] = OrderedDict()
        self._lock = threading.Lock()

    def newest(self, site: str) -> Dictionary | None:
        """Return what the next page of a site is best packed by; None where another is to be begun."""
        with self._lock:
            made = self._made.get(site)
        try:
            with self._db.read() as connection:
                rows = self._db.fetch(connection, _OF_SITE, (site, _NEWEST))
                if made is not None and made.hash not in [kept_bytes(hash_, site) for _, hash_ in rows]:
                    return made
                return self.get(connection, rows[0][0]) if rows else None
        except (PageDamaged, StoreDamaged):
            return None  # what is lost are pages of before; those that come are packed all the same

    def remember(self, site: str, made: Dictionary) -> None:
        """Let other pages that are packed at the same time go by a dictionary that is not kept yet."""
        with self._lock:
            self._made[site] = made
            self._made.move_to_end(site)
            while len(self._made) > _JUST_MADE:
                self._made.popitem(last=False)

    def get(self, connection: Connection, dictionary_id: int) -> Dictionary:
        """Return one by its number. Raises PageDamaged."""
        with self._lock:
            if dictionary_id in self._held:
                self._held.move_to_end(dictionary_id)
                return self._held[dictionary_id]
        found = self._read(connection, dictionary_id)
        with self._lock:
            self._held[dictionary_id] = found
            while sum(len(held.content) for held in self._held.values()) > _REMEMBERED:
                self._held.popitem(last=False)
        return found

    def _read(self, connection: Connection, dictionary_id: int) -> Dictionary:
        links: list[_Link] = []
        above: int | None = dictionary_id
        while above is not None:
            rows = self._db.fetch(connection, _LINK, (above,))
            # Laid behind itself by another program, it would be followed for ever.
            if not rows or above in [link.id for link in links]:
                raise PageDamaged(f"dictionary {above}")
            base_id, hash_, size = rows[0]
            links.insert(0, _Link(id=above, hash=kept_bytes(hash_, f"dictionary {above}"), size=size))
            above = base_id
        content = b""
        for link in links:
            [(data,)] = self._db.fetch(connection, _DATA, (link.id,))
            name = f"dictionary {link.id}"
            content += unpacked(kept_bytes(data, name), content or None, name)
            if hashlib.sha256(content).digest() != link.hash:
                raise PageDamaged(f"dictionary {link.id}")
        return Dictionary(links=tuple(links), content=content)

    def keep(self, connection: Connection, dictionary: Dictionary, *, site: str, now: float) -> int:
        """Keep a dictionary, as far as it is not kept; returns its number.

        One that was known while packing may have been pruned since.
        """
        *before, link = dictionary.links
        if link.id and self._db.fetch(connection, _STANDS, (link.id, link.hash)):
            return link.id
        rest, own = dictionary.content[: -link.size], dictionary.content[-link.size :]
        base = replace(dictionary, links=tuple(before), content=rest) if before else None
        base_id = None if base is None else self.keep(connection, base, site=site, now=now)
        data = link.data or packing.packed(own, rest or None)
        same = self._db.fetch(connection, _SAME, (site, link.hash, base_id or 0, data))
        if same:
            return int(same[0][0])
        row = (site, base_id, link.hash, now, link.size, len(data), data)
        return int(self._db.fetch(connection, _NEW, row)[0][0])

    def stored(self) -> int:
        """Return how many bytes all dictionaries take, packed."""
        with self._db.read() as connection:
            return int(connection.scalar(select(func.sum(_TABLE.c.stored))) or 0)

    def used(self) -> int:
        """Return how many bytes those take by which a page is packed, and those that they lie behind."""
        used = _with_those_behind(_BY_PAGES)
        with self._db.read() as connection:
            return int(connection.scalar(select(func.sum(used.c.stored))) or 0)

    def prune(self, now: float) -> None:
        """Delete dictionaries by which nothing is packed; the new ones of today may be about to be used."""
        recent = _TABLE.c.made_at >= now - _DAY
        # Those by which a page is being packed at this moment are passed over, and nobody takes one of the
        # others before it is gone. The newest first, as they lie behind the older ones.
        some = _unused(recent).order_by(_TABLE.c.id.desc()).limit(_PRUNED_AT_ONCE)
        with self._db.write() as connection:
            going = connection.scalars(some.with_for_update(skip_locked=True)).all()
            unused = _unused(_TABLE.c.id.not_in(going))
            connection.execute(delete(_TABLE).where(_TABLE.c.id.in_(unused)))


def _unused(kept: ColumnElement[bool]) -> Select[int]:
    """Select dictionaries by which nothing is packed, and behind which none lies that is ``kept``."""
    used = _with_those_behind(or_(_BY_PAGES, kept))
    return select(_TABLE.c.id).where(_TABLE.c.id.not_in(select(used.c.id)))


def _with_those_behind(condition: ColumnElement[bool]) -> CTE:
    """Return some dictionaries, and all that they lie behind; those laid behind themselves once."""
    some = select(_TABLE.c.id, _TABLE.c.base_id, _TABLE.c.stored)
    used = some.where(condition).cte("used", recursive=True)
    return used.union(some.join(used, _TABLE.c.id == used.c.base_id))
