"""A check finds what is wrong in a store, and mends what can be mended."""

import random
from pathlib import Path

import pytest
from sqlalchemy import Integer

from storage import indexing, open_store
from storage.hits import Filters
from storage.pages import Pages
from storage.raw import RawPage
from storage.store import Store
from storage.tables import SAMPLED, metadata
from storage.upkeep.rules import rules
from storage.upkeep.ties import LOOSE
from tests.fullstore import fill
from tests.harm import damage
from tests.keeping import NOW, add_article, add_source, line, offer


def run(store: Store, *statements: str) -> None:
    """Break rules behind the store's back."""
    database = store._database
    with database.engine.connect() as connection:
        if database.postgres:
            connection.exec_driver_sql("SET session_replication_role = replica")
        else:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.execute("PRAGMA foreign_keys = OFF")  # type: ignore[attr-defined]
        for statement in statements:
            connection.exec_driver_sql(statement)
        if database.postgres:
            connection.exec_driver_sql("SET session_replication_role = DEFAULT")
        connection.commit()
        if not database.postgres:
            raw.execute("PRAGMA foreign_keys = ON")  # type: ignore[union-attr]


def kinds(store: Store) -> dict[str, int]:
    return {finding.kind: finding.count for finding in store.check()}


def mended(store: Store) -> None:
    """Check that all that is wrong can be mended, and stays so."""
    found = store.check(repair=True)
    assert found
    assert [finding for finding in found if finding.left] == []
    assert store.check() == []


def test_all_is_well(store: Store) -> None:
    assert store.check() == []
    fill(store)
    assert store.check(repair=True) == []


def test_rows_that_name_what_is_not_there(store: Store) -> None:
    numbers = fill(store)
    gone = numbers[0]
    run(store, f"DELETE FROM articles WHERE id = {gone}")
    found = kinds(store)
    for kind in ("revisions.article_id", "article_urls.article_id", "article_sources.article_id"):
        assert found[kind] >= 1
    for kind in ("pages.article_id", "near_docs.article_id", "near_postings.article_id"):
        assert found[kind] >= 1
    assert found["entries.article_id"] == 1
    mended(store)
    assert store.articles.count(Filters()) == 3


def keep_pages(store: Store, names: str) -> list[bytes]:
    """Keep pages that have nothing in common, each laid behind those before it; returns their bodies."""
    bodies = [bytes(random.Random(name).choices(range(32, 127), k=3000)) for name in names]
    for body in bodies:
        page = RawPage(url="u", requested_url="u", status=200, body=body, fetched_at=NOW)
        packed = store.pages.pack([page], site="pages.example")
        number = add_article(store, body[:9].hex())
        store.pages.keep(packed, article_id=number, entry_id=None, reader=None, now=NOW)
    return bodies


def test_pages_that_cannot_be_unpacked_any_more_go(store: Store) -> None:
    bodies = keep_pages(store, "abc")
    second = "SELECT min(id) FROM page_dictionaries WHERE base_id IS NOT NULL"
    run(store, f"DELETE FROM page_dictionaries WHERE id = ({second})")
    assert kinds(store) == {"pages.dictionary_id": 1, "page_dictionaries.base_id": 1, "pages.damaged": 2}
    mended(store)
    assert [page.body for page in store.pages.kept()] == bodies[:1]


@pytest.mark.parametrize(("looped", "left"), [("max", 1), ("min", 0)])
def test_dictionaries_laid_behind_each_other_in_a_circle_are_damaged(
    store: Store, looped: str, left: int
) -> None:
    bodies = keep_pages(store, "ab")
    newest = "(SELECT max(id) FROM page_dictionaries)"
    one = f"(SELECT {looped}(id) FROM page_dictionaries)"
    run(store, f"UPDATE page_dictionaries SET base_id = {newest} WHERE id = {one}")
    store.pages = Pages(store._database)  # as after a restart: the old one remembers what it read
    assert kinds(store) == {"pages.damaged": 2 - left}
    mended(store)
    assert [page.body for page in store.pages.kept()] == bodies[:left]
    later = keep_pages(store, "c")
    assert [page.body for page in store.pages.kept()] == bodies[:left] + later, "another is begun"


def test_pages_that_are_damaged_go_with_their_other_parts(store: Store) -> None:
    for name in ("a", "b"):
        number = add_article(store, name)
        bodies = [bytes(random.Random(f"{name}{part}").choices(range(32, 127), k=3000)) for part in (1, 2)]
        parts = [
            RawPage(url="u", requested_url="u", status=200, body=body, fetched_at=NOW) for body in bodies
        ]
        packed = store.pages.pack(parts, site=f"{name}.example")
        store.pages.keep(packed, article_id=number, entry_id=None, reader=None, now=NOW)
    assert store.check() == []
    zero = r"'\x00'" if store._database.postgres else "x'00'"
    [first] = [page for page in store.pages.of(1) if page.part == 2]
    run(store, f"UPDATE pages SET body = {zero} WHERE id = {first.id}")
    assert kinds(store) == {"pages.damaged": 1}
    [found] = store.check()
    assert found.examples == (f"page {first.id} (of article 1)",)
    mended(store)
    assert [page.article_id for page in store.pages.kept()] == [2, 2]


