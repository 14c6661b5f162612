"""The keys of many articles leave at once: in the order in which they lie, in short transactions.

Each key of an article lies in another page, and a page costs ten times as much as what is deleted in it.
Those of many thousand articles share pages. Fingerprints stay, marked, until all their keys are gone: the
next sweep gives back what one that was broken off had taken from articles that are to stay.
"""

from collections.abc import Iterable, Iterator, Sequence

from storage import tables
from storage.database import Database
from storage.likeness import KEY_BYTES
from storage.values import chunks

LOT = 100_000
"""Articles whose keys are deleted together; some fifty megabytes of them."""
STAYING = 0
"""Algorithms are numbered from here. While the keys of a fingerprint leave, -1 stands for 0, and so on."""
_TOGETHER, _KEYS_TOGETHER = 1000, 5000
"""Articles, and keys, in one transaction: others wait no longer than that takes."""
_MARK = "UPDATE near_docs SET algorithm = -1 - algorithm WHERE article_id WITHIN ? AND algorithm >= 0"
_UNMARK = "UPDATE near_docs SET algorithm = -1 - algorithm WHERE article_id WITHIN ? AND algorithm < 0"
_KEYS = "SELECT article_id, keys FROM near_docs WHERE article_id WITHIN ?"
_BROKEN_OFF = "SELECT article_id FROM near_docs WHERE algorithm < 0"
_LEAVING = f"{_KEYS} AND algorithm < 0"
_MADE_ANEW = f"{_KEYS} AND algorithm >= 0"
_DROP = "DELETE FROM near_docs WHERE article_id WITHIN ? AND algorithm < 0"


def sweep(database: Database, article_ids: Iterable[int], *, lot: int = LOT) -> Iterator[int]:
    """Forget the fingerprints of articles, and give back those of others where it was begun.

    To be called outside of a transaction. Yields, after each of its own, how many are forgotten in all.
    """
    total, going = 0, set(article_ids)
    with database.read() as connection:
        broken_off = [row[0] for row in database.fetch(connection, _BROKEN_OFF, (), cleaned=True)]
    for piece in chunks(sorted({*broken_off} - going), _TOGETHER):
        _given_back(database, piece)
        yield total
    for some in chunks(sorted(going), lot):
        marked: list[tuple[int, bytes]] = []
        for piece in chunks(some, _TOGETHER):
            marked += _marked(database, piece)
            yield total
        for pairs in _in_order(marked):
            with database.write() as connection:
                database.drop_pairs(connection, tables.near_postings, pairs)
            yield total
        for piece in chunks(some, _TOGETHER):
            total += _dropped(database, piece)
            yield total


def _marked(database: Database, article_ids: Sequence[int]) -> list[tuple[int, bytes]]:
    some = (database.each(article_ids),)
    with database.write() as connection:
        database.run(connection, _MARK, some, cleaned=True)
        return database.fetch(connection, _KEYS, some, cleaned=True)


def _given_back(database: Database, article_ids: Sequence[int]) -> None:
    some = (database.each(article_ids),)
    with database.write() as connection:
        for pairs in _in_order(database.fetch(connection, _LEAVING, some, cleaned=True)):
            database.add_pairs(connection, tables.near_postings, pairs)
        database.run(connection, _UNMARK, some, cleaned=True)


def _in_order(prints: Sequence[tuple[int, bytes]]) -> Iterator[list[tuple[int, int]]]:
    """Yield the keys, each with its article, in the order in which they lie."""
    import numpy as np

    packed = np.frombuffer(bytearray().join(keys for _, keys in prints), dtype=np.uint8)
    wide = np.zeros((len(packed) // KEY_BYTES, 8), dtype=np.uint8)
    wide[:, :KEY_BYTES] = packed.reshape(-1, KEY_BYTES)
    keys = wide.view("<i8").ravel()
    numbers = np.array([number for number, _ in prints], dtype=np.int64)
    articles = np.repeat(numbers, [len(keys) // KEY_BYTES for _, keys in prints])
    order = keys.argsort(kind="stable")  # an article's number grows within a key, as in the table
    for at in range(0, len(order), _KEYS_TOGETHER):
        some = order[at : at + _KEYS_TOGETHER]
        yield list(zip(keys[some].tolist(), articles[some].tolist(), strict=True))


def _dropped(database: Database, article_ids: Sequence[int]) -> int:
    some = (database.each(article_ids),)
    with database.write() as connection:
        anew = database.fetch(connection, _MADE_ANEW, some, cleaned=True)
        # Of keys that an article was given meanwhile some may be gone: those that it had before.
        for pairs in _in_order(anew):
            database.add_pairs(connection, tables.near_postings, pairs)
        return database.run(connection, _DROP, some, cleaned=True)
