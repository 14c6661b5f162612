"""HTML of feeds to plain text."""

import html
import re
from html.parser import HTMLParser
from typing import Final

from crawler.normalize.characters import clean_characters

MAX_HTML = 2_000_000
"""Characters looked at; what follows is cut."""
_MARKUP = re.compile(r"<[a-zA-Z/!?]|&[#a-zA-Z]")
_ESCAPED = re.compile(r"</(?:p|div|a|b|i|strong|em|span|li|h\d)>|<br ?/?>", re.IGNORECASE)
"""What shows that a text without tags is HTML escaped once too often, as many feeds have it."""
_LONG_TAG = 8192
"""Characters from which a tag is left out: parsers are quadratic in attributes."""
_BLOCKS: Final = frozenset(
    {
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "center",
            "dd",
            "details",
            "div",
            "dl",
            "dt",
            "fieldset",
        ),
        *("figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li"),
        *(
            "main",
            "nav",
            "ol",
            "p",
            "pre",
            "section",
            "summary",
            "table",
            "tbody",
            "td",
            "tfoot",
            "th",
            "thead",
        ),
        *("tr", "ul"),
    }
)
_SILENT: Final = frozenset(
    {
        *("script", "style", "noscript", "template", "svg", "iframe", "object", "embed", "head", "title"),
        *("select", "button", "textarea", "math"),
    }
)


def html_to_text(markup: str) -> str:
    """Return the text of an HTML fragment as paragraphs joined by a blank line; plain text passes unharmed.

    Scripts, styles, forms and frames give no text; ``br`` breaks a line. Never raises.
    """
    markup = clean_characters(markup[:MAX_HTML])
    if not _MARKUP.search(markup):
        return markup.strip()
    if "<" not in markup:
        plain = html.unescape(markup)
        if not _ESCAPED.search(plain):
            return clean_characters(plain).strip()
        markup = plain
    markup = ">".join(map(_without_long_tag, markup.split(">")))
    return _paragraphs(_by_lxml(markup) or _by_tokens(markup))


def _without_long_tag(piece: str) -> str:
    """Cut off what opens a tag in a piece of HTML that ends before ``>``, when that is too long for one."""
    if len(piece) <= _LONG_TAG:
        return piece
    start = piece.find("<")
    return piece if start < 0 or len(piece) - start <= _LONG_TAG else f"{piece[:start]}<i"


def _paragraphs(pieces: list[str]) -> str:
    """Join pieces of text: \\x01 begins a paragraph, \\x02 a line; all other white space is one space."""
    out: list[str] = []
    for block in "".join(pieces).split("\x01"):
        lines = (" ".join(line.split()) for line in block.split("\x02"))
        kept = "\n".join(line for line in lines if line)
        if kept:
            out.append(kept)
    return clean_characters("\n\n".join(out))


def _by_lxml(markup: str) -> list[str]:
    from lxml import etree

    parser = etree.HTMLParser(remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = etree.fromstring(f"<html><body><div>{markup}</div></body></html>", parser)
    except (etree.LxmlError, ValueError):
        return []
    sink = _Sink()
    for event, element in etree.iterwalk(root, events=("start", "end")):
        name = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            sink.open(name)
            sink.text(element.text)
        else:
            sink.close(name)
            sink.text(element.tail)
    return sink.pieces if any(piece.strip(" \n\t\x01\x02") for piece in sink.pieces) else []


class _Sink:
    """Collects text between tags; \\x01 marks the border of a block, \\x02 a line break."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._silent = 0

    def open(self, name: str) -> None:
        """Enter an element."""
        if name in _SILENT:
            self._silent += 1
        elif name in _BLOCKS:
            self.pieces.append("\x01")
        elif name == "br":
            self.pieces.append("\x02")

    def close(self, name: str) -> None:
        """Leave an element."""
        if name in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif name in _BLOCKS:
            self.pieces.append("\x01")

    def text(self, text: str | None) -> None:
        """Take text in, unless it stands inside something silent."""
        if text and not self._silent:
            self.pieces.append(text)


class _Tokens(HTMLParser):
    """The standard library's tokenizer: slower, but without limits of depth."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.sink = _Sink()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter an element."""
        self.sink.open(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        self.sink.close(tag)

    def handle_data(self, data: str) -> None:
        """Take text in."""
        self.sink.text(data)


def _by_tokens(markup: str) -> list[str]:
    tokens = _Tokens()
    try:
        tokens.feed(markup)
        tokens.close()
    except (AssertionError, ValueError):
        return tokens.sink.pieces
    return tokens.sink.pieces
