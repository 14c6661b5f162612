"""Text and length; HTML of feeds to text."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.normalize import EntryFacts
from crawler.normalize.characters import clean_characters, clean_line
from crawler.normalize.html import html_to_text
from crawler.normalize.text import MAX_TEXT, clean_text, word_count
from spiders.items import Document
from tests.depth import examples
from tests.drafts import drafter

NOW = datetime(2025, 10, 22, tzinfo=UTC)
PARAGRAPH = "Warga desa menyambut jalan baru yang dibuka kemarin sore oleh pemerintah kabupaten. "
PAGE = Document(
    url="https://www.example.com/read/1/jalan-baru-dibuka",
    requested_url="https://www.example.com/read/1/jalan-baru-dibuka",
    fetched_at=NOW.timestamp(),
    title="Jalan baru dibuka",
    text="\n\n".join([PARAGRAPH * 2, PARAGRAPH * 3]),
    language="id",
    provenance={"text": "extract", "title": "og:title"},
)


draft = drafter(PAGE, NOW)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a\x00b\x07c", "abc"),
        ("soft\u00adhyphen zero\u200bwidth \ufeffbom", "softhyphen zerowidth bom"),
        ("\u202eevil\u202c", "evil"),
        ("a\r\nb\rc\u2028d\x85e", "a\nb\nc\nd\ne"),
        ("e\u0301", "é"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("می\u200cخواهم 👨\u200d👩", "می\u200cخواهم 👨\u200d👩"),
        ("plain", "plain"),
    ],
)
def test_characters(raw: str, clean: str) -> None:
    assert clean_characters(raw) == clean


@settings(deadline=None)
@given(st.text(alphabet=st.characters(), max_size=200))
def test_clean_text_is_stable_and_storable(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert "\x00" not in clean
    clean.encode("utf-8")
    assert "\n\n\n" not in clean
    assert clean == clean.strip()


def test_paragraphs() -> None:
    assert clean_text("  One\u00a0 two \n three\n \n\n\tFour\n") == "One two\nthree\n\nFour"
    assert clean_text("One.\nTwo.") == "One.\n\nTwo."


def test_long_text_is_cut_at_a_paragraph() -> None:
    text = "\n\n".join(["x" * 999] * 1200)
    clean = clean_text(text)
    assert MAX_TEXT // 2 < len(clean) <= MAX_TEXT
    assert clean.endswith("x" * 999)
    assert len(clean_text("y" * (MAX_TEXT + 5))) == MAX_TEXT
    assert f"cut to {len(clean)} characters" in draft(text=text).provenance["text"]


def test_clean_line() -> None:
    assert clean_line("  a\n\tb  ") == "a b"
    assert clean_line(None) == ""
    assert len(clean_line("x" * 1_000_000)) == 1000


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One <b>two</b>&nbsp;three</p><p>Four<br/>five</p>", "One two three\n\nFour\nfive"),
        ("plain a < b & c", "plain a < b & c"),
        ("AT&amp;T &#8220;x&#8221;", "AT&T “x”"),
        ("<div>a<div>b</div>c</div>", "a\n\nb\n\nc"),
        ("<script>alert(1)</script>y<style>z</style><iframe>q</iframe>", "y"),
        ("<p>unclosed <b>bold", "unclosed bold"),
        ("<ul><li>1<li>2</ul>", "1\n\n2"),
        ("&lt;p&gt;escaped&lt;/p&gt;&lt;p&gt;twice&lt;/p&gt;", "escaped\n\ntwice"),
        ("<?xml version='1.0' encoding='utf-8'?><p>x</p>", "x"),
        ("</div></body></html><p>after</p>", "after"),
        ("<!-- a --><p>b</p><!-- c", "b"),
        ("<p>\ud800 half\x00</p>", "\ufffd half"),
        ("", ""),
    ],
)
def test_html(markup: str, text: str) -> None:
    assert html_to_text(markup) == text


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 5000 + "deep" + "</div>" * 5000,
        f"<a {' '.join(f'x{number}=1' for number in range(40_000))}>deep</a>",
        "<b>" * 20_000 + "deep",
        "<" * 50_000 + "<p>deep</p>",
        "<p>deep</p>" + "<p " * 100_000,
        "<p>deep</p>" + "<!--" * 100_000,
    ],
)
def test_hostile_html_is_quick_and_keeps_its_text(markup: str) -> None:
    start = time.process_time()
    assert "deep" in html_to_text(markup)
    assert time.process_time() - start < 2


@settings(max_examples=examples(300), deadline=None)
@given(st.text(max_size=100) | st.text("<>/!?-&#;pbr \"'=x1[]", max_size=100))
def test_html_never_raises(markup: str) -> None:
    html_to_text(markup).encode("utf-8")


def test_headline_at_the_beginning_is_taken_off() -> None:
    found = draft(text=f"JALAN BARU: dibuka\n\n{PARAGRAPH}\n\n{PARAGRAPH}", title="Jalan baru dibuka")
    assert found.text.startswith("Warga desa")
    assert "headline" in found.provenance["text"]
    assert draft(text="Jalan baru dibuka").text == "Jalan baru dibuka"


def test_page_text_comes_first() -> None:
    found = draft(EntryFacts(content=f"<p>{PARAGRAPH * 50}</p>"))
    assert found.text == clean_text(PAGE.text)
    assert (found.text_source, found.provenance["text"]) == ("page", "extract")


@pytest.mark.parametrize("page", ["", "Baca selengkapnya di aplikasi kami."])
def test_feed_steps_in_for_a_thin_page(page: str) -> None:
    found = draft(EntryFacts(content=f"<p>{PARAGRAPH * 5}</p>", summary="Short."), text=page)
    assert found.text == (PARAGRAPH * 5).strip()
    assert found.text_source == "feed"
    assert found.provenance["text"].startswith("feed")


def test_summary_steps_in_without_content() -> None:
    found = draft(EntryFacts(summary=f"{PARAGRAPH}&amp; more"), text="")
    assert found.text == f"{PARAGRAPH}& more"


def test_feed_furniture_is_taken_off() -> None:
    content = (
        f'<p>{PARAGRAPH}</p><p>The post <a href="x">Title</a> appeared first on <a href="y">Paper</a>.</p>'
    )
    assert draft(EntryFacts(content=content), text="").text == PARAGRAPH.strip()
    assert (
        draft(EntryFacts(content=f"<p>{PARAGRAPH}</p>" + "<p>Read more</p>" * 5000), text="").text
        == PARAGRAPH.strip()
    )


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("One two-three, four's — 5.", 4),
        ("总统访问北京", 6),
        ("総理は東京で述べた。", 9),
        ("대통령은 서울에서 말했다", 3),
        ("ข่าวใหม่", 8),
        ("COVID-19 在中国", 4),
        ("- – —", 0),
    ],
)
def test_word_count(text: str, count: int) -> None:
    assert word_count(text) == count
