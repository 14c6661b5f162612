"""Finding articles: the same on both databases, page by page, whatever is typed."""

import base64
import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import open_store, search
from storage.errors import InvalidQuery, StoreBusy
from storage.hits import Filters, Hit
from storage.store import Store
from tests.depth import examples
from tests.keeping import NOW, add_article, add_source, at, content
from tests.postgres import Server


def names(store: Store, words: str = "", **filters: object) -> list[str]:
    page = store.articles.search(Filters(words=words, limit=1000, **filters))  # type: ignore[arg-type]
    assert page.cursor is None
    assert store.articles.count(Filters(words=words, **filters)) == len(page.hits)  # type: ignore[arg-type]
    return [hit.article.content.url.rpartition("/")[2] for hit in page.hits]


def hit(store: Store, words: str) -> Hit:
    [found] = store.articles.search(Filters(words=words)).hits
    return found


class TestWords:
    @pytest.fixture
    def press(self, store: Store) -> Store:
        texts = {
            "quake": {
                "title": "Gempa Jawa",
                "text": "Gempa bumi mengguncang selatan Jawa.",
                "authors": ("Ann Lee",),
            },
            "flood": {
                "title": "Banjir",
                "lead": "Jakarta",
                "text": "Banjir melanda; bumi basah.",
                "byline": "(jhn)",
            },
            "china": {
                "title": "中国新闻",
                "text": "他们看中国新闻。",
                "language": "zh-Hans",
                "tags": ("中国",),
            },
            "thai": {"title": "ประเทศไทย", "text": "ข่าวประเทศไทยวันนี้", "language": "th"},
            "cpp": {"title": "C++ and don't", "text": "An a-b test at http://x.example/y, 50% off_sale."},
        }
        for place, (name, fields) in enumerate(texts.items()):
            add_article(store, name, seen_at=NOW + place, **fields)
        return store

    @pytest.mark.parametrize(
        ("words", "found"),
        [
            ("", "cpp thai china flood quake"),
            ("gempa", "quake"),
            ("GEMPA jawa", "quake"),
            ("bumi", "flood quake"),
            ("bumi -banjir", "quake"),
            ("-banjir bumi", "quake"),
            ("gempa OR banjir", "flood quake"),
            ("bumi (gempa OR basah)", "flood quake"),
            ("bumi -(gempa OR basah)", ""),
            ("gempa OR -bumi", "cpp thai china quake"),
            ('"gempa bumi"', "quake"),
            ('"bumi gempa"', ""),
            ('"bumi mengguncang selatan"', "quake"),
            ('"gempa jawa gempa"', ""),
            ("gem*", "quake"),
            ("gem", ""),
            ('"gempa bu*"', ""),
            ("title:gempa", "quake"),
            ("title:bumi", ""),
            ("title:gem*", "quake"),
            ('title:"gempa jawa"', "quake"),
            ('title:"gempa bumi"', ""),
            ("author:lee", "quake"),
            ('author:"ann lee"', "quake"),
            ('author:"lee ann"', ""),
            ('author:"lee bob"', ""),
            ("author:le*", "quake"),
            ("author:jhn", "flood"),
            ("author:gempa", ""),
            ("lee", "quake"),
            ("jakarta", "flood"),
            ("中国", "china"),
            ("国新", "china"),
            ("国", "china"),
            ("看", "china"),
            ("闻", "china"),
            ("中新", ""),
            ("tag:中国", "china"),
            ("tag:中", ""),
            ("เทศ", "thai"),
            ("ข่าว", "thai"),
            ("ไทย", "thai"),
            ("don't", "cpp"),
            ("dont", ""),
            ("C++", "cpp"),
            ("a-b", "cpp"),
            ("http://x", "cpp"),
            ("50%", "cpp"),
            ("off_sale", "cpp"),
            ("lang:zh", "china"),
            ("lang:ZH-hans", "china"),
            ("lang:z", ""),
            ("LANGUAGE:th", "thai"),
            ("gempa lang:en", "quake"),
            ("AND", "cpp"),
            ("NEAR(", ""),
            ("title:gempa OR 国", "china quake"),
            ("\0gem\0pa\ud800", "quake"),
        ],
    )
    def test_found(self, press: Store, words: str, found: str) -> None:
        assert names(press, words) == found.split()

    def test_what_has_no_language_has_none_of_those_that_are_left_out(self, press: Store) -> None:
        add_article(press, "unknown", language=None, seen_at=NOW - 1)
        assert names(press, "site:pages.example -lang:en") == ["thai", "china", "unknown"]
        assert names(press, "is:new -(lang:en OR lang:th)") == ["china", "unknown"]
        assert names(press, "is:new -(-lang:zh)") == ["china"]
        assert names(press, "(bumi OR -lang:en) is:new") == ["thai", "china", "flood", "quake", "unknown"]

    def test_words_do_not_run_from_one_part_into_the_next(self, press: Store) -> None:
        assert names(press, '"jawa gempa"') == []
        assert names(press, '"banjir jakarta"') == []


