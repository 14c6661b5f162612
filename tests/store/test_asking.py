"""SQL that a person wrote: it reads, and does nothing else."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import open_store
from storage.errors import InvalidSql, StorageError, StoreBusy
from storage.hits import Answer
from storage.store import Store
from tests.depth import examples
from tests.emptystores import put_empty_store
from tests.keeping import add_article

CHANGES = (
    "DELETE FROM articles",
    "UPDATE articles SET site = 'x'",
    "INSERT INTO hosts (key, name) VALUES ('a', 'b')",
    "DROP TABLE articles",
    "CREATE TABLE x (a integer)",
    "CREATE TEMP TABLE x (a integer)",
    "VACUUM",
    "ATTACH 'x.db' AS x",
    "PRAGMA query_only = OFF",
    "PRAGMA user_version = 5",
    "BEGIN",
    "COMMIT",
    "SET TRANSACTION READ WRITE",
    "WITH x AS (SELECT 1) DELETE FROM articles",
    "SELECT 1; DROP TABLE articles",
    "EXPLAIN ANALYZE DELETE FROM articles",
    "/* SELECT */ DELETE FROM articles",
    "-- SELECT\nDELETE FROM articles",
    "COPY articles TO '/tmp/x'",
    "SELECT load_extension('x')",
    "",
    "  -- nothing",
)


def test_what_is_asked_is_answered(store: Store) -> None:
    add_article(store, "a", site="ä.example")
    answer = store.sql("SELECT id, site, NULL AS missing FROM v_articles")
    assert answer == Answer(columns=("id", "site", "missing"), rows=((1, "ä.example", None),))
    assert store.sql("SELECT 1 AS a, '100% ?' AS a WHERE 1 = 0").columns == ("a", "a")
    assert store.sql(
        "-- of all\n(SELECT '50% :x ?' AS a)" if store._database.postgres else "SELECT '50% :x ?'"
    )
    assert store.sql("WITH x AS (SELECT 2 AS n) SELECT n FROM x;").rows == ((2,),)
    assert store.sql("EXPLAIN SELECT 1").rows
    for view in ("v_articles", "v_stories", "v_sources", "v_polls"):
        assert store.sql(f"SELECT count(*) FROM {view}").columns


@pytest.mark.parametrize("statement", CHANGES)
def test_what_changes_anything_is_refused(store: Store, statement: str) -> None:
    add_article(store, "a")
    with pytest.raises(InvalidSql) as caught:
        store.sql(statement)
    assert "\n" not in str(caught.value)
    assert store.sql("SELECT count(*) FROM v_articles").rows == ((1,),)
    add_article(store, "b")  # the store can be written as before


@pytest.mark.parametrize("statement", ["SELECT nothing FROM v_articles", "SELECT * FROM nowhere", "SELECT ("])
def test_mistakes_are_told_in_one_line(store: Store, statement: str) -> None:
    with pytest.raises(InvalidSql, match=r"^sql: .+"):
        store.sql(statement)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("SELECT * FROM v_article", "; did you mean v_articles?"),
        ("SELECT * FROM Source", "; did you mean sources?"),
        ("SELECT titel FROM v_articles", "; did you mean title?"),
        ("SELECT a.sites FROM v_articles a JOIN v_sources s ON s.id = a.id", "; did you mean site?"),
    ],
)
def test_a_name_that_is_near_is_told(store: Store, statement: str, told: str) -> None:
    with pytest.raises(InvalidSql) as caught:
        store.sql(statement)
    assert str(caught.value).endswith(told)
    assert caught.value.__cause__ is not None
    with pytest.raises(InvalidSql) as caught, store.transaction():
        store.sql(statement)


@pytest.mark.parametrize(
    "statement", ["SELECT * FROM elsewhere", "SELECT xyz FROM v_articles", "SELECT qqq", "SELECT id FROM ("]
)
def test_no_name_is_told_where_none_is_near(store: Store, statement: str) -> None:
    with pytest.raises(InvalidSql) as caught:
        store.sql(statement)
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize(("statement", "word"), [("SELEC 1", "SELEC"), ("-- x\n(drop x", "drop"), (";", ";")])
def test_how_a_statement_may_begin_is_told(store: Store, statement: str, word: str) -> None:
    with pytest.raises(InvalidSql) as caught:
        store.sql(statement)
    more = ", TABLE" if store._database.postgres else ""
    assert str(caught.value) == (
        f"sql: only statements that read are run: SELECT, WITH, VALUES, EXPLAIN{more};"
        f" this one begins with {word!r}"
    )


def test_a_whole_table_is_read_where_there_is_a_statement_for_it(store: Store) -> None:
    if store._database.postgres:
        assert "site" in store.sql("TABLE v_articles").columns
    else:
        with pytest.raises(InvalidSql, match=r"EXPLAIN; this one begins with 'TABLE'$"):
            store.sql("TABLE v_articles")


@pytest.mark.parametrize(
    ("lite", "post"),
    [
        ("SELECT zeroblob(2000000000)", "SELECT chr(0)"),
        ("SELECT abs(value) FROM json_each('[1, -9223372036854775808]')", "SELECT nowhere.x()"),
        ("SELECT 1; SELECT 2", "SELECT repeat('x', 2000000000)"),
        ("SELECT json('x')", "SELECT 'infinity'::timestamptz"),
        ('SELECT 1 AS "x', "SELECT '0044-03-15 BC'::date"),
    ],
)
def test_a_value_that_cannot_be_is_a_mistake(store: Store, lite: str, post: str) -> None:
    with pytest.raises(InvalidSql, match=r"^sql: .+"):
        store.sql(post if store._database.postgres else lite)
    assert store.sql("SELECT 1").rows == ((1,),)


def test_it_ends(store: Store) -> None:
    endless = "WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT count(*) FROM x"
    with pytest.raises(StoreBusy):
        store.sql(endless, seconds=0.05)
    assert store.sql("SELECT 1").rows == ((1,),)


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), 0.0, -1.0])
def test_its_end_is_a_number_of_seconds(store: Store, seconds: float) -> None:
    with pytest.raises(InvalidSql, match=r"seconds: takes a number from 0\.001 to 86,400, not "):
        store.sql("SELECT 1", seconds=seconds)


def test_values_of_another_kind_are_refused(store: Store) -> None:
    with pytest.raises(InvalidSql, match=r"^sql: statement: takes a text, not None$"):
        store.sql(None)  # type: ignore[arg-type]  # it is what is tested
    with pytest.raises(InvalidSql, match=r"^sql: seconds: takes a number from .*, not '3'$"):
        store.sql("SELECT 1", seconds="3")  # type: ignore[arg-type]  # it is what is tested


def test_what_it_sets_is_forgotten(store: Store) -> None:
    if store._database.postgres:
        store.sql("SELECT set_config('search_path', 'pg_catalog', false)")
    assert store.sql("SELECT count(*) FROM v_articles").rows == ((0,),)


@pytest.fixture
def empty_file(tmp_path: Path) -> Path:
    put_empty_store(tmp_path / "kabar.db")
    return tmp_path / "kabar.db"


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40), st.sampled_from(["", "SELECT ", "SELECT 1;", "WITH a AS (", "PRAGMA "]))
def test_nothing_goes_wrong_otherwise(empty_file: Path, text: str, start: str) -> None:
    with open_store(f"sqlite:///{empty_file}") as opened, contextlib.suppress(StorageError):
        opened.sql(start + text)
