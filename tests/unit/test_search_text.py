"""Words as they are indexed and searched, and the passages shown for them."""

import sys

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from storage.query import Words
from storage.snippet import END, START, WIDTH, _compared, _matches, snippet
from storage.text import fold, has_suffix, indexed, phrase, spots, stemmed, tag_token, tokens

SCRIPTS = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"])
    | st.sampled_from(
        "中国新闻网日本語カタカナひらがな한국어ประเทศไทยລາວខ្មែរမြန်မာéèñßüİıﬁ½①٣०\u200b\u00adАбв'’“”… \n.,-_"
    ),
    max_size=80,
)


def found_in(query: str, text: str) -> bool:
    """Say whether a query is found in a text the way both databases look: words in a row."""
    words, open_end = phrase(query)
    have = tokens(text)
    for start in range(len(have) - len(words) + 1):
        run = have[start : start + len(words)]
        last = run[-1].startswith(words[-1]) if open_end else run[-1] == words[-1]
        if list(run[:-1]) == list(words[:-1]) and last:
            return True
    return False


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("Don't panic", ["don", "t", "panic"]),
        ("C++ & a_b", ["c", "a", "b"]),
        ("Rp1.234,50", ["rp1", "234", "50"]),
        ("STRASSE Straße ﬁn", ["strasse", "strasse", "fin"]),
        ("ＦＵＬＬ　ｗｉｄｔｈ", ["full", "width"]),
        ("cafe\u0301 café", ["cafe", "cafe"]),
        (
            "São Łódź Việt Đà NẴNG İstanbul ISTANBUL ığdır",
            ["sao", "lodz", "viet", "da", "nang", "istanbul", "istanbul", "igdir"],
        ),
        ("Müller naïve œuvre Ærø e\u0301\u0323", ["muller", "naive", "oeuvre", "aero", "e"]),
        ("Αθήνα ΑΘΗΝΑ ёлка йога замо\u0301к", ["αθηνα", "αθηνα", "елка", "йога", "замок"]),
        ("أحمد مصطفى القاهرة ایران کتاب", ["احمد", "مصطفي", "القاهره", "ايران", "كتاب"]),
        ("ガギ か\u3099", ["ガギ", "ギ", "が"]),
        ("gempanya hanya “Almanya’da”", ["gempanya", "hanya", "almanya", "da"]),
        ("L´Hospitalet it´s ¨Hola¨", ["l", "hospitalet", "it", "s", "hola"]),
        ("25˚C 25°C", ["25", "c", "25", "c"]),
        ("iPhone™ Cola® Школа №5 № 5", ["iphone", "cola", "школа", "5", "5"]),
        ("study¹ 12 km² 40㎡ 5½", ["study", "12", "km2", "40", "m2", "5", "1", "2"]),
        ("1️⃣ ①", ["1", "1"]),
        ("пʼять п'ять Oʻzbekiston Hawaiʻi", ["п", "ять", "п", "ять", "o", "zbekiston", "hawai", "i"]),
        ("Ի՞նչ ինչ", ["ինչ", "ինչ"]),
        ("ntɔ́ngɔ́ ɛ̃", ["ntɔngɔ", "ɛ"]),
        ("৳৫০০ डॉ॰ मनमोहन", ["500", "डॉ", "मनमोहन"]),
        ("so\u00adft\u200bhyphen", ["softhyphen"]),
        ("مُحَمَّد كتــاب", ["محمد", "كتاب"]),
        ("שָׁלוֹם", ["שלום"]),
        ("٢٠٢٥ २०२५", ["2025", "2025"]),
        ("हिन्दी में तमिழ்", ["हिन्दी", "में", "तमिழ்"]),
        ("中国", ["中国", "国"]),
        ("中", ["中"]),
        ("看中国。", ["看中", "中国", "国"]),
        ("コロナ禍", ["コロ", "ロナ", "ナ禍", "禍"]),
        ("ไทย", ["ไท", "ทย", "ย"]),
        ("中国2024年abc", ["中国", "国", "2024", "年", "abc"]),
        ("x" * 100, ["x" * 64]),
        ("“quoted”—dash…", ["quoted", "dash"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert tokens(text) == words


def test_sara_am_is_one_however_it_is_typed() -> None:
    for one, other in (("ນ\u0ec9\u0eb3ມັນ", "ນ\u0ecd\u0ec9າມັນ"), ("น\u0e49\u0e33", "น\u0e4d\u0e49า")):
        assert tokens(one) == tokens(other)
        assert marked(snippet([f"x {one} y"], [Words(*phrase(other))])) == [one]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gempanya hanya Punya “masalahnya” 1234nya", ["gempa", "hanya", "punya", "masalah", "1234"]),
        ("harganya", ["harga"]),
    ],
)
def test_words_with_a_suffix(text: str, words: list[str]) -> None:
    assert tokens(text, suffixed=True) == words
    assert [spot.token for spot in spots(fold(text), suffixed=True)] == words


