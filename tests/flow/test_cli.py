"""The reading commands on a real store: what they print, where, and how they end."""

import csv
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest

from crawler import rhythm as rhythms
from crawler.cli import search
from crawler.cli.main import COMMANDS, kabar, run
from crawler.record import FIELDS
from crawler.rhythm import News
from storage import facets, open_store, tables
from storage.hits import Facet
from storage.store import Store
from tests.kept import NEWS, Kept, fill

ROOT = Path(__file__).resolve().parents[2]


class Done(NamedTuple):
    """How a run ended: exit code, stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[list[str]]:
        return [line.split("\t") for line in self.out.splitlines()]

    @property
    def values(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Tell = Callable[..., Done]


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of the machine, no configuration in the working directory."""
    for name in list(os.environ):
        if name.startswith("KABAR_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'kabar.db'}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """The test's store; name ``kept`` before it to have it filled."""
    with open_store(url) as opened:
        yield opened


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Kept]:
    """A store filled once, to be copied."""
    path = tmp_path_factory.mktemp("filled") / "kabar.db"
    with open_store(f"sqlite:///{path}") as opened:
        return path, fill(opened)


@pytest.fixture
def kept(filled: tuple[Path, Kept], tmp_path: Path) -> Kept:
    path, kept = filled
    shutil.copy(path, tmp_path / "kabar.db")
    return kept


@pytest.fixture
def tell(url: str, capsys: pytest.CaptureFixture[str]) -> Tell:
    """Run a command line in this process on the test's store."""

    def told(*arguments: str) -> Done:
        capsys.readouterr()
        code = run(["--database", url, *arguments])
        return Done(code, *capsys.readouterr())

    return told


