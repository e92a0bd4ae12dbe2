"""Where doors listen, and for how long they keep what nobody uses."""

import asyncio
import socket

import httpx
import pytest

from ventanilla_devstack.ports import free_port
from ventanilla_runtime.health import Health, http_server
from ventanilla_runtime.listening import listening_host

_LONGEST_OF_PROXIES = 600
"""Seconds for which Google's balancers keep an idle connection to a door."""


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as tried:
            tried.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6")
async def test_a_door_for_all_of_ipv6_hears_ipv4_too() -> None:
    port = free_port()
    server = http_server(Health(), "::", port)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    async with httpx.AsyncClient() as client:
        for host in ("127.0.0.1", "[::1]"):
            assert (await client.get(f"http://{host}:{port}/livez")).status_code == 200
    server.should_exit = True
    await serving


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1", "::1", "desk.example"])  # nothing listens here
def test_any_other_address_is_taken_as_it_is(host: str) -> None:
    assert listening_host(host) == host


def test_proxies_let_go_of_idle_connections_before_a_door_does() -> None:
    assert http_server(Health(), "127.0.0.1", 0).config.timeout_keep_alive > _LONGEST_OF_PROXIES
