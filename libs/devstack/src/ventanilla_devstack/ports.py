"""TCP ports of this machine: which is free, who answers."""

import atexit
import errno
import secrets
import socket
from collections import deque
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from ventanilla_devstack.errors import PortInUse, ServerFailed

HOST = "127.0.0.1"
_LOWEST = 10_000
_MOST_CLAIMS: Final = 200
_TRIES: Final = 5
_claims: deque[socket.socket] = deque()
"""The latest claims of this process, each a name that the system lets one process at a time have."""


@atexit.register
def _give_up() -> None:
    while _claims:
        _claims.pop().close()


def free_port() -> int:
    """A port that nobody listens on and that no other process was just given here.

    It stays promised to this process until it has asked for `_MOST_CLAIMS` others or ends: two test runs at once, or
    two servers that start together, never get the same. A program that asks nobody may still take it.

    It lies below the range from which the system takes ports for outgoing connections: one of those could hold it just
    when a stopped server wants it back.
    """
    highest = min(_first_ephemeral_port(), 32_768) - 1
    for _ in range(1_000):
        # Not `random`: a test that seeds it would be given the ports of every other test that does.
        port = _LOWEST + secrets.randbelow(highest - _LOWEST + 1)
        if claim_port(port):
            return port
    raise OSError(f"no port between {_LOWEST} and {highest} is free")


def claim_port(port: int) -> bool:
    """Promise a free port to this process; False if somebody listens on it or it is promised already."""
    claim = _claim(port)
    if claim is None:
        return False
    if not is_free(port):
        claim.close()
        return False
    _claims.append(claim)
    while len(_claims) > _MOST_CLAIMS:
        _claims.popleft().close()
    return True


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


def start_on_port(who: str, port: int, start: Callable[[int], None], kill: Callable[[], None]) -> None:
    """Start a server on its port; with 0 on one that is free, and on another if somebody was faster.

    Args:
        start: returns when it answers; whatever it raises, `kill` is called.

    Raises:
        PortInUse: another program has the port.
        ServerFailed: it does not start.
    """
    for left in reversed(range(_TRIES)):
        tried = port or free_port()
        if not is_free(tried):
            raise PortInUse(f"{who}: port {tried} is in use; stop the program that listens there")
        try:
            start(tried)
            return
        except ServerFailed:
            kill()
            if port or not left or is_free(tried):
                raise
        except BaseException:
            kill()
            raise


def _claim(port: int) -> socket.socket | None:
    """A name in Linux's abstract namespace, given up by the system with the process; elsewhere it claims nothing."""
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0ventanilla-port-{port}")
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            claim.close()
            return None
    return claim


def _first_ephemeral_port() -> int:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 32_768
