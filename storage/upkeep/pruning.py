"""Delete articles that are no longer wanted, a few in a transaction, each with all that is kept of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Column, Connection, Table, func, literal, select, tuple_, update

from storage import tables
from storage.database import Database
from storage.retained import Held, Pruning
from storage.sweeping import LOT, sweep
from storage.upkeep.ties import remove_articles
from storage.values import chunks, moment, unpack

_LOOKED_AT = 1000
_AT_ONCE = 100
"""Articles in one transaction: others wait no longer than that takes."""
_ARTICLE, _ENTRY, _URL, _PRUNED = tables.articles, tables.entries, tables.article_urls, tables.pruned


def prune(
    database: Database, *, before: float, unwanted: Callable[[Held], bool], now: float, dry: bool
) -> Iterator[Pruning]:
    """Delete the articles first seen before a moment that ``unwanted`` says so of.

    ``before`` and ``now`` are epoch seconds. Yields, after every lot of articles looked at and after every
    transaction, how much was deleted so far; with ``dry`` it is only counted. The URLs of deleted articles
    stay known.
    """
    done = Pruning()
    for looked_at, going in _gathered(_lots(database, before), unwanted):
        done = replace(done, looked_at=done.looked_at + looked_at)
        yield done
        if going is None:
            continue
        if not dry:
            # First, as they leave at little cost only where they are many.
            for _ in sweep(database, [held.id for held in going]):
                yield done
        for piece in chunks(going, _AT_ONCE):
            done = _added(done, _counted(database, piece) if dry else _deleted(database, piece, now=now))
            yield done


def _gathered(
    lots: Iterable[Sequence[Held]], unwanted: Callable[[Held], bool]
) -> Iterator[tuple[int, list[Held] | None]]:
    """Yield how many of a lot were looked at and, once they are many and at the end, those that go."""
    going: list[Held] = []
    for lot in lots:
        going += filter(unwanted, lot)
        if len(going) < LOT:
            yield len(lot), None
        else:
            yield len(lot), going
            going = []
    yield 0, going


def _lots(database: Database, before: float) -> Iterator[list[Held]]:
    """Yield the articles first seen before a moment, the oldest first."""
    revision = tables.revisions
    joined = _ARTICLE.outerjoin(revision, revision.c.id == _ARTICLE.c.revision_id)
    key = tuple_(_ARTICLE.c.first_seen_at, _ARTICLE.c.id)
    query = select(_ARTICLE.c.id, _ARTICLE.c.first_seen_at, revision.c.tags).select_from(joined)
    query = query.where(_ARTICLE.c.first_seen_at < before)
    query = query.order_by(_ARTICLE.c.first_seen_at, _ARTICLE.c.id).limit(_LOOKED_AT)
    place: tuple[float, int] | None = None
    while True:
        some = query if place is None else query.where(key > tuple_(*map(literal, place)))
        with database.read() as connection:
            rows = connection.execute(some).all()
            sources = _sources(connection, [row.id for row in rows])
        if not rows:
            return
        place = (rows[-1].first_seen_at, rows[-1].id)
        yield [
            Held(
                id=row.id,
                first_seen_at=row.first_seen_at,
                tags=unpack(row.tags) if row.tags else (),
                source_ids=tuple(sources.get(row.id, ())),
            )
            for row in rows
        ]


def _sources(connection: Connection, article_ids: Sequence[int]) -> dict[int, list[int]]:
    table = tables.article_sources
    found: dict[int, list[int]] = {}
    for piece in chunks(article_ids, 500):
        query = select(table.c.article_id, table.c.source_id).where(table.c.article_id.in_(piece))
        for article_id, source_id in connection.execute(query):
            found.setdefault(article_id, []).append(source_id)
    return found


def _counted(database: Database, piece: Sequence[Held]) -> Pruning:
    with database.read() as connection:
        return _size(connection, piece)


def _size(connection: Connection, piece: Sequence[Held]) -> Pruning:
    ids = [held.id for held in piece]
    times = [held.first_seen_at for held in piece]
    return Pruning(
        articles=len(ids),
        revisions=_number(connection, tables.revisions, tables.revisions.c.article_id, ids),
        pages=_number(connection, tables.pages, tables.pages.c.article_id, ids),
        first=moment(min(times)),
        last=moment(max(times)),
    )


def _number(connection: Connection, table: Table, column: Column[int], ids: Sequence[int]) -> int:
    return connection.scalar(select(func.count()).select_from(table).where(column.in_(ids))) or 0


def _deleted(database: Database, piece: Sequence[Held], *, now: float) -> Pruning:
    ids = [held.id for held in piece]
    with database.write() as connection:
        there = select(_ARTICLE.c.id).where(_ARTICLE.c.id.in_(ids)).order_by(_ARTICLE.c.id)
        ids = list(connection.scalars(there.with_for_update()))
        left = [held for held in piece if held.id in ids]
        if not left:
            return Pruning()
        size = _size(connection, left)
        _remember(database, connection, ids, now)
        remove_articles(database, connection, ids)
    return size


def _remember(database: Database, connection: Connection, article_ids: Sequence[int], now: float) -> None:
    """Keep the addresses of articles; what feeds carried of them is emptied."""
    urls = select(_URL.c.key, _URL.c.article_id, literal(now)).where(_URL.c.article_id.in_(article_ids))
    statement = database.insert(_PRUNED).from_select(["key", "article_id", "at"], urls)
    connection.execute(statement.on_conflict_do_nothing())
    keys = select(_URL.c.key).where(_URL.c.article_id.in_(article_ids))
    led = (_ENTRY.c.url_digest.in_(keys), _ENTRY.c.article_id.in_(article_ids))
    connection.execute(update(_ENTRY).where(*led).values(summary=None, content=None))


def _added(one: Pruning, other: Pruning) -> Pruning:
    times = [time for time in (one.first, one.last, other.first, other.last) if time is not None]
    return replace(
        one,
        articles=one.articles + other.articles,
        revisions=one.revisions + other.revisions,
        pages=one.pages + other.pages,
        first=min(times, default=None),
        last=max(times, default=None),
    )
