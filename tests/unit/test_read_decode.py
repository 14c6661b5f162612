"""Bytes to characters: marks, labels that lie, several encodings in one document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.readers.decode import codec_of, decode, http_charset

INDONESIAN = "Menteri mengatakan harga beras “naik” sejak pekan lalu – é"
JAPANESE = "気象庁は十三日、日向灘で震度五弱の地震があったと発表した。" * 5
RUSSIAN = "Президент подписал указ о развитии северных территорий страны. " * 5
CHINESE = "新华社北京电 记者从有关部门获悉，今年我国经济运行总体平稳。" * 5


def xml(text: str, label: str) -> str:
    return f'<?xml version="1.0" encoding="{label}"?><rss>{text}</rss>'


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_told_by_its_mark_or_its_shape(codec: str) -> None:
    document = xml(INDONESIAN, "utf-8")
    assert decode(document.encode(codec)).text == document


@pytest.mark.parametrize(
    "label", ["iso-8859-1", "windows-1252", "utf-16", "big5", "punycode", "zlib", "", "x"]
)
def test_strict_utf8_beats_any_label(label: str) -> None:
    document = xml(INDONESIAN, label)
    decoded = decode(document.encode(), f"text/xml; charset={label}")
    assert decoded.text == document
    assert not decoded.mended


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        (JAPANESE, "cp932", "Shift_JIS"),
        (JAPANESE, "euc_jp", "EUC-JP"),
        (JAPANESE, "iso2022_jp", "ISO-2022-JP"),
        (RUSSIAN, "cp1251", "windows-1251"),
        (RUSSIAN, "koi8-r", "KOI8-R"),
        (CHINESE, "gb18030", "gb2312"),
        ("caf\u00e9 \u201cau lait\u201d", "cp1252", "ISO-8859-1"),
    ],
)
@pytest.mark.parametrize("where", ["inside", "http"])
def test_labels_are_read_like_browsers_read_them(text: str, codec: str, label: str, where: str) -> None:
    document = xml(text, label if where == "inside" else "")
    content_type = f'text/xml; charset="{label}"' if where == "http" else "text/xml"
    assert decode(document.encode(codec), content_type).text == document


@pytest.mark.parametrize(("text", "codec"), [(JAPANESE, "cp932"), (RUSSIAN, "cp1251"), (CHINESE, "gb18030")])
def test_without_a_label_the_encoding_is_detected(text: str, codec: str) -> None:
    body = f"<html><body><p>{text}</p></body></html>".encode(codec)
    assert text in decode(body, "text/html").text


def test_latin1_by_habit_gives_way_to_the_label_inside() -> None:
    body = f'<html><head><meta charset="windows-1251"></head><body>{RUSSIAN}</body></html>'.encode("cp1251")
    assert RUSSIAN in decode(body, "text/html; charset=iso-8859-1").text


def test_windows_bytes_among_utf8_are_both_read() -> None:
    body = xml("caf\u00e9", "utf-8").encode() + b" caf\xe9 \x93hi\x94"
    decoded = decode(body)
    assert decoded.text.endswith("caf\u00e9</rss> caf\u00e9 \u201chi\u201d")
    assert decoded.mended


def test_a_few_stray_bytes_do_not_change_the_encoding() -> None:
    assert decode(b"<rss>plain \x93quoted\x94</rss>").text == "<rss>plain \u201cquoted\u201d</rss>"


def test_surrogates_written_in_utf8_are_joined_or_replaced() -> None:
    assert decode(b"a \xed\xa0\xbd\xed\xb8\x80 b \xed\xa0\x80 c").text == "a \U0001f600 b \ufffd c"


def test_a_character_cut_at_the_end_is_dropped() -> None:
    decoded = decode("kata é".encode()[:-1])
    assert decoded.text == "kata "
    assert decoded.mended


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        *[("UTF8", "utf-8"), ("latin1", "cp1252"), ("us-ascii", "cp1252"), ("gbk", "gb18030")],
        *[("x-sjis", "cp932"), ("tis-620", "cp874"), ("euc-kr", "cp949"), ("base64", None), ("idna", None)],
        *[("unicode_escape", None), ("undefined", None), ("", None), ("\x00", None), ("utf-7", None)],
    ],
)
def test_only_text_codecs_are_known(label: str, codec: str | None) -> None:
    assert codec_of(label) == codec


def test_http_charset() -> None:
    assert http_charset("text/html; Charset = 'UTF-8' ; q=1") == "UTF-8"
    assert http_charset("text/html") is None


@given(
    st.binary(max_size=400),
    st.sampled_from(["", "text/html; charset=utf-16", "text/xml; charset=gbk", "a=b"]),
)
def test_never_fails(body: bytes, content_type: str) -> None:
    decode(body, content_type).text.encode("utf-8")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\ufeff\x00\x1b"), max_size=200))
def test_utf8_comes_back_unchanged(text: str) -> None:
    assert decode(text.encode()).text == text
