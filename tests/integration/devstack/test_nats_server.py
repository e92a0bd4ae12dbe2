"""The embedded NATS: real processes, real kills."""

import os
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.broker import Desk, new_nats_server
from tests.support.polling import eventually
from ventanilla_devstack.children import identify
from ventanilla_devstack.errors import Interrupted, PortInUse, ServerFailed
from ventanilla_devstack.nats_server import NatsServer, greeting
from ventanilla_runtime.publish import Outgoing, Publisher


@pytest.fixture
def server(server_folder: Path) -> Iterator[NatsServer]:
    server = new_nats_server(server_folder / "nats")
    yield server
    server.kill()


async def test_what_was_acknowledged_survives_a_kill(server: NatsServer) -> None:
    server.start()
    desk = Desk(server)
    try:
        await desk.apply_topology()
        publisher = Publisher(await desk.connect("intake-email"))
        await publisher.start()
        await publisher.publish_all([Outgoing("ACCEPTED", "desk.mail.accepted.v1", b"a mail")])
        port = server.port

        server.kill()
        server.start()

        assert server.port == port
        operator = await desk.connect("operator")
        stored = await operator.stored_message("ACCEPTED", 1)
        assert stored is not None
        assert stored.body == b"a mail"
    finally:
        await desk.close()


def test_passwords_and_configuration_are_for_the_owner_only(server: NatsServer) -> None:
    server.start()

    assert stat.S_IMODE((server.directory / "nats.conf").stat().st_mode) == 0o600
    assert "sync_interval: always" in (server.directory / "nats.conf").read_text()
    assert greeting("127.0.0.1", server.port)["auth_required"] is True


def test_a_port_in_use_is_named(server: NatsServer) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        server.port = other.getsockname()[1]
        with pytest.raises(PortInUse, match=f"port {server.port} is in use"):
            server.start()


def test_a_server_that_cannot_start_says_why_with_its_last_words(server: NatsServer) -> None:
    server.directory.mkdir()
    server.store.touch()

    with pytest.raises(ServerFailed, match=r"NATS ended at once \(.*storage directory.*\); see .*nats.log"):
        server.start()
    assert server.pid == 0


def test_a_predecessor_on_the_same_store_is_ended_first(server: NatsServer) -> None:
    server.start()
    predecessor = identify(server.pid)
    successor = NatsServer(server.directory, server.passwords)
    try:
        successor.start()

        assert predecessor is not None
        assert identify(predecessor.pid) != predecessor
        assert successor.pid
    finally:
        successor.stop()


def test_giving_up_while_it_starts_leaves_nothing(server: NatsServer) -> None:
    started: list[int] = []

    def give_up() -> None:
        started.append(server.pid)
        raise Interrupted

    with pytest.raises(Interrupted):
        server.start(give_up)
    assert identify(started[0]) is None


async def test_a_stopped_process_is_killed_when_its_time_is_up(server: NatsServer) -> None:
    server.start()
    pid = server.pid
    os.kill(pid, signal.SIGSTOP)

    server.stop(within_seconds=0.1)

    await eventually(lambda: identify(pid) is None, 5)
