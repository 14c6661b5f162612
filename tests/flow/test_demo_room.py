"""What the demo deletes before it begins: its own store of an earlier run, and nothing else."""

import sqlite3
from pathlib import Path

import pytest

from crawler.demo.tour import make_room, run_demo
from crawler.errors import UsageError
from storage import open_store
from storage.model import NewSource


def store_with(path: Path, *tags: str) -> None:
    with open_store(f"sqlite:///{path}") as store:
        url = "http://paper.example/feed.xml"
        source = NewSource(url=url, host="paper.example", kind="feed", tags=tags, next_due_at=0.0)
        store.sources.add(source, now=0.0)


def test_an_earlier_demo_makes_room_and_its_neighbours_stay(tmp_path: Path) -> None:
    store_with(tmp_path / "demo.db", "demo")
    neighbours = {tmp_path / "demo.db.backup", tmp_path / "demo.dbx"}
    for path in neighbours:
        path.write_text("mine")
    make_room(tmp_path / "demo.db")
    assert set(tmp_path.iterdir()) == neighbours


def test_what_is_not_of_a_demo_stays(tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    path.write_text("words of mine")
    with pytest.raises(UsageError, match="name another --directory"):
        run_demo(tmp_path, out=print)
    assert path.read_text() == "words of mine"
    path.unlink()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE notes (words)")
    other.close()
    with pytest.raises(UsageError, match=r"demo\.db is not of a demo"):
        run_demo(tmp_path, out=print)
    path.unlink()
    store_with(path, "economy")
    with pytest.raises(UsageError, match="left as it is"):
        run_demo(tmp_path, out=print)
    with open_store(f"sqlite:///{path}", create=False) as store:
        assert len(store.sources.list()) == 1


def test_an_empty_file_and_an_empty_folder_are_no_obstacle(tmp_path: Path) -> None:
    make_room(tmp_path / "demo.db")
    (tmp_path / "demo.db").touch()
    make_room(tmp_path / "demo.db")
    assert not list(tmp_path.iterdir())
