"""Scrapy middlewares: robots.txt with expiry, redirects without Referer, and errors to whoever waits."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached

from spiders import robots as rules
from spiders.answer import asked_delay, cache_age, explained
from spiders.article import ArticleSpider
from spiders.errand import Errand
from spiders.errors import PRIVATE, FetchError, FetchFailed, FetchRefused, LocalFailure
from spiders.items import AS_USUAL, FetchOptions, Robots, Target
from spiders.requests import SLOT

_MOST_ORIGINS = 2000
_MOST_CHARACTERS = 8_000_000
"""Characters of all robots.txt files remembered; parsed, each takes some twenty bytes."""
_CALLED_OFF = ("stopping", "cancelled")
_KEEPING_THE_METHOD = (307, 308)
_WAYS = ("user_agent", "proxy", "verify_tls", "impersonate")
"""The options of a source that hold for its robots.txt as well."""


class _Known:
    """The rules of one origin, parsed, with the error that stood in their way."""

    __slots__ = ("parsed", "problem", "robots")

    def __init__(self, robots: Robots, parsed: Protego, problem: FetchError | None = None) -> None:
        self.robots = robots
        self.parsed = parsed
        self.problem = problem


class RobotsMiddleware:
    """Lets a request through only if the robots.txt of its origin allows it; redirect hops as well."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._spider = ArticleSpider.of(crawler)
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._characters = 0
        self._coming: dict[tuple[str, FetchOptions], asyncio.Task[_Known]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RobotsMiddleware":
        """Build the middleware; Scrapy calls this."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Pass or raise: FetchRefused ``robots`` when disallowed, FetchFailed while the rules are unknown."""
        errand = Errand.of(request)
        options, policy = errand.target.options, self._spider.policy
        obeyed = policy.obey_robots if options.obey_robots is None else options.obey_robots
        if errand.exempt or not obeyed:
            return
        known = await self._rules(rules.origin_of_parts(urlparse_cached(request)), errand)
        if rules.is_unavailable(known.robots):
            raise self._unavailable(request.url, known)
        if not rules.is_allowed(known.parsed, request.url, options.user_agent or policy.user_agent):
            raise FetchRefused(request.url, "robots", "the site's robots.txt does not allow this address")

    async def _rules(self, origin: str, errand: Errand) -> _Known:
        known = self._known.get(origin)
        if known is not None and self._is_fresh(known.robots):
            self._known.move_to_end(origin)
            return known
        told = next((robots for robots in errand.target.robots if robots.origin == origin), None)
        if told is not None and self._is_fresh(told):
            if len(told.text) < rules.LARGE:
                return self._keep(_Known(told, rules.parse(told)))
            return self._keep(_Known(told, await errand.bounded(None, _parsed(told))))
        last = known.robots if known is not None else told
        return await self._fetched(origin, errand, last)

    async def _fetched(self, origin: str, errand: Errand, last: Robots | None) -> _Known:
        """Fetch a robots.txt, once for everybody who asks meanwhile; ``last`` is what was known of it."""
        options = _way(errand.target.options)
        task = self._coming.get((origin, options))
        if task is None:
            task = self._coming[origin, options] = asyncio.create_task(self._fetch(origin, options, last))
            task.add_done_callback(lambda _: self._coming.pop((origin, options)))
        known = await errand.bounded(None, asyncio.shield(task))
        if not _is_ours(known.problem):
            errand.fresh.append(known.robots)
            return known
        raise _again(errand.target.url, cast(FetchError, known.problem))

    async def _fetch(self, origin: str, options: FetchOptions, last: Robots | None) -> _Known:
        target = Target(url=f"{origin}/robots.txt", kind="page", options=options)
        errand = Errand(target, limit=rules.MAX_BYTES, cut=True, exempt=True)
        self._spider.under_way.add(errand)
        problem = None
        status, text = 0, ""
        max_age = later = None
        try:
            request = Request(target.url, meta={"errand": errand, "download_slot": SLOT}, dont_filter=True)
            response = await self._crawler.engine.download_async(request)
            status, text = _content(response)
            max_age, later = cache_age(response), asked_delay(response, now=self._spider.clock())
        except IgnoreRequest:
            status = 302  # RFC 9309, 2.3.1.2: behind too many redirects counts as not there
        except FetchError as error:
            problem = error
        finally:
            self._spider.under_way.discard(errand)
        found = Robots(origin=origin, status=status, text=text, fetched_at=self._spider.clock())
        ttl = self._spider.policy.robots_ttl
        holds = rules.settled(found, last, ttl=ttl, max_age=max_age, retry_after=later)
        if holds is not found and not rules.is_unavailable(holds) and not _is_ours(problem):
            problem = None  # the last known rules hold on
        return self._keep(_Known(holds, await _parsed(holds), problem))

    def _keep(self, known: _Known) -> _Known:
        if not _is_ours(known.problem):
            self._forget(known.robots.origin)
            self._known[known.robots.origin] = known
            self._characters += len(known.robots.text)
            while len(self._known) > _MOST_ORIGINS or self._characters > _MOST_CHARACTERS:
                self._forget(next(iter(self._known)))
        return known

    def _forget(self, origin: str) -> None:
        known = self._known.pop(origin, None)
        if known is not None:
            self._characters -= len(known.robots.text)

    def _is_fresh(self, robots: Robots) -> bool:
        return rules.is_fresh(robots, now=self._spider.clock(), ttl=self._spider.policy.robots_ttl)

    def _unavailable(self, url: str, known: _Known) -> FetchError:
        robots, problem = known.robots, known.problem
        until = rules.fresh_until(robots, ttl=self._spider.policy.robots_ttl)
        later = max(1.0, until - self._spider.clock())
        why = f"it answered {robots.status}" if robots.status else "no answer"
        words = f"robots.txt of {robots.origin} is not available ({why}), so nothing is fetched there for now"
        if problem is not None and problem.status is None:  # the site itself could not be had
            words = f"{problem.message}; without its robots.txt nothing is fetched there for now"
        reason = problem.reason if problem else "robots_unavailable"
        return FetchFailed(url, reason, words, status=robots.status or None, retry_after=later)


def _is_ours(problem: FetchError | None) -> bool:
    """Whether a robots.txt was not had for a reason of ours, which says nothing about its origin."""
    if isinstance(problem, LocalFailure):
        return True
    return problem is not None and problem.reason in (*_CALLED_OFF, PRIVATE)


async def _parsed(robots: Robots) -> Protego:
    """Parse rules; large ones beside the loop, which others wait for."""
    if len(robots.text) < rules.LARGE:
        return rules.parse(robots)
    return await asyncio.to_thread(rules.parse, robots)


def _way(options: FetchOptions) -> FetchOptions:
    """How a robots.txt is fetched for a source: by the same way, but without what is meant for it alone."""
    return replace(AS_USUAL, **{name: getattr(options, name) for name in _WAYS})


def _again(url: str, problem: FetchError) -> FetchError:
    """The error that kept us from the robots.txt would have kept us from the page as well."""
    return type(problem)(url, problem.reason, problem.message, status=problem.status)


def _content(response: Response) -> tuple[int, str]:
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    return response.status, rules.rules_text(response.body, content_type) if response.status == 200 else ""


class PlainRedirectMiddleware(RedirectMiddleware):
    """Scrapy's redirects, without the Referer header that we never send."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "PlainRedirectMiddleware":
        """Build the middleware; Scrapy calls this."""
        middleware = cls(crawler.settings)
        middleware.crawler = crawler
        return middleware

    def process_response(  # type: ignore[override]  # Scrapy has deprecated the third parameter
        self, request: Request, response: Response
    ) -> Request | Response:
        """Follow a redirect, or pass the answer on. Raises FetchFailed for a Location that is no address.

        A form is sent on only where it stays one (307, 308; RFC 9110, 15.4).
        """
        if request.method == "POST" and response.status not in _KEEPING_THE_METHOD:
            return response
        try:
            return super().process_response(request, response)
        except ValueError as error:
            words = f"the server answered {response.status} and redirects to no usable address"
            raise FetchFailed(request.url, "bad_redirect", words, status=response.status) from error

    def handle_referer(self, request: Request, response: Response) -> None:
        """Nothing to do: no request carries a Referer."""


class ReportMiddleware:
    """Hands what a callback raised to the caller of the errand, instead of logging it as a spider's bug."""

    def process_spider_exception(self, response: Response, exception: Exception) -> Iterable[object]:
        """Fail the errand; nothing is yielded in its place."""
        errand = Errand.of(cast(Request, response.request))
        errand.fail(explained(exception, errand))
        return ()
