"""``kabar stories --manifest``: which documents of one's own are copies of each other?"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from crawler.cli.call import Call
from crawler.cli.exits import targets
from crawler.cli.output import progress, write_json
from crawler.cli.phrases import count
from crawler.export.lines import json_line

if TYPE_CHECKING:
    from crawler.near.manifest import Judged

STEP = 250
"""Documents between two moves of the progress bar."""


def judge_documents(call: Call, manifest: Path, output: Path | None) -> int:
    """Judge the documents that a file lists, and write a line for each; returns the exit code."""
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
