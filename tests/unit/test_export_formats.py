"""Every format is read back by what others read it with, and says the same."""

import io
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from markdown_it import MarkdownIt

from crawler.errors import NeedsExtra, UsageError
from crawler.export import (
    atom,
    export,
    jsonfeed,
    markdown,
    newsarticle,
    ninjs,
    output_for,
    parquet,
    rss,
    warc,
)
from crawler.export.goal import FORMATS, Goal, goal_for
from crawler.export.note import Note
from crawler.export.run import run
from crawler.export.shape import About, Shape, updated, urn
from crawler.export.xml import paragraphs
from crawler.record import record, timestamp
from spiders.readers.source import read_source
from storage.exports import Batch
from storage.model import Article
from storage.raw import KeptPage
from tests.depth import examples
from tests.writing import SEEN, WIB, article

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
ABOUT = About(title="Beras & co", query="beras", link="https://me.test/feed", made_at=SEEN)
few = settings(max_examples=examples(40))


def written(shape: Shape, *articles: Article) -> str:
    latest = max(map(updated, articles), default=None)
    return shape.head + shape.between.join(map(shape.one, articles)) + shape.tail(latest)


def feed(text: str) -> Any:
    found = feedparser.parse(io.BytesIO(text.encode()), sanitize_html=False)
    assert not found.bozo, found.get("bozo_exception")
    return found


XML = [atom.shape, rss.shape]


# feeds


@pytest.mark.parametrize(("make", "version"), [(atom.shape, "atom10"), (rss.shape, "rss20")])
def test_a_feed_is_read_back(make: Callable[[About], Shape], version: str) -> None:
    one, two = article(1), article(2, revision=2, fetched_at=SEEN + timedelta(hours=5), title="Dua")
    found = feed(written(make(ABOUT), one, two))
    assert (found.version, found.feed.title, len(found.entries)) == (version, "Beras & co", 2)
    entry = found.entries[0]
    assert (entry.id, entry.link, entry.title) == (urn(one), one.content.url, one.content.title)
    assert [tag.term for tag in entry.tags] == ["beras", "pasar"]
    assert entry.content[0].value == paragraphs(one.content.text)
    assert datetime(*entry.published_parsed[:6], tzinfo=UTC) == one.content.published_at
    assert datetime(*found.entries[1].updated_parsed[:6], tzinfo=UTC) == SEEN + timedelta(hours=5)
    assert datetime(*found.feed.updated_parsed[:6], tzinfo=UTC) == SEEN + timedelta(hours=5)


def test_atom_has_what_the_rfc_asks_for() -> None:
    text = written(atom.shape(ABOUT), article(1, authors=(), lead=None, tags=(), image_url=None))
    root = etree.fromstring(text.encode())
    space = "{http://www.w3.org/2005/Atom}"
    assert [len(root.findall(space + name)) for name in ("id", "title", "updated")] == [1, 1, 1]
    [entry] = root.findall(f"{space}entry")
    assert [len(entry.findall(space + name)) for name in ("id", "title", "updated", "author")] == [1] * 4
    assert entry.findtext(f"{space}author/{space}name") == "News Test"
    assert entry.findtext(f"{space}source/{space}title") == "News Test"
    assert entry.get("{http://www.w3.org/XML/1998/namespace}lang") == "id"


@pytest.mark.parametrize("make", XML)
def test_an_empty_feed_is_a_feed(make: Callable[[About], Shape]) -> None:
    found = feed(written(make(About())))
    assert (found.feed.title, found.entries) == ("kabar", [])
    assert found.feed.updated_parsed[0] == 1970


@pytest.mark.parametrize("make", XML)
@few
@given(title=TEXT, text=TEXT, name=TEXT, tag=TEXT)
def test_whatever_stands_in_an_article_the_feed_is_whole(
    make: Callable[[About], Shape], title: str, text: str, name: str, tag: str
) -> None:
    made = article(title=title, text=text, authors=(name,), tags=(tag,), lead=text, publisher=name)
    root = etree.fromstring(written(make(About(title=title)), made).encode())
    shown = [node.text for node in root.iter() if node.tag.rpartition("}")[2] == "title" and node.text]
    possible = "".join("\N{REPLACEMENT CHARACTER}" if _no_xml(sign) else sign for sign in title)
    assert (possible in shown) == bool(title)


