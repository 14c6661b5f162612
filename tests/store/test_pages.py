"""Raw pages: what is kept comes back byte for byte, small, for as long as it is wanted."""

import random
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from storage import packing
from storage.errors import PageDamaged, StorageError
from storage.hits import Filters
from storage.pages import Pages
from storage.raw import KeptPage, RawPage
from storage.store import Store
from tests.keeping import NOW, add_article, at, content

DAY = 86_400.0


def html(name: str, *, layout: str = "a", words: int = 400) -> bytes:
    """A made-up page: much that its layout always has, and a text of its own."""
    frame, own = random.Random(layout), random.Random(name)
    menu = "".join(f'<li class="{frame.random()}"><a href="/{frame.random()}">x</a></li>' for _ in range(400))
    text = " ".join("".join(own.choices("aeioukstnmr", k=6)) for _ in range(words))
    return f"<html><head><title>{name}</title></head><body>{menu}<p>{text}</p></body></html>".encode()


def raw(name: str, body: bytes | None = None, *, fetched_at: float = NOW) -> RawPage:
    url = f"https://pages.example/{name}"
    return RawPage(
        url=url,
        requested_url=url,
        status=200,
        body=html(name) if body is None else body,
        fetched_at=fetched_at,
        headers={"content-type": "text/html; charset=utf-8", "x-robots-tag": "noai"},
    )


def keep(
    store: Store, article_id: int, *pages: RawPage, now: float = NOW, site: str = "pages.example"
) -> int:
    packed = store.pages.pack(pages, site=site)
    return store.pages.keep(packed, article_id=article_id, entry_id=None, reader="4", now=now)


def prune(store: Store, *, before: float, most: int, now: float) -> int:
    number = 0
    while gone := store.pages.prune(before=before, most=most, now=now).number:
        number += gone
    return number


def count(store: Store, table: str) -> int:
    with store._database.read() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def bases(store: Store) -> list[int | None]:
    """Behind which other each dictionary is laid, by its place among all."""
    with store._database.read() as connection:
        rows = connection.exec_driver_sql("SELECT id, base_id FROM page_dictionaries ORDER BY id").all()
    places = {number: place for place, (number, _) in enumerate(rows)}
    return [None if base is None else places[base] for _, base in rows]


def test_what_is_kept_comes_back(store: Store) -> None:
    number = add_article(store)
    page = replace(raw("a", b"\x00\xff" + html("a")), truncated=True)
    assert store.pages.of(number) == []
    assert keep(store, number, page) == 1
    [kept] = store.pages.of(number)
    assert (kept.body, kept.url, kept.status, kept.truncated) == (page.body, page.url, 200, True)
    assert kept.headers == page.headers
    assert (kept.article_id, kept.revision, kept.part, kept.reader, kept.kept_at) == (number, 1, 1, "4", NOW)


@pytest.mark.parametrize("body", [b"", b"x", b"<p>\xff</p>" * 10, bytes(range(256)) * 9000, b"a" * 3_000_000])
def test_bodies_of_every_size(store: Store, body: bytes) -> None:
    first, second = add_article(store, "a"), add_article(store, "b")
    keep(store, first, raw("a", body))
    keep(store, second, raw("b", body + b"!"))
    assert [page.body for page in store.pages.kept()] == [body, body + b"!"]


def test_pages_of_one_site_are_packed_by_the_first_of_their_layout(store: Store) -> None:
    names = [f"{layout}{number}" for number in range(6) for layout in "abc"]
    size = 0
    for name in names:
        page = raw(name, html(name, layout=name[0]))
        size += len(page.body)
        keep(store, add_article(store, name), page)
    kept = store.pages.measured()
    assert (kept.number, kept.size, count(store, "page_dictionaries")) == (18, size, 3)
    assert kept.stored < 0.6 * sum(len(packing.packed(html(name, layout=name[0]))) for name in names)
    assert [page.body for page in store.pages.kept()] == [html(name, layout=name[0]) for name in names]
    keep(store, add_article(store, "other"), raw("other"), site="other.example")
    assert count(store, "page_dictionaries") == 4


