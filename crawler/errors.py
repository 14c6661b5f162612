"""What can go wrong while deciding and moving.

::

    CrawlerError
      SettingsError(key, origin)     a setting is unknown, malformed or out of range
      UsageError                     the command line asks for something that makes no sense
      ScheduleError(field)           what a person wants as a source's schedule makes no sense
      NothingFound                   there is no source behind a URL
      HostBusy                       another process asks the host now, or it asked for a pause
      CalledOff                      the fetcher is stopping: nothing happened, nothing is to be written
      CannotListen(host, port)       the address of the listener is taken, or not this machine's
      ExportHeld(path)               another export writes the same file
      ExportGone(path)               what it had written so far is no longer there
      NeedsExtra(what, extra)        a library is missing that an extra brings
      PoolError(reason)              work in a pool process ended without an answer
        PoolTimeout  PoolCrash
      Drop(reason)                   raised by a normalize step: this is no article to keep
"""

from typing import ClassVar


class CrawlerError(Exception):
    """Anything the crawler reports. ``transient`` says whether trying again makes sense."""

    transient: ClassVar[bool] = False


class SettingsError(CrawlerError, ValueError):
    """A setting is unknown, malformed or out of range; names the key and where it stands."""

    def __init__(self, key: str, origin: str, problem: str) -> None:
        super().__init__(f"{origin}: {key}: {problem}")
        self.key = key
        self.origin = origin


class UsageError(CrawlerError):
    """The command line asks for something that makes no sense."""


class ScheduleError(CrawlerError, ValueError):
    """What a person wants as a source's schedule makes no sense; names the field."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field


class NothingFound(CrawlerError):
    """There is no source behind a URL; says what was looked at in vain."""


class HostBusy(CrawlerError):
    """Another process asks the host now, or the host asked to be left alone for a while."""

    transient: ClassVar[bool] = True


class CalledOff(CrawlerError):
    """The fetcher is stopping: nothing happened to what was asked, and nothing is to be written."""

    transient: ClassVar[bool] = True


class CannotListen(CrawlerError):
    """The address on which kabar was to listen is not to be had."""

    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(f"cannot listen on {host}:{port}: {why}; set web.host and web.port")
        self.host = host
        self.port = port


class ExportHeld(CrawlerError):
    """Another export writes the same file at the same time."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is being written by another kabar export; let that one end first")


class ExportGone(CrawlerError):
    """What an export had written so far was removed, or is another one's by now."""

    def __init__(self, path: str) -> None:
        what = "what was written of it so far has been removed or replaced meanwhile"
        super().__init__(f"{path}: {what}; run the export again")


class NeedsExtra(CrawlerError):
    """A library is missing that an extra brings."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs: pip install 'kabar[{extra}]'")


class PoolError(CrawlerError):
    """Work handed to a pool process ended without an answer."""

    transient: ClassVar[bool] = True
    reason: ClassVar[str] = "pool_error"


class PoolTimeout(PoolError):
    """A pool process took longer than its deadline and was ended."""

    reason: ClassVar[str] = "reader_timeout"


class PoolCrash(PoolError):
    """A pool process died (out of memory, a crash in a C library)."""

    reason: ClassVar[str] = "reader_crash"


class Drop(CrawlerError):
    """A normalize step found that this is no article to keep."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(reason, message)  # both, because it is pickled on its way out of the pool
        self.reason = reason
        """A short code to count by, like ``no_title``."""
        self.message = message

    def __str__(self) -> str:
        return self.message
