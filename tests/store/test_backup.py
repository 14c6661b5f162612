"""Backups: whole, made while others write, and never half a file."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from storage import open_store
from storage.errors import BackupFailed, SchemaOutdated
from storage.hits import Filters
from storage.upkeep.backup import NO_ROOM, back_up
from tests import postgres as servers
from tests.fullstore import fill
from tests.harm import damage
from tests.keeping import add_article


def quiet(done: int, total: int | None, message: str = "") -> None:
    pass


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups"


def test_it_is_a_store(shared_url: str, folder: Path) -> None:
    with open_store(shared_url) as store:
        fill(store)
    size = back_up(shared_url, folder / "kabar.db", step=quiet)
    assert left_in(folder) == ["kabar.db"]
    assert size == (folder / "kabar.db").stat().st_size
    with open_store(f"sqlite:///{folder}/kabar.db", create=False) as store:
        assert store.articles.count(Filters()) == 4
        assert store.articles.count(Filters(words="another")) == 1
        assert store.check() == []


def test_before_an_upgrade(shared_url: str, folder: Path) -> None:
    """A kabar that is too new for a store backs it up all the same, as it is."""
    with open_store(shared_url) as store, store._database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    if shared_url.startswith("postgresql"):
        with pytest.raises(BackupFailed, match=r"upgrade .*`; before that, name a file that ends in \.dump"):
            back_up(shared_url, folder / "kabar.db", step=quiet)
        return
    back_up(shared_url, folder / "kabar.db", step=quiet)
    with pytest.raises(SchemaOutdated, match="0001"):
        open_store(f"sqlite:///{folder}/kabar.db")


@pytest.mark.slow
def test_an_older_backup_is_replaced(shared_url: str, folder: Path) -> None:
    with open_store(shared_url) as store:
        back_up(shared_url, folder / "kabar.db", step=quiet)
        add_article(store, "a")
    back_up(shared_url, folder / "kabar.db", step=quiet)
    with open_store(f"sqlite:///{folder}/kabar.db", create=False) as store:
        assert store.articles.count(Filters()) == 1


CHANGED = """
import os, sys
from storage import open_store
from tests.keeping import add_article
store = open_store(sys.argv[1])
for number in range(30):
    add_article(store, f"late{number}", text=f"text {number} " * 200)
os.kill(os.getpid(), 9)
"""


def change_and_die(path: Path) -> None:
    """Write to a store and be killed, so that what was written lies in its log only."""
    command = [sys.executable, "-c", CHANGED, f"sqlite:///{path}"]
    root = str(Path(__file__).resolve().parents[2])
    subprocess.run(command, env={**os.environ, "PYTHONPATH": root}, check=False, timeout=60)
    assert path.with_name(f"{path.name}-wal").stat().st_size


def test_the_log_of_an_older_backup_goes_with_it(shared_url: str, folder: Path) -> None:
    """SQLite would work it into the new one, and destroy it."""
    path = folder / "kabar.db"
    with open_store(shared_url) as store:
        back_up(shared_url, path, step=quiet)
        for number in range(20):
            add_article(store, f"a{number}", text="another text " * 300)
    change_and_die(path)
    back_up(shared_url, path, step=quiet)
    assert left_in(folder) == ["kabar.db"]
    with open_store(f"sqlite:///{path}", create=False) as store:
        assert store.check() == []
        assert store.articles.count(Filters()) == 20


def test_a_failed_backup_leaves_the_older_one_with_its_log(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, path = f"sqlite:///{tmp_path}/kabar.db", folder / "kabar.db"
    open_store(url).close()
    back_up(url, path, step=quiet)
    change_and_die(path)

    def fail(*_: object) -> None:
        raise OSError(5, "the disk does not answer")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(BackupFailed, match="does not answer"):
        back_up(url, path, step=quiet)
    with open_store(f"sqlite:///{path}", create=False) as store:
        assert store.articles.count(Filters()) == 30
        assert store.check() == []


def test_an_older_backup_that_is_open_is_not_replaced(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.upkeep.backup._PATIENCE", 0.1)
    url, path = f"sqlite:///{tmp_path}/kabar.db", folder / "kabar.db"
    open_store(url).close()
    back_up(url, path, step=quiet)
    with open_store(f"sqlite:///{path}") as store:
        add_article(store, "a")
        with pytest.raises(BackupFailed, match="has the backup of before open"):
            back_up(url, path, step=quiet)
        assert store.articles.count(Filters()) == 1
    back_up(url, path, step=quiet)
    assert left_in(folder) == ["kabar.db"]


def test_a_damaged_older_backup_is_replaced_with_its_log(tmp_path: Path, folder: Path) -> None:
    url, path = f"sqlite:///{tmp_path}/kabar.db", folder / "kabar.db"
    open_store(url).close()
    back_up(url, path, step=quiet)
    path.write_bytes(path.read_bytes()[:16] + bytes(5000))
    (folder / "kabar.db-wal").write_bytes(b"log" * 2000)
    back_up(url, path, step=quiet)
    assert left_in(folder) == ["kabar.db"]
    with open_store(f"sqlite:///{path}", create=False) as store:
        assert store.check() == []


def test_while_others_write(shared_url: str, folder: Path) -> None:
    """A backup shows one moment: every article in it is whole, and nobody had to wait for it to end."""
    with open_store(shared_url) as store:
        for number in range(20):
            add_article(store, f"before{number}", text=f"text {number} " * 200)
        written = threading.Event()
        done = threading.Event()

        def write() -> None:
            number = 0
            while not done.is_set():
                add_article(store, f"late{number}")
                number += 1
                if number == 3:
                    written.set()

        def step(done: int, total: int | None, message: str = "") -> None:
            written.wait(20)

        thread = threading.Thread(target=write)
        thread.start()
        try:
            back_up(shared_url, folder / "kabar.db", step=step)
        finally:
            done.set()
            thread.join()
        assert written.is_set(), "writing went on"
    with open_store(f"sqlite:///{folder}/kabar.db", create=False) as store:
        assert store.check() == []
        assert store.articles.count(Filters()) >= 20


class TestRefused:
    def test_the_store_itself(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/kabar.db"
        open_store(url).close()
        with pytest.raises(BackupFailed, match="the store itself"):
            back_up(url, tmp_path / "kabar.db", step=quiet)

    def test_what_is_no_backup(self, shared_url: str, folder: Path) -> None:
        (folder / "thesis.txt").write_text("Chapter 1")
        with pytest.raises(BackupFailed, match="no backup; name another"):
            back_up(shared_url, folder / "thesis.txt", step=quiet)
        assert (folder / "thesis.txt").read_text() == "Chapter 1"

    def test_a_folder(self, shared_url: str, folder: Path) -> None:
        with pytest.raises(BackupFailed, match="folder"):
            back_up(shared_url, folder, step=quiet)
        with pytest.raises(BackupFailed, match="no folder"):
            back_up(shared_url, folder / "none" / "kabar.db", step=quiet)


FULL = """
import resource, sys
from pathlib import Path
from storage.upkeep.backup import back_up
from storage.errors import BackupFailed
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    back_up(sys.argv[1], Path(sys.argv[2]), step=lambda *_: None)
except BackupFailed as error:
    print(error)
