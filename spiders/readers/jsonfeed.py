"""Read a JSON Feed, version 1 or 1.1 (https://www.jsonfeed.org/version/1.1/).

One malformed item never costs the others; of a document that ends too early the whole items are kept.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from spiders.errors import NotAFeed
from spiders.items import Entry, Feed
from spiders.readers.decode import decode
from spiders.readers.entry import MAX_CONTENT, MAX_GUID
from spiders.readers.plain import MAX_AUTHORS, MAX_NAME, MAX_TAGS, plain, web_url

MAX_ITEMS = 50_000
_MAX_DATE = 200
_MAX_DIGITS = 30
_ITEMS = re.compile(r'"items"\s*:\s*\[')
_VERSION = re.compile(
    r'"version"\s*:\s*"https?:\\?/\\?/(?:www\.)?jsonfeed\.org\\?/version\\?/([\d.]+)', re.IGNORECASE
)
_HUBS = frozenset(["websub", "pubsubhubbub"])
_OF_ITEMS = frozenset(["title", "content_html", "content_text", "summary", "date_published"])

Object = Mapping[str, Any]


def is_json_feed(head: str) -> bool:
    """Tell whether the beginning of a JSON document is that of a JSON Feed."""
    if _VERSION.search(head):
        return True
    return '"items"' in head and ('"feed_url"' in head or '"home_page_url"' in head)


def read_json_feed(body: bytes, *, url: str, content_type: str = "") -> Feed:
    """Read a JSON Feed from the bytes of an answer. ``url`` is where it came from.

    Raises NotAFeed when it is JSON, but no object with items.
    """
    text = decode(body, content_type).text.removeprefix("\ufeff")
    top, items, broken = _parsed(text)
    if items is None:
        raise NotAFeed(url, "json", "this is JSON, but no JSON Feed: it has no list of items")
    site = web_url(_text(top, "home_page_url"), url)
    names = _authors(top)
    read = [_entry(item, base=site or url, authors=names) for item in items[:MAX_ITEMS]]
    entries = tuple(entry for entry in read if entry is not None)
    notes = (("not well-formed JSON: its whole items were kept",) if broken else ()) + (
        (f"{len(items) - MAX_ITEMS} items beyond {MAX_ITEMS} left out",) if len(items) > MAX_ITEMS else ()
    )
    found = _VERSION.search(text[:65_536])
    return Feed(
        url=url,
        format="json1" if found and found.group(1).rstrip(".") == "1" else "json11",
        title=plain(_text(top, "title")) or None,
        site_url=site,
        language=_text(top, "language")[:35] or None,
        hubs=tuple(_hubs(top)),
        self_url=web_url(_text(top, "feed_url"), url),
        older=_older(top, url),
        entries=entries,
        skipped=len(read) - len(entries),
        truncated=broken,
        notes=notes,
    )


def _parsed(text: str) -> tuple[Object, list[Any] | None, bool]:
    """Return the top object, its items, and whether the document is broken."""
    try:
        top = json.loads(text, parse_int=_number)
    except (ValueError, RecursionError):
        return _salvaged(text)
    if not isinstance(top, dict) or not isinstance(top.get("items"), list):
        return {}, None, False
    return top, top["items"], False


def _number(digits: str) -> int | str:
    """Long numbers stay text: Python refuses to convert them, and nothing here counts with them."""
    return int(digits) if len(digits) <= _MAX_DIGITS else digits


def _salvaged(text: str) -> tuple[Object, list[Any] | None, bool]:
    """Read what can be read of a broken document: its head, and its items one by one."""
    begin = _ITEMS.search(text)
    if begin is None:
        return {}, None, True
    decoder, items, at = json.JSONDecoder(parse_int=_number), list[Any](), begin.end()
    while (at := text.find("{", at)) >= 0 and len(items) <= MAX_ITEMS:
        try:
            item, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at = _next_item(text, at)
            if at < 0:
                break
            continue
        if _OF_ITEMS & item.keys():  # else an object within a broken item
            items.append(item)
    return _salvaged_head(text[: begin.start()]), items, True


def _next_item(text: str, at: int) -> int:
    """Where an item may begin after a broken one: an object right after a comma or bracket."""
    found = re.compile(r"\}\s*,\s*(?=\{\s*\")").search(text, at)
    return found.end() if found else -1


def _salvaged_head(text: str) -> Object:
    try:
        top = json.loads(text.rstrip().rstrip(",") + "}", parse_int=_number)
    except (ValueError, RecursionError):
        return {}
    return top if isinstance(top, dict) else {}


def _entry(item: Any, *, base: str, authors: tuple[str, ...]) -> Entry | None:
    if not isinstance(item, dict):
        return None
    guid = _scalar(item, "id")
    link = next(
        (
            found
            for candidate in (_text(item, "url"), _text(item, "external_url"), _web_id(guid))
            if (found := web_url(candidate, base))
        ),
        None,
    )
    if link is None:
        return None
    content = (_text(item, "content_html") or _paragraphs(_text(item, "content_text")))[:MAX_CONTENT]
    image = _text(item, "image") or _text(item, "banner_image")
    return Entry(
        link=link,
        guid=guid[:MAX_GUID] or None,
        title=plain(_text(item, "title")) or None,
        summary=_text(item, "summary")[:MAX_CONTENT] or None,
        content=content or None,
        published=_text(item, "date_published")[:_MAX_DATE] or None,
        updated=_text(item, "date_modified")[:_MAX_DATE] or None,
        authors=_authors(item) or authors,
        tags=_tags(item),
        language=_text(item, "language")[:35] or None,
        image_url=web_url(image, base),
    )


def _web_id(guid: str) -> str:
    return guid if guid.lower().startswith(("http://", "https://")) else ""


def _paragraphs(text: str) -> str:
    """Plain text as the HTML that content is."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"<p>{part.strip()}</p>" for part in re.split(r"\n\s*\n", escaped) if part.strip())


def _authors(found: Object) -> tuple[str, ...]:
    """The names of version 1.1's ``authors``, else of version 1's ``author``."""
    several = found.get("authors")
    people = several if isinstance(several, list) and several else [found.get("author")]
    names = (plain(_text(person, "name"), MAX_NAME) for person in people if isinstance(person, dict))
    return tuple(dict.fromkeys(name for name in names if name))[:MAX_AUTHORS]


def _tags(item: Object) -> tuple[str, ...]:
    tags = item.get("tags")
    words = (plain(tag, MAX_NAME) for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()
    return tuple(dict.fromkeys(word for word in words if word))[:MAX_TAGS]


def _hubs(top: Object) -> Iterator[str]:
    hubs = top.get("hubs")
    for hub in hubs if isinstance(hubs, list) else ():
        if isinstance(hub, dict) and _text(hub, "type").lower() in _HUBS:
            address = web_url(_text(hub, "url"), _text(top, "feed_url") or "http:")
            yield from [address] if address else []


def _older(top: Object, url: str) -> str | None:
    older = web_url(_text(top, "next_url"), url)
    return older if older not in (url, web_url(_text(top, "feed_url"), url)) else None


def _text(found: Object, key: str) -> str:
    value = found.get(key)
    return _clean(value.strip()) if isinstance(value, str) else ""


def _scalar(found: Object, key: str) -> str:
    """Text, or a number as text: identifiers are numbers now and then, against the specification."""
    value = found.get(key)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return _clean(str(value).strip())


def _clean(text: str) -> str:
    """JSON can escape halves of surrogate pairs and NUL, which no database takes."""
    if "\0" in text:
        text = text.replace("\0", "")
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
