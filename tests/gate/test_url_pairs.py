"""Gate: pairs of real URL shapes. No false merge; at most two misses by the address, none by the page."""

import csv
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from crawler.normalize.url import clean_url, url_key
from storage import open_store
from storage.store import Store
from tests.meetings import meet

ALLOWED_MISSES = 2
TITLE = "Harga beras naik lagi di Jakarta"
TEXT = "\n\n".join(
    f"Paragraf {number} menjelaskan mengapa harga beras di pasar induk naik lagi pada pekan ini."
    for number in range(9)
)
OWN = (
    ("https://www.kabar.test/a/d-7?utm_source=x", "https://kabar.test/a/d-7", True),
    ("https://kabar.test/a/d-7/amp", "https://kabar.test/a/d-7", True),
    ("https://kabar.test/a/old-slug-7.html", "https://kabar.test/a/new-slug-7.html", True),
    ("https://m.kabar.test/read/1/a?page=all", "https://www.kabar.test/read/1/a", True),
    ("https://kabar.test/index.php?cid=101", "https://kabar.test/index.php?cid=102", False),
    ("https://kabar.test/read/1/a?page=2", "https://kabar.test/read/1/a?page=3", False),
    ("https://news.kabar.test/berita/x", "https://sport.kabar.test/berita/x", False),
)


@pytest.fixture
def pairs(test_data: Path) -> list[tuple[str, str, bool]]:
    with (test_data / "urls" / "pairs.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        found = [(row["url_a"], row["url_b"], row["same_article"] == "1") for row in rows]
    assert len(found) >= 19
    return found


def test_pairs(pairs: list[tuple[str, str, bool]]) -> None:
    wrong: dict[bool, list[tuple[str, str]]] = {False: [], True: []}
    for one, other, same in pairs:
        if (_key(one) == _key(other)) != same:
            wrong[same].append((one, other))
    assert not wrong[False], "two articles became one"
    assert len(wrong[True]) <= ALLOWED_MISSES


class Undone(Exception):
    """Takes back what was kept, so that one store serves for all pairs."""


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with open_store("sqlite:///:memory:") as opened:
        yield opened


def test_pairs_once_their_pages_are_seen(store: Store, pairs: list[tuple[str, str, bool]]) -> None:
    for pair in pairs:
        check_seen(store, *pair)


@pytest.mark.parametrize(("one", "other", "same"), OWN)
def test_own_pairs_once_their_pages_are_seen(store: Store, one: str, other: str, same: bool) -> None:
    check_seen(store, one, other, same)


def check_seen(store: Store, one: str, other: str, same: bool) -> None:
    """Try a pair in both orders, and with each of the proofs that a page can give."""
    for first, second in ((one, other), (other, one)):
        if same:
            assert articles(store, first, second, canonical=other) == 1, "by content and canonical URL"
            assert articles(store, first, second, canonical=None) == 1, "by content"
            assert articles(store, first, second, canonical=other, text="Naik lagi.") == 1, "by canonical URL"
        else:
            assert articles(store, first, second, canonical=None, title="Lain", text=TEXT[::-1]) == 2


def articles(
    store: Store, first: str, second: str, *, canonical: str | None, title: str = TITLE, text: str = TEXT
) -> int:
    """Return how many articles two addresses make, which have both of them."""
    with suppress(Undone), store.transaction():
        met = {
            meet(store, first, title=TITLE, text=TEXT, canonical=canonical),
            meet(store, second, title=title, text=text, canonical=canonical),
        }
        urls = [url for number in met for url in store.articles.get(number).urls]
        assert {_key(url) for url in urls} >= {_key(first), _key(second)}
        raise Undone
    return len(met)


def _key(url: str) -> str:
    cleaned = clean_url(url)
    assert cleaned is not None, url
    return url_key(cleaned)
