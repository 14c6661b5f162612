"""What changed between two texts, word by word."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.changes.diff import Piece, diff, share_changed
from crawler.cli.show_diff import differences, lines, steps
from storage.model import Revision
from tests.kept import content


def marked(old: str, new: str) -> str:
    marks = {"same": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}
    return "".join(marks[piece.kind].format(piece.text) for piece in diff(old, new))


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("At least 20 dead.", "At least 23 dead.", "At least [-20-]{+23+} dead."),
        ("He said so.", "He said nothing of it.", "He said [-so-]{+nothing of it+}."),
        ("A fire broke out.", "A big fire broke out.", "A {+big +}fire broke out."),
        ("首相が20日会見した。", "首相が23日会見した。", "首相が[-20-]{+23+}日会見した。"),
        ("中国外交部发言人说", "中国国防部发言人说", "中国[-外交-]{+国防+}部发言人说"),
        ("นายกไทยกล่าว", "นายกลาวกล่าว", "นายก[-ไทย-]{+ลาว+}กล่าว"),
        ("قال الوزير أمس", "قال الرئيس أمس", "قال [-الوزير-]{+الرئيس+} أمس"),
        ("One.\n\nTwo.", "One.\n\nThree.\n\nTwo.", "One.\n\n{+Three.\n\n+}Two."),
        ("Same.", "Same.", "Same."),
        ("", "New.", "{+New.+}"),
        ("Gone.", "", "[-Gone.-]"),
        ("", "", ""),
        ("Satu dua", "Tiga empat", "[-Satu dua-]{+Tiga empat+}"),
        ("two  blanks", "two blanks", "two blanks"),
        ("Callow's council met", "Callow will met", "Callow[-'s council-]{+ will+} met"),
        ("to run a bus all night.", "to run a bus.", "to run a bus[- all night-]."),
        ("One two three.", "One, two three.", "One{+,+} two three."),
    ],
)
def test_words(old: str, new: str, shown: str) -> None:
    assert marked(old, new) == shown


@given(st.text(alphabet="ab .\n中文ก็"), st.text(alphabet="ab .\n中文ก็"))
def test_both_texts_can_be_told_from_the_pieces(old: str, new: str) -> None:
    pieces = diff(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "gone") == new
    before = "".join(piece.text for piece in pieces if piece.kind != "new")
    assert before.split() == old.split() or "".join(before.split()) == "".join(old.split())
    assert all(piece.text for piece in pieces)
    assert all(one.kind != two.kind for one, two in pairwise(pieces))


@given(st.text())
def test_a_text_is_the_same_as_itself(text: str) -> None:
    assert diff(text, text) == ((Piece("same", text),) if text else ())
    assert share_changed(diff(text, text)) == 0


def test_how_much_changed() -> None:
    assert share_changed(diff("", "abc")) == share_changed(diff("abc", "xyz")) == 1
    assert 0 < share_changed(diff("a b c d e f g h", "a b c d e f g x")) < 0.2


@pytest.mark.slow
def test_the_longest_texts_come_to_an_end() -> None:
    dice = random.Random(1)
    old, new = (
        "\n".join(" ".join(dice.choice("ab") for _ in range(200)) for _ in range(700)) for _ in range(2)
    )
    assert "".join(piece.text for piece in diff(old, new) if piece.kind != "gone") == new
    assert diff("x" * 5_000_000, "y" * 5_000_000)[0] == Piece("gone", "x" * 5_000_000)
    assert diff("wort " * 200_000, "wort " * 199_999)[-1] == Piece("gone", "wort ")


def revision(number: int, text: str, **changes: str) -> Revision:
    seen = datetime(2026, 11, 23, 20, number, tzinfo=UTC)
    kept = replace(content(1), text=text, **changes)  # type: ignore[arg-type]
    return Revision(article_id=1, number=number, seen_at=seen, content=kept)


def told(old: Revision, new: Revision) -> list[str]:
    return lines(old, new, differences(old.content, new.content))


def test_fields_come_first_and_paragraphs_that_stayed_are_left_out() -> None:
    text = "\n\n".join(f"Paragraf {number}." for number in range(9))
    new = revision(2, text.replace("Paragraf 5", "Alinea 5"), title="Judul lain", byline="(ani)")
    assert told(revision(1, text), new) == [
        "--- revision 1, seen 2026-11-23 20:01 +00:00",
        "+++ revision 2, seen 2026-11-23 20:02 +00:00",
        "title: [-Harga beras naik 1-]{+Judul lain+}",
        "byline: {+(ani)+}",
        "",
        "[...]",
        "",
        "[-Paragraf-]{+Alinea+} 5.",
        "",
        "[...]",
    ]


def test_a_mark_never_spans_lines() -> None:
    shown = told(revision(1, "Satu.\n\nTiga."), revision(2, "Satu.\n\nDua.\n\nDua lagi.\n\nTiga."))
    assert shown[3:] == ["Satu.", "", "{+Dua.+}", "", "{+Dua lagi.+}", "", "Tiga."]


def test_nothing_changed_is_no_line() -> None:
    assert len(told(revision(1, "Sama."), revision(2, "Sama."))) == 2


def test_each_revision_says_what_it_changed() -> None:
    found = list(steps([revision(1, "Satu dua tiga."), revision(2, "Satu dua empat."), revision(3, "X")]))
    assert [step.changed for step in found] == [(), ("text",), ("text",)]
    assert found[0].share is None
    assert 0 < (found[1].share or 0) < (found[2].share or 0) <= 1
    assert list(steps([])) == []
