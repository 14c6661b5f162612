"""The crawling commands against the loopback newspaper: what they say, and how they end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from crawler.cli.main import run
from crawler.record import FIELDS
from storage import open_store
from storage.hits import Filters
from tests.daemons import KABAR, environment
from tests.newspaper import Newspaper
from tests.ports import dead_url


class Done(NamedTuple):
    """How a run ended: exit code, stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def values(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Tell = Callable[..., Done]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'kabar.db'}"


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str) -> None:
    """Crawl without pauses, in one reading process; loopback is for each test to allow."""
    for name in list(os.environ):
        if name.startswith("KABAR_"):
            monkeypatch.delenv(name)
    for name, value in environment(url).items():
        if name.startswith("KABAR_") and name != "KABAR_FETCH__ALLOW_PRIVATE":
            monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Tell:
    """Run a command line in this process."""

    def told(*arguments: str) -> Done:
        capsys.readouterr()
        code = run(list(arguments))
        return Done(code, *capsys.readouterr())

    return told


def test_a_crawl_prints_a_row_and_a_summary(tell: Tell, newspaper: Newspaper) -> None:
    daily = newspaper.outlet("daily")
    daily.publish_many(3)
    done = tell("crawl", "--allow-private", daily.feed_url)
    assert done.code == 0
    assert done.out.split("\t")[:10] == [daily.feed_url, "new", "200", "3", "3", "3", "0", "0", "0", "0"]
    assert done.err == "3 stored · 0 revised · 0 duplicates · 0 rejected · 0 deferred\n"

    done = tell("crawl", "--allow-private", daily.feed_url, "--json", "--fail-on-empty", "--quiet")
    assert (done.code, done.err) == (3, "")
    (row,) = done.values
    assert (row["target"], row["outcome"], row["status"], row["stored"]) == (
        daily.feed_url,
        "not_modified",
        304,
        0,
    )


def test_limit_since_and_add(tell: Tell, newspaper: Newspaper, url: str) -> None:
    daily = newspaper.outlet("daily")
    daily.publish_many(4)
    (row,) = tell("crawl", "--allow-private", "--limit", "1", "--add", "--json", daily.feed_url).values
    assert (row["seen"], row["stored"]) == (4, 1)
    with open_store(url) as store:
        assert store.sources.get(daily.feed_url).state == "active"
    (row,) = tell("crawl", "--allow-private", "--since", "2100-01-01", "--json").values
    assert (row["target"], row["stored"]) == (daily.feed_url, 0)


def test_some_failed_is_4_all_failed_is_1(tell: Tell, newspaper: Newspaper) -> None:
    daily = newspaper.outlet("daily")
    daily.publish()
    dead = dead_url()
    done = tell("crawl", "--allow-private", daily.feed_url, dead)
    assert done.code == 4
    assert [line.split("\t")[1] for line in done.out.splitlines()] == ["new", "failed"]
    assert f"kabar: {dead}: " in done.err
    assert "1 target failed" in done.err
    assert tell("crawl", "--allow-private", "--partial-ok", daily.feed_url, dead).code == 0

    done = tell("crawl", "--allow-private", "--partial-ok", "--quiet", dead)
    assert (done.code, done.err.count("\n")) == (1, 1), "an error is said even when quiet"
    assert done.err.startswith(f"kabar: {dead}: ")


def test_private_addresses_need_permission(tell: Tell, newspaper: Newspaper) -> None:
    daily = newspaper.outlet("daily")
    daily.publish()
    done = tell("crawl", daily.feed_url)
    assert done.code == 1
    assert "private_address" in done.err
    assert newspaper.requests == []


@pytest.mark.parametrize("command", [("crawl",), ("run", "--once", "--no-starters")])
def test_what_was_refused_for_its_address_is_taken_up_when_it_is_allowed(
    tell: Tell, newspaper: Newspaper, url: str, command: tuple[str, ...]
) -> None:
    daily = newspaper.outlet("daily")
    for _ in range(2):
        daily.publish(lead=" ")
    assert tell("add", "--allow-private", daily.feed_url).code == 0
    tell(*command)
    assert tell("search").out == ""
    with open_store(url) as store:
        assert store.status(now=time.time()).rejected == {"private_address": 2}
    tell(*command, "--allow-private")
    assert len(tell("search").out.splitlines()) == 2


def test_what_was_refused_of_a_source_that_is_not_followed_stays_refused(
    tell: Tell, newspaper: Newspaper, url: str
) -> None:
    daily = newspaper.outlet("daily")
    daily.publish(lead=" ")
    assert tell("add", "--allow-private", daily.feed_url).code == 0
    tell("run", "--once", "--no-starters")
    assert tell("sources", "remove", "--yes", "1").code == 0
    asked = len(newspaper.requests)
    assert tell("run", "--once", "--no-starters", "--allow-private").code == 0
    assert len(newspaper.requests) == asked


