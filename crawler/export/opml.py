"""OPML 2.0: one outline a source, in folders by first tag, read by every feed reader.

What OPML has no attribute for stands in attributes of kabar's own namespace, which others pass over.
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import TextIO
from xml.sax.saxutils import quoteattr

from crawler.export.listed import texts
from spiders.readers.listed import NAMESPACE, unique_tags
from spiders.readers.opml import ADDRESS
from storage.model import Source

_OWN = ("country", "kind", "state", "interval", "since", "schedule", "options")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_BREAKS = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
_START = f"""<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0" xmlns:kabar="{NAMESPACE}">
  <head>
    <title>Sources of kabar</title>
  </head>
  <body>
"""
_END = """  </body>
</opml>
"""


def write(sources: Iterable[Source], out: TextIO, *, secrets: bool = False) -> int:
    """Write sources to ``out`` as OPML; return how many. The same sources make the same bytes.

    Folders come in the order of their first source, sources without a tag first.
    """
    folders: dict[str, list[Source]] = {"": []}
    for source in sources:
        folders.setdefault(source.tags[0] if source.tags else "", []).append(source)
    out.write(_START)
    for tag, inside in folders.items():
        if tag:
            out.write(f"    <outline text={_quoted(tag)}>\n")
        for source in inside:
            out.write(f"    {'  ' if tag else ''}{outline(source, secrets=secrets)}\n")
        if tag:
            out.write("    </outline>\n")
    out.write(_END)
    return sum(len(inside) for inside in folders.values())


def outline(source: Source, *, secrets: bool = False) -> str:
    """Return the outline of one source, on one line."""
    values = texts(source, secrets=secrets)
    title = values.get("title", "")
    pairs = [("type", "rss"), ("text", title or values["url"]), ("title", title), ("xmlUrl", values["url"])]
    pairs += [("htmlUrl", values.get("site_url", "")), ("language", values.get("language", ""))]
    pairs += _tags(source.tags)
    pairs += [("kabar:title", title if ADDRESS.match(title) else "")]
    pairs += [(f"kabar:{name}", values.get(name, "")) for name in _OWN]
    return f"<outline {' '.join(f'{name}={_quoted(value)}' for name, value in pairs if value)}/>"


def _tags(tags: Sequence[str]) -> list[tuple[str, str]]:
    """Return tags as categories; those that a category cannot carry stand beside them as they are."""
    plain = ",".join(tags)
    if unique_tags(re.split("[,/]", plain)) == tuple(tags):
        return [("category", plain)]
    return [("category", plain), ("kabar:tags", json.dumps(list(tags), ensure_ascii=False))]


def _quoted(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text), _BREAKS)
