"""Records of WARC files: which hold a page, where they end, and what is said of broken files."""

import gzip
import io
import random
import zlib

import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.errors import DamagedArchive, NotAnArchive, NotAnArticle
from spiders.readers.warc import Record, fetched, read_records
from tests.depth import examples
from tests.warcs import article, chunked, http, offsets, page, plain, record, response, zipped

LIMIT = 100_000
FIVE = [article(number) for number in range(5)]


def read(data: bytes, **options: int) -> tuple[list[Record], DamagedArchive | None]:
    """Return all records, and the damage they end with."""
    found: list[Record] = []
    try:
        for item in read_records(io.BytesIO(data), name="x", size=len(data), **{"limit": LIMIT, **options}):
            found.append(item)
    except DamagedArchive as damage:
        return found, damage
    return found, None


def body_of(item: Record, *, limit: int = LIMIT) -> bytes:
    return fetched(item, limit=limit, otherwise=7.0).body


@pytest.mark.parametrize("pack", [plain, zipped, lambda items: b"".join(map(zstd.compress, items))])
def test_every_record_is_found_with_its_place(pack) -> None:
    found, damage = read(pack(FIVE))
    assert damage is None
    assert [item.url for item in found] == [f"https://a.example/news/{n}" for n in range(5)]
    assert [item.position for item in found[1:]] == [item.end for item in found[:-1]]
    assert found[-1].end == len(pack(FIVE))
    assert [body_of(item) for item in found] == [page(number) for number in range(5)]
    assert {item.captured_at for item in found} == {1772359200.0}
    for start, item in enumerate(found):
        rest, _ = read(pack(FIVE), position=item.position, passed=start)
        assert rest == found[start:]


def test_a_file_compressed_as_a_whole_is_entered_by_counting() -> None:
    data = gzip.compress(plain(FIVE))
    found, damage = read(data)
    assert (len(found), damage) == (5, None)
    rest, _ = read(data, position=found[2].end, passed=3)
    assert [item.url for item in rest] == [item.url for item in found[3:]]


def test_what_a_publisher_reserves_in_headers_is_kept() -> None:
    (item,), _ = read(response("https://a.example/1", page(1), X_Robots_Tag="noai", TDM_Reservation="1"))
    fetch = fetched(item, limit=LIMIT, otherwise=7.0)
    assert (fetch.x_robots_tag, dict(fetch.headers)["tdm-reservation"]) == ("noai", "1")


def test_what_holds_no_page_is_passed_over_with_a_reason() -> None:
    records = [
        record("warcinfo", "", b"software: x\r\n"),
        record("request", "https://a.example/1", b"GET / HTTP/1.1\r\n\r\n"),
        record("revisit", "https://a.example/1", http(b"")),
        record("metadata", "https://a.example/1", b"x: y"),
        response("https://a.example/2", b"gone", status="404 Not Found"),
        response("https://a.example/3", b"GIF89a", content_type="image/gif"),
        response("https://a.example/4", b"a{}", content_type="text/css"),
        record("response", "dns:a.example", b"127.0.0.1", Content_Type="text/dns"),
        response("https://a.example/5", page(5), content_type="Text/HTML"),
        response("https://a.example/6", page(6), content_type=""),
        response("https://a.example/7", b"<rss/>", content_type="application/rss+xml"),
    ]
    found, damage = read(zipped(records))
    assert damage is None
    assert [item.skip for item in found] == [
        *("warcinfo", "request", "revisit", "metadata", "http_404", "not_html", "not_html", "not_http"),
        *(None, None, None),
    ]
    assert not any(item.body for item in found if item.skip)


def test_bodies_are_undone_from_chunks_and_compression() -> None:
    whole = page(1)
    bodies = {
        "chunked": response("https://a.example/", chunked(whole), Transfer_Encoding="chunked"),
        "gzip": response("https://a.example/", gzip.compress(whole), Content_Encoding="gzip"),
        "both": response(
            "https://a.example/",
            chunked(zlib.compress(whole)),
            Transfer_Encoding="chunked",
            Content_Encoding="deflate",
        ),
        "labels left behind": response(
            "https://a.example/", whole, Transfer_Encoding="chunked", Content_Encoding="gzip"
        ),
    }
    for name, item in bodies.items():
        (found,), _ = read(item)
        assert body_of(found) == whole, name


