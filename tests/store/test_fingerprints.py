"""Keys of articles and what is found by them, the same on every database; articles judged by likeness."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.changes import is_added
from crawler.likeness import Likeness, Neighbourhood, kept_print
from crawler.near.candidates import ENOUGH, FULL
from crawler.near.fingerprint import ALGORITHM, fingerprint
from storage import open_store
from storage.hits import Filters
from storage.likeness import Join, KeptPrint, Standing
from storage.raw import RawPage
from storage.store import Store
from storage.sweeping import sweep
from tests.copies import EDITS, copied, prose
from tests.desk import DAY, TODAY, Desk, postings
from tests.keeping import NOW, add_article

TOP = (1 << 47) - 1


def put(store: Store, name: str, *keys: int, day: int = TODAY) -> int:
    number = add_article(store, name)
    store.fingerprints.put([KeptPrint(article_id=number, keys=keys, day=day, algorithm=1)])
    return number


def all_kept(store: Store) -> list[tuple[object, ...]]:
    """Return all that is known of keys and whose they are."""
    with store._database.read() as connection:
        docs = connection.exec_driver_sql("SELECT article_id, day, algorithm, keys FROM near_docs ORDER BY 1")
        return [*postings(store), *map(tuple, docs)]


class TestKeys:
    def test_who_shares_keys_is_found(self, store: Store) -> None:
        a, b = put(store, "a", 1, 2, TOP), put(store, "b", 2, 3)
        found = store.fingerprints.lists({1, 2, TOP, 5})
        assert {key: sorted(ids) for key, ids in found.items()} == {1: [a], 2: [a, b], TOP: [a]}
        assert store.fingerprints.lists(set()) == {}

    def test_keys_are_told_under_which_many_stand(self, store: Store) -> None:
        put(store, "a", 1, 2, TOP), put(store, "b", 2, 3, TOP), put(store, "c", TOP)
        assert store.fingerprints.with_so_many([1, 2, 5, TOP, TOP], 2) == {2, TOP}
        assert store.fingerprints.with_so_many([1, 2, 5, TOP], 3) == {TOP}
        assert store.fingerprints.with_so_many([], 1) == set()

    def test_a_sharer_is_told_with_its_story_and_revision(self, store: Store) -> None:
        a = put(store, "a", 1)
        b = add_article(store, "b", duplicate_of=a)
        assert store.fingerprints.standings([a, b, 77]) == {a: Standing(a, 1, TODAY)}
        store.fingerprints.put([KeptPrint(article_id=b, keys=(1,), day=TODAY, algorithm=1)])
        assert store.fingerprints.standings([a, b]) == {a: Standing(a, 1, TODAY), b: Standing(a, 1, TODAY)}
        assert store.fingerprints.standings([]) == {}

    def test_old_ones_are_forgotten(self, store: Store) -> None:
        old, new = put(store, "a", 1, day=10), put(store, "b", 1, day=20)
        assert store.fingerprints.standings([old, new])[old].day == 10
        older = put(store, "c", 1, 2, day=9)
        assert max(store.fingerprints.forgetting(before=20, at_once=1)) == 2
        assert postings(store) == [(1, new)]
        assert set(store.fingerprints.forgetting(before=20)) <= {0}
        assert store.fingerprints.standings([old, new, older]).keys() == {new}
        assert store.articles.ref(old)

    def test_many_are_forgotten_in_the_order_of_their_keys(self, store: Store) -> None:
        chance = random.Random(4)
        every = [put(store, str(n), *sorted(chance.sample(range(TOP), 12))) for n in range(60)]
        kept = postings(store)
        steps = list(sweep(store._database, every[10:50], lot=17))
        assert (steps[0], steps[-1]) == (0, 40)
        assert postings(store) == [pair for pair in kept if pair[1] not in every[10:50]]
        assert store.fingerprints.standings(every).keys() == {*every[:10], *every[50:]}
        assert list(sweep(store._database, every[10:50])) == [0, 0], "there was nothing to do"
        assert store.check() == []

    def test_what_was_broken_off_is_given_back(self, store: Store) -> None:
        """A prune that was killed would leave articles whose copies are never found."""
        a, b, c = put(store, "a", 1, 2, TOP), put(store, "b", 2, 3), put(store, "c", 4, day=TODAY - 1)
        before = all_kept(store)
        steps = sweep(store._database, [a, c])
        assert next(steps) == 0
        assert next(steps) == 0
        del steps
        assert postings(store) == [(2, b), (3, b)]
        assert store.check() == [], "it is known to be leaving"
        assert list(sweep(store._database, [])) == [0]
        assert all_kept(store) == before

    def test_what_was_broken_off_goes_where_it_is_still_to_go(self, store: Store) -> None:
        a, b, c = put(store, "a", 1, 2, TOP), put(store, "b", 2, 3), put(store, "c", 4, day=TODAY - 1)
        steps = sweep(store._database, [a, c])
        assert next(steps) == 0
        del steps
        assert max(store.fingerprints.forgetting(before=TODAY)) == 1
        assert store.fingerprints.standings([a, b, c]).keys() == {a, b}
        assert store.check() == []

    def test_who_is_read_anew_meanwhile_keeps_the_new_keys(self, store: Store) -> None:
        a = put(store, "a", 1, 2)
        steps = sweep(store._database, [a])
        assert next(steps) == 0
        store.fingerprints.put([KeptPrint(article_id=a, keys=(2, 3), day=TODAY, algorithm=1)])
        assert list(steps)[-1] == 0
        assert postings(store) == [(2, a), (3, a)]
        assert a in store.fingerprints.standings([a])

    def test_new_keys_take_the_place_of_old_ones(self, store: Store) -> None:
        a = put(store, "a", 1, 2)
        store.fingerprints.put([KeptPrint(article_id=a, keys=(2, 3), day=TODAY, algorithm=1)])
        assert postings(store) == [(2, a), (3, a)]

    def test_nothing_stays_of_what_is_removed(self, store: Store) -> None:
        a, b, c = put(store, "a", 1, 2), put(store, "b", 2), put(store, "c")
        store.fingerprints.join(Join(article_id=b, other_id=a, score=1, own_share=1, other_share=1, why="x"))
        assert store.fingerprints.remove([a, c, 999]) == 2
        assert postings(store) == [(2, b)]
        assert store.fingerprints.joins([b]) == []
        assert store.fingerprints.remove([b]) == 1
        assert (postings(store), store.fingerprints.joins([a, b, c])) == ([], [])
        assert store.fingerprints.remove([]) == 0

    def test_texts(self, store: Store) -> None:
        a, b = add_article(store, "a"), add_article(store, "b", text="The other.")
        assert store.fingerprints.texts([b, a, 77]) == {a: "Text of a.", b: "The other."}

    def test_the_reason_of_a_join(self, store: Store) -> None:
        a, b = add_article(store, "a"), add_article(store, "b")
        join = Join(article_id=b, other_id=a, score=0.5, own_share=1.0, other_share=0.25, why="“because”")
        store.fingerprints.join(Join(article_id=b, other_id=9, score=1, own_share=1, other_share=1, why="x"))
        store.fingerprints.join(join)
        assert store.fingerprints.joins([a, b]) == [join]


class TestArticles:
    def test_copies_join_the_story_of_the_first(self, store: Store) -> None:
        desk = Desk(store)
        first = desk.keep("a", prose(1))
        assert (first.outcome, desk.keep("b", prose(2)).outcome) == ("stored", "stored")
        for name in EDITS.keys() - {"layout and quotes"}:
            saved = desk.keep(f"copy-{name}", copied(prose(1), name))
            assert (saved.outcome, saved.reason) == ("duplicate", "near"), name
            kept = store.articles.get(saved.article_id)
            assert (kept.story_id, kept.duplicate_of) == (first.article_id, first.article_id)
            [join] = store.fingerprints.joins([saved.article_id])
            assert 0.3 < join.score < 1
            assert join.why.endswith((")", "same", "other"))

    def test_the_same_text_elsewhere_is_syndicated(self, store: Store) -> None:
        desk = Desk(store)
        first, second = desk.keep("a", prose(1)), desk.keep("b", prose(1))
        assert (second.outcome, second.reason) == ("duplicate", "syndicated")
        [join] = store.fingerprints.joins([second.article_id])
        assert (join.other_id, join.score) == (first.article_id, 1.0)
        assert {article for _, article in postings(store)} == {first.article_id}

    def test_reports_on_one_event_and_forms_stay_apart(self, store: Store) -> None:
        desk = Desk(store)
        footer = prose(99, words=80)
        for number in range(10):
            assert desk.keep(f"n{number}", f"{prose(number, words=60)}\n\n{footer}").outcome == "stored"
        assert len(set(desk.stories())) == 10

    def test_a_full_key_takes_no_more(self, store: Store) -> None:
        new = fingerprint(prose(1))
        store.fingerprints.put(
            [
                KeptPrint(article_id=add_article(store, f"n{n}"), keys=new.keys[:1], day=TODAY, algorithm=1)
                for n in range(FULL)
            ]
        )
        found = Likeness(window=60).find(store, new, now=NOW)
        assert tuple(found.kept) == new.keys[1 : ENOUGH + 1]

    def test_of_a_full_key_it_is_asked_now_and_then_whether_it_still_is(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        new, like = fingerprint(prose(1)), Likeness(window=60)
        footer = new.keys[:2]
        numbers = [put(store, f"n{n}", *footer) for n in range(FULL)]
        for _ in range(2):
            assert tuple(like.find(store, new, now=NOW).kept) == new.keys[2 : ENOUGH + 2]
        assert like.still_crowded(store, [new]) == {*footer}
        store.fingerprints.remove(numbers[:1])
        assert tuple(like.find(store, new, now=NOW).kept) == new.keys[2 : ENOUGH + 2], "not asked so soon"
        monkeypatch.setattr("crawler.likeness._FRESH", 0)
        assert tuple(like.find(store, new, now=NOW).kept) == new.keys[:ENOUGH], "there is room again"

    def test_what_all_print_is_found_by_full_keys_again_and_again(self, store: Store) -> None:
        new, like = fingerprint(prose(1)), Likeness(window=60)
        first = None
        for n in range(FULL):
            number = add_article(store, f"n{n}", text=prose(1), duplicate_of=first)
            first = first or number
            store.fingerprints.put([KeptPrint(article_id=number, keys=new.keys, day=TODAY, algorithm=1)])
        found = [like.find(store, new, now=NOW).best for _ in range(3)]
        assert found[0] is not None
        assert found == [found[0]] * 3
        assert like.still_crowded(store, [new]) == {*new.keys}

    def test_texts_judged_together_find_what_they_find_one_by_one(self, store: Store) -> None:
        footer, like = prose(99, words=150), Likeness(window=60)
        texts = [f"{prose(number, words=30)}\n\n{footer}" for number in range(FULL + 8)]
        numbers = [add_article(store, f"n{number}") for number, _ in enumerate(texts)]
        prints = [fingerprint(text) for text in texts]
        around = Neighbourhood(like, store, prints)
        together = []
        for number, new in zip(numbers, prints, strict=True):
            together.append(found := around.find(new, now=NOW))
            around.note(kept_print(number, found, now=NOW), new, story_id=number, revision=1)
        for number, new, found in zip(numbers, prints, together, strict=True):
            alone = like.find(store, new, now=NOW)
            assert (alone.best and alone.best[0], alone.kept) == (found.best and found.best[0], found.kept)
            store.fingerprints.put([kept_print(number, alone, now=NOW)])
        assert (
            max(map(len, store.fingerprints.lists({key for new in prints for key in new.keys}).values()))
            <= FULL
        )

    def test_one_site_says_one_thing_under_many_titles(self, store: Store) -> None:
        desk = Desk(store)
        notice = prose(1, words=70)
        assert desk.keep("a", notice, site="s.example", title="One").outcome == "stored"
        assert desk.keep("b", notice + " More.", site="s.example", title="Two").outcome == "stored"
        assert desk.keep("c", notice + " Yet.", site="other.example", title="Three").outcome == "duplicate"

    def test_a_new_text_takes_the_place_of_the_old_one(self, store: Store) -> None:
        desk = Desk(store)
        first = desk.keep("a", prose(1))
        assert desk.keep("a", prose(2)).outcome == "revised"
        assert desk.keep("b", copied(prose(1), "furniture")).outcome == "stored"
        assert desk.keep("c", copied(prose(2), "furniture")).reason == "near"
        assert len(postings(store)) == 2 * ENOUGH + sum(a == first.article_id + 2 for _, a in postings(store))

    def test_the_window(self, store: Store) -> None:
        desk = Desk(store, window=2.0)
        desk.keep("a", prose(1))
        assert desk.keep("b", copied(prose(1), "furniture"), now=NOW + 2 * DAY).outcome == "duplicate"
        assert desk.keep("c", copied(prose(1), "an update"), now=NOW + 9 * DAY).outcome == "stored"
        assert desk.likeness.forget(store, now=NOW + 9 * DAY) == 2
        assert len({article for _, article in postings(store)}) == 1

    @pytest.mark.parametrize(
        "text", ["x", "Watch the video.", "\u202e\x00", "漢" * 5, "a b " * 2000, "12 " * 500]
    )
    def test_odd_texts_are_kept(self, store: Store, text: str) -> None:
        desk = Desk(store)
        assert desk.keep("a", text).outcome == "stored"
        assert desk.keep("b", prose(1)).outcome == "stored"
        assert desk.keep("c", text + " " + prose(1)).outcome in ("stored", "duplicate")

    def test_what_went_meanwhile_is_passed_over(self, store: Store) -> None:
        desk = Desk(store)
        first = desk.keep("a", prose(1))
        store.fingerprints.remove([first.article_id])
        assert desk.keep("b", copied(prose(1), "furniture")).outcome == "stored"


def test_another_reader_makes_no_edit(store: Store) -> None:
    desk = Desk(store)
    box = "Our newsletter brings you the best of the week every Friday, for nothing."
    first = desk.keep("a", f"{prose(1)}\n\n{box}", reader="3")
    assert desk.keep("a", prose(1), reader="4").outcome == "unchanged"
    article = store.articles.get(first.article_id)
    assert (article.content.text, article.content.reader) == (prose(1), "4")
    assert store.articles.count(Filters(words="is:revised")) == 0
    assert desk.keep("a", prose(1).replace(" ", " not ", 1), reader="5").outcome == "revised"
    kinds = [revision.kind for revision in store.articles.revisions(first.article_id)]
    assert kinds == ["published", "reread", "published"]
    assert desk.keep("b", copied(prose(1), "furniture")).outcome == "duplicate"


def test_what_was_not_on_the_page_before_is_an_edit_with_another_reader_too(store: Store) -> None:
    desk = Desk(store)
    text, box = (
        prose(1, words=80),
        "Our newsletter brings you the <b>best</b> of the week every Friday, for nothing.",
    )
    read = box.replace("<b>", "").replace("</b>", "")
    added = "The mayor said on Tuesday evening that the bridge would not open before the autumn."
    for name in "ab":
        number = desk.keep(name, text, reader="3").article_id
        page = RawPage(
            url="u", requested_url="u", status=200, fetched_at=NOW, headers={},
            body=f"<p>{text}</p><aside>{box}</aside>".encode(),
        )  # fmt: skip
        packed = store.pages.pack([page], site="a.example")
        store.pages.keep(packed, article_id=number, entry_id=None, reader="3", now=NOW)
    assert desk.keep("a", f"{text}\n\n{read}", reader="4").outcome == "unchanged"
    assert desk.keep("b", f"{text}\n\n{added}", reader="4").outcome == "revised"
    assert not is_added(text, f"{text}\n\n{added}", "<p>another page</p>")
    assert not is_added(text, f"{text}\n\n{added}", "")


def test_a_reopened_store_gives_the_same_matches(tmp_path: Path, new_database: Callable[[], str]) -> None:
    for url in (f"sqlite:///{tmp_path}/kabar.db", new_database()):
        with open_store(url) as store:
            Desk(store).keep("a", prose(1))
        with open_store(url) as store:
            copy = fingerprint(copied(prose(1), "everything a little"))
            found = Likeness(window=60).find(store, copy, now=NOW)
            assert found.best
            assert found.best[0] == 1
            with store._database.read() as connection:
                rows = connection.exec_driver_sql("SELECT algorithm, day FROM near_docs").all()
            assert [tuple(row) for row in rows] == [(ALGORITHM, TODAY)]
