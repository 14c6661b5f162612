"""What a list of sources says of one source, as texts by field; shared by OPML and CSV."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from crawler.normalize.url import clean_url, without_credentials
from crawler.spans import spelled
from spiders.readers.listed import LONGEST_TEXT
from storage.model import Source

_SECRET_WORDS = ("auth", "cookie", "header", "password", "secret", "token", "credential")
"""Options whose name holds one of these words are not for other eyes."""


def texts(source: Source, *, secrets: bool = False) -> dict[str, str]:
    """Return everything a person chose of a source, without its tags; what is unknown or usual is left out.

    Without ``secrets``, passwords within addresses and secret options are left out.
    """
    values = {
        "url": source.url if secrets else without_credentials(source.url),
        "title": _line(source.title),
        "site_url": clean_url(source.site_url or "") or "",
        "language": _line(source.language),
        "country": _line(source.country),
        "kind": "" if source.kind == "feed" else source.kind,
        "state": "" if source.state == "active" else source.state,
        "interval": "" if source.interval is None else spelled(source.interval),
        "since": "" if source.since is None else datetime.fromtimestamp(source.since, UTC).isoformat(),
        "schedule": _json(source.schedule),
        "options": _json(source.options if secrets else _open(source.options)),
    }
    return {name: value for name, value in values.items() if value}


def has_secrets(source: Source) -> bool:
    """Tell whether a source holds something that is left out of lists."""
    return texts(source) != texts(source, secrets=True)


def _line(text: str | None) -> str:
    """Return a text on one line, as reading a list makes it."""
    return " ".join((text or "").split())[:LONGEST_TEXT].rstrip()


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")) if values else ""


def _open(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that anybody may see."""
    return {
        name: _without_password(value)
        for name, value in options.items()
        if not any(word in name.lower() for word in _SECRET_WORDS)
    }


def _without_password(value: Any) -> Any:
    if not isinstance(value, str) or "://" not in value or "@" not in value:
        return value
    try:
        parts = urlsplit(value)
    except ValueError:
        return ""
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