def _no_xml(sign: str) -> bool:
    return (sign < " " and sign not in "\t\n\r") or sign in "\ufffe\uffff"


def test_ids_stay_when_everything_else_changes() -> None:
    before = article(1)
    after = article(1, url="https://other.test/x", title="Neu", revision=3, urls=before.urls)
    assert urn(before) == urn(after) != urn(article(2))
    assert About(query="a", title="x").urn == About(query="a", title="y", made_at=SEEN).urn != About().urn


def test_odd_offsets_are_told_in_utc() -> None:
    from datetime import timezone

    odd = datetime(1900, 1, 1, tzinfo=timezone(timedelta(hours=7, minutes=7, seconds=12)))
    assert feed(written(rss.shape(ABOUT), article(published_at=odd))).entries[0].published.endswith("+0000")


# JSON


@few
@given(st.lists(st.tuples(TEXT, TEXT), max_size=3))
def test_a_json_feed_is_read_back(texts: list[tuple[str, str]]) -> None:
    articles = [article(n, title=title, text=text) for n, (title, text) in enumerate(texts)]
    found = json.loads(written(jsonfeed.shape(ABOUT), *articles))
    assert (found["version"], found["title"]) == ("https://jsonfeed.org/version/1.1", "Beras & co")
    assert [item["content_text"] for item in found["items"]] == [text for _, text in texts]
    assert [item.get("title", "") for item in found["items"]] == [title for title, _ in texts]
    assert [item["id"] for item in found["items"]] == [urn(one) for one in articles]


@pytest.mark.parametrize("make", [atom.shape, rss.shape, jsonfeed.shape])
def test_kabar_reads_its_own_feeds(make: Callable[[About], Shape]) -> None:
    one, two = article(1), article(2, title="Dua & <tiga>", authors=(), image_url=None, lead=None)
    body = written(make(ABOUT), one, two).encode()
    found = read_source(body, kind="feed", url="https://me.test/feed", content_type="")
    assert [entry.link for entry in found.entries] == [one.content.url, two.content.url]
    assert [entry.guid for entry in found.entries] == [urn(one), urn(two)]
    assert [entry.title for entry in found.entries] == [one.content.title, "Dua & <tiga>"]
    assert all(entry.published for entry in found.entries)


def test_a_news_article() -> None:
    [line] = written(newsarticle.shape(ABOUT), article(withdrawn_at=SEEN)).splitlines()
    found = json.loads(line)
    assert (found["@context"], found["@type"]) == ("https://schema.org", "NewsArticle")
    assert found["author"] == [{"@type": "Person", "name": "Ani"}, {"@type": "Person", "name": "Budi"}]
    assert (found["datePublished"], found.get("dateModified")) == ("2026-11-24T01:15:00+07:00", None)
    assert (found["isAccessibleForFree"], found["citation"]) == (True, ["Reuters"])
    assert found["image"]["caption"] == "Pasar"
    assert found["creativeWorkStatus"] == "Withdrawn"
    assert "dateModified" in json.loads(newsarticle.shape(ABOUT).one(article(revision=2)))


SCHEMA_ORG: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("headline", "description", "articleBody", "inLanguage", "creditText", "dateline"), str),
    **dict.fromkeys(("datePublished", "dateModified", "sdDatePublished", "articleSection", "url"), str),
    **dict.fromkeys(("mainEntityOfPage", "creativeWorkStatus"), str),
    **{"wordCount": int, "isAccessibleForFree": bool, "version": (int, str), "keywords": list},
    **{"author": list, "publisher": dict, "image": dict, "citation": list, "identifier": dict},
}
"""Properties of NewsArticle, CreativeWork and Thing that are written, with what they may be."""
WANTED = {"headline", "author", "publisher", "datePublished", "dateModified", "image", "mainEntityOfPage"}
"""What search engines ask of a NewsArticle."""


