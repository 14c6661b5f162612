"""Values of another kind than their columns, as other programs write them into SQLite."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Table

from storage import open_store
from storage.errors import ValueDamaged
from storage.hits import Filters
from storage.store import Store
from storage.tables import metadata
from tests.fullstore import fill


@pytest.fixture
def lite() -> Iterator[Store]:
    with open_store("sqlite://") as store:
        yield store


def write(store: Store, statement: str) -> None:
    with store._database.write() as connection:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        connection.exec_driver_sql(statement)


@contextmanager
def undone(store: Store) -> Iterator[None]:
    """Undo what is written inside the block."""
    with store._database.write() as connection, connection.begin_nested() as point:
        yield
        point.rollback()


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_a_check_finds_them_in_every_column(lite: Store, table: Table) -> None:
    fill(lite)
    has_number = table.dialect_options["sqlite"]["with_rowid"] and "id" in table.c
    for column in table.c:
        if column.primary_key and (has_number or column.type.python_type is int):
            continue  # SQLite itself takes no text for the number of a row
        wrong = "x'00ff'" if column.type.python_type is str else "'abc'"
        one = f"(SELECT min({column.name}) FROM {table.name})"
        with undone(lite):
            where = f"{column.name} = {one} OR {column.name} IS NULL"
            write(lite, f"UPDATE {table.name} SET {column.name} = {wrong} WHERE {where}")
            found = next(finding for finding in lite.check() if finding.kind == f"{table.name}.value")
            assert f"({column.name})" in found.examples[0]
            assert (lite.misfit(seconds=60) or "").startswith(f"{table.name} ")
    for column in [column for column in table.c if column.type.python_type is float]:
        with undone(lite):
            write(lite, f"UPDATE {table.name} SET {column.name} = 1e300")
            assert f"({column.name})" in (lite.misfit(seconds=60) or "")
    assert lite.misfit(seconds=60) is None


@pytest.mark.parametrize(
    "change",
    [
        "articles SET first_seen_at = 'abc' WHERE id = 2",
        "articles SET edits = 'abc' WHERE id = 2",
        "articles SET withdrawn_at = 1e300 WHERE id = 2",
        "revisions SET word_count = 'abc' WHERE article_id = 2",
        "revisions SET title = x'00ff' WHERE article_id = 2",
        "revisions SET tags = '' WHERE article_id = 2",
        "revisions SET text = CAST(x'61ff62' AS TEXT) WHERE article_id = 2",
    ],
)
def test_an_article_that_cannot_be_read_is_told_and_the_others_are_exported(lite: Store, change: str) -> None:
    numbers = fill(lite)
    write(lite, f"UPDATE {change}")
    for read in (lite.articles.get, lite.articles.revisions):
        if change.startswith("articles") and read == lite.articles.revisions:
            continue
        told = r"the store sqlite://.* holds .* belongs: .*`kabar db check`"
        with pytest.raises(ValueDamaged, match=told) as error:
            read(2)
        assert not error.value.transient
    batches = [*lite.exports.batches(Filters(sort="oldest"))]
    assert sum(batch.lost for batch in batches) == 1
    found = [article.id for batch in batches for article in batch.articles]
    assert sorted(found) == sorted({*numbers} - {2})


@pytest.mark.parametrize(
    "change",
    ["citations = '{}'", "authors = '[broken'", "reservations = '[]'", "lead = CAST(x'c3' AS TEXT)"],
)
def test_texts_that_are_none_are_found(lite: Store, change: str) -> None:
    fill(lite)
    write(lite, f"UPDATE revisions SET {change} WHERE article_id = 2")
    found = [finding for finding in lite.check() if finding.kind == "revisions.value"]
    assert f"({change.partition(' ')[0]})" in found[0].examples[0]


def test_sound_stores_have_none(store: Store) -> None:
    fill(store)
    assert store.misfit(seconds=60) is None
