"""``kabar db``: look after the database."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli.call import Call, Group, Verb, global_options, json_option, partial_option
from crawler.cli.db_prune import prune
from crawler.cli.exits import DONE, FAILED, PARTIAL
from crawler.cli.output import progress, safe, say, write, write_json
from crawler.cli.phrases import count
from crawler.cli.values import File, Name
from crawler.errors import CrawlerError, UsageError
from storage.address import sqlite_url
from storage.errors import StoreDamaged

if TYPE_CHECKING:
    from storage.upkeep.findings import Finding


@click.group(cls=Group, params=[*global_options(hidden=True)])
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


@command.command("copy", cls=Verb)
@click.argument("source", type=Name(), metavar="FROM")
@click.argument("target", type=Name(), metavar="TO")
@json_option
@click.pass_obj
def copy(call: Call, source: str, target: str, as_json: bool) -> int:
    """Copy a store into another, empty database, of either kind.

    FROM and TO are database URLs, or paths of SQLite files. A copy that was cut off goes on where it stopped
    when it is run again. At the end every table is read back and compared, by counts and hashes.
    """
    from storage.upkeep.copying import copy_store

    with progress(wanted=not call.quiet) as step:
        copied = copy_store(_url(source), _url(target), step=step)
    if as_json:
        write_json({"rows": copied.rows, "indexed": copied.indexed, "resumed": copied.resumed})
        return DONE
    went_on = ", going on where an earlier copy stopped" if copied.resumed else ""
    rows = sum(copied.rows.values())
    write(f"copied and verified {count(copied.rows['articles'], 'article')}, {rows:,} rows in all{went_on}")
    return DONE


def _url(text: str) -> str:
    """Return a database URL; what is none is the path of a SQLite file."""
    return text if "://" in text else sqlite_url(Path(text).absolute())


@command.command("backup", cls=Verb)
@click.argument("file", type=File())
@json_option
@click.pass_obj
def backup(call: Call, file: Path, as_json: bool) -> int:
    """Back up the store into FILE, also while the daemon writes.

    FILE becomes a SQLite store, whichever the database is; of PostgreSQL, a name that ends in .dump asks for
    a dump by pg_dump. It is checked, and appears complete or not at all; a backup of that name is replaced.
    """
    from storage.upkeep.backup import back_up

    with progress(wanted=not call.quiet) as step:
        size = back_up(call.settings().database_url, file, step=step)
    if as_json:
        write_json({"file": str(file), "bytes": size})
    else:
        write(f"backed up to {file}, {size / 1e6:,.1f} MB")
    return DONE


@command.command("check", cls=Verb)
@click.option("--repair", is_flag=True, help="Mend what can be mended.")
@click.option(
    "--rescue",
    type=Name(),
    metavar="FILE",
    help="Save what can be read of a damaged store into a new SQLite file: a path, or a database URL.",
)
@partial_option
@json_option
@click.pass_obj
def check(call: Call, repair: bool, rescue: str | None, as_json: bool, partial_ok: bool) -> int:
    """Check the store from one end to the other; exit code 1 when something is wrong.

    Looks at every page of a SQLite file, at what belongs together, at the search index, the stories, the
    fingerprints and the account of all entries. --repair mends what can be mended and says what could not.
    --rescue ends with 4 when something could not be saved, with 1 when nothing could.
    """
    if rescue is not None and repair:
        raise UsageError("--repair mends a store, --rescue saves what another one holds: give one of them")
    if rescue is not None:
        return _rescue(call, rescue, as_json=as_json, partial_ok=partial_ok)
    try:
        with call.store() as store, progress(wanted=not call.quiet) as step:
            if repair:
                store.require_writable()
            if store.is_frozen:
                call.say("kabar: the store cannot be written: its search index is not looked at")
            found = store.check(repair=repair, step=step)
    except StoreDamaged as error:
        raise CrawlerError(
            f"{error.url} is damaged where it begins, or was cut off ({error.why}), and cannot be looked at;"
            " copy it somewhere safe, then save what can be read: `kabar db check --rescue FILE`"
        ) from error
    return _told(found, as_json=as_json, repair=repair)


def _told(found: "list[Finding]", *, as_json: bool, repair: bool) -> int:
    from storage.upkeep.findings import DAMAGED

    for finding in found:
        if as_json:
            write_json({**dataclasses.asdict(finding), "left": finding.left})
        else:
            write(safe(_sentence(finding, repair=repair)))
    left = [finding for finding in found if finding.left]
    if not found and not as_json:
        write("all is well")
    if any(finding.kind == DAMAGED for finding in found):
        say(
            "kabar: the file is damaged, and nothing is mended in it; copy it somewhere safe, then save "
            "what can be read into a new store: `kabar db check --rescue FILE`"
        )
    elif left and not repair:
        say("kabar: the store is not well; `kabar db check --repair` mends what can be mended")
    elif left:
        say("kabar: some of it could not be mended")
    return FAILED if left else DONE


def _sentence(finding: "Finding", *, repair: bool) -> str:
    more = ", ..." if finding.count > len(finding.examples) else ""
    examples = f" ({', '.join(finding.examples)}{more})" if finding.examples else ""
    result = ""
    if repair:
        result = ": mended" if not finding.left else f": {finding.mended:,} mended, {finding.left:,} not"
    remedy = f"; {finding.remedy}" if finding.remedy and finding.left else ""
    return f"{finding.kind}: {finding.count:,} {finding.what}{examples}{result}{remedy}"


def _rescue(call: Call, target: str, *, as_json: bool, partial_ok: bool) -> int:
    from storage.hits import Filters
    from storage.store import Store
    from storage.upkeep.copying import copy_store

    url = _url(target)
    with progress(wanted=not call.quiet) as step:
        copied = copy_store(call.settings().database_url, url, step=step, rescue=True)
        with Store.open(url, create=False) as store:
            found = store.check(repair=True, step=step)
            saved = store.articles.count(Filters())
    lost = copied.rows["articles"] - saved
    if as_json:
        read = {"rows": copied.rows, "damaged": copied.damaged, "indexed": copied.indexed}
        write_json({"articles": saved, "without_text": lost, **read})
    else:
        write(f"saved {count(saved, 'article')}, of {sum(copied.rows.values()):,} rows that could be read")
        if lost:
            write(f"left out {count(lost, 'article')} of which no text could be read")
        for table, places in copied.damaged.items():
            write(f"{table}: {count(places, 'place')} could not be read")
    if any(finding.left for finding in found) or (not saved and (lost or copied.damaged)):
        return FAILED
    return PARTIAL if (lost or copied.damaged) and not partial_ok else DONE


command.add_command(prune)