def test_a_news_article_keeps_to_schema_org() -> None:
    full = newsarticle.document(article(revision=2, withdrawn_at=SEEN))
    assert {name for name in full if not name.startswith("@")} == SCHEMA_ORG.keys() >= WANTED
    assert [name for name, kind in SCHEMA_ORG.items() if not isinstance(full[name], kind)] == []
    moments = [str(full[name]) for name in ("datePublished", "dateModified", "sdDatePublished")]
    assert all(datetime.fromisoformat(text).tzinfo for text in moments)


def test_what_is_unknown_is_left_out() -> None:
    bare = article(authors=(), tags=(), lead=None, image_url=None, paywalled=None, citations=(), credits=(),
                   byline=None, dateline=None, section=None, published_at=None, reservations={})  # fmt: skip
    for document in (newsarticle.document(bare), ninjs.document(bare), jsonfeed.item(bare)):
        assert not [name for name, value in document.items() if value in (None, "", [], {})]


# Markdown


def told(text: str) -> list[str]:
    """Return the blocks of text that a Markdown reader shows."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
    kinds = {token.type for token in tokens}
    assert kinds <= {"inline", "paragraph_open", "paragraph_close", "heading_open", "heading_close"}
    blocks = [token.children or [] for token in tokens if token.type == "inline"]
    for block in blocks:
        assert {token.type for token in block} <= {"text", "text_special", "hardbreak", "softbreak"}
    return ["".join("\n" if "break" in t.type else t.content for t in block) for block in blocks]


def _as_lines(text: str) -> list[str]:
    """Return paragraphs as they are meant: blanks within a line do not count, empty lines neither."""
    blocks = ("\n".join(filter(None, (" ".join(line.split()) for line in block.split("\n"))))
              for block in text.split("\n\n"))  # fmt: skip
    return [block for block in blocks if block]


SIGNS = st.text(
    st.sampled_from("ab1 2.)(#*_-+=`~<>&;|[]!\\:\"'\n\t/x") | st.characters(exclude_categories=["Cs"]),
    max_size=40,
)


@settings(max_examples=examples(150))
@given(SIGNS)
def test_no_character_of_a_text_is_markup(text: str) -> None:
    body = markdown.document(article(title="T", text=text)).split("\n---\n", 1)[1]
    shown = told(body)
    assert shown[0] == "T"
    assert shown[1:] == [block.replace("\0", "\ufffd") for block in _as_lines(text)]


@pytest.mark.parametrize(
    "text",
    ["# no", "1. no", "12) no", "- no", "+ no", "> no", "* no", "===", "---", "~~~", "```", "    no",
     "&amp;", "<b>no</b>", "[a](b)", "![a](b)", "a_b_c _x_", "| a |\n|---|\n| b |", "a\nb", "<!-- x",
     "https://a.test/b_c_d", "__0__", "a__b", "[a]: b", "**x**", "~~x~~", "\\*", "!\\[x"],
)  # fmt: skip
def test_markup_is_taken_for_text(text: str) -> None:
    body = markdown.document(article(title=text, text=text)).split("\n---\n", 1)[1]
    assert told(body)[1:] == _as_lines(text)


@pytest.mark.parametrize("title", ["C #", "## C ##", "C#", "#", "# #", "# ## ###", "a # b", "C \\#", "C  #"])
def test_a_title_keeps_its_signs(title: str) -> None:
    body = markdown.document(article(title=title)).split("\n---\n", 1)[1]
    assert told(body)[0] == " ".join(title.split())


def test_front_matter_is_yaml() -> None:
    text = markdown.document(article(title='Ja: "nein" #1 \ufffe\x85\u2028', tags=("a: b", "- c")))
    front = text.split("---\n")[1]
    pairs = [line.partition(": ") for line in front.splitlines()]
    values = {name: json.loads(value) for name, _, value in pairs}
    assert values["title"] == 'Ja: "nein" #1 \ufffe\x85\u2028'
    assert (values["date"], values["tags"]) == ("2026-11-24T01:15:00+07:00", ["a: b", "- c"])
    assert values["paywalled"] is False
    assert not {"text", "provenance", "modified_at"} & set(values)
    assert "\ufffe" not in front


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("2026/beras-naik.html", "7-beras-naik.md"),
        ("", "7.md"),
        ("a/b/%E9%A6%96%E7%9B%B8/", "7-首相.md"),
        ("..%2F..%2Fetc%2Fpasswd", "7-passwd.md"),
        ("x" * 300, f"7-{'x' * 80}.md"),
        ("A%00%0Ab", "7-a-b.md"),
    ],
)
def test_names_of_documents(path: str, name: str) -> None:
    assert markdown.name(article(7, urls=(f"https://news.test/{path}",))) == name


# Parquet


def test_parquet_has_types() -> None:
    arrow = pytest.importorskip("pyarrow")
    schema = parquet.schema()
    instant = arrow.timestamp("us", tz="UTC")
    assert (schema.field("published_at").type, schema.field("id").type) == (instant, arrow.int64())
    assert schema.field("authors").type == arrow.list_(arrow.string())
    assert schema.field("published_at_text").type == arrow.string()
    table = parquet.table([parquet.row(article(1)), parquet.row(article(2, published_at=None))])
    first, second = table.to_pylist()
    assert first["published_at"] == datetime(2026, 11, 23, 18, 15, tzinfo=UTC)
    assert first["published_at_text"] == timestamp(datetime(2026, 11, 24, 1, 15, tzinfo=WIB))
    assert (second["published_at"], second["published_at_text"]) == (None, None)
    expected = record(article(1))
    for name in ("title", "text", "authors", "citations", "repeats", "paywalled", "word_count"):
        assert first[name] == expected[name]
    assert dict(first["provenance"]) == expected["provenance"]


STRANGE = "\x00\t\n\r\"\\'{}[],:\x7f\u2028\U0001f4f0 ÿ"


def test_parquet_takes_every_character_and_rows_of_any_length() -> None:
    arrow = pytest.importorskip("pyarrow")
    empty = {**dict.fromkeys(parquet.schema().names), "provenance": [], "reservations": []}
    first = {**empty, "id": 2**62, "text": STRANGE, "tags": [STRANGE, ""], "modified_at": SEEN}
    first |= {"provenance": [{"key": STRANGE, "value": "b"}, {"key": "c", "value": STRANGE}]}
    rows = [first, empty, {**empty, "text": STRANGE + "long " * 400_000}]
    told = [
        {**row, **{name: [(p["key"], p["value"]) for p in row[name]] for name in parquet._MAPS}}
        for row in rows
    ]
    assert parquet.table(rows).equals(arrow.Table.from_pylist(told, schema=parquet.schema()))


@pytest.mark.parametrize(
    ("when", "day"),
    [
        ("0001-01-01T00:00:00+07:00", "0001-01-01"),
        ("0001-01-01T00:00:00+07:07:12", "0001-01-01"),
        ("9999-12-31T23:59:59-07:00", "9999-12-31"),
    ],
)
def test_times_at_either_end_of_dates_are_written(tmp_path: Path, when: str, day: str) -> None:
    pytest.importorskip("pyarrow")
    far = article(published_at=datetime.fromisoformat(when))
    goal = goal_for(f"{tmp_path}/", chosen="parquet")
    run([Batch((far,), "")], output_for(goal, About()), Note(key=""))
    assert os.listdir(tmp_path) == [f"day={day}"]
    for name in ("rss", "atom", "jsonfeed", "ninjs", "newsarticle", "markdown", "csv"):
        assert export([far], tmp_path / "a", format_=name) == 1


def test_a_missing_library_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    parquet.schema.cache_clear()
    with pytest.raises(NeedsExtra, match=r"^writing Parquet needs: pip install 'kabar\[parquet\]'$"):
        parquet.ParquetStream(io.BytesIO(), lambda: None)


# WARC

PAGE = {"id": 1, "article_id": 1, "revision": 1, "part": 1, "entry_id": None, "reader": "3", "kept_at": 1.0}


def page(**changes: Any) -> KeptPage:
    values: dict[str, Any] = {
        **{"url": "https://news.test/1", "requested_url": "https://news.test/r", "status": 200},
        **{"body": "<p>首相</p>".encode(), "fetched_at": SEEN.timestamp(), "truncated": False},
        "headers": {"content-type": "text/html", "content-encoding": "gzip", "x-robots-tag": "noai\r\nX: y"},
    }
    return KeptPage(**{**PAGE, **values, **changes})


@pytest.mark.parametrize("packed", [False, True])
def test_a_warc_file_is_read_back(packed: bool) -> None:
    library = pytest.importorskip("fastwarc.warc")
    kept = {1: [page(), page(part=2, url="https://news.test/2", truncated=True, body=b"")], 2: []}
    made = warc.shape(ABOUT, lambda ids: kept[ids[0]], packed=packed)
    assert made.one(article(2)) == b""
    data = bytes(made.head) + bytes(made.one(article(1)))  # type: ignore[arg-type]
    records = list(library.ArchiveIterator(io.BytesIO(data), parse_http=False, verify_digests=True))
    assert [record.headers["WARC-Type"] for record in records] == ["warcinfo", "response", "response"]
    read = [
        (record, record.http_headers, record.reader.read())
        for record in library.ArchiveIterator(io.BytesIO(data), verify_digests=True)
        if record.headers["WARC-Type"] == "response"
    ]
    (first, headers, body), (second, _, empty) = read
    assert (first.headers["WARC-Target-URI"], body) == ("https://news.test/1", "<p>首相</p>".encode())
    assert first.headers["WARC-Date"] == "2026-11-24T02:00:00Z"
    assert first.headers["WARC-Record-ID"].startswith("<urn:uuid:")
    assert first.headers["WARC-Payload-Digest"].startswith("sha1:")
    assert headers.status_code == 200
    assert headers.get("x-robots-tag") == "noai X: y"
    assert headers.get("content-encoding") is None
    assert (second.headers["WARC-Truncated"], empty) == ("unspecified", b"")


# goals


@pytest.mark.parametrize(
    ("output", "chosen", "goal"),
    [
        (None, None, Goal(None, "jsonl")),
        ("-", "atom", Goal(None, "atom")),
        ("a.jsonl", None, Goal(Path("a.jsonl"), "jsonl")),
        ("a.jsonl.gz", None, Goal(Path("a.jsonl.gz"), "jsonl", packed=True)),
        ("a.CSV.GZ", None, Goal(Path("a.CSV.GZ"), "csv", packed=True)),
        ("a.jsonl", "ninjs", Goal(Path("a.jsonl"), "ninjs")),
        ("a.xml", "rss", Goal(Path("a.xml"), "rss")),
        ("a.json", "jsonfeed", Goal(Path("a.json"), "jsonfeed")),
        ("a.parquet", None, Goal(Path("a.parquet"), "parquet")),
        ("a.md", None, Goal(Path("a.md"), "markdown")),
        ("a.warc.gz", None, Goal(Path("a.warc.gz"), "warc", packed=True)),
        ("a", "csv", Goal(Path("a"), "csv")),
        ("no/such/", "markdown", Goal(Path("no/such"), "markdown", folder=True)),
        (".", "parquet", Goal(Path("."), "parquet", folder=True)),
    ],
)
def test_a_goal(output: str | None, chosen: str | None, goal: Goal) -> None:
    assert goal_for(output, chosen=chosen) == goal


@pytest.mark.parametrize(
    ("output", "chosen", "part"),
    [
        ("a.xlsx", None, "end it in .jsonl, .csv, .parquet, .rss, .atom, .md or .warc, or give --format"),
        ("a.gz", None, "the suffix names no format"),
        ("a.csv", "jsonl", "a.csv: .csv is not for jsonl; end it in .jsonl or .ndjson"),
        ("a.atom", "rss", ".atom is not for rss"),
        ("a.xml", None, "give --format rss or --format atom"),
        ("a.json", None, "give --format jsonfeed or"),
        ("a.parquet.gz", None, "packed in itself"),
        ("d/", None, "d/ is a folder: give --format parquet or markdown"),
        ("d/", "csv", "csv goes to a file; for a folder give --format parquet or markdown"),
    ],
)
def test_what_does_not_fit_is_refused(output: str, chosen: str | None, part: str) -> None:
    with pytest.raises(UsageError) as caught:
        goal_for(output, chosen=chosen)
    assert part in str(caught.value)


def test_every_format_is_documented() -> None:
    root = Path(__file__).resolve().parents[2]
    text = (root / "docs/reference/formats.md").read_text(encoding="utf-8")
    assert not [name for name in FORMATS if f"`{name}`" not in text]
