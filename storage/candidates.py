"""Candidates: kept articles that a new one may be, looked up once for each article that comes."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from storage import tables
from storage.database import Database
from storage.dialect import placeholders
from storage.model import ArticleRef, Candidates
from storage.values import chunks, hash_key, key_digest, maker

_ROW = (
    *("id", "site", "content_hash", "revision", "story_id", "duplicate_of", "last_seen_at"),
    *("url", "title"),
)
_TWINS = 50
"""Most articles with one text that are compared: a boilerplate page may be there ten thousand times."""
_REFS = """
SELECT a.id, a.site, r.content_hash, a.revision, a.story_id, a.duplicate_of, a.last_seen_at, r.url, r.title
FROM articles a JOIN revisions r ON r.id = a.revision_id WHERE {} ORDER BY a.id LIMIT ?"""
_BY_ID = _REFS.format("a.id = ?")
_BY_IDS = _REFS.format("a.id WITHIN ?")
_BY_HASH = _REFS.format("a.content_hash = ? AND r.content_hash = ?")
_BY_CLAIM = _REFS.format("a.canonical_digest IN ({})")
_KEYS = "SELECT key, article_id FROM article_urls WHERE key IN ({})"
_TOGETHER = 500
_ref = maker(ArticleRef, _ROW)


def candidates(
    database: Database,
    connection: Connection,
    *,
    url_keys: Sequence[str],
    claimed_keys: Sequence[str],
    content_hash: str,
) -> Candidates:
    """Return kept articles that might be the one at hand.

    By canonical URL: the article at one of the addresses claimed, else the first that claims one of them, or
    the URL, as its own canonical URL.
    """
    digests = {key: key_digest(key) for key in (*claimed_keys, *url_keys)}
    known = _known(database, connection, digests.values())
    claims = [*digests.values()]
    claiming = _BY_CLAIM.format(placeholders(len(claims)))
    by_url = _first(database, connection, [digests[key] for key in url_keys], known)
    by_claim = _first(database, connection, [digests[key] for key in claimed_keys], known)
    if by_claim is None and claims:
        by_claim = next(iter(_refs(database, connection, claiming, (*claims, 1))), None)
    twins = _refs(database, connection, _BY_HASH, (hash_key(content_hash), content_hash, _TWINS))
    return Candidates(by_url=by_url, by_canonical=by_claim, by_content=tuple(twins))


def familiar(
    database: Database, connection: Connection, *, url_keys: Iterable[str], content_hashes: Iterable[str]
) -> tuple[set[str], set[str]]:
    """Return which of these URL keys articles have or claim, and which of these hashes their texts have."""
    keys = {key_digest(key): key for key in url_keys}
    known: set[str] = set()
    for piece in chunks(keys, _TOGETHER):
        for column in (tables.article_urls.c.key, tables.articles.c.canonical_digest):
            known.update(keys[found] for found in database.known_among(connection, column, piece))
    hashes = {hash_key(whole): whole for whole in content_hashes}
    column, met = tables.articles.c.content_hash, set[str]()
    for some in chunks(hashes, _TOGETHER):
        met.update(hashes[found] for found in database.known_among(connection, column, some))
    return known, met


def ref(database: Database, connection: Connection, article_id: int) -> ArticleRef | None:
    """Return what it takes to judge against an article; None when there is none of that number."""
    return next(iter(_refs(database, connection, _BY_ID, (article_id, 1))), None)


def refs(database: Database, connection: Connection, article_ids: Sequence[int]) -> dict[int, ArticleRef]:
    """Return what it takes to judge against articles, by their numbers, for those that there are."""
    values = (database.each(article_ids), len(article_ids))
    found = _refs(database, connection, _BY_IDS, values) if article_ids else ()
    return {one.id: one for one in found}


def first_by_key(database: Database, connection: Connection, url_keys: Sequence[str]) -> ArticleRef | None:
    """Return the article that the first known of these keys leads to."""
    digests = [key_digest(key) for key in url_keys]
    return _first(database, connection, digests, _known(database, connection, digests))


def _known(database: Database, connection: Connection, digests: Iterable[bytes]) -> dict[bytes, int]:
    values = tuple(digests)
    if not values:
        return {}
    rows = database.fetch(connection, _KEYS.format(placeholders(len(values))), values, cleaned=True)
    return {bytes(key): article_id for key, article_id in rows}


def _first(
    database: Database, connection: Connection, digests: Iterable[bytes], known: dict[bytes, int]
) -> ArticleRef | None:
    for key in digests:
        if key in known:
            return ref(database, connection, known[key])
    return None


def _refs(
    database: Database, connection: Connection, sql: str, values: tuple[object, ...]
) -> list[ArticleRef]:
    return [_ref(*row) for row in database.fetch(connection, sql, values)]