class TestFilters:
    def test_site_source_author_language_story(self, store: Store) -> None:
        one = add_source(store, "one", title="Kompas")
        two = add_source(store, "two", title="Tempo 50%")
        first = add_article(store, "a", source=one, site="kompas.com", authors=("Jane Doe",), language="id")
        add_article(store, "b", source=two, site="tempo.co", language="en", duplicate_of=first)
        assert names(store, site="kompas.com") == ["a"]
        assert names(store, site="WWW.Tempo.co") == ["b"]
        assert names(store, "site:tempo.co") == ["b"]
        for ref in (str(one.id), one.url, "kompas", "omp"):
            assert names(store, source=ref) == ["a"], ref
        assert names(store, 'source:"50%"') == ["b"]
        assert names(store, "source:example") == ["b", "a"], "a part of both URLs"
        for ref in ("_", "%x", "99", "\\"):
            assert names(store, source=ref) in ([], ["b", "a"])
        assert names(store, source="%x") == []
        assert names(store, author="doe") == ["a"]
        for name, value in (("source", " "), ("site", ""), ("language", ""), ("author", "...")):
            with pytest.raises(InvalidQuery, match="has no value"):
                names(store, **{name: value})
        assert names(store, language="EN") == ["b"]
        assert names(store, story=first) == ["b", "a"]
        assert names(store, story=2**70) == []
        assert names(store, f"story:{first} -is:duplicate") == ["a"]
        assert names(store, "is:duplicate") == ["b"]
        assert names(store, "is:new") == ["a"]
        assert names(store, "is:exclusive") == []
        add_article(store, "c", site="tempo.co", seen_at=NOW - 5)
        assert names(store, "is:exclusive") == ["c"]
        assert names(store, "is:exclusive site:kompas.com") == []
        assert names(store, "lang:id OR lang:en", site="tempo.co") == ["b", "c"]

    def test_a_site_in_its_own_letters(self, store: Store) -> None:
        """They stand in the store as in addresses."""
        number = add_article(store, "a", site="xn--mnchen-3ya.de", language="id")
        for site in ("münchen.de", "MÜNCHEN.de", " www.münchen.de ", "xn--mnchen-3ya.de"):
            assert [hit.article.id for hit in store.articles.search(site=site).hits] == [number]
        assert [hit.article.id for hit in store.articles.search("site:münchen.de").hits] == [number]
        assert [hit.article.id for hit in store.articles.search(language=" id ").hits] == [number]

    def test_tags_are_whole(self, store: Store) -> None:
        add_article(store, "a", tags=("Jawa Barat", "gempa"))
        add_article(store, "b", tags=("Barat",), text="gempa jawa barat")
        assert names(store, 'tag:"jawa barat"') == ["a"]
        assert names(store, "tag:BARAT") == ["b"]
        assert names(store, "tag:jawa") == []
        assert names(store, "jawa") == ["b"], "a tag is no word of the text"
        assert names(store, 'tag:gempa -tag:"jawa barat"') == []

    def test_cited_outlets_are_found_by_their_names(self, store: Store) -> None:
        add_article(store, "a", citations=({"name": "The Guardian"}, {"name": "@joni_askola"}))
        add_article(store, "b", citations=({"name": "Kyiv Post"},), tags=("guardian",))
        assert names(store, "cites:guardian") == ["a"]
        assert names(store, 'cites:"the guardian"') == ["a"]
        assert names(store, 'cites:"kyiv post"') == ["b"]
        assert names(store, "cites:@joni_askola") == ["a"]
        assert names(store, "tag:guardian") == ["b"]
        assert names(store, "cites:kyiv") == []

    def test_revised(self, store: Store) -> None:
        number = add_article(store, "a")
        store.articles.revise(number, content("a", text="x"), url_keys=[], source_id=None, fetched_at=at())
        add_article(store, "b")
        assert names(store, "is:revised") == ["a"]
        assert names(store, "is:new") == ["b"]

    def test_time(self, store: Store) -> None:
        add_article(store, "dated", published_at=at(NOW - 86400 * 3), seen_at=NOW)
        add_article(store, "undated", seen_at=NOW - 86400)
        store._database.clock = lambda: NOW + 10
        assert names(store) == ["undated", "dated"]
        assert names(store, since=at(NOW - 86400 * 2)) == ["undated"]
        assert names(store, since=at(NOW - 86400), until=at(NOW)) == ["undated"]
        assert names(store, until=at(NOW - 86400)) == ["dated"], "until is the first moment left out"
        assert names(store, "after:2d") == ["undated"]
        assert names(store, "before:2d") == ["dated"]
        assert names(store, "seen:1h") == ["dated"]
        assert names(store, "seen:2025-10-08") == ["undated"]
        assert names(store, "after:2025-10-06/2025-10-07") == ["dated"]


