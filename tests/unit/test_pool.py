"""Work in pool processes: results come back, errors too, and a dying process harms nobody."""

import asyncio
import contextlib
import os
import signal
import sys
import time

import pytest

from crawler.errors import Drop, PoolCrash, PoolTimeout
from crawler.forked import keep_quiet_when_late
from crawler.pool import Pool
from crawler.settings import PoolSettings
from spiders.errors import FetchFailed, NotAFeed


def die():
    os._exit(9)


def hang():
    time.sleep(60)


def hoard():
    return len(bytearray(3 * 1024**3))


def refuse():
    raise NotAFeed("https://a.example/", "html", "is a web page")


def refuse_with_status():
    raise FetchFailed("https://a.example/", "http_503", "is overloaded", status=503, retry_after=5.0)


@pytest.fixture(scope="module")
def run():
    """One pool for all tests of this module: what one job breaks must not matter to the next."""
    pool = Pool(PoolSettings(workers=1, timeout=1.5, memory=512 * 1024 * 1024))

    def call(function, *args):
        async def once():
            return await pool.run(function, *args)

        return asyncio.run(once())

    yield call
    pool.stop()


def test_a_result_comes_back(run):
    assert run(pow, 2, 10) == 1024


def test_a_readers_error_comes_back_whole(run):
    with pytest.raises(NotAFeed) as caught:
        run(refuse)
    assert (caught.value.url, caught.value.reason) == ("https://a.example/", "html")
    with pytest.raises(FetchFailed) as failed:
        run(refuse_with_status)
    assert (failed.value.status, failed.value.retry_after) == (503, 5.0)


@pytest.mark.parametrize(("job", "error"), [(die, PoolCrash), (hang, PoolTimeout), (hoard, PoolCrash)])
def test_a_process_that_dies_hangs_or_hoards_costs_one_job(run, job, error):
    with pytest.raises(error):
        run(job)
    assert run(pow, 2, 3) == 8


def drop():
    raise Drop("no_text", "there is nothing to keep")


def test_a_drop_comes_back_with_its_reason(run):
    with pytest.raises(Drop, match="nothing to keep") as caught:
        run(drop)
    assert caught.value.reason == "no_text"


def test_ctrl_c_passes_by_the_processes_while_they_load_too(run):
    blocked = run(signal.pthread_sigmask, signal.SIG_BLOCK, ())  # inherited from the first moment on
    assert signal.SIGINT in blocked
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_a_process_that_starts_too_late_says_nothing(monkeypatch, capsys):
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    keep_quiet_when_late()
    for error in (FileNotFoundError("a semaphore"), EOFError(), BrokenPipeError()):
        sys.excepthook(type(error), error, None)
    assert capsys.readouterr().err == ""
    sys.excepthook(ValueError, ValueError("a defect"), None)
    assert "ValueError: a defect" in capsys.readouterr().err


def test_an_idle_process_that_is_killed_does_no_lasting_harm(run):
    pid = run(os.getpid)
    os.kill(pid, signal.SIGKILL)
    time.sleep(0.3)
    for _ in range(3):  # the pool may notice with the next job or before
        with contextlib.suppress(PoolCrash):
            assert run(pow, 2, 5) == 32
    assert run(pow, 2, 5) == 32


def test_processes_that_cannot_be_started_cost_one_job(monkeypatch):
    """The system may kill what starts them at the moment when it is asked to."""
    pool, open_ = Pool(PoolSettings(workers=1)), Pool._open

    def killed(self):
        monkeypatch.setattr(Pool, "_open", open_)
        raise EOFError

    monkeypatch.setattr(Pool, "_open", killed)

    async def twice():
        with pytest.raises(PoolCrash, match="could be started"):
            await pool.run(pow, 2, 5)
        return await pool.run(pow, 2, 5)

    try:
        assert asyncio.run(twice()) == 32
    finally:
        pool.stop()
