"""The portal as a process of its own: it needs the ticket service's address and a token, and nothing else."""

import socket
import subprocess
import sys
from pathlib import Path

import httpx

from tests.support.polling import eventually
from tests.support.processes import Processes

_SETTINGS = {"PORTAL_TICKETS_URL": "http://127.0.0.1:9", "PORTAL_TICKETS_TOKEN": "vnt_x"}
_PROGRAM = str(Path(sys.prefix) / "bin" / "portal")


async def test_it_is_ready_without_a_broker_and_speaks_while_the_desk_is_away(processes: Processes) -> None:
    portal = await processes.start("portal", _SETTINGS)

    async with httpx.AsyncClient(base_url=portal.url) as browser:
        home = await browser.get("/")
        page = await browser.get("/s/1-aaaaaaaaaaaaaaaaaaaaaaaaaa")
        probe = await browser.get("/livez")

    assert home.status_code == 200
    assert page.status_code == 503
    assert "No se ha perdido nada" in page.text
    assert probe.text == "alive\n"
    assert await portal.stop() == 0


async def test_a_token_that_is_refused_makes_it_unready(processes: Processes) -> None:
    import asyncio

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    portal = processes.add("portal", {**_SETTINGS, "PORTAL_TICKETS_URL": address})
    await portal.start(ready_within_seconds=0)

    async def unready() -> bool:
        try:
            async with httpx.AsyncClient() as client:
                answer = await client.get(f"{portal.url}/readyz")
        except httpx.HTTPError:
            return False
        return answer.status_code == 503 and "PORTAL_TICKETS_TOKEN" in answer.text

    await eventually(unready, 20)
    server.close()
    await server.wait_closed()


def test_wrong_settings_are_one_line_each() -> None:
    answer = subprocess.run(
        [_PROGRAM, "serve"],
        env={"PORTAL_TICKETS_TOKEN": "x", "PORTAL_TIMEZONE": "Middle/Earth"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert answer.returncode == 2
    assert [line.partition(" ")[0] for line in answer.stderr.splitlines()] == ["portal:", "portal:"]
    assert answer.stderr.startswith(
        "portal: PORTAL_TIMEZONE: 'Middle/Earth' is no time zone; for example Europe/Madrid"
    )


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        answer = subprocess.run(
            [_PROGRAM, "serve"],
            env={**_SETTINGS, "PORTAL_HTTP_PORT": str(taken.getsockname()[1])},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    assert answer.returncode == 1
    assert "PORTAL_HTTP_PORT" in answer.stderr
