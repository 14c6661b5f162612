"""Undoing Content-Encoding in pieces of any size, never past the limit."""

import gzip
import sys
import zlib
from collections.abc import Callable

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.decode import BadEncoding, Decoder, TooLarge

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ENCODE: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}
BODIES = st.binary(max_size=400).map(lambda data: data * 20) | st.binary(max_size=5000)


def decode(encoding: str, data: bytes, *, limit: int = 10**6, step: int = 10**6) -> tuple[bytes, bool]:
    decoder = Decoder(encoding, limit)
    out = b"".join(decoder.feed(data[at : at + step]) for at in range(0, len(data), step))
    return out, decoder.complete


@pytest.mark.parametrize("encoding", ENCODE)
@given(BODIES, st.integers(1, 700))
def test_pieces_of_any_size(encoding: str, body: bytes, step: int) -> None:
    assert decode(encoding, ENCODE[encoding](body), step=step) == (body, True)


@given(BODIES, st.sampled_from(list(ENCODE)), st.sampled_from(list(ENCODE)), st.integers(1, 700))
def test_two_layers(body: bytes, first: str, second: str, step: int) -> None:
    assert decode(f"{first}, {second}", ENCODE[second](ENCODE[first](body)), step=step) == (body, True)


@given(st.lists(BODIES, min_size=1, max_size=4), st.sampled_from(["gzip", "zstd"]), st.integers(1, 700))
def test_several_members(bodies: list[bytes], encoding: str, step: int) -> None:
    data = b"".join(ENCODE[encoding](body) for body in bodies)
    assert decode(encoding, data, step=step) == (b"".join(bodies), True)


@pytest.mark.parametrize("encoding", ["", *ENCODE])
@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(1, 700))
def test_the_limit_is_exact(encoding: str, size: int, limit: int, step: int) -> None:
    body = bytes(size)
    data = ENCODE[encoding](body) if encoding else body
    if size <= limit and len(data) <= limit:
        assert decode(encoding, data, limit=limit, step=step)[0] == body
    else:
        with pytest.raises(TooLarge):
            decode(encoding, data, limit=limit, step=step)


@given(st.binary(min_size=2, max_size=3000), st.integers(1, 500), st.integers(1, 700))
def test_what_fits_is_told(body: bytes, limit: int, step: int) -> None:
    decoder, out = Decoder("", limit), b""
    try:
        for at in range(0, len(body), step):
            out += decoder.feed(body[at : at + step])
    except TooLarge as error:
        out += error.fitting
    assert out == body[:limit]


@pytest.mark.parametrize("encoding", ENCODE)
@given(st.binary(min_size=100, max_size=2000), st.integers(1, 60))
def test_a_cut_stream_is_incomplete(encoding: str, body: bytes, missing: int) -> None:
    data = ENCODE[encoding](body)
    out, complete = decode(encoding, data[:-missing])
    assert body.startswith(out)
    assert not complete


@given(st.binary(max_size=500), st.text(max_size=30) | st.sampled_from([*ENCODE, "gzip, br", "zstd,deflate"]))
def test_noise_is_bytes_or_an_error_of_ours(data: bytes, encoding: str) -> None:
    try:
        out, _ = decode(encoding, data, limit=100_000, step=100)
    except (BadEncoding, TooLarge):
        return
    assert len(out) <= 100_000


@pytest.mark.parametrize(
    ("encoding", "empty"),
    [
        ("gzip", gzip.compress(b"", mtime=0)),
        ("zstd", zstd.compress(b"")),
        ("zstd", b"\x50\x2a\x4d\x18" + bytes(4)),  # to be skipped
    ],
)
def test_endless_empty_streams_are_refused(encoding: str, empty: bytes) -> None:
    assert decode(encoding, empty * 1000)[0] == b""
    with pytest.raises(BadEncoding, match="1,000 streams"):
        decode(encoding, empty * 20_000)
