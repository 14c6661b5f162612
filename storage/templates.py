"""Templates: which paragraphs repeat on the pages of each site."""

from collections.abc import Sequence

from storage import tables
from storage.database import Database
from storage.paragraphs import RepeatedParagraph
from storage.values import digest

_SHOWN = 300
"""Characters that are kept of a paragraph."""
_TEXTS = """
SELECT a.story_id, r.text, r.lead FROM articles a JOIN revisions r ON r.id = a.revision_id
WHERE a.site = ? AND r.text_source = 'page' ORDER BY a.order_at DESC, a.id DESC LIMIT ?"""
_OF = "SELECT mark, text, stories, among FROM templates WHERE key = ? AND learned_at >= ? ORDER BY mark"
_AGED = "DELETE FROM templates WHERE key = ? AND learned_at < ?"
_KNOWN = "SELECT count(*) FROM templates WHERE key = ?"


class Templates:
    """What a store knows to repeat on its sites."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def texts(self, site: str, *, limit: int) -> list[tuple[int, str]]:
        """Return the number of the story and the text of the newest articles of a site that pages gave.

        The lead is the last paragraph: where a site has none, it may stand its slogan there.
        """
        with self._db.read() as connection:
            rows = self._db.fetch(connection, _TEXTS, (site, limit))
        return [(story, f"{text}\n\n{lead}" if lead else text) for story, text, lead in rows]

    def of(self, site: str, *, since: float) -> list[RepeatedParagraph]:
        """Return what was learned of a site since a moment (epoch seconds)."""
        with self._db.read() as connection:
            rows = self._db.fetch(connection, _OF, (digest(site), since))
        return [RepeatedParagraph(mark=m, text=text, stories=s, among=a) for m, text, s, a in rows]

    def keep(
        self, site: str, found: Sequence[RepeatedParagraph], *, since: float, now: float, most: int
    ) -> None:
        """Keep what was found to repeat on a site, and forget what was learned before ``since``.

        Times are epoch seconds. No more than ``most`` paragraphs of a site are kept.
        """
        key, table = digest(site), tables.templates
        rows = [
            {
                "key": key, "mark": one.mark, "site": site, "stories": one.stories, "among": one.among,
                "learned_at": now, "text": one.text[:_SHOWN],
            }
            for one in found
        ]  # fmt: skip
        with self._db.write() as connection:
            self._db.run(connection, _AGED, (key, since))
            [(known,)] = self._db.fetch(connection, _KNOWN, (key,))
            if rows and known < most:
                statement = self._db.insert(table)
                fresh = {name: statement.excluded[name] for name in ("stories", "among", "learned_at")}
                connection.execute(
                    statement.on_conflict_do_update(index_elements=["key", "mark"], set_=fresh), rows
                )
