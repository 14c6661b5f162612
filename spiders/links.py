"""Read Link headers (RFC 8288): the relations of an answer that its document need not repeat. Pure."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urljoin

_MOST = 50
"""Links read of one answer."""
_LONGEST = 16 * 1024
_SCHEMES = ("http://", "https://")
_TARGET = re.compile(r"[\s,]*<([^>]*)>")
_PARAMETER = re.compile(r'\s*;\s*([^\s=;,"<>]*)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?')


def links(values: Iterable[str], *, base: str, relations: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """Return (relation, absolute URL) for each of these relations in Link headers, in order.

    ``values`` are the headers' values, ``base`` the address that answered. Links about another document
    (``anchor``) are left out, and so is what comes after something that cannot be understood.
    """
    found: list[tuple[str, str]] = []
    for value in values:
        for target, parameters in _read(value[:_LONGEST]):
            url = _joined(base, target)
            if url is None or "anchor" in parameters:
                continue
            named = parameters.get("rel", "").lower().split()
            found += [(relation, url) for relation in dict.fromkeys(named) if relation in relations]
    return tuple(found[:_MOST])


def _read(value: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the targets of one header with their parameters; of a repeated one the first counts (3.3)."""
    place = 0
    while (target := _TARGET.match(value, place)) is not None:
        place = target.end()
        parameters: dict[str, str] = {}
        while (parameter := _PARAMETER.match(value, place)) is not None:
            place = parameter.end()
            quoted, plain = parameter[2], parameter[3]
            said = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain or ""
            parameters.setdefault(parameter[1].lower(), said)
        yield target[1].strip(), parameters


def _joined(base: str, target: str) -> str | None:
    try:
        url = target if target.startswith(_SCHEMES) else urljoin(base, target)
    except ValueError:
        return None
    return url if url.startswith(_SCHEMES) else None
