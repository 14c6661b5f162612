"""What can go wrong while reading the web.

::

    SpiderError
      FetchError(url, reason, status, retry_after)   no usable answer
        FetchFailed      may work later: timeouts, refused connections, 5xx, 429
        FetchRefused     we will not: private address, robots.txt, over a cap, bad scheme
        Gone             404 and 410: the publisher took it away
        Denied           401, 403, 451 and other 4xx
        LocalFailure     this machine cannot: a library or a browser is missing, or has crashed
      ParseError(url, reason)                        an answer, but not what was expected
        NotAFeed
        NotAnArticle
        NotAList
        NotAnArchive     DamagedArchive(position)
"""

from typing import ClassVar

from spiders.items import Robots

PRIVATE = "private_address"
"""The reason of a fetch that would have led to a private address."""


class SpiderError(Exception):
    """Anything a spider or reader reports. ``transient`` says whether trying again makes sense."""

    transient: ClassVar[bool] = False

    def __init__(self, url: str, reason: str, message: str) -> None:
        super().__init__(url, reason, message)
        self.url = url
        self.reason = reason
        """A short code to count by, like ``timeout``, ``http_503`` or ``private_address``."""
        self.message = message

    def __str__(self) -> str:
        return f"{self.url}: {self.message}"


class FetchError(SpiderError):
    """There is no usable answer."""

    def __init__(
        self,
        url: str,
        reason: str,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        robots: tuple[Robots, ...] = (),
    ) -> None:
        super().__init__(url, reason, message)
        self.status = status
        self.retry_after = retry_after
        self.robots = robots
        """robots.txt files fetched on the way, worth keeping although the fetch failed."""

    def __reduce__(self) -> tuple[object, ...]:
        state = {"status": self.status, "retry_after": self.retry_after, "robots": self.robots}
        return _rebuild, (type(self), self.args, state)


def _rebuild(kind: type[FetchError], args: tuple[str, str, str], state: dict[str, object]) -> FetchError:
    error = kind(*args)
    error.__dict__.update(state)
    return error


class FetchFailed(FetchError):
    """The fetch failed in a way that may pass: try again later."""

    transient: ClassVar[bool] = True


class FetchRefused(FetchError):
    """We do not fetch this: a private address, robots.txt, a cap, an odd scheme."""


class Gone(FetchError):
    """The publisher took it away (404, 410)."""


class Denied(FetchError):
    """The server does not let us in (401, 403, 451 and other client errors)."""


class LocalFailure(FetchError):
    """This machine lacks what the source's options want, or its browser crashed: no fault of the host."""

    transient: ClassVar[bool] = True


class ParseError(SpiderError):
    """There is an answer, but it is not what was expected."""


class NotAFeed(ParseError):
    """The document is no feed of a kind we read."""


class NotAnArticle(ParseError):
    """The document is no article page (a PDF, an image, an empty page)."""


class NotAList(ParseError):
    """The document is no list of sources."""


class NotAnArchive(ParseError):
    """The file is no archive of pages, or none that can be read here."""


class DamagedArchive(ParseError):
    """An archive is cut off or broken; what stands before ``position`` (a byte) was read."""

    def __init__(self, name: str, position: int, why: str) -> None:
        super().__init__(name, "damaged", f"is damaged at byte {position:,}: {why}")
        self.position = position
