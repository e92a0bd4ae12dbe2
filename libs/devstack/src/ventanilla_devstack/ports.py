"""TCP ports of this machine: which is free, who answers."""

import socket
from contextlib import closing

HOST = "127.0.0.1"


def free_port() -> int:
    """A port that nobody listens on now. Another program may take it before you do: be ready to ask again."""
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


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