@pytest.mark.parametrize(
    ("words", "prefix", "stem"),
    [
        (("harganya",), False, (("harga",), False)),
        (("harganya", "naik"), False, (("harga", "naik"), False)),
        (("tanya",), False, (("tanya",), False)),
        (("hargany",), True, (("harga",), False)),
        (("harganya",), True, (("harga",), False)),
        (("hargan",), True, (("hargan",), True)),
        (("harganya", "nai"), True, (("harga", "nai"), True)),
    ],
)
def test_what_is_looked_for_without_a_suffix(
    words: tuple[str, ...], prefix: bool, stem: tuple[tuple[str, ...], bool]
) -> None:
    assert stemmed(words, prefix=prefix) == stem


def test_languages_with_a_suffix() -> None:
    assert [has_suffix(one) for one in ("id", "id-ID", "MS", None, "tr", "sw", "")] == [True] * 4 + [
        False
    ] * 3


@given(SCRIPTS)
@example("“\u0301a")
@example("ก\u0e49\u0e33 ½ №5 ´a")
@example("…\u0e31ก")
@example("a\u0345b")
def test_both_ways_of_cutting_agree(text: str) -> None:
    assert tokens(text) == [spot.token for spot in spots(fold(text))]


@given(SCRIPTS)
def test_words_are_clean(text: str) -> None:
    for word in tokens(text):
        assert 0 < len(word) <= 64
        assert not any(character.isspace() or character in "\"'\\:*#_\0" for character in word)


@given(SCRIPTS)
def test_folding_is_settled(text: str) -> None:
    assert tokens(" ".join(tokens(text))) != [] or tokens(text) == []


RUNS = st.text(
    alphabet=fold("中国新闻网日本語カタカナひらがな한국어ประเทศไทยລາວខ្មែរမြန်မာ"), min_size=1, max_size=12
)


@given(before=SCRIPTS, run=RUNS, after=SCRIPTS, data=st.data())
def test_any_part_of_an_unspaced_run_is_found(before: str, run: str, after: str, data: st.DataObject) -> None:
    run = fold(run)
    start = data.draw(st.integers(0, len(run) - 1))
    part = run[start : data.draw(st.integers(start + 1, len(run)))]
    assume(fold(part) == part)
    assert found_in(part, f"{before} {run} {after}")


@given(before=SCRIPTS, middle=SCRIPTS, after=SCRIPTS)
def test_whole_words_of_any_script_are_found(before: str, middle: str, after: str) -> None:
    assume(tokens(middle))
    assert found_in(middle, f"{before} {middle} {after}")


def test_every_character_of_the_machine_is_cut_without_error() -> None:
    for start in range(0, sys.maxunicode, 4096):
        text = "".join(chr(code) for code in range(start, start + 4096) if not 0xD800 <= code < 0xE000)
        for word in tokens(text):
            word.encode()


class TestPhrase:
    @pytest.mark.parametrize(
        ("text", "words", "open_end"),
        [
            ("a b", ("a", "b"), False),
            ("中国新", ("中国", "国新"), False),
            ("中", ("中",), True),
            ("abc 中", ("abc", "中"), True),
            ("中国 abc", ("中国", "国", "abc"), False),
            ("...", (), False),
        ],
    )
    def test_words_in_a_row(self, text: str, words: tuple[str, ...], open_end: bool) -> None:
        assert phrase(text) == (words, open_end)

    def test_prefix(self) -> None:
        assert phrase("gemp", prefix=True) == (("gemp",), True)
        assert phrase("中国", prefix=True) == (("中国",), False)
        assert phrase("x" * 80, prefix=True) == (("x" * 64,), False)

    def test_one_character_is_found_anywhere_in_a_run(self) -> None:
        for character in "看中国":
            assert found_in(character, "他们看中国新闻")
        assert found_in("闻", "他们看中国新闻")
        assert not found_in("猫", "他们看中国新闻")


@pytest.mark.parametrize(
    ("tag", "token"),
    [
        ("Jawa Barat", "#jawa_barat"),
        ("#Gempa!", "#gempa"),
        ("C++", "#c_plus_plus"),
        ("C#", "#c_sharp"),
        ("Google+", "#google_plus"),
        ("Almanya", "#almanya"),
        ("+", ""),
        ("中国新闻", "#中国_国新_新闻"),
        ("!!", ""),
        ("", ""),
    ],
)
def test_tags_are_one_word(tag: str, token: str) -> None:
    assert tag_token(tag) == token