"""


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_is_named(
    shared_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.upkeep.backup.os.access", lambda path, mode: path != folder)
    with pytest.raises(BackupFailed, match=f"the folder {folder} cannot be written"):
        back_up(shared_url, folder / "b.db", step=lambda *_: None)


def test_the_disk_is_full(shared_url: str, folder: Path) -> None:
    """Nothing half is left, and the backup of before stays."""
    back_up(shared_url, folder / "kabar.db", step=quiet)
    before = (folder / "kabar.db").read_bytes()
    with open_store(shared_url) as store:
        for number in range(3):
            add_article(store, f"a{number}", text=" ".join(f"w{number}x{n}" for n in range(20_000)))
    done = subprocess.run(
        [sys.executable, "-c", FULL, shared_url, folder / "kabar.db"],
        capture_output=True, text=True, timeout=60, check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )  # fmt: skip
    assert done.stdout == f"no backup was made to {folder / 'kabar.db'}: {NO_ROOM}\n"
    assert left_in(folder) == ["kabar.db"]
    assert (folder / "kabar.db").read_bytes() == before


def test_a_damaged_store_makes_no_backup(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "kabar.db"
    with open_store(f"sqlite:///{path}") as store:
        for number in range(50):
            add_article(store, f"a{number}", text="text " * 500)
    damage(path, "revisions")
    with pytest.raises(BackupFailed, match="damaged"):
        back_up(f"sqlite:///{path}", folder / "kabar.db", step=quiet)
    assert left_in(folder) == []


class TestDump:
    @pytest.mark.slow
    def test_it_is_made(
        self, postgres: servers.Server, new_database: object, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        binaries = servers._binaries()
        monkeypatch.setenv("PATH", f"{binaries}{os.pathsep}{os.environ['PATH']}")
        url = new_database()  # type: ignore[operator]
        with open_store(url) as store:
            fill(store)
        back_up(url, folder / "kabar.dump", step=quiet)
        assert (folder / "kabar.dump").read_bytes().startswith(b"PGDMP")
        assert left_in(folder) == ["kabar.dump"]
        restored = new_database()  # type: ignore[operator]
        subprocess.run([binaries / "pg_restore", "-d", restored, folder / "kabar.dump"], check=True)
        with open_store(restored, create=False) as store:
            assert store.check() == []
            assert store.articles.count(Filters()) == 4

    def test_without_the_program(
        self, new_database: object, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shutil, "which", lambda _: None)
        url = new_database()  # type: ignore[operator]
        open_store(url).close()
        with pytest.raises(BackupFailed, match=r"pg_dump is not on the PATH: .* \.db"):
            back_up(url, folder / "kabar.dump", step=quiet)
        assert left_in(folder) == []
