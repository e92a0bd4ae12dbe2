"""An HTTP door that many knock at and say nothing: whoever asks is answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx
import pytest

from tests.support.polling import eventually
from ventanilla_devstack.ports import HOST, free_port
from ventanilla_runtime import http_connections
from ventanilla_runtime.health import Health, HttpServer, http_server

HALF = b"GET / HTTP/1.1\r\nHost: x\r\nX"
Open = list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]


class Slow:
    """An application whose answers wait."""

    def __init__(self) -> None:
        self.health = Health()
        self.go = asyncio.Event()
        self.waiting = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/slow":
            self.waiting += 1
            await self.go.wait()
        await self.health(scope, receive, send)


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
async def door(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HttpServer]:
    monkeypatch.setattr(http_connections, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(http_connections, "MOST_CONNECTIONS", 20)
    monkeypatch.setattr(http_connections, "MOST_REQUESTS", 5)
    server = http_server(slow, HOST, free_port())
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    yield server
    slow.go.set()
    server.should_exit = True
    await serving


async def knock(door: HttpServer, count: int, said: bytes = HALF) -> Open:
    found = []
    for _ in range(count):
        reader, writer = await asyncio.open_connection(HOST, door.config.port)
        writer.write(said)
        found.append((reader, writer))
    return found


async def close(clients: Open) -> None:
    for _, writer in clients:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def alive(door: HttpServer) -> int:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"http://{HOST}:{door.config.port}/livez")).status_code


async def test_many_half_requests_close_the_door_to_nobody(door: HttpServer) -> None:
    clients = await knock(door, 60)
    assert [await alive(door) for _ in range(3)] == [200, 200, 200]
    assert len(door.server_state.connections) <= 21
    await close(clients)


async def test_a_head_that_is_not_there_in_time_ends_its_connection(door: HttpServer) -> None:
    clients = await knock(door, 1)
    clients += await knock(door, 1, b"")
    async with asyncio.timeout(5):
        for reader, _ in clients:
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
    await close(clients)


async def test_a_second_head_has_its_time_too_and_who_pauses_between_requests_is_left_alone(door: HttpServer) -> None:
    ((reader, writer),) = clients = await knock(door, 1, b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(5):
        assert await reader.readuntil(b"alive\n")
        await asyncio.wait([asyncio.create_task(reader.read(1))], timeout=1.0)  # twice the time of a head
        assert len(door.server_state.connections) == 1
        writer.write(HALF)
        await eventually(lambda: not door.server_state.connections)
    await close(clients)


async def test_a_request_that_is_at_work_is_not_cut_off_however_long_it_takes(door: HttpServer, slow: Slow) -> None:
    ((reader, _),) = clients = await knock(door, 1, b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    crowd = await knock(door, 40)
    await asyncio.wait([asyncio.create_task(slow.go.wait())], timeout=1.0)
    slow.go.set()
    async with asyncio.timeout(5):
        assert (await reader.readline()).startswith(b"HTTP/1.1 404")
    await close([*clients, *crowd])


async def test_more_requests_at_once_than_can_be_served_are_told_so_and_probes_are_not(
    door: HttpServer, slow: Slow
) -> None:
    clients = await knock(door, 5, b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    await eventually(lambda: slow.waiting == 5)
    ((reader, _),) = more = await knock(door, 1, b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(5):
        assert (await reader.readline()).startswith(b"HTTP/1.1 503")
    assert await alive(door) == 200
    await close([*clients, *more])


@pytest.mark.parametrize(
    "head",
    [
        b"GET /livez HTTP/1.1\r\nHost: x\r\nA: %b\r\n\r\n" % (b"a" * 70_000),
        b"GET /livez HTTP/1.1\r\nHost: x\r\n%b\r\n" % (b"A: aaaaaaaaa\r\n" * 5_000),
        b"GET /livez?%b HTTP/1.1\r\nHost: x\r\n\r\n" % (b"a" * 70_000),
    ],
    ids=["one field", "many fields", "address"],
)
@pytest.mark.parametrize("whole", [True, False], ids=["in one piece", "in two"])
async def test_a_head_that_is_too_large_is_refused_however_it_comes(head: bytes, whole: bool) -> None:
    """The loop reads what has come: a whole head is given to the connection as it would."""
    server = http_server(Slow(), HOST, 0)
    server.config.load()
    sent, ended = bytearray(), asyncio.Event()

    class Wire(asyncio.Transport):
        def write(self, data: Any) -> None:
            sent.extend(data)

        def close(self) -> None:
            ended.set()

        def is_closing(self) -> bool:
            return ended.is_set()

        def get_extra_info(self, name: str, default: Any = None) -> Any:
            return default

        def pause_reading(self) -> None:
            pass

        def resume_reading(self) -> None:
            pass

    connection = http_connections.BoundedConnection(server.config, server.server_state, {})
    connection.connection_made(Wire())
    for piece in (head,) if whole else (head[:66_000], head[66_000:]):
        if not ended.is_set():
            connection.data_received(piece)
    await eventually(ended.is_set)
    assert bytes(sent[:12]) == (b"HTTP/1.1 431" if whole else b"HTTP/1.1 400")
    connection.connection_lost(None)


async def test_who_asks_is_the_connections_other_end_whatever_a_header_says() -> None:
    asked: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["client"][0])
        await Health()(scope, receive, send)

    server = http_server(application, HOST, free_port())
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{server.config.port}") as client:
        await client.get("/livez", headers={"x-forwarded-for": "6.6.6.6, 1.2.3.4", "x-forwarded-proto": "https"})
    server.should_exit = True
    await serving
    assert asked == [HOST]