@pytest.mark.parametrize("headers", ["nonsense", "[1]", '{"content-type": 1}'])
def test_pages_whose_headers_are_none_go(store: Store, headers: str) -> None:
    for name in ("a", "b"):
        page = RawPage(url="u", requested_url="u", status=200, body=name.encode(), fetched_at=NOW)
        packed = store.pages.pack([page], site="pages.example")
        store.pages.keep(packed, article_id=add_article(store, name), entry_id=None, reader=None, now=NOW)
    run(store, f"UPDATE pages SET headers = '{headers}' WHERE article_id = 1")
    assert kinds(store) == {"pages.damaged": 1}
    mended(store)
    assert [page.body for page in store.pages.kept()] == [b"b"]


def test_a_revision_without_its_article_leaves_the_index_too(store: Store) -> None:
    number = add_article(store, "a", text="albatross")
    run(
        store,
        f"DELETE FROM articles WHERE id = {number}",
        f"DELETE FROM article_urls WHERE article_id = {number}",
    )
    mended(store)
    with store._database.read() as connection:
        from storage import word_index

        count = connection.exec_driver_sql(
            f"SELECT count(*) FROM {word_index.documents(store._database)}"
        ).scalar()
    assert count == 0


def test_an_article_without_a_revision_goes(store: Store) -> None:
    kept, gone = add_article(store, "a"), add_article(store, "b")
    if store._database.postgres:
        run(
            store,
            "DELETE FROM search_index WHERE revision_id IN (SELECT revision_id FROM articles WHERE id = 2)",
        )
    run(store, f"DELETE FROM revisions WHERE article_id = {gone}")
    assert kinds(store)["revision"] == 1
    mended(store)
    assert [article.id for article in store.articles.iterate(Filters(limit=0))] == [kept]


def test_an_article_that_shows_an_old_revision(store: Store) -> None:
    numbers = fill(store)
    run(store, f"UPDATE articles SET revision = 1, revision_id = 2 WHERE id = {numbers[1]}")
    assert kinds(store)["revision"] == 1
    mended(store)
    assert store.articles.get(numbers[1]).content.text == "Another text."


def test_missing_search_rows(store: Store) -> None:
    add_article(store, "a", text="albatross")
    add_article(store, "b", text="bittern")
    with store._database.write() as connection:
        indexing.forget(store._database, connection, [1])
    assert store.articles.count(Filters(words="albatross")) == 0
    assert kinds(store) == {"search.missing": 1}
    mended(store)
    assert store.articles.count(Filters(words="albatross")) == 1
    assert store.articles.count(Filters(words="bittern")) == 1


def test_a_sample_that_was_never_filled(tmp_path: Path) -> None:
    """What is not in it cannot be taken out of it; and what is lost of it is no loss of the store."""
    with open_store(f"sqlite:///{tmp_path}/kabar.db") as store:
        with store.transaction():
            for number in range(1, 2 * SAMPLED):
                add_article(store, str(number), text="albatross")
        run(store, "INSERT INTO search_sampled (search_sampled) VALUES ('delete-all')")
        with store._database.write() as connection:
            indexing.forget(store._database, connection, range(1, 2 * SAMPLED))
            indexing.index(store._database, connection, range(1, 2 * SAMPLED))
        assert not store.check()
        run(store, "DELETE FROM search_sampled_data WHERE id > 10")
        assert "search.sample.damaged" in kinds(store)
        mended(store)
        run(store, "DELETE FROM search_index_data WHERE id > 10")
        assert "search.damaged" in kinds(store)
        mended(store)
        run(store, f"DELETE FROM search_index_docsize WHERE id = {SAMPLED}")
        assert set(kinds(store)) >= {"search.missing", "search.sample"}
        mended(store)
        found = store.sql("SELECT count(*) FROM search_sampled WHERE search_sampled MATCH 'albatross'")
        assert found.rows == ((1,),)
        run(store, "DROP TABLE search_sampled")
        assert {finding.kind for finding in store.check(repair=True)} == {
            "search.sample.damaged",
            "search.sample",
        }


@pytest.mark.parametrize("wrong", ["missing", "extra", "both"])
def test_another_sample(tmp_path: Path, wrong: str) -> None:
    """PostgreSQL keeps an index of the sample itself."""
    with open_store(f"sqlite:///{tmp_path}/kabar.db") as store:
        with store.transaction():
            for number in range(1, 3 * SAMPLED):
                add_article(store, str(number), text="albatross")
        if wrong != "extra":
            run(store, "INSERT INTO search_sampled (search_sampled) VALUES ('delete-all')")
        if wrong != "missing":
            run(store, "INSERT INTO search_sampled (rowid, body) VALUES (3200, 'albatross')")
        assert kinds(store) == {"search.sample": {"missing": 2, "extra": 1, "both": 3}[wrong]}
        mended(store)
        sampled = store.sql("SELECT rowid FROM search_sampled WHERE search_sampled MATCH 'albatross'")
        assert sampled.rows == ((SAMPLED,), (2 * SAMPLED,))