class TestOrder:
    def test_newest_and_oldest(self, store: Store) -> None:
        for name, when in (("b", 2), ("a", 1), ("c", 3)):
            add_article(store, name, published_at=at(NOW + when))
        add_article(store, "same", published_at=at(NOW + 3))
        assert names(store) == ["same", "c", "b", "a"]
        assert names(store, sort="oldest") == ["a", "b", "c", "same"]

    def test_relevance_puts_titles_first(self, store: Store) -> None:
        add_article(store, "title-old", seen_at=NOW, title="Gempa kuat", text="x")
        add_article(store, "title-new", seen_at=NOW + 1, title="Gempa", text="kuat")
        add_article(store, "text-old", seen_at=NOW + 2, title="x", text="gempa kuat")
        add_article(store, "text-new", seen_at=NOW + 3, title="x", text="gempa")
        assert names(store, "gempa", sort="relevance") == ["title-new", "title-old", "text-new", "text-old"]
        assert names(store, "gempa kuat", sort="relevance") == ["title-old", "text-old", "title-new"]
        assert names(store, "gempa -kuat", sort="relevance") == ["text-new"]
        assert names(store, sort="relevance") == ["text-new", "text-old", "title-new", "title-old"]
        assert names(store, "site:pages.example", sort="relevance") == names(store)
        assert names(store, "gempa OR banjir", sort="relevance") == names(store, "gempa", sort="relevance")
        mixed = "(gempa OR banjir) (kuat OR lemah)"
        assert names(store, mixed, sort="relevance") == names(store, "gempa kuat", sort="relevance")


def pages(store: Store, filters: Filters) -> Iterator[list[int]]:
    while True:
        page = store.articles.search(filters)
        yield [found.article.id for found in page.hits]
        if page.cursor is None:
            return
        filters = Filters(words=filters.words, sort=filters.sort, limit=filters.limit, cursor=page.cursor)


