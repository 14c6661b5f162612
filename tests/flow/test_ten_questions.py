"""The ten questions of the documentation: its very code blocks, on one small store, give one answer."""

import contextlib
import io
import os
import re
import shlex
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import psycopg
import pytest

from crawler.cli.main import run
from storage import open_store
from tests.duck import scanner
from tests.questions import fill

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "answer-ten-questions.md"
ARTICLE = (0, 3, 4)
FACET = (1, 2)
SHOWN = {
    1: ARTICLE,
    2: (0, 5),
    3: FACET,
    4: ARTICLE,
    5: FACET,
    6: ARTICLE,
    7: (0, 4),
    8: FACET,
    9: FACET,
    10: ARTICLE,
}
"""Which columns of the shell's answer say what Python and SQL say."""
ANSWERS = {
    1: ["1 mandala.example Kabel laut putus"],
    2: ["1 Dana pelabuhan hilang", "2 Dana pelabuhan 47 miliar hilang"],
    3: ["bentala.example 1", "ledger.example 1", "mandala.example 2", "rayhan.example 1", "selat.example 1",
        "senja.example 2"],
    4: ["7 bentala.example London banjir", "6 senja.example Inggris memilih"],
    5: ["bentala.example 1", "senja.example 1"],
    6: ["9 rayhan.example Menteri mundur"],
    7: ["4 selat", "5 arung", "7 rayhan"],
    8: ["2026-11-22 2", "2026-11-16 3"],
    9: ["Ratih Wulan 2", "Laksmi Arung 1"],
    10: ["10 senja.example Harga beras naik"],
}  # fmt: skip
UNORDERED = {3}


@pytest.fixture(scope="module", params=("sqlite", "postgres"))
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url = f"sqlite:///{tmp_path_factory.mktemp('questions') / 'kabar.db'}"
    name = f"ten_questions_{os.getpid()}"  # other processes of the tests have the same server
    if request.param == "postgres":
        running = request.getfixturevalue("postgres")
        running.run(f"CREATE DATABASE {name}")
        url = running.url(name)
    with open_store(url) as store:
        fill(store)
    yield url
    if request.param == "postgres":  # a worker that takes over tests from others may come here again
        running.run(f"DROP DATABASE {name} WITH (FORCE)")


