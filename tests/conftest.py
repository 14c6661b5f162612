"""Fixtures every room uses."""

import gc
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.depth import QUICK, THOROUGH

if TYPE_CHECKING:
    from tests.newspaper import Newspaper
    from tests.postgres import Server


# Tests start kabar many times, and without bytecode each start compiles all of it anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# How long an example takes is a matter of the machine and of what else it does. In CI: `thorough`.
settings.register_profile("kabar", deadline=None, max_examples=QUICK)
settings.register_profile("thorough", deadline=None, max_examples=THOROUGH)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "kabar"))

# What collecting makes stays to the end: to look through it again and again took a fifth of collecting.
gc.disable()

_skipped: Counter[str] = Counter()


def pytest_collection_finish() -> None:
    """From now on garbage is looked for, but not among what was collected and imported."""
    gc.freeze()
    gc.enable()


def pytest_xdist_auto_num_workers() -> int | None:
    """Say how many workers ``-n auto`` means: two for a core, for most tests wait for a server or a process.

    Each of them collects all tests: more than sixteen cost more than they bring.
    """
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    return min(2 * (os.cpu_count() or 1), 16)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count what is not tested for want of something."""
    if report.skipped and isinstance(report.longrepr, tuple):
        _skipped[str(report.longrepr[2]).removeprefix("Skipped: ")] += 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly how many tests did not run, and why: a skipped test proves nothing."""
    for reason, number in _skipped.most_common():
        terminalreporter.write_line(f"NOT TESTED ({number} skipped): {reason}", yellow=True, bold=True)


@pytest.fixture
def newspaper() -> "Iterator[Newspaper]":
    """A fresh loopback newspaper in a background thread."""
    from tests.newspaper import serve_in_thread

    with serve_in_thread() as paper:
        yield paper


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Server]":
    """The PostgreSQL of the whole test run, with a database ``template_kabar`` that holds an empty store."""
    from storage import open_store
    from tests.postgres import CannotStart, shared

    def prepare(running: "Server") -> None:
        running.run("CREATE DATABASE template_kabar")
        open_store(running.url("template_kabar")).close()

    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # that of all workers
    try:
        with shared(folder, prepare) as running:
            yield running
    except CannotStart as error:
        pytest.skip(f"NO POSTGRESQL, half of the store tests do not run: {error}")


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
