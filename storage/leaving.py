"""Articles leave for good: what joined them, and what people decided about them, finds another hold."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection

from storage.database import Database
from storage.values import chunks

_TOGETHER = 500
_AROUND = """
SELECT id, story_id, duplicate_of FROM articles
WHERE story_id IN (SELECT story_id FROM articles WHERE id WITHIN ?) ORDER BY id"""
_LEAD = "UPDATE articles SET story_id = id, duplicate_of = NULL WHERE id WITHIN ?"
_FOLLOW = "UPDATE articles SET story_id = ?, duplicate_of = ? WHERE id WITHIN ?"
_DROP_JOINS = (
    "DELETE FROM joins WHERE article_id WITHIN ?",
    "DELETE FROM joins WHERE other_id WITHIN ?",
)
_CHOICES = "SELECT article_id, kind, other_id, before_id FROM story_choices"
_DROP_CHOICE = "DELETE FROM story_choices WHERE article_id = ?"
_KEEP_CHOICE = "UPDATE story_choices SET other_id = ?, before_id = ? WHERE article_id = ?"
_Heirs = dict[int, int | None]


def leave(database: Database, connection: Connection, article_ids: Collection[int]) -> None:
    """Take articles that are about to be deleted out of their stories.

    Where the first one goes, the next becomes the first, and the story takes its number. Decisions of people
    that name an article which goes name the first of what is left of its story; where none is left, they go.
    """
    gone = set(article_ids)
    heirs: _Heirs = {}
    for piece in chunks(sorted(gone), _TOGETHER):
        heirs |= _pass_on(database, connection, piece, gone)
        for statement in _DROP_JOINS:
            database.run(connection, statement, (database.each(piece),), cleaned=True)
    _settle_choices(database, connection, gone, heirs)


def _pass_on(database: Database, connection: Connection, piece: Sequence[int], gone: set[int]) -> _Heirs:
    """Give the stories of articles new heads where theirs go; returns who stands for each of those now."""
    stories: dict[int, list[Any]] = {}
    for row in database.fetch(connection, _AROUND, (database.each(piece),), cleaned=True):
        stories.setdefault(row[1], []).append(row)
    heirs: _Heirs = {}
    copies: list[int] = []
    for story in stories.values():
        left = [row for row in story if row[0] not in gone]
        head = next((row[0] for row in left if row[2] is None), left[0][0] if left else None)
        heirs |= {row[0]: head for row in story if row[0] in gone}
        copies += [row[0] for row in story if row[0] in gone and row[2] is not None]
        if head is not None and any(row[2] in gone for row in left):
            copies.append(head)
            others = database.each([row[0] for row in left if row[0] != head])
            database.run(connection, _FOLLOW, (head, head, others), cleaned=True)
    if copies:
        database.run(connection, _LEAD, (database.each(copies),), cleaned=True)
    return heirs


def _settle_choices(database: Database, connection: Connection, gone: set[int], heirs: _Heirs) -> None:
    for article_id, kind, other, before in database.fetch(connection, _CHOICES, (), cleaned=True):
        if gone.isdisjoint((article_id, other, before)):
            continue
        others = tuple(heirs.get(number) if number in gone else number for number in (other, before))
        other, before = (None if number == article_id else number for number in others)
        if article_id in gone or (other is None and (kind == "joined" or before is None)):
            database.run(connection, _DROP_CHOICE, (article_id,))
        else:
            database.run(connection, _KEEP_CHOICE, (other, before, article_id))
