"""Each fault of the loopback newspaper does what it says."""

import gzip
import http.client
import json
import sys
import time
import zlib
from email.utils import parsedate_to_datetime

import brotli
import pytest

from tests.asking import ask, on_the_wire
from tests.loopback import LoopbackOutlet
from tests.newspaper import Newspaper
from tests.ports import dead_url

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


@pytest.fixture
def daily(newspaper: Newspaper) -> LoopbackOutlet:
    outlet = newspaper.outlet("daily")
    outlet.publish_many(3)
    return outlet


# Statuses and redirects


@pytest.mark.parametrize("code", [401, 403, 404, 410, 429, 451, 500, 503])
def test_statuses(daily: LoopbackOutlet, code: int) -> None:
    got = ask(daily.fault_url("status", code=code))
    assert got.status == code
    assert "Retry-After" not in got.headers
    assert ("WWW-Authenticate" in got.headers) == (code == 401)


def test_retry_after_as_a_date(daily: LoopbackOutlet) -> None:
    got = ask(daily.fault_url("status", code=429, retry_after="date:120"))
    assert 100 < parsedate_to_datetime(got.headers["Retry-After"]).timestamp() - time.time() <= 121


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects(daily: LoopbackOutlet, code: int) -> None:
    daily.fail_feed(status=code, to="/atom.xml")
    got = ask(daily.feed_url)
    assert (got.status, got.headers["Location"]) == (code, daily.url("/atom.xml"))


def test_redirect_to_the_honest_answer_or_anywhere(daily: LoopbackOutlet) -> None:
    assert len(ask(ask(daily.fault_url("redirect")).headers["Location"]).links) == 3
    odd = "file:///etc/passwd"
    assert ask(daily.fault_url("redirect", location=odd)).headers["Location"] == odd


def follow(url: str, *, most: int) -> list[int]:
    statuses: list[int] = []
    while len(statuses) < most:
        got = ask(url)
        statuses.append(got.status)
        if "Location" not in got.headers:
            break
        url = got.headers["Location"]
    return statuses


def test_redirect_chain_and_loop(daily: LoopbackOutlet) -> None:
    assert follow(daily.fault_url("chain", n=3), most=10) == [302, 302, 302, 200]
    assert follow(daily.fault_url("chain", n=1, code=301), most=10) == [301, 200]
    assert follow(daily.fault_url("loop"), most=10) == [302] * 10


def test_chain_switched_on_for_the_feed_ends_at_its_honest_answer(daily: LoopbackOutlet) -> None:
    daily.fail_feed("chain", n=2, code=301)
    assert follow(daily.feed_url, most=10) == [301, 301, 200]


def test_pages_that_redirect_by_themselves(daily: LoopbackOutlet) -> None:
    target = daily.url("/fault/plain?to=%2Ffeed.xml")
    assert target in ask(daily.fault_url("script_redirect")).body.decode()
    assert f"url={target}" in ask(daily.fault_url("meta_redirect")).body.decode()


def test_dishonest_validators(daily: LoopbackOutlet) -> None:
    assert ask(daily.fault_url("always_304")).status == 304
    tag = ask(daily.feed_url).headers["ETag"]
    assert ask(daily.fault_url("never_304"), {"If-None-Match": tag}).status == 200
    assert "ETag" not in ask(daily.fault_url("no_validators")).headers


def test_headers_cookies_and_echo(daily: LoopbackOutlet) -> None:
    got = ask(daily.fault_url("header", name="X-Robots-Tag", value="noindex"))
    assert (got.headers["X-Robots-Tag"], len(got.links)) == ("noindex", 3)
    assert on_the_wire(daily.fault_url("cookies", n=50, domain=".com")).count(b"Domain=.com") == 50
    assert json.loads(ask(daily.fault_url("echo"), {"X-Mine": "1"}).body)["x-mine"] == "1"


# Time and size


def test_slow(daily: LoopbackOutlet) -> None:
    began = time.monotonic()
    assert len(ask(daily.fault_url("slow", seconds=0.2)).links) == 3
    assert time.monotonic() - began >= 0.2