class TestPages:
    @pytest.mark.parametrize("sort", ["newest", "oldest", "relevance"])
    def test_every_article_once_in_order(self, store: Store, sort: str) -> None:
        dice = random.Random(4)
        with store.transaction():
            for number in range(57):
                title = "gempa" if number % 3 else "lain"
                when = at(NOW + dice.randrange(8) / 3)  # many at the same moment
                add_article(store, str(number), title=title, text="gempa", published_at=when)
        filters = Filters(words="gempa", sort=sort, limit=10)  # type: ignore[arg-type]
        got = list(pages(store, filters))
        assert [len(page) for page in got] == [10, 10, 10, 10, 10, 7]
        everything = [n for page in got for n in page]
        whole = store.articles.search(Filters(words="gempa", sort=sort, limit=100))  # type: ignore[arg-type]
        assert everything == [found.article.id for found in whole.hits]
        assert len(set(everything)) == 57
        iterated = store.articles.iterate(Filters(words="gempa", sort=sort, limit=0), batch=7)  # type: ignore[arg-type]
        assert [article.id for article in iterated] == everything
        some = store.articles.iterate(Filters(words="gempa", sort=sort, limit=15), batch=7)  # type: ignore[arg-type]
        assert [article.id for article in some] == everything[:15]

    @pytest.mark.parametrize("sort", ["newest", "oldest", "relevance"])
    def test_what_comes_meanwhile_moves_nothing(self, store: Store, sort: str) -> None:
        def add(number: int) -> None:
            add_article(store, str(number), title="gempa", published_at=at(NOW + number))

        for number in range(0, 40, 2):
            add(number)
        got: list[int] = []
        for step, page in enumerate(pages(store, Filters(words="gempa", sort=sort, limit=4))):  # type: ignore[arg-type]
            got += page
            for number in (2 * step + 1, 39 - 2 * step, -1 - step, 41 + step):
                if step < 5:
                    add(number)
        assert len(got) == len(set(got))
        assert {n for n in got if n <= 20} == set(range(1, 21)), "none of the first twenty is left out"

    def test_a_full_last_page_has_no_next(self, store: Store) -> None:
        for number in range(4):
            add_article(store, str(number))
        assert [len(page) for page in pages(store, Filters(limit=2))] == [2, 2]
        assert store.articles.search(Filters(limit=4)).cursor is None
        assert len(store.articles.page(Filters(limit=0)).hits) == 1

    @pytest.mark.parametrize(
        "cursor",
        [
            "",
            "x",
            "!!!",
            "é",
            "bnVsbA",
            "W10",
            "WyJuZXdlc3QiLDEsMl0",
            "WyJuZXdlc3QiLDEuMCwyXQ==x",
            "\0",
            "=" * 50,
            "WyJuZXdlc3QiLE5hTiwxXQ",
            "WyJuZXdlc3QiLDEuMCwxZTk5XQ",
            "A" * 100_000,
            base64.urlsafe_b64encode(b"[" * 5_000).decode(),
        ],
    )
    def test_a_bad_cursor(self, store: Store, cursor: str) -> None:
        with pytest.raises(InvalidQuery, match="cursor"):
            store.articles.search(Filters(cursor=cursor))

    def test_a_cursor_of_another_order(self, store: Store) -> None:
        for number in range(3):
            add_article(store, str(number))
        cursor = store.articles.search(Filters(limit=1)).cursor
        assert cursor is not None
        assert store.articles.search(Filters(limit=1, cursor=cursor)).hits
        with pytest.raises(InvalidQuery):
            store.articles.search(Filters(limit=1, cursor=cursor, sort="oldest"))
        with pytest.raises(InvalidQuery):
            list(store.articles.iterate(Filters(cursor=cursor, sort="relevance")))


def test_invalid_queries_name_the_column(store: Store) -> None:
    for call in (store.articles.search, store.articles.count, lambda f: list(store.articles.iterate(f))):
        with pytest.raises(InvalidQuery) as caught:
            call(Filters(words="gempa after:banana"))
        assert caught.value.column == 7


class TestPassages:
    def test_the_passage_that_matched(self, store: Store) -> None:
        add_article(
            store, "a", title="Kuat", lead="Ringkas", text="Gempa bumi.\n\nLagi gempa.", authors=("Lee",)
        )
        assert hit(store, "gempa").snippet == "\x02Gempa\x03 bumi. Lagi \x02gempa\x03."
        assert hit(store, '"gempa bumi"').snippet == "\x02Gempa bumi\x03. Lagi gempa."
        assert hit(store, "ringkas").snippet == "\x02Ringkas\x03"
        assert hit(store, "title:kuat").snippet == "\x02Kuat\x03"
        assert hit(store, "author:lee").snippet == "\x02Lee\x03"
        assert hit(store, "gem* -banjir").snippet == "\x02Gempa\x03 bumi. Lagi \x02gempa\x03."
        assert hit(store, "").snippet is None
        assert hit(store, "lang:en").snippet is None


def test_long_phrases_late_in_long_texts(store: Store) -> None:
    """PostgreSQL's own positions end at 16,383 and at 256 for one word; ours do not."""
    text = "the cat " * 12_000 + "then the very president of the republic spoke"
    add_article(store, "a", text=text)
    assert names(store, '"the very president of the republic"') == ["a"]
    assert names(store, '"very president of cat"') == []
    assert names(store, '"republic sp*"') == []
    assert names(store, "republi*") == ["a"]


