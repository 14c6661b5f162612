"""Fingerprints of articles: the keys by which their copies are found, and why an article joined another."""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace

from sqlalchemy import Connection

from storage import tables
from storage.database import Database
from storage.dialect import inserting
from storage.leaving import leave
from storage.likeness import Join, KeptPrint, Standing, packed, unpacked
from storage.sweeping import LOT, sweep
from storage.values import chunks

_TOGETHER, _KEYS_TOGETHER = 500, 10_000
"""Articles, and keys, in one statement."""
_LISTS = "SELECT near_postings.key, article_id FROM near_postings BY key WITHIN ?"
_WITH_SO_MANY = """
SELECT value FROM EACH ?
WHERE EXISTS (SELECT 1 FROM near_postings WHERE key = value LIMIT 1 OFFSET ?)"""
_STANDINGS = """
SELECT a.id, a.story_id, a.revision, d.day FROM articles a JOIN near_docs d ON d.article_id = a.id
WHERE a.id WITHIN ? AND d.article_id WITHIN ?"""
"""Both are named, or PostgreSQL reads all of near_docs for a few hundred of them."""
_TEXTS = "SELECT a.id, r.text FROM articles a JOIN revisions r ON r.id = a.revision_id WHERE a.id WITHIN ?"
_DOCS = "SELECT article_id, keys FROM near_docs WHERE article_id WITHIN ?"
_WAITING = "SELECT article_id FROM near_docs WHERE article_id WITHIN ? AND algorithm = 0"
_OLD = "SELECT article_id FROM near_docs WHERE day < ? LIMIT ?"
_DOC = ("article_id", "day", "algorithm", "keys")
_POSTING = ("key", "article_id")
_DROP_DOC = "DELETE FROM near_docs WHERE article_id = ?"
_JOIN = ("article_id", "other_id", "score", "own_share", "other_share", "why", "how")
_ADD_JOIN = inserting("joins", _JOIN)
_DROP_JOIN = "DELETE FROM joins WHERE article_id = ?"
_JOINS = f"SELECT {', '.join(_JOIN)} FROM joins WHERE article_id WITHIN ? ORDER BY article_id"  # noqa: S608 - names of our own


