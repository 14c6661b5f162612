"""One value for everything that can go wrong with a fetch or a reading."""

from dataclasses import dataclass

from crawler.errors import CalledOff, CrawlerError, PoolError
from spiders.errors import FetchError, ParseError

Trouble = FetchError | ParseError | PoolError
"""The errors that the web (and what it sends) causes: expected, counted, never fatal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a source or page could not be had or read, and whether trying again makes sense."""

    reason: str
    """A short code to count by."""
    message: str
    transient: bool
    status: int | None = None
    retry_after: float | None = None
    """Seconds the server asked to wait, or that it is left alone because it does not answer."""

    def __str__(self) -> str:
        return f"{self.reason}: {self.message}" if self.message else self.reason


BUG = Failure(reason="bug", message="a defect in kabar; the log has its traceback", transient=True)


OVERDUE = Failure(reason="overdue", message="it took longer than the lease of its host", transient=True)


ANOTHER_PAGE = Failure(
    reason="another_page", message="another page answers in the place of the article", transient=False
)


CUT_OFF = Failure(reason="truncated", message="the page ended before its announced length", transient=True)


ELSEWHERE = Failure(
    reason="redirected_away", message="it redirects to another page, not to the article", transient=False
)


PART_MISSING = Failure(
    reason="part_missing", message="one of the pages of the article could not be had", transient=True
)


PRUNED = "pruned"
"""The reason of entries whose article was deleted for its age: their pages are not fetched."""


def require_running(error: FetchError) -> None:
    """Raise CalledOff when a fetch ended because the fetcher is stopping, which is nobody's failure."""
    if error.reason in ("stopping", "cancelled"):
        raise CalledOff(error.message) from error


def failure_of(error: Trouble) -> Failure:
    """Say what an error means."""
    if isinstance(error, CrawlerError):
        return Failure(reason=error.reason, message=str(error), transient=error.transient)
    if isinstance(error, FetchError):
        return Failure(
            reason=error.reason,
            message=error.message,
            transient=error.transient,
            status=error.status,
            retry_after=error.retry_after,
        )
    return Failure(reason=error.reason, message=error.message, transient=error.transient)
