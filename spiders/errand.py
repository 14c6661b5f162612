"""One call of the engine on its way through Scrapy: what is asked, for how long, and who waits for it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar, cast

from scrapy import Request

from spiders.errors import FetchFailed
from spiders.items import Document, Fetch, Robots, Target

T = TypeVar("T")
_sending: "ContextVar[Errand | None]" = ContextVar("errand", default=None)
"""The errand whose hop is being sent in this task, for the connector far below."""
Result = Fetch | Document


class Errand:
    """Travels in ``request.meta["errand"]`` and is shared by every hop of a redirect.

    ``limit`` is the most bytes a body may have; with ``cut`` a longer one is cut there instead of refused.
    ``exempt`` errands (robots.txt itself) ask no robots.txt. ``reading`` errands end in a Document.
    """

    __slots__ = (
        "_ended",
        "_on_done",
        "_scope",
        "began",
        "cut",
        "exempt",
        "fresh",
        "limit",
        "noted",
        "page",
        "reading",
        "result",
        "sent_url",
        "target",
    )

    def __init__(
        self, target: Target, *, limit: int, cut: bool = False, exempt: bool = False, reading: bool = False
    ) -> None:
        self.target = target
        self.limit = limit
        self.cut = cut
        self.exempt = exempt
        self.reading = reading
        self.sent_url = target.url
        """The target's URL as it is sent, made safe by Scrapy."""
        self.began: float | None = None
        """Loop time at which the first hop was sent; waiting in queues and for robots.txt does not count."""
        self.fresh: list[Robots] = []
        """robots.txt files that had to be fetched on the way."""
        self.result: asyncio.Future[Result] | None = None
        self.noted: tuple[str | None, str | None] = (None, None)
        """ETag and Last-Modified of its answer."""
        self.page: Fetch | None = None
        """The answer that was read."""
        self._on_done: Callable[[], None] | None = None
        self._scope: asyncio.Timeout | None = None
        self._ended: str | None = None

    @staticmethod
    def of(request: Request) -> "Errand":
        """Return the errand a Scrapy request belongs to."""
        return cast(Errand, request.meta["errand"])

    def expect(self, *, on_done: Callable[[], None]) -> "asyncio.Future[Result]":
        """Open the future its caller waits for; ``on_done`` runs once, when Scrapy is through with it."""
        self.result = asyncio.get_running_loop().create_future()
        self._on_done = on_done
        return self.result

    def resolve(self, result: Result) -> None:
        """Hand the result to the caller, if there is still one."""
        if self.result is not None and not self.result.done():
            self.result.set_result(result)
        self._done()

    def fail(self, error: BaseException) -> None:
        """Hand an error to the caller, if there is still one."""
        if self.result is not None and not self.result.done():
            self.result.set_exception(error)
        self._done()

    def _done(self) -> None:
        on_done, self._on_done = self._on_done, None
        if on_done is not None:
            on_done()

    @property
    def is_wanted(self) -> bool:
        """Whether somebody still waits and nobody has called it off."""
        return self._ended is None and (self.result is None or not self.result.done())

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Stop the clock of ``bounded`` while open: what is waited for is no fault of the server."""
        scope, loop = self._scope, asyncio.get_running_loop()
        end, began = scope.when() if scope is not None else None, loop.time()
        if scope is None or end is None or self._ended:
            yield
            return
        scope.reschedule(None)
        try:
            yield
        finally:
            waited = loop.time() - began
            self.began = (self.began or began) + waited
            if self._ended is None:
                scope.reschedule(end + waited)

    def abort(self, reason: str) -> None:
        """Call it off: what it waits for now, or would wait for next, ends in FetchFailed(reason)."""
        self._ended = self._ended or reason
        if self._scope is not None:
            self._scope.reschedule(asyncio.get_running_loop().time())

    async def bounded(self, until: float | None, work: Awaitable[T]) -> T:
        """Await ``work``, at most until a loop time, less when the errand is aborted.

        Raises FetchFailed ``timeout``, or the reason of the abort. Cancels ``work`` in both cases.
        """
        scope = asyncio.timeout_at(0 if self._ended else until)
        try:
            async with scope:
                self._scope = scope
                try:
                    return await work
                finally:
                    self._scope = None
        except TimeoutError:
            if not scope.expired():
                raise
            raise self._too_late(until) from None
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is None or task.cancelling():
                raise
            # Somebody cancelled the work itself. Scrapy would lose a callback that ends in CancelledError.
            raise self.stopped("cancelled") from None

    def _too_late(self, until: float | None) -> FetchFailed:
        if self._ended:
            return self.stopped(self._ended)
        limit = (until or 0.0) - (self.began or 0.0)
        return FetchFailed(self.target.url, "timeout", f"no complete answer within {limit:.3g} s")

    def stopped(self, reason: str) -> FetchFailed:
        """The error of an errand that was called off."""
        words = "the fetcher is stopping" if reason == "stopping" else "the fetch was called off"
        return FetchFailed(self.target.url, reason, words)

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Make this the errand that ``under_way`` speaks of, in this task, while open."""
        token = _sending.set(self)
        try:
            yield
        finally:
            _sending.reset(token)


async def under_way(wait: Awaitable[T]) -> T:
    """Await something that is not to be counted as time of the errand that is being sent, if there is one."""
    errand = _sending.get()
    if errand is None:
        return await wait
    with errand.waiting():
        return await wait
