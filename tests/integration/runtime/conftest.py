"""A broker of a test's own, for tests that kill it or starve it, and shorthands for what the runtime's tests need."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.support.broker import Desk, new_nats_server
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.publish import Publisher


@pytest.fixture
async def own_desk(server_folder: Path) -> AsyncIterator[Desk]:
    """A broker that this test may kill and start again."""
    server = new_nats_server(server_folder / "nats")
    server.start()
    desk = Desk(server)
    await desk.apply_topology()
    yield desk
    await desk.close()
    server.stop()


@pytest.fixture
def publisher_of() -> Callable[[Broker], Awaitable[Publisher]]:
    """Starts a publisher on a connection."""

    async def start(broker: Broker) -> Publisher:
        publisher = Publisher(broker)
        await publisher.start()
        return publisher

    return start


@pytest.fixture
async def operator(fresh_desk: Desk) -> Broker:
    """A connection with all rights to an empty broker."""
    return await fresh_desk.connect()


@pytest.fixture
async def publish(operator: Broker) -> Publisher:
    """The operator's publisher."""
    publisher = Publisher(operator)
    await publisher.start()
    return publisher
