"""TCP ports of this machine: which is free, who answers."""

import random
import socket
from contextlib import closing
from pathlib import Path

HOST = "127.0.0.1"
_LOWEST = 10_000


def free_port() -> int:
    """A port that nobody listens on now. Another program may take it before you do: be ready to ask again.

    It lies below the range from which the system takes ports for outgoing connections: one of those could hold it just
    when a stopped server wants it back.
    """
    highest = min(_first_ephemeral_port(), 32_768) - 1
    for _ in range(1_000):
        port = random.randint(_LOWEST, highest)  # noqa: S311  # a guess, not a secret
        if is_free(port):
            return port
    raise OSError(f"no port between {_LOWEST} and {highest} is free")


def is_free(port: int) -> bool:
    """Whether we could listen on a port; a port whose last connections are only winding down is free."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen()
        except OSError:
            return False
    return True


def _first_ephemeral_port() -> int:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 32_768
