"""When the hosts of a one-off crawl may be asked, looked up no more often than it pays."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Mapping

HOSTS_AT_ONCE = 500
"""Most hosts offered for lease at once."""


class Moments:
    """Remembers for each host where something is left to do the moment at which it may be done.

    ``ask`` finds that out. Asking is dear with thousands of sources, so an answer holds for ten times as long
    as it took.
    """

    def __init__(self, ask: Callable[[], Awaitable[Mapping[str, float]]]) -> None:
        self._ask = ask
        self._hosts: Mapping[str, float] = {}
        self._asked_until = 0.0

    async def of_hosts(self, *, fresh: bool = False) -> Mapping[str, float]:
        """Return the moments (epoch seconds) by host; ``fresh`` asks in any case."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        if fresh or began >= self._asked_until:
            self._hosts = await self._ask()
            self._asked_until = loop.time() + 10 * (loop.time() - began)
        return self._hosts


def ready(moments: Mapping[str, float], now: float) -> tuple[str, ...]:
    """Return the hosts that may be asked now, the longest waiting first, and not too many of them."""
    due = [(at, host) for host, at in moments.items() if at <= now]
    return tuple(host for _, host in heapq.nsmallest(HOSTS_AT_ONCE, due))
