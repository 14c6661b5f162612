"""The query language: a small tree for every text, an error only where nothing could be meant."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storage.dates import Stretch, read_stretch
from storage.errors import InvalidQuery
from storage.query import (
    LONGEST,
    All,
    Any,
    Is,
    Node,
    Not,
    Within,
    Words,
    leaves,
    parse,
    positive,
    strange_fields,
)
from storage.text import tokens

NOW = datetime(2025, 10, 21, 12, 0, tzinfo=UTC)


def read(query: str) -> Node:
    return parse(query, now=NOW)


def read_or_error(query: str) -> Node | InvalidQuery:
    try:
        return read(query)
    except InvalidQuery as error:
        return error


def word(text: str, **more: object) -> Words:
    return Words(tuple(text.split()), **more)  # type: ignore[arg-type]


A, B, C = word("a"), word("b"), word("c")
FIELDS = (
    *("title", "author", "tag", "cites", "source", "site", "lang", "story", "is", "after", "before", "seen"),
)


class TestGrammar:
    @pytest.mark.parametrize(
        ("query", "tree"),
        [
            ("", All()),
            ("   ", All()),
            ("a", A),
            ("A", A),
            ("a b", All((A, B))),
            ("a AND b", All((A, B))),
            ("a OR b", Any((A, B))),
            ("a b OR c", Any((All((A, B)), C))),
            ("a (b OR c)", All((A, Any((B, C))))),
            ("(a)", A),
            ("((a b))", All((A, B))),
            ("a () b", All((A, B))),
            ("a -b", All((A, Not(B)))),
            ("-b a", All((Not(B), A))),
            ("a -(b c)", All((A, Not(All((B, C)))))),
            ("a OR -b", Any((A, Not(B)))),
            ('"a b" c', All((word("a b"), C))),
            ('a -"b c"', All((A, Not(word("b c"))))),
            ('"a b"c', All((word("a b"), C))),
            ("ab*", word("ab", prefix=True)),
            ("ab* c", All((word("ab", prefix=True), C))),
            ("title:a", word("a", part="title")),
            ("Title:A", word("a", part="title")),
            ('title:"a b"', word("a b", part="title")),
            ("“a b” c", All((word("a b"), C))),
            ("„a b“", word("a b")),
            ("-«a b» c", All((Not(word("a b")), C))),
            ("title:”a b”", word("a b", part="title")),
            ("“a b", All((A, B))),
            ("a” b", All((A, B))),
            ("title:ab*", word("ab", prefix=True, part="title")),
            ("author:a", word("a", part="author")),
            ('tag:"A B"', word("#a_b", part="tag")),
            ("site:BBC.co.uk", Is("site", "bbc.co.uk")),
            ("lang:ID", Is("lang", "id")),
            ("source:12", Is("source", "12")),
            ('source:"The Times"', Is("source", "The Times")),
            ("story:7", Is("story", "7")),
            ("is:Duplicate", Is("is", "duplicate")),
            ("-is:new a", All((Not(Is("is", "new")), A))),
        ],
    )
    def test_tree(self, query: str, tree: Node) -> None:
        assert read(query) == tree

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("don't", ["don t"]),
            ("C++", ["c"]),
            ("a-b", ["a b"]),
            ("http://x", ["http x"]),
            ("https://a.example/b?c=d", ["https a example b c d"]),
            ("AND", ["and"]),
            ("OR", ["or"]),
            ("a OR", ["a", "or"]),
            ("OR a", ["or", "a"]),
            ("a AND", ["a", "and"]),
            ("a OR OR b", ["a", "or", "b"]),
            ("NOT a", ["not", "a"]),
            ("NEAR(", ["near"]),
            ("NEAR(a b, 5)", ["near a", "b", "5"]),
            ("a ***", ["a"]),
            ('a ""', ["a"]),
            ("a (b", ["a", "b"]),
            ("a) b", ["a", "b"]),
            ('say"a b', ["say a", "b"]),
            ('5" disk', ["5", "disk"]),
            ("f(x) y", ["f x", "y"]),
            ("a - b", ["a", "b"]),
            ("--a", ["a"]),
            ('"title:" a', ["title", "a"]),
            ("note:a", ["note a"]),
            ("Re: title", ["re", "title"]),
            ("col:{a}", ["col a"]),
            ("a'; drop table x --", ["a", "drop", "table", "x"]),
            ("x\0y \ud800", ["xy"]),
            ("😀 a", ["a"]),
            ("café", ["cafe"]),
            ("ＣＡＦÉ", ["cafe"]),
        ],
    )
    def test_odd_text_is_searched_as_text(self, query: str, words: list[str]) -> None:
        assert [" ".join(leaf.tokens) for leaf in leaves(read(query))] == words

    def test_blanks_find_everything(self) -> None:
        assert read(" \n") == All()

    @pytest.mark.parametrize("query", ["(", ")", ")(", "()", "*", '""', "-", "--", "-*", "***", "😀"])
    def test_what_holds_nothing_to_find_is_refused(self, query: str) -> None:
        with pytest.raises(InvalidQuery, match="no word or number in it to search for"):
            read(query)

    @pytest.mark.parametrize(
        ("query", "column"), [('"', 1), ('"a b', 1), ('say "a b', 5), ('a title:"b', 9), ('-"a', 2)]
    )
    def test_a_quote_that_is_never_closed_is_refused(self, query: str, column: int) -> None:
        with pytest.raises(InvalidQuery, match="never closed") as caught:
            read(query)
        assert caught.value.column == column

    @pytest.mark.parametrize("field", [*FIELDS, "saved"])
    def test_a_field_without_a_value_is_refused(self, field: str) -> None:
        for text in (f"{field}:", f"{field}: b", f"({field}:) b", f"-{field}: b", f"{field.upper()}: b"):
            with pytest.raises(InvalidQuery, match=f"{field}: has no value"):
                read(f"a {text}")

    @pytest.mark.parametrize("field", ["site", "lang", "source", "title", "author", "tag", "cites"])
    def test_so_is_one_with_an_empty_value(self, field: str) -> None:
        for value in ('""', '" "'):
            with pytest.raises(InvalidQuery, match=f"{field}: has no value") as caught:
                read(f"a {field}:{value}")
            assert caught.value.column == 3

    @pytest.mark.parametrize(
        ("query", "column"),
        [
            ("-a", 1),
            ("  -a", 3),
            ("-a -b", 1),
            ("-(a b)", 1),
            ("-site:x.example", 1),
            ("a after:banana", 3),
            ("before:2025-13-01", 1),
            ("after:2025-02-30", 1),
            ("seen:2025-10-08/2025-10-01", 1),
            ("after:2025-10-08/2025-10-07", 1),
            ("after:99999999d", 1),
            ("after:999999y", 1),
            ("a (b is:banana)", 6),
            ("story:x", 1),
            ("story:-1", 1),
            ("story:9999999999999999999", 1),
            ("story:²", 1),
            ("saved:mine", 1),
            ("x" * (LONGEST + 1), LONGEST + 1),
            ("a " * 300, 1),
        ],
    )
    def test_refused_with_the_column(self, query: str, column: int) -> None:
        with pytest.raises(InvalidQuery) as caught:
            read(query)
        assert caught.value.column == column
        assert str(caught.value).startswith(f"query, column {column}: ")
        assert "\n" not in str(caught.value)

    def test_a_time_that_is_none_is_told_with_the_forms_to_write(self) -> None:
        with pytest.raises(InvalidQuery, match=r"after: the end lies before the start") as caught:
            read("after:2026-11-22/2026-11-16")
        assert "takes" not in caught.value.hint
        with pytest.raises(InvalidQuery, match=r"2025-W43.*today, yesterday, now or A/B, not 'soon'$"):
            read("after:soon")

    def test_deep_nesting_is_text(self) -> None:
        assert read("(" * 1900 + "a" + ")" * 1900) == A

    @given(st.text(max_size=60))
    @example("a OR (")
    @example("-(")
    @example('title:"')
    @example("-title:*")
    def test_any_text_is_understood_or_refused_for_leaving_out(self, query: str) -> None:
        tree = read_or_error(query)
        if isinstance(tree, InvalidQuery):
            assert 1 <= tree.column <= max(len(query), 1)
            told = ("leave out", "never closed", "to search for")
            fields = (f"{field}:" for field in (*FIELDS, "saved"))
            assert any(hint in tree.hint for hint in told) or any(field in query.lower() for field in fields)
        else:
            assert positive(tree) or tree == All()

    PIECES = st.sampled_from(
        [
            "a",
            "b",
            '"',
            "(",
            ")",
            "-",
            "OR",
            "AND",
            " ",
            " ",
            " ",
            "title:",
            "site:x",
            "*",
            "国",
            "is:new",
            "tag:q",
        ]
    )

    @given(st.lists(PIECES, max_size=25).map("".join))
    def test_every_word_typed_is_looked_for(self, query: str) -> None:
        tree = read_or_error(query)
        if isinstance(tree, InvalidQuery):
            return
        if query.strip() == "":
            assert tree == All()
        assert all(leaf.tokens for leaf in leaves(tree))


class TestDates:
    @pytest.mark.parametrize(
        ("query", "since", "until"),
        [
            ("after:2025-10-21", "2025-10-21", None),
            ("before:2025-10-21", None, "2025-10-21"),
            ("after:2025-10", "2025-10-01", None),
            ("before:2025", None, "2025-01-01"),
            ("after:2025-10-21T10:30+07:00", "2025-10-21T03:30", None),
            ("after:2025-10-21t10:30z", "2025-10-21T10:30", None),
            ("after:7d", "2025-10-14T12:00", None),
            ("after:P7D", "2025-10-14T12:00", None),
            ("after:20251009", "2025-10-09", None),
            ("after:1h30m", "2025-10-21T10:30", None),
            ("after:90s", "2025-10-21T11:58:30", None),
            ("after:2025-W41", "2025-10-06", None),
            ("before:9999-12-31", None, "9999-12-31"),
            ("after:9999", "9999-01-01", None),
            ("after:PT90M", "2025-10-21T10:30", None),
            ("before:2w", None, "2025-10-07T12:00"),
            ("after:30m", "2025-10-21T11:30", None),
            ("after:1mo", "2025-09-21T12:00", None),
            ("after:today", "2025-10-21", None),
            ("after:yesterday", "2025-10-20", None),
            ("after:2025-10-01/2025-10-08", "2025-10-01", "2025-10-09"),
            ("before:2025-10-01/P7D", "2025-10-01", "2025-10-08"),
            ("after:P7D/2025-10-08", "2025-10-02", "2025-10-09"),
        ],
    )
    def test_published(self, query: str, since: str | None, until: str | None) -> None:
        assert read(query) == Within("published", epoch(since), epoch(until))

    @pytest.mark.parametrize(
        ("query", "since", "until"),
        [
            ("seen:2025-10-21", "2025-10-21", "2025-10-22"),
            ("seen:2025-02", "2025-02-01", "2025-03-01"),
            ("seen:2024", "2024-01-01", "2025-01-01"),
            ("seen:24h", "2025-10-20T12:00", None),
            ("seen:yesterday", "2025-10-20", "2025-10-21"),
            ("seen:2025-10-21T10:30", "2025-10-21T10:30", "2025-10-21T10:31"),
        ],
    )
    def test_seen_is_the_whole_stretch(self, query: str, since: str | None, until: str | None) -> None:
        assert read(query) == Within("seen", epoch(since), epoch(until))

    @given(st.text(max_size=30) | st.from_regex(r"[0-9PTYMWDHS/:.-]{1,25}", fullmatch=True))
    @example("9999-12-31")
    @example("9999")
    @example("0000-01-01")
    @example("0001-01-01/P1D")
    @example("P1D/0001-01-01")
    @example("/")
    @example("P")
    @example("2025-10-21T23:59:59.999999999Z")
    def test_any_text_is_a_time_or_none(self, text: str) -> None:
        try:
            stretch = read_stretch(text, now=NOW)
        except ValueError:
            return
        assert isinstance(stretch, Stretch)
        assert stretch.start.utcoffset() is not None
        assert stretch.end is None or stretch.end >= stretch.start

    @given(st.dates())
    def test_every_day_is_a_day_long(self, day: "datetime") -> None:
        try:
            stretch = read_stretch(day.isoformat(), now=NOW)
        except ValueError:
            assert day.year == 9999
            return
        assert stretch.end is not None
        assert stretch.end - stretch.start == timedelta(days=1)


def epoch(text: str | None) -> float | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_words_of_the_query_are_words_of_the_index() -> None:
    text = "Presiden Joko Widodo mengatakan 中国新闻网 ประเทศไทย café"
    for chunk in text.split():
        tree = read(chunk)
        assert isinstance(tree, Words)
        assert set(tree.tokens) <= set(tokens(text))


def test_what_looks_like_a_field_and_is_none() -> None:
    assert strange_fields('Titel:"a b" (autor:x OR -langauge:id) since:7d until:3d date:2026 foo:x') == {
        "titel": "title", "autor": "author", "langauge": "language",
        "since": "after", "until": "before", "date": "after",
    }  # fmt: skip
    assert strange_fields('title:x "titel:x" tag:titel:x 12:30 https://a.example/ Breaking: storm a:') == {}
    assert strange_fields(r"C:\foo Re:foo mailto:a@b i:x urn:isbn") == {}
