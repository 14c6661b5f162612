"""The fields of an article, each from the source most often right (measured on pages of many publishers).

JSON-LD before OpenGraph and meta names, those before what the page shows. Every function returns a finding:
the value and where it was found; an empty value means nothing was found.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from spiders.readers import jsonld
from spiders.readers.byline import clean_name, split_names
from spiders.readers.bylines import Bylines
from spiders.readers.finding import Finding, Findings, first
from spiders.readers.head import Head
from spiders.readers.plain import MAX_AUTHORS, MAX_NAME, MAX_TAGS, plain, web_url

_SEPARATOR = re.compile(r"\s+[|\-–—·•»›:/]+\s+|\s*[|ㅣ｜]\s*")
_KEYWORD_SPLIT = re.compile(r"\s*[,;|、，]\s*")
_CODE = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-|^[\w.-]+\.(?:com|org|net)$|^[\w ]{2,24}: ?\S")
_AUTHOR_METAS = (
    *(
        "author",
        "article:author",
        "dc.creator",
        "dcterms.creator",
        "sailthru.author",
        "parsely-author",
        "byl",
    ),
    *("citation_author", "article:author_name", "cxenseparse:author", "content_author"),
)


def title(head: Head) -> Finding:
    """The headline: what h1 and og:title agree on, else JSON-LD, og:title, h1, twitter:title, title element.

    Without the site's name behind it and without a kicker that og:title does without.
    """
    headline, h1 = plain(jsonld.text_of(head.article.get("headline"))), head.h1s[0] if head.h1s else ""
    og = plain(head.meta("og:title"))
    variants = [
        Finding(h1 if h1 == og else "", "h1"),
        Finding(headline, "json-ld"),
        Finding("" if h1 and og != h1 and og.startswith(h1) else og, "og"),
        Finding(h1, "h1"),
        Finding(plain(head.meta("title", "twitter:title")), "meta"),
        Finding(head.title, "title"),
    ]
    best = first(variants)
    if og and best.value.endswith(f": {og}"):
        best = Finding(og, "og")
    known = {found.value for found in variants}.union(head.h1s)
    return best._replace(value=cut_site(best.value, known, head))


def cut_site(text: str, variants: set[str], head: Head) -> str:
    """A title without the site's name behind a separator."""
    sites = {name.lower() for name in (head.meta("og:site_name"), publisher(head).value) if name}
    for found in reversed(list(_SEPARATOR.finditer(text))):
        start, tail = text[: found.start()].strip(), text[found.end() :].strip()
        if len(start) >= 10 and (start in variants or tail.lower() in sites):
            return start
    return text


def authors(head: Head, shown: Callable[[], Bylines], *, names_editor: bool = False) -> Findings:
    """Names of authors: people in JSON-LD, meta names, by-lines on the page; organisations only after those.

    ``shown`` looks for by-lines on the page; it is only called when the answer may depend on it.
    ``names_editor``: the page prints "Editor: ..." somewhere; some papers then name the editor in JSON-LD
    as the author and the reporter in the by-line alone.
    """
    outlets = {name.lower() for name in (publisher(head).value, head.meta("og:site_name")) if name}
    people, others = _structured_authors(head, outlets)
    if people and not (names_editor and set(people) <= set(shown().editors) and shown().authors):
        return Findings(people, "json-ld")
    metas = () if people else _names(head.meta_all(*_AUTHOR_METAS))
    metas = tuple(name for name in metas if name.lower() not in outlets)
    if metas:
        return Findings(metas, "meta")
    bylines = shown().authors
    return Findings(bylines, "byline") if bylines else Findings(others, "json-ld" if others else "")


