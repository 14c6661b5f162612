"""Made-up articles for tests of what writes them."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from storage.model import Article, Content

WIB = timezone(timedelta(hours=7))
SEEN = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
_OWN = ("fetched_at", "revision", "duplicate_of", "withdrawn_at", "urls", "first_seen_at")


def article(number: int = 1, **changes: Any) -> Article:
    """Return an article; ``changes`` are fields of its content or its own."""
    own = {name: changes.pop(name) for name in _OWN if name in changes}
    url = f"https://news.test/2026/beras-naik-{number}.html"
    values: dict[str, Any] = {
        **{"url": url, "canonical_url": None, "site": "news.test", "publisher": "News Test"},
        **{"title": 'Harga, beras "naik"', "lead": "Naik <lagi> & lagi", "text": "Satu.\n\nDua; tiga."},
        **{"language": "id", "authors": ("Ani", "Budi"), "byline": "(ani/bud)", "dateline": "JAKARTA"},
        **{"published_at": datetime(2026, 11, 24, 1, 15, tzinfo=WIB), "modified_at": None},
        **{"section": "Ekonomi", "tags": ("beras", "pasar"), "image_url": "https://news.test/a.jpg"},
        **{"word_count": 3, "paywalled": False, "text_source": "page", "provenance": {"title": "json-ld"}},
        **{"content_hash": "abc", "image_caption": "Pasar", "image_credit": "Foto: Ani"},
        "citations": ({"name": "Reuters", "kind": "agency", "phrase": "Dua", "start": 7, "end": 10},),
        "repeats": ({"first": [0, 5], "second": [7, 10], "score": 0.9},),
        "reservations": {"robots": "noai"},
        "credits": ("Antara",),
    }
    usual = {"first_seen_at": SEEN, "last_seen_at": SEEN, "fetched_at": SEEN, "revision": 1}
    usual |= {"duplicate_of": None, "urls": (url,)}
    return Article(
        id=number,
        content=Content(**{**values, **changes}),
        story_id=number,
        sources=("https://news.test/rss",),
        **{**usual, **own},  # type: ignore[arg-type]
    )
