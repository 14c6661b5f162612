"""``kabar show --revisions`` and ``--diff``: what changed between revisions, word by word."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from crawler.changes import changed_fields
from crawler.changes.diff import Piece, diff, share_changed
from crawler.cli.output import Column, console, on_terminal, safe_block, show_list, write, write_json
from crawler.cli.phrases import stamp
from crawler.record import revision_record, timestamp
from storage.model import Content, Revision

LEFT_OUT = "[...]"
"""Stands for paragraphs that stayed as they were."""
_MARKS = {"same": ("", ""), "gone": ("[-", "-]"), "new": ("{+", "+}")}
_STYLES = {"same": "", "gone": "strike red", "new": "green"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A revision, and what it changed in the one before."""

    revision: Revision
    changed: tuple[str, ...]
    share: float | None
    """How much of title and text changed, 0 to 1; None for the first revision."""


def steps(revisions: Sequence[Revision]) -> Iterator[Step]:
    """Yield the revisions of an article in order, each with what it changed."""
    for revision in revisions[:1]:
        yield Step(revision=revision, changed=(), share=None)
    for old, new in pairwise(revisions):
        whole = diff(_whole(old.content), _whole(new.content))
        changed = changed_fields(old.content, new.content)
        yield Step(revision=new, changed=changed, share=round(share_changed(whole), 4))


def _whole(content: Content) -> str:
    return f"{content.title}\n\n{content.text}"


def show_revisions(revisions: Sequence[Revision], *, as_json: bool) -> None:
    """List the revisions of an article."""
    show_list(steps(revisions), _COLUMNS, record=_step_record, as_json=as_json)


def _step_record(step: Step) -> Mapping[str, Any]:
    return {**revision_record(step.revision), "changed": list(step.changed), "changed_share": step.share}


_COLUMNS = [
    Column[Step]("revision", lambda step: step.revision.number, right=True),
    Column[Step](
        "seen",
        lambda step: step.revision.seen_at,
        shown=lambda step: stamp(step.revision.seen_at.astimezone()),
    ),
    Column[Step]("words", lambda step: step.revision.content.word_count, right=True),
    Column[Step]("changed", lambda step: ", ".join(step.changed), cut=True),
    Column[Step]("much", lambda step: _percent(step.share), right=True),
    Column[Step]("title", lambda step: step.revision.content.title, cut=True),
    Column[Step]("kind", lambda step: step.revision.kind),
]


def _percent(share: float | None) -> str | None:
    if share is None:
        return None
    return "<1 %" if 0 < share < 0.01 else f"{share:.0%}".replace("%", " %")


def fields_of(content: Content) -> dict[str, str]:
    """Return what a reader sees of a revision, by name; the text is the last."""
    return {
        "title": content.title,
        "lead": content.lead or "",
        "authors": ", ".join(content.authors),
        "byline": content.byline or "",
        "dateline": content.dateline or "",
        "published_at": stamp(content.published_at) if content.published_at else "",
        "section": content.section or "",
        "tags": ", ".join(content.tags),
        "image_url": content.image_url or "",
        "text": content.text,
    }


def differences(old: Content, new: Content) -> dict[str, tuple[Piece, ...]]:
    """Return the pieces of every field that is not the same in two revisions."""
    before, after = fields_of(old), fields_of(new)
    return {name: diff(before[name], after[name]) for name in after if before[name] != after[name]}


def show_diff(article_id: int, old: Revision, new: Revision, *, as_json: bool) -> None:
    """Show what changed between two revisions: coloured on a terminal, ``[-old-]{+new+}`` elsewhere."""
    found = differences(old.content, new.content)
    screen = console() if on_terminal() else None
    if as_json:
        write_json(_diff_record(article_id, old, new, found))
    elif screen is None or screen.no_color or screen.color_system is None:
        for line in lines(old, new, found):
            write(line)
    else:
        from rich.text import Text

        for line in _heads(old, new):
            screen.print(Text(line, style="bold"))
        for name, pieces in found.items():
            shown = Text(f"{name}: " if name != "text" else "\n", style="")
            for piece in _shortened(pieces):
                shown.append(safe_block(piece.text), style=_STYLES[piece.kind])
            screen.print(shown, soft_wrap=False)


def lines(old: Revision, new: Revision, found: Mapping[str, Sequence[Piece]]) -> list[str]:
    """Return the difference of two revisions as plain lines."""
    told = [*_heads(old, new)]
    for name, pieces in found.items():
        marked = "".join(map(_marked, _shortened(pieces)))
        told += ["", *marked.splitlines()] if name == "text" else [f"{name}: {' '.join(marked.split())}"]
    return told


def _heads(old: Revision, new: Revision) -> tuple[str, str]:
    return (
        f"--- revision {old.number}, seen {stamp(old.seen_at)}",
        f"+++ revision {new.number}, seen {stamp(new.seen_at)}",
    )


def _marked(piece: Piece) -> str:
    """Mark what went and came, paragraph by paragraph, so that no mark spans lines."""
    before, after = _MARKS[piece.kind]
    parts = safe_block(piece.text).split("\n")
    return "\n".join(f"{before}{part}{after}" if part.strip() else part for part in parts)


def _shortened(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Leave out paragraphs that stayed, where none of them touches a change."""
    for place, piece in enumerate(pieces):
        if piece.kind != "same":
            yield piece
            continue
        parts = piece.text.split("\n\n")
        head = parts[:1] if place else []
        tail = parts[-1:] if place < len(pieces) - 1 else []
        if len(parts) <= len(head) + len(tail) + 1:
            yield piece
        else:
            yield Piece("same", "\n\n".join([*head, LEFT_OUT, *tail]))


def _diff_record(
    article_id: int, old: Revision, new: Revision, found: Mapping[str, Sequence[Piece]]
) -> dict[str, Any]:
    return {
        "id": article_id,
        "from": old.number,
        "to": new.number,
        "from_seen_at": timestamp(old.seen_at),
        "to_seen_at": timestamp(new.seen_at),
        "changed": list(changed_fields(old.content, new.content)),
        "diff": lines(old, new, found),
        "fields": {name: [[piece.kind, piece.text] for piece in pieces] for name, pieces in found.items()},
    }
