"""What changed between two revisions, sentence by sentence."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from crawler.cli.show import diff, lines_of
from storage.model import Revision
from tests.kept import content


def revision(number: int, text: str, **changes: str) -> Revision:
    seen = datetime(2026, 11, 23, 20, number, tzinfo=UTC)
    kept = replace(content(1), text=text, **changes)  # type: ignore[arg-type]
    return Revision(article_id=1, number=number, seen_at=seen, content=kept)


def changes(old: str, new: str) -> list[str]:
    lines = list(diff(revision(1, old), revision(2, new)))
    return [line for line in lines[2:] if line[0] in "+-"]


def test_fields_first_then_a_sentence_a_line() -> None:
    text = 'Satu. Dua! "Tiga?" Empat\n\n首相が訪問。会見した。\nAkhir'
    lines = lines_of(replace(content(1), text=text))
    assert lines[:2] == ["title: Harga beras naik 1", "byline: Ani, Budi"]
    assert "published: 2026-11-02 01:15 +07:00" in lines
    assert lines[lines.index("") + 1 :] == [
        "Satu.", "Dua!", '"Tiga?"', "Empat", "", "首相が訪問。", "会見した。", "Akhir",
    ]  # fmt: skip


def test_one_changed_sentence_is_one_changed_line() -> None:
    assert changes("Satu. Dua. Tiga.", "Satu. Dua koma lima. Tiga.") == ["-Dua.", "+Dua koma lima."]


def test_the_header_names_both_revisions() -> None:
    lines = list(diff(revision(1, "a"), revision(2, "b")))
    assert lines[:2] == [
        "--- revision 1, seen 2026-11-23 20:01 +00:00",
        "+++ revision 2, seen 2026-11-23 20:02 +00:00",
    ]


def test_nothing_changed_is_no_line() -> None:
    assert list(diff(revision(1, "Sama."), revision(2, "Sama."))) == []


@given(st.text())
def test_no_text_is_lost(text: str) -> None:
    lines = lines_of(replace(content(1), text=text))
    assert "".join("".join(lines[lines.index("") + 1 :]).split()) == "".join(text.split())


@given(st.text(), st.text())
def test_what_is_added_was_not_there_before(old: str, new: str) -> None:
    found = changes(old, new)
    assert bool(found) == (lines_of(replace(content(1), text=old)) != lines_of(replace(content(1), text=new)))
