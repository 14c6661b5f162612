"""The rules that rows of a store keep, each with how to find those that break it, and how to mend them."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    delete,
    false,
    func,
    literal_column,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy import text as sql

from storage import indexing, tables, word_index
from storage.database import Database
from storage.hosts import wake
from storage.kinds import misfits
from storage.likeness import KEY_BYTES, unpacked
from storage.sweeping import STAYING
from storage.upkeep.rule import Rows, Rule
from storage.upkeep.ties import LOOSE, foreign, is_emptied, remove, remove_articles

OUTCOMES = ("stored", "revised", "duplicate", "unchanged", "rejected")
MISFIT = ".value"
"""How the kinds of findings end that tell of values of a wrong kind."""

_ARTICLE, _REVISION, _ENTRY = tables.articles, tables.revisions, tables.entries
_NONE: Select[Any] = select(literal_column("''")).where(false())


def rules() -> Iterator[Rule]:
    """Yield all rules, in the order in which rows are mended."""
    for table in tables.metadata.sorted_tables:
        yield _kinds(table)
    for table in tables.metadata.sorted_tables:
        yield from _foreign_keys(table)
    yield from (_REVISIONS, _LONE_ADDRESS)
    for name, fate in LOOSE.items():
        if fate != "stays" and not name.startswith("search_index"):
            yield _loose(name)
    yield from (_OTHER_STORY, _HEADLESS, _POSTINGS, _OUTCOME, _WITHOUT, _ASLEEP, _UNEXPLAINED)
    yield from (_STRAY, _SAMPLE, _UNINDEXED)


def _kinds(table: Table) -> Rule:
    """PostgreSQL keeps no text in a column of numbers, SQLite does."""
    return Rule(
        kind=f"{table.name}{MISFIT}",
        what=f"rows of {table.name} hold a value that is not of the kind of its column",
        broken=lambda database: _NONE if database.postgres else misfits(table),
        mend=lambda *_: None,
        remedy="another program wrote it; set it right by SQL or take up a backup: nothing is mended before",
    )


def _foreign_keys(table: Table) -> Iterator[Rule]:
    first = next(iter(table.primary_key))
    for column, named in foreign(table):
        there = named.table.alias()
        wrong = select(first, column).where(
            column.is_not(None), ~select(1).where(there.c[named.name] == column).exists()
        )
        yield Rule(
            kind=f"{table.name}.{column.name}",
            what=f"rows of {table.name} name rows of {named.table.name} that are not there",
            broken=_always(wrong),
            mend=_emptied(column) if is_emptied(column) else _removed(column),
        )


def _always(query: Select[Any]) -> Callable[[Database], Select[Any]]:
    return lambda _: query


def _emptied(column: Any) -> Callable[[Database, Connection, Rows], None]:
    def mend(_: Database, connection: Connection, rows: Rows) -> None:
        missing = {row[1] for row in rows}
        connection.execute(update(column.table).where(column.in_(missing)).values({column: None}))

    return mend


def _removed(column: Any) -> Callable[[Database, Connection, Rows], None]:
    def mend(database: Database, connection: Connection, rows: Rows) -> None:
        if column.table is _REVISION:
            indexing.forget(database, connection, [row[0] for row in rows])
        remove(connection, column, list({row[1] for row in rows}))

    return mend


def _loose(name: str) -> Rule:
    table_name, _, column_name = name.partition(".")
    table = tables.metadata.tables[table_name]
    column = table.c[column_name]
    there = _ARTICLE.alias()
    wrong = select(next(iter(table.primary_key)), column)
    wrong = wrong.where(column.is_not(None), ~select(1).where(there.c.id == column).exists())

    def mend(_: Database, connection: Connection, rows: Rows) -> None:
        of = column.in_({row[1] for row in rows})
        if LOOSE[name] == "goes":
            connection.execute(delete(table).where(of))
        else:
            connection.execute(update(table).where(of).values({column: None}))

    return Rule(
        kind=name,
        what=f"rows of {table_name} name articles that are not there",
        broken=_always(wrong),
        mend=mend,
    )


def _without_newest(_: Database) -> Select[Any]:
    newest = select(1).where(
        _REVISION.c.id == _ARTICLE.c.revision_id,
        _REVISION.c.article_id == _ARTICLE.c.id,
        _REVISION.c.number == _ARTICLE.c.revision,
    )
    later = select(1).where(_REVISION.c.article_id == _ARTICLE.c.id, _REVISION.c.number > _ARTICLE.c.revision)
    return select(_ARTICLE.c.id).where(or_(~newest.exists(), later.exists()))


def _mend_newest(database: Database, connection: Connection, rows: Rows) -> None:
    """Let articles show the newest revision that there is; those without any go."""
    for (number,) in rows:
        of = select(_REVISION.c.id, _REVISION.c.number).where(_REVISION.c.article_id == number)
        newest = connection.execute(of.order_by(_REVISION.c.number.desc()).limit(1)).first()
        if newest is None:
            remove_articles(database, connection, [number])
            continue
        values = {"revision_id": newest.id, "revision": newest.number}
        connection.execute(update(_ARTICLE).where(_ARTICLE.c.id == number).values(**values))


_REVISIONS = Rule(
    kind="revision",
    what="articles do not show their newest revision, or have none",
    broken=_without_newest,
    mend=_mend_newest,
)


def _without_address(_: Database) -> Select[Any]:
    urls = tables.article_urls
    return select(_ARTICLE.c.id).where(~select(1).where(urls.c.article_id == _ARTICLE.c.id).exists())


def _mend_address(database: Database, connection: Connection, rows: Rows) -> None:
    """Let the entries that led to articles say under which addresses they stand."""
    urls = tables.article_urls
    found = select(_ENTRY.c.url_digest, _ENTRY.c.article_id, _ENTRY.c.url)
    for key, article_id, url in connection.execute(
        found.where(_ENTRY.c.article_id.in_([r[0] for r in rows]))
    ):
        statement = database.insert(urls).values(key=key, article_id=article_id, url=url)
        connection.execute(statement.on_conflict_do_nothing())


_LONE_ADDRESS = Rule(
    kind="address",
    what="articles have no address by which they are known again",
    broken=_without_address,
    mend=_mend_address,
    remedy="no entry tells their address; they may be fetched again as new ones",
)


def _in_another_story(_: Database) -> Select[Any]:
    head = _ARTICLE.alias()
    joined = _ARTICLE.join(head, head.c.id == _ARTICLE.c.duplicate_of)
    return (
        select(_ARTICLE.c.id, head.c.story_id)
        .select_from(joined)
        .where(_ARTICLE.c.story_id != head.c.story_id)
    )


def _mend_story(_: Database, connection: Connection, rows: Rows) -> None:
    for number, story in rows:
        connection.execute(update(_ARTICLE).where(_ARTICLE.c.id == number).values(story_id=story))


_OTHER_STORY = Rule(
    kind="story",
    what="copies are in another story than the article that they are copies of",
    broken=_in_another_story,
    mend=_mend_story,
)


def _without_head(_: Database) -> Select[Any]:
    heads = func.count().filter(_ARTICLE.c.duplicate_of.is_(None))
    grouped = select(_ARTICLE.c.story_id, func.min(_ARTICLE.c.id)).group_by(_ARTICLE.c.story_id)
    return grouped.having(heads == 0)


def _mend_head(_: Database, connection: Connection, rows: Rows) -> None:
    for story, first in rows:
        of = update(_ARTICLE).where(_ARTICLE.c.story_id == story)
        connection.execute(of.where(_ARTICLE.c.id != first).values(duplicate_of=first))
        connection.execute(of.where(_ARTICLE.c.id == first).values(duplicate_of=None))


_HEADLESS = Rule(
    kind="story.first",
    what="stories have no first article",
    broken=_without_head,
    mend=_mend_head,
)


def _other_postings(_: Database) -> Select[Any]:
    docs, postings = tables.near_docs, tables.near_postings
    counted = select(postings.c.article_id, func.count().label("number")).group_by(postings.c.article_id)
    found = counted.subquery()
    joined = docs.outerjoin(found, found.c.article_id == docs.c.article_id)
    wrong = func.length(docs.c["keys"]) != KEY_BYTES * func.coalesce(found.c.number, 0)
    chosen = select(docs.c.article_id, docs.c["keys"]).select_from(joined)
    return chosen.where(wrong, docs.c.algorithm >= STAYING)


def _mend_postings(database: Database, connection: Connection, rows: Rows) -> None:
    for number, packed in rows:
        keys = unpacked(packed)
        table = tables.near_postings
        connection.execute(delete(table).where(table.c.article_id == number, table.c.key.not_in(keys)))
        values = [{"key": key, "article_id": number} for key in sorted(set(keys))]
        if values:
            connection.execute(database.insert(table).on_conflict_do_nothing(), values)


_POSTINGS = Rule(
    kind="fingerprint",
    what="articles are not found by the keys of their fingerprints",
    broken=_other_postings,
    mend=_mend_postings,
)


def _mend_outcome(database: Database, connection: Connection, rows: Rows) -> None:
    """Let pages be asked for again."""
    now = database.clock()
    again = {"outcome": None, "reason": None, "attempts": 0, "next_due_at": now}
    connection.execute(update(_ENTRY).where(_ENTRY.c.id.in_([row[0] for row in rows])).values(**again))
    wake(database, connection, dict.fromkeys({row[1] for row in rows}, now))


def _ended_without(_: Database) -> Select[Any]:
    pruned = tables.pruned
    ended = (_ENTRY.c.outcome.in_(OUTCOMES[:-1]), _ENTRY.c.article_id.is_(None))
    # Of what was pruned, and of what was asked for again by hand since.
    known = (
        select(1).where(pruned.c.key == _ENTRY.c.url_digest),
        select(1).where(tables.article_urls.c.key == _ENTRY.c.url_digest),
    )
    return select(_ENTRY.c.id, _ENTRY.c.host_id).where(*ended, *(~query.exists() for query in known))


_WITHOUT = Rule(
    kind="entry",
    what="entries ended with an article that is not there (mended, their pages are asked for again)",
    broken=_ended_without,
    mend=_mend_outcome,
)

_OUTCOME = Rule(
    kind="accounting",
    what="entries ended in no known way, so that outcomes do not add up to what was offered",
    broken=lambda _: select(_ENTRY.c.id, _ENTRY.c.host_id).where(_ENTRY.c.outcome.not_in(OUTCOMES)),
    mend=_mend_outcome,
)


def _unexplained(_: Database) -> Select[Any]:
    """Select revisions whose shared provenance is not there."""
    there = select(1).where(tables.provenances.c.id == _REVISION.c.provenance_id)
    return select(_REVISION.c.id).where(_REVISION.c.provenance == "", ~there.exists())


def _explain_by_nothing(_: Database, connection: Connection, rows: Rows) -> None:
    ids = [row[0] for row in rows]
    connection.execute(update(_REVISION).where(_REVISION.c.id.in_(ids)).values(provenance="{}"))


_UNEXPLAINED = Rule(
    kind="provenance",
    what="revisions no longer say where their fields were found (mended, they say nothing of it)",
    broken=_unexplained,
    mend=_explain_by_nothing,
)


def _asleep(_: Database) -> Select[Any]:
    """Select hosts that nobody would visit although something waits there."""
    hosts, sources, revisits = tables.hosts, tables.sources, tables.revisits
    waiting = (
        select(1).where(_ENTRY.c.host_id == hosts.c.id, _ENTRY.c.next_due_at.is_not(None)),
        select(1).where(sources.c.host_id == hosts.c.id, sources.c.state == "active"),
        select(1).where(revisits.c.host_id == hosts.c.id),
    )
    idle = (hosts.c.next_due_at.is_(None), hosts.c.lease_owner.is_(None))
    return select(hosts.c.id).where(*idle, or_(*(query.exists() for query in waiting)))


def _mend_asleep(database: Database, connection: Connection, rows: Rows) -> None:
    wake(database, connection, dict.fromkeys((row[0] for row in rows), database.clock()))


_ASLEEP = Rule(
    kind="host",
    what="hosts are never visited, although something waits there",
    broken=_asleep,
    mend=_mend_asleep,
)


def _stray_documents(database: Database) -> Select[Any]:
    number: Any = literal_column(word_index.number(database))
    there = select(1).where(_REVISION.c.id == number)
    return select(number).select_from(sql(word_index.documents(database))).where(~there.exists())


def _clear_index(database: Database, connection: Connection, rows: Rows) -> None:
    """Empty the index: what is not there any more cannot be taken out of it by itself."""
    word_index.clear(database, connection)


_STRAY = Rule(
    kind="search.extra",
    what="rows of the search index belong to no revision",
    broken=_stray_documents,
    mend=_clear_index,
)


def _unindexed(database: Database) -> Select[Any]:
    number: Any = literal_column(word_index.number(database))
    there = select(1).select_from(sql(word_index.documents(database))).where(number == _ARTICLE.c.revision_id)
    known = select(1).where(_REVISION.c.id == _ARTICLE.c.revision_id)
    return select(_ARTICLE.c.revision_id).where(~there.exists(), known.exists())


def _index(database: Database, connection: Connection, rows: Rows) -> None:
    indexing.index(database, connection, [row[0] for row in rows])


_UNINDEXED = Rule(
    kind="search.missing",
    what="articles cannot be found by their words",
    broken=_unindexed,
    mend=_index,
)


def _sampled_documents(database: Database, name: str) -> Select[int]:
    number: ColumnElement[int] = literal_column(word_index.number(database, name))
    documents = select(number.label("number")).select_from(sql(word_index.documents(database, name)))
    return documents.where(number.op("&")(tables.SAMPLED - 1) == 0)


def _other_sample(database: Database) -> Select[Any]:
    """Select what only one of SQLite's two tables of words has, of what both should have."""
    if database.postgres:
        return _NONE
    all_, sample = (_sampled_documents(database, name) for name in (word_index.ALL, word_index.SAMPLE))
    missing, extra = (select(one.subquery()) for one in (all_.except_(sample), sample.except_(all_)))
    return select(union_all(missing, extra).subquery())


def _sample(database: Database, connection: Connection, rows: Rows) -> None:
    """Put what is missing there into the sample; or empty it first, when it holds what is in no other.

    Before texts that no index has are put into both: what is in one already would be in it twice.
    """
    numbers = [row[0] for row in rows]
    if len(word_index.known(database, connection, numbers)) < len(numbers):
        word_index.clear(database, connection, [word_index.SAMPLE])
    else:
        indexing.sample(database, connection, numbers)


_SAMPLE = Rule(
    kind="search.sample",
    what="articles are counted wrongly where facets are estimated: the index of sampled words differs",
    broken=_other_sample,
    mend=_sample,
)
