"""Run an export: batches of articles to an output, with notes on the way of how far it has come."""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.errors import ExportGone
from crawler.export.file import is_hidden, known_as
from crawler.export.note import Note
from crawler.export.outputs import Output
from crawler.export.shape import updated

if TYPE_CHECKING:
    from storage.exports import Batch
    from storage.model import Article

EVERY = 2_000
"""Articles between two notes."""


def run(
    batches: "Iterable[Batch]",
    output: Output,
    note: Note,
    *,
    going_on: bool = False,
    limit: int = 0,
    spare: bool = False,
    watch: Callable[[int], None] = lambda _number: None,
    settle: Callable[[Note], None] = lambda _note: None,
    every: int = EVERY,
) -> Note:
    """Write batches to an output and return how far it has come then.

    ``note`` tells what the export is of and, when it is ``going_on``, how far it has come. No more articles
    than ``limit`` are written in all, if it is not 0. ``spare`` leaves a file or folder as it is when there
    is nothing to write. ``watch`` is told after each batch how many articles are written. ``settle`` is told
    how far it has come when everything is in its place, and a folder still held. Whatever is raised, nothing
    is left half: ``kept`` of the output tells whether one can go on.
    """
    noted, most = note.number, limit or sys.maxsize
    try:
        output.begin(note if going_on else None)
        for batch in batches:
            note = _further(note, batch, _written(output, batch.articles, most - note.number))
            watch(note.number)
            if note.number == most:
                break
            if output.resumable and note.number - noted >= every:
                note = replace(note, size=output.sync())
                output.keep(note)
                noted = note.number
        if not (spare and output.resumable and not note.number):
            output.finish(note.latest_at)
            settle(note)
    except OSError as error:
        if error.errno and output.path and (not error.filename or is_hidden(error.filename)):
            raise _told(error, output.path) from error
        raise
    finally:  # Ctrl-C too leaves no half file
        output.leave()
    return note


def _told(error: OSError, path: Path) -> Exception:
    """Return an error about something in the making as one about what a person asked for."""
    if isinstance(error, FileNotFoundError):
        return ExportGone(str(path))
    return known_as(error, Path(error.filename2 or path))


def _written(output: Output, articles: "Sequence[Article]", most: int) -> int:
    """Write articles until ``most`` are written: those of which there is nothing to write do not count."""
    number = 0
    while articles and number < most:
        some, articles = articles[: most - number], articles[most - number :]
        number += output.write(some)
    return number


def _further(note: Note, batch: "Batch", number: int) -> Note:
    moments = [updated(article) for article in batch.articles]
    if note.latest_at is not None:
        moments.append(note.latest_at)
    latest = max(moments).isoformat() if moments else None
    return replace(
        note, cursor=batch.cursor, number=note.number + number, lost=note.lost + batch.lost, latest=latest
    )
