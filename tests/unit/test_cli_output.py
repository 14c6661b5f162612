"""What is printed where: tables on a terminal, tab-separated lines elsewhere, nothing that steers either."""

import io
import json
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from crawler.cli import output
from crawler.cli.output import Column, progress, safe, safe_block, show_facts, show_list, write_json
from crawler.cli.show_diff import show_diff
from crawler.export.lines import json_line
from storage.model import Revision
from tests.kept import content

SEEN = datetime(2026, 11, 23, tzinfo=UTC)
HOSTILE = "\x1b]0;owned\x07\x1b[31mred\x9b2J\x00 a\tb\r\nc \u202eetalitneg\u2066x\ufeff \u2028end"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Pipe(Terminal):
    """A stream that says it is none."""

    def isatty(self) -> bool:
        return False


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Terminal]:
    def attach(width: int) -> Terminal:
        stream = Terminal()
        monkeypatch.setattr("sys.stdout", stream)
        for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setenv("COLUMNS", str(width))
        return stream

    return attach


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Pipe]:
    def attach() -> Pipe:
        stream = Pipe()
        monkeypatch.setattr("sys.stdout", stream)
        return stream

    return attach


@dataclass(frozen=True)
class Row:
    id: int
    title: str | None
    fine: bool = True


COLUMNS: Sequence[Column[Row]] = [
    Column("id", lambda row: row.id, right=True),
    Column("fine", lambda row: row.fine, style=lambda row: "green"),
    Column("title", lambda row: row.title, shown=lambda row: row.title or "-", cut=True),
]


def shown(rows: Sequence[Row], *, as_json: bool = False) -> int:
    return show_list(rows, COLUMNS, record=lambda row: {"id": row.id, "title": row.title}, as_json=as_json)


def test_a_hostile_text_becomes_one_harmless_line() -> None:
    line = safe(HOSTILE)
    assert line == "�]0;owned��[31mred�2J� a b  c etalitnegx  end"


