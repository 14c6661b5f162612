"""Pages kept as they came, from the first fetch to being shown and read again."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.cli.main import run
from crawler.settings import PagesSettings, Settings
from storage import open_store
from storage.hits import Filters
from storage.store import Store
from tests.crawling import crawl_one, settings_for
from tests.loopback import LoopbackOutlet
from tests.newspaper import Newspaper

PATH = "/berita/jembatan-bambu-sukamaju"
TITLE = "Jembatan bambu Sukamaju selesai dibangun warga"
LEAD = "Warga Desa Sukamaju membangun jembatan bambu sepanjang empat puluh meter dalam sembilan hari saja."
TEXT = "Kepala desa mengatakan bahwa jembatan itu cukup kuat untuk sepeda motor, tetapi belum untuk mobil."
MORE = "Pemerintah kabupaten berjanji membangun jembatan beton sebelum musim hujan tahun depan datang lagi."


@pytest.fixture
def settings(tmp_path) -> Settings:
    return settings_for(tmp_path)


@pytest.fixture
def store(settings) -> Iterator[Store]:
    with open_store(settings.database_url) as opened:
        yield opened


@pytest.fixture
def daily(newspaper: Newspaper) -> LoopbackOutlet:
    return newspaper.outlet("daily", language="id")


def page(*texts: str, pages: tuple[str, ...] = ()) -> str:
    links = "".join(f"<li><a href='{PATH}{part}'>{part}</a></li>" for part in pages)
    body = "".join(f"<p>{text}</p>" for text in (LEAD, *texts))
    return (
        f"<!doctype html><html lang='id'><head><title>{TITLE}</title></head><body><article><h1>{TITLE}</h1>"
        f"{body}</article><ul class='paging'>{links}</ul></body></html>"
    )


def offer(outlet: LoopbackOutlet, *references: str, path: str = "/umpan.xml") -> str:
    items = "".join(
        f"<item><title>{TITLE}</title><link>{outlet.base}{ref}</link></item>" for ref in references
    )
    feed = f"<rss version='2.0'><channel><title>Warta</title>{items}</channel></rss>"
    return outlet.put(path, feed, content_type="application/rss+xml")


def only(store: Store) -> int:
    (article,) = store.articles.iterate(Filters(limit=0))
    return article.id


class TestKeeping:
    def test_a_page_is_kept_with_its_article(self, daily, settings, store) -> None:
        html = page(TEXT)
        daily.put(PATH, html)
        crawl_one(settings, offer(daily, PATH))
        (kept,) = store.pages.of(only(store))
        assert (kept.body, kept.status, kept.part, kept.revision) == (html.encode(), 200, 1, 1)
        assert kept.url == kept.requested_url == daily.base + PATH
        assert kept.headers["content-type"].startswith("text/html")
        assert store.entries.get(kept.entry_id or 0).article_id == kept.article_id

    def test_so_is_one_crawled_by_hand(self, daily, settings, store) -> None:
        url = daily.put(PATH, page(TEXT, MORE, MORE.upper()))
        crawl_one(settings, url)
        assert [kept.url for kept in store.pages.of(only(store))] == [url]

    def test_all_pages_of_an_article(self, daily, settings, store) -> None:
        links = ("?page=2",)
        daily.put(PATH, page(TEXT, pages=links))
        daily.put(f"{PATH}?page=2", page(MORE, pages=links))
        crawl_one(settings, offer(daily, PATH))
        first, second = store.pages.of(only(store))
        assert (first.part, second.part) == (1, 2)
        assert (TEXT in first.body.decode(), MORE in second.body.decode()) == (True, True)

    def test_none_where_none_are_wanted(self, daily, settings, store) -> None:
        daily.put(PATH, page(TEXT))
        crawl_one(replace(settings, pages=PagesSettings(keep=False)), offer(daily, PATH))
        assert store.pages.of(only(store)) == []

    def test_none_of_a_text_of_the_feed(self, daily, settings, store) -> None:
        item = f"<title>{TITLE}</title><link>{daily.base}/x</link><description>{TEXT}</description>"
        feed = f"<rss version='2.0'><channel><title>Warta</title><item>{item}</item></channel></rss>"
        crawl_one(settings, daily.put("/umpan.xml", feed, content_type="application/rss+xml"))
        assert store.pages.of(only(store)) == []


class TestShowing:
    @pytest.fixture
    def database(self, daily, settings) -> str:
        links = ("?page=2",)
        daily.put(PATH, page(TEXT, pages=links))
        daily.put(f"{PATH}?page=2", page(MORE, pages=links))
        crawl_one(settings, offer(daily, PATH))
        return settings.database

    def test_bytes_to_stdout(self, database, capfdbinary) -> None:
        assert run(["--database", database, "show", "1", "--raw"]) == 0
        out, err = capfdbinary.readouterr()
        assert out == page(TEXT, pages=("?page=2",)).encode()
        assert err == b"page 1 of 2: --part shows the others\n"

    def test_bytes_to_a_file(self, database, tmp_path: Path, capfdbinary) -> None:
        path = tmp_path / "page.html"
        assert run(["--database", database, "show", "1", "--raw", "--part", "2", "-o", str(path)]) == 0
        assert path.read_bytes() == page(MORE, pages=("?page=2",)).encode()
        assert list(tmp_path.glob(".page*")) == []
        assert run(["--database", database, "show", "1", "--raw", "-o", str(tmp_path / "no" / "x")]) == 1
        assert b"No such file" in capfdbinary.readouterr().err

    def test_facts_as_json(self, database, capsys) -> None:
        assert run(["--database", database, "show", "1", "--raw", "--json"]) == 0
        first, second = map(json.loads, capsys.readouterr().out.splitlines())
        assert (first["part"], second["part"], first["parts"], first["status"]) == (1, 2, 2, 200)
        assert first["size"] == len(page(TEXT, pages=("?page=2",)))

    def test_what_is_not_kept_is_said(self, database, capsys) -> None:
        with open_store(database) as store:
            store.pages.prune(before=9e9, most=0, now=9e9)
        assert run(["--database", database, "show", "1", "--raw"]) == 1
        assert "no page of article 1 is kept" in capsys.readouterr().err
        assert run(["--database", database, "show", "1", "-o", "x"]) == 2
