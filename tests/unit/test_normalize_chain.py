"""The chain as a whole: pure, total, and telling where everything came from."""

import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.errors import Drop
from crawler.fingerprint import content_hash
from crawler.normalize import CHAIN, Draft, EntryFacts, feed_document, normalize, warm
from crawler.normalize.characters import clean_characters
from spiders.items import Document
from storage.model import Content
from tests.depth import examples

NOW = datetime(2025, 10, 22, tzinfo=UTC)
URL = "https://www.etindonesia.com/2025/10/05/pabrik-kertas-di-lembah/"
SEED = """EtIndonesia. Menurut laporan dari media Inggris The Guardian, pabrik kertas di lembah akan ditutup.

Akun media sosial X, “@contoh_akun,” menyatakan bahwa pada awal Oktober sudah ada tanda-tandanya.

Pada 3 Oktober, para pekerja berkumpul di depan gerbang karena upah mereka belum dibayar.

Banyak yang menilai bahwa keputusan itu semakin memperburuk keadaan di daerah tersebut.(jhn/yn)"""
PAGE = Document(
    url=URL,
    requested_url=URL,
    fetched_at=NOW.timestamp(),
    title="Pabrik Kertas di Lembah Akan Ditutup - EtIndonesia",
    text=SEED,
    authors=("Penulis: Budi Santoso",),
    published="2025-10-05T08:30:00+07:00",
    language="id-ID",
    canonical_url=URL,
    publisher="EtIndonesia",
    section="Internasional",
    provenance={
        "title": "og:title",
        "text": "extract",
        "published": "json-ld",
        "language": "html",
        "authors": "json-ld",
    },
)
TEXT = "A text that is long enough to be one, with a few words more. " * 12


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    warm()


def test_an_article() -> None:
    draft = normalize(PAGE, EntryFacts(), now=NOW)
    assert draft.title == "Pabrik Kertas di Lembah Akan Ditutup"
    assert draft.text == SEED
    assert (draft.dateline, draft.byline) == ("EtIndonesia", "(jhn/yn)")
    assert draft.authors == ("Budi Santoso",)
    assert draft.language == "id"
    assert draft.published_at is not None
    assert draft.published_at.isoformat() == "2025-10-05T08:30:00+07:00"
    assert draft.site == "etindonesia.com"
    assert draft.canonical_url == URL
    assert draft.word_count == 53
    assert draft.content_hash == content_hash(draft.text, draft.title)
    assert dict(draft.provenance) == {
        "title": "og:title; normalize: name of the site taken off",
        "text": "extract",
        "published_at": "json-ld",
        "language": "html",
        "authors": "json-ld",
        "lead": "normalize: first paragraph",
        "dateline": "normalize: beginning of the text",
        "byline": "normalize: end of the text",
    }


def test_the_seed_article(test_data: Path) -> None:
    text = (test_data / "seed" / "article.txt").read_text(encoding="utf-8")
    draft = normalize(replace(PAGE, text=text, language=None), EntryFacts(), now=NOW)
    assert (draft.dateline, draft.byline, draft.language) == ("EtIndonesia", "(jhn/yn)", "id")
    assert draft.text.startswith("EtIndonesia. Menurut laporan")
    assert draft.text.endswith("(jhn/yn)")
    assert draft.text.count("\n\n") == 7


def test_draft_has_every_field_of_content() -> None:
    content = {field.name: str(field.type) for field in dataclasses.fields(Content)}
    draft = {field.name: str(field.type) for field in dataclasses.fields(Draft)}
    assert content.items() <= draft.items()
    assert draft.keys() - content.keys() == {"document", "entry", "now"}


def test_chain_is_a_tuple_of_documented_steps() -> None:
    assert isinstance(CHAIN, tuple)
    assert all(step.__doc__ for step in CHAIN)


def test_values_cross_processes() -> None:
    draft = normalize(PAGE, EntryFacts(source_country="id"), now=NOW)
    assert pickle.loads(pickle.dumps(draft)) == draft


def test_feed_document() -> None:
    entry = EntryFacts(
        title="Dari umpan",
        summary="Pendek.",
        content=f"<p>{TEXT}</p><p>{TEXT}</p>",
        published="Sun, 05 Oct 2025 08:30:00 +0700",
        authors=("Budi Santoso",),
        tags=("a", "b"),
        language="id",
        image_url="/a.jpg",
    )
    draft = normalize(feed_document(entry, url=URL, fetched_at=NOW.timestamp()), entry, now=NOW)
    assert (draft.title, draft.text_source) == ("Dari umpan", "feed")
    assert draft.text == f"{TEXT.strip()}\n\n{TEXT.strip()}"
    assert draft.authors == ("Budi Santoso",)
    assert draft.image_url == "https://www.etindonesia.com/a.jpg"
    assert {
        draft.provenance[name] for name in ("title", "text", "published_at", "authors", "tags", "lead")
    } == {"feed"}


@pytest.mark.parametrize(
    ("document", "entry"),
    [
        ({"title": None, "text": ""}, EntryFacts()),
        ({"title": "Only a title", "text": " \n\n\u200b "}, EntryFacts()),
        (
            {"title": "Only a title", "text": ""},
            EntryFacts(summary="<img src='x'>", content="<script>x</script>"),
        ),
    ],
)
def test_no_text_is_dropped(document: dict[str, Any], entry: EntryFacts) -> None:
    with pytest.raises(Drop) as caught:
        normalize(replace(PAGE, **document), entry, now=NOW)
    assert caught.value.reason == "no_text"


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("404 Not Found", "not_found"),
        ("Halaman Tidak Ditemukan | Kompas.com", "not_found"),
        ("Just a moment...", "blocked"),
        ("Access Denied", "blocked"),
    ],
)
def test_shells_are_dropped(title: str, reason: str) -> None:
    with pytest.raises(Drop) as caught:
        normalize(replace(PAGE, title=title, text="Sorry."), EntryFacts(), now=NOW)
    assert caught.value.reason == reason