def test_an_article_that_is_gone_when_it_is_crawled_is_withdrawn(tell: Tell, newspaper: Newspaper) -> None:
    daily = newspaper.outlet("daily")
    piece, other = daily.publish_many(2)
    assert tell("crawl", "--allow-private", daily.feed_url).code == 0
    daily.remove(piece.url)
    assert tell("crawl", "--allow-private", piece.url, other.url).code == 4
    assert tell("search", "is:withdrawn").out.split("\t")[-1] == f"{piece.url}\n"
    assert tell("crawl", "--allow-private", piece.url).code == 1, "known already"


def test_it_is_looked_at_once_more_as_it_may_come_back(tell: Tell, newspaper: Newspaper, url: str) -> None:
    daily = newspaper.outlet("daily")
    piece = daily.publish()
    assert tell("add", "--allow-private", daily.feed_url).code == 0
    assert tell("crawl", "--allow-private").code == 0
    with open_store(url) as store:
        plan = store.revisits.of(1)
        assert plan is not None
        store.revisits.end(plan, now=time.time())
    assert tell("crawl", "--allow-private", piece.url).code == 0
    daily.remove(piece.url)
    assert tell("crawl", "--allow-private", piece.url).code == 1
    with open_store(url) as store:
        again = store.revisits.of(1)
        assert again is not None
        assert again.entry.id == plan.entry.id, "that of the source, not the one by hand"
        assert again.next_due_at > time.time() + 6 * 86_400


def test_not_so_one_of_which_another_address_is_gone(tell: Tell, newspaper: Newspaper) -> None:
    daily = newspaper.outlet("daily")
    piece = daily.publish()
    moved = f"{daily.base}/r/x"
    daily.put("/r/x", "", status=302, headers={"location": piece.path})
    assert tell("crawl", "--allow-private", moved).code == 0
    daily.put("/r/x", "", status=410)
    assert tell("crawl", "--allow-private", moved).code == 1
    assert tell("search", "is:withdrawn").out == ""


def test_no_store_prints_the_articles_and_keeps_nothing(
    tell: Tell, newspaper: Newspaper, tmp_path: Path
) -> None:
    daily = newspaper.outlet("daily")
    pieces = daily.publish_many(2)
    done = tell("crawl", "--allow-private", "--no-store", daily.feed_url)
    assert done.code == 0
    assert all(list(value) == list(FIELDS) for value in done.values)
    assert {value["title"] for value in done.values} == {piece.title for piece in pieces}
    assert "2 stored" in done.err
    assert list(tmp_path.glob("kabar.db*")) == []


def test_without_sources_a_crawl_says_so(tell: Tell) -> None:
    done = tell("crawl")
    assert (done.code, done.out, done.err) == (
        0,
        "",
        "there are no sources to crawl: `kabar add URL` follows one\n",
    )
    assert tell("crawl", "--fail-on-empty").code == 3