@pytest.fixture
def _jakarta(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine in Jakarta: days begin there earlier than in UTC."""
    monkeypatch.setenv("TZ", "Asia/Jakarta")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def spawn(arguments: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command line in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("environment", {})}
    command = [sys.executable, "-m", "crawler", *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False, **options
    )


# The program


def test_help_names_every_command_with_its_first_sentence(tell: Tell) -> None:
    done = tell("--help")
    assert done.code == 0
    for name, sentence in COMMANDS.items():
        assert f"  {name} " in done.out
        assert sentence in " ".join(done.out.split())
        command = kabar.get_command(click.Context(kabar), name)
        assert command is not None
        assert command.get_short_help_str(200).rstrip(".") == sentence.rstrip(".")


@pytest.mark.parametrize("group", ["sources", "stories", "db"])
def test_help_of_a_group_leaves_no_sentence_unfinished(tell: Tell, group: str) -> None:
    done = tell(group, "--help")
    assert done.code == 0
    assert "..." not in done.out.partition("Commands:")[2]


def test_version(tell: Tell) -> None:
    from crawler import __version__

    assert tell("--version") == (0, f"kabar {__version__}\n", "")


def test_without_a_command_the_help_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    caught = capsys.readouterr()
    assert caught.out == ""
    assert "Commands:" in caught.err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["serach"], "no such command: serach. Did you mean search? `kabar --help` shows"),
        (["search", "--jsno"], "--json"),
        (["search", "--since", "soon"], "write 2026-11-23"),
        (["show"], "Missing argument 'ARTICLE'"),
        (["show", "nonsense"], "neither an article's number nor a URL"),
        (["why", "nonsense"], "is no URL"),
        (["search", "beras after:soon"], "column 7"),
        (["search", "-beras"], "column 1"),
        (["search", "beras site: news.test"], "column 7: site: has no value"),
        (["search", 'beras "naik lagi'], "column 7: the quote that begins here is never closed"),
        (["search", "***"], "no word or number in it"),
        (["export", "--site", ""], "site: has no value"),
        (["search", "--cursor", "nonsense"], "cursor"),
        (["export", "-o", "a.xlsx"], "end it in .jsonl, .csv, .parquet, .rss, .atom, .md or .warc"),
        (["export", "--safe"], "--safe is for CSV, and this is jsonl"),
        (["export", "--format", "rss", "--link", "x"], "--link 'x' is no web address"),
        (["export", "--since", "2026-12-01", "--until", "2026-11-01"], "--since lies behind --until"),
        (["search", "--json", "--format", "csv"], "--json and --format csv contradict each other"),
        (["search", "--facets", "--count"], "--count and --facets contradict each other"),
        (["search", "--facet", "site", "-o", "a.csv"], "--facet counts, and lists nothing"),
        (["show", "1", "--diff", "--revisions"], "--revisions and --diff are shown one at a time"),
        (["show", "1", "word"], "'word' is one too many"),
        (["show", "1", "--diff", "0"], "0 is not in the range x>=1"),
        (["show", "1", "--diff", "1", "word"], "by their numbers, which 'word' is not"),
        (["show", "1", "--raw", "-o", ""], "it needs the name of a file; - is stdout"),
        (["search", "-o", ""], "it needs the name of a file; - is stdout"),
        (["sql", "select 1", "-o", ""], "it needs the name of a file; - is stdout"),
        (["export", "-o", "", "--format", "markdown"], "-o needs the name of a file or a folder"),
        (["sql", "select 1", "--timeout", "nan"], "'nan' is no number of seconds"),
        (["read", ""], "there is no file ''"),
        (["sources", "export", "-o", "a.opml", "--format", "csv"], "the suffix is that of opml, not of csv"),
        (["db", "check", "--repair", "--rescue", "x.db"], "give one of them"),
        (["export", "--title", "x"], "for feeds, and this is jsonl: give --format rss or atom or jsonfeed"),
        (
            ["export", "--format", "csv", "--link", "http://a.test/"],
            "--link is for feeds, and this is csv",
        ),
        (["sources", "set", "1"], "nothing to change"),
        (["sources", "set", "1", "--country", "zzz"], "--country: 'zzz' is no code of a country"),
        (["sources", "set", "1", "--language", "jp"], "did you mean ja?"),
        (["sources", "exprot"], "no such command: exprot. Did you mean export? `kabar sources --help`"),
        (["sources", "antara"], "no such command: antara; `kabar sources show antara` shows one source"),
        (["sources", "remove", "1"], "give --yes"),
        (["crawl", "--no-store"], "--no-store keeps nothing"),
        (["add", "http://a.test/", "http://b.test/", "--title", "x"], "one URL only"),
        (["--config", "no.toml", "settings"], "no.toml"),
    ],
)
@pytest.mark.usefixtures("kept")
def test_wrong_usage_is_2_and_one_line(tell: Tell, arguments: list[str], part: str) -> None:
    done = tell(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("kabar: ")
    assert part in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["sources", "export", "-o"], "-o"),
        (["sources", "import"], "FILE..."),
        (["stories", "-o"], "-o"),
        (["stories", "--manifest"], "--manifest"),
        (["read", "--manifest"], "--manifest"),
        (["demo", "--directory"], "--directory"),
        (["db", "backup"], "FILE"),
        (["db", "copy", "kabar.db"], "TO"),
        (["db", "check", "--rescue"], "--rescue"),
        (["settings", "--config"], "--config"),
        (["settings", "--database"], "--database"),
    ],
)
def test_an_empty_name_is_refused(
    tell: Tell, kept: Kept, tmp_path: Path, arguments: list[str], option: str
) -> None:
    done = tell(*arguments, "")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith(f"kabar: Invalid value for '{option}'")
    assert "it needs the name" in done.err or "it is empty, and names nothing" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["kabar.db"]


@pytest.mark.parametrize(
    ("closed", "arguments", "code"),
    [
        ("1", ["search", "beras"], 1),
        ("1", ["sql", "SELECT 1", "--format", "csv"], 1),
        ("1", ["search", "nowhere"], 0),
        ("1", ["search", "beras", "-o", "a.csv"], 0),
        ("1", ["search", "nowhere", "--fail-on-empty"], 3),
        ("2", ["serach"], 2),
        ("0", ["sql"], 2),
    ],
)
def test_a_closed_stream_is_the_null_device(
    kept: Kept, url: str, closed: str, arguments: list[str], code: int
) -> None:
    command = [sys.executable, "-m", "crawler", "--database", url, *arguments]
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}>&-', "sh", *command],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code
    said = "kabar: the output cannot be written: stdout is closed\n"
    assert done.stderr.endswith(said) is (code == 1)
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr


def test_a_name_that_is_no_utf_8_is_refused(tell: Tell, kept: Kept, tmp_path: Path) -> None:
    for arguments in (
        ["--database", "sqlite:///\udcff.db", "search"],
        ["db", "backup", f"{tmp_path}/\udcff"],
    ):
        done = tell(*arguments)
        assert (done.code, "its name has to be text in UTF-8" in done.err) == (1, True)


def test_numbers_no_database_holds_are_refused(tell: Tell, kept: Kept) -> None:
    for arguments in (["sources", "show", "1", "--polls"], ["stories", "--min"]):
        assert tell(*arguments, "99999999999999999999").code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "--format", "csv"],
        ["stories", "--format", "csv"],
        ["sql", "select 1", "--format", "csv"],
        ["sources", "export"],
        ["export"],
    ],
)
def test_a_dash_is_stdout(tell: Tell, kept: Kept, tmp_path: Path, arguments: list[str]) -> None:
    done = tell(*arguments, "-o", "-")
    assert (done.code, done.out) == (0, tell(*arguments).out)
    assert done.out
    assert not (tmp_path / "-").exists()


@pytest.mark.parametrize(
    "command", ["search", "search --count", "search --facets", "export", "stories", "stories --count"]
)
def test_a_source_that_is_none_is_told(tell: Tell, kept: Kept, command: str) -> None:
    done = tell(*command.split(), "--source", "nosuch")
    assert (done.code, done.out) == (0, "0\n" if "--count" in command else "")
    assert "no source is meant by 'nosuch'" in done.err
    assert "no source" not in tell(*command.split(), "nosuch", "--source", "news").err
    done = tell(*command.split(), "--site", "news", "--language", "xx")
    assert "no article has the site 'news': `kabar search --facet site` lists them\n" in done.err
    assert "no article has the language 'xx'" in done.err
    assert "there is no story 2: `kabar show ARTICLE --story`" in tell(*command.split(), "--story", "2").err
    assert "no article" not in tell(*command.split(), "nosuch", "--site", "news.test", "--language", "id").err
    asked = ("source:nosuch", "site:nosuch.example", "language:xx", "story:2", "-lang:yy")
    done = tell(*command.split(), *asked)
    for told in ("meant by 'nosuch'", "site 'nosuch.example'", "language 'xx'", "no story 2"):
        assert told in done.err
    assert "yy" not in done.err


@pytest.mark.parametrize(
    "command", ["search", "search --count", "search --facets", "export", "stories", "stories --count"]
)
def test_a_field_that_is_none_is_told_where_nothing_is_found(tell: Tell, kept: Kept, command: str) -> None:
    done = tell(*command.split(), "titel:nosuch", "since:7d", "foo:nosuch")
    assert "titel: is no field, so it was searched as a word; did you mean title:?\n" in done.err
    assert "did you mean after:?\n" in done.err
    assert "foo:" not in done.err
    assert "is no field" not in tell(*command.split(), "nosuch", "https://nosuch.example/", "12:30").err
    assert tell("--quiet", *command.split(), "titel:nosuch").err == ""


def test_a_full_disk_is_named_with_the_file(tell: Tell, kept: Kept) -> None:
    done = tell("export", "-o", "/dev/full", "--format", "jsonl")
    assert (done.code, done.err) == (1, "kabar: /dev/full: No space left on device\n")


def test_an_empty_tag_takes_all_tags_away(tell: Tell, kept: Kept, store: Store) -> None:
    assert tell("sources", "set", "1", "--tag", "a", "--tag", "").code == 0
    assert store.sources.get(1).tags == ("a",)
    assert tell("sources", "set", "1", "--tag", "").code == 0
    assert store.sources.get(1).tags == ()


def test_wrong_settings_are_2(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KABAR_FETCH__TIMEOUT", "-1")
    assert tell("status").code == 2
    monkeypatch.setenv("KABAR_FETCH__TIMEOUT", "1")
    monkeypatch.setenv("KABAR_FETCH__TIMEUOT", "1")
    done = tell("status")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "did you mean KABAR_FETCH__TIMEOUT?" in done.err


def test_a_store_that_is_not_there_is_1_and_says_what_to_do(tell: Tell, tmp_path: Path) -> None:
    done = tell("search")
    assert (done.code, done.out) == (1, "")
    assert "there is no such file" in done.err
    assert "`kabar add URL`" in done.err
    assert done.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == [], "looking creates nothing"


def test_a_bug_is_70_with_its_traceback_under_verbose(
    tell: Tell, monkeypatch: pytest.MonkeyPatch, kept: Kept
) -> None:
    monkeypatch.setattr("crawler.cli.show.record", lambda article: article.no_such_thing)
    done = tell("show", "1", "--json")
    assert (done.code, done.out, done.err.count("\n")) == (70, "", 1)
    assert "no_such_thing" in done.err
    assert "--verbose" in done.err
    done = tell("show", "1", "--json", "--verbose")
    assert done.code == 70
    assert done.err.startswith("Traceback")


def test_what_stumbles_over_text_in_a_number_column_is_no_bug(tell: Tell, kept: Kept, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "kabar.db") as connection:
        connection.execute("UPDATE articles SET story_id = 'abc' WHERE id = 1")
    connection.close()
    done = tell("search", "--facets")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert f"{tmp_path / 'kabar.db'} holds values of a wrong kind, as in articles 1 (story_id)" in done.err
    assert "`kabar db check` says where" in done.err
    assert tell("show", "1").code == 1
    done = tell("export")
    assert (done.code, len(done.out.splitlines())) == (4, 3)
    assert "1 more article cannot be read: `kabar db check`" in done.err
    done = tell("db", "check", "--repair")
    assert (done.code, done.out.split(":")[0]) == (1, "articles.value")
    assert "(1 (story_id))" in done.out


def test_ctrl_c_is_130(tell: Tell, monkeypatch: pytest.MonkeyPatch, kept: Kept) -> None:
    def interrupted(article: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("crawler.cli.show.record", interrupted)
    done = tell("show", "1", "--json")
    assert (done.code, done.err.strip()) == (130, "kabar: interrupted")


def test_a_foreign_storage_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "storage").mkdir()
    (tmp_path / "storage" / "__init__.py").write_text("", encoding="utf-8")
    done = spawn(["settings"], cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert str(tmp_path / "storage") in done.stderr


def test_a_reader_that_goes_away_early_is_no_failure(url: str, kept: Kept) -> None:
    line = f"{sys.executable} -m crawler --database {url} search --json"
    for reader in ("head -n 1", "true"):
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {line} | {reader}"],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [["--help"], ["search"], ["export", "--quiet"]])
def test_a_full_disk_behind_stdout_is_1(url: str, kept: Kept, arguments: list[str]) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "crawler", "--database", url, *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    told = "kabar: the output cannot be written: No space left on device\n"
    assert (done.returncode, done.stderr) == (1, told)


def test_a_store_in_memory_is_simply_empty(tell: Tell) -> None:
    for memory in ("sqlite://", "sqlite:///:memory:"):
        assert tell("search", "--database", memory) == (0, "", "")


# search


def test_search_lists_the_newest_first_as_plain_lines(tell: Tell, kept: Kept) -> None:
    done = tell("search")
    assert done.code == 0
    assert [line[0] for line in done.lines] == ["2", "4", "3", "1"]
    one = done.lines[3]
    assert one == [
        "1", "2026-11-02T01:15:00+07:00", "id", "news.test", "Harga beras turun 1", "http://news.test/revised",
    ]  # fmt: skip
    assert done.lines[2][4] == "Owned�[31m� gnp.exe by an advertiser"
    assert datetime.fromisoformat(done.lines[0][1]).tzinfo is not None, (
        "first sight, where publication is unknown"
    )


def test_search_json_is_a_record_a_line(tell: Tell, kept: Kept) -> None:
    values = tell("search", "--json").values
    assert all(list(value) == list(FIELDS) for value in values)
    assert values[2]["title"] == "Owned\x1b[31m\x07 \u202egnp.exe\tby\nan advertiser", "data stays as it is"
    assert "\x1b" not in tell("search", "--json").out
    assert tell("search", "--format", "jsonl").values == values


@pytest.mark.usefixtures("kept")
def test_sql_is_answered_in_every_form(tell: Tell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = "SELECT id, language, NULL AS x FROM v_articles WHERE id > 2 ORDER BY id"
    assert tell("sql", asked).lines == [["3", "id", ""], ["4", "ja", ""]]
    values = [{"id": 3, "language": "id", "x": None}, {"id": 4, "language": "ja", "x": None}]
    assert tell("sql", asked, "--json").values == values
    assert tell("sql", asked, "--format", "csv").out.splitlines() == ["id,language,x", "3,id,", "4,ja,"]
    assert tell("sql", asked, "-o", str(tmp_path / "x.jsonl")).code == 0
    assert [json.loads(row) for row in (tmp_path / "x.jsonl").read_text().splitlines()] == values
    monkeypatch.setattr("sys.stdin", io.StringIO("SELECT 1, 2.5, x'00ff'"))
    assert tell("sql").lines == [["1", "2.5", "00ff"]]
    assert tell("sql", "SELECT 1 WHERE 1 = 0", "--fail-on-empty").code == 3
    twice = "SELECT 1 AS id, 2 AS id, 3 AS id_2, 4 AS id"
    assert tell("sql", twice, "--json").values == [{"id": 1, "id_3": 2, "id_2": 3, "id_4": 4}]
    assert tell("sql", twice, "-o", str(tmp_path / "y.jsonl")).code == 0
    assert json.loads((tmp_path / "y.jsonl").read_text()) == {"id": 1, "id_3": 2, "id_2": 3, "id_4": 4}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["DELETE FROM articles"], "only statements that read are run"),
        (["SELECT * FROM nowhere"], "sql: no such table: nowhere"),
        (["SELECT 1", "-o", "x.xls"], "the suffix names no format"),
        (["SELECT 1; SELECT 2"], "sql: "),
    ],
)
@pytest.mark.usefixtures("kept")
def test_sql_that_cannot_be_run_is_refused_in_one_line(tell: Tell, arguments: list[str], said: str) -> None:
    done = tell("sql", *arguments)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert said in done.err


@pytest.mark.usefixtures("kept")
def test_sql_without_an_end_says_how_to_give_it_longer(tell: Tell) -> None:
    endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
    done = tell("sql", endless, "--timeout", "0.05")
    assert done == (1, "", "kabar: sql: stopped after 0.05 s; --timeout gives it longer\n")


@pytest.mark.usefixtures("kept")
def test_search_counts_what_is_found_by_facets(tell: Tell) -> None:
    lines = tell("search", "beras", "--facets").lines
    assert [line[0] for line in lines if line[1] != "2"][:3] == ["site", "language", "language"]
    assert ["site", "news.test", "3", ""] in lines
    assert ["story", "1", "2", "Harga beras turun 1"] in lines
    chosen = ("--facet", "language", "--facet", "site", "--most", "1", "--json")
    assert tell("search", "beras", *chosen).values == [
        {"facet": "language", "value": "id", "count": 2, "exact": True, "title": None},
        {"facet": "site", "value": "news.test", "count": 3, "exact": True, "title": None},
    ]
    assert tell("search", "nowhere", "--facets", "--fail-on-empty").code == 3


@pytest.mark.usefixtures("kept")
def test_search_says_what_is_an_estimate(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Facet(value="news.test", count=12_448, exact=False)
    monkeypatch.setattr(facets, "counted", lambda *_, exact, **__: {"site": [replace(told, exact=exact)]})
    asked = ("search", "--facet", "site")
    estimates = "estimates from an even sample of what was found; --exact counts every article\n"
    assert tell(*asked) == (0, "site\tnews.test\t12448\t\n", estimates)
    assert tell(*asked, "--exact") == (0, "site\tnews.test\t12448\t\n", "")
    assert [value["exact"] for value in tell(*asked, "--json").values] == [False]
    assert search._counted(told) == "about 12,000"


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        (["beras"], [2, 3, 1]),
        (["beras", "turun"], [1]),
        (["beras", "-turun", "--sort", "oldest"], [3, 2]),
        (['"pasar sepi"'], [1]),
        (["--language", "ja"], [4]),
        (["--site", "asing.test"], [4]),
        (["--author", "budi"], [4, 3, 1]),
        (["--source", "News Test"], [2, 3, 1]),
        (["--story", "1"], [2, 1]),
        (["--since", "2026-11-04", "--until", "2026-11-04"], [3]),
        (["--until", "2026-11-02"], [1]),
        (["--until", "2026-11-02T01:15"], [1]),
        (["--until", "2026-11-02T01:14:59"], []),
        (["--sort", "oldest", "--limit", "2"], [1, 3]),
        (["notfound"], []),
    ],
)
@pytest.mark.usefixtures("kept", "_jakarta")
def test_search_filters(tell: Tell, arguments: list[str], ids: list[int]) -> None:
    done = tell("search", *arguments, "--json")
    assert [value["id"] for value in done.values] == ids
    assert done.code == 0


def test_the_next_page_is_a_command_on_stderr(tell: Tell, kept: Kept, url: str) -> None:
    done = tell("search", "beras", "--limit", "2")
    assert [line[0] for line in done.lines] == ["2", "3"]
    assert done.err.startswith(f"more: kabar --database {url} search --cursor ")
    cursor = done.err.split("--cursor ")[1].split()[0]
    done = tell("search", "--cursor", cursor, "beras", "--limit", "2")
    assert ([line[0] for line in done.lines], done.err) == (["1"], "")


def test_count(tell: Tell, kept: Kept) -> None:
    assert tell("search", "beras", "--count").out == "3\n"
    assert tell("search", "beras", "--count", "--json").values == [{"count": 3}]
    assert tell("search", "nothing", "--count", "--fail-on-empty").code == 3


@pytest.mark.parametrize("command", ["search", "export"])
def test_nothing_found_is_3_when_asked_for(tell: Tell, kept: Kept, command: str) -> None:
    assert tell(command, "nothing").code == 0
    done = tell(command, "nothing", "--fail-on-empty")
    assert (done.code, done.out) == (3, "")
    assert tell(command, "beras", "--fail-on-empty").code == 0


@pytest.mark.parametrize("name", ["found.csv", "found.jsonl"])
def test_search_to_a_file(tell: Tell, kept: Kept, tmp_path: Path, name: str) -> None:
    done = tell("search", "beras", "-o", name)
    assert (done.code, done.out, done.err) == (0, "", f"3 written to {name}\n")
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert len(list(csv.DictReader(text.splitlines())) if name.endswith("csv") else text.splitlines()) == 3


# show


def test_show_is_the_article_in_plain_text(tell: Tell, kept: Kept) -> None:
    done = tell("show", "1")
    assert done.code == 0
    assert done.out.startswith("Harga beras turun 1\n\narticle\t1\npublished\t2026-11-02 01:15 +07:00\n")
    assert "by\tAni, Budi\n" in done.out
    assert done.out.endswith("Harga beras naik di Jakarta. Pasar sepi.\n\nParagraf kedua nomor 1.\n")


def test_show_takes_any_url_that_led_there(tell: Tell, kept: Kept) -> None:
    for url in (
        "http://news.test/revised",
        "https://www.news.test/revised?utm_source=x",
        "http://news.test/again",
    ):
        assert tell("show", url, "--json").values[0]["id"] == 1, url


def test_show_neutralises_what_was_stored(tell: Tell, kept: Kept) -> None:
    out = tell("show", "3").out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "the text is the feed's own" in out


def test_show_of_what_is_not_there_is_1(tell: Tell, kept: Kept) -> None:
    for ref in ("99", "9" * 5000):
        done = tell("show", ref)
        assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    done = tell("show", "http://news.test/nowhere")
    assert done.code == 1
    assert "`kabar why http://news.test/nowhere`" in done.err


def test_revisions(tell: Tell, kept: Kept) -> None:
    done = tell("show", "1", "--revisions")
    assert [(line[0], line[3], line[5]) for line in done.lines] == [
        ("1", "", "Harga beras naik 1"),
        ("2", "title, text", "Harga beras turun 1"),
    ]
    values = tell("show", "1", "--revisions", "--json").values
    assert [value["revision"] for value in values] == [1, 2]
    assert [value["changed"] for value in values] == [[], ["title", "text"]]
    assert values[0]["changed_share"] is None
    assert 0 < values[1]["changed_share"] < 0.5


def test_diff(tell: Tell, kept: Kept) -> None:
    done = tell("show", "1", "--diff")
    lines = done.out.splitlines()
    assert lines[0].startswith("--- revision 1, seen 20")
    assert lines[1].startswith("+++ revision 2, seen 20")
    assert lines[2:5] == [
        "title: Harga beras [-naik-]{+turun+} 1",
        "",
        "Harga beras naik di Jakarta. Pasar [-ramai-]{+sepi+}.",
    ]
    assert tell("show", "--diff", "2", "1").out == tell("show", "1", "--diff", "1", "2").out == done.out
    back = tell("show", "1", "--diff", "2", "1").out.splitlines()
    assert back[2] == "title: Harga beras [-turun-]{+naik+} 1"
    value = tell("show", "1", "--diff", "--json").values[0]
    assert (value["id"], value["from"], value["to"], value["changed"]) == (1, 1, 2, ["title", "text"])
    assert value["diff"] == lines
    assert value["fields"]["title"] == [
        ["same", "Harga beras "], ["gone", "naik"], ["new", "turun"], ["same", " 1"],
    ]  # fmt: skip


def test_diff_of_revisions_that_are_not_there(tell: Tell, kept: Kept) -> None:
    assert tell("show", "2", "--diff").code == 2
    assert "nothing before revision 1" in tell("show", "1", "--diff", "1").err
    for numbers in (["7"], ["1", "7"], ["7", "1"]):
        done = tell("show", "1", "--diff", *numbers)
        assert (done.code, "no revision 7; it has 2" in done.err) == (2, True)
    assert tell("show", "1", "2").code == 2


# export


def test_export_streams_everything(tell: Tell, kept: Kept) -> None:
    done = tell("export")
    assert [value["id"] for value in done.values] == [2, 4, 3, 1]
    assert done.err == "4 articles written\n"
    assert [value["id"] for value in tell("export", "--sort", "oldest", "--limit", "3").values] == [1, 3, 4]
    assert tell("export", "--quiet").err == ""


def test_export_to_csv(tell: Tell, kept: Kept, tmp_path: Path) -> None:
    done = tell("export", "beras", "-o", "a.csv", "--safe")
    assert (done.code, done.out, done.err) == (0, "", "3 articles written to a.csv\n")
    rows = list(csv.DictReader((tmp_path / "a.csv").open(encoding="utf-8", newline="")))
    assert [row["id"] for row in rows] == ["2", "3", "1"]
    assert list(rows[0]) == list(FIELDS)
    assert not list(tmp_path.glob("*.part"))
    assert not list(tmp_path.glob(".*.part"))


def test_export_to_where_nothing_can_be_written_is_1(tell: Tell, kept: Kept) -> None:
    done = tell("export", "-o", "no/such/folder/a.csv")
    assert (done.code, done.out) == (1, "")
    assert done.err == f"kabar: {Path.cwd()}/no/such/folder/a.csv: No such file or directory\n"


# why


def test_why_tells_each_fate(tell: Tell, kept: Kept) -> None:
    def why(name: str) -> str:
        done = tell("why", f"http://news.test/{name}")
        assert done.code == 0
        assert f"listed by source {kept.source_id} (News Test)" in done.out
        assert "next poll in 3 d (it publishes twice a week)" in done.out
        return done.out

    assert "stored as article 1." in why("revised")
    assert "Its publisher changed it 1 time;" in why("revised")
    assert "stored as article 2, a copy: another outlet had published the same text before." in why("copied")
    assert "the same text as article 1, in story 1" in why("copied")
    assert "from what the feed carried, because its page could not be had: the server answered 503" in why(
        "fed"
    )
    assert "rejected: neither the page nor the feed had a text." in why("rejected")
    assert "waits to be fetched, and is due now" in why("waiting")
    assert "could not be had in 2 tries, the last time because the server did not answer" in why("failing")


def test_why_of_a_further_address_and_of_an_article_number(tell: Tell, kept: Kept) -> None:
    for ref in ("http://news.test/again", "1"):
        out = tell("why", ref).out
        assert 'Kept as article 1: "Harga beras turun 1"' in out
        assert "listed by source" in out
    assert "Other addresses led to it: http://news.test/again." in tell("why", "1").out


def test_why_of_a_decorated_address_names_what_counts(tell: Tell, kept: Kept) -> None:
    out = tell("why", "https://www.news.test/revised?utm_source=x#top").out
    assert "It counts as https://news.test/revised: the rest does not tell pages apart." in out
    assert "stored as article 1." in out
    assert "It counts as" not in tell("why", "http://news.test/revised").out


def test_why_of_a_source(tell: Tell, kept: Kept) -> None:
    done = tell("why", NEWS)
    assert "It is the address of source 1 (News Test), followed" in done.out
    assert "6 entries seen, 6 of them new" in done.out


def test_why_json(tell: Tell, kept: Kept) -> None:
    (value,) = tell("why", "http://news.test/rejected", "--json").values
    assert list(value) == [
        *("url", "url_key", "sentences", "entries", "archives", "article", "sources", "pruned"),
        "next_look_at",
    ]  # fmt: skip
    assert (value["article"], value["entries"][0]["reason"]) == (None, "no_text")
    assert value["sources"][0]["polls"][0]["outcome"] == "new"
    assert value["sentences"] == tell("why", "http://news.test/rejected").out.splitlines()


def test_why_of_the_unknown_is_1_and_says_what_to_do(tell: Tell, kept: Kept) -> None:
    done = tell("why", "http://elsewhere.test/x")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "`kabar crawl http://elsewhere.test/x` fetches it now" in done.err


def test_why_after_the_source_was_removed(tell: Tell, kept: Kept) -> None:
    assert tell("sources", "remove", "1", "--yes").code == 0
    out = tell("why", "http://news.test/revised").out
    assert "listed by source 1 (which is no longer followed)" in out
    assert "stored as article 1." in out


# status


def test_status_in_words(tell: Tell, kept: Kept, url: str) -> None:
    facts = dict(tell("status").lines)
    assert facts["store"].startswith(f"{url} (schema ")
    assert facts["daemon"] == "not running; `kabar run` starts it"
    assert facts["sources"] == "1 active, 1 paused"
    assert facts["articles"].startswith("4 articles in 5 revisions; 4 in the last day, the newest ")
    assert (
        facts["entries"]
        == "offered 6 = stored 2 + revised 0 + duplicate 1 + unchanged 0 + rejected 1 + deferred 2"
    )
    assert facts["rejected"] == "no_text 1"
    assert facts["leases"].startswith("1 host: news.test by tests (in 3 d)")


def test_status_json(tell: Tell, kept: Kept) -> None:
    (value,) = tell("status", "--json").values
    assert (value["daemon"], value["balanced"], value["articles"]) == (None, True, 4)
    assert value["entries"]["offered"] == 6
    assert value["leases"][0]["host"] == "news.test"
    assert datetime.fromisoformat(value["last_poll_at"]).tzinfo is not None


def test_status_marks_an_account_that_does_not_add_up() -> None:
    from crawler.cli.status import accounting

    entries = {"offered": 7, "stored": 4, "rejected": 1}
    assert accounting(entries).endswith("MISMATCH: +2 unaccounted for; please report it")
    assert "MISMATCH" not in accounting({**entries, "deferred": 2})


def test_check_follows_the_daemon(tell: Tell, store: Store) -> None:
    done = tell("status", "--check")
    assert (done.code, done.out) == (1, "")
    assert "`kabar run` starts one" in done.err
    with store.hold_daemon("process 1 on here"):
        assert tell("status", "--check") == (0, "running: process 1 on here\n", "")
        assert tell("status", "--check", "--json").values[0]["daemon"] == "process 1 on here"
        assert "running: process 1 on here" in tell("status").out
    assert tell("status", "--check").code == 1


# sources


@pytest.mark.parametrize("words", [["sources"], ["sources", "list"]])
def test_sources_lists(tell: Tell, kept: Kept, words: list[str]) -> None:
    lines = tell(*words).lines
    assert [line[:6] for line in lines] == [
        ["1", "active", "0", "id", "News Test", NEWS],
        ["2", "paused", "0", "", "Quiet", "http://quiet.test/feed"],
    ]
    assert lines[1][8] == "", "a paused source has no next poll"
    values = tell(*words, "--json").values
    assert [(value["id"], value["failing"], value["tags"]) for value in values] == [
        (1, False, []),
        (2, False, []),
    ]


def test_sources_list_filters(tell: Tell, kept: Kept) -> None:
    assert [line[0] for line in tell("sources", "--state", "paused").lines] == ["2"]
    assert tell("sources", "set", "1", "--tag", "a", "--tag", "b").code == 0
    assert [line[0] for line in tell("sources", "list", "--tag", "B").lines] == ["1"]


def test_sources_show(tell: Tell, kept: Kept) -> None:
    facts = dict(line for line in tell("sources", "show", "news test").lines if len(line) == 2)
    assert (facts["source"], facts["state"]) == ("1", "active")
    assert facts["because"] == "it publishes twice a week"
    assert facts["decided by"] == "the cadence, between 5 min and 24 h"
    assert "publishes" not in facts, "nothing is known of when it publishes"
    (value,) = tell("sources", "show", "1", "--json").values
    assert (value["entries_waiting"], len(value["polls"]), value["polls"][0]["status"]) == (2, 1, 200)


def test_sources_set(tell: Tell, kept: Kept, store: Store) -> None:
    before = store.sources.get(1).next_due_at
    done = tell("sources", "set", "1", "--title", "New", "--language", "", "--country", "ID", "--every", "5m")
    assert (done.code, done.err) == (0, "changed 1 (New): title, language, country, interval\n")
    source = store.sources.get(1)
    assert (source.title, source.language, source.country, source.interval) == ("New", None, "ID", 300.0)
    assert source.next_due_at < before, "a shorter interval pulls the next poll nearer"
    assert tell("sources", "set", "1", "--every", "auto", "--no-tags").code == 0
    assert store.sources.get(1).interval is None
    assert tell("sources", "set", "1", "--url", "https://news.test/new").code == 0
    assert store.sources.get(1).url == "https://news.test/new"
    assert tell("sources", "set", "1", "--url", "http://quiet.test/feed").code == 1
    assert tell("sources", "set", "1", "--url", "nonsense").code == 2


def test_a_schedule_is_set_shown_and_taken_back(tell: Tell, kept: Kept, store: Store) -> None:
    done = tell(
        *("sources", "set", "1", "--cron", "*/10 6-22 * * 1-5", "--zone", "Asia/Jakarta"),
        *("--quiet-hours", "23:00-05:00", "--min-every", "5m", "--max-every", "2h"),
    )  # fmt: skip
    assert (done.code, done.err) == (0, "changed 1 (News Test): schedule\n")
    source = store.sources.get(1)
    assert source.schedule == {
        **{"cron": "*/10 6-22 * * 1-5", "zone": "Asia/Jakarta", "quiet": "23:00-05:00"},
        **{"min": 300.0, "max": 7200.0},
    }
    assert source.due_reason == "cron */10 6-22 * * 1-5 as set"
    assert time.time() < source.next_due_at < time.time() + 4 * 86400, "it holds at once"
    facts = dict(line for line in tell("sources", "show", "1").lines if len(line) == 2)
    assert (
        facts["decided by"] == "you: cron */10 6-22 * * 1-5 (Asia/Jakarta); quiet 23:00-05:00 (Asia/Jakarta)"
    )
    assert " WIB" in facts["next poll"]
    (value,) = tell("sources", "show", "1", "--json").values
    assert (value["decided_by"], value["zone"], value["rhythm"]) == ("cron", "Asia/Jakarta", None)
    assert tell("sources", "set", "1", "--adaptive", "--quiet-hours", "", "--zone", "").code == 0
    source = store.sources.get(1)
    assert (source.schedule, source.interval) == ({"min": 300.0, "max": 7200.0}, None)
    assert source.next_due_at <= time.time() + 7200


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--cron", "* * *"), "--cron: '* * *' must have five fields: minute hour day month weekday"),
        (("--zone", "Mars"), "--zone: 'Mars' is no time zone; write one like Asia/Jakarta or UTC"),
        (("--quiet-hours", "late"), "--quiet-hours: 'late' is no span of the day; write 23:00-05:00"),
        (("--min-every", "2h", "--max-every", "1h"), "--min-every: must not be longer than max"),
        (("--every", "2h", "--cron", "@daily"), "--every and --cron contradict each other"),
    ],
)
def test_a_schedule_that_makes_no_sense(
    tell: Tell, kept: Kept, store: Store, options: tuple[str, ...], message: str
) -> None:
    before = store.sources.get(1)
    done = tell("sources", "set", "1", *options)
    assert (done.code, message in done.err) == (2, True), done.err
    assert store.sources.get(1) == before


def test_what_was_learnt_is_shown(tell: Tell, kept: Kept, store: Store) -> None:
    now = time.time()
    times = [now - 3600 * hour for hour in range(48)]
    learnt = rhythms.learn(None, News(at=now, new=48, seen=48, published=times))
    with store._database.write() as connection:
        connection.execute(
            tables.sources.update()
            .where(tables.sources.c.id == 1)
            .values(rhythm=rhythms.dump(learnt), hints='{"ttl":900.0,"skip_hours":[1,2]}')
        )
    facts = dict(line for line in tell("sources", "show", "1").lines if len(line) == 2)
    assert facts["publishes"].startswith("about 24 a day; 0 h ") or facts["publishes"].startswith(
        "about 1 an hour"
    )
    assert all(day in facts["publishes"] for day in ("Mon", "Sun"))
    assert facts["shows"].startswith("48 entries at once: ")
    assert facts["asks for"] == "ttl 15 min; no polls at 1, 2 h UTC"
    (value,) = tell("sources", "show", "1", "--json").values
    assert value["rhythm"]["window"] == 48
    assert len(value["rhythm"]["by_hour"]) == 24
    assert value["hints"] == {"ttl": 900.0, "skip_hours": [1, 2]}


def test_simulate(tell: Tell, kept: Kept) -> None:
    done = tell("simulate", "--outlets", "8", "--days", "1", "--learning", "0", "--json", "-q")
    assert (done.code, done.err) == (0, "")
    parts = {value["part"] for value in done.values}
    assert parts == {"own", "budget", "as it is", "kind"}
    own = next(value for value in done.values if value["part"] == "own")
    assert own["policy"] == "kabar, adaptive"
    assert own["requests"] > 0
    assert own["median"] < 3600
    table = tell("simulate", "--history", "--days", "1", "--learning", "1")
    assert table.code == 0
    assert table.lines[0][:3] == ["own", "kabar, adaptive", "all"]


@pytest.mark.parametrize(
    ("column", "command", "shown"),
    [
        ("sources.state", ["sources", "show", "1"], "state\tmystery"),
        ("sources.kind", ["sources", "show", "1"], "kind\tmystery"),
        ("polls.outcome", ["sources", "show", "1", "--json"], '"outcome": "mystery"'),
        ("entries.outcome", ["why", "1"], ": mystery article 1."),
        ("revisions.kind", ["show", "1", "--revisions"], "mystery"),
        ("revisions.kind", ["show", "1", "--diff"], "{+"),
        ("joins.how", ["show", "1", "--story"], "1"),
        ("story_choices.kind", ["show", "1", "--story"], "1"),
    ],
)
@pytest.mark.usefixtures("kept")
def test_a_kept_word_that_nobody_knows_is_shown_as_it_is(
    tell: Tell, tmp_path: Path, column: str, command: list[str], shown: str
) -> None:
    overwrite(tmp_path, column, "mystery")
    done = tell(*command)
    assert (done.code, done.err) == (0, "")
    assert shown in done.out


@pytest.mark.parametrize(
    ("column", "command", "kind"),
    [
        ("sources.tags", ["sources"], "a list in JSON"),
        ("sources.options", ["sources"], "an object in JSON"),
        ("revisions.authors", ["search"], "a list in JSON"),
        ("revisions.tags", ["search", "--facet", "tag"], "a list in JSON"),
        ("revisions.reservations", ["show", "1"], "an object in JSON"),
        ("revisions.published_at", ["show", "1"], "a time in ISO 8601"),
    ],
)
@pytest.mark.parametrize("value", ["mystery", "7"])
@pytest.mark.usefixtures("kept")
def test_a_kept_value_that_cannot_be_read_is_named(
    tell: Tell, tmp_path: Path, column: str, command: list[str], kind: str, value: str
) -> None:
    overwrite(tmp_path, column, value)
    done = tell(*command)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert f"kabar.db holds {value!r} where {kind} belongs" in done.err


def overwrite(folder: Path, column: str, value: str) -> None:
    """Write a value into every row of a column of the test's store, as no kabar would."""
    table, _, name = column.partition(".")
    with sqlite3.connect(folder / "kabar.db") as connection:
        connection.execute(f"UPDATE {table} SET {name} = ? WHERE {name} IS NOT NULL", (value,))
    connection.close()


STALLED = """
import sys
from crawler.cli.main import main
from crawler.simulate import compare

worked_out = compare.compare

def stalled(setting):
    for row in worked_out(setting):
        yield row
        sys.stdin.readline()

compare.compare = stalled
main()
"""
"""kabar, working out a row of a simulation only when it is told to go on."""


def test_rows_of_a_simulation_do_not_wait_for_the_last() -> None:
    command = [sys.executable, "-c", STALLED, "simulate", "--outlets", "4", "--days", "1", "--json"]
    with subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as run_:
        assert run_.stdout is not None
        assert json.loads(run_.stdout.readline())["part"] == "own"
        rest, _ = run_.communicate()
    assert {json.loads(line)["part"] for line in rest.splitlines()} == {"budget", "as it is", "kind"}
    assert run_.returncode == 0


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [(signal.SIGINT, 130, "kabar: interrupted"), (signal.SIGTERM, -signal.SIGTERM, "")],
)
def test_a_signal_ends_a_run_without_a_traceback(kept: Kept, number: int, code: int, said: str) -> None:
    command = [sys.executable, "-m", "crawler", "simulate", "--outlets", "30", "--json"]
    environment, pipe = {**os.environ, "PYTHONPATH": str(ROOT)}, subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline()
        running.send_signal(number)
        _, err = running.communicate(timeout=60)
    assert (running.returncode, err.strip()) == (code, said)


