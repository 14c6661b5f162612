"""Where feeds stand by habit."""

import pytest

from crawler.habits import MOST_GUESSES, made_here, usual_places

PAGE = "https://warta.example/ekonomi/pasar?x=1"


@pytest.mark.parametrize(
    ("generator", "address"),
    [
        ("WordPress 6.9", "https://warta.example/feed/"),
        ("Site Kit by Google 1.1 WordPress", "https://warta.example/feed/"),
        ("Ghost 6.0", "https://warta.example/rss/"),
        ("blogger", "https://warta.example/feeds/posts/default"),
        ("Drupal 11 (https://www.drupal.org)", "https://warta.example/rss.xml"),
        ("Joomla! - Open Source Content Management", "https://warta.example/?format=feed&type=rss"),
        ("Hugo 0.150.0", "https://warta.example/index.xml"),
    ],
)
def test_what_made_the_site_tells(generator: str, address: str) -> None:
    assert made_here(PAGE, generator) == (address,)


def test_an_unknown_maker_tells_nothing() -> None:
    assert made_here(PAGE, "") == made_here(PAGE, "Our own hands") == ()


@pytest.mark.parametrize("kind", [None, "feed", "sitemap"])
def test_guesses_are_few_and_at_the_site(kind: str | None) -> None:
    places = usual_places(PAGE, kind=kind)  # type: ignore[arg-type]
    assert 0 < len(places) <= MOST_GUESSES
    assert all(url.startswith("https://warta.example/") for url in places)
    assert usual_places(PAGE, kind="section") == ()
