"""``kabar export`` on a real store: every goal, failures on the way, going on, exports under a name."""

import errno
import gzip
import json
import os
import shutil
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partialmethod
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from crawler.cli.main import run
from crawler.errors import ExportGone, ExportHeld, UsageError
from crawler.export import goal_for, kept_at, parquet
from crawler.export.job import Job, Wish
from crawler.export.partial import Partial
from crawler.export.run import run as run_export
from crawler.export.shape import urn
from storage import open_store
from storage.database import connect
from storage.errors import ExportMoved, StoreBusy, StoreReadOnly
from storage.exports import Batch, Exports, NamedExport
from storage.hits import Filters
from storage.model import Article
from storage.raw import RawPage
from storage.store import Store
from tests.harm import damage, no_file_larger_than
from tests.keeping import NOW, add_article, at, content
from tests.writing import article

DAY = 86_400.0


class Done(NamedTuple):
    code: int
    out: str
    err: str


Tell = Callable[..., Done]


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("KABAR_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of thirty articles, ten on each of three days."""
    path = tmp_path_factory.mktemp("store") / "kabar.db"
    with open_store(f"sqlite:///{path}") as opened:
        for number in range(30):
            _add(opened, f"a{number:02}", number)
    return path


@pytest.fixture
def store(template: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copy(template, tmp_path / "kabar.db")
    with open_store(f"sqlite:///{tmp_path / 'kabar.db'}") as opened:
        yield opened


@pytest.fixture
def tell(store: Store, capsys: pytest.CaptureFixture[str]) -> Tell:
    def tell(*arguments: str) -> Done:
        code = run(["--database", store.url, "export", *arguments])
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return tell


def _add(store: Store, name: str, number: int) -> int:
    when = at(NOW + number // 10 * DAY + number)
    tags = ("banjir",) if number % 2 else ()
    return add_article(store, name, published_at=when, seen_at=NOW + number, tags=tags, text=f"{name}\n\nx")


def ids(path: Path) -> list[int]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line)["id"] for line in data.splitlines()]


NEWEST = list(range(30, 0, -1))


# goals


@pytest.mark.parametrize("name", ["a.csv", "a.rss", "a.atom", "a.md", "a.jsonl.gz", "a.parquet"])
def test_each_file_holds_all(tell: Tell, tmp_path: Path, name: str) -> None:
    assert tell("-o", name) == (0, "", f"30 articles written to {name}\n")
    assert {entry for entry in os.listdir() if not entry.startswith("kabar.db")} == {name}
    assert (tmp_path / name).stat().st_size > 1000


@pytest.mark.parametrize("format_", ["jsonl", "atom", "jsonfeed", "ninjs", "newsarticle", "markdown"])
def test_each_format_goes_to_stdout(tell: Tell, format_: str) -> None:
    done = tell("tag:banjir", "--format", format_)
    assert (done.code, done.err) == (0, "15 articles written\n")
    assert done.out.count("pages.example/a") >= 15


def test_parquet_in_a_folder_is_parted_by_day(tell: Tell, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    for _ in range(2):
        assert tell("--format", "parquet", "-o", "days/").code == 0
    assert sorted(os.listdir("days")) == ["day=2025-10-09", "day=2025-10-10", "day=2025-10-11"]
    assert [len(os.listdir(f"days/{day}")) for day in os.listdir("days")] == [1, 1, 1]
    table = parquet.read_table("days")
    assert sorted(table.column("id").to_pylist()) == sorted(NEWEST)
    assert set(table.column("day").to_pylist()) == {"2025-10-09", "2025-10-10", "2025-10-11"}
    assert tell("--until", "2025-10-09", "--format", "parquet", "-o", "days/").code == 0
    assert os.listdir("days") == ["day=2025-10-09"], "folders that are empty go"


def test_a_single_parquet_file_has_no_group_of_rows_for_each_day(tell: Tell) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert tell("-o", "a.parquet").code == 0
    with parquet.ParquetFile("a.parquet") as file:
        assert (file.num_row_groups, file.metadata.num_rows) == (1, 30), "a writer remembers each"


def test_the_last_note_may_be_of_all_articles(store: Store, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    for name in ("days/", "all.parquet"):
        goal = goal_for(str(tmp_path / name) + "/" * name.endswith("/"), chosen="parquet")
        assert Job(store, Wish(goal=goal, filters=Filters(limit=0))).run(every=10) == 30


def test_an_export_remembers_little_of_what_it_reads(store: Store) -> None:
    def remembered() -> int:
        with store._database.read() as connection:
            return int(connection.exec_driver_sql("PRAGMA cache_size").scalar_one())

    usual = remembered()
    with store.exports.steady():
        assert abs(remembered()) < abs(usual)
    assert remembered() == usual


def test_markdown_in_a_folder_is_a_document_each(tell: Tell) -> None:
    Path("docs").mkdir()
    Path("docs/mine.md").write_text("mine", encoding="utf-8")
    for _ in range(2):
        assert tell("--format", "markdown", "-o", "docs").code == 0
    names = sorted(os.listdir("docs"))
    assert (len(names), names[0]) == (31, "1-a00.md")
    assert Path("docs/mine.md").read_text(encoding="utf-8") == "mine"
    assert Path("docs/1-a00.md").read_text(encoding="utf-8").startswith('---\ntitle: "Title a00"\n')


def _keep_page(store: Store, number: int) -> None:
    url = f"https://pages.example/{number}"
    raw = RawPage(url=url, requested_url=url, status=200, body=b"<p>Text</p>" * 40, fetched_at=NOW)
    packed = store.pages.pack([raw], site="pages.example")
    store.pages.keep(packed, article_id=number, entry_id=None, reader="3", now=NOW)


def test_pages_go_to_a_warc_file(store: Store, tell: Tell) -> None:
    library = pytest.importorskip("fastwarc.warc")
    assert tell("-o", "a.warc.gz") == (
        0, "", "0 articles written to a.warc.gz: no page is kept of 30 articles found\n"
    )  # fmt: skip
    assert tell("--format", "warc", "site:nowhere.test").err.endswith("0 articles written\n")
    for number in (3, 5):
        _keep_page(store, number)
    assert tell("-o", "a.warc.gz").err == "2 articles written to a.warc.gz\n"
    assert tell("--format", "warc", "-o", "b.warc", "--resume", "--story", "3").code == 0
    for name, ids_ in (("a.warc.gz", ["5", "3"]), ("b.warc", ["3"])):
        with open(name, "rb") as file:
            found = [record.headers.get("WARC-Target-URI") for record in library.ArchiveIterator(file)]
        assert found == [None, *(f"https://pages.example/{number}" for number in ids_)]


@pytest.mark.usefixtures("small")
def test_a_limit_of_a_warc_file_counts_articles_with_a_kept_page(store: Store, tell: Tell) -> None:
    library = pytest.importorskip("fastwarc.warc")
    for number in (3, 5, 9, 22, 23):
        _keep_page(store, number)
    assert tell("-o", "a.warc", "--limit", "4").err == "4 articles written to a.warc\n"
    wish = {"filters": Filters(limit=4)}
    with pytest.raises(Stopped):
        job(store, "b.warc", **wish).run(watch=stop_after(3), every=1)
    assert job(store, "b.warc", resume=True, **wish).run() == 4
    for name in ("a.warc", "b.warc"):
        with open(name, "rb") as file:
            found = [record.headers.get("WARC-Target-URI") for record in library.ArchiveIterator(file)]
        assert found == [None, *(f"https://pages.example/{number}" for number in (23, 22, 9, 5))]


@pytest.mark.parametrize("harm", ["body = x'78'", "headers = 'nonsense'", "fetched_at = 'abc'"])
def test_a_damaged_kept_page_is_left_out_and_named(store: Store, tell: Tell, harm: str) -> None:
    library = pytest.importorskip("fastwarc.warc")
    for number in (3, 5, 7):
        _keep_page(store, number)
    with store._database.write() as connection:
        connection.exec_driver_sql(f"UPDATE pages SET {harm} WHERE article_id = 5")
    done = tell("-o", "a.warc", "--since-last", "n")
    assert done.code == 4
    assert done.err == (
        "2 articles written to a.warc\n1 kept page left out, being damaged: page 2 (of article 5)\n"
    )
    with open("a.warc", "rb") as file:
        found = [record.headers.get("WARC-Target-URI") for record in library.ArchiveIterator(file)]
    assert found == [None, "https://pages.example/3", "https://pages.example/7"]
    assert store.exports.named("n") is not None


def test_a_feed_says_what_it_is_of(tell: Tell) -> None:
    out = tell("tag:banjir", "--format", "atom").out
    assert "<title>kabar tag:banjir</title>" in out
    out = tell("--format", "atom", "--title", "Banjir", "--link", "https://a.test/f").out
    assert "<title>Banjir</title>" in out
    assert '<link rel="self" href="https://a.test/f"/>' in out


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["-o", "d/"], "d/ is a folder"),
        (["--format", "csv", "-o", "a.atom"], ".atom is not for csv"),
        (["--resume"], "--resume goes on with a file"),
        (["--anew"], "--anew belongs to --since-last"),
        (["--since-last", "x", "--limit", "3"], "leave --limit and --sort away"),
        (["--since-last", "../x"], "a name is made of letters"),
        (["--since-last", "x" * 65], "64 at most"),
    ],
)
def test_wrong_usage_is_2_and_one_line(tell: Tell, arguments: list[str], part: str) -> None:
    done = tell(*arguments)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert part in done.err


