"""What was pushed and is still to be read, kept in memory and within bounds; and limits of how often.

Pushes are hints and polls are the truth: what is lost with the process, the next poll finds.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MOST_OF_A_SOURCE = 4
MOST_BYTES = 64 * 1024 * 1024
_MOST_KEYS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A document that a hub pushed, its signature found right."""

    subscription_id: int
    source_id: int
    body: bytes
    content_type: str


class Inbox:
    """Pushes in order of arrival, at most so many of one source and so many bytes in all."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Push] = asyncio.Queue()
        self._by_source: Counter[int] = Counter()
        self._bytes = 0

    def put(self, push: Push) -> bool:
        """Take a push in; False when there is no room for it."""
        size = self._bytes + len(push.body)
        if self._by_source[push.source_id] >= MOST_OF_A_SOURCE or size > MOST_BYTES:
            return False
        self._by_source[push.source_id] += 1
        self._bytes = size
        self._waiting.put_nowait(push)
        return True

    async def get(self) -> Push:
        """Wait for the next push and take it out."""
        push = await self._waiting.get()
        self._by_source[push.source_id] -= 1
        if not self._by_source[push.source_id]:
            del self._by_source[push.source_id]
        self._bytes -= len(push.body)
        return push


class Limiter:
    """Allows so many things at once for each key, and so many a second in the long run.

    ``clock`` gives seconds. The keys longest unused are forgotten.
    """

    def __init__(self, *, burst: float, per_second: float, clock: Callable[[], float]) -> None:
        self._burst = burst
        self._per_second = per_second
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, key: str) -> bool:
        """Whether one more is allowed now; if so it is counted."""
        now = self._clock()
        left, at = self._left.pop(key, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_second)
        allowed = left >= 1
        self._left[key] = (left - 1 if allowed else left, now)
        if len(self._left) > _MOST_KEYS:
            self._left.popitem(last=False)
        return allowed
