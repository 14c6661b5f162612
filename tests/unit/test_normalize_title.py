"""Titles, labels, pictures."""

from datetime import UTC, datetime

import pytest

from crawler.normalize import EntryFacts
from crawler.normalize.title import without_site
from spiders.items import Document
from tests.drafts import drafter

NOW = datetime(2025, 10, 22, tzinfo=UTC)
PAGE = Document(
    url="https://www.kompas.com/read/2025/10/21/1/harga-beras-naik",
    requested_url="https://www.kompas.com/read/2025/10/21/1/harga-beras-naik",
    fetched_at=NOW.timestamp(),
    title="Harga beras naik",
    text="Harga beras naik sejak pekan lalu. " * 12,
    language="id",
    publisher="Kompas Cyber Media",
    provenance={"title": "og:title"},
)


draft = drafter(PAGE, NOW)


@pytest.mark.parametrize(
    ("title", "clean"),
    [
        ("Harga beras naik - Kompas.com", "Harga beras naik"),
        ("Harga beras naik | Kompas", "Harga beras naik"),
        ("Harga beras naik | Ekonomi | KOMPAS.com", "Harga beras naik | Ekonomi"),
        ("Harga beras naik – Kompas Cyber Media", "Harga beras naik"),
        ("Harga beras naik - Kompas.com | Kompas.com", "Harga beras naik"),
        ("  Harga\n beras\tnaik ", "Harga beras naik"),
        ("Harga beras naik - kata menteri", "Harga beras naik - kata menteri"),
        ("Jakarta-Bandung | 142 km", "Jakarta-Bandung | 142 km"),
        ("Kompas.com", "Kompas.com"),
        ("- Kompas.com", "- Kompas.com"),
        ("Sejarah Kompas", "Sejarah Kompas"),
    ],
)
def test_name_of_the_site_is_cut(title: str, clean: str) -> None:
    assert draft(title=title).title == clean


def test_name_of_the_site_with_accents() -> None:
    assert draft(title="Sube el arroz | EL PAÍS", url="https://elpais.com/a").title == "Sube el arroz"


def test_cut_is_told() -> None:
    assert (
        draft(title="Harga beras naik - Kompas.com").provenance["title"]
        == "og:title; normalize: name of the site taken off"
    )
    assert draft().provenance["title"] == "og:title"


def test_source_title_counts_without_its_feed_word() -> None:
    assert (
        draft(EntryFacts(source_title="Warta Kita RSS Feed"), title="Harga naik - Warta Kita").title
        == "Harga naik"
    )


def test_fall_backs() -> None:
    fed = draft(EntryFacts(title="Dari umpan"), title=None)
    assert (fed.title, fed.provenance["title"]) == ("Dari umpan", "feed")
    bare = draft(title=" ")
    assert bare.title == PAGE.text[:100].strip()
    assert bare.provenance["title"].startswith("normalize: ")


def test_title_is_capped() -> None:
    assert len(draft(title="x" * 1_000_000).title) == 1000


def test_hostile_title_is_quick() -> None:
    assert without_site("| - " * 50_000, {"kompas"})


def test_publisher() -> None:
    assert draft(publisher="  Kompas\n.com ").publisher == "Kompas .com"
    named = draft(EntryFacts(source_title="KOMPAS"), publisher=None)
    assert (named.publisher, named.provenance["publisher"]) == ("KOMPAS", "feed")
    assert draft(EntryFacts(source_title="Berita Ekonomi"), publisher=None).publisher is None


def test_tags_of_page_and_feed() -> None:
    found = draft(EntryFacts(tags=("BERAS", "Pangan", "")), tags=("beras", "#harga", " Beras "))
    assert found.tags == ("beras", "harga", "Pangan")
    assert draft(EntryFacts(tags=("a",))).provenance["tags"] == "feed"
    assert len(draft(tags=tuple(map(str, range(500)))).tags) == 64


@pytest.mark.parametrize(
    ("page", "feed", "url"),
    [
        ("/img/a.jpg", None, "https://www.kompas.com/img/a.jpg"),
        ("data:image/png;base64,AAAA", None, None),
        ("javascript:alert(1)", "https://cdn.example/b.jpg", "https://cdn.example/b.jpg"),
        (None, None, None),
    ],
)
def test_image(page: str | None, feed: str | None, url: str | None) -> None:
    assert draft(EntryFacts(image_url=feed), image_url=page).image_url == url


def test_canonical() -> None:
    own = "https://www.kompas.com/read/2025/10/21/1/harga-beras-naik"
    assert draft(canonical_url=f"{own}?page=all").canonical_url == f"{own}?page=all"
    refused = draft(canonical_url="https://www.kompas.com/")
    assert refused.canonical_url == refused.url
    assert (
        refused.provenance["canonical_url"] == "normalize: own address; not believed: https://www.kompas.com/"
    )
    assert draft(canonical_url="http://[bad").canonical_url is None


def test_url_loses_credentials() -> None:
    found = draft(
        url="https://user:secret@www.kompas.com/a#x", canonical_url="https://user:secret@www.kompas.com/a"
    )
    assert (found.url, found.canonical_url) == ("https://www.kompas.com/a", "https://www.kompas.com/a")
    assert found.site == "kompas.com"