def test_texts_of_nothing_but_different_words(store: Store) -> None:
    """A tsvector holds a mebibyte of different words at most."""
    odd = "".join(chr(0x4E00 + (number * 7919 + number // 20_000) % 20_000) for number in range(200_000))
    add_article(store, "a", text=odd)
    assert names(store, odd[:10]) == ["a"]
    assert store.articles.get(1).content.text == odd


@pytest.fixture
def twins(postgres: Server, new_database: object) -> Iterator[tuple[Store, Store]]:
    url = new_database()  # type: ignore[operator]
    with open_store("sqlite://") as one, open_store(url) as two:
        yield one, two


def test_both_databases_find_the_same(twins: tuple[Store, Store]) -> None:
    """Random articles and random queries: the same hits, in the same order, with the same passages."""
    dice = random.Random(11)
    words = [
        "gempa",
        "Bumi",
        "don't",
        "C++",
        "中国",
        "新闻网",
        "ประเทศ",
        "ไทย",
        "café",
        "Straße",
        "a-b",
        "हिन्दी",
        "२०२५",
    ]
    words += [
        "İstanbul",
        "ﬁn",
        "x_y",
        "한국어",
        "\u200bzero",
        "é́",
        "½",
        "👍",
        "мир",
        "Ѐ",
        "Ⅷ",
        "ǅ",
        "ꙮ",
        "𝔘𝔫𝔦",
        "ᏣᎳᎩ",
    ]

    def phrase(most: int) -> str:
        return " ".join(dice.choice(words) for _ in range(dice.randint(1, most)))

    for store in twins:
        dice.seed(5)
        source = add_source(store, "a", title="Kompas")
        with store.transaction():
            for number in range(120):
                fields = {"title": phrase(4), "lead": phrase(4), "text": phrase(14), "authors": (phrase(2),)}
                more = {"tags": (phrase(2), phrase(1)), "language": dice.choice(["id", "zh-Hans", None])}
                when = at(NOW + dice.randrange(60)) - timedelta(hours=dice.randrange(3))
                add_article(store, str(number), source=source, published_at=when, **fields, **more)
    dice.seed(6)
    joints = [
        " ",
        " ",
        " OR ",
        " -",
        ' "',
        '" ',
        " (",
        ") ",
        "* ",
        " title:",
        " author:",
        " tag:",
        " lang:zh ",
        ":",
    ]
    found = 0
    queries = examples(300)
    for _ in range(queries):
        query = "".join(dice.choice(words) + dice.choice(joints) for _ in range(dice.randint(1, 5)))
        sort = dice.choice(["newest", "oldest", "relevance"])
        answers = [answer(store, Filters(words=query, sort=sort, limit=30)) for store in twins]  # type: ignore[arg-type]
        assert answers[0] == answers[1], query
        found += bool(answers[0])
    assert found > queries / 3


_SYNTAX = ["'", '"', "''", ";", "--", "/*", "\\", "%", "_", "?", ":x", "$1", "{title} :", "NEAR(", "^", "+"]
_SYNTAX += ["*", " & ", " | ", "!", "<->", ":*", ":A", "AND", "NOT", "OR", "(", ")", "\x00", "gempa"]
_SYNTAX += ["DROP TABLE articles"]


@settings(max_examples=examples(80), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(_SYNTAX) | st.text(max_size=4), max_size=8).map("".join))
def test_no_syntax_of_the_databases_gets_through(twins: tuple[Store, Store], query: str) -> None:
    """Whatever is typed is text or a word of the language: no error of a database, one answer on both."""
    for store in twins:
        if not store.articles.count(Filters()):
            add_article(store, "a", title="Gempa not or and near x", text="drop table articles")
    answers = [answer(store, Filters(words=query, limit=5)) for store in twins]
    assert answers[0] == answers[1]
    for store in twins:
        for field in ("author", "site", "language", "source"):
            assert answer(store, Filters(limit=5, **{field: query})) is not None  # type: ignore[arg-type]


def answer(store: Store, filters: Filters) -> object:
    try:
        page = store.articles.search(filters)
    except InvalidQuery as error:
        return str(error)
    return [(found.article.content.url, found.snippet) for found in page.hits]


def test_a_search_that_takes_too_long_is_ended(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with store.transaction():
        for number in range(300):
            add_article(store, str(number), text=f"gempa {number}")
    monkeypatch.setattr(search, "SECONDS", 0.001)
    slow = "(" + " OR ".join(f"-w{number}*" for number in range(100)) + ") gempa"
    with pytest.raises(StoreBusy) as caught:
        store.articles.count(Filters(words=slow + " -nothing" * 100))
    assert "\n" not in str(caught.value)
    monkeypatch.setattr(search, "SECONDS", 30.0)
    assert store.articles.count(Filters(words="gempa")) == 300


def test_what_postgres_prepared_outlives_a_read(store: Store) -> None:
    if store._database.postgres:
        for _ in range(10):
            store.articles.page(Filters())
        with store._database.read() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements").scalar()
