"""Logging: JSON lines for machines, readable lines for people, never two lines for one event."""

import io
import json
import logging
import socket

import pytest

from crawler.log import configure
from crawler.notify import notify
from crawler.settings import LogSettings


def lines(format_, emit, level="info", verbose=0):
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        configure(LogSettings(format=format_, level=level), verbose=verbose, stream=stream)
        emit(logging.getLogger("kabar.test"))
    finally:
        root.handlers[:], root.level = before
    return stream.getvalue().splitlines()


def test_json_lines_carry_the_extras():
    (line,) = lines(
        "json", lambda log: log.info("polled", extra={"url": "https://a.example/", "new": 3, "no": None})
    )
    event = json.loads(line)
    assert event["message"] == "polled"
    assert event["url"] == "https://a.example/"
    assert event["new"] == 3
    assert "no" not in event
    assert event["time"].endswith("+00:00")


def test_a_pipe_gets_json_when_the_format_is_automatic():
    (line,) = lines("auto", lambda log: log.warning("careful"))
    assert json.loads(line)["level"] == "warning"


def test_a_hostile_title_stays_on_one_readable_line():
    (line,) = lines("human", lambda log: log.error("bad %s", "title\n00:00:00 forged\x1b[31m"))
    assert "error: bad title" in line
    assert "\x1b" not in line


def test_levels():
    assert lines("json", lambda log: log.info("x"), level="warning") == []
    assert len(lines("json", lambda log: log.debug("x"), verbose=1)) == 1


def test_systemd_is_told_when_it_listens(tmp_path, monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert notify("READY=1") is False
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path)
        monkeypatch.setenv("NOTIFY_SOCKET", path)
        assert notify("READY=1") is True
        assert listener.recv(64) == b"READY=1"
    assert notify("WATCHDOG=1") is False


@pytest.mark.parametrize("format_", ["human", "json"])
def test_no_password_of_an_address_is_written(format_):
    url = "https://me:s3cret@a.example/feed"

    def emit(log):
        try:
            raise ValueError(url)
        except ValueError:
            log.exception("cannot read %s", url, extra={"url": url})

    written = "\n".join(lines(format_, emit))
    assert "s3cret" not in written
    assert written.count("https://me:***@a.example/feed") == 3
