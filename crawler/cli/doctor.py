"""``kabar doctor``: what is wrong with the store, the daemon and the sources, and what to do about it."""

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from crawler.cli.call import Call, Verb, json_option, partial_option
from crawler.cli.exits import DONE, FAILED, targets
from crawler.cli.findings import STYLES, advise, finding_record
from crawler.cli.output import Column, on_terminal, show_list
from crawler.cli.phrases import count
from crawler.cli.records import without_passwords

if TYPE_CHECKING:
    from crawler.health import Finding
    from crawler.survey import Patient


@click.command(cls=Verb)
@click.option("--tag", metavar="TAG", help="Only sources with this tag.")
@click.option("--problems", is_flag=True, help="Leave out what is only worth knowing.")
@json_option
@partial_option
@click.pass_obj
def command(call: Call, tag: str | None, problems: bool, as_json: bool, partial_ok: bool) -> int:
    """Say what is wrong, and what to do about it.

    Nothing is fetched: the store knows how every poll ended, and how often each source usually has news.
    Exit codes: 0 all is well, 4 some sources need a look, 1 kabar itself does (nothing is polled, or nothing
    new arrives at all). `kabar sources check SOURCE` looks at a single source here and now.
    """
    from crawler.survey import survey

    with call.store() as store:
        found = survey(store, call.settings(), now=time.time(), tag=tag)
    rows = [(who, item) for who, item in _lines(found.patients) if _is_told(item, problems=problems)]
    general = [item for item in found.general if _is_told(item, problems=problems)]
    everything: list[tuple[Patient | None, Finding]] = [*((None, item) for item in general), *rows]
    show_list(everything, _COLUMNS, record=_record, as_json=as_json)
    if on_terminal() and not as_json:
        advise(call, [item for _, item in everything])
    ill = sum(any(item.severity != "notice" for item in who.findings) for who in found.patients)
    drifting = sum(bool(item.site) and item.severity == "problem" for item in general)
    notices = sum(item.severity == "notice" for who in found.patients for item in who.findings)
    words = _summary(found.general, ill=ill, drifting=drifting, notices=notices)
    if tag is not None and not found.sources:
        words = f"none has the tag {tag!r}"
    call.say(f"looked at {count(found.sources, 'source')}: {words}")
    if any(item.severity == "alarm" for item in general):
        return FAILED
    sick = ill + drifting
    return targets(failed=sick, total=found.sources + drifting + 1, partial_ok=partial_ok) if sick else DONE


def _lines(patients: "tuple[Patient, ...]") -> "Iterator[tuple[Patient, Finding]]":
    for who in patients:
        for item in who.findings:
            yield who, item


def _is_told(item: "Finding", *, problems: bool) -> bool:
    return not problems or item.severity != "notice"


def _summary(general: "Sequence[Finding]", *, ill: int, drifting: int, notices: int) -> str:
    alarms = sum(item.severity == "alarm" for item in general)
    if ill:
        words = f"{count(ill, 'needs', 'need')} a look"
    elif any(item.code == "no_sources" for item in general):
        words = "none is followed"
    else:  # with an alarm, that they are well would be read as that all is
        words = "none needs a look by itself" if alarms or notices else "all are well"
    words += f", {count(notices, 'notice')}" if notices else ""
    words += f", less is read from {count(drifting, 'site')} than before" if drifting else ""
    return f"{count(alarms, 'alarm')}, {words}" if alarms else words


def _subject(who: "Patient | None", item: "Finding") -> str:
    if who is not None:
        return who.source.title or who.source.url
    return item.site or "kabar"


_COLUMNS: "list[Column[Any]]" = [
    Column("id", lambda row: row[0].source.id if row[0] else None, right=True),
    Column("severity", lambda row: row[1].severity, style=lambda row: STYLES[row[1].severity]),
    Column("finding", lambda row: row[1].code),
    Column("source", lambda row: _subject(*row), cut=True),
    Column("what", lambda row: row[1].what, cut=True),
]


def _record(row: "tuple[Patient | None, Finding]") -> dict[str, Any]:
    who, item = row
    values = {
        "source": who.source.id if who else None,
        "url": who.source.url if who else None,
        "title": who.source.title if who else None,
        "condition": who.condition if who else None,
        "site": item.site or None,
        **finding_record(item),
    }
    return without_passwords(values)
