"""Publish a world: one loopback site for each of its papers, moved by an injected clock."""

import asyncio
from collections.abc import Callable
from typing import Self

from aiohttp import web

from crawler.demo.outlet import Outlet, conditional
from crawler.demo.server import Handler, Server, Visit, response_of
from crawler.demo.world import Trouble, World


class Press(Server):
    """The running press of a world. ``clock`` returns epoch seconds and may jump as it likes.

    ::

        async with Press(world, clock=clock) as press:
            press.feeds      # [(paper, feed URL, language), ...]
            press.requests   # [(method, paper, path, status), ...]
    """

    def __init__(self, world: World, *, clock: Callable[[], float]) -> None:
        super().__init__(clock=clock)
        self.world = world
        self.outlets = tuple(Outlet(paper, clock=clock) for paper in world.papers)

    @property
    def feeds(self) -> list[tuple[str, str, str]]:
        """(name of the paper, address of its feed, its language), in the order of the world."""
        return [(each.paper.name, each.feed_url, each.paper.language) for each in self.outlets]

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        for outlet in self.outlets:
            outlet.base = self.open(outlet.name, _handler(outlet))
        return self


def _handler(outlet: Outlet) -> Handler:
    async def handle(request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        now = outlet.clock()
        answer = conditional(outlet.answer(request.raw_path, now), request.headers)
        trouble = _trouble(outlet, request.path, now)
        if trouble and trouble.kind == "slow":
            await asyncio.sleep(trouble.seconds)
        elif trouble:
            answer = outlet.error(trouble.status, "Our server is having a bad day.")
        visit.status = answer.status
        return response_of(answer)

    return handle


def _trouble(outlet: Outlet, path: str, now: float) -> Trouble | None:
    if path != outlet.feed_path:
        return None
    return next((each for each in outlet.paper.troubles if each.holds(now)), None)
