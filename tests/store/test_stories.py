"""Stories in the store: listed, told once in a search, changed by people and kept so."""

from collections.abc import Callable

import pytest

from storage import word_index
from storage.errors import ArticleNotFound, InvalidQuery, StoryNotFound
from storage.hits import Filters
from storage.likeness import Join
from storage.membership import Member
from storage.store import Store
from tests.copies import copied, prose
from tests.desk import Desk
from tests.keeping import NOW, add_article, at

HOUR = 3600.0
Keep = Callable[..., int]


@pytest.fixture
def keep(store: Store) -> Keep:
    """Keep an article that came out so many hours after the start, a copy of another if one is named."""
    numbers = iter(range(1, 1000))

    def kept(
        hours: float, of: int | None = None, *, shares: tuple[float, float] = (1.0, 1.0), **fields: object
    ) -> int:
        number = next(numbers)
        usual = {"site": f"s{number}.example", "published_at": at(NOW + hours * HOUR)}
        head = of and (store.articles.get(of).duplicate_of or of)
        article = add_article(store, f"n{number}", duplicate_of=head, **{**usual, **fields})
        if of is not None:
            own, other = shares
            store.fingerprints.join(
                Join(
                    article_id=article, other_id=of, score=0.9, own_share=own, other_share=other,
                    why="the same", how="same",
                )
            )  # fmt: skip
        return article

    return kept


def stories(store: Store) -> dict[int, tuple[int, int | None]]:
    """Return story and head by article."""
    found = (store.articles.get(number) for number in range(1, store.articles.count(Filters()) + 1))
    return {article.id: (article.story_id, article.duplicate_of) for article in found}


class TestFind:
    def test_the_one_with_the_newest_article_comes_first(self, store: Store, keep: Keep) -> None:
        a, b, lone = keep(0), keep(1), keep(9)
        keep(5, a)
        keep(3, b, site="s2.example")
        keep(4, b)
        found = store.stories.find(Filters()).stories
        assert [(story.id, story.articles, story.outlets) for story in found] == [(a, 2, 2), (b, 3, 2)]
        assert (found[1].first_at, found[1].last_at) == (at(NOW + HOUR), at(NOW + 4 * HOUR))
        assert [story.id for story in store.stories.find(Filters(), least=3).stories] == [b]
        assert [story.id for story in store.stories.find(Filters(), least=1).stories] == [lone, a, b]
        assert [story.id for story in store.stories.find(Filters(), sort="size").stories] == [b, a]
        assert [store.stories.count(Filters(), least=least) for least in (1, 2, 3, 4)] == [3, 2, 1, 0]

    @pytest.mark.parametrize("sort", ["newest", "size"])
    def test_page_by_page(self, store: Store, keep: Keep, sort: str) -> None:
        for hour in range(7):
            first = keep(hour % 3)
            for _ in range(1 + hour % 2):
                keep(hour % 4, first)
        whole = store.stories.find(Filters(), sort=sort)  # type: ignore[arg-type]
        assert (len(whole.stories), whole.cursor) == (7, None)
        pages, cursor = [], None
        while True:
            page = store.stories.find(Filters(limit=2, cursor=cursor), sort=sort)  # type: ignore[arg-type]
            pages.append(page.stories)
            if (cursor := page.cursor) is None:
                break
        assert [len(page) for page in pages] == [2, 2, 2, 1]
        assert tuple(story for page in pages for story in page) == whole.stories

    def test_a_story_is_found_by_any_of_its_articles(self, store: Store, keep: Keep) -> None:
        a = keep(0, title="Harbour plan")
        keep(50, a, language="de")
        b = keep(1, title="Rice")
        keep(2, b)
        for filters in (Filters(words="harbour"), Filters(language="de"), Filters(since=at(NOW + 40 * HOUR))):
            [story] = store.stories.find(filters).stories
            assert (story.id, story.articles) == (a, 2)
            assert store.stories.count(filters) == 1
        assert store.stories.find(Filters(words="nothing")).stories == ()
        for cursor in ("x", "WyJzaXplIiwgMSwgMS4wLCAxXQ"):
            with pytest.raises(InvalidQuery):
                store.stories.find(Filters(cursor=cursor))

    def test_members(self, store: Store, keep: Keep) -> None:
        text = "LONDON (Reuters) - Shares. " + "x" * 500 + " The end."
        a = keep(3, text=text, credits=("Reuters",), dateline="LONDON (Reuters)", word_count=9)
        b = keep(1, a, shares=(0.5, 1.0))
        other = keep(0)
        first, second = store.stories.members([a])
        assert (first.id, second.id) == (b, a)
        assert (first.join and first.join.own_share, first.choice) == (0.5, None)
        assert (second.opening, second.closing, second.credits) == (text[:200], text[-200:], ("Reuters",))
        assert (second.join, second.published_at) == (None, at(NOW + 3 * HOUR))
        assert [member.id for member in store.stories.members([other, a], each=1)] == [other, b]
        assert store.stories.members([99]) == []

    def test_no_such_story(self, store: Store, keep: Keep) -> None:
        a = keep(0)
        assert store.stories.get(a).articles == 1
        with pytest.raises(StoryNotFound):
            store.stories.get(99)


