"""Fixtures of several flows."""

import multiprocessing
from collections.abc import Iterator
from multiprocessing import forkserver
from pathlib import Path

import pytest

from crawler.settings import Settings
from storage import open_store
from storage.store import Store
from tests.crawling import settings_for


@pytest.fixture(scope="session", autouse=True)
def readers() -> None:
    """A fork server that has loaded all readers: whichever test comes first starts it for all others."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(["crawler.preload"])
    forkserver.ensure_running()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings for a store in a file of the test's own, which may crawl loopback without pauses."""
    return settings_for(tmp_path)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """The store of the settings, open."""
    with open_store(settings.database_url) as opened:
        yield opened