def test_on_a_terminal_a_dry_run_ends_with_what_follows_each(
    tell: Tell, newspaper: Newspaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    daily = newspaper.outlet("daily")
    daily.publish_many(2)
    add = ("add", "--allow-private", "--dry-run", daily.feed_url)
    assert "kabar add" not in tell(*add).err
    monkeypatch.setattr("crawler.cli.add.on_terminal", lambda: True)
    assert f"to follow:\n  kabar add {daily.feed_url}   # The Daily\n" in tell(*add).err
    assert "kabar add" not in tell(*add, "--json").err


def test_add_looks_follows_and_knows(tell: Tell, newspaper: Newspaper, url: str) -> None:
    daily = newspaper.outlet("daily", language="id")
    daily.publish_many(2)
    add = ("add", "--allow-private", "--json")
    (found,) = tell(*add, "--dry-run", daily.feed_url).values
    assert (found["source_id"], found["entries"], found["language"]) == (None, 2, "id")
    with open_store(url) as store:
        assert store.sources.list() == []

    (found,) = tell(*add, "--tag", "a", "--tag", "b", "--title", "Mine", daily.feed_url).values
    assert (found["already"], found["error"]) == (False, None)
    with open_store(url) as store:
        source = store.sources.get(found["source_id"])
    assert (source.title, source.tags, source.state) == ("Mine", ("a", "b"), "active")

    done = tell("add", "--allow-private", daily.feed_url)
    assert (done.code, done.out.split("\t")[:2]) == (0, [str(source.id), "already"])


def test_add_of_a_page_without_sources_fails(tell: Tell, newspaper: Newspaper) -> None:
    daily = newspaper.outlet("daily")
    daily.feed_path = "/hidden.xml"
    for path in ("/rss.xml", "/feed.xml"):
        daily.put(path, "no", status=404)
    home = daily.put("/home", "<html><body>Home</body></html>")
    done = tell("add", "--allow-private", home)
    assert (done.code, done.out.split("\t")[1]) == (1, "failed")
    assert "no feed, sitemap or list of articles was found behind it" in done.err
    assert tell("add", "--allow-private", home, daily.feed_url).code == 4


@pytest.mark.parametrize("command", ["crawl", "add"])
def test_a_saved_page_is_no_host(tell: Tell, tmp_path: Path, command: str) -> None:
    (tmp_path / "page.html").write_text("<html><body>Home</body></html>")
    for name in ("page.html", "./page.html", str(tmp_path / "page.html")):
        done = tell(command, name)
        assert done.code == 1
        told = f"{name}: is a file, and no address of the web; `kabar read FILE` reads a saved page"
        assert told in done.err


@pytest.mark.parametrize("command", ["crawl", "add"])
@pytest.mark.parametrize("name", ["j.txt", "Seite.HTML"])
def test_a_file_that_is_not_there_is_no_host(tell: Tell, command: str, name: str) -> None:
    done = tell(command, name)
    assert done.code == 1
    assert f"kabar: {name}: there is no such file (a host of that name is meant with https://" in done.err


def test_run_once(tell: Tell, newspaper: Newspaper, url: str) -> None:
    daily = newspaper.outlet("daily")
    daily.publish_many(2)
    assert tell("add", "--allow-private", daily.feed_url).code == 0
    done = tell("run", "--once", "--allow-private", "--no-starters")
    assert (done.code, done.out) == (0, "")
    assert all(json.loads(line)["time"] for line in done.err.splitlines())
    assert len(tell("search").out.splitlines()) == 2
    with open_store(url) as store, store.hold_daemon("process 1 on here"):
        done = tell("run", "--once", "--no-starters")
    assert done.code == 1
    assert "process 1 on here; stop it first" in done.err.splitlines()[-1]


def test_starters_are_followed_when_asked_for(tell: Tell, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    from crawler.starters import starters

    # A proxy that is not there keeps the polls of the starters on this machine.
    monkeypatch.setenv("KABAR_FETCH__PROXY", dead_url(""))
    assert tell("run", "--once", "--no-starters").code == 0
    assert tell("sources").out == ""
    assert tell("run", "--once", "--starters", "--allow-private").code == 0
    with open_store(url) as store:
        found = {source.url: source.failures for source in store.sources.list()}
    assert set(found) == {starter.url for starter in starters()}
    assert sum(found.values()) >= len(found) - 1, (
        "two share a host, which is left alone after its first failure"
    )


@pytest.mark.parametrize(
    ("answer", "followed"), [pytest.param("n", False, marks=pytest.mark.slow), ("y", True)]
)
def test_on_a_terminal_the_starters_are_offered(url: str, answer: str, followed: bool) -> None:
    ours, theirs = os.openpty()
    env = environment(url, KABAR_FETCH__PROXY=dead_url(""), TERM="xterm")
    command = [sys.executable, "-m", "crawler", "run", "--once"]
    daemon = subprocess.Popen(command, env=env, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    try:
        shown = _until(ours, b"Follow them?")
        os.write(ours, answer.encode() + b"\n")
        _until(ours, None)
        assert daemon.wait(30) == 0
    finally:
        daemon.kill()
        os.close(ours)
    assert b"ANTARA News" in shown
    with open_store(url) as store:
        assert bool(store.sources.list()) == followed


def _until(terminal: int, text: bytes | None) -> bytes:
    """Read a terminal until ``text`` was shown, or to its end."""
    shown = b""
    while text is None or text not in shown:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the other side was closed
            piece = b""
        if not piece:
            break
        shown += piece
    return shown


def test_ctrl_c_drains_a_crawl_and_is_130(newspaper: Newspaper, url: str, tmp_path: Path) -> None:
    daily = newspaper.outlet("daily")
    never = daily.publish()
    daily.fail(never.path, "never")
    crawl = subprocess.Popen(
        [*KABAR, "crawl", "--json", daily.feed_url],
        env=environment(url, KABAR_FETCH__TIMEOUT="300"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _wait(lambda: newspaper.visits_to(never.path))
        crawl.send_signal(signal.SIGINT)
        out, err = crawl.communicate(timeout=60)
    finally:
        crawl.kill()
    assert crawl.returncode == 130, err
    row = json.loads(out)
    assert (row["target"], row["seen"]) == (daily.feed_url, 1)
    assert err.splitlines()[-1].startswith("interrupted: ")
    assert "Traceback" not in err


def _wait(holds: Callable[[], object]) -> None:
    give_up = time.monotonic() + 100
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.05)


@pytest.mark.slow
def test_the_demo_tells_a_day_and_leaves_its_store(tell: Tell, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'demo' / 'demo.db'}"
    done = tell("demo", "--directory", str(tmp_path / "demo"))
    assert done.code == 0, done.err
    assert "offered" in done.out
    assert f"kabar search ferry --database {database}" in done.err
    assert len(tell("search", "--database", database).out.splitlines()) > 5


@pytest.mark.slow
def test_the_demo_goes_on_when_nobody_listens_any_more(tmp_path: Path) -> None:
    """``kabar demo | head``: its store is whole all the same."""
    with subprocess.Popen(
        [sys.executable, "-m", "crawler", "demo", "--directory", str(tmp_path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as demo:  # fmt: skip
        assert demo.stdout is not None
        assert demo.stderr is not None
        assert "invented papers" in demo.stdout.readline()
        demo.stdout.close()
        assert demo.stderr.read() == ""
        assert demo.wait(60) == 0
    with open_store(f"sqlite:///{tmp_path / 'demo.db'}") as store:
        assert store.articles.count(Filters()) > 40