def test_what_is_unlike_is_laid_behind_what_is_there(store: Store) -> None:
    keep(store, add_article(store, "a"), raw("a"))
    mixed = html("b") + html("c", layout="c")
    keep(store, add_article(store, "b"), raw("b", mixed))
    assert bases(store) == [None, 0]
    last = html("d") + html("e", layout="c")
    keep(store, add_article(store, "d"), raw("d", last))
    assert [page.body for page in store.pages.kept()] == [html("a"), mixed, last]
    store.pages = Pages(store._database)
    assert [page.body for page in store.pages.kept()] == [html("a"), mixed, last], "with nothing remembered"


def test_a_dictionary_is_begun_anew_when_it_is_full(store: Store) -> None:
    names = [f"{layout}{number}" for number in range(2) for layout in "abcdefghij"]
    for name in names:
        keep(store, add_article(store, name), raw(name, html(name, layout=name[0])))
    assert [place for place, base in enumerate(bases(store)) if base is None] == [0, 8, 16]
    assert [page.body for page in store.pages.kept()] == [html(name, layout=name[0]) for name in names]


def test_a_text_keeps_the_page_that_it_was_read_from(store: Store) -> None:
    number = add_article(store)
    assert keep(store, number, raw("a")) == 1
    assert keep(store, number, raw("a", html("a") + b"<!-- another moment -->")) == 0
    store.articles.revise(
        number, content(text="Another."), url_keys=(), source_id=None, fetched_at=at(NOW + 60)
    )
    assert keep(store, number, raw("a")) == 0
    assert [page.revision for page in store.pages.of(number)] == [2]
    store.articles.revise(
        number, content(text="Third."), url_keys=(), source_id=None, fetched_at=at(NOW + 90)
    )
    assert keep(store, number, raw("third")) == 1
    assert [(page.revision, page.url[-5:]) for page in store.pages.of(number)] == [(3, "third")]
    assert [page.revision for page in store.pages.kept()] == [2, 3]


def test_an_article_on_several_pages(store: Store) -> None:
    number = add_article(store)
    pages = [raw(f"a{part}", html(f"a{part}")) for part in range(1, 4)]
    assert keep(store, number, *pages) == 3
    assert count(store, "page_dictionaries") == 1
    assert [(page.part, page.body) for page in store.pages.of(number)] == [
        (part, page.body) for part, page in enumerate(pages, start=1)
    ]


def test_pages_of_some_articles(store: Store) -> None:
    numbers = [add_article(store, name, site=f"{name}.example") for name in "abc"]
    for number, name in zip(numbers, "abc", strict=True):
        keep(store, number, raw(name))

    def found(ids: Sequence[int] | None = None, **filters: str) -> list[int]:
        chosen = Filters(**filters) if filters else None  # type: ignore[arg-type]
        return [page.article_id for page in store.pages.kept(ids, filters=chosen)]

    assert found() == numbers
    assert found([numbers[2], numbers[0], 999]) == [numbers[0], numbers[2]]
    assert found(site="b.example") == [numbers[1]]
    assert found([numbers[0]], site="b.example") == []


