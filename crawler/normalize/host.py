"""Hosts of URLs: their written form, their politeness lane and their site."""

import ipaddress
import re
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from publicsuffixlist import PSLFILE, PublicSuffixList

from storage.values import ascii_label

DEFAULT_PORTS = {"http": 80, "https": 443}
_DOTS = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": "."})
_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")


@cache
def _suffixes() -> PublicSuffixList:
    """Load the list. The library would ask for the Punycode of all its names, in a tenth of a second."""
    lines = Path(PSLFILE).read_text("utf-8").splitlines()
    names = [line for line in lines if line and not line.startswith("//")]
    encoded = (".".join(map(_label, name.split("."))) for name in names if not name.isascii())
    return PublicSuffixList([*names, *encoded], accept_encoded_idn=False)


@lru_cache(maxsize=4096)
def registrable(host: str) -> str | None:
    """Return the registrable domain of a lower-case host (Public Suffix List, private part included), if any.

    ``news.kompas.com`` gives ``kompas.com``; public suffixes, single labels and IP addresses give None.
    """
    if is_address(host):
        return None
    name = _suffixes().privatesuffix(host)
    return name if isinstance(name, str) else None


def is_address(host: str) -> bool:
    """Tell whether a host is an IP address (IPv6 with or without brackets) or ends in a number like one."""
    return ":" in host or host.startswith("[") or host.rpartition(".")[2].isdigit()


def ascii_host(host: str) -> str | None:
    """Return a host in lower case and ASCII (Punycode, RFC 3492), or None when it can be no host."""
    if ":" in host:
        return _ipv6(host)
    if not host.isascii():
        host = ".".join(_label(label) for label in host.translate(_DOTS).split("."))
    host = host.lower().removesuffix(".")
    return host if len(host) <= 253 and _HOST.fullmatch(host) else None


def _ipv6(host: str) -> str | None:
    try:
        return f"[{ipaddress.IPv6Address(host.strip('[]'))}]" if "%" not in host else None
    except ValueError:
        return None


def _label(label: str) -> str:
    """One label the way browsers write it (UTS 46, nontransitional); empty when it can be none."""
    try:
        return ascii_label(label)
    except UnicodeError:
        return ""


def shown_host(parts: SplitResult) -> str:
    """Return the host of a split URL in lower case, IPv6 in brackets, without port."""
    host = (parts.hostname or "").removesuffix(".")
    return f"[{host}]" if ":" in host else host


def host_lane(url: str) -> str:
    """Return the politeness lane of a cleaned URL: its host, with ``:port`` unless that is the scheme's."""
    parts = urlsplit(url)
    host = shown_host(parts)
    if parts.port is None or parts.port == DEFAULT_PORTS.get(parts.scheme):
        return host
    return f"{host}:{parts.port}"


def site_of(url: str) -> str:
    """Return the site of a cleaned URL: its registrable domain.

    Addresses, single names such as ``localhost`` and bare public suffixes are their own site, port included.
    """
    return registrable(shown_host(urlsplit(url))) or host_lane(url)