class TestOnePerStory:
    def found(self, store: Store, **filters: object) -> list[int]:
        page = store.articles.search(Filters(one_per_story=True, **filters))  # type: ignore[arg-type]
        numbers = [hit.article.id for hit in page.hits]
        while page.cursor is not None:
            filters["cursor"] = page.cursor
            page = store.articles.search(Filters(one_per_story=True, **filters))  # type: ignore[arg-type]
            numbers += [hit.article.id for hit in page.hits]
        filters.pop("cursor", None)
        assert store.articles.count(Filters(one_per_story=True, **filters)) == len(numbers)  # type: ignore[arg-type]
        every = Filters(one_per_story=True, **{**filters, "limit": 0})  # type: ignore[arg-type]
        assert [article.id for article in store.articles.iterate(every, batch=2)] == numbers
        return numbers

    @pytest.mark.parametrize("limit", [1, 2, 50])
    def test_the_first_of_those_found_tells_it(self, store: Store, keep: Keep, limit: int) -> None:
        a, b = keep(5, title="Harbour"), keep(2, title="Harbour")
        early, late = keep(1, a, title="Pier"), keep(9, a, title="Harbour", language="de")
        copy, lone = keep(2, b), keep(3)
        assert self.found(store, limit=limit) == [lone, b, early]
        assert self.found(store, limit=limit, sort="oldest") == [early, b, lone]
        assert self.found(store, limit=limit, words="harbour") == [a, b]
        assert self.found(store, limit=limit, words="harbour OR lang:de", sort="relevance") == [a, b]
        assert self.found(store, limit=limit, language="de") == [late]
        assert self.found(store, limit=limit, words="is:duplicate") == [copy, early]

    def test_relevance_goes_before_time(self, store: Store, keep: Keep) -> None:
        a = keep(1, title="Other", text="The harbour.")
        titled = keep(5, a, title="Harbour")
        b = keep(3, title="Other", text="A harbour, again.")
        assert self.found(store, words="harbour", sort="relevance") == [titled, b]
        assert self.found(store, words="harbour") == [b, a]