@pytest.mark.parametrize("title", ["404 Not Found", "Access denied", "Just a moment..."])
def test_a_long_text_is_an_article_whatever_its_title(title: str) -> None:
    assert normalize(replace(PAGE, title=title, text=TEXT), EntryFacts(), now=NOW).title == title


@pytest.mark.parametrize("title", ["404 Media raises money", "Notfound Records closes", "One moment"])
def test_titles_that_only_begin_alike(title: str) -> None:
    assert normalize(replace(PAGE, title=title, text="Short."), EntryFacts(), now=NOW).title == title


def test_behind_a_wall_the_feed_speaks() -> None:
    entry = EntryFacts(title="Dari umpan", summary=TEXT)
    draft = normalize(replace(PAGE, title="Just a moment...", text="Checking."), entry, now=NOW)
    assert (draft.title, draft.text, draft.text_source) == ("Dari umpan", TEXT.strip(), "feed")
    assert "wall" in draft.provenance["text"]


ANY = st.text(alphabet=st.characters(), max_size=120)
MAYBE = st.none() | ANY
NAMES = st.lists(ANY, max_size=4).map(tuple)
DATE = (
    st.none()
    | ANY
    | st.sampled_from(["2025-10-21", "9999-12-31T23:59:59-12:00", "0001-01-01", "21 Okt 2025", "-1"])
)
LINK = st.sampled_from(["https://example.com/a", "http://[::1]/", "/x", "", "http://[bad"]) | ANY
DOCUMENTS = st.builds(
    Document,
    url=LINK,
    requested_url=LINK,
    fetched_at=st.floats() | st.just(1.76e9),
    title=MAYBE,
    lead=MAYBE,
    text=ANY | st.just(SEED),
    text_source=st.sampled_from(["page", "feed", "structured"]),
    authors=NAMES,
    published=DATE,
    modified=DATE,
    language=MAYBE | st.sampled_from(["id", "en", "ms-MY", "und"]),
    canonical_url=st.none() | LINK,
    publisher=MAYBE,
    section=MAYBE,
    tags=NAMES,
    image_url=st.none() | LINK,
    paywalled=st.none() | st.booleans(),
    provenance=st.dictionaries(st.sampled_from(["title", "text", "published", "odd"]), ANY, max_size=3),
)
ENTRIES = st.builds(
    EntryFacts,
    title=MAYBE,
    summary=MAYBE,
    content=MAYBE,
    published=DATE,
    updated=DATE,
    authors=NAMES,
    tags=NAMES,
    language=MAYBE,
    image_url=st.none() | LINK,
    source_title=MAYBE,
    source_language=MAYBE,
    source_country=st.none() | st.sampled_from(["id", "us", "XX", ""]) | ANY,
)


@settings(
    max_examples=examples(150),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(DOCUMENTS, ENTRIES)
def test_any_document_gives_a_clean_draft_or_a_drop(document: Document, entry: EntryFacts) -> None:
    before = (pickle.dumps(document), pickle.dumps(entry))
    try:
        draft = normalize(document, entry, now=NOW)
    except Drop as drop:
        reason = drop.reason
    else:
        _check(draft)
        reason = "no_text"
    assert reason in {"no_text", "not_found", "blocked"}
    assert (pickle.dumps(document), pickle.dumps(entry)) == before


def _check(draft: Draft) -> None:
    assert draft.text
    assert draft.title
    for name in ("title", "text", "lead", "byline", "dateline", "publisher", "section"):
        value = getattr(draft, name)
        assert value is None or (value and value == value.strip() == clean_characters(value))
        assert name == "text" or "\n" not in (value or "")
    for moment in (draft.published_at, draft.modified_at):
        assert moment is None or (moment.tzinfo is not None and 1990 <= moment.year <= 2025)
    for url in (draft.canonical_url, draft.image_url):
        assert url is None or url.startswith(("http://", "https://"))
    assert len(draft.authors) <= 64
    assert len(draft.tags) <= 64
    assert all(isinstance(name, str) and isinstance(how, str) for name, how in draft.provenance.items())
    "".join((draft.text, draft.title, draft.lead or "", *draft.authors, *draft.tags)).encode("utf-8")


@settings(max_examples=examples(60), deadline=None)
@given(DOCUMENTS, ENTRIES)
def test_same_in_same_out(document: Document, entry: EntryFacts) -> None:
    assert _outcome(lambda: normalize(document, entry, now=NOW)) == _outcome(
        lambda: normalize(document, entry, now=NOW)
    )


def _outcome(call: Callable[[], Draft]) -> object:
    try:
        draft = call()
    except Drop as drop:
        return drop.reason
    return {field.name: getattr(draft, field.name) for field in dataclasses.fields(Content)}


def test_a_second_pass_changes_no_text() -> None:
    once = normalize(PAGE, EntryFacts(), now=NOW)
    again = normalize(
        replace(PAGE, text=once.text, title=once.title, authors=once.authors), EntryFacts(), now=NOW
    )
    for name in ("title", "text", "authors", "byline", "dateline", "content_hash", "word_count", "lead"):
        assert getattr(again, name) == getattr(once, name)
