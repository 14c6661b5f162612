"""Site rules, each on a page as its site prints it."""

from datetime import date, datetime

import pytest

from spiders.readers.page import read_page
from spiders.readers.tree import parse_html
from spiders.sites import fields_of, is_dropped, rule_for, text_of
from tests.sitepages import BODY, PAGES, READ_ALSO, TITLE, SitePage

DAY = date(2025, 11, 12)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.url.split("/")[2])
def test_a_page_of_the_site(page: SitePage) -> None:
    rule = rule_for(page.url, date.fromisoformat(page.day))
    assert rule is not None
    tree, _ = parse_html(page.html)
    found = fields_of(rule, tree)
    assert found.get("authors", ()) == page.authors
    assert found.get("published", (None,))[0] == page.published
    assert found.get("title", (TITLE,)) == (TITLE,)
    held = text_of(rule, tree)
    assert held is not None
    element, left_out = held
    assert not [line for line in left_out if line in BODY]
    text = " ".join(" ".join(element.itertext()).split())
    assert all(paragraph in text for paragraph in BODY)
    assert "Nasional" not in text
    lines = [line for line in map(str.strip, element.itertext()) if line and not is_dropped(rule, line)]
    assert READ_ALSO not in " ".join(lines)
    assert not any("ADVERTISEMENT" in line or "SCROLL" in line or "Gambas" in line for line in lines)


def test_most_sites_have_no_rule() -> None:
    for url in (
        "https://example.org/a",
        "https://com/",
        "https://notdetik.com/a",
        "https:///",
        "https://[::1]/a",
    ):
        assert rule_for(url, DAY) is None


def test_subdomains_and_www_are_the_site() -> None:
    names = {
        rule.name
        for url in ("https://www.detik.com/a", "https://a.b.detik.com/c")
        if (rule := rule_for(url, DAY))
    }
    assert names == {"detik"}


def test_a_layout_has_its_days() -> None:
    old, new = (rule_for("https://tempo.co/a", day) for day in (date(2024, 6, 1), date(2025, 6, 1)))
    assert old is not None
    assert new is not None
    assert old.text != new.text


def test_where_a_rule_finds_nothing_it_says_nothing() -> None:
    rule = rule_for("https://news.detik.com/a", DAY)
    assert rule is not None
    tree, _ = parse_html("<html><body><main><p>Another layout.</p></main></body></html>")
    assert fields_of(rule, tree) == {}
    assert text_of(rule, tree) is None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.url.split("/")[2])
def test_the_reader_follows_the_rule(page: SitePage) -> None:
    fetched_at = datetime.fromisoformat(f"{page.day}T12:00:00+00:00").timestamp()
    document = read_page(page.html.encode(), url=page.url, requested_url=page.url, fetched_at=fetched_at)
    assert document.title == TITLE
    assert (document.reader or "").partition("+")[2]
    assert document.provenance["text"].startswith("site:")
    assert all(paragraph in document.text for paragraph in BODY)
    assert "Nasional" not in document.text
    assert READ_ALSO not in document.text
    if page.authors:
        assert document.authors == page.authors
        assert document.provenance["authors"].startswith("site:")


def test_another_layout_is_read_as_on_any_site() -> None:
    url = "https://news.detik.com/berita/d-1/a"
    html = f"<html><body><main><h1>{TITLE}</h1><p>{'</p><p>'.join(BODY)}</p></main></body></html>"
    document = read_page(html.encode(), url=url, requested_url=url, fetched_at=1.76e9)
    assert all(paragraph in document.text for paragraph in BODY)
    assert "+" not in (document.reader or "")
