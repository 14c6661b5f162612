"""What exports under a name can be of: queries of which nothing is left out for ever.

An export under a name looks only at what came or changed since the last one. An article that does not fit the
query then, and fits it later without a new text, never comes.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from storage.errors import InvalidQuery
from storage.hits import Filters
from storage.query import All, Any, Is, Node, Not, Within, parse, terms

_LATER = timedelta(days=2)
"""So long that today and yesterday are other days."""


def ends_by_age(words: str, *, now: datetime | None = None) -> bool:
    """Tell whether words leave out what is too young for them (``before:1h``), which fits them later.

    Where ages only begin something (``after:7d``) nothing comes to fit later. Raises InvalidQuery.
    """
    now = now or datetime.now(UTC)
    here = parse(words, now=now)
    try:
        later = parse(words, now=now + _LATER)
    except InvalidQuery:  # as after:now/2026-11-29 is one day
        return True
    return [*_ends(here)] != [*_ends(later)]


def _ends(node: Node, *, wanted: bool = True) -> Iterator[float | None]:
    """Yield the times behind which an article does not fit a tree; a part that is not wanted turns them."""
    match node:
        case Within(_, since, until):
            yield until if wanted else since
        case Not(part):
            yield from _ends(part, wanted=not wanted)
        case All(parts) | Any(parts):
            for part in parts:
                yield from _ends(part, wanted=wanted)


def fits_without_a_text(filters: Filters) -> bool:
    """Tell whether an article may come to fit by what is told of it later: a source, a story, a state."""
    if filters.source is not None or filters.story is not None or filters.one_per_story:
        return True
    return any(
        part.name in ("source", "story") or (part.name == "is" and part.value != "revised")
        for part in terms(parse(filters.words, now=datetime.now(UTC)))
        if isinstance(part, Is)
    )
