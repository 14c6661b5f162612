"""The schema: what the migrations make is what the tables say, and what people query."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from storage import open_store
from storage.database import connect
from storage.errors import SchemaOutdated
from storage.schema import EMPTY, alembic_config
from storage.store import Store
from storage.tables import HEAD, SAMPLED, metadata
from tests.keeping import NOW, add_article, add_source, at, content, line, offer


def ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    return not (kind == "table" and name is not None and name.startswith("search_"))


def test_migrations_make_what_the_tables_say(store: Store) -> None:
    with store._database.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": ours, "compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []
        checks = inspect(connection).get_check_constraints("entries")
        assert [check["name"] for check in checks] == ["entries_wait_or_end"]
        assert partial_indexes(connection) == {
            *("hosts_due", "sources_due", "entries_due", "entries_waiting", "articles_canonical"),
            *(
                "sources_parent",
                "entries_mark",
                "articles_withdrawn",
                "articles_edited",
                "articles_duplicates",
                "articles_copies",
                "articles_sampled",
            ),
        }


def test_what_names_an_article_is_found_by_it() -> None:
    """A database asks of each article that goes what still names it: without an index it reads all."""
    named = {
        (table.name, reference.parent.name)
        for table in metadata.tables.values()
        for reference in table.foreign_keys
        if reference.column.table.name == "articles"
    }
    indexed = {
        (table.name, getattr(first, "name", None))
        for table in metadata.tables.values()
        for first in (*(index.expressions[0] for index in table.indexes), *[*table.primary_key][:1])
    }
    assert ("articles", "duplicate_of") in named
    assert named <= indexed


def partial_indexes(connection: Connection) -> set[str]:
    inspector = inspect(connection)
    return {
        str(index["name"])
        for table in metadata.tables
        for index in inspector.get_indexes(table)
        if any(
            name.endswith("_where") and value is not None for name, value in index["dialect_options"].items()
        )
    }


def test_head_is_the_newest_migration(store: Store) -> None:
    with store._database.read() as connection:
        scripts = ScriptDirectory.from_config(alembic_config(connection))
        assert scripts.get_current_head() == HEAD
        numbers = [script.revision for script in scripts.walk_revisions()]
        assert sorted(numbers, reverse=True) == numbers, "revisions compare as text, so they are numbered"
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all() == [HEAD]


def test_upgrade_says_from_where_to_where(tmp_path: object, new_database: Callable[[], str]) -> None:
    for url in (f"sqlite:///{tmp_path}/deep/kabar.db", new_database()):
        assert Store.upgrade(url) == (EMPTY, HEAD)
        assert Store.upgrade(url) == (HEAD, HEAD)
        open_store(url, create=False).close()


def rows(store: Store, sql: str) -> list[dict[str, object]]:
    with store._database.read() as connection:
        return [dict(row) for row in connection.exec_driver_sql(sql).mappings()]


ARTICLE = [
    *["id", "url", "canonical_url", "site", "publisher", "title", "lead", "text", "language", "authors"],
    *["byline", "dateline", "published_at", "modified_at", "first_seen_at", "last_seen_at", "fetched_at"],
    *["sorted_at", "section", "tags", "image_url", "word_count", "paywalled", "text_source", "provenance"],
    *["content_hash", "revision", "story_id", "duplicate_of", "sources", "citations", "repeats"],
    *["image_caption", "image_credit", "credits", "reservations", "reader", "withdrawn_at"],
]
SOURCE = [
    *["id", "url", "kind", "state", "title", "site_url", "host", "language", "country", "tags", "interval"],
    *["pace", "next_due_at", "due_reason", "failures", "last_error", "last_status", "moved_to", "created_at"],
    *["last_polled_at", "last_ok_at", "last_new_at", "parent_id", "gap_at"],
]
POLL = [
    *["id", "source_id", "source_url", "polled_at", "outcome", "status", "entries_seen", "entries_new"],
    *["error", "seconds", "size"],
]


class TestViews:
    """The face people query: the same columns and values on both databases."""

    def test_articles(self, store: Store) -> None:
        one, two = add_source(store, "one"), add_source(store, "two")
        number = add_article(store, "a", source=one, tags=("x", "y"), paywalled=True, title="Alt")
        copy = add_article(store, "b", duplicate_of=number)
        store.articles.seen(
            number, url_keys=[], source_id=two.id, seen_at=store.articles.get(number).first_seen_at
        )
        first, second = rows(store, "SELECT * FROM v_articles ORDER BY id")
        assert list(first) == ARTICLE
        assert first["first_seen_at"] == first["sorted_at"] == "2025-10-09T08:53:20Z"
        assert (first["tags"], first["authors"], first["paywalled"]) == ('["x","y"]', "[]", 1)
        assert json.loads(str(first["sources"])) == [one.url, two.url]
        assert (second["id"], second["story_id"], second["duplicate_of"]) == (copy, number, number)
        assert (second["paywalled"], json.loads(str(second["sources"]))) == (None, [])

    def test_sources(self, store: Store) -> None:
        source = add_source(store, "a", tags=("x",))
        offer(store, source, line("x"))
        gone = add_source(store, "b")
        store.sources.remove(gone.id)
        [row] = rows(store, "SELECT * FROM v_sources")
        assert list(row) == SOURCE
        assert (row["host"], row["state"], row["created_at"], row["tags"]) == (
            *("a.example", "active", "2025-10-09T08:53:20Z"),
            '["x"]',
        )

    def test_polls(self, store: Store) -> None:
        source = add_source(store, "a")
        offer(store, source, line("x"), now=NOW + 0.9)
        [row] = rows(store, "SELECT * FROM v_polls")
        assert list(row) == POLL
        assert row["polled_at"] == "2025-10-09T08:53:20Z"

    def test_stories(self, store: Store) -> None:
        number = add_article(store, "a", site="a.example")
        add_article(store, "b", duplicate_of=number, site="b.example", seen_at=NOW + 60)
        lone = add_article(store, "c")
        first, second = rows(store, "SELECT * FROM v_stories ORDER BY id")
        assert first == {
            "id": number, "articles": 2, "outlets": 2,
            "first_at": "2025-10-09T08:53:20Z", "last_at": "2025-10-09T08:54:20Z",
        }  # fmt: skip
        assert (second["id"], second["articles"]) == (lone, 1)

    @pytest.mark.parametrize("view", ["v_articles", "v_sources", "v_polls", "v_stories"])
    def test_empty(self, store: Store, view: str) -> None:
        assert rows(store, f"SELECT * FROM {view}") == []


def test_nothing_comes_before_the_first_schema(store: Store) -> None:
    from alembic import command

    with store._database.write() as connection, pytest.raises(NotImplementedError):
        command.downgrade(alembic_config(connection), "base")


def test_a_store_of_the_first_schema_is_taken_along(new_database: Callable[[], str], tmp_path: Path) -> None:
    from alembic import command

    for url in (f"sqlite:///{tmp_path}/old.db", new_database()):
        database = connect(url)
        with database.write() as connection:
            command.upgrade(alembic_config(connection), "0001")
            connection.exec_driver_sql("INSERT INTO hosts (id, key, name) VALUES (1, 'k', 'a.example')")
            connection.exec_driver_sql(
                "INSERT INTO sources (id, key, host_id, url, kind, state, created_at)"
                " VALUES (7, 's', 1, 'https://a.example/feed', 'feed', 'active', 5)"
            )
        database.close()
        with pytest.raises(SchemaOutdated):
            open_store(url)
        assert Store.upgrade(url) == ("0001", HEAD)
        with open_store(url) as store:
            source = store.sources.get(7)
            assert (source.url, source.schedule, source.options, source.hints) == (
                *("https://a.example/feed", {}, {}),
                {},
            )
            assert [row["id"] for row in rows(store, "SELECT id FROM v_sources")] == [7]


def test_edits_are_counted_from_the_sixth_schema_on(new_database: Callable[[], str], tmp_path: Path) -> None:
    from alembic import command

    article = (
        "INSERT INTO articles (id, revision_id, revision, story_id, site, content_hash, order_at,"
        " first_seen_at, last_seen_at, fetched_at) VALUES (%d, 5, %d, 3, 'a.example', 'h', 1, 1, 1, 1)"
    )
    for url in (f"sqlite:///{tmp_path}/sixth.db", new_database()):
        database = connect(url)
        with database.write() as connection:
            command.upgrade(alembic_config(connection), "0006")
            connection.exec_driver_sql(article % (3, 1))
            connection.exec_driver_sql(article % (4, 3))
        database.close()
        assert Store.upgrade(url) == ("0006", HEAD)
        with open_store(url) as store:
            found = rows(store, "SELECT id, edits FROM articles ORDER BY id")
            assert found == [{"id": 3, "edits": 0}, {"id": 4, "edits": 2}]
            assert store.pages.of(3) == []


def test_articles_of_the_second_schema_are_taken_along(
    new_database: Callable[[], str], tmp_path: Path
) -> None:
    from alembic import command

    for url in (f"sqlite:///{tmp_path}/second.db", new_database()):
        database = connect(url)
        with database.write() as connection:
            command.upgrade(alembic_config(connection), "0002")
            connection.exec_driver_sql(
                "INSERT INTO articles (id, revision_id, revision, story_id, site, content_hash, order_at,"
                " first_seen_at, last_seen_at, fetched_at) VALUES (3, 5, 1, 3, 'a.example', 'h', 1, 1, 1, 1)"
            )
            connection.exec_driver_sql(
                "INSERT INTO revisions (id, article_id, number, seen_at, url, site, title, authors, tags,"
                " word_count, text_source, provenance, content_hash, citations, repeats, text) VALUES"
                " (5, 3, 1, 1, 'https://a.example/1', 'a.example', 'Old', '[]', '[]', 1, 'page', '{}', 'h',"
                " '[]', '[]', 'Text.')"
            )
        database.close()
        assert Store.upgrade(url) == ("0002", HEAD)
        with open_store(url) as store:
            kept = store.articles.get(3).content
            assert (kept.text, kept.image_caption, kept.image_credit, kept.reader) == ("Text.", *[None] * 3)
            assert (kept.credits, kept.reservations) == ((), {})
            [row] = rows(store, "SELECT credits, reservations, reader FROM v_articles")
            assert row == {"credits": "[]", "reservations": "{}", "reader": None}


@pytest.mark.parametrize("kind", ["file", "postgres"])
def test_the_index_of_words_is_made_anew(kind: str, tmp_path: Path, new_database: Callable[[], str]) -> None:
    url = f"sqlite:///{tmp_path}/kabar.db" if kind == "file" else new_database()
    with open_store(url) as store:
        for name, title in (("a", "Malmö"), ("b", "Łódź"), ("c", "x")):
            add_article(store, name, title=title, authors=("Núñez",), tags=("Ação",))
        with store._database.write() as connection:
            empty = "INSERT INTO search_index (search_index) VALUES ('delete-all')"
            connection.exec_driver_sql("DELETE FROM search_index" if kind == "postgres" else empty)
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0009'")
            connection.exec_driver_sql("DROP VIEW v_revisions")
            for later in ("language", "edited", "duplicates", "sampled", "copies"):
                connection.exec_driver_sql(f"DROP INDEX articles_{later}")
            for sql in (
                *(["DROP TABLE search_sampled"] if kind == "file" else []),
                "DROP TABLE templates",
                "DROP INDEX page_dictionaries_base",
                "ALTER TABLE page_dictionaries DROP COLUMN base_id",
                "DROP VIEW v_articles",
                "CREATE VIEW v_articles AS SELECT 1 AS id",
                "DROP TABLE provenances",
                "ALTER TABLE revisions DROP COLUMN provenance_id",
            ):
                connection.exec_driver_sql(sql)
        assert store.articles.search("malmo").count() == 0
        if kind == "postgres":
            with store._database.write() as connection:
                connection.exec_driver_sql("DROP FUNCTION kabar_tokens CASCADE")
                connection.exec_driver_sql("ALTER TABLE search_index ADD COLUMN tokens tsvector NOT NULL")
                connection.exec_driver_sql("CREATE INDEX search_tokens ON search_index USING gin (tokens)")
    Store.upgrade(url)
    with open_store(url, create=False) as store:
        assert [article.id for article in store.articles.search("malmo OR title:lodz")] == [2, 1]
        assert store.articles.search("author:nunez tag:acao").count() == 3
        assert store.sql("SELECT count(*) FROM v_stories").rows == ((3,),)


def test_sampled_words_are_indexed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/kabar.db"
    with open_store(url) as store:
        with store.transaction():
            for number in range(1, 2 * SAMPLED):
                add_article(store, str(number), title="Malmö", authors=("Núñez",), tags=("Ação",))
            for number in (1, 2):
                text = content("new", text="Another text")
                store.articles.revise(number, text, url_keys=[], source_id=None, fetched_at=at(NOW))
        with store._database.write() as connection:
            connection.exec_driver_sql("DROP TABLE search_sampled")
            connection.exec_driver_sql("UPDATE revisions SET citations = '[broken' WHERE id = 32")
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0021'")
    assert Store.upgrade(url) == ("0021", HEAD)
    with open_store(url, create=False) as store:
        sample = "SELECT rowid FROM search_sampled WHERE search_sampled MATCH "
        assert store.sql(f"{sample} 'title: malmo names: nunez tags: \"#acao\"'").rows == ((SAMPLED,),)
        assert store.sql(f"{sample} 'another'").rows == ((2 * SAMPLED,),)


def test_words_are_cut_by_the_language(shared_url: str) -> None:
    """Stores of before left ``-nya`` off whatever the language, and tags as well."""
    with open_store(shared_url) as store:
        ids = [
            add_article(store, str(number), title=title, text=title, language=language, tags=tags)
            for number, (title, language, tags) in enumerate(
                [
                    ("Harganya naik", "id", ("Romanya",)),
                    ("Almanya kazandı", "tr", ()),
                    ("Školka №5", "cs", ()),
                ]
            )
        ]
        with store._database.write() as connection:
            if store._database.postgres:
                connection.exec_driver_sql("UPDATE search_index SET words = replace(words, 'nya', '')")
            else:
                for name in ("search_index", "search_sampled"):
                    connection.exec_driver_sql(f"INSERT INTO {name} ({name}) VALUES ('delete-all')")
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0023'")
    assert Store.upgrade(shared_url) == ("0023", HEAD)
    with open_store(shared_url, create=False) as store:
        found = [
            [hit.article.id for hit in store.articles.search(words).hits]
            for words in ("harga", "harganya", "alma", "alman*", "almanya", "tag:romanya", "tag:roma", "5")
        ]
        first, second, third = ids
        assert found == [[first], [first], [], [second], [second], [first], [], [third]]
        assert store.check() == []