def sections() -> dict[str, str]:
    """Return what the page says of each question, by its number."""
    cut = re.split(r"^## (\d+)\. .*$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(cut[1::2], cut[2::2], strict=True))


def blocks(number: int) -> dict[str, str]:
    """Return the code blocks of a question by language; that of the shell has none."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", sections()[str(number)], flags=re.MULTILINE | re.DOTALL)
    assert [language for language, _ in found] == ["", "python", "sql"]
    return dict(found)


def in_the_shell(url: str, *arguments: str) -> list[list[str]]:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert run(["--database", url, *arguments]) == 0
    return [line.split("\t") for line in out.getvalue().splitlines()]


def in_python(url: str, code: str) -> list[list[str]]:
    with open_store(url) as store, contextlib.redirect_stdout(io.StringIO()) as out:
        exec(code, {"store": store})
    return [line.split("\t") for line in out.getvalue().splitlines()]


def in_sql(url: str, statement: str) -> list[list[str]]:
    """Ask as other programs do: through the driver of the database."""
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            rows: list[tuple[object, ...]] = file.execute(statement).fetchall()
    else:
        with psycopg.connect(url) as server:
            rows = server.execute(statement.encode()).fetchall()
    return [[str(value) for value in row] for row in rows]


def as_postgres_writes_it(number: int, statement: str) -> str:
    """Put what the page says that PostgreSQL wants in place of what it says it for."""
    said = " ".join(sections()[str(number)].split())
    for written, usual in re.findall(r"PostgreSQL writes `(.+?)` for `(.+?)`", said):
        assert usual in statement
        statement = statement.replace(usual, written)
    return statement


@pytest.mark.parametrize("number", range(1, 11))
def test_shell_python_and_sql_agree(url: str, number: int) -> None:
    code = blocks(number)
    _, *arguments = shlex.split(code[""])
    shell = [[row[at] for at in SHOWN[number]] for row in in_the_shell(url, *arguments)]
    python = in_python(url, code["python"])
    statement = code["sql"] if url.startswith("sqlite") else as_postgres_writes_it(number, code["sql"])
    asked = in_the_shell(url, "sql", statement)
    told = [" ".join(row) for row in shell]
    assert (sorted(told) if number in UNORDERED else told) == ANSWERS[number]
    assert python == shell
    assert asked == in_sql(url, statement) == shell


def test_there_are_ten(url: str) -> None:
    assert len(re.findall(r"^## \d+\. ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)) == 10


MORE = PAGE.with_name("ask-more-in-sql.md")
MORE_ANSWERS = {
    "Who is cited most?": ["The Guardian 3"],
    "Which tags rose this week?": ["kabel 2 0", "laut 1 1"],
    "Who copies whom?": [
        *("senja.example mandala.example 2", "arung.example selat.example 1"),
        "bentala.example mandala.example 1",
    ],
    "Which stories did at least three outlets carry?": ["1 3 Kabel laut putus"],
    "Which headlines were changed?": ["4 Dana pelabuhan hilang Dana pelabuhan 47 miliar hilang"],
    "How much of a site is behind a paywall?": ["ledger.example 2 50"],
    "At what hour of the day do sites publish?": [
        *("02 1", "04 1", "06 1", "07 3", "08 1", "09 1", "10 3", "11 1", "12 1"),
    ],
    "How soon does kabar see what a site publishes?": [
        "arung.example 1 10", "bentala.example 2 10", "ledger.example 2 10", "mandala.example 2 10",
        "rayhan.example 1 10", "selat.example 1 10", "senja.example 4 10",
    ],
}  # fmt: skip


def in_dialect(statement: str) -> str:
    """Write a statement of SQLite as the page says that PostgreSQL wants it."""
    minutes = r"\(julianday\((\S+)\) - julianday\((\S+)\)\) \* 1440"
    statement = re.sub(
        r"json_each\((\S+)\) AS (\w+)", r"json_array_elements_text(\1::json) AS \2(value)", statement
    )
    statement = re.sub(minutes, r"extract(epoch FROM \1::timestamptz - \2::timestamptz) / 60", statement)
    return statement.replace("item.value ->>", "item.value::json ->>")


NUMBERS = r"\b(s\.articles|s\.outlets|\w+\.revision|paywalled)\b(?! IS)"


def in_duckdb(statement: str) -> str:
    """Write it as the page says that DuckDB wants it."""
    minutes = r"\(julianday\((\S+)\) - julianday\((\S+)\)\) \* 1440"
    statement = re.sub(r"json_each\((\S+)\) AS (\w+)", r"unnest(\1::JSON::VARCHAR[]) AS \2(value)", statement)
    statement = re.sub(minutes, r"date_diff('minute', \2::TIMESTAMPTZ, \1::TIMESTAMPTZ)", statement)
    statement = re.sub(NUMBERS, r"\1::INT", statement)
    return statement.replace("item.value ->>", "item.value::JSON ->>")


def more_questions() -> dict[str, str]:
    page = MORE.read_text(encoding="utf-8")
    questions = dict(re.findall(r"^## (.+?)$.*?^```sql\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL))
    assert questions.keys() == MORE_ANSWERS.keys()
    return questions


def test_what_is_asked_in_sql_alone(url: str) -> None:
    for question, statement in more_questions().items():
        rows = in_sql(url, statement if url.startswith("sqlite") else in_dialect(statement))
        assert told(rows) == MORE_ANSWERS[question], question


def told(rows: Iterable[Iterable[object]]) -> list[str]:
    return [" ".join(str(value).removesuffix(".0") for value in row) for row in rows]


def test_what_is_asked_in_sql_alone_of_duckdb(url: str) -> None:
    if not url.startswith("sqlite"):
        pytest.skip("DuckDB is tried with the file")
    questions = more_questions()
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
        connection.execute(f"LOAD '{scanner()}'")
        connection.execute(f"ATTACH '{url.removeprefix('sqlite:///')}' AS kabar (TYPE sqlite, READ_ONLY)")
        connection.execute("USE kabar")
        for question, statement in questions.items():
            rows = connection.execute(in_duckdb(statement)).fetchall()
            assert told(rows) == MORE_ANSWERS[question], question


def test_what_each_database_writes_is_as_the_table_says() -> None:
    rows = re.findall(
        r"^\| [a-z ]+ \| `(.+?)` \| `(.+?)` \| `(.+?)` \|$",
        MORE.read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    assert [in_dialect(sqlite) for sqlite, _, _ in rows] == [postgres for _, postgres, _ in rows]
    assert [in_duckdb(sqlite) for sqlite, _, _ in rows] == [duck for _, _, duck in rows]
    with duckdb.connect() as connection:
        times = "'2026-11-16T10:00:00Z' AS sorted_at, '2026-11-16T10:10:00Z' AS first_seen_at"
        a = f"""SELECT '["x"]' AS tags, {times}"""
        (items, _, name, minutes) = (duck for _, _, duck in rows)
        asked = f"SELECT tag.value, {minutes} FROM ({a}) AS a, {items}"
        assert connection.execute(asked).fetchall() == [("x", 10)]
        item = """SELECT '{"name": "y"}' AS value"""
        assert connection.execute(f"SELECT {name} FROM ({item}) AS item").fetchall() == [("y",)]
