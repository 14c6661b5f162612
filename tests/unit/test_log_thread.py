"""A log that nobody reads stops nothing: lines wait, then they are lost and counted."""

import fcntl
import json
import logging
import os

import pytest

from crawler import log_thread
from crawler.log import configure
from crawler.log_thread import ThreadHandler, written_aside
from crawler.settings import LogSettings

log = logging.getLogger("kabar.test")
LONG = "x" * 1000


@pytest.fixture
def pipe():
    """The two ends of a pipe, of which the root logger writes into the second."""
    out, into = os.pipe()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    with os.fdopen(out, "rb") as read, os.fdopen(into, "w") as write:
        configure(LogSettings(format="json"), stream=write)
        yield read, write
        root.handlers[:], root.level = before


def messages(read):
    return [json.loads(line)["message"] for line in read.read().splitlines()]


def test_lines_come_in_order_and_all_are_there_at_the_end(pipe):
    read, write = pipe
    with written_aside():
        for number in range(50):
            log.info("line %d", number)
    log.info("after")
    write.close()
    assert messages(read) == [*(f"line {number}" for number in range(50)), "after"]


def test_what_nobody_reads_waits_then_is_lost_and_counted(pipe, monkeypatch):
    read, write = pipe
    monkeypatch.setattr(log_thread, "LINES", 5)
    monkeypatch.setattr(log_thread, "PATIENCE", 0.05)
    room = fcntl.fcntl(write, fcntl.F_GETPIPE_SZ) if hasattr(fcntl, "F_GETPIPE_SZ") else 65_536
    more = 2 * room // len(LONG)
    with written_aside():
        for number in range(more):
            log.info("%d %s", number, LONG)
        monkeypatch.setattr(log_thread, "PATIENCE", 10.0)
        got = b""
        while sum(counted(got)) < more:
            got += os.read(read.fileno(), 65_536)
        log.info("read again")
    write.close()
    said, lost = counted(got)
    assert (said + lost, lost > 0) == (more, True)
    numbers = [int(line["message"].split()[0]) for line in whole(got) if LONG in line["message"]]
    assert numbers == sorted(set(numbers))
    assert messages(read) == ["read again"]


def whole(got):
    return [json.loads(line) for line in got.split(b"\n")[:-1]]


def counted(got):
    """Return how many lines were written, and how many are said to be lost."""
    lines = whole(got)
    return sum(LONG in line["message"] for line in lines), sum(line.get("lines", 0) for line in lines)


def test_a_line_that_cannot_be_formatted_ends_nothing(pipe, capsys):
    read, write = pipe
    with written_aside():
        [handler] = [one for one in logging.getLogger().handlers if isinstance(one, ThreadHandler)]
        handler.handle(log.makeRecord(log.name, logging.INFO, "", 0, "%d", ("no number",), None))
        log.info("after")
    write.close()
    assert messages(read) == ["after"]
    assert "no number" in capsys.readouterr().err


def test_a_log_whose_reader_left_ends_nothing(pipe):
    read, _ = pipe
    read.close()
    with written_aside():
        log.info("to nobody")
        log.info("to nobody")


def test_what_has_no_descriptor_is_left_as_it_is(pipe):
    kept = logging.NullHandler()
    logging.getLogger().handlers[:] = [kept]
    with written_aside():
        assert logging.getLogger().handlers == [kept]


def test_what_writes_nowhere_any_more_is_left_alone(pipe):
    """A handler whose stream was closed under it: it failed the daemon at its end."""
    _, write = pipe
    write.close()
    with written_aside():
        pass