def test_trickle(daily: LoopbackOutlet) -> None:
    daily.put("/short", "0123456789")
    began = time.monotonic()
    assert ask(daily.fault_url("trickle", bytes=2, seconds=0.02, to="/short")).body == b"0123456789"
    assert time.monotonic() - began >= 0.08


def test_never_answers(daily: LoopbackOutlet) -> None:
    assert on_the_wire(daily.fault_url("never"), timeout=0.2) == b""


def test_goes_silent_in_the_body(daily: LoopbackOutlet) -> None:
    with pytest.raises(TimeoutError):
        ask(daily.fault_url("stall"), timeout=0.2)


def test_huge_length_announces_ten_terabytes_and_goes_silent(daily: LoopbackOutlet) -> None:
    got = on_the_wire(daily.fault_url("huge_length"), until=whole(daily))
    assert b"Content-Length: 10000000000000\r\n" in got
    assert got.endswith(whole(daily))


def test_huge(daily: LoopbackOutlet) -> None:
    got = ask(daily.fault_url("huge", mib=3))
    assert (
        len(got.body) == int(got.headers["Content-Length"]) == len(ask(daily.feed_url).body) + 3 * 1024 * 1024
    )


@pytest.mark.parametrize("fault", ["endless", "endless_headers", "early_hints"])
def test_without_end(daily: LoopbackOutlet, fault: str) -> None:
    assert len(on_the_wire(daily.fault_url(fault), most=3_000_000)) >= 3_000_000


def test_early_hints_before_the_answer(daily: LoopbackOutlet) -> None:
    got = on_the_wire(daily.fault_url("early_hints", n=2))
    assert got.count(b"HTTP/1.1 103 Early Hints\r\n") == 2
    assert got.count(b"HTTP/1.1 200 OK\r\n") == 1


# The wire


def test_drop(daily: LoopbackOutlet) -> None:
    with pytest.raises(http.client.RemoteDisconnected):
        ask(daily.fault_url("drop"))


def test_reset(daily: LoopbackOutlet) -> None:
    with pytest.raises(ConnectionResetError):
        ask(daily.fault_url("reset"))


@pytest.mark.parametrize("fault", ["cut", "too_long"])
def test_less_than_announced(daily: LoopbackOutlet, fault: str) -> None:
    with pytest.raises(http.client.IncompleteRead):
        ask(daily.fault_url(fault))


def test_cut_after_so_many_bytes(daily: LoopbackOutlet) -> None:
    assert on_the_wire(daily.fault_url("cut", bytes=100)).partition(b"\r\n\r\n")[2] == whole(daily)[:100]


def whole(outlet: LoopbackOutlet) -> bytes:
    return ask(outlet.feed_url).body


