"""Log lines written by a thread of their own, so that a log nobody reads stops nothing else."""

import logging
import os
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import QueueHandler
from typing import Any

LINES = 10_000
"""Lines that wait at most; what comes after them is lost, and counted."""
PATIENCE = 1.0
"""Seconds that an end waits for lines that are still to be written."""


class ThreadHandler(QueueHandler):
    """Takes lines in at once and writes them to a file descriptor as fast as they are read there.

    A pipe whose reader hangs, or a terminal held with Ctrl-S, otherwise stops the event loop at the next
    line, and no signal is heard any more.
    """

    def __init__(self, descriptor: int, formatter: logging.Formatter | None) -> None:
        self._waiting: queue.Queue[bytes | threading.Event] = queue.Queue(LINES)
        super().__init__(self._waiting)
        self.setFormatter(formatter)
        self._descriptor = descriptor
        self._lost = 0  # only counted up where lines come in, and told where they go out: no lock is needed
        self._told = 0
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def prepare(self, record: logging.LogRecord) -> bytes:
        """Return the line of a record, as bytes."""
        return f"{self.format(record)}\n".encode(errors="backslashreplace")

    def enqueue(self, line: Any) -> None:
        """Take a line in, or count it as lost when too many wait."""
        try:
            self._waiting.put_nowait(line)
        except queue.Full:
            self._lost += 1

    def flush(self) -> None:
        """Wait until what was taken in is written, for ``PATIENCE`` at most."""
        written = threading.Event()
        try:
            self._waiting.put_nowait(written)
        except queue.Full:
            return
        written.wait(PATIENCE)

    def _write(self) -> None:
        while True:
            match self._waiting.get():
                case bytes() as line:
                    self._put(line)
                case written:
                    written.set()
            if lost := self._lost - self._told:
                self._told += lost
                self._put(self._gap(lost))

    def _gap(self, lost: int) -> bytes:
        said = {"name": __name__, "levelno": logging.WARNING, "levelname": "WARNING", "lines": lost}
        message = "lines of the log were lost: nobody read it for a time"
        return self.prepare(logging.makeLogRecord({**said, "msg": message}))

    def _put(self, line: bytes) -> None:
        left = memoryview(line)
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:  # closed, or its disk is full: there is nowhere to say so
            return


@contextmanager
def written_aside() -> Iterator[None]:
    """Have a thread write, while open, what the log writes to a file, pipe or terminal."""
    root = logging.getLogger()
    usual = list(root.handlers)
    root.handlers[:] = [_aside(handler) or handler for handler in usual]
    try:
        yield
    finally:
        for handler in root.handlers:
            if isinstance(handler, ThreadHandler):
                handler.flush()
        root.handlers[:] = usual


def _aside(handler: logging.Handler) -> ThreadHandler | None:
    """Return what writes in its place, or None where there is no descriptor, or no memory for a thread."""
    if type(handler) is not logging.StreamHandler:
        return None
    try:
        return ThreadHandler(handler.stream.fileno(), handler.formatter)
    except (AttributeError, OSError, ValueError, RuntimeError):
        return None
