"""The starter feeds are well-formed and worth starting with."""

from urllib.parse import urlsplit

from crawler.starters import starters


def test_there_are_a_dozen_or_more_and_several_are_indonesian() -> None:
    found = starters()
    assert len(found) >= 12
    assert sum(starter.language == "id" for starter in found) >= 5
    assert len({starter.language for starter in found}) >= 3


def test_each_is_complete_and_stands_once() -> None:
    found = starters()
    assert len({starter.url for starter in found}) == len(found)
    for starter in found:
        for url in (starter.url, starter.site):
            parts = urlsplit(url)
            assert parts.scheme == "https"
            assert parts.hostname
            assert "." in parts.hostname
        assert starter.title.strip() == starter.title != ""
        assert len(starter.language) == 2
        assert starter.language.islower()
        assert len(starter.country) == 2
        assert starter.country.isupper()


def test_feed_and_site_belong_together() -> None:
    """The feed lives on the site's domain, or on the feed domain of its publisher."""
    elsewhere = {"feeds.bbci.co.uk": "www.bbc.com"}
    for starter in starters():
        feed, site = urlsplit(starter.url).hostname or "", urlsplit(starter.site).hostname or ""
        assert elsewhere.get(feed) == site or feed.split(".")[-2:] == site.split(".")[-2:], starter.url
