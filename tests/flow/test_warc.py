"""Articles from WARC files: read in the pool, kept once, gone on with where a call or a kill left off."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from crawler.cli.main import run
from crawler.normalize.url import url_key
from crawler.one_off import CrawlOptions, run_crawl
from crawler.tally import CrawlRow
from crawler.warc_reading import ArchiveOptions
from spiders.readers.version import VERSION
from storage import open_store
from storage.hits import Filters
from storage.store import Store
from tests.crawling import crawl_one, settings_for
from tests.daemons import environment
from tests.warcs import (
    APRIL,
    FEBRUARY,
    MARCH,
    article,
    http,
    page,
    plain,
    record,
    response,
    zipped,
)


def write(folder: Path, records: list[bytes], name: str = "news.warc.gz") -> str:
    path = folder / name
    path.write_bytes(zipped(records) if name.endswith(".gz") else plain(records))
    return str(path)


def read(folder: Path, target: str, *, limit: int | None = None, **options: object) -> CrawlRow:
    archives = ArchiveOptions(**options)  # type: ignore[arg-type]
    return crawl_one(settings_for(folder), target, limit=limit, archives=archives)


def kept(folder: Path) -> Store:
    return open_store(settings_for(folder).database_url)


def counts(row: CrawlRow) -> dict[str, int]:
    names = ("stored", "revised", "unchanged", "duplicates", "rejected")
    return {name: number for name in names if (number := getattr(row, name))}


def urls(folder: Path) -> list[str]:
    with kept(folder) as store:
        found = store.articles.iterate(Filters(limit=0))
        return sorted(url for item in found for url in item.urls)


def test_articles_are_kept_as_of_their_capture(tmp_path: Path) -> None:
    target = write(tmp_path, [record("warcinfo", "", b"x: y"), *(article(n) for n in range(3))])
    row = read(tmp_path, target)
    assert (row.outcome, row.seen, row.new, counts(row)) == ("read", 4, 3, {"stored": 3})
    with kept(tmp_path) as store:
        (first,) = store.articles.search(Filters(words="title:0", limit=5)).hits
        assert first.article.fetched_at.isoformat() == "2026-03-01T10:00:00+00:00"
        assert first.article.first_seen_at == first.article.fetched_at
        assert first.article.sources == ()
        assert store.entries.accounting() == {
            "offered": 3, "stored": 3, "revised": 0, "duplicate": 0, "unchanged": 0, "rejected": 0,
            "deferred": 0,
        }  # fmt: skip
        (entry,) = store.entries.history(url_keys=[url_key("https://a.example/news/1")])
        archive = store.archives.by_ids([entry.archive_id or 0])[entry.archive_id or 0]
        assert (archive.path, archive.position) == (target, archive.size)
        assert archive.counts == {"skipped:warcinfo": 1, "stored": 3}
        assert archive.finished_at is not None
        assert store.hosts.lease("me", now=4e9, limit=9, ttl=1.0) == [], "nobody is sent to fetch anything"


def test_what_is_no_article_is_rejected_with_its_reason(tmp_path: Path) -> None:
    records = [
        response("https://a.example/", page(1)),
        response("https://a.example/feed", b"<rss version='2.0'><channel/></rss>", content_type="text/xml"),
        response("https://a.example/x.pdf", b"%PDF-1.7 ...", content_type="application/pdf"),
        response("https://a.example/huge", b"<p>" * 200_000),
        response("https://a.example/gone", b"gone", status="404 Not Found"),
        record("revisit", "https://a.example/news/3", http(b"")),
        article(3),
    ]
    settings = settings_for(tmp_path, max_page_bytes=100_000)
    row = crawl_one(settings, write(tmp_path, records))
    assert (row.outcome, row.seen, row.new, counts(row)) == ("read", 7, 5, {"stored": 1, "rejected": 4})
    with kept(tmp_path) as store:
        ends = {
            url: entry.reason
            for url in ("https://a.example/", "https://a.example/feed", "https://a.example/x.pdf")
            for entry in store.entries.history(url_keys=[url_key(url)])
        }
        assert list(ends.values()) == ["front_page", "feed", "pdf"]
        (entry,) = store.entries.history(url_keys=[url_key("https://a.example/huge")])
        assert entry.reason == "too_large"
        (archive,) = store.archives.by_ids([1]).values()
    assert archive.counts["skipped:http_404"] == archive.counts["skipped:revisit"] == 1


def test_pages_are_kept_as_they_came_where_that_is_wished(tmp_path: Path) -> None:
    body = page(1)
    reserved = gzip.compress(body, mtime=0)
    first = response(
        "https://a.example/news/1", reserved, Content_Encoding="gzip", X_Robots_Tag="noai", Set_Cookie="a=1"
    )
    target = write(tmp_path, [first, article(2), response("https://a.example/", page(3))])
    settings = settings_for(tmp_path)
    crawl_one(replace(settings, pages=replace(settings.pages, archives=True)), target)
    with kept(tmp_path) as store:
        found = [*store.pages.kept()]
        assert [raw.body for raw in found] == [body, page(2)]
        assert found[0].headers == {"content-type": "text/html; charset=utf-8", "x-robots-tag": "noai"}
        assert (found[0].url, found[0].reader) == ("https://a.example/news/1", VERSION)
        assert found[0].fetched_at == datetime.fromisoformat(MARCH).timestamp()
        assert store.articles.get(found[0].article_id).content.reservations == {"x-robots-tag": "noai"}
    with kept(tmp_path) as store:
        assert read(tmp_path, target, again=True).outcome == "read"
        assert store.pages.measured().number == 2


def test_a_second_call_goes_on_and_a_finished_file_is_left_alone(tmp_path: Path) -> None:
    target = write(tmp_path, [article(n) for n in range(6)])
    row = read(tmp_path, target, limit=2)
    assert (row.outcome, counts(row)) == ("partly", {"stored": 2})
    row = read(tmp_path, target, limit=3)
    assert (row.outcome, counts(row)) == ("partly", {"stored": 3})
    row = read(tmp_path, target)
    assert (row.outcome, counts(row)) == ("read", {"stored": 1})
    row = read(tmp_path, target)
    assert (row.outcome, row.new, row.failed) == ("read_before", 0, False)
    assert "--again" in str(row.error)
    row = read(tmp_path, target, again=True)
    assert (row.outcome, counts(row)) == ("read", {"unchanged": 6})
    assert len(urls(tmp_path)) == 6
    # Another file in its place is another archive.
    write(tmp_path, [article(n) for n in range(7)])
    assert counts(read(tmp_path, target)) == {"unchanged": 6, "stored": 1}


def test_a_newer_text_is_a_revision_and_an_older_one_never_replaces_it(tmp_path: Path) -> None:
    march = write(tmp_path, [article(1, date=MARCH, text="The text of March. " * 30)], "march.warc")
    april = write(tmp_path, [article(1, date=APRIL, text="The text of April. " * 30)], "april.warc")
    february = write(tmp_path, [article(1, date=FEBRUARY, text="Text of February. " * 30)], "feb.warc")
    assert counts(read(tmp_path, march)) == {"stored": 1}
    assert counts(read(tmp_path, april)) == {"revised": 1}
    assert counts(read(tmp_path, february)) == {"duplicates": 1}
    with kept(tmp_path) as store:
        newest = store.articles.get(1)
        assert "April" in newest.content.text
        assert newest.revision == 2
        assert newest.last_seen_at.isoformat() == "2026-04-01T10:00:00+00:00"
        (entry,) = store.entries.history(url_keys=[url_key("https://a.example/news/1")])
        assert (entry.outcome, entry.reason) == ("duplicate", "older_text")
    # In one file, the other way round.
    both = write(tmp_path, [article(2, date=d, text=f"As of {d}. " * 40) for d in (APRIL, MARCH)], "b.warc")
    assert counts(read(tmp_path, both)) == {"stored": 1, "duplicates": 1}


def test_an_article_last_seen_later_keeps_its_text(tmp_path: Path) -> None:
    """Unchanged in April: what it said in March in between is no news."""
    texts = {FEBRUARY: "One text. ", APRIL: "One text. ", MARCH: "Another text. "}
    target = write(tmp_path, [article(1, date=date, text=text * 40) for date, text in texts.items()])
    assert counts(read(tmp_path, target)) == {"stored": 1, "unchanged": 1, "duplicates": 1}


def test_filters_pass_over_the_rest(tmp_path: Path) -> None:
    records = [article(1), article(2, site="b.example"), article(3, date=APRIL)]
    row = read(tmp_path, write(tmp_path, records), sites=frozenset(["b.example"]))
    assert (row.seen, row.new, counts(row)) == (3, 1, {"stored": 1})
    row = read(tmp_path, str(tmp_path / "news.warc.gz"), languages=frozenset(["id"]), again=True)
    assert (row.seen, row.new) == (3, 0)
    settings = settings_for(tmp_path)
    since = datetime.fromisoformat(APRIL)
    options = CrawlOptions(since=since, archives=ArchiveOptions(again=True))
    (row,) = run_crawl(settings, [str(tmp_path / "news.warc.gz")], options=options).rows
    assert (row.seen, row.new, counts(row)) == (3, 1, {"stored": 1})


def test_a_cut_file_is_read_up_to_there_and_failed(tmp_path: Path) -> None:
    whole = zipped([article(n) for n in range(5)])
    path = tmp_path / "cut.warc.gz"
    path.write_bytes(whole[:-100])
    row = read(tmp_path, str(path))
    assert (row.outcome, row.failed, counts(row)) == ("damaged", True, {"stored": 4})
    assert "damaged at byte" in str(row.error)
    row = read(tmp_path, str(path))
    assert (row.outcome, counts(row)) == ("damaged", {}), "what was read is not read again"
    path.write_bytes(whole)
    assert counts(read(tmp_path, str(path))) == {"unchanged": 4, "stored": 1}


def test_other_files_and_missing_ones_fail_by_themselves(tmp_path: Path) -> None:
    (tmp_path / "no.warc").write_bytes(b"hello\n" * 100)
    good = write(tmp_path, [article(1)])
    report = run_crawl(
        settings_for(tmp_path),
        [str(tmp_path / "no.warc"), str(tmp_path / "missing.warc.gz"), good],
        options=CrawlOptions(),
    )
    assert [row.outcome for row in report.rows] == ["failed", "failed", "read"]
    assert report.rows[0].error == "is no WARC file"
    assert report.rows[1].error == "No such file or directory"


def test_a_defect_in_reading_a_page_costs_that_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from crawler import jobs, pool

    async def sometimes(self: pool.Pool, function: object, *arguments: object) -> object:
        if "news/1" in arguments[0].url:  # type: ignore[attr-defined]
            raise KeyError("a defect")
        return function(*arguments)  # type: ignore[operator]

    monkeypatch.setattr(pool.Pool, "run", sometimes)
    assert jobs.read_record
    row = read(tmp_path, write(tmp_path, [article(n) for n in range(3)]))
    assert (row.outcome, counts(row)) == ("read", {"stored": 2, "rejected": 1})
    with kept(tmp_path) as store:
        (entry,) = store.entries.history(url_keys=[url_key("https://a.example/news/1")])
    assert entry.reason == "bug"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_at_any_moment_it_goes_on_where_it_was(tmp_path: Path) -> None:
    """Killed again and again: in the end each article is there once, and every record counted once."""
    count = 240
    target = write(tmp_path, [article(n, site=f"s{n % 7}.example") for n in range(count)])
    settings = settings_for(tmp_path)
    with open_store(settings.database_url):
        pass
    command = [sys.executable, "-m", "crawler", "crawl", target]
    places: list[int] = []
    while True:
        process = subprocess.Popen(
            command, env=environment(settings.database_url), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        before = places[-1] if places else 0
        while process.poll() is None and _records(tmp_path) <= before + 20:
            time.sleep(0.02)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        places.append(_records(tmp_path))
        if len(places) == 3:
            break
    assert 0 < places[0] < places[1]
    row = read(tmp_path, target)
    assert row.outcome in ("read", "read_before")
    with kept(tmp_path) as store:
        (archive,) = store.archives.by_ids([1]).values()
        assert store.articles.count(Filters()) == count
        assert store.entries.accounting()["offered"] == count
    assert (archive.records, archive.counts) == (count, {"stored": count})


def _records(folder: Path) -> int:
    with kept(folder) as store:
        return sum(archive.records for archive in store.archives.by_ids([1]).values())


def test_the_command_tells_why_and_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(settings_for(tmp_path).database).items():
        if name.startswith("KABAR_"):
            monkeypatch.setenv(name, value)
    target = write(tmp_path, [article(n) for n in range(2)])
    assert run(["crawl", target, "--json"]) == 0
    (row,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (row["outcome"], row["stored"]) == ("read", 2)
    assert run(["why", "https://a.example/news/1"]) == 0
    assert f"read from the archive {target}." in capsys.readouterr().out
    assert run(["why", "--json", "https://a.example/news/1"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["archives"][0]["path"] == target
    assert told["entries"][0]["archive_id"] == 1
    assert run(["crawl", "--no-store", "--again", target]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert run(["crawl", "--again", "https://a.example/"]) == 2
    assert "WARC" in capsys.readouterr().err
    (tmp_path / "cut.warc").write_bytes(article(7)[:-300])
    assert run(["crawl", str(tmp_path / "cut.warc"), target]) == 4


def test_without_the_library_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fastwarc", None)
    row = read(tmp_path, write(tmp_path, [article(1)]))
    assert (row.outcome, row.error) == ("failed", "reading WARC needs: pip install 'kabar[warc]'")


def test_many_processes_read_the_same(tmp_path: Path) -> None:
    target = write(tmp_path, [article(n) for n in range(30)])
    settings = settings_for(tmp_path)
    two = replace(settings, pool=replace(settings.pool, workers=2))
    (row,) = run_crawl(two, [target], options=CrawlOptions()).rows
    assert (row.outcome, counts(row)) == ("read", {"stored": 30})
