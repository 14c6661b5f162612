"""The newest articles with the fields that they have, to tell when a site is no longer read as it was."""

from sqlalchemy import select

from storage.database import Database
from storage.sighting import Sighting
from storage.tables import articles, revisions

_EMPTY = (None, "", "[]")
_FIELDS = ("title", "authors", "published_at", "image_url", "section", "tags")


def sightings(database: Database, *, most: int) -> list[Sighting]:
    """Return the ``most`` articles kept last, the newest first; only those read from their pages."""
    found = (
        select(articles.c.site, articles.c.first_seen_at, revisions.c.word_count)
        .add_columns(*(revisions.c[name] for name in _FIELDS))
        .select_from(articles.join(revisions, revisions.c.id == articles.c.revision_id))
        .where(revisions.c.text_source != "feed")
        .order_by(articles.c.id.desc())
        .limit(most)
    )
    with database.read() as connection:
        rows = connection.execute(found).all()
    return [
        Sighting(
            site=row[0],
            seen_at=row[1],
            words=row[2],
            filled={name: value not in _EMPTY for name, value in zip(_FIELDS, row[3:], strict=True)},
        )
        for row in rows
    ]