class TestChoices:
    def test_an_article_is_taken_out_and_stays_out(self, store: Store, keep: Keep) -> None:
        a = keep(0)
        b = keep(1, a)
        c, d = keep(2, b), keep(3, a)
        moved = store.stories.part(b, at=NOW)
        assert (moved.articles, moved.before, moved.story) == ((b, c), a, b)
        assert stories(store) == {a: (a, None), b: (b, None), c: (b, b), d: (a, a)}
        later = keep(4, b)
        assert stories(store)[later] == (b, b)
        assert store.stories.part(b, at=NOW).articles == ()
        assert store.stories.part(a, at=NOW).articles == (), "the first one cannot leave"
        [choice] = store.stories.choices([a, b, c])
        assert (choice.kind, choice.article_id, choice.before_id, choice.at) == ("apart", b, a, at())
        [member, *_] = store.stories.members([b])
        assert (member.choice, member.join and member.join.other_id) == (choice, a)
        moved = store.stories.release(b)
        assert (moved.articles, moved.story) == ((b, c, later), a)
        assert {story for story, _ in stories(store).values()} == {a}
        assert (store.stories.choices([b]), store.stories.release(b).articles) == ([], ())

    def test_an_article_is_put_into_another_story(self, store: Store, keep: Keep) -> None:
        a, x = keep(0), keep(1)
        b, y = keep(2, a), keep(3, x)
        moved = store.stories.join(b, x, at=NOW)
        assert (moved.articles, moved.before, moved.story) == ((b,), a, x)
        assert stories(store)[b] == (x, x)
        assert store.stories.join(b, x, at=NOW).articles == ()
        assert store.stories.join(x, a, at=NOW).articles == (x, b, y), "the first one brings all along"
        assert {story for story, _ in stories(store).values()} == {a}
        assert store.stories.release(x).articles == (x, b, y)
        assert stories(store) == {a: (a, None), x: (x, None), b: (x, x), y: (x, x)}
        assert store.stories.part(b, at=NOW).story == b
        assert store.stories.release(b).story == a, "where kabar had put it, not where it came from last"

    def test_nothing_goes_in_circles(self, store: Store, keep: Keep) -> None:
        a = keep(0)
        b = keep(1, a)
        store.stories.part(b, at=NOW)
        store.stories.join(a, b, at=NOW)
        assert stories(store) == {a: (b, b), b: (b, None)}
        store.stories.release(b)
        assert stories(store) == {a: (b, b), b: (b, None)}, "each would be there because of the other"
        store.stories.release(a)
        assert stories(store)[a] == (a, None)

    def test_what_is_not_there(self, store: Store, keep: Keep) -> None:
        a = keep(0)
        for call in (store.stories.part, lambda number, at: store.stories.release(number)):
            with pytest.raises(ArticleNotFound):
                call(9, at=NOW)
        with pytest.raises(StoryNotFound):
            store.stories.join(a, 9, at=NOW)

    def test_copies_from_before_reasons_were_kept(self, store: Store, keep: Keep) -> None:
        a = keep(0)
        b = add_article(store, "old", duplicate_of=a)
        store.stories.part(b, at=NOW)
        assert stories(store)[b] == (b, None)
        store.stories.release(b)
        assert stories(store)[b] == (a, a)

    def test_what_was_put_into_a_story_follows_its_first_article(self, store: Store, keep: Keep) -> None:
        a, x = keep(0), keep(1)
        b = keep(2, a)
        below = keep(3, b)
        store.stories.join(b, x, at=NOW)
        assert store.stories.follow([a, x]) == 0
        other = keep(4)
        with store._database.write() as connection:
            connection.exec_driver_sql(
                f"UPDATE articles SET story_id = {other}, duplicate_of = {other} WHERE id = {x}"
            )
        assert store.stories.follow([x]) == 2
        assert {stories(store)[number] for number in (x, b, below)} == {(other, other)}

    def test_taken_out_of_a_second_story_it_stands_alone(self, store: Store, keep: Keep) -> None:
        a, x = keep(0), keep(1)
        b = keep(2, a)
        store.stories.part(b, at=NOW)
        assert [(one.kind, one.before_id, one.other_id) for one in store.stories.choices([b])] == [
            ("apart", a, a)
        ]
        with store._database.write() as connection:
            connection.exec_driver_sql(
                f"UPDATE articles SET story_id = {x}, duplicate_of = {x} WHERE id = {b}"
            )
        assert store.stories.part(b, at=NOW).before == x
        assert [one.kind for one in store.stories.choices([b])] == ["alone"]
        assert [one.article_id for one in store.stories.apart_from([a])] == [b]

    def test_whatever_is_judged_later_it_stays_out(self, store: Store) -> None:
        desk = Desk(store)
        first = desk.keep("a", prose(1)).article_id
        second = desk.keep("b", copied(prose(1), "an update")).article_id
        store.stories.part(second, at=NOW)
        assert desk.keep("b", copied(prose(1), "five words in a hundred")).outcome == "revised"
        assert desk.keep("c", prose(1)).article_id == 3
        assert desk.keep("d", copied(prose(1), "five words in a hundred")).article_id == 4
        assert desk.stories() == [first, second, first, second]

    def test_members_know_what_was_decided(self, store: Store, keep: Keep) -> None:
        a, x = keep(0), keep(1)
        store.stories.join(x, a, at=NOW)
        found: list[Member] = store.stories.members([a])
        assert [(member.id, member.choice and member.choice.kind) for member in found] == [
            (a, None),
            (x, "joined"),
        ]


