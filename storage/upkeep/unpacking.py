"""Kept pages that cannot be unpacked any more: found by unpacking all of them, and deleted to mend."""

from collections.abc import Sequence

from sqlalchemy import delete

from storage import tables
from storage.database import Database
from storage.errors import PageDamaged
from storage.pages import Pages, with_other_parts
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
    """Delete damaged pages with the other parts of what their articles were read from."""
    for ids in chunks([page.page_id for page in told if page.page_id is not None], _TOGETHER):
        with database.write() as connection:
            connection.execute(delete(_PAGE).where(with_other_parts(ids)))