class Fingerprints:
    """The fingerprints of a store's articles."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def lists(self, keys: Set[int]) -> dict[int, list[int]]:
        """Return which articles stand under each of these keys, for those that have any.

        Those of many texts are looked up together: on PostgreSQL that saves a journey for each.
        """
        found: dict[int, list[int]] = {}
        with self._db.read() as connection:
            for piece in chunks(sorted(keys), _KEYS_TOGETHER):
                rows = self._db.fetch(connection, _LISTS, (self._db.each(piece),), cleaned=True)
                for key, article_id in rows:
                    found.setdefault(key, []).append(article_id)
        return found

    def with_so_many(self, keys: Iterable[int], number: int) -> set[int]:
        """Return those of these keys under which so many articles stand, or more.

        To know which articles they are takes as long again for each of them.
        """
        found: set[int] = set()
        with self._db.read() as connection:
            for piece in chunks(sorted(set(keys)), _KEYS_TOGETHER):
                values = (self._db.each(piece), number - 1)
                rows = self._db.fetch(connection, _WITH_SO_MANY, values, cleaned=True)
                found.update(row[0] for row in rows)
        return found

    def standings(self, article_ids: Iterable[int]) -> dict[int, Standing]:
        """Return where articles stand, by their numbers, for those whose fingerprints are kept."""
        found: dict[int, Standing] = {}
        with self._db.read() as connection:
            for piece in chunks(sorted(set(article_ids)), _TOGETHER):
                some = self._db.each(piece)
                rows = self._db.fetch(connection, _STANDINGS, (some, some), cleaned=True)
                found.update((row[0], Standing(*row[1:])) for row in rows)
        return found

    def texts(self, article_ids: Sequence[int]) -> dict[int, str]:
        """Return the newest texts of articles, by their numbers; those that are gone are left out."""
        found: dict[int, str] = {}
        with self._db.read() as connection:
            for piece in chunks(article_ids, _TOGETHER):
                found.update(self._db.fetch(connection, _TEXTS, (self._db.each(piece),), cleaned=True))
        return found

    def put(self, prints: Sequence[KeptPrint], *, judged: bool = False) -> None:
        """Keep fingerprints of articles, in place of those they had.

        Articles that are still to be judged anew stay so, unless they were (``judged``).
        """
        numbers = [one.article_id for one in prints]
        with self._db.write() as connection:
            rows = [] if judged else self._db.fetch(connection, _WAITING, (self._db.each(numbers),))
            waiting = {row[0] for row in rows}
            self._drop(connection, numbers)
            self.add([replace(one, algorithm=0) if one.article_id in waiting else one for one in prints])

    def add(self, prints: Sequence[KeptPrint]) -> None:
        """Keep fingerprints of articles that have none."""
        with self._db.write() as connection:
            docs = [(one.article_id, one.day, one.algorithm, packed(one.keys)) for one in prints]
            postings = sorted([(key, one.article_id) for one in prints for key in one.keys])
            if docs:
                self._db.add_rows(connection, "near_docs", _DOC, docs, cleaned=True)
            if postings:
                if len(prints) > 1:
                    self._db.add_unknown(connection, "near_postings", _POSTING, postings, cleaned=True)
                else:  # a stream of one would need more journeys than it saves
                    self._db.add_pairs(connection, tables.near_postings, postings)

    def remove(self, article_ids: Sequence[int]) -> int:
        """Forget articles that are about to be deleted; returns how many had a fingerprint.

        With it goes why they joined others, and others them, and what people decided about them; what is
        left of their stories gets another first article. To be called before, in the same transaction.
        """
        with self._db.write() as connection:
            if article_ids:
                leave(self._db, connection, article_ids)
            return self._drop(connection, article_ids)

    def forgetting(self, *, before: int, at_once: int = LOT) -> Iterator[int]:
        """Forget the fingerprints that came before a day; yields after each short transaction how many went.

        To be called outside of a transaction.
        """
        total = 0
        while True:
            with self._db.read() as connection:
                old = [row[0] for row in self._db.fetch(connection, _OLD, (before, at_once), cleaned=True)]
            gone = 0
            for gone in sweep(self._db, old):
                yield total + gone
            total += gone
            if len(old) < at_once:
                return

    def join(self, join: Join) -> None:
        """Keep why an article joined another, in place of what was kept of it before."""
        with self._db.write() as connection:
            self._db.run(connection, _DROP_JOIN, (join.article_id,))
            self._db.run(connection, _ADD_JOIN, tuple(getattr(join, name) for name in _JOIN))

    def join_all(self, joins: Sequence[Join]) -> None:
        """Keep why articles that are new joined others."""
        rows = [tuple(getattr(join, name) for name in _JOIN) for join in joins]
        if rows:
            with self._db.write() as connection:
                self._db.add_rows(connection, "joins", _JOIN, rows)

    def joins(self, article_ids: Sequence[int]) -> list[Join]:
        """Return why these articles joined others, for those that did, by their numbers."""
        found: list[Join] = []
        with self._db.read() as connection:
            for piece in chunks(sorted(article_ids), _TOGETHER):
                rows = self._db.fetch(connection, _JOINS, (self._db.each(piece),))
                found += (Join(**dict(zip(_JOIN, row, strict=True))) for row in rows)
        return found

    def _drop(self, connection: Connection, article_ids: Sequence[int]) -> int:
        known = [
            row
            for piece in chunks(article_ids, _TOGETHER)
            for row in self._db.fetch(connection, _DOCS, (self._db.each(piece),), cleaned=True)
        ]
        # In the order in which they lie, as others do who lock them.
        postings = sorted((key, article_id) for article_id, keys in known for key in unpacked(keys))
        if postings:
            self._db.drop_pairs(connection, tables.near_postings, postings)
        if known:
            self._db.run(connection, _DROP_DOC, [(article_id,) for article_id, _ in known], cleaned=True)
        return len(known)
