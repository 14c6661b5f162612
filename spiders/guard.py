"""Which IP addresses belong to the public internet, and which we never dial.

Pure functions over our own copy of the IANA special-purpose address registries (RFC 6890 and its
successors, read 2025-10). Mapped and tunnelled forms are unwrapped before they are judged, because
the standard library calls some of them global although they lead to a private machine.
"""

import re
from bisect import bisect_right
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

PUBLIC = "public"
NAME = "name"
# RFC 1123 names; underscores occur in the wild.
_HOST_NAME = re.compile(r"(?=.{1,254}\Z)(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?", re.IGNORECASE | re.ASCII)

# The most specific row wins. Rows named PUBLIC are exceptions the registries call globally reachable.
_IPV4 = (
    ("0.0.0.0/0", PUBLIC),
    ("0.0.0.0/8", "this network"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "carrier-grade NAT"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "protocol assignment"),
    ("192.0.0.9/32", PUBLIC),
    ("192.0.0.10/32", PUBLIC),
    ("192.0.2.0/24", "documentation"),
    ("192.88.99.0/24", "6to4 relay"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "benchmark"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("255.255.255.255/32", "broadcast"),
)
_IPV6 = (
    # Only 2000::/3 is allocated as global unicast; what lies outside is refused unless unwrapped.
    ("::/0", "reserved"),
    ("2000::/3", PUBLIC),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("::/96", "IPv4-compatible"),
    ("64:ff9b:1::/48", "local NAT64"),
    ("100::/64", "discard"),
    ("2001::/23", "protocol assignment"),
    ("2001:1::1/128", PUBLIC),
    ("2001:1::2/128", PUBLIC),
    ("2001:1::3/128", PUBLIC),
    ("2001:3::/32", PUBLIC),
    ("2001:4:112::/48", PUBLIC),
    ("2001:20::/28", PUBLIC),
    ("2001:30::/28", PUBLIC),
    ("2001:db8::/32", "documentation"),
    ("3fff::/20", "documentation"),
    ("5f00::/16", "segment routing"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
)


def _flatten(rows: tuple[tuple[str, str], ...]) -> tuple[list[int], list[str]]:
    """Turn nested networks into sorted starts and the name that holds from each start on."""
    nets = [(ip_network(text), name) for text, name in rows]
    first = {int(net.network_address) for net, _ in nets}
    behind = {int(net.broadcast_address) + 1 for net, _ in nets}
    starts = sorted(first | behind)[:-1]
    return starts, [_innermost(start, nets) for start in starts]


def _innermost(number: int, nets: list[tuple[IPv4Network | IPv6Network, str]]) -> str:
    holders = [
        (net.prefixlen, name)
        for net, name in nets
        if int(net.network_address) <= number <= int(net.broadcast_address)
    ]
    return max(holders)[1]


_TABLE_4 = _flatten(_IPV4)
_TABLE_6 = _flatten(_IPV6)


def kind(address: str) -> str:
    """Say what an IP address is: ``"public"`` or the name of the special range it lies in.

    ``address`` is a literal as ``getaddrinfo`` returns it, a zone (``%eth0``) included. Raises
    ValueError when it is no IP address.
    """
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv4Address):
        return _lookup(_TABLE_4, int(parsed))
    return _kind_6(parsed)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, after unwrapping mapped and tunnelled forms."""
    return kind(address) == PUBLIC


def _kind_6(address: IPv6Address) -> str:
    inner, known_public = _unwrap(int(address))
    for each in inner:
        found = _lookup(_TABLE_4, each)
        if found != PUBLIC:
            return found
    return PUBLIC if known_public else _lookup(_TABLE_6, int(address))


def _unwrap(number: int) -> tuple[tuple[int, ...], bool]:
    """The IPv4 addresses inside an IPv6 one, and whether they alone decide."""
    low = number & 0xFFFFFFFF
    if number >> 32 == 0xFFFF:  # ::ffff:0:0/96, IPv4-mapped
        return (low,), True
    if number >> 32 in (0xFFFF_0000, 0x64FF9B << 64):  # ::ffff:0:0:0/96 (SIIT), 64:ff9b::/96 (NAT64)
        return (low,), True
    if number >> 112 == 0x2002:  # 6to4
        return (number >> 80 & 0xFFFFFFFF,), True
    if number >> 96 == 0x2001_0000:  # Teredo: the server, and the client with its bits inverted
        return (number >> 64 & 0xFFFFFFFF, low ^ 0xFFFFFFFF), True
    if number >> 32 & 0xFDFFFFFF == 0x5EFE:  # ISATAP interface identifier under any prefix
        return (low,), False
    return (), False


def _lookup(table: tuple[list[int], list[str]], number: int) -> str:
    starts, names = table
    return names[bisect_right(starts, number) - 1]


def literal(host: str) -> str | None:
    """Return the IP address a URL host spells, or None when it is a name.

    Reads what browsers read (WHATWG URL, "IPv4 parser"): ``127.1``, ``0x7f.1``, ``0177.0.0.1`` and
    ``2130706433`` are 127.0.0.1. Brackets around IPv6 are optional. Raises ValueError for a host that ends in
    a number but is no address, like ``1.2.3.4.5``.
    """
    bare = host.strip("[]").partition("%")[0].rstrip(".").lower()
    if ":" in bare:
        return str(IPv6Address(bare))
    labels = bare.split(".")
    if not _is_number(labels[-1]):
        return None
    return str(IPv4Address(_join([_number(label) for label in labels])))


@lru_cache(maxsize=8192)
def kind_of_host(host: str) -> str:
    """Say what the host of a URL is: ``kind`` of the address it spells, or ``"name"``.

    ``localhost`` and names below it are loopback by definition (RFC 6761, 6.3). Raises ValueError for a host
    that is neither an address nor a name (internationalized names are to come in their ASCII form).
    """
    if not host:
        raise ValueError("there is no host")
    address = literal(host)
    if address is not None:
        return kind(address)
    if not _HOST_NAME.fullmatch(host):
        raise ValueError(f"{host[:80]!r} is no host name")
    last = host.rstrip(".").lower().rpartition(".")[2]
    return "loopback" if last == "localhost" else NAME


@lru_cache(maxsize=8192)
def is_plain(host: str) -> bool:
    """Whether a host is a name or an address in its usual spelling (dotted quad, or IPv6)."""
    spelled = literal(host)
    return spelled is None or ":" in spelled or spelled == host.rstrip(".")


def _is_number(label: str) -> bool:
    if label.startswith("0x"):
        return all(char in "0123456789abcdef" for char in label[2:])
    return label.isascii() and label.isdigit()


def _number(label: str) -> int:
    if not _is_number(label):
        raise ValueError(f"{label!r} is no part of an IPv4 address")
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return int(label, 8) if len(label) > 1 and label.startswith("0") else int(label)


def _join(parts: list[int]) -> int:
    *heads, last = parts
    if len(parts) > 4 or any(head > 255 for head in heads) or last >= 256 ** (5 - len(parts)):
        raise ValueError("no IPv4 address")
    return sum(head << 8 * (3 - place) for place, head in enumerate(heads)) + last
