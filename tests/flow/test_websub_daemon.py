"""The daemon with a hub: what is pushed is stored without a poll, and it stops in time."""

import subprocess
import sys
import time

import pytest

from crawler.normalize.url import host_lane
from storage import open_store
from storage.hits import Filters
from storage.model import NewSource
from tests.daemons import daemon, environment
from tests.hub import LoopbackHub, announce, feed_of
from tests.ports import free_port


@pytest.mark.slow
def test_what_is_pushed_is_stored_without_a_poll(newspaper, tmp_path):
    database, port = f"sqlite:///{tmp_path / 'kabar.db'}", free_port()
    listener = {"KABAR_WEB__PORT": str(port), "KABAR_WEBSUB__CALLBACK": f"http://127.0.0.1:{port}"}
    env = environment(database, **listener)
    outlet, hub = newspaper.outlet(), LoopbackHub(newspaper)
    announce(outlet, hub)
    outlet.publish()
    with open_store(database) as store:
        store.sources.add(NewSource(url=outlet.feed_url, host=host_lane(outlet.feed_url)), now=time.time())
        with daemon(tmp_path / "log", env) as running:
            running.until(lambda: (found := store.subscriptions.of_source(1)) and found.state == "verified")
            running.until(lambda: store.articles.count(Filters()) == 1)
            piece = outlet.publish()
            assert hub.push(feed_of(outlet)).status == 202
            running.until(lambda: store.articles.count(Filters()) == 2)
            assert newspaper.visits_to(piece.path)
            assert len(newspaper.visits_to(outlet.feed_path)) == 1
            assert "pushed" in running.messages
            second = subprocess.run(
                [sys.executable, "-m", "crawler", "run", "--no-starters"],
                env={**env, "KABAR_DATABASE": f"sqlite:///{tmp_path / 'other.db'}"},
                capture_output=True, text=True, timeout=100, check=False,
            )  # fmt: skip
            assert second.returncode == 1
            assert f"cannot listen on 127.0.0.1:{port}" in second.stderr
            shown = subprocess.run(
                [sys.executable, "-m", "crawler", "sources", "show", "1"],
                env=env, capture_output=True, text=True, timeout=100, check=True,
            )  # fmt: skip
            assert hub.url in shown.stdout
            assert "not yet earned" in shown.stdout
            assert running.stop() == 0
