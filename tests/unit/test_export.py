"""Articles in files: JSON lines, CSV, whole or not at all."""

import csv
import io
import json
import os
import sys
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import UsageError
from crawler.export import csv as csv_format
from crawler.export import export, format_for, jsonl
from crawler.export.csv import guarded, row
from crawler.export.file import replacing
from crawler.export.shape import About, Shape
from crawler.record import FIELDS, record
from storage.model import Article, Content

WIB = timezone(timedelta(hours=7))


def article(number: int = 1, **changes: Any) -> Article:
    values: dict[str, Any] = {
        "url": f"https://news.test/{number}",
        "canonical_url": None,
        "site": "news.test",
        "publisher": None,
        "title": 'Harga, beras "naik"',
        "lead": None,
        "text": "Satu.\n\nDua; tiga.",
        "language": "id",
        "authors": ("Ani", "Budi"),
        "byline": None,
        "dateline": None,
        "published_at": datetime(2026, 11, 24, 1, 15, tzinfo=WIB),
        "modified_at": None,
        "section": None,
        "tags": (),
        "image_url": None,
        "word_count": 3,
        "paywalled": None,
        "text_source": "page",
        "provenance": {"title": "json-ld"},
        "content_hash": "abc",
        "citations": ({"outlet": "The Guardian"},),
    }
    seen = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    return Article(
        id=number,
        content=Content(**{**values, **changes}),
        first_seen_at=seen,
        last_seen_at=seen,
        fetched_at=seen,
        revision=1,
        story_id=number,
        duplicate_of=None,
        sources=("https://news.test/rss",),
        urls=(f"https://news.test/{number}",),
    )


def written(shape: Shape, articles: list[Article]) -> str:
    return shape.head + shape.between.join(map(shape.one, articles)) + shape.tail(None)


def csv_rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_json_lines_hold_the_records() -> None:
    articles = [article(1), article(2, title="首相\u202e\u2028が\x85")]
    lines = written(jsonl.shape(About()), articles).splitlines()
    assert [json.loads(line) for line in lines] == [record(item) for item in articles]
    assert list(json.loads(lines[0])) == list(FIELDS)


def test_csv_has_a_header_and_a_row_an_article() -> None:
    text = written(csv_format.shape(About()), [article(1), article(2)])
    first, second = csv_rows(text)
    assert list(first) == list(FIELDS)
    assert first["title"] == 'Harga, beras "naik"'
    assert first["text"] == "Satu.\n\nDua; tiga."
    assert first["authors"] == "Ani; Budi"
    assert first["published_at"] == "2026-11-24T01:15:00+07:00"
    assert (first["tags"], first["lead"], first["word_count"], first["paywalled"]) == ("", "", "3", "")
    assert json.loads(first["provenance"]) == {"title": "json-ld"}
    assert json.loads(first["citations"]) == [{"outlet": "The Guardian"}]
    assert second["id"] == "2"
    assert text.split("\r\n")[0] == ",".join(FIELDS)


def test_an_empty_csv_still_has_its_header() -> None:
    assert written(csv_format.shape(About()), []) == ",".join(FIELDS) + "\r\n"


@pytest.mark.parametrize("cell", ["=1+1", "+62 812", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1"])
@pytest.mark.parametrize(
    "before", ["", " ", "  ", "\x00", "\u00a0", "\u200b", "\ufeff", "\u2028", "\u3000 \u200d"]
)
def test_formulas_are_disarmed_when_asked_for(before: str, cell: str) -> None:
    cell = before + cell
    values = record(article(title=cell))
    assert row(values, safe=True)[FIELDS.index("title")] == f"'{cell}"
    assert row(values)[FIELDS.index("title")] == cell


@given(st.text())
def test_a_guarded_cell_is_never_a_formula_and_loses_nothing(cell: str) -> None:
    made = guarded(cell)
    assert not made.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert made in (cell, f"'{cell}")


def test_every_form_of_a_sign_is_one() -> None:
    signs = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    forms = [sign for sign in signs if unicodedata.normalize("NFKC", sign)[0] in "=+-@"]
    assert len(forms) > 15
    assert [form for form in forms if guarded(form) == form] == []


def test_prose_is_left_as_it_is() -> None:
    for cell in ("Harga naik 5 %", " two blanks", "'tis", "", "¿Qué?", "ﷺ", "(+62) 812", "#1", "—", "•"):
        assert guarded(cell) == cell


def test_no_separator_in_a_safe_cell_begins_another() -> None:
    text = written(csv_format.shape(About(safe=True)), [article(title='a;=1 "b"')])
    assert '"a;=1 ""b"""' in text
    assert text.startswith('"id","')
    assert csv_rows(text)[0]["title"] == 'a;=1 "b"'


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_title_comes_back_from_csv(title: str) -> None:
    assert csv_rows(written(csv_format.shape(About()), [article(title=title)]))[0]["title"] == title


@pytest.mark.parametrize(
    ("path", "chosen", "expected"),
    [
        (None, None, "jsonl"),
        (None, "csv", "csv"),
        ("-", None, "jsonl"),
        ("a.csv", None, "csv"),
        ("a.CSV", None, "csv"),
        ("a.ndjson", None, "jsonl"),
        ("a.txt", "jsonl", "jsonl"),
    ],
)
def test_the_suffix_names_the_format(path: str | None, chosen: str | None, expected: str) -> None:
    assert format_for(Path(path) if path else None, chosen=chosen) == expected


def test_a_suffix_that_says_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match=r"end it in \.jsonl or \.csv"):
        format_for(Path("articles.xlsx"))


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_file_is_written_whole(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    assert export([article(1), article(2)], path, format_=format_for(path)) == 2
    text = path.read_bytes().decode()
    found = csv_rows(text) if name.endswith("csv") else [json.loads(line) for line in text.splitlines()]
    assert [int(item["id"]) for item in found] == [1, 2]
    assert os.listdir(tmp_path) == [name]


def test_a_failure_leaves_the_old_file_and_no_part(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("old", encoding="utf-8")

    def broken() -> Iterator[Article]:
        yield article(1)
        raise OSError("the database went away")

    with pytest.raises(OSError, match="went away"):
        export(broken(), path, format_="jsonl")
    assert path.read_text(encoding="utf-8") == "old"
    assert os.listdir(tmp_path) == ["a.jsonl"]


def test_readers_see_the_old_file_until_the_new_one_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("old", encoding="utf-8")
    with replacing(path) as out:
        out.write("new")
        out.flush()
        assert path.read_text(encoding="utf-8") == "old"
    assert path.read_text(encoding="utf-8") == "new"


def test_mode_and_links_are_kept(tmp_path: Path) -> None:
    path, link = tmp_path / "a.jsonl", tmp_path / "link.jsonl"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o640)
    link.symlink_to(path)
    with replacing(link) as out:
        out.write("new")
    assert link.is_symlink()
    assert path.read_text(encoding="utf-8") == "new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_pipe_is_written_straight_away(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with replacing(path) as out:
            out.write("new")
        assert os.read(reader, 100) == b"new"
    finally:
        os.close(reader)
    assert os.listdir(tmp_path) == ["pipe"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught, replacing(tmp_path / "no" / "a.csv"):
        pytest.fail("nothing can be written there")
    assert caught.value.filename == str(tmp_path / "no" / "a.csv")


def test_stdout_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert export([article(1)], None, format_="jsonl") == 1
    assert export([article(2)], Path("-"), format_="csv") == 1
    lines = capsys.readouterr().out.splitlines()
    assert json.loads(lines[0])["id"] == 1
    assert lines[1].startswith("id,url,")
