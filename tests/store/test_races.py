"""Several programs write one store on PostgreSQL: what one goes by still holds when it writes."""

import threading
from collections.abc import Callable, Iterator

import pytest

from storage import open_store, tables
from storage.errors import ArticleNotFound, StoreBusy
from storage.likeness import KeptPrint
from storage.newcomers import Newcomer
from storage.store import Store
from storage.upkeep.ties import remove_articles
from tests.desk import TODAY
from tests.keeping import NOW, add_article, at, content

pytestmark = pytest.mark.parametrize("shared_url", ["postgres"], indirect=True)


@pytest.fixture
def one(shared_url: str) -> Iterator[Store]:
    with open_store(shared_url) as store:
        yield store


@pytest.fixture
def other(shared_url: str) -> Iterator[Store]:
    with open_store(shared_url) as store:
        yield store


def is_free(store: Store, lock: str) -> bool:
    """Tell whether nobody holds what would keep a lock from being taken."""
    try:
        with store._database.write() as connection:
            connection.exec_driver_sql(f"{lock} NOWAIT")
    except StoreBusy:
        return False
    return True


def newcomer(number: int, *, of: int, story: int) -> Newcomer:
    made = content(f"n{number}")
    return Newcomer(
        id=number, content=made, url_keys=[(made.url, made.url)], source_id=None, fetched_at=at(),
        story_id=story, duplicate_of=of,
    )  # fmt: skip


def place(store: Store, number: int) -> tuple[int, int | None]:
    article = store.articles.get(number)
    return article.story_id, article.duplicate_of


def waiting(store: Store, work: Callable[[], None]) -> threading.Thread:
    """Begin work that has to wait for a lock; returns when it does."""
    thread = threading.Thread(target=work)
    thread.start()
    blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    while thread.is_alive():
        with store._database.engine.connect() as connection:
            if connection.exec_driver_sql(blocked).scalar():
                break
    return thread


def test_a_writer_is_waited_for_from_its_number_on(one: Store, other: Store) -> None:
    """Before it can insert a row of that number it may wait long for another writer, and be overtaken."""
    with one._database.write() as connection:
        one._database.reserve(connection, tables.revisions, 1)
        assert not is_free(other, "LOCK TABLE revisions IN SHARE MODE")
    assert is_free(other, "LOCK TABLE revisions IN SHARE MODE")


class TestPast:
    def test_who_is_judged_neither_changes_nor_goes_meanwhile(self, one: Store, other: Store) -> None:
        number = add_article(one)
        one.past.begin()
        row = f"SELECT 1 FROM articles WHERE id = {number} FOR KEY SHARE"
        with one.transaction():
            assert [article.id for article in one.past.next(after=0, limit=9)] == [number]
            assert not is_free(other, row)
        assert is_free(other, row)

    def test_it_begins_when_all_that_have_numbers_are_there(self, one: Store, other: Store) -> None:
        left: list[int] = []
        with one.transaction():
            [number] = one.articles.reserve(1)
            thread = waiting(one, lambda: left.append(other.past.begin()))
            one.articles.add_all([newcomer(number, of=number, story=number)])
        thread.join(20)
        assert left == [1]

    def test_copies_that_came_meanwhile_go_with_their_original(self, one: Store) -> None:
        a, b = add_article(one, "a"), add_article(one, "b")
        c, d = add_article(one, "c", duplicate_of=b), add_article(one, "d", duplicate_of=b)
        one.past.begin()
        one.past.keep([])
        one.fingerprints.put([KeptPrint(article_id=c, keys=(), day=TODAY, algorithm=1)], judged=True)
        one.past.place(b, story_id=a, duplicate_of=a)
        assert [place(one, n) for n in (b, c, d)] == [(a, a), (a, a), (b, b)]


class TestCopies:
    def test_one_joins_the_story_in_which_its_original_is_by_then(self, one: Store) -> None:
        first = add_article(one, "first")
        original = add_article(one, "original", duplicate_of=first)
        numbers = one.articles.reserve(2)
        one.articles.add_all(
            [newcomer(n, of=of, story=original) for n, of in zip(numbers, (original, first), strict=True)]
        )
        assert [place(one, number) for number in numbers] == [(first, first)] * 2

    def test_its_original_stays_where_it_is_until_it_is_written(self, one: Store, other: Store) -> None:
        original = add_article(one, "original")
        with one.transaction():
            add_article(one, "copy", duplicate_of=original)
            assert not is_free(other, f"SELECT 1 FROM articles WHERE id = {original} FOR UPDATE")

    def test_one_whose_original_goes_at_this_moment_is_judged_again(self, one: Store) -> None:
        [number] = one.articles.reserve(1)
        with pytest.raises(StoreBusy, match="of which another is a copy, was deleted") as caught:
            one.articles.add_all([newcomer(number, of=999, story=999)])
        assert caught.value.transient


class TestPeople:
    @pytest.fixture
    def three(self, one: Store) -> tuple[int, int, int]:
        """Return the first article of a story, that of another, and a copy of the first."""
        x, y = add_article(one, "x"), add_article(one, "y")
        return x, y, add_article(one, "z", duplicate_of=x)

    def test_an_article_is_taken_out_of_the_story_it_is_in_by_then(
        self, one: Store, other: Store, three: tuple[int, int, int]
    ) -> None:
        _, y, z = three
        with one.transaction():
            one.stories.join(z, y, at=NOW)
            thread = waiting(one, lambda: other.stories.part(z, at=NOW) and None)
        thread.join(20)
        assert place(one, z) == (z, None)
        assert one.check() == []

    def test_an_article_that_goes_meanwhile(
        self, one: Store, other: Store, three: tuple[int, int, int]
    ) -> None:
        x, y, z = three
        said: list[Exception] = []

        def part() -> None:
            try:
                other.stories.join(z, y, at=NOW)
            except ArticleNotFound as error:
                said.append(error)

        with one._database.write() as connection:
            connection.exec_driver_sql(f"SELECT 1 FROM articles WHERE id IN ({x}, {z}) FOR UPDATE")
            thread = waiting(one, part)
            remove_articles(one._database, connection, [z])
        thread.join(20)
        assert [str(error) for error in said] == [f"there is no article {z}"]
