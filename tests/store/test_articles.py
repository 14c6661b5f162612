"""Articles and revisions: kept whole, judged against, linked."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from crawler.normalize.key import url_key
from storage.errors import AlreadyExists, ArticleNotFound
from storage.hits import Filters
from storage.model import Content
from storage.store import Store
from tests.keeping import NOW, add_article, add_source, at, content

FULL = Content(
    url="https://pages.example/full?x=1",
    canonical_url="https://pages.example/full",
    site="pages.example",
    publisher="The Pages",
    title="Gempa 5,6 – “Jawa” 😀",
    lead="A lead.",
    text="First paragraph.\n\nSecond: 中国, ไทย, עברית.",
    language="id",
    authors=("Ann Lee", "Bö Ç"),
    byline="(jhn/yn)",
    dateline="EtIndonesia",
    published_at=datetime(2025, 10, 21, 1, 15, 30, 123456, tzinfo=timezone(timedelta(hours=7))),
    modified_at=datetime(2025, 10, 21, 2, 0, tzinfo=timezone(-timedelta(hours=3, minutes=30))),
    section="World",
    tags=("Gempa", "Jawa Barat"),
    image_url="https://i.example/1.jpg",
    word_count=5,
    paywalled=False,
    text_source="structured",
    provenance={"title": "json-ld", "text": "trafilatura"},
    content_hash="ab" * 32,
    citations=({"name": "The Guardian", "kind": "outlet", "at": 3},),
    repeats=({"paragraph": 2, "of": 1, "score": 0.93},),
    image_caption="Warga di jalan – “Jawa”.",
    image_credit="Ann Lee/Reuters",
    credits=("Reuters", "Bö Ç"),
    reservations={"robots": "noai", "tdm-reservation": "1"},
    reader="3+pages",
)


def add(store: Store, made: Content, *urls: str, **more: object) -> int:
    pairs = [(url, url) for url in urls or (made.url,)]
    usual: dict[str, object] = {"source_id": None, "fetched_at": at(), "duplicate_of": None}
    return store.articles.add(made, url_keys=pairs, **{**usual, **more})  # type: ignore[arg-type]


class TestAdd:
    def test_everything_comes_back(self, store: Store) -> None:
        source = add_source(store, "a")
        number = add(store, FULL, "https://one", "https://two", source_id=source.id)
        kept = store.articles.get(number)
        assert kept.content == FULL
        assert kept.content.published_at is not None
        assert FULL.published_at is not None
        assert kept.content.published_at.utcoffset() == FULL.published_at.utcoffset()
        assert (kept.id, kept.revision, kept.story_id, kept.duplicate_of) == (number, 1, number, None)
        assert kept.urls == ("https://one", "https://two")
        assert kept.sources == (source.url,)
        assert kept.first_seen_at == kept.last_seen_at == kept.fetched_at == at()
        [revision] = store.articles.revisions(number)
        assert (revision.article_id, revision.number, revision.seen_at) == (number, 1, at())
        assert revision.content == FULL

    def test_empty_fields_stay_empty(self, store: Store) -> None:
        made = content("a")
        kept = store.articles.get(add(store, made))
        assert kept.content == made
        assert kept.sources == ()

    def test_microseconds_and_zones(self, store: Store) -> None:
        when = datetime(2026, 3, 29, 1, 59, 59, 999999, tzinfo=timezone(timedelta(hours=2)))
        kept = store.articles.get(add(store, content("a"), fetched_at=when))
        assert kept.fetched_at == when
        assert kept.fetched_at.tzinfo is UTC

    def test_a_duplicate_joins_the_story(self, store: Store) -> None:
        original = add_article(store, "a")
        copy = add_article(store, "b", duplicate_of=original)
        copy_of_copy = add_article(store, "c", duplicate_of=copy)
        assert [store.articles.get(n).story_id for n in (original, copy, copy_of_copy)] == [original] * 3
        assert store.articles.get(copy).duplicate_of == original
        with pytest.raises(ArticleNotFound):
            add_article(store, "d", duplicate_of=999)

    def test_a_page_two_workers_had_in_hand(self, store: Store) -> None:
        first = add(store, content("a"), "https://x")
        with pytest.raises(AlreadyExists) as caught:
            add(store, content("b"), "https://x")
        assert caught.value.existing_id == first
        assert store.articles.count(Filters()) == 1
        second = add(store, content("b"), "https://x", "https://y")
        assert store.articles.get(second).urls == ("https://y",), "a key that is taken is left alone"
        assert store.articles.get(first).urls == ("https://x",)

    def test_dirty_text_is_cleaned(self, store: Store) -> None:
        made = content(
            "a", title="A\0b\ud800", text="x\0" * 3, authors=("Z\0",), provenance={"a\0": "b\udfff"}
        )
        kept = store.articles.get(add(store, made)).content
        assert (kept.title, kept.text, kept.authors) == ("Ab\ufffd", "xxx", ("Z",))
        assert kept.provenance == {"a": "b\ufffd"}

    def test_large_articles(self, store: Store) -> None:
        text = " ".join(f"w{number}" for number in range(300_000)) + " 末尾"
        number = add(
            store, content("a", text=text, site="s" * 4000, title="t" * 5000), "https://x/" + "é" * 8000
        )
        kept = store.articles.get(number)
        assert kept.content.text == text
        assert store.articles.count(Filters(words="w5")) == 1
        assert store.articles.count(Filters(words="w299999")) == 0, "only the beginning is indexed"

    def test_articles_share_where_their_fields_were_found(self, store: Store) -> None:
        one, two = {"title": "og", "text": "blocks"}, {"title": "json-ld", "text": "blocks"}
        for name, found in (("a", one), ("b", two), ("c", one)):
            add(store, content(name, provenance=found))
        add(store, content("d", provenance={}))
        kept = [store.articles.get(number).content.provenance for number in (1, 2, 3, 4)]
        assert kept == [one, two, one, {}]
        with store._database.read() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM provenances").scalar() == 3
            shown = connection.exec_driver_sql("SELECT provenance FROM v_articles ORDER BY id").scalars()
            assert [json.loads(text) for text in shown] == kept

    def test_where_fields_of_earlier_articles_were_found(self, store: Store) -> None:
        number = add(store, content("a", provenance={"title": "og"}))
        with store._database.write() as connection:
            connection.exec_driver_sql("""UPDATE revisions SET provenance = '{"title":"h1"}'""")
            connection.exec_driver_sql("UPDATE revisions SET provenance_id = NULL")
        assert store.articles.get(number).content.provenance == {"title": "h1"}
        shown = "SELECT provenance FROM v_articles"
        assert store.sql(shown).rows == (('{"title":"h1"}',),)
        with store._database.write() as connection:
            connection.exec_driver_sql("UPDATE revisions SET provenance = '', provenance_id = 7")
        assert store.articles.get(number).content.provenance == {}, "the row was on a damaged page"


class TestRevise:
    def test_a_new_text_is_a_new_revision(self, store: Store) -> None:
        source, other = add_source(store, "a"), add_source(store, "b")
        number = add(store, content("a", text="Old words."), source_id=source.id)
        newer = content("a", title="Changed", text="New words.", content_hash="h2", site="moved.example")
        revision = store.articles.revise(
            number, newer, url_keys=[("https://more", "more")], source_id=other.id, fetched_at=at(NOW + 60)
        )
        assert revision == 2
        kept = store.articles.get(number)
        assert (kept.content, kept.revision) == (newer, 2)
        assert (kept.first_seen_at, kept.last_seen_at, kept.fetched_at) == (at(), at(NOW + 60), at(NOW + 60))
        assert kept.urls == ("https://pages.example/a", "https://more")
        assert kept.sources == (source.url, other.url)
        one, two = store.articles.revisions(number)
        assert (one.content.text, two.content.text) == ("Old words.", "New words.")
        assert (one.seen_at, two.seen_at) == (at(), at(NOW + 60))

    def test_only_the_newest_text_is_found(self, store: Store) -> None:
        number = add(store, content("a", title="Apple", text="Old words."))
        for step, word in enumerate(("middle", "newest")):
            store.articles.revise(
                number,
                content("a", title="Pear", text=f"The {word} words."),
                url_keys=[],
                source_id=None,
                fetched_at=at(NOW + step),
            )
        assert [store.articles.count(Filters(words=w)) for w in ("old", "middle", "apple")] == [0, 0, 0]
        assert [
            store.articles.count(Filters(words=w)) for w in ("newest", "words", "pear", "title:pear")
        ] == [1] * 4

    def test_old_texts_leave_the_index_of_postgres(self, store: Store) -> None:
        number = add(store, content("a"))
        store.articles.revise(number, content("a", text="x"), url_keys=[], source_id=None, fetched_at=at())
        if store._database.postgres:
            with store._database.read() as connection:
                assert connection.exec_driver_sql("SELECT count(*) FROM search_index").scalar() == 1

    def test_candidates_see_the_newest(self, store: Store) -> None:
        number = add(store, content("a", content_hash="h1"))
        newer = content("a", title="Changed", content_hash="h2")
        store.articles.revise(number, newer, url_keys=[], source_id=None, fetched_at=at())
        old = store.articles.candidates(url_keys=[], canonical_key=None, content_hash="h1")
        assert old.by_content == ()
        [found] = store.articles.candidates(url_keys=[], canonical_key=None, content_hash="h2").by_content
        assert (found.id, found.title, found.revision) == (number, "Changed", 2)

    def test_a_late_date_moves_it_in_the_order(self, store: Store) -> None:
        one, two = add_article(store, "a", seen_at=NOW), add_article(store, "b", seen_at=NOW + 1)
        dated = content("a", published_at=at(NOW + 5))
        store.articles.revise(one, dated, url_keys=[], source_id=None, fetched_at=at(NOW + 9))
        assert [hit.article.id for hit in store.articles.search(Filters()).hits] == [one, two]
        undated = content("a")
        store.articles.revise(one, undated, url_keys=[], source_id=None, fetched_at=at(NOW + 10))
        assert [hit.article.id for hit in store.articles.search(Filters()).hits] == [two, one]

    def test_no_such_article(self, store: Store) -> None:
        with pytest.raises(ArticleNotFound):
            store.articles.revise(5, content("a"), url_keys=[], source_id=None, fetched_at=at())
        with pytest.raises(ArticleNotFound):
            store.articles.seen(5, url_keys=[], source_id=None, seen_at=at())
        with pytest.raises(ArticleNotFound):
            store.articles.revisions(5)
        with pytest.raises(ArticleNotFound):
            store.articles.revisions("https://pages.example/nowhere")

    def test_revisions_are_found_as_articles_are(self, store: Store) -> None:
        number = add(store, content("a"), "https://pages.example/a")
        for ref in (number, str(number), "https://pages.example/a"):
            assert [one.article_id for one in store.articles.revisions(ref)] == [number]

    def test_the_url_of_the_first_text_is_kept(self, store: Store) -> None:
        number = add(store, content("a"), "https://pages.example/a", "https://pages.example/a?amp")
        moved = content("moved", text="New words.", canonical_url="https://pages.example/moved")
        keys = [(moved.url, "moved"), ("https://pages.example/a", "a once more")]
        store.articles.revise(number, moved, url_keys=keys, source_id=None, fetched_at=at(NOW + 60))
        kept = store.articles.get(number)
        first, *others = kept.urls
        assert first == "https://pages.example/a", "names of exported articles are made from it"
        assert others == ["https://pages.example/a?amp", moved.url, "https://pages.example/a"]
        assert kept.content == moved
        with store._database.read() as connection:
            shown = connection.exec_driver_sql("SELECT url, canonical_url FROM v_articles").fetchall()
        assert [tuple(row) for row in shown] == [(moved.url, moved.url)]


class TestSeen:
    def test_urls_and_sources_are_added_once(self, store: Store) -> None:
        one, two = add_source(store, "one"), add_source(store, "two")
        number = add(store, content("a"), "https://a", source_id=one.id)
        other = add(store, content("b"), "https://b")
        for _ in range(2):
            store.articles.seen(
                number,
                url_keys=[("https://a2", "https://a2"), ("https://b", "https://b")],
                source_id=two.id,
                seen_at=at(NOW + 5),
            )
        kept = store.articles.get(number)
        assert (kept.urls, kept.sources) == (("https://a", "https://a2"), (one.url, two.url))
        assert (kept.last_seen_at, kept.fetched_at) == (at(NOW + 5), at())
        assert store.articles.get(other).urls == ("https://b",)

    def test_an_earlier_sight_does_not_set_the_clock_back(self, store: Store) -> None:
        number = add_article(store, "a")
        store.articles.seen(number, url_keys=[], source_id=None, seen_at=at(NOW - 100))
        assert store.articles.get(number).last_seen_at == at()


class TestCandidates:
    def test_by_url_canonical_and_content(self, store: Store) -> None:
        one = add(store, content("a", content_hash="same"), "k1")
        two = add(store, content("b", content_hash="same"), "k2", "k3")
        found = store.articles.candidates(
            url_keys=["none", "k3", "k1"], canonical_key="k1", content_hash="same"
        )
        assert found.by_url is not None
        assert found.by_canonical is not None
        assert (found.by_url.id, found.by_canonical.id) == (two, one), "the first known key counts"
        assert [ref.id for ref in found.by_content] == [one, two]
        ref = found.by_content[1]
        assert (
            ref.url,
            ref.site,
            ref.title,
            ref.content_hash,
            ref.revision,
            ref.story_id,
            ref.duplicate_of,
        ) == (
            *("https://pages.example/b", "pages.example", "Title b", "same"),
            *(1, two, None),
        )

    def test_none(self, store: Store) -> None:
        found = store.articles.candidates(url_keys=["x"], canonical_key="y", content_hash="z")
        assert (found.by_url, found.by_canonical, found.by_content) == (None, None, ())

    def test_by_a_claimed_canonical_url(self, store: Store) -> None:
        claimer = add(store, content("a"), "k1", canonical_key="claimed")
        found = store.articles.candidates(url_keys=["k9"], canonical_key="claimed", content_hash="z")
        assert found.by_canonical is not None
        assert found.by_canonical.id == claimer
        assert found.by_url is None, "a claim is no address"
        found = store.articles.candidates(url_keys=["claimed"], canonical_key=None, content_hash="z")
        assert found.by_canonical is not None
        assert found.by_canonical.id == claimer

    def test_by_a_claim_to_be_at_its_own_address(self, store: Store) -> None:
        claimer = add(store, content("a"), "k1", "k2", canonical_key="k2")
        found = store.articles.candidates(url_keys=["k9"], canonical_key="k2", content_hash="z")
        assert found.by_canonical is not None
        assert found.by_canonical.id == claimer
        assert store.articles.familiar(url_keys=["k2", "k3"], content_hashes=[]) == ({"k2"}, set())

    def test_texts_whose_hashes_begin_alike(self, store: Store) -> None:
        begun = "0123456789abcdef"
        first, second = (add(store, content(name, content_hash=begun + name * 48)) for name in "ab")
        for name, number in (("a", first), ("b", second)):
            found = store.articles.candidates(
                url_keys=["k9"], canonical_key=None, content_hash=begun + name * 48
            )
            assert [twin.id for twin in found.by_content] == [number]


class TestGet:
    def test_by_number_and_key(self, store: Store) -> None:
        number = add(store, content("a"), "pages.example/key")
        assert (
            store.articles.get(number)
            == store.articles.get(str(number))
            == store.articles.get("pages.example/key")
        )

    @pytest.mark.parametrize(
        "url", ["http://www.a.example/x/", "https://a.example/x", "http://a.example:8080/y"]
    )
    def test_by_a_url_that_led_to_it(self, store: Store, url: str) -> None:
        number = add(store, content("a", url=url), url_key(url))
        found = store.articles.get(url)
        assert (found.id, found.content.url) == (number, url)

    @pytest.mark.parametrize("ref", [0, -4, 2**64, "9" * 30, "x", "", "\0", "\ud800"])
    def test_not_found(self, store: Store, ref: int | str) -> None:
        add_article(store, "a")
        with pytest.raises(ArticleNotFound):
            store.articles.get(ref)

    def test_by_keys_takes_the_first_known(self, store: Store) -> None:
        one, two = add(store, content("a"), "k1"), add(store, content("b"), "k2")
        found = store.articles.by_keys(["nothing", "k2", "k1"])
        assert found is not None
        assert found.id == two != one
        assert store.articles.by_keys(["nothing"]) is None
        assert store.articles.by_keys([]) is None


def test_a_transaction_is_whole(store: Store) -> None:
    source = add_source(store, "a")

    def broken_off() -> None:
        with store.transaction():
            add_article(store, "a", source=source)
            with store.transaction():
                add_article(store, "b")
            assert store.articles.count(Filters()) == 2, "it sees its own writes"
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken_off()
    assert store.articles.count(Filters()) == 0
    assert store.articles.by_keys(["https://pages.example/a"]) is None
    assert store.articles.count(Filters(words="text")) == 0
    with store.transaction():
        number = add_article(store, "a", source=source)
    assert store.articles.get(number).sources == (source.url,)
