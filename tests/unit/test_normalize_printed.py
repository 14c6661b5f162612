"""Datelines and bylines, as printed; the rules carry their own examples."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.normalize.printed import byline_of, dateline_of
from spiders.readers.conventions import printed_rules
from tests.depth import examples

DATELINES = [(text, found) for rule in printed_rules("datelines") for text, found in rule["examples"]]
BYLINES = [(text, found) for rule in printed_rules("bylines") for text, found in rule["examples"]]


@pytest.mark.parametrize(("text", "found"), DATELINES)
def test_examples_of_datelines(text: str, found: str) -> None:
    assert (dateline_of(text, language="id") or "") == found


@pytest.mark.parametrize(("text", "found"), BYLINES)
def test_examples_of_bylines(text: str, found: str) -> None:
    assert (byline_of(text, language="id") or "") == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The president said on Monday that he would stay.",
        "Berlin. Die Regierung will den Haushalt ändern.",
        "Jakarta - Bandung kini hanya 40 menit dengan kereta cepat.",
        "A man - and his dog - walked home.",
        "In Jakarta, Reuters reported - and others confirmed - a fire.",
        "Apple Inc. shares fell on Monday.",
        "COVID-19 – a look back at five years.",
        "“PARIS — ” was the title of the exhibition.",
        "Menurut Kompas.com, harga beras naik - lagi.",
        "USA - Iran: Was nun?",
        "BREAKING — The president resigned.",
        "iPhone. Das Telefon.",
    ],
)
def test_no_dateline(text: str) -> None:
    assert dateline_of(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Dia tertawa (lagi).",
        "Kecepatannya 20 (km/jam)",
        "See the report (PDF).",
        "Harga turun (5/10).",
        "The company (AAPL/MSFT) grew\n\nand grew.\n\nOne.\n\nTwo.\n\nThree.",
        "He was born in 1980 (aged 45).",
    ],
)
def test_no_byline(text: str) -> None:
    assert byline_of(text, language="id") is None


def test_single_initials_only_where_they_are_printed() -> None:
    text = "The end of the story. (eko)"
    assert byline_of(text, language="id") == "(eko)"
    assert byline_of(text, language="en") is None
    assert byline_of(text) is None


def test_byline_before_a_last_line() -> None:
    assert byline_of("Selesai.(jhn/yn)\n\nBaca juga: Berita lain", language="id") == "(jhn/yn)"


def test_hyphen_after_a_city_only_where_it_is_printed() -> None:
    assert dateline_of("CROSSWORD - February 27", language="en") is None
    assert dateline_of("MAKASSAR - Warga menolak", language="id") == "MAKASSAR"


@settings(max_examples=examples(200), deadline=None)
@given(st.text(max_size=200) | st.text("ABab (),.-–/：=【】\n1月日", max_size=200))
def test_what_is_found_is_printed(text: str) -> None:
    dateline, byline = dateline_of(text), byline_of(text, language="id")
    assert dateline is None or text.startswith(dateline)
    assert byline is None or byline in text


@pytest.mark.parametrize(
    "text", ["A" * 100_000, "A a " * 50_000, "AA, " * 50_000, "(" * 100_000, "A.-" * 50_000, "Aa/" * 50_000]
)
def test_patterns_are_quick(text: str) -> None:
    start = time.process_time()
    dateline_of(text)
    byline_of(text, language="id")
    assert time.process_time() - start < 0.2
