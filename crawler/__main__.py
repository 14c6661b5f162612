"""Run the command line: what ``kabar`` and ``python -m crawler`` begin with.

Until there is somebody to say so in words, Ctrl-C ends the program without any; hence nothing is imported
here but what takes no time.
"""

import gc
import os
import signal
import sys
from types import FrameType

from crawler.garbage import GARBAGE


def intruder() -> str | None:
    """Say where another package hides one of ours: ``python -m`` looks into the working directory first."""
    from importlib.util import find_spec
    from pathlib import Path

    home = Path(__file__).resolve().parents[1]
    for name in ("spiders", "storage"):
        spec = find_spec(name)
        found = Path(spec.origin).resolve().parent if spec is not None and spec.origin else None
        if found != home / name:
            return f"{name}: hidden by {found or 'a folder of that name'}; run kabar from another folder"
    return None


def main() -> None:
    """Run the program, unless its packages do not belong together."""
    signal.signal(signal.SIGINT, _leave)
    gc.set_threshold(GARBAGE)  # what is loaded stays: to look through it took a tenth of a short command
    _have_streams()
    problem = intruder()
    if problem is not None:
        sys.stderr.write(f"kabar: {problem}\n")
        sys.exit(2)
    from crawler.cli import main as cli

    cli.main()


def _have_streams() -> None:
    """Put the null device in the place of a standard stream that was closed (``>&-``).

    The first file to be opened would get its number otherwise, and what is written to the stream.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - it stays open until the end


def _leave(number: int, _frame: FrameType | None) -> None:
    os._exit(128 + number)


if __name__ == "__main__":
    main()
