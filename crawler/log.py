"""Logging: readable lines on a terminal, JSON lines otherwise, always on stderr."""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import IO, Any

from crawler.settings import LogSettings

_STANDARD = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {
    "message",
    "asctime",
    "taskName",
}
_NOISY = (
    "scrapy",
    "asyncio",
    "aiohttp",
    "apscheduler",
    "trafilatura",
    "htmldate",
    "py3langid",
    "alembic",
    "pebble",
)


_PASSWORD = re.compile(r"(?<=://)([^/@:\s]*):[^/@\s]*@")


def masked(text: str) -> str:
    """Return ``text`` with the passwords of its URLs replaced by ``***``."""
    return _PASSWORD.sub(r"\1:***@", text) if "@" in text else text


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and whatever was passed in ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        line: dict[str, Any] = {
            "time": _moment(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        line.update(_extras(record))
        if record.exc_info:
            line["traceback"] = masked(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


class HumanFormatter(logging.Formatter):
    """One readable line: local time, level where it matters, message, extras."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text for a person."""
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        extras = "".join(f"  {key}={value}" for key, value in _extras(record).items())
        words = _one_line(masked(record.getMessage()) + extras)
        line = f"{_moment(record).astimezone():%H:%M:%S} {level}{words}"
        return f"{line}\n{masked(self.formatException(record.exc_info))}" if record.exc_info else line


def _moment(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _one_line(text: str) -> str:
    """Keep a hostile title from forging a second log line or steering the terminal."""
    return "".join(character if character.isprintable() else "�" for character in text)


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    return {
        key: masked(value) if isinstance(value, str) else value
        for key, value in record.__dict__.items()
        if key not in _STANDARD and value is not None
    }


def configure(settings: LogSettings, *, verbose: int = 0, stream: IO[str] | None = None) -> None:
    """Set up logging for this process. ``verbose`` above 0 lowers the level to debug."""
    stream = stream or sys.stderr
    human = settings.format == "human" or (settings.format == "auto" and stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(HumanFormatter() if human else JsonFormatter())
    level = logging.DEBUG if verbose > 0 else logging.getLevelNamesMapping()[settings.level.upper()]
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
