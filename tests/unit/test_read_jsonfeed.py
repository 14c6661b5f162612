"""JSON Feed 1 and 1.1: what is read of it, and what it survives."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.errors import NotAFeed
from spiders.items import Feed
from spiders.readers.source import read_source
from tests.depth import examples

URL = "https://www.warta.example/feed.json"
ITEM: dict[str, Any] = {
    "id": 17,
    "url": "/2026/beras",
    "external_url": "https://lain.example/x",
    "title": "Harga &amp; beras",
    "content_html": "<p>Isi.</p>",
    "content_text": "Isi.",
    "summary": "Ringkas",
    "image": "/beras.jpg",
    "date_published": "2026-11-25T08:00:00+07:00",
    "date_modified": "2026-11-25T09:00:00+07:00",
    "authors": [{"name": "Sari"}, {"name": "Sari"}, {"url": "https://x"}, "Budi"],
    "tags": ["pangan", 5, "pangan"],
    "language": "id",
}
FEED: dict[str, Any] = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Warta",
    "home_page_url": "https://www.warta.example/",
    "feed_url": URL,
    "next_url": "https://www.warta.example/feed.json?page=2",
    "language": "id",
    "hubs": [{"type": "WebSub", "url": "https://hub.example/"}, {"type": "rssCloud", "url": "https://no"}],
    "items": [ITEM],
}


def read(feed: dict[str, Any] | str | bytes) -> Feed:
    text = json.dumps(feed) if isinstance(feed, dict) else feed
    return read_source(text.encode() if isinstance(text, str) else text, kind="feed", url=URL)


def test_everything_is_read() -> None:
    feed = read(FEED)
    [entry] = feed.entries
    assert (feed.format, feed.title, feed.site_url, feed.language) == (
        *("json11", "Warta", "https://www.warta.example/"),
        "id",
    )
    assert (feed.hubs, feed.self_url) == (("https://hub.example/",), URL)
    assert feed.older == "https://www.warta.example/feed.json?page=2"
    assert (entry.link, entry.guid, entry.title) == (
        *("https://www.warta.example/2026/beras", "17"),
        "Harga & beras",
    )
    assert (entry.content, entry.summary, entry.authors) == ("<p>Isi.</p>", "Ringkas", ("Sari",))
    assert (entry.published, entry.updated) == ("2026-11-25T08:00:00+07:00", "2026-11-25T09:00:00+07:00")
    assert (entry.tags, entry.image_url) == (("pangan",), "https://www.warta.example/beras.jpg")


def test_version_one_has_one_author_and_items_inherit_it() -> None:
    items = [
        {"id": "https://www.warta.example/1", "content_text": "Satu <b>.\n\nDua."},
        {"id": "2", "url": "https://www.warta.example/2", "author": {"name": "Budi"}},
    ]
    head = {"version": "https://jsonfeed.org/version/1", "author": {"name": "Redaksi"}}
    feed = read({**FEED, **head, "items": items})
    assert feed.format == "json1"
    assert [entry.authors for entry in feed.entries] == [("Redaksi",), ("Budi",)]
    assert feed.entries[0].link == "https://www.warta.example/1"
    assert feed.entries[0].content == "<p>Satu &lt;b&gt;.</p><p>Dua.</p>"


@pytest.mark.parametrize(
    "bad",
    [
        None,
        5,
        "text",
        [],
        {},
        {"id": {}},
        {"url": 7},
        {"id": "x", "url": "javascript:alert(1)"},
        {"id": True},
    ],
)
def test_a_malformed_item_never_costs_the_others(bad: Any) -> None:
    feed = read({**FEED, "items": [bad, ITEM, bad]})
    assert (len(feed.entries), feed.skipped) == (1, 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"authors": 5, "author": []},
        {"tags": "a,b"},
        {"title": None, "content_html": 5, "summary": {}},
        {"date_published": 17, "image": ["x"]},
        {"title": "\ud800 x \0"},
    ],
)
def test_fields_of_the_wrong_type_are_left_out(changes: dict[str, Any]) -> None:
    [entry] = read({**FEED, "items": [{**ITEM, **changes}]}).entries
    assert entry.link.endswith("/beras")
    assert "\0" not in (entry.title or "")
    (entry.title or "").encode()


def test_a_cut_feed_keeps_its_whole_items() -> None:
    text = json.dumps({**FEED, "items": [{**ITEM, "id": n, "url": f"/{n}"} for n in range(10)]})
    feed = read(text[: text.index('"/7"')])
    assert [entry.guid for entry in feed.entries] == list("0123456")
    assert feed.truncated
    assert feed.title == "Warta"


def test_a_broken_item_is_passed_over() -> None:
    items = ", ".join(json.dumps({**ITEM, "id": n, "url": f"/{n}"}) for n in range(4))
    broken = items.replace('"id": 1,', '"id": 1 1,')
    feed = read('{"version": "https://jsonfeed.org/version/1.1", "items": [' + broken + "]}")
    assert [entry.guid for entry in feed.entries] == ["0", "2", "3"]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(FEED).replace("17", "9" * 10_000),
        json.dumps(FEED).replace("17", "NaN"),
        json.dumps(FEED).replace("17", "1e999"),
        json.dumps(FEED)[:-1] + ', "x": ' + "[" * 100_000,
        "\ufeff" + json.dumps(FEED),
        json.dumps(FEED).replace('"title"', '"title": "x", "title"'),
    ],
)
def test_odd_json_is_survived(text: str) -> None:
    assert [entry.link for entry in read(text).entries] == ["https://www.warta.example/2026/beras"]


@pytest.mark.parametrize(
    "text", ['{"a": 1}', "[]", "[1, 2]", '{"version": "https://jsonfeed.org/version/1"}']
)
def test_other_json_is_no_feed(text: str) -> None:
    with pytest.raises(NotAFeed) as refused:
        read(text)
    assert refused.value.reason == "json"


@settings(max_examples=examples(200), deadline=None)
@given(st.data())
def test_no_mutation_is_more_than_no_feed(data: st.DataObject) -> None:
    body = json.dumps(FEED).encode()
    at = data.draw(st.integers(0, len(body)))
    junk, gone = data.draw(st.binary(max_size=12)), data.draw(st.integers(0, 40))
    with suppress(NotAFeed):
        read(body[:at] + junk + body[at + gone :])
