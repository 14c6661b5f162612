"""Faults of time and size: slow, silent, endless and enormous answers."""

import asyncio

from aiohttp import web

from tests.newsfaults.exchange import Exchange

BLOCK = b" " * 65536
MIB = 1024 * 1024


async def slow(x: Exchange) -> web.StreamResponse:
    """The honest answer after ``seconds``."""
    await asyncio.sleep(x.number("seconds", 1))
    return x.reply_honestly()


async def trickle(x: Exchange) -> web.StreamResponse:
    """The honest body, ``bytes`` at a time with ``seconds`` between."""
    answer = x.honest()
    await x.send_head(*x.honest_headers(answer), f"Content-Length: {len(answer.body)}")
    step = int(x.number("bytes", 1))
    for start in range(0, len(answer.body), step):
        if not await x.send(answer.body[start : start + step]):
            break
        await asyncio.sleep(x.number("seconds", 0.5))
    return x.hang_up()


async def never(x: Exchange) -> web.StreamResponse:
    """Accept the request and never say a word."""
    await x.until_gone()
    return x.hang_up()


async def stall(x: Exchange) -> web.StreamResponse:
    """Send the head and half of the body, then nothing more."""
    answer = x.honest()
    await x.send_head(*x.honest_headers(answer), f"Content-Length: {len(answer.body)}")
    await x.send(answer.body[: len(answer.body) // 2])
    await x.until_gone()
    return x.hang_up()


async def huge(x: Exchange) -> web.StreamResponse:
    """The honest body followed by white space up to ``mib``, with an honest Content-Length."""
    answer = x.honest()
    left = int(x.number("mib", 50) * MIB)
    await x.send_head(*x.honest_headers(answer), f"Content-Length: {len(answer.body) + left}")
    await x.send(answer.body)
    while left and await x.send(BLOCK[:left]):
        left -= min(left, len(BLOCK))
    return x.hang_up()


async def huge_length(x: Exchange) -> web.StreamResponse:
    """Announce ``bytes`` (10 TB), send the honest body and wait."""
    answer = x.honest()
    length = int(x.number("bytes", 10**13))
    await x.send_head(*x.honest_headers(answer), f"Content-Length: {length}")
    await x.send(answer.body)
    await x.until_gone()
    return x.hang_up()


async def endless(x: Exchange) -> web.StreamResponse:
    """The honest body followed by chunks of white space without end."""
    answer = x.honest()
    await x.send_head(*x.honest_headers(answer), "Transfer-Encoding: chunked")
    await x.send(b"%x\r\n%s\r\n" % (len(answer.body), answer.body))
    while await x.send(b"%x\r\n%s\r\n" % (len(BLOCK), BLOCK)):
        pass
    return x.hang_up()


async def endless_headers(x: Exchange) -> web.StreamResponse:
    """Header lines of 1 KB without end."""
    await x.send(b"HTTP/1.1 200 OK\r\n")
    number = 0
    while await x.send(b"X-Filler-%d: %s\r\n" % (number, b"x" * 1000)):
        number += 1
        await asyncio.sleep(0)
    return x.hang_up()


async def early_hints(x: Exchange) -> web.StreamResponse:
    """``n`` 103 answers before the honest one (RFC 8297); without end when ``n`` is 0."""
    left = int(x.number("n", 0)) or -1
    while left and await x.send(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"):
        left -= 1
        await asyncio.sleep(0)
    return x.reply_honestly() if x.connected else x.hang_up()
