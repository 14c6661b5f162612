"""What the processes of a pool hold to from the moment they are forked."""

import sys
from types import TracebackType

_GONE = (FileNotFoundError, EOFError, ConnectionError)


def keep_quiet_when_late() -> None:
    """Let a process that starts when the one it serves has ended say nothing of what it does not find.

    It would write into a terminal that is another's by now.
    """
    sys.excepthook = _told


def _told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, _GONE):
        sys.__excepthook__(kind, error, trace)
