"""``kabar db``: look after the database."""

import click

from crawler.cli.call import Call, Verb, global_options, json_option
from crawler.cli.exits import DONE
from crawler.cli.output import write, write_json


@click.group(params=[*global_options(hidden=True)])
def command() -> None:
    """Look after the database."""


@command.command("upgrade", cls=Verb)
@json_option
@click.pass_obj
def upgrade(call: Call, as_json: bool) -> int:
    """Bring the store's schema up to this version's. Stop the daemon first; it is safe to run twice."""
    from storage.schema import EMPTY
    from storage.store import Store

    old, new = Store.upgrade(call.settings().database_url)
    if as_json:
        write_json({"from": None if old == EMPTY else old, "to": new})
    elif old == new:
        write(f"the store has schema {new} already")
    elif old == EMPTY:
        write(f"set up a new store with schema {new}")
    else:
        write(f"upgraded the store from schema {old} to {new}")
    return DONE
