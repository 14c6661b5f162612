"""Tell systemd how the daemon is doing (the sd_notify protocol); silent where systemd is not there."""

import os
import socket


def notify(state: str) -> bool:
    """Send a state like ``READY=1``, ``WATCHDOG=1`` or ``STOPPING=1``; False when nobody listens.

    Source: sd_notify(3), a datagram to the socket named in ``NOTIFY_SOCKET``.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):  # an abstract socket
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.sendto(state.encode(), address)
    except OSError:
        return False
    return True
