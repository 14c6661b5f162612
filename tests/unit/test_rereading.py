"""What another version of the reader explains of a change, and what it does not."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.changes import changed_fields, is_reread
from spiders.readers.version import reader_name
from storage.model import Content
from tests.kept import WIB, content

LINES = (
    "A fire broke out in the old market on Monday night. At least 20 people died in it.",
    "The mayor, who came at once, said that the cause was not known yet, and left again.",
    "Firemen worked until the morning. Some 1,200 people lost their homes to the flames.",
)
BOX = "Our newsletter brings you the best of the week every Friday, for nothing."
AT = datetime(2026, 11, 16, 9, 54, tzinfo=WIB)


def article(*lines: str, **changes: Any) -> Content:
    usual = {"text": "\n\n".join(lines or LINES), "reader": "3", "published_at": AT, "title": "Market burns"}
    return replace(content(1), **{**usual, **changes})


def reread(old: Content, new: Content) -> bool:
    changed = changed_fields(old, new)
    assert changed
    return is_reread(old, replace(new, reader="4"), changed)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (article(*LINES, BOX), article()),
        (article(), article(*LINES, BOX)),
        (article(), article("".join(LINES[:2]), BOX, LINES[2])),
        (article(title="Market burns | The Daily"), article()),
        (article(title="Fire!", provenance={"title": "og:title"}), article(provenance={"title": "h1"})),
        (article(authors=("Ani", "The Daily")), article(authors=("Ani",))),
        (article(published_at=AT + timedelta(hours=7)), article()),
    ],
)
def test_explained(old: Content, new: Content) -> None:
    assert reread(old, new)
    assert not is_reread(old, new, changed_fields(old, new)), "one reader read both"
    assert not is_reread(replace(old, reader=None), new, changed_fields(old, new)), "it was no page"


def test_what_is_left_out_as_repeated_is_no_edit_and_hides_none() -> None:
    before, after = reader_name(), reader_name(None, (BOX,))
    kept = article(*LINES, BOX, reader=before)
    left_out = article(reader=after)
    assert is_reread(kept, left_out, changed_fields(kept, left_out))
    edited = article(LINES[0].replace("20", "24"), *LINES[1:], reader=after)
    assert not is_reread(kept, edited, changed_fields(kept, edited))
    assert not is_reread(left_out, edited, changed_fields(left_out, edited))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (article(), article(LINES[0].replace("20", "23"), *LINES[1:])),
        (article(), article(BOX, LINES[0], LINES[1].replace("not known yet", "a cigarette"), LINES[2])),
        (article(), article(title="Market in ruins")),
        (article(), article(published_at=AT + timedelta(minutes=37))),
        (article(authors=("Ani",)), article(authors=("Budi",))),
        (article(*LINES, BOX), article(title="Market in ruins")),
    ],
)
def test_edited(old: Content, new: Content) -> None:
    assert not reread(old, new)


def test_nothing_changed() -> None:
    assert not is_reread(article(), article(reader="4"), ())


@given(st.text(), st.text())
def test_any_texts(one: str, other: str) -> None:
    old, new = article(text=one), article(text=other, reader="4")
    is_reread(old, new, ("title", "text", "authors", "published_at"))
