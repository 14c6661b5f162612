"""What a publisher reserves about use by machines: in the page's head, in the answer's header."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from spiders.readers.head import Head

MAX_SAID = 300
"""Characters kept of one statement."""
_LOOKED_AT = 2_000
_ROBOTS_METAS = ("robots", "googlebot", "bingbot", "ai", "genai", "gptbot", "ccbot", "google-extended")
_WORDS = re.compile(
    r"(?:\b[\w-]+\s*:\s*)?\b(?:noai|noimageai|noml|notrain|notranslate|nosnippet|noarchive|nocache|noindex"
    r"|max-snippet\s*:\s*0|none)\b",
    re.IGNORECASE,
)
_TDM = ("tdm-reservation", "tdm-policy")


def reservations(head: Head, x_robots_tag: str | None, headers: Mapping[str, str]) -> dict[str, str]:
    """Return where something is reserved, and what: ``{"robots": "noai", "tdm-reservation": "1"}``.

    Of robots directives those are kept that limit what may be done with the text, with the agent that an
    X-Robots-Tag names; of the TDM Reservation Protocol both of its statements, those of the page before those
    of the answer's ``headers``, which are by name in lower case.
    """
    return dict(_said(head, x_robots_tag or "", headers))


def _said(head: Head, x_robots_tag: str, headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in _ROBOTS_METAS:
        if name in head.metas and (words := _limits(", ".join(head.metas[name])[:_LOOKED_AT])):
            yield name, words
    if x_robots_tag and (words := _limits(x_robots_tag[:_LOOKED_AT])):
        yield "x-robots-tag", words
    for name in _TDM:
        if said := head.meta(name) or headers.get(name, "").strip():
            yield name, said[:MAX_SAID]


@lru_cache(maxsize=500)  # most sites say one of a few things
def _limits(said: str) -> str:
    found = (" ".join(match[0].split()) for match in _WORDS.finditer(said))
    return ", ".join(dict.fromkeys(found))[:MAX_SAID]