def test_a_body_cut_within_its_chunks_is_marked() -> None:
    cut = chunked(page(1))[:-300]
    (found,), _ = read(response("https://a.example/", cut, Transfer_Encoding="chunked"))
    fetch = fetched(found, limit=LIMIT, otherwise=0.0)
    assert fetch.truncated
    assert page(1).startswith(fetch.body)
    (found,), _ = read(record("response", "https://a.example/", http(page(1)), WARC_Truncated="length"))
    assert fetched(found, limit=LIMIT, otherwise=0.0).truncated


def test_a_record_over_the_limit_is_not_held_and_a_bomb_not_unfolded() -> None:
    huge = response("https://a.example/huge", b"x" * 300_000)
    bomb = response("https://a.example/bomb", gzip.compress(b"<p>" * 1_000_000), Content_Encoding="gzip")
    found, damage = read(zipped([huge, bomb, FIVE[0]]))
    assert damage is None
    assert (found[0].too_large, found[0].body) == (True, b"")
    for item in found[:2]:
        with pytest.raises(NotAnArticle) as caught:
            body_of(item)
        assert caught.value.reason == "too_large"
    assert body_of(found[2]) == page(0)


def test_a_record_without_a_time_takes_that_of_the_file() -> None:
    (found,), _ = read(response("<https://a.example/1>", page(1), date=None))
    assert (found.captured_at, found.url) == (None, "https://a.example/1")
    assert fetched(found, limit=LIMIT, otherwise=7.0).fetched_at == 7.0


@pytest.mark.parametrize("cut", [1, 20, 150, 300])
def test_a_cut_file_ends_with_the_byte_where_it_is_cut(cut: int) -> None:
    ends = offsets(FIVE)
    found, damage = read(zipped(FIVE)[: ends[3] + cut])
    assert len(found) == 3
    assert damage is not None
    assert damage.position == found[-1].end == ends[3]
    assert f"byte {ends[3]:,}" in damage.message
    places = [len(plain(FIVE[:count])) for count in range(5)]
    found, damage = read(plain(FIVE)[: places[3] + cut])
    assert [item.end for item in found] == places[1:4]
    assert damage is not None
    assert damage.position == places[3]


def test_a_corrupt_member_ends_the_file_there() -> None:
    ends = offsets(FIVE)
    data = bytearray(zipped(FIVE))
    data[ends[2] + 40 : ends[2] + 80] = bytes(40)
    found, damage = read(bytes(data))
    assert len(found) == 2
    assert damage is not None
    assert damage.position == ends[2]


@pytest.mark.parametrize("length", [10**11, -1])
def test_a_wrong_length_ends_the_file_at_its_record(length: int) -> None:
    wrong = record("response", "https://a.example/w", http(page(9)), length=length)
    found, damage = read(plain([FIVE[0], wrong, FIVE[1]]))
    assert [item.url for item in found] == ["https://a.example/news/0"]
    assert damage is not None
    assert damage.position == len(FIVE[0])


@pytest.mark.parametrize("padding", [b"\0" * 512, b"\r\n", gzip.compress(b"", mtime=0)])
def test_padding_at_the_end_is_no_damage(padding: bytes) -> None:
    found, damage = read(zipped(FIVE) + padding)
    assert (len(found), damage) == (5, None)
    assert found[-1].end == len(zipped(FIVE) + padding)
    found, damage = read(plain(FIVE) + b"\r\n\r\n")
    assert (len(found), damage) == (5, None)


@pytest.mark.parametrize("data", [b"hello\n" * 50, b"<html></html>" * 10, b"\x1f\x8b\x08" + b"z" * 60])
def test_other_files_are_no_archives(data: bytes) -> None:
    with pytest.raises(NotAnArchive):
        read(data)


def test_an_empty_file_holds_nothing() -> None:
    assert read(b"") == ([], None)


@settings(max_examples=examples(60), deadline=None)
@given(st.integers(0, 2**32), st.booleans())
def test_whatever_happens_to_the_bytes_what_stood_before_is_read(seed: int, packed: bool) -> None:
    """One byte changed or all that follows lost: it ends in order, and records before that are whole."""
    dice = random.Random(seed)
    records = FIVE
    data = bytearray(zipped(records) if packed else plain(records))
    places = offsets(records) if packed else [len(plain(records[:count])) for count in range(6)]
    at = dice.randrange(len(data))
    if dice.random() < 0.5:
        data[at] ^= 1 << dice.randrange(8)
    else:
        del data[at:]
    whole = sum(end <= at for end in places[1:])
    try:
        found, _ = read(bytes(data))
    except NotAnArchive:
        assert whole == 0
        return
    assert [item.url for item in found[:whole]] == [f"https://a.example/news/{n}" for n in range(whole)]
    assert [body_of(item) for item in found[:whole]] == [page(number) for number in range(whole)]
