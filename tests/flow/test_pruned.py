"""What was pruned is not fetched again as new, unless somebody asks for it."""

import json
import time
from urllib.parse import urlsplit

import pytest

from crawler.cli.main import run
from crawler.likeness import Likeness
from crawler.retaining import Pruner
from storage import open_store
from storage.hits import Filters
from tests.crawling import crawl_one, settings_for


@pytest.fixture
def settings(tmp_path, monkeypatch):
    database = f"sqlite:///{tmp_path}/kabar.db"
    monkeypatch.setenv("KABAR_DATABASE", database)
    return settings_for(tmp_path, database=database)


def count(settings):
    with open_store(settings.database_url) as store:
        return store.articles.count(Filters())


def test_it_stays_away_until_it_is_wanted(newspaper, settings, capsys):
    outlet = newspaper.outlet()
    piece = outlet.publish(title="The ferry sails", text="The ferry sails again on Monday morning. " * 9)
    assert crawl_one(settings, outlet.feed_url).stored == 1
    assert run(["db", "prune"]) == 2
    capsys.readouterr()
    assert run(["db", "prune", "--older-than", "1d"]) == 0
    assert capsys.readouterr().out == "there is nothing to prune\n"
    assert run(["db", "prune", "--older-than", "0s"]) == 0
    assert "--yes does it" in capsys.readouterr().out
    assert count(settings) == 1
    assert run(["db", "prune", "--older-than", "0s", "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["articles"] == 1
    assert count(settings) == 0

    outlet.edit(piece, title="The ferry still sails", text="The ferry sails on Tuesday too. " * 9)
    path = urlsplit(piece.url).path
    fetched = len(newspaper.visits_to(path))
    assert fetched
    assert crawl_one(settings, outlet.feed_url).stored == 0
    assert count(settings) == 0
    assert len(newspaper.visits_to(path)) == fetched, "its page was not even asked for"
    assert run(["why", piece.url]) == 0
    told = capsys.readouterr().out
    assert "article 1 was pruned" in told
    assert run(["why", "--json", piece.url]) == 0
    assert json.loads(capsys.readouterr().out)["pruned"]["article"] == 1

    assert crawl_one(settings, piece.url).outcome == "stored"
    assert count(settings) == 1
    assert run(["why", piece.url]) == 0
    assert "was pruned" not in capsys.readouterr().out


class Now:
    """A worker as the pruner sees it."""

    def __init__(self, settings, store):
        self.settings, self.store, self.now = settings, store, time.time()
        self.likeness = Likeness(window=settings.duplicates.window)

    def clock(self):
        return self.now

    async def in_store(self, function, *arguments, **named):
        return function(*arguments, **named)


def test_the_daemon_prunes_once_a_day(tmp_path):
    import asyncio

    from crawler.settings import load
    from tests.keeping import add_article

    flags = {"retention.age": "30d", "retention.tags": "law=forever"}
    settings = load(environment={}, flags=flags).settings
    with open_store("sqlite://") as store:
        worker = Now(settings, store)
        pruner = Pruner(worker)
        old = worker.now - 31 * 86400
        add_article(store, "a", seen_at=old)
        kept = add_article(store, "b", seen_at=old, tags=("law",))
        new = add_article(store, "c", seen_at=worker.now - 86400)
        asyncio.run(pruner.look())
        assert [a.id for a in store.articles.iterate(Filters(limit=0, sort="oldest"))] == [kept, new]
        worker.now += 29.5 * 86400
        asyncio.run(pruner.look())
        assert [a.id for a in store.articles.iterate(Filters(limit=0))] == [kept]
        add_article(store, "d", seen_at=old)
        worker.now += 3600
        asyncio.run(pruner.look())
        assert store.articles.count(Filters()) == 2
        worker.now += 86400
        asyncio.run(pruner.look())
        assert store.articles.count(Filters()) == 1


def test_the_daemon_forgets_by_what_old_articles_are_found(tmp_path):
    import asyncio

    from crawler.settings import load
    from storage.likeness import KeptPrint
    from tests.desk import postings
    from tests.keeping import add_article

    settings = load(environment={}, flags={"duplicates.window": "10"}).settings
    with open_store("sqlite://") as store:
        worker = Now(settings, store)
        today = int(worker.now // 86400)
        for number, day in enumerate((today - 12, today - 11, today - 3), 1):
            add_article(store, f"n{number}")
            store.fingerprints.put([KeptPrint(article_id=number, keys=(7, 8), day=day, algorithm=1)])
        pruner = Pruner(worker)
        asyncio.run(pruner.look())
        assert postings(store) == [(7, 3), (8, 3)]
        worker.now += 8 * 86400
        asyncio.run(pruner.look())
        assert postings(store) == []
        assert store.articles.count(Filters()) == 3, "they stay themselves"
