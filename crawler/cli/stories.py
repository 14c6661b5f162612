"""``kabar stories``: which texts are the same story?"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from crawler.cli.call import Call, Verb
from crawler.cli.exits import targets
from crawler.cli.output import progress, write_json
from crawler.cli.phrases import count
from crawler.export.lines import json_line

if TYPE_CHECKING:
    from crawler.near.manifest import Judged

STEP = 250
"""Documents between two moves of the progress bar."""


@click.command(cls=Verb)
@click.option(
    "--manifest",
    type=click.Path(path_type=Path, dir_okay=False, exists=True, allow_dash=True),
    required=True,
    metavar="FILE",
    help='Judge the documents that FILE lists: a line of JSON each, {"id", "title", "text"}.',
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write JSON lines to FILE, which appears complete or not at all.",
)
@click.pass_obj
def command(call: Call, manifest: Path, output: Path | None) -> int:
    """Tell which texts are copies of each other.

    With --manifest, documents of your own are judged in the order of FILE (- is stdin), each against those
    before it and just as articles are. Nothing is kept. A line of JSON is written for each: id, story (the id
    of its first document), verdict (new, duplicate; rejected for a line that is no document), score (0 to 1),
    match (the id of the document it is a copy of) and why.
    """
    from crawler.near.manifest import judged

    verdicts = dict.fromkeys(("new", "duplicate", "rejected"), 0)
    with _opened(manifest) as lines, _written(output) as write, progress(wanted=output is not None) as step:
        for number, one in enumerate(judged(lines), start=1):
            write(one)
            verdicts[one.verdict] += 1
            if number % STEP == 0:
                step(number, None, f"{verdicts['duplicate']} copies")
    total = sum(verdicts.values())
    call.say(_summary(total, verdicts, output))
    return targets(failed=verdicts["rejected"], total=total)


def _summary(total: int, verdicts: dict[str, int], output: Path | None) -> str:
    line = (
        f"{count(total, 'document')}: {verdicts['new']} new, {count(verdicts['duplicate'], 'copy', 'copies')}"
    )
    if verdicts["rejected"]:
        line += f", {verdicts['rejected']} not understood"
    return f"{line}; written to {output}" if output else line


@contextmanager
def _opened(manifest: Path) -> Iterator[IO[bytes]]:
    """Open a file that can be read from any place; what comes through a pipe is put into one first."""
    if str(manifest) != "-":
        with manifest.open("rb") as lines:
            if lines.seekable():
                yield lines
                return
    import shutil
    import tempfile

    with tempfile.TemporaryFile() as spool:
        if str(manifest) == "-":
            shutil.copyfileobj(sys.stdin.buffer, spool)
        else:
            with manifest.open("rb") as lines:
                shutil.copyfileobj(lines, spool)
        yield spool


@contextmanager
def _written(output: Path | None) -> "Iterator[Callable[[Judged], None]]":
    if output is None:
        yield lambda one: write_json(one.record())
        return
    from crawler.export.file import replacing

    with replacing(output) as out:
        yield lambda one: _put(out, one)


def _put(out: IO[str], one: "Judged") -> None:
    out.write(json_line(one.record()) + "\n")