class TestLeaving:
    """What is left of stories when articles are deleted."""

    def gone(self, store: Store, *article_ids: int) -> None:
        """Delete articles as pruning does."""
        numbers = ", ".join(map(str, article_ids))
        with store.transaction():
            store.fingerprints.remove(article_ids)
            with store._database.write() as connection:
                found = f"SELECT id FROM revisions WHERE article_id IN ({numbers})"
                for (revision_id,) in connection.exec_driver_sql(found).all():
                    word_index.drop(store._database, connection, revision_id)
                for table in ("article_urls", "article_sources", "revisions"):
                    connection.exec_driver_sql(f"DELETE FROM {table} WHERE article_id IN ({numbers})")
                connection.exec_driver_sql(f"DELETE FROM articles WHERE id IN ({numbers})")

    def left(self, store: Store) -> dict[int, tuple[int, int | None]]:
        with store._database.read() as connection:
            rows = connection.exec_driver_sql("SELECT id, story_id, duplicate_of FROM articles ORDER BY id")
            return {row[0]: (row[1], row[2]) for row in rows}

    def named(self, store: Store) -> set[int]:
        """Return the articles that joins and decisions name."""
        with store._database.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT article_id, other_id, NULL FROM joins"
                " UNION ALL SELECT article_id, other_id, before_id FROM story_choices"
            )
            return {number for row in rows for number in row if number is not None}

    def test_the_next_one_becomes_the_first(self, store: Store, keep: Keep) -> None:
        a = keep(0)
        b, c = keep(1, a), keep(2, a)
        d, lone = keep(3, c), keep(4)
        self.gone(store, a, lone)
        assert self.left(store) == {b: (b, None), c: (b, b), d: (b, b)}
        assert store.stories.get(b).articles == 3
        assert self.named(store) == {c, d}
        self.gone(store, b, c)
        assert self.left(store) == {d: (d, None)}
        assert self.named(store) == set()

    def test_the_first_one_stays_where_copies_go(self, store: Store, keep: Keep) -> None:
        a = keep(0)
        b, c = keep(1, a), keep(2, a)
        self.gone(store, b)
        assert self.left(store) == {a: (a, None), c: (a, a)}

    def test_whole_stories_go(self, store: Store, keep: Keep) -> None:
        a = keep(0)
        b = keep(1, a)
        c = keep(2, b)
        store.stories.part(c, at=NOW)
        store.stories.join(c, a, at=NOW)
        self.gone(store, a, b, c)
        assert (self.left(store), self.named(store)) == ({}, set())

    def test_decisions_name_the_first_of_what_is_left(self, store: Store, keep: Keep) -> None:
        a, x = keep(0), keep(1)
        b, c = keep(2, a), keep(3, a)
        y = keep(4, x)
        store.stories.part(c, at=NOW)
        store.stories.join(b, x, at=NOW)
        self.gone(store, x)
        assert (self.left(store)[b], self.left(store)[y]) == ((b, None), (b, b))
        assert self.named(store) <= {*self.left(store)}
        [apart] = store.stories.choices([c])
        assert (apart.before_id, apart.other_id) == (a, a)
        self.gone(store, a)
        assert store.stories.choices([c]) == [], "nothing is left to stand apart from"
        assert store.stories.release(c).articles == ()
        assert self.named(store) <= {*self.left(store)}
