"""Lists of sources through the command line: in, out, and crawled once."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from crawler.cli.main import run
from storage import open_store
from tests.daemons import environment
from tests.keeping import add_source
from tests.newspaper import Newspaper

LIST = """<opml version="2.0"><body>
<outline text="News"><outline text="A" xmlUrl="https://a.example/f"/></outline>
<outline text="B" xmlUrl="https://b.example/f"/>
<outline text="C" htmlUrl="https://c.example/"/>
<outline text="A again" xmlUrl="https://a.example/f" category="more"/>
</body></opml>"""


class Done(NamedTuple):
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


@pytest.fixture
def tell(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str
) -> Tell:
    for name, value in environment(url).items():
        if name.startswith("KABAR_"):
            monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def told(*arguments: str) -> Done:
        capsys.readouterr()
        code = run(list(arguments))
        return Done(code, *capsys.readouterr())

    return told


def test_a_list_comes_in_with_a_row_a_line(tell: Tell, tmp_path: Path, url: str) -> None:
    (tmp_path / "list.opml").write_text(LIST)
    done = tell("sources", "import", "--dry-run", "list.opml")
    assert "2 would be added · 1 followed already · 1 refused" in done.err
    assert tell("sources").out == ""
    done = tell("sources", "import", "--json", "--tag", "mine", "list.opml")
    assert done.code == 4
    assert [(row["line"], row["outcome"], row["source_id"]) for row in done.values] == [
        (2, "added", 1), (3, "added", 2), (4, "refused", None), (5, "already", 1),
    ]  # fmt: skip
    assert done.values[3]["reason"] == "stands in line 2 already"
    assert 'kabar: list.opml, line 4 ("C"): names a web page but no feed; `kabar add' in done.err
    with open_store(url) as store:
        first, second = store.sources.list()
    assert (first.tags, second.tags) == (("News", "mine", "more"), ("mine",))
    done = tell("sources", "import", "--partial-ok", "--tag", "later", "list.opml")
    assert (done.code, done.out.splitlines()[0].split("\t")[1]) == (0, "already")
    with open_store(url) as store:
        assert store.sources.list()[1].tags == ("mine", "later")


def test_lists_from_stdin_and_several_files(
    tell: Tell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b"url\nhttps://a.example/f\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(body)))
    (tmp_path / "feed.xml").write_text("<rss version='2.0'><channel/></rss>")
    done = tell("sources", "import", "-", "feed.xml")
    assert done.code == 4
    assert "kabar: feed.xml: is a feed, not a list of sources" in done.err
    done = tell("sources", "import", "feed.xml")
    assert (done.code, done.out.split("\t")[1]) == (1, "refused")
    done = tell("sources", "import", "missing.opml")
    assert (done.code, done.err) == (1, "kabar: missing.opml: No such file or directory\n")


def test_options_of_a_list_are_told(tell: Tell, tmp_path: Path) -> None:
    options = json.dumps({"proxy": "http://p.example:3128"}).replace('"', '""')
    (tmp_path / "list.csv").write_text(f'url,options\nhttps://a.example/f,"{options}"\n')
    done = tell("sources", "import", "list.csv")
    assert "1 source brings its own way to be fetched: proxy" in done.err


def test_a_list_goes_out_by_suffix_tag_and_without_secrets(tell: Tell, tmp_path: Path) -> None:
    (tmp_path / "list.opml").write_text(LIST)
    tell("sources", "import", "list.opml")
    assert tell("sources", "set", "1", "--auth", "me:hunter2").code == 0
    done = tell("sources", "export", "-o", "out.opml")
    assert (done.code, done.out) == (0, "")
    assert "2 sources written to out.opml" in done.err
    assert "--with-secrets" in done.err
    assert "hunter2" not in (tmp_path / "out.opml").read_text()
    assert "hunter2" in tell("sources", "export", "--with-secrets").out
    done = tell("sources", "export", "--format", "csv", "--tag", "news")
    assert [line.partition(",")[0] for line in done.out.splitlines()] == ["url", "https://a.example/f"]
    done = tell("sources", "export", "-o", "out.doc")
    assert (done.code, "give --format" in done.err) == (2, True)


def test_a_crawl_takes_the_sources_of_a_file(
    tell: Tell, newspaper: Newspaper, tmp_path: Path, url: str
) -> None:
    one, two = newspaper.outlet("one"), newspaper.outlet("two")
    one.publish_many(2)
    two.publish()
    (tmp_path / "list.csv").write_text(f"url\n{one.feed_url}\nnonsense\n{two.feed_url}\n")
    done = tell("crawl", "--json", "list.csv")
    assert done.code == 4
    assert [(row["target"], row["outcome"], row["stored"]) for row in done.values] == [
        (one.feed_url, "new", 2), ("list.csv, line 3", "failed", 0), (two.feed_url, "new", 1),
    ]  # fmt: skip
    with open_store(url) as store:
        assert store.sources.list() == [], "crawled once, not followed"
    assert tell("crawl", "missing.opml").code == 1


def test_a_crawl_takes_the_sources_of_a_list_behind_a_url(tell: Tell, newspaper: Newspaper) -> None:
    one, two = newspaper.outlet("one"), newspaper.outlet("two")
    one.publish_many(2)
    inner = two.put("/inner.opml", f'<opml><body><outline xmlUrl="{two.feed_url}"/></body></opml>')
    lines = "".join(f'<outline xmlUrl="{url}"/>' for url in (one.feed_url, inner))
    lines += f'<outline text="x" htmlUrl="{one.base}/"/>'
    outer = two.put("/outer.opml", f"<opml><body>{lines}</body></opml>")
    done = tell("crawl", "--json", outer)
    assert done.code == 4
    rows = {row["target"]: row for row in done.values}
    assert (rows[outer]["outcome"], rows[outer]["seen"]) == ("listed", 3)
    assert rows[one.feed_url]["stored"] == 2
    assert rows[inner]["error"] == "is a list of sources within a list; crawl it by itself"
    assert "names a web page" in rows[f"{outer}, line 1"]["error"]
    assert two.feed_url not in rows


@pytest.mark.parametrize("format_", ["opml", "csv"])
def test_a_title_does_not_steer_the_terminal(
    tell: Tell, url: str, monkeypatch: pytest.MonkeyPatch, format_: str
) -> None:
    title = "a\x9b31m\u202eb"
    with open_store(url) as store:
        source = add_source(store, "a")
        store.sources.update(source.id, now=0.0, title=title)
    assert "\u202e" in tell("sources", "export", "--format", format_).out
    monkeypatch.setattr("crawler.cli.sources_exchange.on_terminal", lambda: True)
    done = tell("sources", "export", "--format", format_)
    assert "a" in done.out
    assert not {"\x9b", "\u202e"} & {*done.out}
