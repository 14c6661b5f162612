"""The other pages of an article, and what only looks like them."""

import pytest

from spiders.items import Parts
from spiders.readers.head import read_head
from spiders.readers.parts import MAX_PARTS, other_parts
from spiders.readers.tree import parse_html

URL = "https://www.warta.example/berita/jembatan-bambu-sukamaju"


def parts(body: str, url: str = URL, head: str = "") -> Parts:
    tree, _ = parse_html(
        f"<html><head>{head}</head><body><article><p>Kata.</p></article>{body}</body></html>"
    )
    return other_parts(tree, read_head(tree, url), url)


def pager(*references: str) -> str:
    return "<div class='paging'>" + "".join(f"<a href='{ref}'>x</a>" for ref in references) + "</div>"


@pytest.mark.parametrize(
    ("url", "references", "expected"),
    [
        (URL, ["?page=2", "?page=3"], ["?page=2", "?page=3"]),
        (f"{URL}?page=1", ["?page=2"], ["?page=2"]),
        (URL, [f"{URL}/2", f"{URL}/3/"], ["/2", "/3/"]),
        (f"{URL}/", [f"{URL}/page/2/"], ["/page/2/"]),
        (URL, [f"{URL}/seite-2", f"{URL}/komplettansicht"], ["/seite-2"]),
        (f"{URL}.html", [f"{URL}-2.html"], ["-2.html"]),
        (f"{URL}?id=7", ["?id=7&page=2"], ["?id=7&page=2"]),
        (URL, ["?halaman=2", "?halaman=5"], ["?halaman=2", "?halaman=3", "?halaman=4", "?halaman=5"]),
        (f"{URL}?page=3", ["?page=1", "?page=2", "?page=4"], ["?page=4"]),
    ],
)
def test_numbered_pages(url: str, references: list[str], expected: list[str]) -> None:
    assert parts(pager(*references), url).numbered == tuple(URL + part for part in expected)


@pytest.mark.parametrize(
    "reference",
    ["?page=all", "?single=1", "?showpage=all", "?seite=all", "?view=all", f"{URL}/komplettansicht"],
)
def test_the_view_of_the_whole(reference: str) -> None:
    found = parts(pager("?page=2", reference))
    assert found.whole == (reference if reference.startswith("http") else URL + reference)


def test_the_whole_has_no_other_parts() -> None:
    assert not parts(pager("?page=2", "?page=3"), f"{URL}?page=all")


def test_rel_next_leads_on() -> None:
    head = f"<link rel='next' href='{URL}?page=2'>"
    assert parts("", head=head).numbered == (f"{URL}?page=2",)


@pytest.mark.parametrize(
    ("body", "url"),
    [
        ("<div id='comments'>" + pager("?page=2", "?page=3") + "</div>", URL),
        ("<ul class='gallery-nav'><li><a href='?page=2'>2</a></li></ul>", URL),
        (pager("?page=2"), "https://www.warta.example/ekonomi"),
        (pager("?page=2"), "https://www.warta.example/"),
        (pager("/berita/artikel-lain-hari-ini?page=2"), URL),
        (pager("https://other.example/berita/jembatan-bambu-sukamaju?page=2"), URL),
        (pager("?page=3", "?page=4"), URL),
        (pager("?page=2", f"?page={MAX_PARTS + 1}"), URL),
        (pager("?page=2#comments"), URL),
        (pager("?cpage=2", "?commentpage=3"), URL),
        (pager("/berita/jembatan-bambu-sukamaju/12345"), URL),
        (pager("/berita?page=2", "/tag/jembatan/2"), URL),
    ],
)
def test_what_are_no_parts(body: str, url: str) -> None:
    assert not parts(body, url)


def test_a_previous_article_behind_rel_next_is_none() -> None:
    assert not parts("", head="<link rel='next' href='/berita/artikel-yang-lain'>")
