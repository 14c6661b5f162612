"""``kabar db``: what it prints, and how it ends."""

import json
import os
import sqlite3
from pathlib import Path

import pytest

from crawler.cli.main import run
from storage import open_store
from storage.hits import Filters
from tests.fullstore import fill
from tests.harm import damage
from tests.keeping import add_article

Said = tuple[int, str, str]


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("KABAR_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KABAR_DATABASE", f"sqlite:///{tmp_path}/kabar.db")


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    with open_store(f"sqlite:///{tmp_path}/kabar.db") as store:
        fill(store)
    return tmp_path / "kabar.db"


def tell(capsys: pytest.CaptureFixture[str], *arguments: str) -> Said:
    code = run(["db", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_copy(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = tell(capsys, "copy", "kabar.db", "copy.db")
    assert (code, err) == (0, "")
    assert out.startswith("copied and verified 4 articles, ")
    code, out, err = tell(capsys, "copy", "kabar.db", "copy.db")
    assert (code, out) == (1, "")
    assert "holds a store already" in err
    assert err.count("\n") == 1
    code, out, _ = tell(capsys, "copy", "--json", "kabar.db", "other.db")
    assert (code, json.loads(out)["rows"]["articles"], json.loads(out)["indexed"]) == (0, 4, 4)


@pytest.mark.parametrize("name", ["p%20c.db", "q?x=1.db"])
def test_a_copy_goes_by_the_names_of_files(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert tell(capsys, "copy", "kabar.db", name)[0] == 0
    assert tell(capsys, "copy", name, f"copy of {name}")[0] == 0
    assert (tmp_path / f"copy of {name}").exists()


def test_backup(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = tell(capsys, "backup", "b.db")
    assert code == 0
    assert out.startswith("backed up to b.db, ")
    code, out, _ = tell(capsys, "backup", "--json", "b.db")
    assert json.loads(out) == {"file": "b.db", "bytes": Path("b.db").stat().st_size}
    code, out, err = tell(capsys, "backup", "kabar.db")
    assert (code, out) == (1, "")
    assert "the store itself" in err


def test_check(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tell(capsys, "check") == (0, "all is well\n", "")
    assert tell(capsys, "check", "--json") == (0, "", "")
    with sqlite3.connect(filled) as connection:
        connection.execute("UPDATE hosts SET next_due_at = NULL")
    code, out, err = tell(capsys, "check")
    assert (code, out.partition(":")[0]) == (1, "host")
    assert "--repair" in err
    code, out, _ = tell(capsys, "check", "--json")
    assert code == 1
    assert [json.loads(line)["kind"] for line in out.splitlines()] == ["host"]
    code, out, _ = tell(capsys, "check", "--repair")
    assert code == 0
    assert out.endswith(": mended\n")
    assert tell(capsys, "check") == (0, "all is well\n", "")


def test_rescue(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = tell(capsys, "check", "--rescue", "rescued.db")
    assert code == 0
    assert out.startswith("saved 4 articles")
    assert tell(capsys, "--database", "sqlite:///rescued.db", "check")[:2] == (0, "all is well\n")


def test_what_a_rescue_saved_is_counted_after_mending(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_store(f"sqlite:///{tmp_path}/kabar.db") as store:
        for number in range(30):
            add_article(store, f"a{number}", text=f"text{number} " * 500)
    damage(tmp_path / "kabar.db", "revisions")
    code, out, _ = tell(capsys, "check", "--rescue", "rescued.db")
    with open_store("sqlite:///rescued.db") as store:
        saved = store.articles.count(Filters())
    assert 0 < saved < 30
    assert (code, out.splitlines()[0].partition(",")[0]) == (4, f"saved {saved} articles")
    assert f"left out {30 - saved} article" in out
    assert tell(capsys, "check", "--rescue", "again.db", "--partial-ok")[0] == 0


def test_a_damaged_store_is_told_of_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(f"sqlite:///{tmp_path}/kabar.db") as store:
        for number in range(30):
            add_article(store, f"a{number}", text="text " * 500)
    path = tmp_path / "kabar.db"
    damage(path, "revisions", slice(None))
    assert run(["export", "-o", "all.jsonl"]) == 4
    assert "30 more articles cannot be read: `kabar db check`" in capsys.readouterr().err
    assert run(["search"]) == 1
    err = capsys.readouterr().err
    assert "kabar db check" in err
    assert "--rescue" in err
    for arguments in (("check",), ("check", "--repair")):
        code, _, err = tell(capsys, *arguments)
        assert (code, err.count("\n")) == (1, 1)
        assert "--rescue" in err
        assert "--repair" not in err


def test_a_store_that_cannot_be_written(
    filled: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.schema.os.access", lambda _, how: how == os.R_OK)
    code, out, err = tell(capsys, "check")
    assert (code, out) == (0, "all is well\n")
    assert "search index is not looked at" in err
    for arguments in (("check", "--repair"), ("prune", "--older-than", "1s", "--yes"), ("upgrade",)):
        code, out, err = tell(capsys, *arguments)
        assert (code, out, err.count("\n")) == (1, "", 1)
        assert f"the store cannot be written: {filled}" in err or "folder of the store cannot be" in err


def test_pruning_by_several_tags(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All of them hold, and it is said which these are, before anything is deleted."""
    code, out, _ = tell(capsys, "prune", "--tag", "x", "--tag", "C")
    assert (code, out.startswith("would delete 1 article tagged x and C with ")) == (0, True)
    out = tell(capsys, "prune", "--tag", "a", "--tag", "c")[1]
    assert out == "there is nothing tagged a and c to prune\n"