class TestIndexed:
    def test_parts(self) -> None:
        made = indexed(title="Ä", lead=None, text="B c", names=["D E", "f"], tags=["T t", "T T", ""])
        assert made.parts() == ("a", "", "b c", "d e | f", "#t_t")

    def test_a_language_decides_on_suffixes(self) -> None:
        for language, words in (("id", "harga"), (None, "harga"), ("tr", "harganya")):
            made = indexed(
                title="harganya", lead="harganya", text="harganya", names=["Harganya"], tags=["harganya"],
                language=language,
            )  # fmt: skip
            assert made.parts() == (words, words, words, "harganya", "#harganya")

    def test_the_limits(self) -> None:
        assert len(indexed(title="", lead="", text="ab " * 100_000, names=(), tags=()).body) <= 200_000
        odd = "".join(chr(0x4E00 + (number * 7919) % 20_000) for number in range(200_000))
        body = indexed(title="", lead="", text=odd, names=(), tags=()).body
        assert len("".join(set(body.split())).encode()) <= 800_000


def marked(text: str | None) -> list[str]:
    return [piece.split(END)[0] for piece in (text or "").split(START)[1:]]


class TestSnippet:
    def words(self, *texts: str, prefix: bool = False) -> list[Words]:
        return [Words(*phrase(text, prefix=prefix)) for text in texts]

    def test_matches_are_marked(self) -> None:
        text = "Gempa bumi\n\nmengguncang; GEMPA lagi"
        assert snippet([text], self.words("gempa")) == "\x02Gempa\x03 bumi mengguncang; \x02GEMPA\x03 lagi"

    def test_a_phrase_is_one_match(self) -> None:
        assert (
            snippet(["the white—house and white"], self.words("White House"))
            == "the \x02white—house\x03 and white"
        )

    def test_prefix_and_unspaced(self) -> None:
        assert marked(snippet(["gempanya besar"], self.words("gemp", prefix=True))) == ["gempanya"]
        assert marked(snippet(["gempanya besar"], self.words("gempa"), language="id")) == ["gempanya"]
        assert snippet(["Romanya'da"], self.words("roma"), language="tr") is None
        assert marked(snippet(["他们看中国新闻"], self.words("中国"))) == ["中国"]
        assert marked(snippet(["他们看中国新闻"], self.words("闻"))) == ["闻"]

    def test_the_first_text_with_a_match(self) -> None:
        assert snippet([None, "", "nothing", "here x"], self.words("x")) == "here \x02x\x03"
        assert snippet(["nothing"], self.words("x")) is None
        assert snippet([], self.words("x")) is None

    def test_the_richest_passage(self) -> None:
        text = "apple " + "filler " * 100 + "here apple meets pear " + "filler " * 100
        passage = snippet([text], self.words("apple", "pear"))
        assert passage is not None
        assert marked(passage) == ["apple", "pear"]
        assert passage.startswith("…")
        assert passage.endswith("…")
        assert len(passage) <= WIDTH + 10

    def test_letters_that_change_length(self) -> None:
        assert marked(snippet(["Die Straße ﬁnden İstanbul"], self.words("strasse"))) == ["Straße"]
        assert marked(snippet(["Die Straße ﬁnden İstanbul"], self.words("finden"))) == ["ﬁnden"]

    @given(
        st.lists(st.sampled_from(["ab", "AB", "gempa", "gempanya", "tanya", "é", "_", "-", " ", ". "])),
        st.lists(
            st.sampled_from(["ab", "gempa", "gempanya", "tanya", "x"]), min_size=1, max_size=2, unique=True
        ),
        st.booleans(),
    )
    def test_plain_texts_are_marked_as_others_are(
        self, pieces: list[str], query: list[str], suffixed: bool
    ) -> None:
        text, words = "".join(pieces), self.words(" ".join(query))
        slow = sorted(_compared(text, words, suffixed=suffixed), key=lambda match: (match.start, -match.end))
        assert _matches(text, words, suffixed=suffixed) == slow

    @given(SCRIPTS, SCRIPTS)
    def test_nothing_is_made_up(self, text: str, query: str) -> None:
        words = self.words(query)
        assume(words[0].tokens)
        passage = snippet([text + " " + query], words)
        if passage is None:
            return
        plain = passage.replace(START, "").replace(END, "").strip("…")
        source = " ".join("".join(c if c >= " " and c != "\x7f" else " " for c in text + " " + query).split())
        assert " ".join(plain.split()) in source
        assert passage.count(START) == passage.count(END) > 0
