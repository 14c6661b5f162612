"""Text for XML 1.0: what has no place in it is replaced, and what could steer a terminal is written out."""

import re
from collections.abc import Mapping
from html import escape
from xml.sax.saxutils import escape as xml_escape
from xml.sax.saxutils import quoteattr

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_STEERING = re.compile("[\r\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_BREAKS = {"\n": "&#10;", "\t": "&#9;"}


def text(value: str) -> str:
    """Return a text as it stands between tags."""
    return _written_out(xml_escape(_possible(value)))


def element(name: str, value: str | None, attributes: Mapping[str, str | None] | None = None) -> str:
    """Return an element with a text; nothing when there is neither text nor an attribute."""
    given = {key: item for key, item in (attributes or {}).items() if item}
    if not value and not given:
        return ""
    start = " ".join([name, *(f"{key}={_quoted(item)}" for key, item in given.items())])
    return f"<{start}>{text(value)}</{name}>" if value else f"<{start}/>"


def language(code: str | None) -> str | None:
    """Return a language code if XML can take it."""
    return code if code and _LANGUAGE.fullmatch(code) else None


def paragraphs(value: str) -> str:
    """Return a text of paragraphs as HTML."""
    blocks = (escape(block, quote=False).replace("\n", "<br>") for block in value.split("\n\n"))
    return "\n".join(f"<p>{block}</p>" for block in blocks if block.strip())


def _quoted(value: str) -> str:
    return _written_out(quoteattr(_possible(value), _BREAKS))


def _possible(value: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", value)


def _written_out(value: str) -> str:
    return _STEERING.sub(lambda match: f"&#{ord(match[0])};", value)
