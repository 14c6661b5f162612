"""The Python faces, used as the documentation shows them."""

from crawler import crawl
from storage import open_store
from storage.hits import Filters


def test_three_lines_crawl_and_three_lines_read(newspaper, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KABAR_FETCH__ALLOW_PRIVATE", "true")
    monkeypatch.setenv("KABAR_FETCH__HOST_DELAY", "0")
    monkeypatch.setenv("KABAR_POOL__WORKERS", "1")
    outlet = newspaper.outlet()
    pieces = outlet.publish_many(3)
    found = crawl(outlet.feed_url, database="sqlite:///kabar.db", limit=2)
    assert len(found) == 2
    assert {article.content.title for article in found} < {piece.title for piece in pieces}
    with open_store("sqlite:///kabar.db", create=False) as store:
        titles = [article.content.title for article in store.articles.iterate(Filters(limit=0))]
    assert set(titles) == {article.content.title for article in found}


def test_a_target_that_fails_is_logged(newspaper, tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KABAR_POOL__WORKERS", "1")
    outlet = newspaper.outlet()
    assert crawl(outlet.feed_url, database="sqlite://") == []
    [told] = [record.getMessage() for record in caplog.records if record.name == "crawler"]
    assert told.startswith(f"{outlet.feed_url}: private_address: ")
