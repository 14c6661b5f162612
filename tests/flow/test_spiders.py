"""The ordinary Scrapy spiders, run by Scrapy's own command line as anybody would."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.daemons import ROOT
from tests.loopback import LoopbackOutlet
from tests.newspaper import serve_in_thread


def crawled(tmp_path: Path, spider: str, url: str, *arguments: str) -> list[str]:
    """Run a spider file; returns the links of its items."""
    out = tmp_path / f"{spider}.jsonl"
    command = [sys.executable, "-m", "scrapy", "runspider", f"spiders/{spider}.py", "-a", f"url={url}"]
    more = [*arguments, "-O", str(out), "-s", "LOG_LEVEL=ERROR", "-s", "REMOTE_CONTROL_ENABLED=False"]
    done = subprocess.run(
        [*command, *more],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Error" not in done.stderr
    return [json.loads(line)["link"] for line in out.read_text().splitlines()]


@pytest.fixture
def outlet() -> LoopbackOutlet:
    with serve_in_thread() as paper:
        yield paper.outlet("daily")


@pytest.mark.slow
def test_each_kind(outlet: LoopbackOutlet, tmp_path: Path) -> None:
    pieces = outlet.publish_many(4)
    links = {piece.url for piece in pieces}
    assert set(crawled(tmp_path, "feed", outlet.feed_url)) == links

    def urls(chosen: list[str]) -> str:
        return "<urlset>" + "".join(f"<url><loc>{url}</loc></url>" for url in chosen) + "</urlset>"

    ordered = sorted(links)
    outlet.put("/new.xml", urls(ordered[:2]), content_type="application/xml")
    outlet.put("/old.xml", urls(ordered[2:]), content_type="application/xml")
    outlet.put(
        "/index.xml",
        f"<sitemapindex><sitemap><loc>{outlet.url('/new.xml')}</loc></sitemap><sitemap>"
        f"<loc>{outlet.url('/old.xml')}</loc><lastmod>2020-01-01</lastmod></sitemap></sitemapindex>",
        content_type="application/xml",
    )
    assert sorted(crawled(tmp_path, "sitemap", outlet.url("/index.xml"))) == ordered[:2]
    assert sorted(crawled(tmp_path, "sitemap", outlet.url("/index.xml"), "-a", "days=99999")) == ordered
    cards = "".join(f'<h3><a href="{piece.path}">{piece.title}</a></h3>' for piece in pieces)
    outlet.put("/ekonomi", f"<!doctype html><main>{cards}</main>")
    assert set(crawled(tmp_path, "section", outlet.url("/ekonomi"))) == links
