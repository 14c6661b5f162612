"""Where a document is ill-formed, with the bytes around the place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.readers.fault import AROUND, first_fault


def test_xml_is_judged_as_sent() -> None:
    body = b"<rss>\n<channel><title>A & B</title></channel></rss>"
    fault = first_fault(body)
    assert fault is not None
    assert (fault.line, fault.offset) == (2, body.index(b"&") + 1)
    assert "A &>>> B</title>" in fault.excerpt
    assert str(fault).startswith("not well-formed (invalid token) (line 2, column ")


def test_a_cut_document() -> None:
    fault = first_fault(b"<rss><channel>")
    assert fault is not None
    assert (fault.message, fault.offset) == ("no element found", 14)


def test_bytes_that_are_no_text_are_escaped() -> None:
    fault = first_fault(b"<rss><title>\xff\x00\x1b[31m</title></rss>")
    assert fault is not None
    assert r"\xff" in fault.excerpt
    assert "\x1b" not in fault.excerpt
    assert len(fault.excerpt) < 8 * AROUND


def test_json() -> None:
    fault = first_fault('{"a": "é",\n "b": }'.encode())
    assert fault is not None
    assert (fault.line, fault.message) == (2, "expecting value")
    assert fault.excerpt.endswith(">>>}")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"plain",
        b"<rss/>",
        b'{"a": 1}',
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a',
        b"<?xml version='1.0' encoding='nonsense'?><a/>",
        b"[" * 100_000,
    ],
)
def test_nothing_to_point_at(body: bytes) -> None:
    fault = first_fault(body)
    assert fault is None or "encoding" in fault.message


@given(st.binary(max_size=200), st.sampled_from([b"", b"<", b"{", b"[", b"<rss>"]))
def test_anything_is_survived(body: bytes, start: bytes) -> None:
    first_fault(start + body)
