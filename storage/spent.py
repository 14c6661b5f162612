"""Texts that feeds carried, emptied when they are of no use any more: whole articles in HTML, often.

They stand by while a page waits, and while it is looked at again, should it have no text of its own. After
that an article that was kept as its feed carried it keeps them, to be read again. A changed line brings them
anew.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from storage.database import Database
from storage.model import Entry

LONG = 2_000
"""Characters of a summary that is no summary, but the article; shorter ones stay: leads are made of them."""
_OF_ENTRIES = """
UPDATE entries SET content = NULL, summary = CASE WHEN length(summary) > ? THEN NULL ELSE summary END
WHERE id WITHIN ? AND next_due_at IS NULL AND (content IS NOT NULL OR length(summary) > ?)
"""
_OF_ARTICLE = """
UPDATE entries SET content = NULL, summary = CASE WHEN length(summary) > ? THEN NULL ELSE summary END
WHERE url_digest IN (SELECT u.key FROM article_urls u WHERE u.article_id = ?) AND article_id = ?
AND next_due_at IS NULL AND (content IS NOT NULL OR length(summary) > ?)
AND NOT EXISTS (SELECT 1 FROM revisits p WHERE p.id = ?) AND EXISTS (
  SELECT 1 FROM articles a JOIN revisions r ON r.id = a.revision_id
  WHERE a.id = ? AND r.text_source <> 'feed')
"""


def is_long(entry: Entry) -> bool:
    """Tell whether an entry carries a text that would be emptied."""
    return entry.content is not None or len(entry.summary or "") > LONG


def of_article(database: Database, connection: Connection, article_id: int) -> None:
    """Empty the texts of the entries that led to an article, unless somebody is to look at it again."""
    database.run(connection, _OF_ARTICLE, (LONG, *(article_id,) * 2, LONG, *(article_id,) * 2))


def of_entries(database: Database, connection: Connection, entry_ids: Sequence[int]) -> None:
    """Empty the texts of entries that ended as no article."""
    database.run(connection, _OF_ENTRIES, (LONG, database.each(entry_ids), LONG))
