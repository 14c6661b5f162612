"""One entry as feedparser gives it, turned into an Entry. Pure; knows feedparser's keys, not feedparser."""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

from spiders.items import Entry
from spiders.readers.byline import split_names
from spiders.readers.plain import MAX_AUTHORS, MAX_NAME, MAX_TAGS, plain, web_url

MAX_CONTENT = 2_000_000
"""Most characters of HTML kept of one entry's content or summary."""
MAX_GUID = 10_000
_MAX_DATE = 200
_HTML_LINKS = frozenset(["text/html", "application/xhtml+xml"])
_IMAGE = re.compile(r"<img\b[^<>]{0,2000}?\bsrc\s*=\s*[\"']?([^\"'\s<>]+)", re.IGNORECASE)
_HOST_END = re.compile(r"^[a-z]+$")
_PIXEL = re.compile(r"\b(?:width|height)\s*=\s*[\"']?[01]\b", re.IGNORECASE)
_IMAGE_NAME = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)(?:$|[?#])", re.IGNORECASE)

Raw = Mapping[str, Any]
"""A FeedParserDict; values may be of any type, since odd feeds put attributes where text belongs."""


def read_entry(raw: Raw, *, base: str, version: str, mark: int | None = None) -> Entry | None:
    """The entry, or None when it carries no usable http(s) link. ``base`` resolves relative references."""
    link = entry_link(raw, base)
    if link is None:
        return None
    content, summary = _content(raw), text_of(raw, "summary")[:MAX_CONTENT]
    published = text_of(raw, "published") or text_of(raw, "created")
    updated = text_of(raw, "updated")
    if not published and not version.startswith("atom"):
        published = updated  # dc:date: the only date RSS 1.0 has
    return Entry(
        link=link,
        guid=text_of(raw, "id")[:MAX_GUID] or None,
        title=plain(text_of(raw, "title")) or None,
        summary=summary if summary and summary != content else None,
        content=content,
        published=published[:_MAX_DATE] or None,
        updated=updated[:_MAX_DATE] or None,
        authors=_authors(raw),
        tags=_tags(raw),
        language=text_of(raw, "language")[:35] or None,
        image_url=_image(raw, content or summary, link),
        mark=mark,
    )


def entry_link(raw: Raw, base: str) -> str | None:
    """The page an entry is about: the HTML alternate, else any alternate, else a permanent guid.

    Enclosures, replies and self links are other things and never taken.
    """
    return next((url for candidate in _link_candidates(raw) if (url := web_url(candidate, base))), None)


def text_of(raw: Raw, key: str) -> str:
    """A value that is text, stripped; empty when absent or of another type."""
    value = dict.get(raw, key) if isinstance(raw, dict) else None
    return value.strip() if isinstance(value, str) else ""


def dicts_of(raw: Raw, key: str) -> Iterator[Raw]:
    """The mappings in a list value."""
    value = dict.get(raw, key) if isinstance(raw, dict) else None
    yield from (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def _link_candidates(raw: Raw) -> Iterator[str]:
    yield text_of(raw, "feedburner_origlink")
    alternates = [link for link in dicts_of(raw, "links") if text_of(link, "rel") == "alternate"]
    yield from (text_of(link, "href") for link in alternates if text_of(link, "type") in _HTML_LINKS)
    yield text_of(raw, "link")
    yield from (text_of(link, "href") for link in alternates)


def _content(raw: Raw) -> str | None:
    """The longest of the contents that are text or HTML."""
    bodies = [
        text_of(item, "value") for item in dicts_of(raw, "content") if _is_markup(text_of(item, "type"))
    ]
    return max(bodies, key=len, default="")[:MAX_CONTENT] or None


def _is_markup(media: str) -> bool:
    return not media or media.startswith("text/") or "html" in media


def _authors(raw: Raw) -> tuple[str, ...]:
    names = [_author_name(author) for author in dicts_of(raw, "authors")] or [text_of(raw, "author")]
    found = dict.fromkeys(part for name in names for part in split_names(plain(name, MAX_NAME * 5)))
    return tuple(found)[:MAX_AUTHORS]


def _author_name(author: Raw) -> str:
    """The name. With ``mail@host (Name)`` feedparser leaves the end of a long host in front of it."""
    name = text_of(author, "name")
    if not text_of(author, "email"):
        return name
    return name.partition("(")[2].rstrip(")") if "(" in name else _HOST_END.sub("", name)


def _tags(raw: Raw) -> tuple[str, ...]:
    labels = (text_of(tag, "label") or text_of(tag, "term") for tag in dicts_of(raw, "tags"))
    found = dict.fromkeys(label for raw_label in labels if (label := plain(raw_label, MAX_NAME)))
    return tuple(found)[:MAX_TAGS]


def _image(raw: Raw, markup: str, base: str) -> str | None:
    candidates = [*_media_images(raw), *_markup_images(markup)]
    return next((url for candidate in candidates if (url := web_url(candidate, base))), None)


def _media_images(raw: Raw) -> Iterator[str]:
    for media in dicts_of(raw, "media_content"):
        kind = text_of(media, "medium") or text_of(media, "type")
        if kind.startswith("image") or (not kind and _IMAGE_NAME.search(text_of(media, "url"))):
            yield text_of(media, "url")
    yield from (text_of(media, "url") for media in dicts_of(raw, "media_thumbnail"))
    for link in dicts_of(raw, "links"):
        if text_of(link, "rel") == "enclosure" and text_of(link, "type").startswith("image"):
            yield text_of(link, "href")
    image = dict.get(raw, "image") if isinstance(raw, dict) else None
    if isinstance(image, dict):
        yield text_of(image, "href")


def _markup_images(markup: str) -> Iterator[str]:
    for found in _IMAGE.finditer(markup[:100_000]):
        end = markup.find(">", found.end())
        if not _PIXEL.search(markup, found.start(), end if end > 0 else found.end()):
            yield unescape(found.group(1))
