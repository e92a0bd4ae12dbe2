"""A local Slack that has stopped leaves no connection open."""

import asyncio
import socket
from contextlib import ExitStack, suppress

import pytest

from ventanilla_devstack.ports import HOST
from ventanilla_devstack.slack.server import LocalSlack


def ended(connection: socket.socket) -> bool:
    """Whether the other side closes a connection on which nobody has said anything."""
    with suppress(ConnectionResetError):
        return connection.recv(1) == b""
    return True


@pytest.mark.parametrize("turns", range(6))
async def test_whoever_comes_while_it_stops_is_sent_away(turns: int) -> None:
    slack = LocalSlack()
    await slack.start()
    port = int(slack.url.rpartition(":")[2])
    with ExitStack() as stack:
        # Without a turn of the loop the system alone has taken them; then asyncio; then the server knows of them.
        late = [stack.enter_context(socket.create_connection((HOST, port), timeout=5)) for _ in range(2)]
        for _ in range(turns):
            await asyncio.sleep(0)

        await slack.stop()

        assert [await asyncio.to_thread(ended, one) for one in late] == [True, True]
