"""Pages kept as they came, from the first fetch to being shown and read again."""

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.cli.main import run
from crawler.settings import PagesSettings, Settings
from spiders.readers.version import VERSION
from storage import open_store, packing
from storage.hits import Filters
from storage.raw import RawPage
from storage.rereads import Rereads
from storage.store import Store
from tests.crawling import crawl_one
from tests.loopback import LoopbackOutlet
from tests.newspaper import Newspaper

PATH = "/berita/jembatan-bambu-sukamaju"
TITLE = "Jembatan bambu Sukamaju selesai dibangun warga"
LEAD = "Warga Desa Sukamaju membangun jembatan bambu sepanjang empat puluh meter dalam sembilan hari saja."
TEXT = "Kepala desa mengatakan bahwa jembatan itu cukup kuat untuk sepeda motor, tetapi belum untuk mobil."
MORE = "Pemerintah kabupaten berjanji membangun jembatan beton sebelum musim hujan tahun depan datang lagi."


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
        (tmp_path / "plain").touch()
        assert run(["--database", database, "show", "1", "--raw", "-o", str(tmp_path / "plain" / "x")]) == 1
        assert b"/plain/x: Not a directory" in capfdbinary.readouterr().err

    def test_bytes_to_a_file_that_is_a_link(self, database, tmp_path: Path, capfdbinary) -> None:
        (tmp_path / "page.html").touch(mode=0o640)
        link = tmp_path / "link"
        link.symlink_to("page.html")
        assert run(["--database", database, "show", "1", "--raw", "--part", "2", "-o", str(link)]) == 0
        assert link.is_symlink()
        assert link.read_bytes() == page(MORE, pages=("?page=2",)).encode()
        assert (tmp_path / "page.html").stat().st_mode & 0o777 == 0o640

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


def older(database: str, *, version: str = "0", **columns: object) -> None:
    """Let an older reader have read all pages, and have found other things on them."""
    with open_store(database) as store, store._database.write() as connection:
        run_ = store._database.run
        run_(connection, "UPDATE pages SET reader = ?", (version,))
        for name, value in columns.items():
            run_(connection, f"UPDATE revisions SET {name} = ?", (value,))


def dying(*_: Any) -> None:
    """Read a page as a process does whose memory ends."""
    os._exit(1)


def defective(*_: Any) -> None:
    """Read a page with a reader that has a defect."""
    raise KeyError("lead")


def told(capsys, *arguments: str, code: int = 0) -> dict[str, Any]:
    assert run([*arguments, "--json"]) == code
    (line,) = capsys.readouterr().out.splitlines()
    return json.loads(line)  # type: ignore[no-any-return]


