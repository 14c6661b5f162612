"""One leased host while a slice works on it: its robots.txt, its pace, and when it may next be asked."""

from urllib.parse import urlsplit

from crawler.cadence import DAY, JITTER, host_backoff
from spiders.errors import FetchError, FetchFailed
from spiders.items import AS_USUAL, FetchOptions, Robots, Target, TargetKind
from spiders.robots import crawl_delay
from storage.model import Lease, Release, RobotsRow

LONGEST_CRAWL_DELAY = 60.0
"""Seconds; a robots.txt that asks for more is taken to mean this."""
QUIET = 1800.0
"""Seconds after which a host that might have been asked again is no longer held to its earlier trouble."""
OVERLOADED = (429, 503)


class Lane:
    """What a visit learns about its host, and leaves behind in the Release."""

    def __init__(self, lease: Lease, *, delay: float, user_agent: str) -> None:
        self.lease = lease
        self.tired = False
        """Set when the host should not be asked again in this visit."""
        self._least_delay = delay
        self._user_agent = user_agent
        self._robots = {row.origin: _robots(row) for row in lease.robots}
        self._fresh: dict[str, Robots] = {}
        self._asked_delay = self._longest_asked()
        self._backoff = lease.backoff
        self._pause = 0.0
        self._resume_at = lease.resume_at

    @property
    def robots(self) -> tuple[Robots, ...]:
        """The robots.txt files known on this lane, those fetched in this visit included."""
        return tuple(self._robots.values())

    @property
    def delay(self) -> float:
        """Seconds between two requests: the setting, or what robots.txt asks for if that is longer."""
        return max(self._least_delay, min(self._asked_delay, LONGEST_CRAWL_DELAY))

    def target(
        self,
        url: str,
        kind: TargetKind,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        options: FetchOptions = AS_USUAL,
    ) -> Target:
        """Return the target for a URL of this host, with the robots.txt files already known."""
        return Target(
            url=url,
            kind=kind,
            etag=etag,
            last_modified=last_modified,
            robots=tuple(self._robots.values()),
            options=options,
        )

    def praise(self, robots: tuple[Robots, ...] = ()) -> None:
        """Note that the host answered: earlier trouble is forgiven."""
        self._learn(robots)
        self._backoff = 0.0
        self._pause = self._resume_at = 0.0

    def blame(self, error: FetchError, *, now: float, chance: float) -> None:
        """Note a failed fetch. An overloaded or silent host is left alone for a while.

        ``chance`` is a random number in [0, 1), so that not all who were turned away come back at once.
        """
        self._learn(error.robots)
        if not isinstance(error, FetchFailed):
            return
        if error.status in OVERLOADED:
            self._backoff = host_backoff(self._trouble(now))
            asked = error.retry_after
            wait = self._backoff * (1 + JITTER * chance) if asked is None else asked
            self._pause = min(wait, DAY)
            self.tired = True
        elif error.status is None:
            self._backoff = host_backoff(self._trouble(now))
            self._resume_at = now + self._backoff * (1 + JITTER * chance)
            self.tired = True

    def rest(self, seconds: float) -> None:
        """Leave the host alone for a while for a reason that is not its own."""
        self._pause = max(self._pause, seconds)

    def _trouble(self, now: float) -> float:
        """Return the back-off of earlier trouble, 0 when it is long enough ago."""
        quiet_since = max(self.lease.polite_at, self.lease.resume_at)
        return self._backoff if now < quiet_since + QUIET else 0.0

    def release(self, *, now: float) -> Release:
        """Return what to leave behind: politeness, back-off, fresh robots.txt files."""
        return Release(
            lease=self.lease,
            polite_at=now + max(self.delay, self._pause),
            resume_at=self._resume_at,
            backoff=self._backoff,
            robots=tuple(_row(robots) for robots in self._robots.values()) if self._fresh else (),
        )

    def _learn(self, robots: tuple[Robots, ...]) -> None:
        for item in robots:
            self._robots[item.origin] = self._fresh[item.origin] = item
        if robots:
            self._asked_delay = self._longest_asked()

    def _longest_asked(self) -> float:
        """Return the longest Crawl-delay that a robots.txt of the host itself asks for, 0 where none does."""
        own = (item for item in self._robots.values() if urlsplit(item.origin).netloc == self.lease.host)
        return max((crawl_delay(item, self._user_agent) or 0.0 for item in own), default=0.0)


def _robots(row: RobotsRow) -> Robots:
    return Robots(
        origin=row.origin,
        status=row.status,
        text=row.text,
        fetched_at=row.fetched_at,
        expires_at=row.expires_at,
    )


def _row(robots: Robots) -> RobotsRow:
    return RobotsRow(
        origin=robots.origin,
        status=robots.status,
        text=robots.text,
        fetched_at=robots.fetched_at,
        expires_at=robots.expires_at,
    )
