"""A desk that keeps articles in a store one after the other, as they come in."""

from crawler.fingerprint import comparable, content_hash
from crawler.ingest import Saved, save
from crawler.likeness import Likeness
from crawler.near.fingerprint import fingerprint
from crawler.prepare import Prepared
from storage.store import Store
from tests.keeping import NOW, add_source, at, content, line, offer

DAY = 86_400.0
TODAY = int(NOW // DAY)


def postings(store: Store) -> list[tuple[int, int]]:
    with store._database.read() as connection:
        rows = connection.exec_driver_sql("SELECT key, article_id FROM near_postings ORDER BY 1, 2")
        return [tuple(row) for row in rows]  # type: ignore[misc]


def prepared(name: str, text: str, *, site: str = "", title: str = "", reader: str | None = None) -> Prepared:
    made = content(
        name, text=text, site=site or f"{name}.example", title=title or f"Title {name}",
        content_hash=content_hash(text, title), reader=reader,
    )  # fmt: skip
    return Prepared(
        content=made,
        urls=((made.url, made.url),),
        canonical_key=None,
        comparable=comparable(text),
        fingerprint=fingerprint(text),
        fetched_at=at(),
    )


class Desk:
    """Keeps articles one after the other."""

    def __init__(self, store: Store, *, window: float = 60.0) -> None:
        self.store = store
        self.source = add_source(store)
        self.likeness = Likeness(window=window)

    def keep(self, name: str, text: str, *, now: float = NOW, **fields: str) -> Saved:
        [entry] = offer(self.store, self.source, line(name), now=now)
        return save(
            self.store,
            prepared(name, text, **fields),
            entry=entry,
            lease=None,
            likeness=self.likeness,
            now=now,
        )

    def stories(self) -> list[int]:
        with self.store._database.read() as connection:
            return [row[0] for row in connection.exec_driver_sql("SELECT story_id FROM articles ORDER BY id")]
