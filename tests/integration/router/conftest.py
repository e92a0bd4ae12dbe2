"""A broker of a test's own, for tests that kill it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.broker import Desk, new_nats_server


@pytest.fixture
async def own_broker(server_folder: Path) -> AsyncIterator[Desk]:
    """A broker that this test may kill."""
    server = new_nats_server(server_folder / "nats")
    server.start()
    desk = Desk(server)
    await desk.apply_topology()
    yield desk
    await desk.close()
    server.stop()
