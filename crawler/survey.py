"""Look through the store for everything that is not as it should be. Nothing is fetched."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.equipment import lacking
from crawler.failure import PRUNED
from crawler.health import Condition, Finding, condition, drifted, drifts, examine, silence
from crawler.health.advice import ADVICE
from crawler.health.drift import LOOK_BACK as WEEKS
from crawler.health.history import PATIENCE, documents, span
from crawler.health.silence import LOOK_BACK, WIDTH, Silence
from crawler.settings import FetchSettings, Settings
from spiders.errors import PRIVATE
from storage.model import Poll, Source
from storage.status import StoreStatus
from storage.store import Store

POLLS = 100
"""Last polls looked at of each source that may be empty."""
FEW = 3
"""Pages that may be rejected in a new store before something is wrong."""
LATE = 900.0
"""Seconds that a source may be overdue before something is wrong with kabar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A source with findings."""

    source: Source
    condition: Condition
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a look through the store found."""

    sources: int
    """Sources looked at."""
    general: tuple[Finding, ...]
    """What concerns kabar, or a site, and not a single source."""
    patients: tuple[Patient, ...]


def survey(store: Store, settings: Settings, *, now: float, tag: str | None = None) -> Survey:
    """Look through the store at ``now`` (epoch seconds); with ``tag`` only at sources that have it."""
    sources = tuple(store.sources.list(tag=tag))
    # What the last poll changed tells nearly all; the single polls are only needed where nothing changed.
    polls = store.polls.bodies([source.id for source in sources if _may_be_empty(source)], POLLS)
    behind = store.sources.failing_children([source.id for source in sources], least=PATIENCE)
    patients = (
        _patient(source, polls.get(source.id, ()), behind.get(source.id), now=now) for source in sources
    )
    return Survey(
        sources=len(sources),
        general=(*_general(store, settings, now=now), *lacking(sources, settings.fetch)),
        patients=tuple(patient for patient in patients if patient.findings),
    )


def _patient(source: Source, polls: Sequence[Poll], behind: tuple[int, int] | None, *, now: float) -> Patient:
    findings = examine(source, polls, now=now)
    if behind is not None and source.state == "active":
        findings = (*findings, documents(*behind))
    return Patient(source=source, condition=condition(source, now=now), findings=findings)


def _may_be_empty(source: Source) -> bool:
    return (
        source.state == "active"
        and not source.failures
        and source.last_ok_at is not None
        and (source.last_new_at is None or source.last_ok_at > source.last_new_at)
    )


def store_silence(store: Store, *, now: float) -> Silence | None:
    """Judge whether the whole store has been silent for longer than it ever is."""
    arrivals = store.arrivals(since=now - LOOK_BACK, width=WIDTH)
    last_poll_at = store.sources.last_poll_at()
    return silence(arrivals, now=now, last_poll_at=last_poll_at)


def silence_words(found: Silence, *, now: float) -> str:
    """Say that the store is silent."""
    since = datetime.fromtimestamp(found.since).astimezone()
    return (
        f"no new article since {since:%Y-%m-%d %H:%M} ({span(now - found.since)}),"
        f" though the longest usual pause is {span(found.usual)}"
    )


def _general(store: Store, settings: Settings, *, now: float) -> Iterator[Finding]:
    status, holder = store.status(now=now), store.daemon_holder()
    if not status.sources.get("active"):
        yield _notice("no_sources", "no source is followed", "`kabar add URL` follows one")
        yield from drifted(drifts(store.harvests(since=now - WEEKS)))
        return
    yield from _polling(status, holder)
    yield from _nothing_kept(status)
    if (quiet := store_silence(store, now=now)) is not None:
        advice = "look at the network and the log: sources answer, but nothing new comes of it"
        yield Finding(code="silence", severity="alarm", what=silence_words(quiet, now=now), advice=advice)
    yield from drifted(drifts(store.harvests(since=now - WEEKS)))
    yield from _manners(settings.fetch)


def _polling(status: StoreStatus, holder: str | None) -> Iterator[Finding]:
    late = span(status.overdue_seconds)
    if holder is None:
        if status.sources_due and status.overdue_seconds > LATE:
            what = f"no daemon runs, and {status.sources_due:,} sources wait, the longest for {late}"
            yield Finding(code="no_daemon", severity="alarm", what=what, advice="`kabar run` starts it")
    elif status.overdue_seconds > LATE:
        what = f"the daemon is behind: {status.sources_due:,} sources wait, the longest for {late}"
        yield Finding(
            code="behind",
            severity="alarm",
            what=what,
            advice="see whether its log complains; more fetch.polls or a faster disk may help",
        )


def _nothing_kept(status: StoreStatus) -> Iterator[Finding]:
    """Tell of a store without articles: where every page was turned down, the settings may be why."""
    ended = status.entries["offered"] - status.entries["deferred"]
    refused = {name: number for name, number in status.rejected.items() if name != PRUNED}
    if status.articles or ended != status.entries["rejected"] or sum(refused.values()) < FEW:
        return
    reasons = sorted(refused, key=lambda name: (-refused[name], name))
    told = ", ".join(f"{name} {refused[name]:,}" for name in reasons)
    words = f"{ADVICE[PRIVATE]}; " if reasons[0] == PRIVATE else ""
    yield Finding(
        code="nothing_kept",
        severity="alarm",
        what=f"nothing was kept: all pages so far were rejected ({told})",
        advice=f"{words}`kabar why URL` tells the story of one",
    )


def _manners(settings: FetchSettings) -> Iterator[Finding]:
    if "no contact set" in settings.user_agent:
        words = "servers are not told how to reach you, and some turn such visitors away"
        yield _notice("no_contact", words, "put an address or page of yours into fetch.contact")


def _notice(code: str, what: str, advice: str) -> Finding:
    return Finding(code=code, severity="notice", what=what, advice=advice)