# failures


def job(store: Store, output: str, **wish: Any) -> Job:
    return Job(store, Wish(goal=goal_for(output, chosen=wish.pop("format_", None)),
                           **{"filters": Filters(limit=0), **wish}))  # fmt: skip


class Stopped(Exception):
    pass


def stop_after(number: int) -> Callable[[int], None]:
    def watch(done: int) -> None:
        if done >= number:
            raise Stopped

    return watch


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of four articles."""
    from storage import exports

    original = exports.Exports.batches
    monkeypatch.setattr(exports.Exports, "batches", partialmethod(original, size=4))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_an_interrupted_export_goes_on(store: Store, name: str) -> None:
    path = Path(name)
    path.write_bytes(b"old")
    with pytest.raises(Stopped):
        job(store, name).run(watch=stop_after(16), every=8)
    assert path.read_bytes() == b"old"
    note = kept_at(goal_for(name))
    assert note is not None
    assert note.number == 8
    with pytest.raises(Stopped):
        job(store, name, resume=True).run(watch=stop_after(24), every=8)
    _add(store, "late", 50)  # the daemon writes meanwhile: newer than where the export has come to
    assert job(store, name, resume=True).run(every=8) == 30
    assert ids(path) == NEWEST
    assert [entry for entry in os.listdir() if ".part" in entry] == []


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("format_", ["rss", "atom", "jsonfeed"])
def test_a_feed_that_goes_on_is_the_same_feed(store: Store, format_: str) -> None:
    with pytest.raises(Stopped):
        job(store, "a", format_=format_).run(watch=stop_after(20), every=4)
    job(store, "a", format_=format_, resume=True).run()
    job(store, "b", format_=format_).run()
    assert Path("a").read_bytes() == Path("b").read_bytes()


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("format_", ["parquet", "markdown"])
def test_a_folder_goes_on(store: Store, format_: str) -> None:
    if format_ == "parquet":
        pytest.importorskip("pyarrow")
    with pytest.raises(Stopped):
        job(store, "d/", format_=format_).run(watch=stop_after(16), every=8)
    assert os.listdir("d") == [".kabar.part"]
    assert job(store, "d/", format_=format_, resume=True).run(every=8) == 30
    assert ".kabar.part" not in os.listdir("d")
    if format_ == "markdown":
        assert len(os.listdir("d")) == 30
    else:
        import pyarrow.parquet

        assert sorted(pyarrow.parquet.read_table("d").column("id").to_pylist()) == sorted(NEWEST)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("format_", "pattern"), [("parquet", "*.parquet"), ("markdown", "*.md")])
def test_nothing_in_the_making_looks_like_what_is_in_its_place(
    store: Store, format_: str, pattern: str
) -> None:
    if format_ == "parquet":
        pytest.importorskip("pyarrow")
    assert job(store, "d/", format_=format_).run() == 30
    before = sorted(Path("d").rglob(pattern))
    old = Path("d/.kabar.part/day=2025-10-09") / f"old{pattern[1:]}"  # as an older kabar left it
    old.parent.mkdir(parents=True)
    old.touch()
    with pytest.raises(Stopped):
        job(store, "d/", format_=format_).run(watch=stop_after(16), every=8)
    assert kept_at(goal_for("d/", chosen=format_)) is not None
    assert sorted(Path("d").rglob(pattern)) == before
    assert job(store, "d/", format_=format_, resume=True).run() == 30
    assert not Path("d/.kabar.part").exists()


@pytest.mark.usefixtures("small")
def test_a_parquet_file_goes_on(store: Store) -> None:
    parquet_file = pytest.importorskip("pyarrow.parquet").ParquetFile
    for done in (12, 24):
        with pytest.raises(Stopped):
            job(store, "a.parquet", resume=True).run(watch=stop_after(done), every=4)
        assert os.listdir(".a.parquet.parts")
        assert not Path("a.parquet").exists()
    assert job(store, "a.parquet", resume=True).run(every=8) == 30
    with parquet_file("a.parquet") as file:
        assert file.read().column("id").to_pylist() == NEWEST
        assert file.num_row_groups == 1, "joined to large groups"
    assert [entry for entry in os.listdir() if ".part" in entry] == []


@pytest.mark.usefixtures("small")
def test_an_article_that_moves_meanwhile_is_written_once(store: Store) -> None:
    """The oldest becomes the newest, and the newest the oldest, while they are written."""
    moved = [(1, NOW + 90 * DAY), (30, NOW - 90 * DAY), (15, NOW + 91 * DAY), (16, NOW - 91 * DAY)]

    def watch(done: int) -> None:
        while moved and done >= 4:
            number, when = moved.pop()
            made = content(f"a{number:02}", published_at=at(when), content_hash=f"moved{number}")
            store.articles.revise(number, made, url_keys=[], source_id=None, fetched_at=at(NOW + 9))

    assert job(store, "a.jsonl").run(watch=watch) == 30
    assert ids(Path("a.jsonl")) == NEWEST
    assert job(store, "a.jsonl").run() == 30
    assert ids(Path("a.jsonl"))[:2] == [15, 1], "the next export has them where they are now"


@pytest.mark.usefixtures("small")
def test_limits_and_times_hold_over_an_interruption(store: Store) -> None:
    filters, ages = Filters(limit=18, since=at(NOW)), {"since": "7d"}
    with pytest.raises(Stopped):
        job(store, "a.jsonl", filters=filters, ages=ages).run(watch=stop_after(12), every=4)
    later = replace(filters, since=at(NOW + 100 * DAY))  # "7d" means another time now
    assert job(store, "a.jsonl", filters=later, ages=ages, resume=True).run() == 18
    assert ids(Path("a.jsonl")) == NEWEST[:18]


@pytest.mark.usefixtures("small")
def test_ages_in_the_words_hold_over_an_interruption(store: Store) -> None:
    filters = Filters(limit=0, words=f"after:PT{time.time() - NOW + 60:.0f}S -after:PT9S")
    with pytest.raises(Stopped):
        job(store, "a.jsonl", filters=filters).run(watch=stop_after(12), every=4)
    store._database.clock = lambda: time.time() + 2 * DAY
    assert job(store, "a.jsonl", filters=filters, resume=True).run() == 30
    assert ids(Path("a.jsonl")) == NEWEST


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("option", ["--since", "--until"])
def test_only_an_export_of_the_same_time_is_gone_on_with(tell: Tell, option: str) -> None:
    early, late = ("2025-10-09", "2025-10-10") if option == "--since" else ("2025-10-11", "2025-10-12")
    age = f"{time.time() / DAY - NOW / DAY + (2 if option == '--since' else -5):.0f}d"
    for begun, others in ((early, [late, age]), (age, [early, "9999d" if option == "--since" else "1d"])):
        with no_file_larger_than(8_000), pytest.MonkeyPatch.context() as patch:
            patch.setattr(Job, "run", partialmethod(Job.run, every=4))
            assert tell("-o", "a.jsonl", option, begun).code == 1
        for other in others:
            done = tell("-o", "a.jsonl", option, other, "--resume")
            assert (done.code, "was another one" in done.err) == (2, True)
        assert tell("-o", "a.jsonl", option, begun, "--resume").code == 0


@pytest.mark.usefixtures("small")
def test_what_is_gone_on_with_is_told_and_is_of_the_same_store(
    store: Store, tell: Tell, template: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Stopped):
        job(store, "a.jsonl").run(watch=stop_after(12), every=4)
    code = run(["--database", f"sqlite:///{template}", "export", "-o", "a.jsonl", "--resume"])
    assert (code, "or of another store" in capsys.readouterr().err) == (2, True)
    _add(store, "late", 50)
    told = tell("-o", "a.jsonl", "--resume").err.splitlines()
    assert told[0].startswith("goes on with the export of 20")
    assert told[0].endswith(": 8 articles are kept")
    assert told[1:] == ["30 articles written to a.jsonl"]


@pytest.mark.usefixtures("small")
def test_another_export_is_not_gone_on_with(store: Store, tell: Tell) -> None:
    with pytest.raises(Stopped):
        job(store, "a.jsonl").run(watch=stop_after(12), every=4)
    done = tell("tag:banjir", "-o", "a.jsonl", "--resume")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "that was interrupted was another one" in done.err
    assert tell("tag:banjir", "-o", "a.jsonl").code == 0
    assert len(ids(Path("a.jsonl"))) == 15


def test_nothing_to_go_on_with_is_a_beginning(tell: Tell) -> None:
    assert tell("-o", "a.jsonl", "--resume") == (0, "", "30 articles written to a.jsonl\n")
    Path(".a.jsonl.part").write_text("", encoding="utf-8")
    Path(".a.jsonl.part.json").write_text('{"key": 1}', encoding="utf-8")
    assert tell("-o", "a.jsonl", "--resume") == (0, "", "30 articles written to a.jsonl\n")


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv.gz", "a.atom", "a.parquet"])
def test_a_full_disk_leaves_what_was_there(tell: Tell, name: str) -> None:
    if name == "a.parquet":
        pytest.importorskip("pyarrow")
    path = Path(name)
    path.write_bytes(b"old")
    with no_file_larger_than(512):
        done = tell("-o", name)
    assert (done.code, path.read_bytes()) == (1, b"old")
    assert done.err == f"kabar: {path.resolve()}: File too large\n"
    assert [entry for entry in os.listdir() if ".part" in entry] == []


@pytest.mark.usefixtures("small")
def test_a_full_disk_after_a_while_tells_how_to_go_on(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Job, "run", partialmethod(Job.run, every=4))
    with no_file_larger_than(8_000):
        done = tell("-o", "a.jsonl")
    assert done.code == 1
    assert "are kept; the same command with --resume goes on from there\nkabar: " in done.err
    assert done.err.endswith("a.jsonl: File too large\n")
    assert tell("-o", "a.jsonl", "--resume").code == 0
    assert ids(Path("a.jsonl")) == NEWEST


@pytest.mark.parametrize("name", [[], ["--since-last", "n"]])
def test_of_a_damaged_store_is_written_what_can_be_read(store: Store, tell: Tell, name: list[str]) -> None:
    store._database.engine.dispose()
    damage(Path("kabar.db"), "revisions")
    done = tell("-o", "a.jsonl", *name)
    assert done.code == 4
    found = ids(Path("a.jsonl"))
    assert 0 < len(found) < 30
    assert done.err == (
        f"{len(found)} articles written to a.jsonl\n"
        f"{30 - len(found)} more articles cannot be read: `kabar db check` says what is damaged\n"
    )
    assert store.exports.named("n") is None
    damage(Path("kabar.db"), "articles_order")
    assert tell("-o", "b.jsonl").code == 1
    assert not Path("b.jsonl").exists()


@pytest.mark.parametrize("name", ["新" * 80 + ".jsonl", "新" * 80 + ".parquet", "a" * 249 + ".jsonl"])
def test_every_name_that_a_file_may_have_will_do(tell: Tell, name: str) -> None:
    assert tell("-o", name).code == 0
    assert {entry for entry in os.listdir() if not entry.startswith("kabar.db")} == {name}


@pytest.mark.parametrize("format_", ["parquet", "markdown"])
def test_a_folder_that_came_to_nothing_goes(store: Store, format_: str) -> None:
    for made in (False, True):
        with pytest.raises(Stopped):
            job(store, "d/", format_=format_).run(watch=stop_after(1))
        assert Path("d").exists() is made
        Path("d").mkdir(exist_ok=True)


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv.gz", "a.parquet", "d/"])
def test_who_wants_no_empty_file_keeps_the_old_one(store: Store, tell: Tell, name: str) -> None:
    given = ["--format", "parquet"] if name == "d/" else []
    assert tell("-o", name, *given).code == 0
    before = {
        path: path.read_bytes()
        for path in Path().rglob("*")
        if "kabar.db" not in path.name and path.is_file()
    }
    done = tell("nowhere", "-o", name, *given, "--fail-on-empty", "--since-last", "n")
    assert (done.code, done.err) == (3, "0 articles written\n")
    after = {
        path: path.read_bytes()
        for path in Path().rglob("*")
        if "kabar.db" not in path.name and path.is_file()
    }
    assert after == before
    assert store.exports.named("n") is None
    assert tell("nowhere", "--format", "csv", "--fail-on-empty").out.startswith("id,url,")
    assert tell("nowhere", "-o", name, *given).code == 0
    assert sorted(Path("d").glob("*")) == [], "without the option it is the empty export"


def test_what_is_kept_of_another_export_is_not_promised(
    store: Store, tell: Tell, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Done] = []

    def watch(done: int) -> None:
        if done == 12:
            told.append(tell("-o", "a.jsonl"))

    assert job(store, "a.jsonl").run(watch=watch, every=4) == 30
    assert (told[0].code, told[0].err.count("\n")) == (1, 1)
    assert "let that one end first" in told[0].err


def test_two_exports_to_one_file_do_not_mix(store: Store) -> None:
    other = Partial(Path("a.jsonl"))
    other.open(None)
    with pytest.raises(ExportHeld, match="let that one end first"):
        job(store, "a.jsonl").run()
    other.leave()
    assert job(store, "a.jsonl").run() == 30


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet", "d/"])
@pytest.mark.parametrize("ended", [True, False])
def test_what_another_run_went_on_with_is_not_gone_on_with_again(
    store: Store, name: str, ended: bool
) -> None:
    if name == "a.parquet":
        pytest.importorskip("pyarrow")
    of = {"format_": "markdown" if name == "d/" else None}
    with pytest.raises(Stopped):
        job(store, name, **of).run(watch=stop_after(12), every=4)
    late = job(store, name, resume=True, **of)
    if ended:
        assert job(store, name, resume=True, **of).run() == 30
    else:
        with pytest.raises(Stopped):
            job(store, name, resume=True, **of).run(watch=stop_after(20), every=4)
    before = {path: path.stat().st_size for path in Path().rglob("*") if "kabar.db" not in path.name}
    with pytest.raises(ExportGone, match=r"removed or replaced meanwhile; run the export again"):
        late.run()
    after = {path: path.stat().st_size for path in Path().rglob("*") if "kabar.db" not in path.name}
    assert after == before
    assert job(store, name, resume=True, **of).run() == 30


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("every", [4, 100])
@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.parquet", "d/"])
def test_nothing_but_its_own_file_is_put_in_place(store: Store, name: str, every: int) -> None:
    if name == "a.parquet":
        pytest.importorskip("pyarrow")
    of = {"format_": "markdown" if name == "d/" else None}
    hidden = {"a.parquet": ".a.parquet.parts", "d/": "d/.kabar.part"}.get(name, f".{name}.part")
    other: list[dict[Path, bytes]] = []

    def watch(done: int) -> None:
        if done == 12:
            shutil.rmtree(hidden) if Path(hidden).is_dir() else Path(hidden).unlink()
            with pytest.raises(Stopped):
                job(store, name, **of).run(watch=stop_after(9), every=4)
            other.append(_in_the_making())

    with pytest.raises(ExportGone, match=f"{name.rstrip('/')}: what was written of it so far"):
        job(store, name, **of).run(watch=watch, every=every)
    assert _in_the_making() == other[0]
    assert job(store, name, resume=True, **of).run() == 30
    assert _in_the_making() == {}


def _in_the_making() -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in Path().rglob("*") if ".part" in str(path) and path.is_file()}


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet", "d/"])
def test_what_is_removed_meanwhile_is_told_and_no_hindrance(tell: Tell, store: Store, name: str) -> None:
    if name == "a.parquet":
        pytest.importorskip("pyarrow")
    of = ["--format", "markdown"] if name == "d/" else []
    hidden = {"a.parquet": ".a.parquet.parts", "d/": "d"}.get(name, ".a.jsonl.part")

    def watch(done: int) -> None:
        if done == 12:
            shutil.rmtree(hidden) if Path(hidden).is_dir() else Path(hidden).unlink()

    with pytest.raises(ExportGone):
        job(store, name, format_="markdown" if of else None).run(watch=watch, every=4)
    assert tell("-o", name, *of, "--resume") == (0, "", f"30 articles written to {name}\n")
    assert _in_the_making() == {}


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", ["a.parquet", "d/"])
def test_files_in_the_making_that_are_removed_are_not_named(store: Store, name: str) -> None:
    pytest.importorskip("pyarrow")
    folder = {"a.parquet": ".a.parquet.parts", "d/": "d/.kabar.part"}[name]

    def watch(done: int) -> None:
        if done == 28:
            for path in Path(folder).glob("[!.]*"):
                path.unlink()

    with pytest.raises(ExportGone, match=f"{name.rstrip('/')}: what was written of it so far"):
        job(store, name, format_="markdown" if name == "d/" else None).run(watch=watch, every=4)


@pytest.mark.parametrize(
    ("name", "taken"),
    [("a.jsonl", "a.jsonl"), ("a.parquet", "a.parquet"), ("d/", "d/30-a29.md"), ("e/a.md", "e")],
)
def test_a_place_that_is_taken_meanwhile_is_named_as_it_was_asked_for(
    store: Store, name: str, taken: str
) -> None:
    if name == "a.parquet":
        pytest.importorskip("pyarrow")
    Path("e").mkdir()

    def watch(_done: int) -> None:
        if taken == "e":
            shutil.rmtree("e")
            Path("e").touch()
        else:
            Path(taken, "x").mkdir(parents=True)

    with pytest.raises((ExportGone, OSError)) as failed:
        job(store, name, format_="markdown" if name == "d/" else None).run(watch=watch)
    assert f"{name if taken == 'e' else taken}" in str(failed.value)
    assert ".part" not in str(failed.value)


def test_a_folder_that_cannot_be_read_is_named_as_it_was_asked_for(
    store: Store, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr("crawler.export.note.read", read)
    path = Path("a.jsonl").resolve()
    assert tell("-o", "a.jsonl", "--resume") == (1, "", f"kabar: {path}: Permission denied\n")


def test_a_pipe_is_written_straight_away(store: Store) -> None:
    os.mkfifo("pipe")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert job(store, "pipe", format_="csv", filters=Filters(limit=2)).run() == 2
        assert os.read(reader, 10_000).count(b"\r\n") == 3
    finally:
        os.close(reader)


# constant memory


@pytest.mark.parametrize("name", ["a.jsonl", "a.atom", "a.csv.gz", "a.parquet", "d/"])
def test_memory_stays_the_same_however_many_there_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "a.parquet":
        pytest.importorskip("pyarrow")
        monkeypatch.setattr(parquet, "GROUP_CHARACTERS", 400_000)
    goal = goal_for(name, chosen="markdown" if name == "d/" else None)
    # Python's own table of names may grow meanwhile, by 4 MB, but not twice.
    few, many = (min(_peak(goal, number) for _ in range(2)) for number in (2, 6))
    assert many < few * 1.5 + 200_000


def _peak(goal: Any, number: int) -> int:
    """Return the most bytes an export of so many batches holds."""
    from crawler.export import output_for
    from crawler.export.note import Note
    from crawler.export.shape import About

    alive = 0

    def batches() -> Iterator[Batch]:
        nonlocal alive
        for batch in range(number):
            articles: list[Article] = [article(batch * 10 + n, text="x" * 20_000) for n in range(10)]
            yield Batch(tuple(articles), str(batch))
            alive += 1

    tracemalloc.start()
    try:
        run_export(batches(), output_for(goal, About()), Note(key=""), every=20)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# exports under a name


def revise(store: Store, number: int) -> None:
    store.articles.revise(
        number,
        content(f"a{number - 1:02}", text="new", content_hash="new"),
        url_keys=[],
        source_id=None,
        fetched_at=at(NOW + 99),
    )


def test_only_what_came_or_changed_since_the_last_one(store: Store, tell: Tell) -> None:
    assert tell("-o", "1.jsonl", "--since-last", "nightly").err == "30 articles written to 1.jsonl\n"
    assert ids(Path("1.jsonl")) == list(range(1, 31))
    assert tell("-o", "2.jsonl", "--since-last", "nightly", "--fail-on-empty").code == 3
    revise(store, 7)
    added = _add(store, "new", 3)
    assert tell("-o", "2.jsonl", "--since-last", "nightly").code == 0
    assert ids(Path("2.jsonl")) == [7, added]
    assert tell("-o", "3.jsonl", "--since-last", "other").code == 0
    assert len(ids(Path("3.jsonl"))) == 31
    assert len(tell("--since-last", "nightly", "--anew").out.splitlines()) == 31
    assert tell("--since-last", "nightly").out == ""


def test_an_export_under_a_name_of_a_store_that_is_only_read_writes_nothing(template: Path) -> None:
    database = connect(f"sqlite:///{template}", frozen="the store cannot be written")
    with Store(database) as store, pytest.raises(StoreReadOnly, match="cannot be written"):
        Job(store, Wish(goal=goal_for("new.jsonl", chosen=None), filters=Filters(), name="nightly"))
    assert not Path("new.jsonl").exists()


@pytest.mark.usefixtures("small")
def test_the_name_moves_only_when_the_file_stands(store: Store) -> None:
    with pytest.raises(Stopped):
        job(store, "a.jsonl", name="n").run(watch=stop_after(12), every=8)
    assert store.exports.named("n") is None
    added = _add(store, "new", 3)
    revise(store, 30)  # after the export began: it is told the next time
    assert job(store, "a.jsonl", name="n", resume=True).run() == 29
    assert ids(Path("a.jsonl")) == list(range(1, 30))
    assert job(store, "a.jsonl", name="n").run() == 2
    assert ids(Path("a.jsonl")) == [added, 30]


def test_a_name_belongs_to_one_query(store: Store, tell: Tell) -> None:
    assert tell("tag:banjir", "-o", "a.jsonl", "--since-last", "n").code == 0
    done = tell("-o", "a.jsonl", "--since-last", "n")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "its exports are of another query (tag:banjir); choose" in done.err
    assert tell("-o", "a.jsonl", "--since-last", "n", "--anew").code == 0
    assert len(ids(Path("a.jsonl"))) == 30


@pytest.mark.parametrize("option", ["--since", "--until"])
def test_a_name_belongs_to_one_time(store: Store, tell: Tell, option: str) -> None:
    assert tell(option, "2025-10-10", "-o", "a.jsonl", "--since-last", "n").code == 0
    for times in ([option, "2025-10-11"], [option, "2025"], []):
        done = tell(*times, "-o", "a.jsonl", "--since-last", "n")
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert f"of another query ({option[2:]}:2025-10-" in done.err
    _add(store, "late", 10)
    assert tell(option, "2025-10-10", "--since-last", "n").out.count("\n") == 1


def test_ages_may_begin_what_a_name_is_of(store: Store, tell: Tell) -> None:
    for _ in range(2):
        assert tell("after:9000d", "--since", "9000d", "-o", "a.jsonl", "--since-last", "n").code == 0
    assert ids(Path("a.jsonl")) == []
    assert tell("after:9000d", "--since", "1d", "--since-last", "n").code == 2


@pytest.mark.parametrize(
    "query",
    [["before:1min"], ["-after:1d"], ["seen:yesterday"], ["a OR (b seen:2025/now)"], ["--until", "1d"]],
)
def test_what_is_too_young_is_not_left_out_for_ever(store: Store, tell: Tell, query: list[str]) -> None:
    done = tell(*query, "title:title", "--since-last", "n")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert "what is too young for the end of its time is never looked at again" in done.err
    assert store.exports.named("n") is None


def test_what_a_name_cannot_tell_is_said_when_it_begins(tell: Tell) -> None:
    for query in (["is:withdrawn"], ["title:a -is:duplicate"], ["--story", "1"], ["--one-per-story"]):
        told = [tell(*query, *anew, "--since-last", "n").err for anew in (["--anew"], [])]
        assert ["looks at new texts alone" in err for err in told] == [True, False]
    assert "texts alone" not in tell("is:revised site:a.test", "--since-last", "m").err


def test_a_named_export_that_was_overtaken_is_not_gone_on_with(store: Store, small: None) -> None:
    with pytest.raises(Stopped):
        job(store, "a.jsonl", name="n").run(watch=stop_after(12), every=8)
    job(store, "b.jsonl", name="n").run()
    with pytest.raises(UsageError, match="was another one"):
        job(store, "a.jsonl", name="n", resume=True)


def test_parts_of_a_name_stand_beside_each_other(store: Store, tell: Tell) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert tell("--format", "parquet", "-o", "d/", "--since-last", "lake").code == 0
    revise(store, 7)
    assert tell("--format", "parquet", "-o", "d/", "--since-last", "lake").code == 0
    table = parquet.read_table("d")
    found = sorted(zip(table.column("id").to_pylist(), table.column("revision").to_pylist(), strict=True))
    assert found == sorted([*((number, 1) for number in range(1, 31)), (7, 2)])


@pytest.mark.parametrize("anew", [[], ["--anew"]])
@pytest.mark.parametrize("before", [0, 2])
def test_a_folder_has_each_article_once_when_its_name_could_not_be_noted(
    store: Store, tell: Tell, monkeypatch: pytest.MonkeyPatch, before: int, anew: list[str]
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    advance = Exports.advance

    def busy(exports: Exports, export: NamedExport, *, before: int | None) -> None:
        if export.revision_id:
            raise StoreBusy
        advance(exports, export, before=before)

    to = ("--format", "parquet", "-o", "d/", "--since-last", "lake")
    for step in range(before):
        assert tell(*to).code == 0
        _add(store, f"later{step}", 3)
    for step in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(Exports, "advance", busy)
            done = tell(*to, *anew)
        assert (done.code, done.err.count("\n")) == (1, 1)
        _add(store, f"latest{step}", 4)
    for expected in (32 + before, 33 + before):
        assert tell(*to).code == 0
        assert sorted(parquet.read_table("d").column("id").to_pylist()) == list(range(1, expected + 1))
        _add(store, f"last{expected}", 5)
    assert not Path("d/.kabar.part").exists()


def test_an_export_that_was_overtaken_replaces_nothing(store: Store, tell: Tell) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    to = ("--format", "parquet", "-o", "d/", "--since-last", "lake")
    assert tell(*to).code == 0
    _add(store, "later", 3)
    late = job(store, "d/", format_="parquet", name="lake")
    _add(store, "latest", 3)
    assert tell(*to).code == 0
    with pytest.raises(ExportMoved, match="ended first"):
        late.run()
    _add(store, "last", 3)
    assert tell(*to).code == 0
    assert sorted(parquet.read_table("d").column("id").to_pylist()) == list(range(1, 34))


def test_a_folder_has_each_article_once_when_exports_begin_anew(store: Store, tell: Tell) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")

    def read() -> list[int]:
        return sorted(parquet.read_table("d").column("id").to_pylist())

    to = ("--format", "parquet", "-o", "d/")
    steps = ([], ["--since-last", "lake"], ["--since-last", "lake", "--anew"], ["--since-last", "lake"], [])
    for number, step in enumerate(steps):
        assert tell(*to, *step).code == 0
        assert read() == list(range(1, 31 + number)), step
        _add(store, f"later{number}", number)
    for name in ("lake", "lake-2", "lake"):
        assert tell(*to, "--since-last", name, "--anew").code == 0
    assert len(read()) == 2 * 35, "names have the folder beside each other"
    foreign = [
        Path("d") / name for name in ("day=1/lake-1-1.parquet", "day=1/mine.parquet", "kabar-00001.parquet")
    ]
    foreign[0].parent.mkdir()
    for path in foreign:
        path.touch()
    assert tell(*to).code == 0
    assert all(path.exists() for path in foreign)
    assert len([*Path("d").rglob("lake*")]) == 1


def test_numbers_of_articles_are_what_feeds_are_known_by(store: Store, tell: Tell) -> None:
    before = tell("--format", "atom", "--limit", "1", "--sort", "oldest").out
    revise(store, 1)
    after = tell("--format", "atom", "--story", "1").out
    number = urn(store.articles.get(1))
    assert number in before
    assert number in after
