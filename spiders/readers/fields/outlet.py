"""The names under which a page's publisher goes, to tell them from titles, people and topics."""

import re
import unicodedata
from dataclasses import replace
from functools import lru_cache
from urllib.parse import urlsplit

from spiders.items import Candidate
from spiders.readers import jsonld
from spiders.readers.belief import one, ranked
from spiders.readers.byline import is_agency, without_brackets
from spiders.readers.head import Head
from spiders.readers.plain import MAX_NAME, plain

_BAR = re.compile(r"\s+[|–—·»-]+\s+|\s*[|｜]\s*")


def publisher(head: Head) -> tuple[Candidate, ...]:
    """The outlet's name; an agency that is named so in JSON-LD is the one whose report it is."""
    node = head.article.get("publisher") or head.article.get("sourceOrganization")
    stated = _name(jsonld.text_of(node, "name"))
    site = _name(head.meta("og:site_name"))
    agency = bool(site) and is_agency(stated) and name_key(stated) not in _host_keys(head)
    offers = (
        one(stated, "json-ld", 0.3 if agency else 0.8, "an agency" if agency else ""),
        one(site, "og", 0.7),
        one(_name(head.meta("application-name", "dc.publisher", "publisher")), "meta", 0.4),
        *(one(_name(name), "json-ld", 0.3) for name in head.outlets[:2]),
    )
    if not any(offer.values for offer in offers):
        return ranked((one(_behind_title(head), "title", 0.2),))
    return ranked((_without_motto(offer, head) for offer in offers), same=name_key)


def _name(text: str) -> str:
    """A name on one line; of an account ("@warta") that of its bearer."""
    return plain(text, MAX_NAME).lstrip("@")


def _behind_title(head: Head) -> str:
    """What stands behind the last bar or dash of the title element, where the site's host bears that name."""
    tail = _BAR.split(head.title)[-1].strip()
    return tail if tail != head.title and name_key(tail) in _host_keys(head) else ""


def _without_motto(offer: Candidate, head: Head) -> Candidate:
    """The name alone, where a motto follows behind a bar or dash and the site's host bears the name."""
    for text in offer.values:
        name = _BAR.split(text, maxsplit=1)[0].strip()
        if name != text and name_key(name) in _host_keys(head):
            return replace(offer, values=(name,))
    return offer


def _host_keys(head: Head) -> frozenset[str]:
    """The keys of a host and of the parts of it that may be a name."""
    host = (urlsplit(head.url).hostname or "").removeprefix("www.")
    parts = host.split(".")
    return frozenset(map(name_key, (host, ".".join(parts[-2:]), *parts[:-1]))) - {""}


def outlet_keys(head: Head, known: tuple[Candidate, ...]) -> frozenset[str]:
    """Return the keys of all names of the outlet: said by the page, and its host name."""
    host = (urlsplit(head.url).hostname or "").removeprefix("www.")
    names = [value for candidate in known for value in candidate.values]
    parts = host.split(".")
    names += [
        *head.outlets,
        head.meta("twitter:site").rpartition("/")[2],
        host,
        *(part for part in parts[-3:-1] if len(part) > 3),
    ]
    return frozenset(map(name_key, names)) - {""}


def own_names(known: tuple[Candidate, ...]) -> frozenset[str]:
    """Return the keys of the names that the outlet gives itself; a blog's may be its author's.

    An outlet that is called as its domain ("daily.example") goes under the name without its end, too.
    """
    names = [value for candidate in known if candidate.belief > 0.3 for value in candidate.values]
    bare = (name.rpartition(".")[0] for name in names if " " not in name)
    return frozenset(map(name_key, (*names, *map(without_brackets, names), *bare))) - {""}


@lru_cache(maxsize=100)
def name_key(name: str) -> str:
    """Return the letters and digits of a name without case and accents."""
    if name.isascii():
        return "".join(filter(str.isalnum, name)).lower()
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", name))).casefold().replace("ı", "i")