WHILE_IT_LOADS = """
import builtins, os, signal
import crawler.__main__ as program

load = builtins.__import__

def interrupted(name, *rest):
    if name == "crawler.cli":
        os.kill(os.getpid(), signal.SIGINT)
    return load(name, *rest)

builtins.__import__ = interrupted
program.main()
"""


def test_ctrl_c_while_the_program_loads_is_130_without_a_word() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WHILE_IT_LOADS],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_there_may_be_no_history_to_replay(tell: Tell) -> None:
    assert tell("db", "upgrade").code == 0
    done = tell("simulate", "--history")
    assert (done.code, "leave --history out" in done.err) == (2, True)


def test_pause_resume_remove(tell: Tell, kept: Kept, store: Store) -> None:
    done = tell("sources", "pause", "1", "Quiet")
    assert (done.code, done.err) == (0, "paused 1 (News Test)\npaused 2 (Quiet)\n")
    assert {source.state for source in store.sources.list()} == {"paused"}
    assert tell("sources", "resume", "1", "--quiet") == (0, "", "")
    assert store.sources.get(1).state == "active"
    assert tell("sources", "remove", "2", "--yes").code == 0
    assert [source.id for source in store.sources.list()] == [1]


def test_one_unknown_source_among_several_changes_none(tell: Tell, kept: Kept, store: Store) -> None:
    done = tell("sources", "pause", "1", "nowhere")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "nowhere" in done.err
    assert store.sources.get(1).state == "active"


