"""What a site prints under every article is learned, and left out of those that come later."""

import json
import random

import pytest

from crawler.cli.main import run
from crawler.settings import Settings
from spiders.readers.version import VERSION
from storage.hits import Filters
from storage.model import Article
from storage.store import Store
from tests.crawling import crawl_one
from tests.loopback import LoopbackOutlet
from tests.newspaper import Newspaper

PRAISE = "Warta Sukamaju hadir setiap pagi dengan kabar dari desa, dan pembaca boleh mengirim cerita mereka."

SLOGAN = "Warta Sukamaju: dari desa untuk dunia, dari dunia untuk desa"


def text(name: str) -> str:
    words = random.Random(name)
    return " ".join(
        "".join(words.choices("aeiourstnmk", k=words.randint(3, 9))).capitalize() + "." for _ in range(60)
    )


def publish(outlet: LoopbackOutlet, *names: str, feed: str) -> str:
    for name in names:
        outlet.put(
            f"/berita/{name}",
            f"<!doctype html><html lang='id'><head><title>Kabar {name}</title>"
            f"<meta property='og:description' content='{SLOGAN}'></head><body><article>"
            f"<h1>Kabar {name}</h1><p>{text(name)}</p><p>{text(name + name)}</p><p>{PRAISE}</p></article>"
            "</body></html>",
        )
    items = "".join(
        f"<item><title>Kabar {name}</title><link>{outlet.base}/berita/{name}</link></item>" for name in names
    )
    xml = f"<rss version='2.0'><channel><title>Warta</title>{items}</channel></rss>"
    return outlet.put(feed, xml, content_type="application/rss+xml")


def articles(store: Store) -> dict[str, Article]:
    found = store.articles.iterate(Filters(limit=0))
    return {article.content.title.split()[-1]: article for article in found}


def test_from_the_first_articles_to_the_later_ones(
    newspaper: Newspaper, settings: Settings, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    outlet = newspaper.outlet("daily", language="id")
    first = ("satu", "dua", "tiga", "empat", "lima", "enam")
    crawl_one(settings, publish(outlet, *first, feed="/satu.xml"))
    assert sum(PRAISE in article.content.text for article in articles(store).values()) >= 4
    assert sum(article.content.lead == SLOGAN for article in articles(store).values()) >= 4

    crawl_one(settings, publish(outlet, "tujuh", feed="/dua.xml"))
    seventh = articles(store)["tujuh"].content
    assert PRAISE not in seventh.text
    assert text("tujuhtujuh") in seventh.text
    assert seventh.provenance["repeated"] == "1"
    assert "~" in (seventh.reader or "")
    assert store.rereads.left(Filters(limit=0), reader=VERSION) == 0, "today's reader has read all pages"
    assert text("tujuh").startswith((seventh.lead or "").removesuffix("…"))
    assert seventh.provenance["lead"] == "normalize: first paragraph"
    learned = store.templates.of(seventh.site, since=0.0)
    assert {one.text for one in learned} == {PRAISE, SLOGAN}
    assert all(5 <= one.stories <= one.among <= 7 for one in learned)

    url = publish(outlet, "delapan", feed="/tiga.xml").replace("/tiga.xml", "/berita/delapan")
    assert run(["--database", settings.database_url, "read", "--allow-private", url]) == 0
    told = capsys.readouterr().out
    assert "site repeats\tparagraphs known from its articles: 2; left out here: 1\n" in told
    assert f"also {SLOGAN} (from og, belief 0.00; repeats on the site)" in told
    assert run(["--database", settings.database_url, "read", "--allow-private", "--json", url]) == 0
    assert PRAISE in json.loads(capsys.readouterr().out)["left_out"]

    assert run(["--database", settings.database_url, "reread", "--all"]) == 0
    capsys.readouterr()
    again = articles(store)
    assert not [name for name, article in again.items() if PRAISE in article.content.text]
    assert not [name for name, article in again.items() if article.content.lead == SLOGAN]
    assert all(article.edits == 0 for article in again.values())
