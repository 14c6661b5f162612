"""Spans of time as people write them: ``90m``, ``1h30m``, ``7d``."""

import re

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
_LONGEST = 200 * 365 * 86400.0


def span(text: str) -> float | None:
    """Return the seconds of a duration like ``7d``, ``90m`` or ``1h30m``; None when it is none."""
    text = text.strip().lower()
    if not text or _SPAN.sub("", text).strip():
        return None
    seconds = sum(float(number) * _UNITS[unit] for number, unit in _SPAN.findall(text))
    return seconds if seconds <= _LONGEST else None


def spans(text: str) -> tuple[float, ...] | None:
    """Return several durations (``1h 6h 7d``, also with commas), ascending, each once; ``none`` are none.

    None when it is no such thing, or one of them is zero.
    """
    words = text.replace(",", " ").split()
    if [word.lower() for word in words] == ["none"]:
        return ()
    found = {span(word) for word in words}
    if not found or None in found or 0 in found:
        return None
    return tuple(sorted(seconds for seconds in found if seconds))


def spelled(seconds: float) -> str:
    """Return the shortest span that ``span`` reads as exactly these seconds: ``15m``, ``2h``, ``0.5s``."""
    for unit in ("d", "h", "m"):
        if seconds >= _UNITS[unit] and seconds % _UNITS[unit] == 0:
            return f"{seconds // _UNITS[unit]:.0f}{unit}"
    text = repr(float(seconds))
    return f"{text if 'e' not in text else format(seconds, '.20f')}s".replace(".0s", "s")
