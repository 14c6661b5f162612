"""What ``kabar`` writes straight away: pipes, devices and files that a shell has opened."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from storage import open_store
from storage.raw import RawPage
from tests.keeping import NOW, add_article, at

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a store of three articles."""
    made = f"sqlite:///{tmp_path_factory.mktemp('store') / 'kabar.db'}"
    with open_store(made) as store:
        for number in range(3):
            add_article(store, f"a{number}", published_at=at(NOW + number), title=f"Größe {number} #")
    return made


def shell(
    line: str, url: str, folder: Path, *, program: str = "bash", **variables: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a line of a shell in which ``"$@"`` is kabar on the store."""
    command = [program, "-c", line, program, sys.executable, "-m", "crawler", "--database", url]
    usual = {name: value for name, value in os.environ.items() if not name.startswith("KABAR_")}
    env = {**usual, "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ('"$@" export --format jsonl -o /dev/stdout | cat', 3),
        ('"$@" export --format jsonl -o /proc/self/fd/1 | cat', 3),
        ('"$@" export --format jsonl -o >(cat >&1) | cat', 3),
        ('"$@" export --format csv -o /dev/stderr 2>&1 >/dev/null | cat', None),
        ('"$@" sql "SELECT id FROM v_articles" --format jsonl -o /dev/stdout | cat', 3),
        ('"$@" sources export --format csv -o /dev/stdout | cat', 1),
        ('ln -s /dev/stdout link; "$@" export --format jsonl -o link | cat', 3),
    ],
)
def test_a_pipe_that_is_open_already_is_written_to(
    url: str, tmp_path: Path, line: str, lines: int | None
) -> None:
    done = shell(f"set -o pipefail; {line}", url, tmp_path)
    assert done.returncode == 0, done.stderr
    assert lines is None or len(done.stdout.splitlines()) == lines
    assert b"No such file" not in done.stdout + done.stderr
    assert [name for name in os.listdir(tmp_path) if name != "link"] == []


@pytest.mark.parametrize(
    "line",
    [
        '"$@" export --format jsonl -o /dev/stdout >> app.jsonl',
        '"$@" export --format jsonl -o /dev/fd/3 3>> app.jsonl',
        '"$@" sql "SELECT id FROM v_articles" --format jsonl -o /dev/stdout >> app.jsonl',
    ],
)
def test_a_file_that_is_open_already_goes_on(url: str, tmp_path: Path, line: str) -> None:
    path = tmp_path / "app.jsonl"
    path.write_text('{"id": 99}\n', encoding="utf-8")
    before = path.stat().st_ino
    done = shell(line, url, tmp_path)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line)["id"] for line in path.read_bytes().splitlines()]
    assert (found[0], len(found)) == (99, 4)
    assert path.stat().st_ino == before, "it is the same file"


def test_parquet_goes_through_a_pipe(url: str, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    done = shell('"$@" export --format parquet -o /dev/stdout | cat > a.parquet', url, tmp_path)
    assert (done.returncode, b"3 articles written" in done.stderr) == (0, True)
    assert parquet.read_table(tmp_path / "a.parquet").num_rows == 3


def test_a_file_in_the_shared_memory_is_a_file(url: str, tmp_path: Path) -> None:
    if not os.access("/dev/shm", os.W_OK):
        pytest.skip("there is no shared memory")
    path = Path(f"/dev/shm/kabar-{os.getpid()}.jsonl")
    try:
        path.write_text("old", encoding="utf-8")
        assert shell(f'"$@" export -o {path}', url, tmp_path).returncode == 0
        assert len(path.read_bytes().splitlines()) == 3, "replaced, not gone on with"
    finally:
        path.unlink()


def test_a_kept_page_goes_on_in_a_file_that_is_open_already(url: str, tmp_path: Path) -> None:
    raw = RawPage(url="https://pages.example/1", requested_url="https://pages.example/1", status=200,
                  body=b"page", fetched_at=NOW)  # fmt: skip
    with open_store(url) as store:
        packed = store.pages.pack([raw], site="pages.example")
        store.pages.keep(packed, article_id=1, entry_id=None, reader="3", now=NOW)
    (tmp_path / "app").write_text("old", encoding="utf-8")
    assert shell('"$@" show 1 --raw -o /dev/fd/3 3>> app', url, tmp_path).returncode == 0
    assert (tmp_path / "app").read_text(encoding="utf-8") == "oldpage"


def test_a_stdout_that_is_closed_is_a_failure(url: str, tmp_path: Path) -> None:
    done = shell('"$@" export --since-last closed >&-', url, tmp_path)
    told = b"kabar: the output cannot be written: stdout is closed; give -o FILE\n"
    assert (done.returncode, done.stderr) == (1, told)
    with open_store(url) as store:
        assert store.exports.named("closed") is None
    assert shell('"$@" export -o a.jsonl >&-', url, tmp_path).returncode == 0
    assert shell('"$@" export --since-last closed > /dev/full', url, tmp_path).returncode == 1
    with open_store(url) as store:
        assert store.exports.named("closed") is None


@pytest.mark.parametrize("format_", ["jsonl", "csv", "rss", "atom", "markdown"])
def test_stdout_gets_utf_8_whatever_the_language_of_the_machine(
    url: str, tmp_path: Path, format_: str
) -> None:
    done = shell(f'"$@" export --format {format_}', url, tmp_path, PYTHONIOENCODING="latin-1")
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode("utf-8")
    assert ("Gr\\u00f6\\u00dfe" if format_ == "jsonl" else "Größe") in text
