"""``kabar status``: how the store and the daemon are."""

import dataclasses
import time
from collections.abc import Mapping
from typing import Any

import click

from crawler.cli.call import Call, Verb, json_option
from crawler.cli.exits import DONE
from crawler.cli.output import show_facts, write, write_json
from crawler.cli.phrases import count, duration, relative, rfc3339, size
from crawler.cli.records import lease_record
from crawler.errors import CrawlerError
from crawler.log import masked
from storage.status import StoreStatus

PARTS = ("stored", "revised", "duplicate", "unchanged", "rejected", "deferred")
"""What offered entries become; at any moment the numbers add up to ``offered``."""


@click.command(cls=Verb)
@click.option("--check", is_flag=True, help="Only tell whether a daemon runs on the store: exit 1 when not.")
@json_option
@click.pass_obj
def command(call: Call, check: bool, as_json: bool) -> int:
    """Tell how the store and the daemon are.

    "offered" counts the entries that feeds showed us; each of them is in exactly one of the numbers after it.
    """
    now = time.time()
    from crawler.survey import silence_words, store_silence

    with call.store() as store:
        holder = store.daemon_holder()
        status = None if check else store.status(now=now)
        quiet = None if check else store_silence(store, now=now)
    if check and holder is None:
        raise CrawlerError("no daemon runs on this store: `kabar run` starts one")
    url = masked(call.settings().database_url)
    if as_json:
        silent_since = rfc3339(quiet.since) if quiet else None
        write_json({**_record(status, holder=holder, url=url), "silent_since": silent_since})
    elif status is None:
        write(f"running: {holder}")
    else:
        alarm = [("ALARM", silence_words(quiet, now=now))] if quiet else []
        show_facts([*facts(status, holder=holder, url=url, now=now), *alarm])
    return DONE


def _record(status: StoreStatus | None, *, holder: str | None, url: str) -> Mapping[str, Any]:
    record: dict[str, Any] = {"database": url, "daemon": holder}
    if status is None:
        return record
    for field in dataclasses.fields(status):
        record[field.name] = getattr(status, field.name)
    record["last_poll_at"] = rfc3339(status.last_poll_at)
    record["leases"] = [lease_record(lease) for lease in status.leases]
    return {**record, "balanced": missing(status.entries) == 0}


def missing(entries: Mapping[str, int]) -> int:
    """Return how many offered entries are in none of the parts (0 when the account is balanced)."""
    return entries.get("offered", 0) - sum(entries.get(part, 0) for part in PARTS)


def facts(status: StoreStatus, *, holder: str | None, url: str, now: float) -> list[tuple[str, object]]:
    """Return the status in words, as label and sentence."""
    space = f", {size(status.size_bytes)}" if status.size_bytes is not None else ""
    return [
        ("store", f"{url} (schema {status.schema}{space})"),
        ("daemon", f"running: {holder}" if holder else "not running; `kabar run` starts it"),
        ("sources", _sources(status)),
        ("due", _due(status)),
        ("hubs", hubs(status.subscriptions)),
        ("last poll", relative(status.last_poll_at, now=now)),
        ("articles", _articles(status, now=now)),
        ("looks", _looks(status)),
        ("entries", accounting(status.entries)),
        ("rejected", ", ".join(f"{reason} {number:,}" for reason, number in _most(status.rejected))),
        ("leases", _leases(status, now=now)),
    ]


def _sources(status: StoreStatus) -> str:
    numbers = status.sources
    failing = f" ({numbers['failing']:,} failing)" if numbers.get("failing") else ""
    rest = [f"{numbers[state]:,} {word}" for state, word in _STATE_WORDS.items() if numbers.get(state)]
    return ", ".join([f"{numbers.get('active', 0):,} active{failing}", *rest])


_STATE_WORDS = {"paused": "paused", "gone": "gone", "once": "crawled by hand"}


def _due(status: StoreStatus) -> str:
    held = (
        f"; {status.sources_held:,} more when their hosts may be asked again" if status.sources_held else ""
    )
    if not status.sources_due:
        return f"nothing{held}"
    late = f", the latest by {duration(status.overdue_seconds)}" if status.overdue_seconds >= 1 else ""
    return f"{count(status.sources_due, 'source')}{late}{held}"


def hubs(numbers: Mapping[str, int]) -> str:
    """Return the subscriptions at hubs in words; empty when there are none."""
    return ", ".join(f"{numbers[name]:,} {word}" for name, word in _HUB_WORDS.items() if numbers.get(name))


_HUB_WORDS = {
    "verified": "subscribed",
    "trusted": "of them trusted",
    "pending": "to be verified",
    "wanted": "to be asked",
    "denied": "denied",
    "failed": "given up for now",
    "leaving": "to be left",
}


def _articles(status: StoreStatus, *, now: float) -> str:
    if not status.articles:
        return "none yet; `kabar crawl` fetches some"
    newest = status.last_new_article_at
    last = f", the newest {relative(newest.timestamp(), now=now)}" if newest is not None else ""
    withdrawn = f", {status.withdrawn:,} taken away since" if status.withdrawn else ""
    revisions = f" in {count(status.revisions, 'revision')}{withdrawn}"
    return (
        f"{count(status.articles, 'article')}{revisions}; {status.articles_last_day:,} in the last day{last}"
    )


def _looks(status: StoreStatus) -> str:
    """Say how many articles are to be looked at again; those looks are no entries."""
    planned, due = status.revisits.get("planned", 0), status.revisits.get("due", 0)
    return f"{count(planned, 'article')} to be looked at again, {due:,} now" if planned else ""


def accounting(entries: Mapping[str, int]) -> str:
    """Return the account of the entries as a sum, marked when it does not add up."""
    parts = " + ".join(f"{part} {entries.get(part, 0):,}" for part in PARTS)
    gap = missing(entries)
    mark = f"  MISMATCH: {gap:+,} unaccounted for; please report it" if gap else ""
    return f"offered {entries.get('offered', 0):,} = {parts}{mark}"


def _most(reasons: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(reasons.items(), key=lambda item: (-item[1], item[0]))


def _leases(status: StoreStatus, *, now: float) -> str:
    if not status.leases:
        return ""
    shown = [
        f"{lease.host} by {lease.owner} ({relative(lease.until, now=now)})" for lease in status.leases[:5]
    ]
    more = f" and {len(status.leases) - 5:,} more" if len(status.leases) > 5 else ""
    return f"{count(len(status.leases), 'host')}: {', '.join(shown)}{more}"
