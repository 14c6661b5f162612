"""The ten questions of the documentation: its very code blocks, on one small store, give one answer."""

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from crawler.cli.main import run
from storage import open_store
from tests.questions import fill

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "answer-ten-questions.md"
ARTICLE = (0, 3, 4)
FACET = (1, 2)
SHOWN = {
    1: ARTICLE,
    2: (0, 5),
    3: FACET,
    4: ARTICLE,
    5: FACET,
    6: ARTICLE,
    7: (0, 4),
    8: FACET,
    9: FACET,
    10: ARTICLE,
}
"""Which columns of the shell's answer say what Python and SQL say."""
ANSWERS = {
    1: ["1 mandala.example Kabel laut putus"],
    2: ["1 Dana pelabuhan hilang", "2 Dana pelabuhan 47 miliar hilang"],
    3: ["bentala.example 1", "ledger.example 1", "mandala.example 2", "rayhan.example 1", "selat.example 1",
        "senja.example 2"],
    4: ["7 bentala.example London banjir", "6 senja.example Inggris memilih"],
    5: ["bentala.example 1", "senja.example 1"],
    6: ["9 rayhan.example Menteri mundur"],
    7: ["4 selat", "5 arung", "7 rayhan"],
    8: ["2026-11-22 2", "2026-11-16 3"],
    9: ["Ratih Wulan 2", "Laksmi Arung 1"],
    10: ["10 senja.example Harga beras naik"],
}  # fmt: skip
UNORDERED = {3}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('questions') / 'kabar.db'}"
    with open_store(url) as store:
        fill(store)
    return url


def blocks(number: int) -> dict[str, str]:
    """Return the code blocks of a question by language; that of the shell has none."""
    sections = re.split(r"^## (\d+)\. .*$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = dict(zip(sections[1::2], sections[2::2], strict=True))[str(number)]
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    assert [language for language, _ in found] == ["", "python", "sql"]
    return dict(found)


def in_the_shell(url: str, *arguments: str) -> list[list[str]]:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert run(["--database", url, *arguments]) == 0
    return [line.split("\t") for line in out.getvalue().splitlines()]


def in_python(url: str, code: str) -> list[list[str]]:
    with open_store(url) as store, contextlib.redirect_stdout(io.StringIO()) as out:
        exec(code, {"store": store})
    return [line.split("\t") for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("number", range(1, 11))
def test_shell_python_and_sql_agree(url: str, number: int) -> None:
    code = blocks(number)
    _, *arguments = shlex.split(code[""])
    shell = [[row[at] for at in SHOWN[number]] for row in in_the_shell(url, *arguments)]
    python = in_python(url, code["python"])
    asked = in_the_shell(url, "sql", code["sql"])
    told = [" ".join(row) for row in shell]
    assert (sorted(told) if number in UNORDERED else told) == ANSWERS[number]
    assert python == shell
    assert asked == shell


def test_there_are_ten(url: str) -> None:
    assert len(re.findall(r"^## \d+\. ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)) == 10
