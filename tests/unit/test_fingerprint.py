"""The exact key of a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.fingerprint import MIN_COMPARABLE, comparable, content_hash, essence

LONG = "The quick brown fox jumps over the lazy dog, and the dog's “owner” – Mr. O'Neill – paid €5. " * 5


@pytest.mark.parametrize(
    "other",
    [
        LONG.upper(),
        LONG.replace("“", '"').replace("”", '"').replace("–", "--"),
        LONG.replace(" ", "\n\n"),
        f"  {LONG}\u200b",
        LONG.replace("5", "５").replace("fi", "ﬁ"),
    ],
)
def test_looks_do_not_matter(other: str) -> None:
    assert content_hash(other) == content_hash(LONG)


@pytest.mark.parametrize("other", [LONG + "x", LONG.replace("5", "6"), LONG.replace("brown", "")])
def test_words_do(other: str) -> None:
    assert content_hash(other) != content_hash(LONG)


def test_form() -> None:
    assert len(content_hash(LONG)) == 64
    assert content_hash("") == content_hash("", "")
    assert essence("Ünïcode ﬁ, 漢字 & 5!") == "ünïcodefi漢字5"


def test_title_is_mixed_into_short_texts_only() -> None:
    assert content_hash("Watch the video.", "One") != content_hash("Watch the video.", "Two")
    assert content_hash(LONG, "One") == content_hash(LONG, "Two")


def test_title_and_text_do_not_run_together() -> None:
    assert content_hash("b", "a") != content_hash("ab", "")


def test_comparable() -> None:
    assert comparable("a" * MIN_COMPARABLE)
    assert not comparable("a" * (MIN_COMPARABLE - 1))
    assert not comparable(" -" * MIN_COMPARABLE)


@given(st.text())
def test_essence_is_stable_and_dense(text: str) -> None:
    dense = essence(text)
    assert essence(dense) == dense
    assert all(character.isalnum() for character in dense)
    assert essence(f" {text}\n") == dense
    content_hash(text, text)
