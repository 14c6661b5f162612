"""``kabar read``: read pages and show how, keeping nothing."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.cli.call import Call, Verb, json_option, output_option, partial_option, private_option
from crawler.cli.exits import targets as exit_code
from crawler.cli.output import Step, progress, say, write_json
from crawler.cli.phrases import count
from crawler.cli.values import Name
from crawler.errors import UsageError
from crawler.export.lines import json_line

if TYPE_CHECKING:
    from crawler.inspection import Answer, Wanted

_URL = ("http://", "https://")


@click.command(cls=Verb)
@click.argument("targets", nargs=-1, metavar="[URL|FILE]...")
@click.option("--url", metavar="URL", help="The address that FILE was fetched from.")
@click.option(
    "--manifest",
    type=Name(),
    metavar="FILE",
    help='Read the pages that FILE lists: a line of JSON each, {"file": ..., "url": ...}.',
)
@output_option("Write JSON lines to FILE, which appears complete or not at all.")
@private_option
@json_option
@partial_option
@click.pass_obj
def command(
    call: Call,
    targets: tuple[str, ...],
    url: str | None,
    manifest: str | None,
    output: Path | None,
    as_json: bool,
    partial_ok: bool,
) -> int:
    """Read pages and show how; keep nothing.

    Each step is told, what was found for each field, and what was chosen.

    URL is the address of an article, FILE a saved page (gzipped or not), - is stdin. With --manifest many
    pages are read side by side, and what was read of each is a line of JSON, in the order of the list.
    """
    wanted = _wanted(targets, url, manifest)
    from crawler.inspection import run_inspection

    settings = call.settings()
    call.logging(calm=True)
    tally = _Tally()
    as_json = as_json or output is not None or manifest is not None
    with _shown(call, output, as_json=as_json, steps=manifest is None) as show:

        def on_answer(answer: "Answer") -> None:
            tally.take(answer)
            show(answer)

        run_inspection(settings, wanted, steps=manifest is None, on_answer=on_answer)
    if as_json and (output is not None or tally.failed):
        call.say(tally.words(output))
    return exit_code(failed=tally.failed, total=tally.total, partial_ok=partial_ok)


class _Tally:
    """Counts answers, and says on stderr which pages were none."""

    def __init__(self) -> None:
        self.total = self.failed = 0

    def take(self, answer: "Answer") -> None:
        self.total += 1
        if answer.failed:
            self.failed += 1
            say(f"kabar: {answer.wanted.name}: {answer.inspected.error}")

    def words(self, output: Path | None) -> str:
        failed = f", {self.failed:,} of them no article" if self.failed else ""
        return f"{count(self.total, 'page')} read{failed}" + (f"; written to {output}" if output else "")


@contextmanager
def _shown(
    call: Call, output: Path | None, *, as_json: bool, steps: bool
) -> "Iterator[Callable[[Answer], None]]":
    """Give what shows an answer: on the screen, as JSON lines, or in a file."""
    if output is not None:
        from crawler.export.file import replacing

        with replacing(output) as out, progress(wanted=not call.quiet) as step:
            yield _counting(step, lambda answer: out.write(json_line(record(answer, steps=steps)) + "\n"))
    elif as_json:
        yield lambda answer: write_json(record(answer, steps=steps))
    else:
        from crawler.cli.read_view import show

        yield show


def _counting(step: Step, write: "Callable[[Answer], object]") -> "Callable[[Answer], None]":
    done = 0

    def counted(answer: "Answer") -> None:
        nonlocal done
        done += 1
        write(answer)
        step(done, None, answer.wanted.name)

    return counted


def record(answer: "Answer", *, steps: bool) -> dict[str, Any]:
    """Return an answer as JSON-ready values: the record, what else was found, and how when ``steps``."""
    inspected, document = answer.inspected, answer.inspected.document
    how: dict[str, Any] = {}
    if steps:
        how = {
            "steps": [{"step": name, "what": what} for name, what in inspected.steps],
            "changes": [change._asdict() for change in inspected.changes],
            "candidates": _candidates(answer),
        }
    return {
        **({"file": answer.wanted.name} if not answer.wanted.fetch else {}),
        **inspected.record,
        "left_out": list(document.left_out) if document else [],
        **how,
        "error": inspected.error,
        "reason": inspected.reason,
    }


def _candidates(answer: "Answer") -> dict[str, list[dict[str, Any]]]:
    document = answer.inspected.document
    found = document.candidates if document else {}
    return {name: [asdict(candidate) for candidate in ranked] for name, ranked in found.items()}


def _wanted(targets: tuple[str, ...], url: str | None, manifest: str | None) -> "Iterator[Wanted]":
    """Tell what is to be read. Raises UsageError before anything is."""
    if manifest is not None and (targets or url):
        raise UsageError("--manifest lists all pages itself: name no others, and no --url")
    if manifest is None and not targets:
        raise UsageError("name a URL, a FILE or a --manifest; `kabar read --help` shows how")
    files = [target for target in targets if not target.startswith(_URL)]
    if url is not None and (len(files) != 1 or len(targets) != 1):
        raise UsageError("--url is the address of one FILE: name one")
    if url is not None:
        url = _address(url)
    if manifest is not None:
        return _listed(manifest)
    return iter([_target(target, url) for target in targets])


def _target(target: str, url: str | None) -> "Wanted":
    from crawler.inspected import Given
    from crawler.inspection import Wanted

    if target.startswith(_URL):
        return Wanted(name=target, fetch=_address(target))
    if target == "-":
        return Wanted(name=target, given=Given(body=sys.stdin.buffer.read(), url=url, fetched_at=time.time()))
    if not target or not Path(target).exists():
        raise UsageError(f"there is no file {target or repr(target)} (an address begins with https://)")
    return Wanted(name=target, given=Given(path=target, url=url, fetched_at=time.time()))


def _address(text: str) -> str:
    from crawler.normalize.url import clean_url

    url = clean_url(text)
    if url is None:
        raise UsageError(
            f"{text!r} is no web address: it must start with http:// or https:// and name a host"
        )
    return url


def _listed(manifest: str) -> "Iterator[Wanted]":
    """The pages that a manifest lists; paths begin in its folder, or else in the working directory."""
    folder = Path() if manifest == "-" else Path(manifest).parent
    # utf-8-sig: editors of Windows begin a file with a byte order mark.
    with click.open_file(manifest, encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _line(line, f"{manifest}:{number}", folder)


def _line(line: str, place: str, folder: Path) -> "Wanted":
    from crawler.inspected import Given
    from crawler.inspection import Wanted
    from crawler.normalize.url import clean_url

    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Wanted(name=place, error=f"the line is no JSON: {error}")
    file = values.get("file") if isinstance(values, Mapping) else None
    if not isinstance(file, str) or not file or "\0" in file:
        return Wanted(name=place, error='the line has no "file"')
    beside = folder / file
    path = beside if beside.exists() else Path(file)
    address = values.get("url")
    url = clean_url(address) if isinstance(address, str) else None
    return Wanted(name=file, given=Given(path=str(path), url=url, fetched_at=time.time()))
