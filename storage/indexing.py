"""What of a revision's content is searched, and the search index made anew from it."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from storage import tables, word_index
from storage.contents import READ, content_of
from storage.database import Database
from storage.model import Content
from storage.text import Indexed, indexed
from storage.values import chunks

_REVISION = tables.revisions
_CONTENTS = select(*READ, _REVISION.c.id)
_TOGETHER = 200


def words_of(content: Content) -> Indexed:
    """Return the words by which a revision is found."""
    return indexed(
        title=content.title,
        lead=content.lead,
        text=content.text,
        names=(*content.authors, content.byline or ""),
        tags=content.tags,
        cited=[str(citation.get("name", "")) for citation in content.citations],
        language=content.language,
    )


def index(database: Database, connection: Connection, revision_ids: Iterable[int]) -> int:
    """Put revisions into the index that are not in it; returns how many were found."""
    total = 0
    for piece in chunks(revision_ids, _TOGETHER):
        found = _words(connection, piece)
        if found:
            word_index.add(database, connection, found)
        total += len(found)
    return total


def sample(database: Database, connection: Connection, revision_ids: Iterable[int]) -> None:
    """Put revisions into SQLite's index of the sample, where they are only in that of all."""
    for piece in chunks(revision_ids, _TOGETHER):
        word_index.add_sampled(database, connection, _words(connection, piece))


def forget(database: Database, connection: Connection, revision_ids: Sequence[int]) -> None:
    """Take revisions out of the index, while they are there still."""
    for piece in chunks(revision_ids, _TOGETHER):
        known = set(word_index.known(database, connection, piece))
        found = _words(connection, known) if known else []
        word_index.forget(database, connection, found)


def _words(connection: Connection, revision_ids: Iterable[int]) -> list[tuple[int, Indexed]]:
    rows = connection.execute(_CONTENTS.where(_REVISION.c.id.in_(list(revision_ids))))
    return [(row[-1], words_of(content_of(row))) for row in rows]
