"""Documents of one's own, a line of JSON each, judged in their order as articles are judged."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import IO, Any, Literal

from crawler.near.shelf import Placed, Shelf


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one line."""

    id: str | int
    """The document's own, or else the number of its line."""
    verdict: Literal["new", "duplicate", "rejected"]
    story: str | int | None = None
    """``id`` of the first document of its story."""
    score: float | None = None
    match: str | int | None = None
    """``id`` of the document that it is a copy of."""
    why: str | None = None

    def record(self) -> Mapping[str, Any]:
        """Return it as it is written."""
        return {name: getattr(self, name) for name in ("id", "story", "verdict", "score", "match", "why")}


def judged(lines: IO[bytes]) -> Iterator[Judged]:
    """Judge each line of a file that can be read from any place; empty lines are passed over."""
    with closing(_Documents(lines)) as documents:
        shelf = Shelf(documents.text)
        for document in documents:
            if isinstance(document, Judged):
                yield document
            else:
                yield _told(shelf.put(document), documents.ids)


def _told(placed: Placed, ids: list[str | int]) -> Judged:
    story = ids[placed.story]
    if placed.of is None or placed.match is None:
        return Judged(ids[placed.number], "new", story)
    match, why = ids[placed.of], placed.match.why
    return Judged(ids[placed.number], "duplicate", story, placed.match.score, match, why)


class _Documents:
    """Reads documents line by line, and any of them once more: texts are not held in memory."""

    def __init__(self, lines: IO[bytes]) -> None:
        self._lines = lines
        self._starts: list[int] = []
        self.ids: list[str | int] = []

    def close(self) -> None:
        self._starts.clear()

    def __iter__(self) -> Iterator[str | Judged]:
        start = 0
        number = 0
        while True:
            self._lines.seek(start)
            # A text asked for meanwhile moves the file's place, hence a batch at a time.
            batch = self._lines.readlines(1 << 20)
            if not batch:
                return
            for line in batch:
                number += 1
                if line.strip():
                    yield self._document(line, start, number)
                start += len(line)

    def _document(self, line: bytes, start: int, number: int) -> str | Judged:
        document = _parsed(line)
        if document is None:
            return Judged(number, "rejected", why=f"line {number} is no JSON object")
        self.ids.append(_id(document, number))
        self._starts.append(start)
        return _text(document)

    def text(self, number: int) -> str:
        """Return the text of a document read before."""
        self._lines.seek(self._starts[number])
        return _text(_parsed(self._lines.readline()) or {})


def _parsed(line: bytes) -> Mapping[str, Any] | None:
    try:
        document = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _id(document: Mapping[str, Any], number: int) -> str | int:
    given = document.get("id")
    if isinstance(given, str | int) and not isinstance(given, bool):
        return given
    return number if given is None else str(given)


def _text(document: Mapping[str, Any]) -> str:
    text = document.get("text")
    return text if isinstance(text, str) else ""
