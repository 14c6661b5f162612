"""How a run ends: exit codes, and the one line that explains a failure.

::

    0 done   1 failed   2 usage or settings   3 nothing found (--fail-on-empty)
    4 some targets failed (--partial-ok makes it 0)   70 a bug   130 interrupted   143 by SIGTERM
"""

import errno
import traceback
from dataclasses import dataclass
from pathlib import Path

import click

from crawler.cli.output import safe
from crawler.errors import CrawlerError, SettingsError, UsageError
from crawler.log import masked
from spiders.errors import SpiderError
from storage.errors import (
    ArticleNotFound,
    InvalidQuery,
    InvalidSql,
    StorageError,
    StoreBusy,
    StoreFull,
    StoreReadOnly,
    StoreUnavailable,
    TookTooLong,
)

DONE = 0
FAILED = 1
USAGE = 2
EMPTY = 3
PARTIAL = 4
BUG = 70
INTERRUPTED = 130
TERMINATED = 143

_EXPECTED = (CrawlerError, SpiderError, StorageError, OSError)
_ADVICE: tuple[tuple[type[Exception], str], ...] = (
    (TookTooLong, "narrow it by more words, a site or a time"),
    (StoreBusy, "try again in a moment"),
    (StoreFull, "make room on the disk, or point --database elsewhere"),
    (StoreReadOnly, "give yourself the right to write it, or point --database elsewhere"),
    (StoreUnavailable, "check --database, KABAR_DATABASE or `database` in kabar.toml"),
    (ArticleNotFound, "`kabar search` finds articles"),
)
_NO_STORE = ("there is no such file", "it is empty")
_CLICKS_OWN = {
    "is not a valid integer range": "is no whole number",
    "is not a valid float range": "is no number",
}
_SHOWN = 80
"""Characters of a long query that are shown around the place where it cannot be read."""
_LONGEST_WORD = 400
_HERE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended: its exit code, and what is written on stderr (None: nothing)."""

    code: int
    message: str | None = None


def targets(*, failed: int, total: int, partial_ok: bool = False) -> int:
    """Return the exit code of a run over ``total`` targets of which ``failed`` did not work.

    All failed is ``FAILED`` even with ``partial_ok``; some failed is ``PARTIAL``, or ``DONE`` with it.
    """
    if not failed:
        return DONE
    if failed == total:
        return FAILED
    return DONE if partial_ok else PARTIAL


def ending(error: BaseException) -> Ending:
    """Say how a run ends that ``error`` ended."""
    if isinstance(error, SystemExit):
        return _system_exit(error)
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return Ending(INTERRUPTED, _line("interrupted"))
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return Ending(USAGE, error.format_message())
    if isinstance(error, click.ClickException):
        return _clicked(error)
    if isinstance(error, InvalidQuery):
        return Ending(USAGE, _line(_query(error)))
    if isinstance(error, (SettingsError, UsageError, InvalidSql)):
        return Ending(USAGE, _line(str(error)))
    if isinstance(error, _EXPECTED):
        return Ending(FAILED, _line(_advised(error)))
    return Ending(BUG, _line(_bug(error)))


def _line(text: str) -> str:
    words = (_shortened(word) for word in text.split())
    return f"kabar: {safe(masked(' '.join(words)))}"


def _shortened(word: str) -> str:
    """Cut what nobody can read, like a path of a thousand characters; what stands around it must be seen."""
    return word if len(word) <= _LONGEST_WORD else f"{word[:_SHOWN]}…{word[-3:]}"


def _system_exit(error: SystemExit) -> Ending:
    if error.code is None or isinstance(error.code, int):
        return Ending(error.code or DONE)
    return Ending(FAILED, _line(str(error.code)))


def _clicked(error: click.ClickException) -> Ending:
    message = error.format_message().rstrip(".")
    for words, better in _CLICKS_OWN.items():
        message = message.replace(words, better)
    if not isinstance(error, click.UsageError):
        return Ending(FAILED, _line(message))
    path = error.ctx.command_path if error.ctx is not None else "kabar"
    joint = " " if message.endswith("?") else "; "
    return Ending(USAGE, _line(f"{message}{joint}`{path} --help` shows how it is used"))


def _query(error: InvalidQuery) -> str:
    query, begin = error.query, max(0, min(error.column - _SHOWN // 2, len(error.query) - _SHOWN))
    if len(query) > _SHOWN:
        before, behind = "…" if begin else "", "…" if begin + _SHOWN < len(query) else ""
        query = f"{before}{query[begin : begin + _SHOWN]}{behind}"
    return f"{error}, in `{query}`" if query else str(error)


def _advised(error: CrawlerError | SpiderError | StorageError | OSError) -> str:
    message = str(error) if not isinstance(error, OSError) else _system(error)
    advice = next((advice for kind, advice in _ADVICE if isinstance(error, kind)), None)
    if isinstance(error, StoreUnavailable) and message.endswith(_NO_STORE):
        advice = f"{advice}; `kabar add URL` makes a new store"
    is_told = advice is None or advice in message or message.endswith("?") or "`kabar " in message
    return message if is_told else f"{message}; {advice}"


def _system(error: OSError) -> str:
    what = error.strerror or str(error) or type(error).__name__
    if error.filename:
        return f"{error.filename}: {what}"
    return f"the output cannot be written: {what}" if error.errno == errno.ENOSPC else what


def _bug(error: BaseException) -> str:
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"internal error{_place(error)}: {what}; a bug, please report it: --verbose shows the traceback"


def _place(error: BaseException) -> str:
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_absolute() and path.is_relative_to(_HERE):
            return f" at {path.relative_to(_HERE).as_posix()}:{frame.lineno}"
    return ""
