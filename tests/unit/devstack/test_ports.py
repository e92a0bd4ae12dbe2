"""Ports for servers of tests: never the same one for two who ask."""

import random
import socket
import subprocess
import sys
from contextlib import closing

import pytest

from ventanilla_devstack import ports
from ventanilla_devstack.errors import PortInUse, ServerFailed
from ventanilla_devstack.ports import HOST, claim_port, free_port, start_on_port

ASK = "from ventanilla_devstack.ports import claim_port; print(claim_port({port}))"


def claimed_by_another_process(port: int) -> bool:
    """Whether another process can have it now."""
    asked = subprocess.run([sys.executable, "-c", ASK.format(port=port)], capture_output=True, text=True, check=True)
    return asked.stdout.strip() == "True"


def test_a_port_is_promised_once() -> None:
    port = free_port()

    assert not claim_port(port)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that end with their process")
def test_a_port_is_promised_to_one_process_until_it_ends() -> None:
    port = free_port()

    assert not claimed_by_another_process(port)
    assert ports._claims[-1].getsockname() == f"\0ventanilla-port-{port}".encode()
    ports._claims.pop().close()
    assert claimed_by_another_process(port)
    assert claimed_by_another_process(port)  # the one before has ended


def test_whoever_seeds_chance_gets_no_port_twice() -> None:
    random.seed(1)
    first = free_port()
    random.seed(1)

    assert free_port() != first


def test_a_port_with_a_listener_is_not_promised() -> None:
    with closing(socket.socket()) as listener:
        listener.bind((HOST, 0))
        listener.listen()

        assert not claim_port(listener.getsockname()[1])


def test_old_promises_are_given_up() -> None:
    first = free_port()
    for _ in range(ports._MOST_CLAIMS):
        free_port()

    assert claim_port(first)


class TestStartOnPort:
    def test_somebody_who_was_faster_on_a_picked_port_costs_another_try(self) -> None:
        tried: list[int] = []
        others: list[socket.socket] = []

        def start(port: int) -> None:
            tried.append(port)
            if len(tried) == 1:
                others.append(listening_on(port))
                raise ServerFailed("somebody was faster")

        start_on_port("NATS", 0, start, lambda: None)
        others[0].close()

        assert len(set(tried)) == 2

    def test_a_server_that_fails_although_its_port_is_free_is_killed_and_not_tried_again(self) -> None:
        tried: list[int] = []
        killed: list[int] = []

        def start(port: int) -> None:
            tried.append(port)
            raise ServerFailed("its configuration is wrong")

        with pytest.raises(ServerFailed):
            start_on_port("NATS", 0, start, lambda: killed.append(1))

        assert (len(tried), killed) == (1, [1])

    def test_a_chosen_port_that_is_in_use_is_named(self) -> None:
        port = free_port()
        with listening_on(port), pytest.raises(PortInUse, match=f"NATS: port {port} is in use"):
            start_on_port("NATS", port, lambda _: None, lambda: None)


def listening_on(port: int) -> socket.socket:
    taken = socket.socket()
    taken.bind((HOST, port))
    taken.listen()
    return taken
