"""One value as one line of JSON, harmless on a terminal."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import TextIO

_STEERING = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""Characters that steer a terminal or end lines for some readers; JSON's own escapes cover the rest."""


def json_line(value: object, *, ascii_only: bool = False) -> str:
    """Return ``value`` as JSON (RFC 8259) on one line; what could steer a terminal is escaped.

    Raises TypeError for a value that has no form in JSON; date-times become RFC 3339 text.
    """
    text = json.dumps(value, ensure_ascii=ascii_only, default=_jsonable, allow_nan=False)
    return _STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def ascii_only(out: TextIO) -> bool:
    """Tell whether ``out`` knows less than UTF-8: JSON says the same in ASCII, so nothing is lost."""
    return (out.encoding or "").lower().replace("-", "") != "utf8"


def _jsonable(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
