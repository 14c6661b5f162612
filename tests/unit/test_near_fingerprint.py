"""Tokens and fingerprints: what counts of a text, and what does not."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.near.fingerprint import PROBED, fingerprint
from crawler.near.tokens import MAX_CHARACTERS, tokens

LATIN = "The council's “river” gauge – €5 at Ålesund’s old pier – was moved in 2024, said Mr. O'Neill. " * 3
CHINESE = "市政府周三表示，新的渡轮码头将于2026年3月开放，届时每天将有40班渡轮。" * 2
ARABIC = "قالت البلدية يوم الأربعاء إن الميناء الجديد سيفتح في عام ٢٠٢٦ مع ٤٠ رحلة كل يوم."
HINDI = "नगर परिषद ने बुधवार को कहा कि नया घाट मार्च २०२६ में खुलेगा और हर दिन ४० नावें चलेंगी।"
THAI = "เทศบาลกล่าวเมื่อวันพุธว่าท่าเรือใหม่จะเปิดในเดือนมีนาคม 2569 และจะมีเรือวันละ 40 เที่ยว"


@pytest.mark.parametrize(
    ("text", "other"),
    [
        (LATIN, LATIN.upper()),
        (LATIN, LATIN.replace("“", '"').replace("”", '"').replace("–", "--")),
        (LATIN, LATIN.replace("’", "").replace("'", "")),
        (LATIN, LATIN.replace(" ", "\n\n")),
        (LATIN, unicodedata.normalize("NFD", LATIN)),
        (LATIN, LATIN.replace("o", "o\u00ad").replace("r", "\u200br")),
        (LATIN, LATIN.replace("5", "５").replace("a", "ａ")),
        (CHINESE, CHINESE.replace("，", "、").replace("。", "\n")),
        (CHINESE, CHINESE.replace("40", "４０")),
        (ARABIC, ARABIC.replace("٢٠٢٦", "2026").replace("٤٠", "40")),
        (ARABIC, ARABIC.replace("م", "م\u064e").replace("ي", "ی")),
        (HINDI, HINDI.replace("२०२६", "2026").replace("४०", "40")),
        (THAI, THAI.replace(" ", "\u200b ")),
        ("It cost 1,250,000 in all", "It cost 1.250.000 in all"),
        ("Wait\u2026\u00a0said A\u0301nna", "Wait... said \u00c1nna"),
    ],
)
def test_looks_do_not_matter(text: str, other: str) -> None:
    assert fingerprint(text).exact == fingerprint(other).exact


def test_words_are_tokens_and_so_are_pairs_of_signs() -> None:
    assert len(tokens("Three plain words").numbers) == 3
    assert len(tokens("新渡轮").numbers) == 3
    first, _, last = tokens("新渡轮").numbers
    assert first == tokens("新渡").numbers[0]
    assert last == tokens("轮").numbers[0]
    assert len(tokens("iPhone 17 在北京").numbers) == 5


def test_numbers_and_names() -> None:
    found = tokens("He met Anna in 2024. She paid 1.250,75 to Bert: Nobody knew.")
    assert found.numerals.tolist() == [4, 7]
    assert found.names.tolist() == [2, 9]
    assert found.numbers[found.names].tolist() == tokens("anna bert").numbers.tolist()
    assert found.signs == 0.0
    assert tokens("在北京").signs == 1.0


def test_one_changed_word_changes_three_shingles() -> None:
    words = [f"word{number}" for number in range(60)]
    one, other = fingerprint(" ".join(words)), fingerprint(" ".join([*words[:30], "else", *words[31:]]))
    assert len(np.intersect1d(one.shingles, other.shingles)) == 58 - 3


def test_keys_are_the_smallest_and_few() -> None:
    long = fingerprint(" ".join(f"w{number}" for number in range(5000)))
    assert len(long.keys) == PROBED
    assert list(long.keys) == sorted(set(long.keys))
    assert 0 <= long.keys[0] < long.keys[-1] < 1 << 47
    part = fingerprint(" ".join(f"w{number}" for number in range(1000, 5000)))
    assert len(set(long.keys) & set(part.keys)) >= PROBED // 2


def test_many_equal_passages_still_leave_keys() -> None:
    text = "the same eight words again and again forever " * 500 + " ".join(f"w{n}" for n in range(200))
    assert len(fingerprint(text).keys) == PROBED


def test_known_keys() -> None:
    """They are in stores: a change of them is a change of ALGORITHM."""
    found = fingerprint("Twelve plain words of English, 3 commas and no dash, make one print.")
    assert found.length == 13
    assert found.keys[0] == 6666888276017
    assert found.exact == 630967139707801413


def test_the_end_of_a_huge_text_is_not_looked_at() -> None:
    start = "some words and 12 numbers " * (MAX_CHARACTERS // 20)
    assert fingerprint(start + " more").exact == fingerprint(start + " else").exact


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "'", "a", "漢", "1", "a b", "\ud800", "\ud800 x \udfff", "\x00"]
)
def test_next_to_nothing(text: str) -> None:
    found = fingerprint(text)
    assert found.length <= 2
    assert len(found.shingles) <= 1
    assert len(found.keys) <= 1


@given(st.text(alphabet=st.characters(codec=None), max_size=300))
def test_any_text_has_a_fingerprint(text: str) -> None:
    found = fingerprint(text)
    assert len(found.ranks) == (max(found.length - 2, 1) if found.length else 0)
    assert len(found.sequence) == found.length
    assert found.exact == fingerprint(f" {text} ").exact or text[-1:].isdigit() or text[:1].isdigit()
