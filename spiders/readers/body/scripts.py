"""Text that a page holds only in the data of its scripts, to be put on the screen by them."""

import html
import json
import re
from collections.abc import Iterator

MAX_SCRIPTS = 4_000_000
"""Characters of scripts that are searched."""
_MAX_PARTS = 2_000
_LONG = 80
_WHOLE = 400
"""Markup with so much text is the article, not a notice."""
_DATA = 3
"""Strings with so many names of data in them are data, not text."""
_SCRIPT = re.compile(r"<script\b([^<>]*+)>(.*?)</script", re.IGNORECASE | re.DOTALL)
_LITERAL = re.compile(r'"((?:[^"\\\n]|\\.){80,})"')
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*+>")
_CODE = re.compile(r"[{}]|=>|\bfunction\b|https?://\S+$|;\s*$|^\S+$|\$\w|\\[nu]")
_SENTENCE = re.compile(r"[.!?…]['\"”’»)]*(?:\s|$)|[。！？।؟]")


def script_page(markup: str) -> str:
    """A small page made of the prose in a page's scripts; empty when there is none.

    One piece of markup with much text is taken as it is; else all strings that read like sentences.
    """
    whole, prose = "", dict[str, None]()
    for text in _strings(markup):
        if ("<p" in text or "<br" in text) and text.count('":') < _DATA:
            if _size(text) > max(_size(whole), _WHOLE):
                whole = text
        elif len(prose) < _MAX_PARTS and _reads_like_prose(text):
            prose[text] = None
    inside = whole or "".join(f"<p>{html.escape(text)}</p>" for text in prose)
    return f'<html><body><article class="article-body">{inside}</article></body></html>' if inside else ""


def _strings(markup: str) -> Iterator[str]:
    """The long strings in scripts, and those inside of strings that are data themselves."""
    budget = MAX_SCRIPTS
    for found in _SCRIPT.finditer(markup):
        attributes, code = found.groups()
        if "src=" in attributes or "ld+json" in attributes or len(code) < _LONG:
            continue
        budget -= len(code)
        if budget < 0:
            return
        for literal in _LITERAL.finditer(code):
            text = _decoded(literal.group(1))
            yield text
            if '"' in text and not text.startswith("<"):
                yield from (_decoded(inner.group(1)) for inner in _LITERAL.finditer(text))


def _decoded(literal: str) -> str:
    try:
        return str(json.loads(f'"{literal}"', strict=False))
    except ValueError:
        return ""


def _size(markup: str) -> int:
    return len(_TAG.sub("", markup))


def _reads_like_prose(text: str) -> bool:
    return len(text) >= _LONG and _SENTENCE.search(text) is not None and _CODE.search(text) is None
