"""Bytes to characters, for documents whose labels cannot be trusted.

Order of belief: byte order mark, UTF-16 shape, strict UTF-8 (it cannot pass by accident, so it beats any
label), the HTTP charset, the label inside the document, detection. Labels are read as browsers read them
(WHATWG Encoding Standard): ``iso-8859-1`` means windows-1252, ``gb2312`` means gb18030.
"""

import codecs
import re
from dataclasses import dataclass

HEAD_BYTES = 16_384
"""How far into a document its own encoding label is looked for."""
_STRAY_BYTES = 8
"""That few bad bytes in UTF-8 are strays, not another encoding."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Codec name (as Python resolves the label) to the codec that reads it like a browser.
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
_KNOWN = frozenset(
    ["utf-8", "utf-16-le", "utf-16-be", "gb18030", "cp932", "cp949", "cp949", "big5hkscs", "euc_jp"]
    + ["iso2022_jp", "koi8-r", "koi8-u", "cp866", "cp874", "mac-roman", "mac-cyrillic"]
    + [f"cp125{digit}" for digit in range(9)]
    + [f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)]
)
_ALIASES = {
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "x-gbk": "gb18030",
    "x-euc-jp": "euc_jp",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "big5-hkscs": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "windows-874": "cp874",
    "dos-874": "cp874",
    "x-mac-cyrillic": "mac-cyrillic",
    "macintosh": "mac-roman",
    "iso-8859-8-i": "iso8859-8",
    "utf8mb4": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
}
_HTTP_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s;\"']+)", re.IGNORECASE)
_XML_LABEL = re.compile(rb"^\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*[\"']([\w.:+-]{1,40})[\"']", re.IGNORECASE)
_META_LABEL = re.compile(rb"<meta\b[^>]{0,300}?\bcharset\s*=\s*[\"']?\s*([\w.:+-]{1,40})", re.IGNORECASE)
_CESU = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_BAD = re.compile("[\udc80-\udcff]")
_GOOD = re.compile("[^\x00-\x7f\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The characters of a document and how they were found."""

    text: str
    encoding: str
    """Python codec name that was used."""
    mended: bool = False
    """Some bytes did not fit the encoding and were read another way or replaced by U+FFFD."""


def decode(body: bytes, content_type: str = "") -> Decoded:
    """Decode a feed or page; never fails. ``content_type`` is the HTTP header as sent."""
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return _decode_as(body[len(mark) :], codec)
    wide = _wide_codec(body)
    if wide:
        return _decode_as(body, wide)
    if b"\x1b" in body and "iso2022_jp" in _labels(body, content_type):
        return _decode_as(body, "iso2022_jp")
    return _strict_utf8(body) or _legacy(body, _labels(body, content_type))


def unmarked(body: bytes) -> bytes | None:
    """Return a document that may be UTF-8, without the mark of it; None for one that bears another mark."""
    if body.startswith(codecs.BOM_UTF8):
        return body[len(codecs.BOM_UTF8) :]
    marked = body.startswith(tuple(mark for mark, _ in _BOMS)) or b"\x1b" in body or _wide_codec(body)
    return None if marked else body


def codec_of(label: str) -> str | None:
    """The codec a label names in browsers' reading, or None for unknown and non-text codecs."""
    name = label.strip().strip("\"'").lower()
    if name in _ALIASES:
        return _ALIASES[name]
    try:
        resolved = codecs.lookup(name).name
    except (LookupError, ValueError, UnicodeError):
        return None
    codec = _WIDER.get(resolved, resolved)
    return codec if codec in _KNOWN else None


def http_charset(content_type: str) -> str | None:
    """The charset parameter of a Content-Type header."""
    found = _HTTP_CHARSET.search(content_type)
    return found.group(1) if found else None


def _labels(body: bytes, content_type: str) -> list[str]:
    """Codecs the document is said to be in, most trusted first."""
    head = body[:HEAD_BYTES]
    inside = _XML_LABEL.search(head) or _META_LABEL.search(head)
    found = (http_charset(content_type), inside.group(1).decode("ascii", "replace") if inside else None)
    codecs_found = [codec for label in found if label and (codec := codec_of(label))]
    # Servers send latin-1 by habit; a different label inside the document is the better witness.
    return sorted(codecs_found, key=lambda codec: codec == "cp1252")


def _wide_codec(body: bytes) -> str | None:
    """UTF-16 without a byte order mark, told by where the NUL bytes of markup stand."""
    head = body[:1024]
    if len(head) < 4 or b"\x00" not in head:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > 0.4 * half and even < 0.1 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.1 * half:
        return "utf-16-be"
    return None


def _strict_utf8(body: bytes) -> Decoded | None:
    try:
        return Decoded(body.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(body) - 3 and error.reason == "unexpected end of data":
            return Decoded(body[: error.start].decode("utf-8"), "utf-8", mended=True)
        return None


def _legacy(body: bytes, labels: list[str]) -> Decoded:
    """Decode what is not strict UTF-8."""
    joined = _SURROGATE.sub("\ufffd".encode(), _CESU.sub(_join_surrogates, body))
    if _mostly_utf8(joined, said_otherwise=any(label != "utf-8" for label in labels)):
        return Decoded(joined.decode("utf-8", "spiders.cp1252"), "utf-8", mended=True)
    for label in labels:
        if label == "utf-8" or label.startswith("utf-16"):
            continue
        found = _decode_as(body, label)
        if found.text.count("\ufffd") <= len(found.text) // 100:
            return found
    return _decode_as(body, _detect(body))


def _mostly_utf8(body: bytes, *, said_otherwise: bool) -> bool:
    """Whether the bytes are UTF-8 with strays: some characters whole, few bytes bad."""
    text = body.decode("utf-8", "surrogateescape")
    bad = sum(1 for _ in _BAD.finditer(text))
    good = sum(1 for _ in _GOOD.finditer(text))
    return 2 * good >= bad or (bad <= _STRAY_BYTES and not said_otherwise)


def _detect(body: bytes) -> str:
    from resiliparse.parse.encoding import detect_encoding

    codec = codec_of(detect_encoding(body) or "")
    return codec if codec and not codec.startswith("utf-16") else "cp1252"


def _decode_as(body: bytes, codec: str) -> Decoded:
    try:
        return Decoded(body.decode(codec), codec)
    except UnicodeDecodeError:
        errors = "spiders.cp1252" if codec in ("utf-8", "cp1252") else "replace"
        return Decoded(body.decode(codec, errors), codec, mended=True)


def _join_surrogates(match: re.Match[bytes]) -> bytes:
    """CESU-8: a surrogate pair written as two three-byte sequences."""
    pair = match.group().decode("utf-8", "surrogatepass")
    return pair.encode("utf-16", "surrogatepass").decode("utf-16").encode("utf-8")


def _read_as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Codec error handler: bytes that do not fit were most likely typed in windows-1252."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return bad.decode("cp1252", "replace"), error.end


codecs.register_error("spiders.cp1252", _read_as_cp1252)