# settings, db


def test_settings_with_their_origin(
    tell: Tell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    (tmp_path / "kabar.toml").write_text("[fetch]\ntimeout = 7\n", encoding="utf-8")
    monkeypatch.setenv("KABAR_POOL__WORKERS", "3")
    monkeypatch.setenv("KABAR_FETCH__PROXY", "http://me:s3cret@proxy:3128")
    rows = {line[0]: line[1:] for line in tell("settings", "--origin").lines}
    assert rows["database"][:2] == [url, "--database"]
    assert rows["fetch.timeout"][:2] == ["7", str(tmp_path / "kabar.toml")]
    assert rows["pool.workers"][:2] == ["3", "KABAR_POOL__WORKERS"]
    assert rows["fetch.obey_robots"][:2] == ["true", "default"]
    assert rows["fetch.proxy"][0] == "http://me:***@proxy:3128"
    values = {value["key"]: value for value in tell("settings", "--json").values}
    assert values["fetch.timeout"] == {
        "key": "fetch.timeout", "value": 7.0, "origin": str(tmp_path / "kabar.toml"), "default": 30.0,
        "help": values["fetch.timeout"]["help"],
    }  # fmt: skip


def test_config_by_name(tell: Tell, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("[fetch]\ntimeout = 9\n", encoding="utf-8")
    for arguments in (["--config", "other.toml", "settings"], ["settings", "--config", "other.toml"]):
        rows = {line[0]: line[1] for line in tell(*arguments).lines}
        assert rows["fetch.timeout"] == "9"


def test_db_upgrade(tell: Tell, tmp_path: Path) -> None:
    done = tell("db", "upgrade")
    assert done.code == 0
    assert done.out.startswith("set up a new store with schema ")
    assert tell("db", "upgrade").out.endswith(" already\n")
    (value,) = tell("db", "upgrade", "--json").values
    assert value["from"] == value["to"]


def test_a_store_of_another_version_says_what_to_do(tell: Tell, kept: Kept, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "kabar.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    connection.close()
    done = tell("search")
    assert done.code == 1
    assert f"run `kabar db upgrade --database sqlite:///{tmp_path / 'kabar.db'}`" in done.err
