"""Where the feeds of a site stand by habit, told from what made its pages. Pure."""

import re
from urllib.parse import urljoin

from spiders.items import SourceKind

MOST_GUESSES = 5
"""Requests for addresses that nobody named, at one site."""
_USUAL: dict[SourceKind | None, tuple[str, ...]] = {
    None: ("/feed/", "/rss.xml", "/feed.xml", "/rss", "/sitemap-news.xml"),
    "feed": ("/feed/", "/rss.xml", "/feed.xml", "/rss", "/atom.xml"),
    "sitemap": ("/sitemap-news.xml", "/news-sitemap.xml", "/sitemap_index.xml", "/sitemap.xml"),
}
"""By the kind that is wanted, what is there most often first."""
_MAKERS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(name, re.IGNORECASE), address)
    for name, address in (
        (r"wordpress|classicpress", "/feed/"),
        (r"ghost", "/rss/"),
        (r"blogger", "/feeds/posts/default"),
        (r"drupal", "/rss.xml"),
        (r"hugo", "/index.xml"),
        (r"jekyll|eleventy", "/feed.xml"),
        (r"astro|gatsby", "/rss.xml"),
        (r"joomla", "/?format=feed&type=rss"),
        (r"squarespace", "/?format=rss"),
        (r"substack|medium", "/feed"),
        (r"wix", "/blog-feed.xml"),
        (r"typo3", "/feed.rss"),
        (r"discourse", "/latest.rss"),
        (r"hexo", "/atom.xml"),
    )
)


def made_here(url: str, generator: str) -> tuple[str, ...]:
    """Return where the feed of a site stands that was made with ``generator``; nothing for unknown ones.

    ``generator`` is the text of the page's meta element of that name.
    """
    return tuple(urljoin(url, address) for name, address in _MAKERS if name.search(generator))[:1]


def usual_places(url: str, *, kind: SourceKind | None = None) -> tuple[str, ...]:
    """Return where sources of a kind (or any) often stand at a site, the most likely address first."""
    return tuple(urljoin(url, address) for address in _USUAL.get(kind, ()))
