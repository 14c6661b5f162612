"""A page read without a store: the record, what led to it, and pages that are none."""

import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.inspected import Given
from crawler.inspecting import inspect
from crawler.record import FIELDS
from tests.saved import PAGE, URL
from tests.sitepages import PAGES, READ_ALSO

NOW = 1.8e9


def test_the_record_has_its_fields_in_order() -> None:
    found = inspect(Given(body=PAGE, url=URL, fetched_at=NOW), steps=False)
    assert (found.error, found.reason, found.steps, found.changes) == (None, None, (), ())
    assert [name for name in FIELDS if name in found.record] == list(found.record)
    assert found.record["title"] == "Harga beras naik"
    assert found.record["authors"] == ["Ani Lestari"]
    assert found.record["published_at"] == "2026-11-02T01:15:00+07:00"
    assert found.record["language"] == "id"
    assert found.record["text"].startswith("Harga beras naik lagi")


def test_steps_tell_how_it_was_read() -> None:
    found = inspect(Given(body=PAGE, url=URL, fetched_at=NOW), steps=True)
    steps = dict(found.steps)
    assert list(steps) == ["decoded", "parsed", "stated", "site rule"]
    assert steps["site rule"] == "none"
    assert steps["decoded"].endswith("bytes as utf-8")
    assert "JSON-LD NewsArticle with headline, author" in steps["stated"]
    assert "OpenGraph (2)" in steps["stated"]
    assert ("count_words", "word_count") in [(change.step, change.field) for change in found.changes]


def test_the_site_rule_says_what_it_finds() -> None:
    made = {page.url.split("/")[2]: page.html.encode() for page in PAGES}
    address = "https://news.detik.com/a"
    for body, words in (
        (
            made["news.detik.com"],
            "detik finds title, authors, published, tags, the text; it leaves out what else stands there (5)",
        ),
        (PAGE, "detik finds nothing, as if the layout had changed: the page is read as any other"),
    ):
        found = inspect(Given(body=body, url=address, fetched_at=NOW), steps=True)
        assert set(dict(found.steps)["site rule"].split(", ")) == set(words.split(", "))
        assert found.error is None


def test_what_a_site_rule_leaves_out_is_told() -> None:
    page = next(page for page in PAGES if "detik" in page.url)
    document = inspect(Given(body=page.html.encode(), url=page.url, fetched_at=NOW), steps=True).document
    assert document is not None
    assert {READ_ALSO, "ADVERTISEMENT", "Simak Video: Panen Raya"} <= set(document.left_out)
    assert not [left for left in document.left_out if left in document.text]


def test_without_an_address_the_page_names_its_own() -> None:
    found = inspect(Given(body=PAGE, fetched_at=NOW), steps=False)
    assert (found.record["url"], found.record["site"]) == (URL, "example.org")


def test_a_page_that_kabar_would_not_keep_is_read_all_the_same() -> None:
    page = b"<html><head><title>404 Not Found</title></head><body><p>There is nothing here.</p></body></html>"
    found = inspect(Given(body=page, url=URL, fetched_at=NOW), steps=False)
    assert found.reason == "not_found"
    assert found.record["title"].startswith("404")


@pytest.mark.parametrize("body", [b"", b"%PDF-1.7 abc", b"\x89PNG\r\n\x1a\n", b"<rss version='2.0'/>"])
def test_what_is_no_page_is_a_record_without_values(body: bytes) -> None:
    found = inspect(Given(body=body, url=URL, fetched_at=NOW), steps=True)
    assert found.error
    assert (found.record["text"], found.record["authors"], found.record["url"]) == ("", [], URL)


def test_no_steps_are_told_of_what_was_not_read() -> None:
    assert inspect(Given(body=b"%PDF-1.7 abc", url=URL, fetched_at=NOW), steps=True).steps == ()
    assert inspect(Given(body=b"<p></p>", url=URL, fetched_at=NOW), steps=True).steps != ()


def test_pages_of_an_article_are_told_of() -> None:
    url = f"{URL}-naik-lagi"
    page = PAGE.replace(URL.encode(), url.encode())
    link = b'<p><a href="?page=2">2</a></p></body>'
    first = Given(body=page.replace(b"</body>", link), url=url, fetched_at=NOW)
    assert dict(inspect(first, steps=True).steps)["pages"] == (
        f"number 1 of an article that is printed on several; not joined: {url}?page=2"
    )
    second = Given(body=page.replace(b"lagi pada", b"terus pada"), url=f"{url}?page=2", fetched_at=NOW)
    words = "number 2 of an article that is printed on several"
    assert dict(inspect(second, steps=True).steps)["pages"] == words
    both = inspect(replace(first, others=(second,), missing="page 3: not_found"), steps=True)
    assert dict(both.steps)["pages"].endswith("joined: 2, then missing: page 3: not_found")
    assert "terus pada" in both.record["text"]


def test_files_are_unpacked(tmp_path: Path) -> None:
    plain, packed, broken = tmp_path / "a.html", tmp_path / "a.html.gz", tmp_path / "b.html.gz"
    plain.write_bytes(PAGE)
    packed.write_bytes(gzip.compress(PAGE))
    broken.write_bytes(b"\x1f\x8b\x08" + bytes(50))
    read = [inspect(Given(path=str(path), url=URL, fetched_at=NOW), steps=False) for path in (plain, packed)]
    assert read[0].record == read[1].record
    assert inspect(Given(path=str(broken), url=URL), steps=False).reason == "bad_encoding"
    with pytest.raises(FileNotFoundError):
        inspect(Given(path=str(tmp_path / "none.html"), url=URL), steps=False)


@given(st.binary(max_size=300), st.sampled_from([b"", b"<html>", b"<p>", b"\x1f\x8b\x08", b"\xff\xfe"]))
def test_nothing_that_a_page_holds_raises(body: bytes, start: bytes) -> None:
    found = inspect(Given(body=start + body, fetched_at=NOW), steps=True)
    assert {"title", "text", "authors"} <= set(found.record)
