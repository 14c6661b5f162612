"""How a search tells its database that it has an end, and what it is like."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from sqlalchemy import Connection

_STEPS = 100_000
"""Steps of SQLite's machine between two looks at the clock: some milliseconds."""
# What is read as a stream is read to its end: plans for a tenth of it may take ten times as long. Of a word
# that all articles have, PostgreSQL would make the tokens of each again, and not ask the index. To compile a
# plan takes longer than to run it, and to start a process that helps (5 ms) longer than to find a page.
# Searches are planned for their words, each time anew; what is looked up by numbers need not be.
_WHILE_SEARCHING = {
    "cursor_tuple_fraction": "1",
    "enable_seqscan": "off",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "plan_cache_mode": "force_custom_plan",
}
_SEARCHING = "SELECT set_config('statement_timeout', '{}', true)" + "".join(
    f", set_config('{name}', '{value}', true)" for name, value in _WHILE_SEARCHING.items()
)
"""Tells PostgreSQL that a search begins, which may take so many milliseconds."""
_SEARCHED = "; ".join(f"SET LOCAL {name} TO DEFAULT" for name in ("statement_timeout", *_WHILE_SEARCHING))


@contextmanager
def timed(connection: Connection, seconds: float, *, postgres: bool) -> Iterator[None]:
    """Let the database end statements inside the block that run longer; they raise its own errors."""
    if postgres:
        connection.exec_driver_sql(_SEARCHING.format(int(seconds * 1000)))
        yield
        connection.exec_driver_sql(_SEARCHED)
        return
    raw = cast("sqlite3.Connection", connection.connection.dbapi_connection)
    end = time.monotonic() + seconds
    raw.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    try:
        yield
    finally:
        raw.set_progress_handler(None, 0)
