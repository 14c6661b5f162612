"""New articles: everything that is written about some of them, with a statement for each table."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select

from storage import fitting, provenances, tables, word_index
from storage.contents import WRITTEN, columns, headings
from storage.database import Database
from storage.dialect import inserting
from storage.errors import StoreBusy
from storage.indexing import words_of
from storage.model import Content
from storage.values import key_digest, seconds

_ARTICLE = (
    *("id", "revision_id", "revision", "story_id", "duplicate_of"),
    *("first_seen_at", "last_seen_at", "fetched_at"),
    *("site", "language", "content_hash", "order_at", "canonical_digest"),
)
_REVISION = ("id", "article_id", "number", "seen_at", "kind", *WRITTEN)
_LINK = ("key", "article_id", "url")
_CARRIED = inserting("article_sources", ("article_id", "source_id", "seen_at")) + " ON CONFLICT DO NOTHING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """An article that is new to the store, with its number, and the story that it begins or joins."""

    id: int
    content: Content
    url_keys: Sequence[tuple[str, str]]
    """Pairs of URL and key, the first its own."""
    source_id: int | None
    fetched_at: datetime
    story_id: int
    duplicate_of: int | None = None
    canonical_key: str | None = None
    """Key of the canonical URL that it claims: a claim, not an address of it."""


def add(database: Database, connection: Connection, newcomers: Sequence[Newcomer]) -> int:
    """Keep new articles; returns how many of their URLs lead to them, which the first to come has.

    Raises StoreBusy when one is a copy of an article that another program deletes at this moment.
    """
    newcomers = _seated(database, connection, newcomers)
    made = [columns(new.content) for new in newcomers]
    heads = [(new.id, 1, seconds(new.fetched_at), "published") for new in newcomers]
    rows = [(*head, *values.values()) for head, (values, _) in zip(heads, made, strict=True)]
    revisions = database.reserve(connection, tables.revisions, len(newcomers))
    order = _order(database, connection, rows, revisions)
    numbers = dict(zip(order, revisions, strict=True))
    articles = [_article(new, numbers[place]) for place, new in enumerate(newcomers)]
    database.add_rows(connection, "articles", _ARTICLE, articles)
    links = [
        (key, new.id, None if url == new.content.url else url)
        for new in newcomers
        for url, key in new.url_keys
    ]
    linked = link(database, connection, links)
    carried = [
        (new.id, new.source_id, seconds(new.fetched_at)) for new in newcomers if new.source_id is not None
    ]
    if carried:
        carry(database, connection, carried)
    provenances.keep(database, connection, {values["provenance_id"]: found for values, found in made})
    texts = [(number, rows[place], newcomers[place].content) for place, number in numbers.items()]
    _write(database, connection, texts)
    return linked


def _seated(database: Database, connection: Connection, newcomers: Sequence[Newcomer]) -> Sequence[Newcomer]:
    """Let copies join the stories of their originals as these stand now, and keep them from being moved.

    On PostgreSQL others may have moved them since the copies were judged.
    """
    originals = {new.duplicate_of for new in newcomers if new.duplicate_of is not None}
    originals -= {new.id for new in newcomers}
    if not originals or not database.postgres:
        return newcomers
    table = tables.articles.c
    query = select(table.id, table.story_id, table.duplicate_of).where(table.id.in_(originals))
    query = query.order_by(table.id).with_for_update(read=True, key_share=True)
    places = {row.id: (row.story_id, row.duplicate_of or row.id) for row in connection.execute(query)}
    if gone := originals - places.keys():
        raise StoreBusy(f"the article {min(gone)}, of which another is a copy, was deleted at this moment")
    seats = [places.get(new.duplicate_of or 0, (new.story_id, new.duplicate_of)) for new in newcomers]
    return [
        replace(new, story_id=story_id, duplicate_of=head)
        for new, (story_id, head) in zip(newcomers, seats, strict=True)
    ]


def revise(
    database: Database,
    connection: Connection,
    head: tuple[int, int, int, float, str],
    content: Content,
) -> None:
    """Keep a further text of an article: its number, article, number in the article, time and kind."""
    values, provenance = columns(content)
    provenances.keep(database, connection, {values["provenance_id"]: provenance})
    _write(database, connection, [(head[0], (*head[1:], *values.values()), content)])


def _order(
    database: Database, connection: Connection, rows: Sequence[tuple[object, ...]], numbers: Sequence[int]
) -> Sequence[int]:
    """Return the order in which to write texts that come together: in SQLite one that fills its pages."""
    if database.postgres or len(rows) < 2:
        return range(len(rows))
    [(page_bytes,)] = database.fetch(connection, "PRAGMA page_size", (), cleaned=True)
    return fitting.order([fitting.record_bytes(row) for row in rows], page_bytes, first=numbers[0])


def _write(
    database: Database, connection: Connection, texts: Sequence[tuple[int, tuple[object, ...], Content]]
) -> None:
    """Write texts in the order of their numbers, each with the rest of its row, and what is indexed of it."""
    database.add_rows(connection, "revisions", _REVISION, [(number, *row) for number, row, _ in texts])
    word_index.add(database, connection, ((number, words_of(content)) for number, _, content in texts))


def link(database: Database, connection: Connection, urls: Sequence[tuple[str, int, str | None]]) -> int:
    """Let URLs lead to articles; returns how many new ones do, leaving out those known already.

    Each is a key, the number of an article, and the URL: None is that of its first revision.
    """
    rows: dict[bytes, tuple[bytes, int, str | None]] = {}
    for key, article_id, url in urls:
        digest = key_digest(key)
        rows.setdefault(digest, (digest, article_id, url))
    return database.add_unknown(connection, "article_urls", _LINK, [*rows.values()])


def carry(database: Database, connection: Connection, rows: Sequence[tuple[int, int, float]]) -> None:
    """Note which articles were met in which sources, and when; the first time counts."""
    database.run(connection, _CARRIED, [*rows], cleaned=True)


def _article(new: Newcomer, revision_id: int) -> tuple[object, ...]:
    at = seconds(new.fetched_at)
    heading = headings(new.content, at, new.canonical_key, new.url_keys)
    return (new.id, revision_id, 1, new.story_id, new.duplicate_of, at, at, at, *heading.values())
