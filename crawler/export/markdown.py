"""Markdown (CommonMark) with YAML front matter: one document an article.

Values of the front matter are written as JSON, which YAML reads; the text is escaped, so that nothing in it
becomes markup.
"""

import re
from urllib.parse import unquote, urlsplit

from crawler.export.lines import json_line
from crawler.export.shape import About, Shape, first_url, published
from crawler.record import record
from storage.model import Article

_LEFT_OUT = ("text", "provenance", "content_hash", "repeats", "reader")
_INLINE = re.compile(r"[\\`*\[\]<&~|]|(?<![^\W_])_|_(?![^\W_])")
_START = re.compile(r"([#+>=:-]|\d+(?=[.)]))")
_CLOSING = re.compile(r"(?<= )#+$")
"""What ends a heading, and is no part of it."""
_NOT_YAML = re.compile("[\ufffe\uffff]")
_SLUG_LENGTH = 80


def shape(about: About) -> Shape:
    """Return the shape of one file with all documents, each after the other."""
    return Shape(one=lambda article: document(article) + "\n")


def document(article: Article) -> str:
    """Return the document of an article: front matter, headline, paragraphs."""
    fields = {"title": article.content.title, "date": published(article).isoformat(), **record(article)}
    known = {name: value for name, value in fields.items() if name not in _LEFT_OUT}
    lines = [f"{name}: {_yaml(value)}" for name, value in known.items() if value not in (None, "", [], {})]
    parts = ["\n".join(["---", *lines, "---"]), f"# {_line(article.content.title)}"]
    parts += [_paragraph(block) for block in article.content.text.split("\n\n")]
    return "\n\n".join(part for part in parts if part.strip()) + "\n"


def name(article: Article) -> str:
    """Return the name of an article's file: its number and the end of its first address; it stays."""
    path = unquote(urlsplit(first_url(article)).path, errors="replace").rstrip("/")
    last = re.sub(r"\.\w{1,5}$", "", path.rpartition("/")[2])
    slug = re.sub(r"[^\w]+", "-", last).strip("-_").lower().encode()[:_SLUG_LENGTH].decode(errors="ignore")
    return f"{article.id}-{slug}.md" if slug else f"{article.id}.md"


def _yaml(value: object) -> str:
    return _NOT_YAML.sub(lambda match: f"\\u{ord(match[0]):04x}", json_line(value))


def _paragraph(block: str) -> str:
    lines = (_line(line) for line in block.split("\n"))
    return "\\\n".join(line for line in lines if line)


def _line(text: str) -> str:
    """Return a line in which no character is markup."""
    line = _INLINE.sub(lambda match: f"\\{match[0]}", " ".join(text.split()))
    line = _CLOSING.sub(lambda match: f"\\{match[0]}", line)
    first = _START.match(line)
    if first is None:
        return line
    # A number at the beginning makes a list by the dot or bracket behind it.
    place = first.end() if first[0].isdigit() else first.start()
    return f"{line[:place]}\\{line[place:]}"
