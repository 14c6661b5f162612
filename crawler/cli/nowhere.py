"""What stands in for a stdout that was closed (``>&-``): data that goes nowhere is a failure, told last."""

import contextlib
import io
import os
import sys
from typing import Any


class Nowhere(io.RawIOBase):
    """The null device, which remembers whether anything was written to it.

    Nothing fails at once: what was under way is brought to its end, as it was asked for.
    """

    def __init__(self, null: io.TextIOBase) -> None:
        self._null = null  # held open: its number would be that of the next file
        self.took = False

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def fileno(self) -> int:
        """Return the number of the null device."""
        return self._null.fileno()

    def write(self, data: Any, /) -> int:
        """Forget some bytes."""
        size = memoryview(data).nbytes
        self.took = self.took or size > 0
        return size


def in_place_of_stdout() -> Nowhere | None:
    """Put one in the place of the null device that stands for a closed stdout; None where it is open."""
    if sys.__stdout__ is not None or not isinstance(sys.stdout, io.TextIOBase):
        return None
    nowhere = Nowhere(sys.stdout)
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(nowhere), encoding="utf-8")
    return nowhere


def hush() -> None:
    """Point stdout at nothing, so that the interpreter does not complain of the broken pipe at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
