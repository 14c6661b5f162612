"""Kept pages that cannot be unpacked any more: found by unpacking all of them, and deleted to mend."""

from collections.abc import Sequence

from sqlalchemy import delete, select, tuple_

from storage import tables
from storage.database import Database
from storage.errors import PageDamaged
from storage.pages import Pages
from storage.upkeep.copying import Step
from storage.upkeep.findings import Finding
from storage.values import chunks

KIND = "pages.damaged"
_PAGE = tables.pages
_EXAMPLES = 5
_TOGETHER = 200


def damaged(database: Database, step: Step) -> list[PageDamaged]:
    """Return what is said of each page that cannot be unpacked, or is not what was packed; by its hash."""
    pages, told = Pages(database), list[PageDamaged]()
    total = pages.measured().number
    for number, _ in enumerate(pages.kept(damaged=told.append)):
        if number % _TOGETHER == 0:
            step(number, total, "checking: kept pages can be unpacked")
    return told


def finding(told: Sequence[PageDamaged]) -> Finding | None:
    """Return what a check says of damaged pages; None where there are none."""
    if not told:
        return None
    return Finding(
        kind=KIND,
        what="kept pages cannot be unpacked any more (mended, they go, with the other parts of those pages)",
        count=len(told),
        examples=tuple(page.what for page in told[:_EXAMPLES]),
    )


def remove(database: Database, told: Sequence[PageDamaged]) -> None:
    """Delete damaged pages with the other parts of what their articles were read from.

    A page that is printed on several would be read again as an article that has lost its end.
    """
    same = tuple_(_PAGE.c.article_id, _PAGE.c.revision)
    for ids in chunks([page.page_id for page in told if page.page_id is not None], _TOGETHER):
        with database.write() as connection:
            parts = select(_PAGE.c.article_id, _PAGE.c.revision).where(_PAGE.c.id.in_(ids))
            found = [tuple(row) for row in connection.execute(parts.distinct())]
            connection.execute(delete(_PAGE).where(same.in_(found)))