class TestRereading:
    @pytest.fixture
    def crawled(self, daily, settings, monkeypatch) -> Settings:
        monkeypatch.setenv("KABAR_POOL__WORKERS", "1")
        monkeypatch.setenv("KABAR_DATABASE", settings.database)
        links = ("?page=2",)
        daily.put(PATH, page(TEXT, pages=links))
        daily.put(f"{PATH}?page=2", page(MORE, pages=links))
        for number in range(3):
            daily.put(f"/berita/lain-{number}", page(f"{TEXT} Nomor {number}.", MORE))
        crawl_one(settings, offer(daily, PATH, *(f"/berita/lain-{number}" for number in range(3))))
        return settings

    def test_what_is_read_differently_is_a_revision_of_its_own_kind(
        self, crawled, newspaper, store, capsys
    ) -> None:
        (first, *others) = store.articles.iterate(Filters(sort="oldest", limit=0))
        older(crawled.database, byline="Nobody", title="Old title")
        before = {article.id: store.articles.get(article.id) for article in (first, *others)}
        asked = len(newspaper.requests)

        dry = told(capsys, "reread", "--dry-run")
        assert (dry["read"], dry["changed"], dry["fields"]) == (4, 4, {"title": 4, "byline": 4})
        assert [len(store.articles.revisions(number)) for number in before] == [1] * 4

        done = told(capsys, "reread")
        assert (done["wanted"], done["read"], done["changed"], done["refused"]) == (4, 4, 4, {})
        for number, old in before.items():
            new = store.articles.get(number)
            assert (new.content.title, new.content.byline, new.revision, new.edits) == (TITLE, None, 2, 0)
            assert new.content.text == old.content.text, "all pages of an article are read"
            assert (new.first_seen_at, new.last_seen_at, new.fetched_at, new.story_id) == (
                *(old.first_seen_at, old.last_seen_at, old.fetched_at),
                old.story_id,
            )
            kept, reread = store.articles.revisions(number)
            assert (kept.content, kept.kind, kept.seen_at) == (old.content, "published", old.fetched_at)
            assert reread.kind == "reread"
        assert len(newspaper.requests) == asked, "nothing is fetched"
        assert store.articles.count(Filters(words="is:revised")) == 0
        assert store.articles.count(Filters(words="sukamaju selesai")) == 4

        assert told(capsys, "reread")["wanted"] == 0
        again = told(capsys, "reread", "--all")
        assert (again["read"], again["changed"]) == (4, 0), "to read twice changes nothing"

    def test_filters(self, crawled, store, capsys) -> None:
        older(crawled.database, section="Old")
        assert told(capsys, "reread", "--site", "nowhere.example")["wanted"] == 0
        assert told(capsys, "reread", "title:tidak")["wanted"] == 0
        assert told(capsys, "reread", "title:sukamaju")["wanted"] == 4

    def test_nothing_new_is_no_revision(self, crawled, store, capsys) -> None:
        older(crawled.database, reader="0+warta")
        done = told(capsys, "reread")
        assert (done["read"], done["changed"]) == (4, 0)
        assert {page.reader for page in store.pages.kept()} == {VERSION}

    def test_a_run_that_was_broken_off_is_gone_on_with(self, crawled, store, monkeypatch) -> None:
        older(crawled.database, byline="Nobody")
        monkeypatch.setattr("crawler.reread.IN_HAND", 1)
        keep = Rereads.done
        seen: list[int] = []

        def dying(self: Rereads, article_id: int, **rest: Any) -> None:
            seen.append(article_id)
            if len(seen) == 3:
                raise MemoryError
            keep(self, article_id, **rest)

        monkeypatch.setattr(Rereads, "done", dying)
        assert run(["reread"]) == 70
        assert [
            article.revision for article in store.articles.iterate(Filters(sort="oldest", limit=0))
        ].count(2) == 2
        monkeypatch.setattr(Rereads, "done", keep)
        assert run(["reread", "--quiet"]) == 0
        assert {article.revision for article in store.articles.iterate(Filters(limit=0))} == {2}

    def test_large_pages_are_few_at_once(self, crawled, store, monkeypatch, capsys) -> None:
        older(crawled.database, byline="Nobody")
        monkeypatch.setattr("crawler.reread.BYTES_IN_HAND", 1)
        sought: list[int] = []
        find = Rereads.next

        def watched(self: Rereads, *args: Any, after: int, **rest: Any) -> list[tuple[int, int]]:
            sought.append(after)
            return find(self, *args, after=after, **rest)

        monkeypatch.setattr(Rereads, "next", watched)
        assert told(capsys, "reread")["changed"] == 4
        assert len(sought) == 5, "one after the other, and once more at the end"

    def test_texts_that_came_since_from_elsewhere_stay(self, crawled, store, capsys) -> None:
        older(crawled.database, byline="Nobody")
        (first, *_) = store.articles.iterate(Filters(sort="oldest", limit=0))
        newer = replace(first.content, text="From the feed.", text_source="feed")
        store.articles.revise(first.id, newer, url_keys=(), source_id=None, fetched_at=first.fetched_at)
        assert told(capsys, "reread")["wanted"] == 3
        assert store.articles.get(first.id).content.text == "From the feed."

    def test_what_is_pruned_meanwhile_is_left_out(self, crawled, store, monkeypatch, capsys) -> None:
        older(crawled.database, section="Old")
        find = Rereads.next

        def pruning(self: Rereads, *args: Any, **rest: Any) -> list[tuple[int, int]]:
            found = list(find(self, *args, **rest))
            [*store.prune(before=9e9, unwanted=lambda held: held.id == 2, now=9e9)]
            return found

        monkeypatch.setattr(Rereads, "next", pruning)
        done = told(capsys, "reread")
        assert (done["wanted"], done["read"], done["changed"]) == (4, 3, 3)

    def test_every_article_is_read_once_though_it_is_revised_meanwhile(
        self, crawled, store, monkeypatch, capsys
    ) -> None:
        monkeypatch.setattr("crawler.reread.IN_HAND", 1)
        steps: list[tuple[int, int]] = []
        rest: list[int] = [page.article_id for page in store.pages.kept() if page.part == 1]
        monkeypatch.setattr("crawler.cli.reread.progress", lambda: nullcontext(watched))

        def watched(done: int, total: int) -> None:
            """Let the publisher edit what was just read; another program keeps the page it came from."""
            steps.append((done, total))
            article = store.articles.get(rest.pop(0)) if rest else None
            if article is not None:
                edited = replace(article.content, title=f"Edited {article.id}")
                at = article.fetched_at
                store.articles.revise(article.id, edited, url_keys=(), source_id=None, fetched_at=at)
                body = page(TEXT, edited.title).encode()
                raw = RawPage(
                    url=edited.url, requested_url=edited.url, status=200, body=body, fetched_at=at.timestamp()
                )
                packed = store.pages.pack([raw], site=edited.site)
                store.pages.keep(packed, article_id=article.id, entry_id=None, reader="0", now=9e9)

        done = told(capsys, "reread", "--all", "--dry-run")
        assert (done["wanted"], done["read"]) == (4, 4)
        assert steps == [(number, 4) for number in (1, 2, 3, 4)]
        assert told(capsys, "reread")["wanted"] == 4, "another reader has read these"

    def test_what_is_no_article_any_more_stays(self, crawled, store, monkeypatch, capsys) -> None:
        older(crawled.database, byline="Nobody")
        with store._database.write() as connection:
            data = packing.packed(b"%PDF-1.7 nothing")
            hash_ = hashlib.sha256(b"%PDF-1.7 nothing").digest()
            store._database.run(
                connection,
                "UPDATE pages SET body = ?, hash = ?, dictionary_id = NULL WHERE article_id = 2",
                (data, hash_),
            )
            store._database.run(connection, "UPDATE pages SET body = ? WHERE article_id = 3", (b"x",))
            store._database.run(connection, "UPDATE revisions SET authors = '1' WHERE article_id = 4")
        done = told(capsys, "reread", code=4)
        assert (done["read"], done["refused"], done["unread"]) == (1, {"pdf": 1}, {"damaged": 2})
        assert store.articles.get(2).revision == 1

    @pytest.mark.parametrize(("column", "value"), [("title", b"\xff\xfe"), ("authors", b"{"), ("tags", b"5")])
    def test_a_damaged_line_of_a_feed_costs_its_own_article_alone(
        self, crawled, store, capsys, column: str, value: bytes
    ) -> None:
        older(crawled.database, byline="Nobody")
        with store._database.write() as connection:
            damage = f"UPDATE entries SET {column} = CAST(? AS TEXT) WHERE article_id = 2"
            connection.exec_driver_sql(damage, (value,))
        done = told(capsys, "reread", code=4)
        assert (done["read"], done["changed"], done["unread"]) == (3, 3, {"damaged": 1})

    def test_a_damaged_text_keeps_none_of_its_site_from_being_read(self, crawled, store, capsys) -> None:
        older(crawled.database, byline="Nobody")
        with store._database.write() as connection:
            damage = "UPDATE revisions SET text = CAST(? AS TEXT) WHERE article_id = 2"
            connection.exec_driver_sql(damage, (b"\xff\xfe",))
        done = told(capsys, "reread", "--dry-run", code=4)
        assert (done["read"], done["changed"], done["unread"]) == (3, 3, {"damaged": 1})

    @pytest.mark.parametrize(("reader", "reason"), [(dying, "reader_crash"), (defective, "bug")])
    def test_what_nobody_could_read_is_tried_again(
        self, crawled, store, monkeypatch, capsys, reader: Callable[..., None], reason: str
    ) -> None:
        older(crawled.database, byline="Nobody")
        with monkeypatch.context() as broken:
            broken.setattr("crawler.jobs.read_kept", reader)
            assert run(["reread"]) == 1
            assert f"4 pages not read, for the next run: {reason} 4" in capsys.readouterr().out
            done = told(capsys, "reread", "--dry-run", code=1)
            assert (done["wanted"], done["read"], done["unread"]) == (4, 0, {reason: 4})
        done = told(capsys, "reread")
        assert (done["read"], done["changed"], done["unread"]) == (4, 4, {})

    def test_parts_that_are_pruned_meanwhile_are_not_taken_for_all(
        self, crawled, store, monkeypatch, capsys
    ) -> None:
        older(crawled.database, byline="Nobody")
        find = Rereads.next

        def pruning(self: Rereads, *args: Any, **rest: Any) -> list[tuple[int, int]]:
            found = list(find(self, *args, **rest))
            store.pages.prune(before=0, most=store.pages.measured().stored - 1, now=9e9)
            return found

        [first] = [page.article_id for page in store.pages.kept() if page.part == 2]
        text = store.articles.get(first).content.text
        monkeypatch.setattr(Rereads, "next", pruning)
        assert told(capsys, "reread")["wanted"] == 4
        assert store.articles.get(first).content.text == text

    def test_how_it_is_shown(self, crawled, store, capsys) -> None:
        older(crawled.database, title="Old title")
        told(capsys, "reread")
        assert run(["show", "1", "--revisions", "--json"]) == 0
        kinds = [json.loads(line)["kind"] for line in capsys.readouterr().out.splitlines()]
        assert kinds == ["published", "reread"]
        assert run(["show", "1", "--diff"]) == 2
        assert "publisher of article 1 changed nothing" in capsys.readouterr().err
        assert run(["show", "1", "--diff", "2"]) == 0
        assert "[-Old title-]" in capsys.readouterr().out
        edited = replace(store.articles.get(1).content, title="Edited by its publisher")
        store.articles.revise(1, edited, url_keys=(), source_id=None, fetched_at=datetime.now(UTC))
        assert run(["show", "1", "--diff"]) == 0
        out = capsys.readouterr().out
        assert ("Edited" in out, "Old title" in out) == (True, False)
