"""Articles to be judged anew: which ones, in what order, and where they end up."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage import tables
from storage.database import Database
from storage.fingerprints import Fingerprints
from storage.likeness import Join, KeptPrint
from storage.model import TextSource

UNJUDGED = 0
"""What stands for the algorithm of a fingerprint that is still to be made."""
_CLEAR = "DELETE FROM near_postings"
_UNMAKE = "UPDATE near_docs SET algorithm = 0, keys = ?"
_ALL = """
INSERT INTO near_docs (article_id, day, algorithm, keys)
SELECT a.id, CAST(floor(a.first_seen_at / 86400) AS integer), 0, ? FROM articles a
WHERE NOT EXISTS (SELECT 1 FROM near_docs d WHERE d.article_id = a.id)"""
_WAITING = "FROM near_docs d JOIN articles a ON a.id = d.article_id WHERE d.algorithm = 0"
_LEFT = f"SELECT count(*) {_WAITING}"
_NEWEST = f"SELECT coalesce(max(d.article_id), 0) {_WAITING}"
_SINCE = "UPDATE near_docs SET algorithm = 0 WHERE article_id > ? AND algorithm <> 0"
_NEXT = """
SELECT a.id, a.revision, d.day, a.story_id, a.duplicate_of, r.text_source, r.text
FROM near_docs d JOIN articles a ON a.id = d.article_id JOIN revisions r ON r.id = a.revision_id
WHERE d.algorithm = 0 AND d.article_id > ? ORDER BY d.article_id LIMIT ?"""
_NEXT_KEPT = f"{_NEXT} FOR UPDATE OF a"
_PLACE = "UPDATE articles SET story_id = ?, duplicate_of = ? WHERE id = ?"
# Who was judged while the past was: of the others each finds its place by itself.
_FOLLOW = """
UPDATE articles SET story_id = ?, duplicate_of = ? WHERE duplicate_of = ? AND id <> ?
AND EXISTS (SELECT 1 FROM near_docs d WHERE d.article_id = articles.id AND d.algorithm > 0)"""
_DROP_JOINS = "DELETE FROM joins WHERE article_id WITHIN ?"


@dataclass(frozen=True, slots=True)
class PastArticle:
    """An article to be judged anew, at its newest text."""

    id: int
    revision: int
    day: int
    """Days from 1970 until it came."""
    story_id: int
    duplicate_of: int | None
    text_source: TextSource
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where an article belongs now, and by what its copies are found."""

    kept: KeptPrint
    join: Join | None


class Past:
    """The articles of a store, to be judged anew in the order in which they came."""

    def __init__(self, database: Database, fingerprints: Fingerprints) -> None:
        self._db = database
        self._fingerprints = fingerprints

    def begin(self) -> int:
        """Forget all fingerprints, so that all articles are to be judged; returns how many there are."""
        with self._db.write() as connection:
            # Their articles would come in later, with numbers before those that are judged by then.
            self._db.wait_for_writers(connection, tables.articles)
        with self._db.write() as connection:
            self._db.run(connection, _CLEAR)
            self._db.run(connection, _UNMAKE, (b"",))
            self._db.run(connection, _ALL, (b"",))
        return self.left()

    def left(self) -> int:
        """Return how many articles are still to be judged: more than none where a run was broken off."""
        with self._db.read() as connection:
            [(number,)] = self._db.fetch(connection, _LEFT, ())
        return int(number)

    def newest(self) -> int:
        """Return the number of the last article that is to be judged; 0 when none is."""
        with self._db.read() as connection:
            [(number,)] = self._db.fetch(connection, _NEWEST, ())
        return int(number)

    def since(self, article_id: int) -> int:
        """Have those judged as well that came after an article; returns how many.

        When they came, not all that is before them could be found.
        """
        with self._db.write() as connection:
            return self._db.run(connection, _SINCE, (article_id,))

    def next(self, *, after: int, limit: int) -> list[PastArticle]:
        """Return the next articles to be judged, with numbers above ``after``.

        They neither change nor go before the transaction ends that this is called in.
        """
        with self._db.write() as connection:
            rows = self._db.fetch(connection, _NEXT_KEPT if self._db.postgres else _NEXT, (after, limit))
        return [PastArticle(*row) for row in rows]

    def place(self, article_id: int, *, story_id: int, duplicate_of: int | None) -> None:
        """Put an article into a story, and those that came meanwhile and were taken for copies of it."""
        with self._db.write() as connection:
            self._db.run(connection, _PLACE, (story_id, duplicate_of, article_id))
            head = article_id if duplicate_of is None else duplicate_of
            self._db.run(connection, _FOLLOW, (story_id, head, article_id, head))

    def keep(self, placed: Sequence[Placed]) -> None:
        """Keep what was found out about articles, in place of what was known before."""
        with self._db.write() as connection:
            numbers = [one.kept.article_id for one in placed]
            self._db.run(connection, _DROP_JOINS, (self._db.each(numbers),))
            self._fingerprints.put([one.kept for one in placed], judged=True)
            for one in placed:
                if one.join is not None:
                    self._fingerprints.join(one.join)