class TestRetention:
    def test_old_pages_go(self, store: Store) -> None:
        for day in range(5):
            keep(store, add_article(store, f"a{day}"), raw(f"a{day}"), now=NOW + day * DAY)
        gone = prune(store, before=NOW + 3 * DAY, most=10**9, now=NOW + 9 * DAY)
        assert (gone, store.pages.measured().number) == (3, 2)
        assert count(store, "page_dictionaries") == 1, "what is left is packed by it"
        assert [page.body for page in store.pages.kept()] == [html("a3"), html("a4")]
        assert prune(store, before=NOW + 9 * DAY, most=10**9, now=NOW + 9 * DAY) == 2
        assert count(store, "page_dictionaries") == 0

    def test_the_oldest_go_when_they_take_too_much(self, store: Store) -> None:
        for day in range(5):
            keep(store, add_article(store, f"a{day}"), raw(f"a{day}"), now=NOW + day * DAY)
        most = store.pages.measured().stored - 1
        assert prune(store, before=0, most=most, now=NOW + 9 * DAY) == 1
        assert store.pages.measured().stored <= most
        assert prune(store, before=0, most=0, now=NOW + 9 * DAY) == 4
        assert store.pages.measured().stored == 0

    def test_parts_of_an_article_go_together(self, store: Store) -> None:
        """Half an article would be read again as a whole one."""
        number = add_article(store)
        keep(store, number, *(raw(f"a{part}") for part in range(1, 4)))
        keep(store, add_article(store, "b"), raw("b"), now=NOW + DAY)
        before = store.pages.measured()
        gone = store.pages.prune(before=0, most=before.stored - 1, now=NOW + 9 * DAY)
        assert gone.number == 3
        assert [page.body for page in store.pages.kept()] == [html("b")]
        assert store.pages.of(number) == []

    def test_what_is_left_of_an_article_is_none(self, store: Store) -> None:
        """Earlier versions let the first part go alone."""
        number = add_article(store)
        keep(store, number, *(raw(f"a{part}") for part in range(1, 4)))
        with store._database.write() as connection:
            connection.exec_driver_sql("DELETE FROM pages WHERE part = 1")
        assert store.pages.of(number) == []

    def test_what_is_packed_by_dictionaries_of_today_is_not_all_deleted_for_them(self, store: Store) -> None:
        """They stay for a day; that they are to go is counted, and what each page frees with its own."""
        for number in range(10):
            page = raw(f"a{number}", html(f"a{number}", layout=str(number)))
            packed = store.pages.pack([page], site=f"site{number}.example")
            article = add_article(store, f"a{number}")
            store.pages.keep(packed, article_id=article, entry_id=None, reader=None, now=NOW + number)
        taken = store.pages.measured().stored
        assert prune(store, before=0, most=int(taken * 0.95), now=NOW + 60) == 1
        assert prune(store, before=0, most=int(taken * 0.45), now=NOW + 60) == 5
        assert len([*store.pages.kept()]) == 4
        assert prune(store, before=0, most=int(taken * 0.45), now=NOW + 9 * DAY) == 0
        assert store.pages.measured().stored <= taken * 0.45

    def test_a_dictionary_that_went_while_a_page_was_packed_is_made_anew(self, store: Store) -> None:
        keep(store, add_article(store, "a"), raw("a"))
        packed = store.pages.pack([raw("b")], site="pages.example")
        prune(store, before=NOW + 1, most=0, now=NOW + 9 * DAY)
        assert count(store, "page_dictionaries") == 0
        number = add_article(store, "b")
        store.pages.keep(packed, article_id=number, entry_id=None, reader=None, now=NOW)
        assert [page.body for page in store.pages.of(number)] == [html("b")]

    def test_what_others_are_laid_behind_stays(self, store: Store) -> None:
        for day, layout in enumerate("abb"):
            page = raw(f"a{day}", html(f"a{day}", layout=layout))
            keep(store, add_article(store, f"a{day}"), page, now=NOW + day * DAY)
        assert prune(store, before=NOW + DAY + 1, most=10**9, now=NOW + 9 * DAY) == 2
        assert bases(store) == [None, 0]
        packed = store.pages.pack([raw("b", html("b", layout="b"))], site="pages.example")
        assert prune(store, before=NOW + 3 * DAY, most=10**9, now=NOW + 9 * DAY) == 1
        assert bases(store) == []
        number = add_article(store, "b")
        store.pages.keep(packed, article_id=number, entry_id=None, reader=None, now=NOW)
        assert bases(store) == [None, 0], "both are made anew"
        assert [page.body for page in store.pages.of(number)] == [html("b", layout="b")]

    def test_dictionaries_in_a_circle_go_when_nothing_is_packed_by_them(self, store: Store) -> None:
        for layout in "ab":
            keep(store, add_article(store, layout), raw(layout, html(layout, layout=layout)))
        with store._database.write() as connection:
            connection.exec_driver_sql(
                "UPDATE page_dictionaries SET base_id = (SELECT max(id) FROM page_dictionaries)"
                " WHERE base_id IS NULL"
            )
        assert bases(store) == [1, 0]
        assert prune(store, before=NOW + 1, most=10**9, now=NOW + DAY / 2) == 2
        assert bases(store) == [1, 0], "of today"
        assert prune(store, before=NOW + 1, most=10**9, now=NOW + 9 * DAY) == 0
        assert bases(store) == []

    def test_a_new_dictionary_keeps_what_it_lies_behind(self, store: Store) -> None:
        keep(store, add_article(store, "a"), raw("a"))
        keep(store, add_article(store, "b"), raw("b", html("b", layout="b")), now=NOW + 8 * DAY)
        assert prune(store, before=NOW + 9 * DAY, most=10**9, now=NOW + 8.5 * DAY) == 2
        assert bases(store) == [None, 0]

    def test_a_dictionary_by_which_a_page_is_just_packed_stays(self, store: Store) -> None:
        for name in "ab":
            keep(store, add_article(store, name), raw(name, html(name, layout=name)))
        number = add_article(store, "c")
        packed = store.pages.pack([raw("c", html("c", layout="b"))], site="pages.example")
        prune(store, before=NOW + 1, most=10**9, now=NOW + 1)
        failed: list[BaseException] = []

        def pruning() -> None:
            try:
                prune(store, before=NOW + 1, most=10**9, now=NOW + 9 * DAY)
            except StorageError as error:
                failed.append(error)

        with store.transaction():
            store.pages.keep(packed, article_id=number, entry_id=None, reader=None, now=NOW + 9 * DAY)
            other = threading.Thread(target=pruning)
            other.start()
            other.join(0.3)
        other.join()
        assert not failed
        assert bases(store) == [None, 0]
        assert [page.body for page in store.pages.of(number)] == [html("c", layout="b")]

    def test_dictionaries_go_a_few_at_a_time(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("storage.dictionaries._PRUNED_AT_ONCE", 2)
        for name in "abcde":
            keep(store, add_article(store, name), raw(name, html(name, layout=name)))
        assert bases(store) == [None, 0, 1, 2, 3]
        for later, left in ((0, 5), (9, 3), (9, 1), (9, 0)):
            store.pages.prune(before=NOW + 1, most=10**9, now=NOW + later * DAY)
            assert len(bases(store)) == left

    def test_what_was_not_kept_after_all_leaves_no_trace(self, store: Store) -> None:
        number = add_article(store)
        with pytest.raises(ZeroDivisionError), store.transaction():
            keep_inside(store, number)
        assert (count(store, "pages"), count(store, "page_dictionaries")) == (0, 0)
        keep(store, number, raw("b", html("b", layout="b")))
        assert [page.body for page in store.pages.of(number)] == [html("b", layout="b")]

    def test_pages_packed_side_by_side_share_a_dictionary(self, store: Store) -> None:
        numbers = [add_article(store, name) for name in "abc"]
        packed = [store.pages.pack([raw(name)], site="pages.example") for name in "abc"]
        for number, pages in zip(numbers, packed, strict=True):
            store.pages.keep(pages, article_id=number, entry_id=None, reader=None, now=NOW)
        assert count(store, "page_dictionaries") == 1
        assert [page.body for page in store.pages.kept()] == [html(name) for name in "abc"]


def keep_inside(store: Store, number: int) -> None:
    keep(store, number, raw("a"))
    raise ZeroDivisionError


@pytest.mark.parametrize("sought", [1000, 3])
def test_large_pages_are_few_at_once(store: Store, monkeypatch: pytest.MonkeyPatch, sought: int) -> None:
    monkeypatch.setattr("storage.pages._SOUGHT_AT_ONCE", sought)
    monkeypatch.setattr("storage.pages._AT_ONCE", 4)
    sizes = [10] * 6 + [9_000_000, 9_000_000, 20_000_000] + [10] * 2
    for number, size in enumerate(sizes):
        keep(store, add_article(store, f"{number}"), raw(f"{number}", b"a" * size))
    pieces: list[int] = []
    read = Pages._read

    def watched(self: Pages, *args: Any, **rest: Any) -> list[KeptPage]:
        found = read(self, *args, **rest)
        pieces.append(len(found))
        return found

    monkeypatch.setattr(Pages, "_read", watched)
    assert [len(page.body) for page in store.pages.kept()] == sizes
    assert pieces == ([4, 3, 1, 1, 2] if sought == 1000 else [3, 3, 1, 1, 1, 2])


def test_a_damaged_page_is_named(store: Store) -> None:
    number = add_article(store)
    keep(store, number, raw("a"))
    with store._database.write() as connection:
        store._database.run(connection, "UPDATE pages SET hash = ?", (b"x" * 32,))
    with pytest.raises(PageDamaged, match=r"page \d+ .*damaged"):
        store.pages.of(number)
    with store._database.write() as connection:
        store._database.run(connection, "UPDATE pages SET body = ?", (b"x" * 32,))
    with pytest.raises(PageDamaged):
        store.pages.of(number)


@pytest.mark.parametrize(
    "harm",
    [
        "headers = 'nonsense'",
        *("fetched_at = 'abc'", "fetched_at = 1e30", "url = x'ff00'", "url = CAST(x'ff00' AS TEXT)"),
    ],
)
def test_a_page_with_a_value_of_another_kind_is_damaged(store: Store, harm: str) -> None:
    if store._database.postgres and "headers" not in harm and "1e30" not in harm:
        pytest.skip("PostgreSQL takes no such value")
    first, second = (add_article(store, name) for name in "ab")
    keep(store, first, raw("a"))
    keep(store, second, raw("b"))
    with store._database.write() as connection:
        connection.exec_driver_sql(f"UPDATE pages SET {harm} WHERE article_id = {first}")
    with pytest.raises(PageDamaged, match="damaged"):
        store.pages.of(first)
    with pytest.raises(PageDamaged):
        [*store.pages.kept()]
    told: list[PageDamaged] = []
    assert [page.article_id for page in store.pages.kept(damaged=told.append)] == [second]
    assert [page.what for page in told] == [f"page {told[0].page_id} (of article {first})"]


@pytest.mark.parametrize("chain", ["a", "ab"])
def test_a_damaged_dictionary_is_followed_by_another(store: Store, chain: str) -> None:
    """Pages of its site are kept all the same, also one that is the very page it was made of."""
    for layout in chain:
        keep(store, add_article(store, layout), raw(layout, html(layout, layout=layout)))
    with store._database.write() as connection:
        first = "id = (SELECT min(id) FROM page_dictionaries)"
        store._database.run(connection, f"UPDATE page_dictionaries SET data = ? WHERE {first}", (b"x",))
    store.pages = Pages(store._database)  # as after a restart: the old one remembers what it read
    bodies = [
        html(name, layout=layout) for name, layout in (*zip(chain, chain, strict=True), ("c", chain[-1]))
    ]
    for place, body in enumerate(bodies):
        number = add_article(store, f"later {place}")
        assert keep(store, number, raw("later", body)) == 1
        assert [page.body for page in store.pages.of(number)] == [body]
    assert bases(store) == {"a": [None, None], "ab": [None, 0, None, 2]}[chain]


def test_a_text_read_anew_is_no_edit(store: Store) -> None:
    number = add_article(store, text="Read by the old one.")
    before = store.articles.get(number)
    revised = content(text="Read by the new one.", content_hash="other")
    assert store.articles.revise(
        number, revised, url_keys=(), source_id=None, fetched_at=at(NOW + DAY), kind="reread"
    ) == 2  # fmt: skip
    after = store.articles.get(number)
    assert (after.content.text, after.revision) == ("Read by the new one.", 2)
    assert (after.first_seen_at, after.last_seen_at, after.fetched_at) == (
        *(before.first_seen_at, before.last_seen_at),
        before.fetched_at,
    )
    first, second = store.articles.revisions(number)
    assert (first.kind, first.content, first.seen_at) == ("published", before.content, before.fetched_at)
    assert (second.kind, second.seen_at) == ("reread", at(NOW + DAY))

    def found(words: str) -> int:
        return store.articles.count(Filters(words=words))

    assert (found("is:revised"), found("is:new"), found("new")) == (0, 1, 1)
    store.articles.revise(number, content(), url_keys=(), source_id=None, fetched_at=at(NOW + 2 * DAY))
    assert (found("is:revised"), found("is:new")) == (1, 0)


class TestRereads:
    """Which pages are to be read again."""

    def test_those_that_another_reader_read_last(self, store: Store) -> None:
        numbers = [add_article(store, name, site=f"{name}.example") for name in "abc"]
        for number, name in zip(numbers, "abc", strict=True):
            keep(store, number, raw(name), raw(f"{name}2"))
        queue, everything = store.rereads, Filters()
        assert queue.left(everything, reader="4") == 0
        assert queue.left(everything, reader="5") == queue.left(everything, reader=None) == 3
        (page_id, first), (_, second) = queue.next(everything, reader="5", after=0, limit=2)
        assert [first, second] == numbers[:2]
        assert queue.next(everything, reader="5", after=page_id, limit=1)[0][1] == numbers[1]
        queue.done(numbers[0], revision=1, now_revision=1, reader="5")
        assert [found for _, found in queue.next(everything, reader="5", after=0, limit=9)] == numbers[1:]
        assert {page.reader for page in store.pages.of(numbers[0])} == {"5"}
        assert queue.left(Filters(site="b.example"), reader="5") == 1
        assert queue.begin(Filters(site="a.example")) == 1
        assert queue.left(everything, reader="5") == 3

    def test_not_those_that_came_since(self, store: Store) -> None:
        assert store.rereads.last() == 0
        numbers = [add_article(store, name) for name in "ab"]
        keep(store, numbers[0], raw("a"))
        last = store.rereads.last()
        keep(store, numbers[1], raw("b"))
        found = store.rereads.next(Filters(), reader="5", after=0, last=last, limit=9)
        assert [article_id for _, article_id in found] == numbers[:1]
        assert store.rereads.next(Filters(), reader="5", after=last, last=last, limit=9) == []

    def test_not_those_whose_text_is_older_than_the_newest(self, store: Store) -> None:
        number = add_article(store)
        keep(store, number, raw("a"))
        fed = content(text="The feed's own.", text_source="feed")
        store.articles.revise(number, fed, url_keys=(), source_id=None, fetched_at=at(NOW + 60))
        assert store.rereads.left(Filters(), reader=None) == 0

    def test_an_edit_on_its_way_is_waited_for(self, store: Store) -> None:
        """Else a page that is read again would hide the edit that is kept at the same time."""
        if not store._database.postgres:
            pytest.skip("SQLite has one writer at a time")
        number = add_article(store)
        seen: list[int | None] = []
        with store.transaction():
            store.articles.revise(
                number, content(text="New."), url_keys=(), source_id=None, fetched_at=at(NOW + 60)
            )
            other = threading.Thread(target=lambda: seen.append(store.rereads.newest(number)))
            other.start()
            other.join(0.3)
            assert not seen
        other.join()
        assert seen == [2]
        assert store.rereads.newest(0) is None

    def test_a_page_goes_with_the_text_that_was_read_anew(self, store: Store) -> None:
        number = add_article(store)
        keep(store, number, raw("a"))
        anew = content(text="Read anew.")
        store.articles.revise(number, anew, url_keys=(), source_id=None, fetched_at=at(), kind="reread")
        store.rereads.done(number, revision=1, now_revision=2, reader="5")
        assert [(page.revision, page.reader) for page in store.pages.of(number)] == [(2, "5")]
        assert store.rereads.left(Filters(), reader="6") == 1
