"""The names under which a page's publisher goes, to tell them from titles, people and topics."""

import unicodedata
from functools import lru_cache
from urllib.parse import urlsplit

from spiders.items import Candidate
from spiders.readers import jsonld
from spiders.readers.belief import one, ranked
from spiders.readers.byline import without_brackets
from spiders.readers.head import Head
from spiders.readers.plain import MAX_NAME, plain


def publisher(head: Head) -> tuple[Candidate, ...]:
    """The outlet's name."""
    node = head.article.get("publisher") or head.article.get("sourceOrganization")
    return ranked(
        (
            one(plain(jsonld.text_of(node, "name"), MAX_NAME), "json-ld", 0.8),
            one(plain(head.meta("og:site_name"), MAX_NAME), "og", 0.7),
            one(plain(head.meta("application-name", "dc.publisher", "publisher"), MAX_NAME), "meta", 0.4),
            *(one(plain(name, MAX_NAME), "json-ld", 0.3) for name in head.outlets[:2]),
        ),
        same=name_key,
    )


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
