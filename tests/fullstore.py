"""A store with something in every table, for tests that must take everything along."""

import random

from sqlalchemy import select

from storage.likeness import Join, KeptPrint
from storage.raw import RawPage
from storage.store import Store
from storage.tables import metadata
from tests.keeping import NOW, add_article, add_source, at, content, line, offer


def fill(store: Store) -> list[int]:
    """Put something into every table; returns the numbers of the articles."""
    source = add_source(store, "full", tags=("x",))
    entries = offer(store, source, *(line(name) for name in "abcd"))
    other = add_source(store, "other", host="full.example")
    numbers = [add_article(store, name, source=source, tags=("x", name)) for name in "abc"]
    # A copy whose original has the larger number, as happens when people join stories.
    first = add_article(
        store, "d", source=other, title="日本語の題 \N{SLIGHTLY SMILING FACE}", paywalled=True
    )
    store.stories.join(numbers[0], first, at=NOW)
    for entry, number in zip(entries, [*numbers, first], strict=True):
        store.entries.finish(entry.id, outcome="stored", article_id=number, now=NOW)
    store.articles.revise(
        numbers[1], content("b", text="Another text.", content_hash="h2"), url_keys=[], source_id=None,
        fetched_at=at(NOW + 60),
    )  # fmt: skip
    store.fingerprints.add(
        [KeptPrint(article_id=n, keys=(n, n + 1, 2**40 + n), day=20_000, algorithm=1) for n in numbers]
    )
    store.fingerprints.join(
        Join(
            article_id=numbers[2],
            other_id=first,
            score=0.9,
            own_share=1.0,
            other_share=0.5,
            why="w",
            how="same",
        )
    )
    for number, noise in ((numbers[0], b""), (numbers[1], random.Random(1).randbytes(3000))):
        page = RawPage(
            url="https://pages.example/a", requested_url="https://pages.example/a", status=200,
            body=b"<html>" + bytes(range(256)) * 40 + noise, fetched_at=NOW,
            headers={"content-type": "text/html"},
        )  # fmt: skip
        packed = store.pages.pack([page], site="pages.example")
        store.pages.keep(packed, article_id=number, entry_id=None, reader="1", now=NOW)
    _fill_the_rest(store)
    return [*numbers, first]


def _fill_the_rest(store: Store) -> None:
    """Put a made-up row into the tables that are still empty."""
    with store._database.write() as connection:
        for table in metadata.sorted_tables:
            if connection.execute(select(1).select_from(table)).first():
                continue
            connection.execute(table.insert().values({c.name: _value(c) for c in table.c if not c.nullable}))


def _value(column: object) -> object:
    kind = column.type.python_type  # type: ignore[attr-defined]
    return {int: 1, float: NOW, str: f"{column.name}", bytes: b"\x00\xff", bool: True}[kind]  # type: ignore[attr-defined]
