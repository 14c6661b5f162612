"""``kabar settings``: the settings as they apply here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from crawler.cli.call import Call, Verb, json_option
from crawler.cli.exits import DONE
from crawler.cli.output import Column, show_list
from crawler.log import masked
from crawler.settings import Loaded, Settings, known


@dataclass(frozen=True, slots=True)
class Row:
    """One setting: its key, its value here, where that came from, and what it is for."""

    key: str
    value: object
    origin: str
    default: object
    help: str


def rows(loaded: Loaded) -> list[Row]:
    """List every setting; passwords within URLs are masked."""
    return [
        Row(
            key,
            _shown(_value(loaded.settings, key)),
            loaded.origins.get(key, "default"),
            item.default,
            item.help,
        )
        for key, item in known().items()
    ]


def _value(settings: Settings, key: str) -> object:
    if key == "database":
        return settings.database_url
    found: object = settings
    for name in key.split("."):
        found = getattr(found, name)
    return found


def _shown(value: object) -> object:
    return masked(value) if isinstance(value, str) else value


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _record(row: Row) -> Mapping[str, Any]:
    return {
        "key": row.key,
        "value": row.value,
        "origin": row.origin,
        "default": row.default,
        "help": row.help,
    }


def _columns(*, origin: bool) -> list[Column[Row]]:
    columns = [
        Column[Row]("setting", lambda row: row.key),
        Column[Row]("value", lambda row: _text(row.value)),
    ]
    if origin:
        columns.append(Column[Row]("from", lambda row: row.origin, style=_origin_style))
    return [*columns, Column[Row]("what it is", lambda row: row.help, cut=True, style=lambda row: "dim")]


def _origin_style(row: Row) -> str:
    return "dim" if row.origin == "default" else "bold"


@click.command(cls=Verb)
@click.option("--origin", is_flag=True, help="Also tell where each value comes from.")
@json_option
@click.pass_obj
def command(call: Call, origin: bool, as_json: bool) -> int:
    """List the settings as they apply here.

    Defaults, then kabar.toml (or --config FILE), then KABAR_* variables (KABAR_FETCH__TIMEOUT for
    fetch.timeout), then flags; the later wins.
    """
    show_list(rows(call.loaded()), _columns(origin=origin), record=_record, as_json=as_json)
    return DONE
