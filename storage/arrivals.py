"""When articles arrived: what tells a silent store from a quiet night."""

from sqlalchemy import func, select

from storage.database import Database
from storage.tables import articles


def arrivals(database: Database, *, since: float, width: int) -> list[float]:
    """Return the beginnings (epoch seconds, ascending) of the stretches in which a new article was stored.

    Stretches are ``width`` seconds long and begin at multiples of it; those before ``since`` are left out.
    The index is asked for the next article after each stretch, so millions of articles cost no more.
    """
    found: list[float] = []
    first = func.min(articles.c.first_seen_at)
    after = since
    with database.read() as connection:
        while (
            moment := connection.scalar(select(first).where(articles.c.first_seen_at >= after))
        ) is not None:
            found.append(moment // width * width)
            after = found[-1] + width
    return found
