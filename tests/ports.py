"""Loopback ports where nobody listens, and nobody is given one by chance."""

import itertools
import secrets
import socket

# Port 0 asks the system for any port of its own range, which starts at 32768 (Linux) or 49152 (macOS, IANA).
# A port of that range that was free a moment ago may be given to the next server or outgoing connection of
# another test; those below are only given to who names them.
_LOWEST, _HIGHEST = 20_000, 32_000

# From a place by chance on, so that processes side by side do not try the same ones.
_tried = itertools.count(secrets.randbelow(_HIGHEST - _LOWEST))


def free_port(*addresses: str) -> int:
    """Return a port where nobody listens now, on 127.0.0.1 or on all the addresses named."""
    for number in itertools.islice(_tried, _HIGHEST - _LOWEST):
        port = _LOWEST + number % (_HIGHEST - _LOWEST)
        if all(_is_free(address, port) for address in addresses or ("127.0.0.1",)):
            return port
    raise OSError(f"no port from {_LOWEST} to {_HIGHEST} is free")


def dead_url(path: str = "/feed.xml") -> str:
    """Return an address on a loopback port where nobody listens."""
    return f"http://127.0.0.1:{free_port()}{path}"


def _is_free(address: str, port: int) -> bool:
    try:
        socket.create_server((address, port)).close()
    except OSError:
        return False
    return True
