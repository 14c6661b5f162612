"""Sources that want a browser's appearance or a browser: from the command line to the article."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from crawler.cli.main import run
from crawler.normalize.url import host_lane
from crawler.settings import Settings
from storage.model import NewSource, Source
from storage.store import Store
from tests.crawling import crawl_one
from tests.keeping import add_source
from tests.loopback import LoopbackOutlet
from tests.newspaper import Newspaper

TEXT = "Harga beras naik tajam di pasar induk pekan ini, kata para pedagang kepada wartawan kami. " * 6
SCRIPT = """
<html lang="id"><head><title>Pasar</title></head><body><article id="it"></article><script>
fetch('/story.json').then(answer => answer.json()).then(story => {
  const put = (name, text) => document.getElementById('it').append(
    Object.assign(document.createElement(name), {textContent: text}));
  put('h1', story.title); story.paragraphs.forEach(text => put('p', text));
})
</script></body></html>
"""


def follow(store: Store, outlet: LoopbackOutlet) -> Source:
    new = NewSource(url=outlet.feed_url, host=host_lane(outlet.feed_url))
    return store.sources.add(new, now=time.time())


def scripted(outlet: LoopbackOutlet) -> str:
    """Publish an article whose page is empty until its script has run; return its title."""
    piece = outlet.publish(title="Harga beras naik tajam", text="Pendek.")
    outlet.put(piece.path, SCRIPT)
    story = {"title": piece.title, "paragraphs": [TEXT + str(number) for number in range(4)]}
    outlet.put("/story.json", json.dumps(story), content_type="application/json")
    return piece.title


def test_an_article_that_its_script_writes(
    newspaper: Newspaper, settings: Settings, store: Store, chromium: str
) -> None:
    daily = newspaper.outlet("daily")
    title = scripted(daily)
    source = follow(store, daily)
    assert run(["--database", settings.database_url, "sources", "set", str(source.id), "--render"]) == 0
    fetch = replace(settings.fetch, browser=chromium, timeout=20.0)
    row = crawl_one(replace(settings, fetch=fetch), str(source.id))
    assert row.stored == 1
    article = store.articles.get(1)
    assert (article.content.title, article.content.text_source) == (title, "page")
    assert "pasar induk" in article.content.text


def test_without_a_browser_the_article_waits_and_the_host_is_not_blamed(
    newspaper: Newspaper, settings: Settings, store: Store
) -> None:
    daily = newspaper.outlet("daily")
    scripted(daily)
    source = follow(store, daily)
    store.sources.update(source.id, now=time.time(), options={"render": True})
    lacking = replace(settings, fetch=replace(settings.fetch, browser="/no/such/browser"))
    row = crawl_one(lacking, str(source.id))
    assert (row.outcome, row.stored) == ("new", 0)
    (host,) = store.hosts.politeness([source.host]).values()
    assert host < time.time() + 5
    counted = store.status(now=time.time()).entries
    assert counted["deferred"] == 1


def test_the_doctor_says_what_is_missing(
    settings: Settings,
    store: Store,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = add_source(store, "a", now=time.time())
    store.sources.update(source.id, now=time.time(), options={"impersonate": "mosaic", "render": True})
    monkeypatch.setenv("KABAR_FETCH__BROWSER", "/no/such/browser")

    def told() -> dict[str, Any]:
        assert run(["--database", settings.database_url, "doctor", "--json"]) == 1
        rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return {row["code"]: row for row in rows if row["severity"] == "alarm"}

    found = told()
    assert "mosaic" in found["no_impersonation"]["what"]
    assert "/no/such/browser" in found["no_browser"]["advice"]
    monkeypatch.setattr("crawler.equipment.can_impersonate", lambda: False)
    monkeypatch.setattr("spiders.browser.can_render", lambda: False)
    found = told()
    assert "pip install 'kabar[impersonate]'" in found["no_impersonation"]["advice"]
    assert "pip install 'kabar[browser]'" in found["no_browser"]["advice"]
    store.sources.update(source.id, now=time.time(), state="paused")
    assert run(["--database", settings.database_url, "doctor"]) == 0