def test_search_rows_of_nothing(tmp_path: Path) -> None:
    """On PostgreSQL a foreign key stands in the way of them."""
    with open_store(f"sqlite:///{tmp_path}/kabar.db") as store:
        add_article(store, "a", text="albatross")
        run(store, "INSERT INTO search_index (rowid, title) VALUES (77, 'x')")
        assert kinds(store) == {"search.extra": 1}
        mended(store)
        assert store.articles.count(Filters(words="albatross")) == 1


def test_stories(store: Store) -> None:
    first = add_article(store, "a")
    second = add_article(store, "b", duplicate_of=first)
    other = add_article(store, "c")
    run(store, f"UPDATE articles SET story_id = {other} WHERE id = {second}")
    assert kinds(store) == {"story": 1}
    mended(store)
    assert store.articles.get(second).story_id == first
    run(store, f"UPDATE articles SET duplicate_of = {second} WHERE id = {first}")
    assert kinds(store) == {"story.first": 1}
    mended(store)
    assert store.articles.get(first).duplicate_of is None


def test_fingerprints_without_keys(store: Store) -> None:
    numbers = fill(store)
    run(store, f"DELETE FROM near_postings WHERE article_id = {numbers[0]}")
    assert kinds(store) == {"fingerprint": 1}
    mended(store)
    assert numbers[0] in store.fingerprints.lists({2**40 + numbers[0]})[2**40 + numbers[0]]


def test_the_account_of_entries(store: Store) -> None:
    source = add_source(store, "a")
    [entry] = offer(store, source, line("x"))
    store.entries.finish(entry.id, outcome="rejected", reason="no_text", now=NOW)
    run(store, "UPDATE entries SET outcome = 'vanished'")
    assert kinds(store) == {"accounting": 1}
    mended(store)
    counts = store.entries.accounting()
    assert counts["offered"] == counts["deferred"] == 1


def test_a_host_that_is_never_visited(store: Store) -> None:
    source = add_source(store, "a")
    offer(store, source, line("x"))
    run(store, "UPDATE hosts SET next_due_at = NULL")
    assert kinds(store) == {"host": 2}
    mended(store)
    assert store.hosts.next_due_at() is not None


def test_where_fields_were_found_is_not_there(store: Store) -> None:
    add_article(store, "a")
    with store._database.write() as connection:
        connection.exec_driver_sql("DELETE FROM provenances")
    found = store.check()
    assert [(finding.kind, finding.count) for finding in found] == [("provenance", 1)]
    assert [finding.left for finding in store.check(repair=True)] == [0]
    assert store.check() == []
    assert store.articles.get(1).content.provenance == {}


def test_an_article_without_an_address(store: Store) -> None:
    source = add_source(store, "a")
    [entry] = offer(store, source, line("x"))
    number, lone = add_article(store, "x"), add_article(store, "y")
    store.entries.finish(entry.id, outcome="stored", article_id=number, now=NOW)
    run(store, "DELETE FROM article_urls")
    [finding] = store.check(repair=True)
    assert (finding.kind, finding.count, finding.mended, finding.left) == ("address", 2, 1, 1)
    assert finding.remedy
    found = store.articles.by_keys(["pages.example/x"])
    assert found is not None
    assert found.id == number
    assert store.articles.get(lone).urls == ()


def test_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "kabar.db"
    with open_store(f"sqlite:///{path}") as store:
        for number in range(50):
            add_article(store, f"a{number}", text="text " * 500)
    damage(path, "revisions")
    with open_store(f"sqlite:///{path}") as store:
        first, *_ = store.check()
        assert (first.kind, first.remedy is not None) == ("damaged", True)
        assert "--rescue" in str(first.remedy)
        first, *_ = store.check(repair=True)
        assert first.left


def test_a_damaged_search_index(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/kabar.db") as store:
        add_article(store, "a", text="albatross")
        run(store, "DELETE FROM search_index_data WHERE id > 10")
        assert "search.damaged" in kinds(store)
        mended(store)
        assert store.articles.count(Filters(words="albatross")) == 1


def test_every_tie_is_known() -> None:
    """A column that names an article or a revision has a foreign key, or its fate stands in LOOSE.

    Copies take every table of the metadata along by themselves; articles are removed by these ties.
    """
    unknown = []
    for table in metadata.sorted_tables:
        for column in table.c:
            names = column.name in ("article_id", "revision_id", "story_id", "other_id", "before_id")
            if names and isinstance(column.type, Integer) and not column.foreign_keys:
                unknown.append(f"{table.name}.{column.name}")
    assert set(unknown) | {"search_index.revision_id"} == set(LOOSE)
    assert len({rule.kind for rule in rules()}) == len([*rules()])


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_every_table_can_be_copied(table: object) -> None:
    """A key by which rows are read in order, and no type that two databases read differently."""
    assert len(table.primary_key) >= 1  # type: ignore[attr-defined]
    for column in table.c:  # type: ignore[attr-defined]
        assert column.type.python_type in (int, float, str, bytes, bool)
