"""Fixtures every room uses."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.newspaper import Newspaper


# Tests start kabar many times, and without bytecode each start compiles all of it anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# How long an example takes is a matter of the machine and of what else it does.
settings.register_profile("kabar", deadline=None)
settings.load_profile("kabar")


@pytest.fixture
def newspaper() -> "Iterator[Newspaper]":
    """A fresh loopback newspaper in a background thread."""
    from tests.newspaper import serve_in_thread

    with serve_in_thread() as paper:
        yield paper


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real pages and feeds; without it the test is skipped, loudly."""
    folder = os.environ.get("KABAR_TEST_DATA")
    if not folder:
        pytest.skip("KABAR_TEST_DATA is not set: this test needs the real pages and feeds")
    return Path(folder)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a browser; without one the test is skipped, loudly."""
    wanted = (os.environ.get("KABAR_TEST_BROWSER"), "chromium", "chromium-browser", "google-chrome")
    found = next((path for name in wanted if name and (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium was found and KABAR_TEST_BROWSER names none: this test needs a browser")
    return found
