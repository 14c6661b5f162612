"""Faults on the wire: cut, mis-framed and broken answers."""

from aiohttp import web

from tests.newsfaults.exchange import Exchange


async def drop(x: Exchange) -> web.StreamResponse:
    """Close the connection without a word."""
    return x.hang_up()


async def reset(x: Exchange) -> web.StreamResponse:
    """Send half of the body, then a TCP reset."""
    answer = x.honest()
    await x.send_head(*x.honest_headers(answer), f"Content-Length: {len(answer.body)}")
    await x.send(_half(answer.body))
    return await x.reset()


async def cut(x: Exchange) -> web.StreamResponse:
    """Announce the whole body, send half of it (or ``bytes``) and close."""
    answer = x.honest()
    await x.send_head(*x.honest_headers(answer), f"Content-Length: {len(answer.body)}")
    await x.send(answer.body[: int(x.number("bytes", len(answer.body) // 2))])
    return x.hang_up()


async def too_long(x: Exchange) -> web.StreamResponse:
    """Send the whole body but announce ``extra`` bytes more, and close."""
    answer = x.honest()
    length = len(answer.body) + int(x.number("extra", 1000))
    await x.send_head(*x.honest_headers(answer), f"Content-Length: {length}")
    await x.send(answer.body)
    return x.hang_up()


async def too_short(x: Exchange) -> web.StreamResponse:
    """Send the whole body but announce only half of it."""
    answer = x.honest()
    await x.send_head(*x.honest_headers(answer), f"Content-Length: {len(answer.body) // 2}")
    await x.send(answer.body)
    return x.hang_up()


async def unframed(x: Exchange) -> web.StreamResponse:
    """The whole body with no length; its end is the end of the connection."""
    answer = x.honest()
    await x.send_head(*x.honest_headers(answer), "Connection: close")
    await x.send(answer.body)
    return x.hang_up()


async def unframed_cut(x: Exchange) -> web.StreamResponse:
    """Half of the body with no length, so that nothing on the wire shows the loss."""
    answer = x.honest()
    await x.send_head(*x.honest_headers(answer), "Connection: close")
    await x.send(_half(answer.body))
    return x.hang_up()


async def broken_chunks(x: Exchange) -> web.StreamResponse:
    """A good chunk, then a chunk whose size is no number."""
    await _chunked(x, b"wxyz\r\nbroken\r\n")
    return x.hang_up()


async def cut_chunks(x: Exchange) -> web.StreamResponse:
    """Half of the body as a good chunk, then the end of the connection without a last chunk."""
    await _chunked(x, b"")
    return x.hang_up()


async def _chunked(x: Exchange, ending: bytes) -> None:
    answer = x.honest()
    half = _half(answer.body)
    await x.send_head(*x.honest_headers(answer), "Transfer-Encoding: chunked")
    await x.send(b"%x\r\n%s\r\n" % (len(half), half) + ending)


async def two_lengths(x: Exchange) -> web.StreamResponse:
    """Two Content-Length headers that differ."""
    answer = x.honest()
    whole = len(answer.body)
    await x.send_head(*x.honest_headers(answer), f"Content-Length: {whole // 2}", f"Content-Length: {whole}")
    await x.send(answer.body)
    return x.hang_up()


async def length_and_chunks(x: Exchange) -> web.StreamResponse:
    """A Content-Length of 5 beside a chunked body; the chunks must win (RFC 9112, 6.3)."""
    answer = x.honest()
    await x.send_head(*x.honest_headers(answer), "Content-Length: 5", "Transfer-Encoding: chunked")
    await x.send(b"%x\r\n%s\r\n0\r\n\r\n" % (len(answer.body), answer.body))
    return x.hang_up()


async def no_head(x: Exchange) -> web.StreamResponse:
    """A body without status line and headers, as HTTP/0.9 had it."""
    await x.send(x.honest().body)
    return x.hang_up()


async def garbage(x: Exchange) -> web.StreamResponse:
    """Binary noise where the status line should be."""
    await x.send(bytes(range(256)) + b"\r\n\r\n")
    return x.hang_up()


async def bad_header(x: Exchange) -> web.StreamResponse:
    """A header line without a colon in an otherwise honest answer."""
    answer = x.honest()
    await x.send_head(
        "this line is no header", *x.honest_headers(answer), f"Content-Length: {len(answer.body)}"
    )
    await x.send(answer.body)
    return x.hang_up()


def _half(body: bytes) -> bytes:
    return body[: len(body) // 2]