def test_more_than_announced(daily: LoopbackOutlet) -> None:
    assert ask(daily.fault_url("too_short")).body == whole(daily)[: len(whole(daily)) // 2]
    assert on_the_wire(daily.fault_url("too_short")).endswith(whole(daily))


def test_unframed(daily: LoopbackOutlet) -> None:
    got = ask(daily.fault_url("unframed"))
    assert got.body == whole(daily)
    assert "Content-Length" not in got.headers
    assert ask(daily.fault_url("unframed_cut")).body == whole(daily)[: len(whole(daily)) // 2]


@pytest.mark.parametrize("fault", ["broken_chunks", "cut_chunks"])
def test_bad_chunks(daily: LoopbackOutlet, fault: str) -> None:
    with pytest.raises(http.client.IncompleteRead):
        ask(daily.fault_url(fault))
    assert whole(daily)[: len(whole(daily)) // 2] in on_the_wire(daily.fault_url(fault))


def test_two_lengths(daily: LoopbackOutlet) -> None:
    head = on_the_wire(daily.fault_url("two_lengths")).partition(b"\r\n\r\n")[0]
    assert head.count(b"Content-Length: ") == 2


def test_length_beside_chunks(daily: LoopbackOutlet) -> None:
    got = ask(daily.fault_url("length_and_chunks"))
    assert (got.body, got.headers["Content-Length"]) == (whole(daily), "5")


def test_no_proper_head(daily: LoopbackOutlet) -> None:
    assert on_the_wire(daily.fault_url("no_head")) == whole(daily)
    assert on_the_wire(daily.fault_url("garbage")).startswith(b"\0\1\2")
    assert b"\r\nthis line is no header\r\n" in on_the_wire(daily.fault_url("bad_header"))


def test_nobody_listens() -> None:
    with pytest.raises(ConnectionRefusedError):
        ask(dead_url())


# Bodies

DECODERS = {
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    "br": brotli.decompress,
    "zstd": zstd.decompress,
}


@pytest.mark.parametrize("name", DECODERS)
def test_content_encodings(daily: LoopbackOutlet, name: str) -> None:
    got = ask(daily.fault_url("encoded", encoding=name))
    assert (got.headers["Content-Encoding"], DECODERS[name](got.body)) == (name, whole(daily))


def test_odd_content_encodings(daily: LoopbackOutlet) -> None:
    raw = ask(daily.fault_url("encoded", encoding="raw-deflate"))
    assert (raw.headers["Content-Encoding"], zlib.decompress(raw.body, -15)) == ("deflate", whole(daily))
    twice = ask(daily.fault_url("encoded", encoding="gzip,br"))
    assert twice.headers["Content-Encoding"] == "gzip, br"
    assert gzip.decompress(brotli.decompress(twice.body)) == whole(daily)
    lie = ask(daily.fault_url("false_encoding", encoding="x-secret"))
    assert (lie.headers["Content-Encoding"], lie.body) == ("x-secret", whole(daily))


def test_cut_encoding(daily: LoopbackOutlet) -> None:
    got = ask(daily.fault_url("cut_encoding"))
    with pytest.raises(EOFError):
        gzip.decompress(got.body)


def test_bomb_grows_a_thousandfold(daily: LoopbackOutlet) -> None:
    got = ask(daily.fault_url("bomb", mib=8))
    assert len(got.body) < 10_000
    assert gzip.decompress(got.body) == bytes(8 * 1024 * 1024)


def test_nested_bomb(daily: LoopbackOutlet) -> None:
    got = ask(daily.fault_url("nested_bomb", mib=4))
    assert got.headers["Content-Encoding"] == "gzip, gzip, gzip"
    assert len(got.body) < 300
    assert len(gzip.decompress(gzip.decompress(gzip.decompress(got.body)))) == 4 * 1024 * 1024


def test_charsets(newspaper: Newspaper) -> None:
    outlet = newspaper.outlet()
    piece = outlet.publish(title="Café", text="Ein Café.\n\nZwei Cafés.")
    lying = ask(outlet.fault_url("charset", to=piece.path))
    assert b"Caf\xe9" in lying.body
    assert lying.headers["Content-Type"] == "text/html; charset=utf-8"
    assert ask(outlet.fault_url("charset", declared="")).headers["Content-Type"] == "application/rss+xml"
    japanese = outlet.publish(title="霧", text="霧の朝。")
    outlet.fail_page(japanese, "charset", actual="shift_jis")
    assert "霧の朝".encode("shift_jis") in ask(japanese.url).body


def test_documents_of_another_kind(daily: LoopbackOutlet) -> None:
    starts = {
        "pdf": b"%PDF",
        "image": b"\x89PNG",
        "portal": b"<!DOCTYPE html>",
        "json_error": b"{",
        "empty": b"",
    }
    for fault, start in starts.items():
        got = ask(daily.fault_url(fault))
        assert (got.status, got.body[: len(start) or None]) == (200, start)
    noise = ask(daily.fault_url("noise", bytes=1000))
    assert (len(noise.body), len(set(noise.body))) == (1000, 256)


def test_wrong_type(daily: LoopbackOutlet) -> None:
    assert ask(daily.fault_url("wrong_type", type="image/gif")).headers["Content-Type"] == "image/gif"
    assert len(ask(daily.fault_url("wrong_type")).links) == 3
