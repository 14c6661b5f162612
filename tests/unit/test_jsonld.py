"""JSON-LD in every shape it comes in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.readers.jsonld import article_node, parse, text_of, texts

ARTICLE = '{"@type": "NewsArticle", "headline": "Harga naik"}'


@pytest.mark.parametrize(
    "script",
    [
        ARTICLE,
        f"[{ARTICLE}]",
        f'{{"@context": "x", "@graph": [{{"@type": "WebSite"}}, {ARTICLE}]}}',
        f'{{"@type": "WebPage", "mainEntity": {ARTICLE}}}',
        f"<!-- {ARTICLE} -->",
        f"//<![CDATA[\n{ARTICLE}\n//]]>",
        f"/* data */ {ARTICLE};",
        '{"@type": ["Thing", "BlogPosting"], "headline": "Harga naik",}',
        '{"@type": "Report", "headline": "Harga\tnaik"}',
        f"{ARTICLE}{ARTICLE}",
        ARTICLE.replace('"', "&quot;"),
        f"\ufeff{ARTICLE}",
        ARTICLE.replace('"', "'"),
        f'{ARTICLE[:-1]}, "description": "Harga beras na',
        f'[{{"@graph": [{ARTICLE[:-1]}, "image": ["a", "b',
        ARTICLE[:-1] + ', "description": "one\nline, <!-- not --> \x07", }',
    ],
)
def test_the_article_is_found(script: str) -> None:
    assert " ".join(text_of(article_node([script]).get("headline")).split()) == "Harga naik"


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ('"Harga "beras" naik", "author": "Ani"', 'Harga "beras" naik'),
        ('"Kata "naik", kata menteri", "author": "Ani"', 'Kata "naik", kata menteri'),
        ('"Harga naik "", "author": "Ani"', 'Harga naik "'),
    ],
)
def test_quotes_that_were_not_escaped(printed: str, read: str) -> None:
    node = article_node([f'{{"@type": "NewsArticle", "headline": {printed}}}'])
    assert (node["headline"], node["author"]) == (read, "Ani")


def test_apostrophes_in_single_quotes() -> None:
    node = article_node(["{'@type': 'NewsArticle', 'headline': 'It isn\\'t Ani's \"rice\"'}"])
    assert node["headline"] == "It isn't Ani's \"rice\""


def test_the_richest_article_wins_wherever_it_stands() -> None:
    rich = '{"@type": "Article", "headline": "Kaya", "datePublished": "2025-10-21", "author": "Budi"}'
    assert article_node([ARTICLE, "not json", f"[[{rich}]]"])["headline"] == "Kaya"


def test_references_are_followed() -> None:
    graph = (
        '{"@graph": [{"@type": "Article", "author": {"@id": "#a"}, "publisher": [{"@id": "#p"}]},'
        '{"@type": "Person", "@id": "#a", "name": "Budi"},'
        '{"@type": "Organization", "@id": "#p", "name": "Warta"}]}'
    )
    node = article_node([graph])
    assert text_of(node["author"], "name") == "Budi"
    assert text_of(node["publisher"], "name") == "Warta"


def test_other_things_are_no_article() -> None:
    assert article_node(['{"@type": "BreadcrumbList"}', '{"@type": 5}', "[]", "null", "", "{"]) == {}


@pytest.mark.parametrize(
    "script",
    ["[" * 100_000, '{"@graph":[' * 2_000 + "]}" * 2_000, "{" + ", " * 200_000, "/*" + " " * 200_000],
)
def test_heaps(script: str) -> None:
    assert article_node([script]) == {}


def test_texts() -> None:
    value = ["a", {"name": "b"}, {"name": ["c", "d"]}, {"x": "e"}, 5, None, ["f"]]
    assert list(texts(value, "name")) == ["a", "b", "c", "d"]
    assert text_of(None) == text_of(3) == text_of([]) == ""


@given(st.text('{}[]",:@typeArticlegraph \n\\u0', max_size=100))
def test_never_fails(script: str) -> None:
    parse(script)
    article_node([script])
