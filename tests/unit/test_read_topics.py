"""Topics: what is none, which list is taken, and the links of a page where it states none."""

import json

import pytest

from spiders.readers.page import read_page

URL = "https://warta.example/ekonomi/harga-beras-naik"
TEXT = "<p>" + "Menteri mengatakan bahwa harga beras naik sejak pekan lalu. " * 6 + "</p>"
MENU = "<div class=burger><b>Topics</b><a href=/live>Live</a><a href=/video>Video</a></div>"


def tags(head: str = "", body: str = "", *, before: str = "") -> tuple[str, ...]:
    page = f"<head>{head}</head><body>{before}<div><h1>Harga beras naik lagi</h1>{TEXT}{body}</div></body>"
    return read_page(page.encode(), url=URL, requested_url=URL, fetched_at=1.79e9).tags


def stated(*names: str) -> str:
    node = {"@type": "NewsArticle", "headline": "Harga beras naik lagi", "keywords": list(names)}
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


def test_places_of_an_article_are_no_topics() -> None:
    names = ("Featured", "Top Story 1", "Editor’s Picks", "featured-auf-startseite", "Uncategorized", "Beras")
    assert tags(stated(*names)) == ("Beras",)


def test_no_section_is_called_uncategorized() -> None:
    head = '<meta property="article:section" content="Uncategorized">'
    page = f"<head>{head}</head><h1>Harga beras naik lagi</h1>{TEXT}"
    found = read_page(page.encode(), url=URL, requested_url=URL, fetched_at=1.79e9)
    assert found.section is None


def test_tags_with_capitals_come_before_the_same_without() -> None:
    fuller = '<meta name="keywords" content="Beras, Harga pangan, Bulog">'
    assert tags(stated("beras", "bulog") + fuller) == ("Beras", "Harga pangan", "Bulog")
    assert tags(stated("Beras", "bulog") + fuller) == ("Beras", "bulog")
    assert tags(stated("beras", "padi") + fuller) == ("beras", "padi")
    assert tags(stated("大米") + '<meta name="keywords" content="大米, Bulog">') == ("大米",)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('<div class="story-tags"><a href=/a>Beras</a>, <a href=/b>Bulog,</a></div>', ("Beras", "Bulog")),
        ("<ul class=KeywordList_x1><li><a href=/a>#Beras</a></ul>", ("Beras",)),
        ("<div class=vintage><a href=/a>Beras</a></div>", ()),
        (f"<div class=tags><a href=/a>Beras</a> {TEXT}</div>", ()),
        ("<nav class=tags><a href=/a>Beras</a></nav>", ()),
        ("<article><nav class=tags><a href=/a>Beras</a></nav></article>", ("Beras",)),
        ("<aside><a href=/tag/beras>Beras</a></aside>", ()),
        ("<a href=/tag/beras>Mer om: Beras</a>", ("Beras",)),
        (f"<p>{'Kata ' * 20}<a href=/tag/a>dia</a></p><p><a href=/tag/beras>Beras</a></p>", ("Beras",)),
        (f"<p>{'Kata ' * 20}<a href=/tag/beras>beras</a></p>", ("beras",)),
        ("<a rel='category tag' href=/a>Ekonomi</a> <a rel=tag href=/b>Beras</a>", ("Beras",)),
        ("<a rel='category tag' href=/a>Ekonomi</a>", ("Ekonomi",)),
        ("<article><footer><a rel=tag href=/b>Beras</a></footer></article>", ("Beras",)),
        ("<footer><a rel=tag href=/b>Beras</a></footer>", ()),
        ("<div class=globalnav__x><a rel=tag href=/b>Beras</a></div>", ()),
    ],
)
def test_links_to_topics(body: str, found: tuple[str, ...]) -> None:
    assert tags(body=body) == found


def test_words_for_topics_count_behind_the_headline() -> None:
    assert tags(before=MENU) == ()
    assert tags(body="<b>Topics</b> <a href=/a>Beras</a>", before=MENU) == ("Beras",)


def test_links_before_the_headline_count_in_its_article() -> None:
    links = "<a href=/list/Beras>Beras</a> <a href=/tag/bulog>Bulog</a>"
    page = f"{links}<h1>Harga beras naik lagi</h1>{TEXT}"
    assert tags(before=links) == ()
    whole = f"<body><article>{page}</article></body>"
    found = read_page(whole.encode(), url=URL, requested_url=URL, fetched_at=1.79e9)
    assert found.tags == ("Beras", "Bulog")


def test_codes_give_way_to_links() -> None:
    codes = ", ".join(f"INDG{number}" for number in range(10))
    head = f'<meta name="keywords" content="{codes}">'
    assert tags(head, '<ul class="tag-list"><a href=/a>Beras</a></ul>') == ("Beras",)
    assert tags(head) == ()
