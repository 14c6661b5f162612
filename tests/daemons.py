"""Run the daemon as a process of its own, as people do."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KABAR = (
    sys.executable,
    "-c",
    "from crawler import stop; stop.PATIENCE = 60.0; from crawler.cli.main import main; main()",
)
"""kabar as a process that may take longer to end than people would wait: others use this machine too."""


def environment(database: str, **extra: str) -> dict[str, str]:
    """Return an environment in which kabar crawls loopback into this database without pauses."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KABAR_")}
    return {
        **kept,
        "KABAR_DATABASE": database,
        "KABAR_FETCH__ALLOW_PRIVATE": "true",
        "KABAR_FETCH__HOST_DELAY": "0",
        "KABAR_FETCH__TIMEOUT": "5",
        "KABAR_POOL__WORKERS": "1",
        "KABAR_LOG__FORMAT": "json",
        "PYTHONPATH": str(ROOT),
        **extra,
    }


class Daemon:
    """A running ``kabar run`` and its log."""

    def __init__(self, log: Path, env: Mapping[str, str], *arguments: str) -> None:
        self.log = log
        with log.open("ab") as stream:
            self.process = subprocess.Popen(
                [*KABAR, "run", "--no-starters", *arguments],
                env=dict(env),
                stdout=stream,
                stderr=stream,
                stdin=subprocess.DEVNULL,
            )

    @property
    def messages(self) -> list[str]:
        """The messages logged so far."""
        return [json.loads(line)["message"] for line in self.log.read_text().splitlines() if line[:1] == "{"]

    def until(self, holds: Callable[[], object], *, seconds: float = 100.0) -> None:
        """Wait until something holds; fail with the log when it does not in time or the daemon ends."""
        give_up = time.monotonic() + seconds
        while not holds():
            assert self.process.poll() is None, f"the daemon ended:\n{self.log.read_text()}"
            assert time.monotonic() < give_up, f"not in {seconds} s:\n{self.log.read_text()}"
            time.sleep(0.05)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait until it ended and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(60)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait(10)


@contextmanager
def daemon(log: Path, env: Mapping[str, str], *arguments: str) -> Iterator[Daemon]:
    """Run a daemon for as long as the context is open."""
    running = Daemon(log, env, *arguments)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.kill()