def _structured_authors(head: Head, outlets: set[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """People and organisations that JSON-LD names as authors."""
    nodes = head.article.get("author") or head.article.get("creator")
    nodes = nodes if isinstance(nodes, list) else [nodes]
    organised = [node for node in nodes if isinstance(node, dict) and _is_organisation(node)]
    people = _names(jsonld.texts([node for node in nodes if node not in organised], "name"))
    others = _names(jsonld.texts(organised, "name"))
    kept = tuple(name for name in people if name.lower() not in outlets)
    return kept, others + tuple(name for name in people if name not in kept)


def _is_organisation(node: Mapping[str, Any]) -> bool:
    return any(kind.endswith("Organization") for kind in jsonld.types_of(node))


def _names(texts: Iterable[str]) -> tuple[str, ...]:
    given = [text for text in texts if text.strip()]
    if len(given) == 1:
        return split_names(plain(given[0], MAX_NAME * 5))[:MAX_AUTHORS]
    names = (clean_name(plain(text, MAX_NAME)) for text in given)
    return tuple(dict.fromkeys(name for name in names if name))[:MAX_AUTHORS]


def tags(head: Head, shown: Callable[[], tuple[str, ...]]) -> Findings:
    """Topics: JSON-LD keywords, news_keywords, article:tag, keywords, else the tag links on the page."""
    sources = (
        ("json-ld", tuple(jsonld.texts(head.article.get("keywords"), "name"))),
        ("meta", head.meta_all("news_keywords")),
        ("meta", head.meta_all("article:tag")),
        ("meta", head.meta_all("keywords")),
    )
    outlets = {name.lower() for name in (publisher(head).value, head.meta("og:site_name")) if name}
    for where, texts in sources:
        if found := _keywords(texts, outlets):
            return Findings(found, where)
    links = shown()
    return Findings(links[:MAX_TAGS], "links" if links else "")


def _keywords(texts: tuple[str, ...], outlets: set[str]) -> tuple[str, ...]:
    """Keywords out of a list or one string with separators; a long string without any is no list."""
    parts = _KEYWORD_SPLIT.split(texts[0]) if len(texts) == 1 else texts
    if len(parts) == 1 and parts[0].count(" ") > 5:
        return ()
    found = dict.fromkeys(tag for part in parts if (tag := plain(part, MAX_NAME)))
    return tuple(tag for tag in found if tag.lower() not in outlets and not _CODE.search(tag))[:MAX_TAGS]


def lead(head: Head) -> Finding:
    """The summary the publisher wrote."""
    return first(
        [
            Finding(plain(jsonld.text_of(head.article.get("description")), 2_000), "json-ld"),
            Finding(plain(head.meta("og:description"), 2_000), "og"),
            Finding(plain(head.meta("description", "twitter:description"), 2_000), "meta"),
        ]
    )


def publisher(head: Head) -> Finding:
    """The outlet's name."""
    node = head.article.get("publisher") or head.article.get("sourceOrganization")
    return first(
        [
            Finding(plain(jsonld.text_of(node, "name"), MAX_NAME), "json-ld"),
            Finding(plain(head.meta("og:site_name"), MAX_NAME), "og"),
            Finding(plain(head.meta("application-name", "dc.publisher"), MAX_NAME), "meta"),
        ]
    )


def section(head: Head) -> Finding:
    """The section the article stands in."""
    return first(
        [
            Finding(plain(jsonld.text_of(head.article.get("articleSection")), MAX_NAME), "json-ld"),
            Finding(plain(head.meta("article:section", "parsely-section", "section"), MAX_NAME), "meta"),
        ]
    )


def image_url(head: Head) -> Finding:
    """The main picture, absolute."""
    node = head.article.get("image")
    return first(
        [
            Finding(
                web_url(head.meta("og:image:secure_url", "og:image", "og:image:url"), head.base) or "", "og"
            ),
            Finding(web_url(jsonld.text_of(node, "url", "contentUrl", "@id"), head.base) or "", "json-ld"),
            Finding(web_url(head.meta("twitter:image", "twitter:image:src"), head.base) or "", "meta"),
        ]
    )


def canonical_url(head: Head) -> Finding:
    """The address the page gives itself, absolute; whether to believe it is for others to judge."""
    link = next(iter(head.links.get("canonical", ())), "")
    return first(
        [
            Finding(web_url(link, head.base) or "", "link"),
            Finding(web_url(head.meta("og:url"), head.base) or "", "og"),
        ]
    )


def language(head: Head) -> Finding:
    """The language the page declares, unless it is one that pages declare without meaning it."""
    found = first(
        [
            Finding(head.lang.strip(), "html"),
            Finding(head.meta("content-language").split(",")[0].strip(), "meta"),
            Finding(jsonld.text_of(head.article.get("inLanguage"), "alternateName", "name"), "json-ld"),
            Finding(head.meta("og:locale"), "og"),
        ]
    )
    code = found.value.replace("_", "-")[:35]
    return Finding() if code.split("-")[0].lower() in ("", "en", "nb") else found._replace(value=code)


def paywalled(head: Head) -> bool | None:
    """Whether reading costs, when the page says so (isAccessibleForFree)."""
    free = head.article.get("isAccessibleForFree")
    if isinstance(free, bool):
        return not free
    said = free.strip().lower() if isinstance(free, str) else head.meta("isaccessibleforfree").lower()
    return {"true": False, "false": True}.get(said)
