"""Kept pages whose feed lines moved on, read again with what their feed said when they came."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from html import escape

import pytest

from crawler.changes.reread import line_then
from crawler.cli.main import run
from crawler.normalize.draft import EntryFacts
from crawler.settings import Settings
from storage.hits import Filters
from storage.model import Article
from storage.store import Store
from tests.crawling import crawl_one
from tests.kept import content
from tests.loopback import LoopbackOutlet
from tests.newspaper import Newspaper

TITLE = "Jembatan bambu Sukamaju selesai dibangun warga"
LEAD = "Warga Desa Sukamaju bergotong royong & membangun jembatan dalam sembilan hari <saja>."
TEXT = "Kepala desa mengatakan bahwa jembatan itu cukup kuat untuk sepeda motor, tetapi belum untuk mobil."
MORE = "Pemerintah kabupaten berjanji membangun jembatan beton sebelum musim hujan tahun depan datang lagi."


@pytest.fixture
def daily(newspaper: Newspaper, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> LoopbackOutlet:
    monkeypatch.setenv("KABAR_POOL__WORKERS", "1")
    monkeypatch.setenv("KABAR_DATABASE", settings.database)
    outlet = newspaper.outlet("daily", language="id")
    body = f"<h1>{TITLE}</h1><p>{TEXT}</p><p>{MORE}</p><p>{TEXT} {MORE}</p>"
    outlet.put("/berita/jembatan", f"<html lang='id'><body><article>{body}</article></body></html>")
    return outlet


def offer(outlet: LoopbackOutlet, *, hour: int, author: str, tag: str, summary: str = escape(LEAD)) -> str:
    entry = (
        f"<title>{TITLE}</title><id>satu</id><link href='{outlet.base}/berita/jembatan'/>"
        f"<author><name>{author}</name></author><author><name>Reuters</name></author><category term='{tag}'/>"
        f"<published>2026-03-01T01:00:00Z</published><updated>2026-03-01T0{hour}:00:00Z</updated>"
        f"<summary type='html'>{escape(summary)}</summary>"
    )
    feed = f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Warta</title><entry>{entry}</entry></feed>"
    return outlet.put("/umpan.xml", feed, content_type="application/atom+xml")


def only(store: Store) -> Article:
    (article,) = store.articles.iterate(Filters(limit=0))
    return store.articles.get(article.id)


def reread(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    capsys.readouterr()
    assert run(["reread", "--all", "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    return {name: done[name] for name in ("read", "changed", "fields")}


NOTHING = {"read": 1, "changed": 0, "fields": {}}


@pytest.mark.parametrize("rest", [300.0, 0.0], ids=["the entry waits", "its page was asked for again"])
def test_what_a_feed_says_since_comes_to_no_text_of_before(
    daily: LoopbackOutlet,
    settings: Settings,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    rest: float,
) -> None:
    crawl_one(settings, offer(daily, hour=2, author="Ani Rahayu", tag="desa"))
    before = only(store)
    fed = {"lead", "authors", "tags", "published_at", "modified_at"}
    assert {before.content.provenance[name] for name in fed} == {"feed"}
    assert (before.content.lead, before.content.credits) == (LEAD, ("Reuters",))
    assert reread(capsys) == NOTHING
    monkeypatch.setattr("storage.offers.REST", rest)
    later = "Peristiwa lain sama sekali terjadi di kota sebelah, demikian kata para saksi mata."
    row = crawl_one(settings, offer(daily, hour=3, author="Ani Rahayu", tag="desa"))
    assert (row.deferred, row.unchanged) == ((1, 0) if rest else (0, 1))
    assert reread(capsys) == NOTHING
    crawl_one(settings, offer(daily, hour=4, author="Budi Santoso", tag="kota", summary=later))
    if rest:
        assert reread(capsys) == NOTHING
        assert only(store).content == before.content
    else:
        # The publisher's change is an edit; the page is the same, and goes with it.
        assert (only(store).revision, only(store).content.authors) == (2, ("Budi Santoso",))
        assert reread(capsys) == NOTHING


def test_a_lead_whose_text_was_emptied_since_stays(
    daily: LoopbackOutlet, settings: Settings, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    crawl_one(
        settings, offer(daily, hour=2, author="Ani Rahayu", tag="desa", summary=escape(LEAD) + "<br>" * 600)
    )
    article = only(store)
    (page,) = store.pages.of(article.id)
    assert article.content.lead == LEAD
    assert store.entries.get(page.entry_id or 0).summary is None
    assert reread(capsys) == NOTHING


def test_what_a_feed_said_since_for_the_first_time_comes_to_no_text_of_before(
    daily: LoopbackOutlet, settings: Settings, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    told = (
        "<published>2026-03-05T01:00:00Z</published><updated>2026-03-06T01:00:00Z</updated>"
        "<author><name>Budi Santoso</name></author>"
    )
    for title, more in ((TITLE, ""), (f"{TITLE} kembali", told)):
        entry = f"<title>{title}</title><id>satu</id><link href='{daily.base}/berita/jembatan'/>{more}"
        feed = f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Warta</title><entry>{entry}</entry></feed>"
        crawl_one(settings, daily.put("/umpan.xml", feed, content_type="application/atom+xml"))
    before = only(store).content
    (page,) = store.pages.of(only(store).id)
    assert store.entries.get(page.entry_id or 0).authors == ("Budi Santoso",)
    assert (before.published_at, before.authors) == (None, ())
    assert reread(capsys) == NOTHING


LINE = EntryFacts(
    title="Now", summary="s", content="c", published="2026", updated="2027", authors=("By Ann Lee", "AFP"),
    tags=("now",), language="id", image_url="http://x.test/now.png", source_title="Warta",
)  # fmt: skip


def test_what_an_article_owes_to_its_page_alone_is_left_to_that() -> None:
    then = line_then(LINE, content(1, tags=("a",), provenance={"tags": "json-ld", "title": "div.feed-x"}))
    assert then == EntryFacts(title=content(1).title, language="id", source_title="Warta")
    then = line_then(LINE, content(1, tags=("a",), provenance={"tags": "json-ld and feed"}))
    assert (then.title, then.tags, then.updated) == ("Now", ("a",), None)


def test_nothing_comes_where_an_article_has_nothing() -> None:
    bare = content(1, language=None, published_at=None, provenance={"title": "normalize: first words"})
    assert line_then(LINE, bare) == EntryFacts(source_title="Warta")


@pytest.mark.parametrize(
    ("authors", "credits", "counts"),
    [
        (("Ann Lee",), ("AFP",), True),
        (("Ann Lee",), ("AFP", "Getty"), True),
        (("Ann Lee",), (), False),
        (("Ann Lee", "Bob Roe"), ("AFP",), False),
        (("Bob Roe",), ("AFP",), False),
        ((), ("AFP",), False),
    ],
)
def test_a_line_names_whom_the_article_names(
    authors: tuple[str, ...], credits: tuple[str, ...], counts: bool
) -> None:
    then = line_then(LINE, content(1, authors=authors, credits=credits, provenance={"authors": "json-ld"}))
    own = (*authors, *credits) if credits else ()
    assert then.authors == (LINE.authors if counts else own), "its agencies stay in any case"


def test_the_change_of_a_feed_stands_beside_a_date_of_publication() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    dated = content(1, published_at=at, modified_at=at, provenance={"modified_at": "feed"})
    then = line_then(LINE, dated)
    assert (then.published, then.updated) == (at.isoformat(), at.isoformat())
    undated = line_then(LINE, replace(dated, published_at=None))
    assert (undated.published, undated.updated) == ("unknown", at.isoformat())
