"""Where a redirect led: to the article, or to a door in front of it."""

import pytest

from crawler.landing import likeness, turned_away

ASKED = "https://a.example/2026/03/pier-opens"


@pytest.mark.parametrize(
    "answered",
    [
        "https://a.example/",
        "https://a.example/login?next=x",
        "https://sso.b.example/en/signin",
        "https://a.example/consent",
    ],
)
def test_doors_are_no_articles(answered):
    assert turned_away(ASKED, answered, expected="Pier opens", title="Pier opens")


@pytest.mark.parametrize(
    "answered",
    [ASKED, ASKED + "?page=all", "https://www.a.example/2026/03/pier-opens", "https://a.example/news/17"],
)
def test_an_articles_other_address_is_fine(answered):
    assert not turned_away(ASKED, answered, expected="Pier opens", title="Pier opens at last | A")


def test_a_page_with_quite_another_title_is_not_the_article():
    answered = "https://a.example/sorry-about-that"
    assert turned_away(ASKED, answered, expected="Pier opens", title="Maaf, halaman tidak ada")
    assert not turned_away(ASKED, answered, expected=None, title="Maaf, halaman tidak ada")
    assert not turned_away(ASKED, answered, expected="港が開く", title="港が開く、市民ら祝う")


def test_the_front_page_itself_may_be_asked_for():
    assert not turned_away("https://a.example/", "https://www.a.example/", expected=None, title="A")


def test_likeness_has_bounds():
    assert likeness("same", "SAME") == 1.0
    assert likeness("abc", "xyz") == 0.0
    assert likeness("", "xyz") == 1.0