@given(st.text())
def test_nothing_that_steers_a_terminal_passes(text: str) -> None:
    for made in (safe(text), safe_block(text).replace("\n", "")):
        assert not [char for char in made if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")]
        assert not set(made) & set(
            "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\ufeff"
        )


def test_ordinary_text_of_any_script_passes_unchanged() -> None:
    text = "Presiden “Banggakan” Inflasi 2% — 首相が訪問 · رئيس الوزراء يزور · 👩‍💻 می‌خواهم"
    assert safe(text) == text
    assert safe_block(f"{text}\n\n{text}") == f"{text}\n\n{text}"


@given(st.dictionaries(st.text(), st.text()))
def test_json_is_one_harmless_line_and_says_the_same(value: dict[str, str]) -> None:
    line = json_line(value)
    assert line.splitlines() == [line]
    assert not [char for char in line if unicodedata.category(char) in ("Cc", "Cs")]
    assert "\u202e" not in line
    assert json.loads(line) == value
    assert json_line(value, ascii_only=True).isascii()


def test_json_keeps_other_scripts_readable() -> None:
    assert json_line({"title": "首相"}) == '{"title": "首相"}'


def test_json_knows_no_nan() -> None:
    with pytest.raises(ValueError, match="JSON"):
        json_line(float("nan"))


def test_lines_elsewhere_are_tab_separated_and_whole(pipe: Callable[[], Pipe]) -> None:
    stream = pipe()
    long = "x" * 500
    assert shown([Row(1, "a\tb\nc"), Row(2, None, fine=False), Row(3, long)]) == 3
    assert stream.getvalue() == f"1\tyes\ta b c\n2\tno\t\n3\tyes\t{long}\n"


def test_json_lines_when_asked_for(pipe: Callable[[], Pipe]) -> None:
    stream = pipe()
    assert shown([Row(1, "首"), Row(2, None)], as_json=True) == 2
    assert [json.loads(line) for line in stream.getvalue().splitlines()] == [
        {"id": 1, "title": "首"}, {"id": 2, "title": None},
    ]  # fmt: skip


def test_json_is_ascii_where_the_stream_knows_no_utf8(
    pipe: Callable[[], Pipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = pipe()
    monkeypatch.setattr(stream, "encoding", "latin-1", raising=False)
    write_json({"title": "首"})
    assert stream.getvalue() == '{"title": "\\u9996"}\n'


@pytest.mark.parametrize("width", [30, 60, 80, 200])
@pytest.mark.parametrize(
    "title",
    [
        "Presiden Banggakan Inflasi 2%, Ini Cara Pemerintah Menjaga Harga Beras Tetap Stabil",
        "首相が訪問先のジャカルタで記者会見を開き、両国の協力について述べた。詳細は追って発表される",
        "رئيس الوزراء يزور جاكرتا ويعقد مؤتمرا صحفيا حول التعاون بين البلدين في مجالات الطاقة",
        "👩‍💻👨‍👩‍👧 " * 30,
        "[bold red]markup[/] :smile: " * 8,
        HOSTILE * 4,
    ],
)
def test_a_table_fits_the_terminal_and_is_cut_not_wrapped(
    terminal: Callable[[int], Terminal], monkeypatch: pytest.MonkeyPatch, width: int, title: str
) -> None:
    screen = terminal(width)
    monkeypatch.setenv("NO_COLOR", "1")
    assert shown([Row(12345, title), Row(7, "short")]) == 2
    lines = plain(screen.getvalue()).splitlines()
    assert len(lines) == 3, "a header and one line a row"
    assert all(cell_len(line) <= width for line in lines)
    assert "12345" in lines[1]
    if cell_len(safe(title)) + 15 > width:
        assert "…" in lines[1]
    else:
        assert safe(title).strip() in lines[1]


def test_on_a_terminal_too_narrow_for_a_table_nothing_of_it_is_lost(
    terminal: Callable[[int], Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = terminal(12)
    monkeypatch.setenv("NO_COLOR", "1")
    assert shown([Row(12345, "Presiden Banggakan Inflasi 2%"), Row(7, "short")]) == 2
    lines = plain(screen.getvalue()).splitlines()
    assert len(lines) == 3
    assert "12345" in lines[1]
    assert "Presiden Ban" in lines[1]
    assert "short" in lines[2]


def plain(text: str) -> str:
    """Take bold away, which NO_COLOR leaves."""
    return text.replace("\x1b[1m", "").replace("\x1b[0m", "")


def test_colours_on_a_terminal_unless_told_otherwise(
    terminal: Callable[[int], Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = terminal(80)
    shown([Row(1, "a")])
    assert "\x1b[32m" in screen.getvalue()
    screen = terminal(80)
    monkeypatch.setenv("NO_COLOR", "1")
    shown([Row(1, "a")])
    assert "\x1b[32m" not in screen.getvalue()


def test_markup_and_emoji_codes_are_text(terminal: Callable[[int], Terminal]) -> None:
    screen = terminal(80)
    shown([Row(1, "[bold]x[/bold] :smile: [link=http://a]y[/link]")])
    assert "[bold]x[/bold] :smile: [link=http://a]y[/link]" in screen.getvalue()


def test_an_empty_table_is_not_drawn(terminal: Callable[[int], Terminal]) -> None:
    screen = terminal(80)
    assert shown([]) == 0
    assert screen.getvalue() == ""


def test_facts(pipe: Callable[[], Pipe], terminal: Callable[[int], Terminal]) -> None:
    stream = pipe()
    facts = [("title", "a\tb"), ("none", None), ("empty", ""), ("zero", 0), ("no", False)]
    show_facts(facts)
    assert stream.getvalue() == "title\ta b\nzero\t0\nno\tno\n"
    screen = terminal(40)
    url = "http://" + "x" * 60
    show_facts([("title", "a b"), ("url", url), ("because", "first polls are " + "far " * 10), ("n", 1)])
    assert "\x1b[1mn        \x1b[0m1\n" in screen.getvalue(), "the label is bold, the value is not"
    lines = plain(screen.getvalue()).splitlines()
    assert lines == [
        "title    a b",
        f"url      {url}",
        "because  first polls are far far far far",
        "         far far far far far far",
        "n        1",
    ]


def test_progress_is_for_terminals_only(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Pipe()
    monkeypatch.setattr("sys.stderr", stream)
    with progress() as step:
        step(1, 2, "half")
    assert stream.getvalue() == ""


def test_progress_is_drawn_on_a_terminal_and_removed(
    terminal: Callable[[int], Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal(80)
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    with progress() as step:
        step(1, 2, "half\x1b[2J way")
    assert "1/2" in stream.getvalue()
    assert "\x1b[2J" not in stream.getvalue()
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    with progress(wanted=False) as step:
        step(1, 2, "half")
    assert stream.getvalue() == ""


def test_messages_go_to_stderr_as_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    output.say("a\nb\x1b[31m")
    caught = capsys.readouterr()
    assert (caught.out, caught.err) == ("", "a b�[31m\n")


def test_a_difference_is_coloured_where_there_are_colours(
    terminal: Callable[[int], Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Revision(article_id=1, number=1, seen_at=SEEN, content=content(1, title="20 dead \x1b[2J"))
    new = Revision(article_id=1, number=2, seen_at=SEEN, content=content(1, title="23 dead \x1b[2J"))
    screen = terminal(80)
    show_diff(1, old, new, as_json=False)
    shown = screen.getvalue()
    assert "title: " in shown
    assert "\x1b[9;31m20\x1b[0m\x1b[32m23\x1b[0m dead" in shown, "red and struck out, then green"
    assert "\x1b[2J" not in shown
    screen = terminal(80)
    monkeypatch.setenv("NO_COLOR", "1")
    show_diff(1, old, new, as_json=False)
    assert "title: [-20-]{+23+} dead" in screen.getvalue()
