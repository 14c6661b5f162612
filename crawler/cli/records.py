"""Sources, polls and entries as JSON: times are RFC 3339, unknown values null, lists never null."""

import dataclasses
import time
from collections.abc import Mapping
from typing import Any

from crawler.cli.phrases import rfc3339
from crawler.log import masked
from crawler.options import masked as masked_options
from storage.captures import Archive
from storage.hub import Subscription
from storage.model import Entry, Lease, Poll, Source

_HIDDEN = frozenset(
    {"host_id", "url_key", "body_hash", "content", "summary", "rhythm", "token", "secret", "callback"}
)


def source_record(source: Source) -> dict[str, Any]:
    """Return a source as JSON-ready values, with ``failing`` and ``condition`` worked out, secrets masked."""
    from crawler.health import condition

    return {
        **_values(source),
        "options": masked_options(source.options),
        "failing": failing(source),
        "condition": condition(source, now=time.time()),
    }


def poll_record(poll: Poll) -> dict[str, Any]:
    """Return a poll as JSON-ready values; ``seconds`` and ``size`` (bytes) stay numbers."""
    values = _values(poll)
    return {**values, "at": rfc3339(poll.at)}


def entry_record(entry: Entry) -> dict[str, Any]:
    """Return an entry as JSON-ready values, without the text its feed carried."""
    return _values(entry)


def subscription_record(subscription: Subscription) -> dict[str, Any]:
    """Return a subscription as JSON-ready values, without what its hub alone may know."""
    return {**_values(subscription), "lease_until": rfc3339(subscription.lease_until)}


def lease_record(lease: Lease) -> dict[str, Any]:
    """Return a lease as JSON-ready values."""
    return {"host": lease.host, "owner": lease.owner, "until": rfc3339(lease.until)}


def archive_record(archive: Archive) -> dict[str, Any]:
    """Return an archive as JSON-ready values; ``size`` and ``position`` are bytes."""
    return {**_values(archive), "counts": dict(archive.counts)}


def failing(source: Source) -> bool:
    """Tell whether a source is followed but its last poll failed."""
    return source.state == "active" and source.failures > 0


def _values(value: Source | Poll | Entry | Subscription | Archive) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in dataclasses.fields(value):
        if field.name not in _HIDDEN:
            item = getattr(value, field.name)
            found[field.name] = rfc3339(item) if field.name.endswith("_at") else _plain(item)
    return without_passwords(found)


def without_passwords(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values for JSON with the passwords in their URLs masked, however deep they lie."""
    return {name: _masked(value) for name, value in values.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return without_passwords(value)
    return [_masked(item) for item in value] if isinstance(value, list | tuple) else value


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
