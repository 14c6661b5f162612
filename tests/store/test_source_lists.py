"""Lists of sources in and out: what is read of them, what is refused, and that round trips lose nothing."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.cli.main import run
from crawler.export import opml, sheet
from crawler.importing import run_import
from spiders.errors import NotAList
from spiders.readers.lists import read_list
from storage import open_store
from storage.model import NewSource, Source
from storage.store import Store
from tests.depth import examples

NOW = 1_760_000_000.0
OPML = """<?xml version="1.0" encoding="iso-8859-1"?>
<opml version="1.1"><head><title>x</title></head><body>
<outline text="Berita"><outline text="Ekonomi">
  <outline text="Caf\xe9" type="rss" xmlUrl="https://a.example/rss" htmlUrl="https://a.example/"
    language="id"/>
</outline>
<outline text="B" xmlUrl="feed://b.example/rss" category="/Dunia/Asia,Pagi"/></outline>
<outline title="Hanya situs" htmlUrl="https://c.example/"/>
<outline text="Rusak" xmlUrl="not a url"/>
<outline text="Dua kali" xmlUrl="https://a.example/rss"/>
</body></opml>""".encode("latin-1")


def bring(
    store: Store, *bodies: bytes, dry_run: bool = False, tags: tuple[str, ...] = ()
) -> list[tuple[str, str]]:
    report = run_import(
        store,
        ((f"list{place}", body) for place, body in enumerate(bodies)),
        now=NOW,
        first_interval=1800.0,
        tags=tags,
        dry_run=dry_run,
        progress=lambda done, total: None,
    )
    return [(row.outcome, row.url or row.title or "") for row in report.rows]


def followed(store: Store) -> dict[str, Source]:
    return {source.url: source for source in store.sources.list()}


def written(write: Callable[..., int], store: Store, *, secrets: bool = False) -> str:
    out = io.StringIO()
    write(store.sources.list(), out, secrets=secrets)
    return out.getvalue()


def test_opml_of_other_readers(store: Store) -> None:
    outcomes = [outcome for outcome, _ in bring(store, OPML)]
    assert sorted(outcomes) == ["added", "added", "already", "refused", "refused"]
    found = followed(store)
    assert set(found) == {"https://a.example/rss", "http://b.example/rss"}
    first, second = found["https://a.example/rss"], found["http://b.example/rss"]
    assert (first.title, first.tags, first.language) == ("Café", ("Berita", "Ekonomi"), "id")
    assert first.site_url == "https://a.example/"
    assert {"Berita", "Dunia", "Asia", "Pagi"} <= set(second.tags)


def test_known_sources_keep_what_they_have_and_get_tags(store: Store) -> None:
    own = NewSource(url="https://a.example/rss", host="a.example", title="Mine", tags=("x",))
    store.sources.add(own, now=NOW)
    assert ("already", "https://a.example/rss") in bring(store, OPML)
    source = followed(store)["https://a.example/rss"]
    assert (source.title, source.tags) == ("Mine", ("x", "Berita", "Ekonomi"))


def test_a_dry_run_says_the_same_and_does_nothing(store: Store) -> None:
    tried = bring(store, OPML, dry_run=True)
    assert followed(store) == {}
    assert sorted(tried) == sorted(bring(store, OPML))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_by_any_delimiter(store: Store, delimiter: str) -> None:
    lines = [
        "\ufefftitle,url,tags,interval,colour",
        '"Satu\nbaris",https://a.example/1,"x; y",15m,red',
        ",nope,,,",
    ]
    body = "\r\n".join(lines)
    if delimiter != ",":
        body = body.replace(",", delimiter)
    assert sorted(outcome for outcome, _ in bring(store, body.encode())) == ["added", "refused"]
    [source] = followed(store).values()
    assert (source.tags, source.interval) == (("x", "y"), 900.0)


def test_bare_addresses(store: Store) -> None:
    bring(store, b"https://a.example/1\nhttps://a.example/2\n", tags=("neu",))
    assert [source.tags for source in followed(store).values()] == [("neu",), ("neu",)]


@pytest.mark.parametrize(
    "body",
    [b"", b"%PDF-1.7", b"<!doctype html><p>x", b"<rss><channel/></rss>", b"title,colour\na,b\n", b'{"a": 1}'],
)
def test_what_is_no_list_is_refused_in_one_line(body: bytes) -> None:
    with pytest.raises(NotAList) as refused:
        read_list(body, name="x")
    assert "\n" not in str(refused.value)


def test_entities_are_not_unfolded() -> None:
    bomb = b'<!DOCTYPE o [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]><opml><body><outline text="&b;" xmlUrl="https://a.example/"/></body></opml>'
    [line] = read_list(bomb, name="x").lines
    assert "aaaaaaaaaa" not in str(line)


RICH = (
    NewSource(url="https://a.example/rss", host="a.example"),
    NewSource(
        url="https://b.example/sitemap.xml",
        host="b.example",
        kind="sitemap",
        state="paused",
        title='=SUM(A1) "x", & <b>',
        site_url="https://b.example/",
        language="id",
        country="ID",
        tags=("Ekonomi, Bisnis", "a/b", "日本"),
        interval=900.0,
    ),
    NewSource(
        url="https://c.example/rss",
        host="c.example",
        title="'quoted",
        tags=("x",),
        schedule={"cron": "*/10 6-22 * * 1-5", "zone": "Asia/Jakarta"},
        options={"user_agent": "mine/1.0", "auth": ["me", "secret"], "obey_robots": False},
    ),
)


@pytest.mark.parametrize("write", [opml.write, sheet.write])
@pytest.mark.parametrize("secrets", [False, True])
def test_round_trips_are_exact(store: Store, write: Callable[..., int], secrets: bool) -> None:
    for new in RICH:
        store.sources.add(new, now=NOW)
    first = written(write, store, secrets=secrets)
    assert ("secret" in first) is secrets
    with open_store("sqlite://") as other:
        assert {outcome for outcome, _ in bring(other, first.encode())} == {"added"}
        assert written(write, other, secrets=secrets) == first
        for url, source in followed(other).items():
            original = followed(store)[url]
            for name in (
                "title",
                "site_url",
                "language",
                "country",
                "tags",
                "kind",
                "state",
                "interval",
                "schedule",
            ):
                assert getattr(source, name) == getattr(original, name), name


def test_no_spreadsheet_runs_a_cell(store: Store) -> None:
    for new in RICH:
        store.sources.add(new, now=NOW)
    assert "'=SUM" in written(sheet.write, store)


@settings(max_examples=examples(150), deadline=None)
@given(st.integers(0, len(OPML)), st.binary(max_size=10), st.integers(0, 30))
def test_no_mutation_is_more_than_no_list(at: int, junk: bytes, gone: int) -> None:
    try:
        listing = read_list(OPML[:at] + junk + OPML[at + gone :], name="x")
    except NotAList:
        return
    assert len(listing.lines) <= 10


def test_thousands_of_lines(store: Store) -> None:
    many = 10_000 if store.url.startswith("sqlite:///") else 3_000
    rows = "".join(f"https://h{n % 700}.example/{n}.xml,Feed {n},a; b\r\n" for n in range(many))
    outcomes = bring(store, f"url,title,tags\r\n{rows}".encode())
    assert {outcome for outcome, _ in outcomes} == {"added"}
    due = sorted(source.next_due_at - NOW for source in store.sources.list())
    assert due[0] >= 0
    assert due[-1] > 1200, "first polls are spread"
    assert due[many // 2] > 300


def test_real_lists(store: Store, test_data: Path) -> None:
    files = sorted((test_data / "opml").glob("*.opml"))
    assert len(files) > 15
    bring(store, *(file.read_bytes() for file in files))
    first = written(opml.write, store)
    assert len(followed(store)) > 250
    with open_store("sqlite://") as other:
        bring(other, first.encode())
        assert set(followed(other)) == set(followed(store))


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = ["--database", f"sqlite:///{tmp_path}/kabar.db", "sources"]
    (tmp_path / "in.opml").write_bytes(OPML)
    assert run([*base, "import", str(tmp_path / "in.opml"), "--json"]) == 4
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    [refused] = [row for row in rows if row["title"] == "Rusak"]
    assert "no web address" in refused["reason"]
    assert run([*base, "import", str(tmp_path / "in.opml"), "--partial-ok"]) == 0
    assert run([*base, "export", "-o", str(tmp_path / "out.csv")]) == 0
    assert (tmp_path / "out.csv").read_text().startswith("url,")
    assert run([*base, "export", "-o", str(tmp_path / "out.xlsx")]) == 2
    assert run([*base, "import", str(tmp_path / "nosuch.opml")]) == 1
