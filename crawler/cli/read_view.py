"""What ``kabar read`` shows a person: the steps, the fields, what was normalized, the text, what is not."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from crawler.cli.output import console, on_terminal, safe, safe_block, write
from crawler.cli.phrases import count, stamp
from crawler.inspected import NOWHERE

if TYPE_CHECKING:
    from crawler.inspected import Change, Inspected
    from crawler.inspection import Answer
    from spiders.items import Candidate

WIDTH = 100
"""Columns used of a wide terminal."""
MARGIN = 14
"""Columns before a value."""
_FIRST = ("title", "authors", "published_at", "modified_at", "language")
"""Fields that people look for first."""
_TOLD_APART = ("text", "provenance", "url", "fetched_at", "word_count", "text_source", "content_hash")
"""Fields of the record that have a place of their own, or tell a person nothing."""
_RAW = {"published_at": "published", "modified_at": "modified"}
"""What fields of the record are called in the document."""
_MOST_OTHERS = 4
_LONGEST = 2_000
"""Characters of a value shown."""

Line = tuple[str, str, str]
"""A label, a value and the style of the value."""


def show(answer: "Answer") -> None:
    """Print how a page was read and what was found."""
    paint = _Paint()
    inspected = answer.inspected
    record = inspected.record
    paint.heading(answer.wanted.name)
    for label, words in _steps(answer):
        paint.line(label, words)
    if inspected.document is not None:
        paint.heading("fields")
        for label, words, style in _fields(inspected):
            paint.line(label, words, style)
        paint.heading("normalized")
        for change in filter(_is_told, inspected.changes):
            paint.line(*_change(change))
        paint.heading("left out")
        for block in inspected.document.left_out:
            paint.line("", " ".join(block.split()), "dim")
        paint.heading("text")
        paint.block(str(record["text"]) or "none")


def _steps(answer: "Answer") -> Iterator[tuple[str, str]]:
    inspected = answer.inspected
    address = answer.given.url or str(inspected.record["url"] or "")
    if address not in ("", NOWHERE, answer.wanted.name):
        yield "address", address
    yield from inspected.steps
    document = inspected.document
    if document is not None:
        text = inspected.record["text"]
        blocks, words = text.count("\n\n") + bool(text), inspected.record["word_count"]
        how = document.provenance.get("text", "nothing")
        left = f"; {count(len(document.left_out), 'block')} left out" if document.left_out else ""
        yield "text", f"{how}: {count(blocks, 'paragraph')}, {count(words, 'word')}{left}"
    yield "verdict", _verdict(inspected)


def _verdict(inspected: "Inspected") -> str:
    if inspected.error is None:
        return "an article: kabar would keep it"
    return f"kabar would not keep it ({inspected.reason}): {inspected.error}"


def _fields(inspected: "Inspected") -> Iterator[Line]:
    """The fields of the record, each with where it comes from."""
    record = inspected.record
    for name in (*_FIRST, *(name for name in record if name not in (*_FIRST, *_TOLD_APART))):
        value = record[name]
        yield name, _value(value) or "-", "" if value not in (None, "", []) else "dim"
        if where := record["provenance"].get(name):
            yield "", f"from {where}{_belief(inspected, name, where)}", "dim"
        for candidate in _others(inspected, name):
            yield "", f"also {_value(candidate.values)} (from {_origin(candidate)})", "dim"


def _candidates(inspected: "Inspected", name: str) -> "tuple[Candidate, ...]":
    document = inspected.document
    return document.candidates.get(_RAW.get(name, name), ()) if document else ()


def _belief(inspected: "Inspected", name: str, where: str) -> str:
    """How much the place is believed that a value was taken from, where that was a choice among several."""
    found = (candidate for candidate in _candidates(inspected, name) if candidate.where == where)
    chosen = next(found, None)
    return f", belief {chosen.belief:.2f}" if chosen else ""


def _others(inspected: "Inspected", name: str) -> "tuple[Candidate, ...]":
    """What else was found for a field: each value once, the most believed first."""
    seen = {_value(inspected.record[name])}
    others: list[Candidate] = []
    for candidate in _candidates(inspected, name):
        if (words := _value(candidate.values)) not in seen:
            seen.add(words)
            others.append(candidate)
    return tuple(others[:_MOST_OTHERS])


def _origin(candidate: "Candidate") -> str:
    note = f"; {candidate.note}" if candidate.note else ""
    return f"{candidate.where}, belief {candidate.belief:.2f}{note}"


def _value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {item}" for name, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_value, value))
    return str(value)


def _is_told(change: "Change") -> bool:
    """Whether a step changed what was found; what it merely takes over stands among the fields."""
    return change.before not in (None, "", (), 0) and change.field != "content_hash"


def _change(change: "Change") -> Line:
    before, after = _value(change.before), _value(change.after)
    what = change.step.replace("_", " ")
    if max(len(before), len(after)) > 200:
        return what, f"{change.field}: {len(before):,} characters, now {len(after):,}", ""
    return what, f"{change.field}: {before or 'nothing'} → {after or 'nothing'}", ""


class _Paint:
    """Draws on a terminal in its width; elsewhere writes ``label<TAB>value`` lines that are never wrapped."""

    def __init__(self) -> None:
        self._screen = console() if on_terminal() else None
        self._heading: str | None = None

    def heading(self, words: str) -> None:
        """Begin a part; it is drawn when something follows."""
        self._heading = words

    def line(self, label: str, value: str, style: str = "") -> None:
        """Draw a labelled value, wrapped beside its label."""
        self._begin()
        value = safe(value[:_LONGEST] + ("…" if len(value) > _LONGEST else ""))
        if self._screen is None:
            write(f"{label}\t{value}")
            return
        from rich.text import Text

        text = Text(value, style=style)
        # An address stays whole, so that it can be copied.
        lines = text.wrap(self._screen, max(self._width - MARGIN, 20)) if " " in value else [text]
        for number, line in enumerate(lines):
            line.rstrip()
            head = (label if number == 0 else "").ljust(MARGIN)
            self._screen.print(Text.assemble((head, "cyan"), line), soft_wrap=True)

    def block(self, text: str) -> None:
        """Draw running text."""
        self._begin()
        if self._screen is None:
            write(safe_block(text))
            return
        from rich.text import Text

        self._screen.print(Text(safe_block(text)), width=self._width)

    def _begin(self) -> None:
        heading, self._heading = self._heading, None
        if heading is None:
            return
        if self._screen is None:
            write(f"\n{safe(heading)}" if heading != "" else "")
            return
        from rich.text import Text

        self._screen.print()
        self._screen.print(Text(safe(heading), style="bold"), width=self._width)

    @property
    def _width(self) -> int:
        return min(self._screen.width, WIDTH) if self._screen is not None else WIDTH
