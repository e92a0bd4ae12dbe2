"""A service that is started before what it needs waits for it, says what it waits for, and goes on by itself.

All services at once, each on its way from nothing to ready.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.broker import STORAGE_BYTES
from tests.support.chat_desk import chat_settings
from tests.support.desk import RunningDesk
from tests.support.phone_desk import phone_settings
from tests.support.polling import eventually
from tests.support.processes import ServiceProcess, warm_up
from tickets.adapters.postgres.migrate import migrate
from ventanilla_contracts.topology import STREAMS
from ventanilla_devstack.ports import HOST, free_port
from ventanilla_devstack.slack.server import LocalSlack
from ventanilla_devstack.twilio.server import LocalTwilio

SERVICES = ("intake-email", "intake-chat", "intake-phone", "router", "tickets", "portal")
WITH_BROKER = tuple(name for name in SERVICES if name != "portal")
TOKEN = "vnt_" + "0" * 40
HALF = STREAMS[: len(STREAMS) // 2]


@asynccontextmanager
async def prepared(folder: Path) -> AsyncIterator[RunningDesk]:
    """A desk of which nothing runs yet, and whose services know where everything will be."""
    async with LocalSlack() as slack, LocalTwilio() as twilio:
        tickets = f"http://{HOST}:{free_port()}"
        peers = {
            "TICKETS_HTTP_PORT": tickets.rpartition(":")[2],
            "INTAKE_CHAT_TICKETS_URL": tickets,
            "INTAKE_CHAT_TICKETS_TOKEN": TOKEN,
            "INTAKE_PHONE_TICKETS_URL": tickets,
            "INTAKE_PHONE_TICKETS_TOKEN": TOKEN,
            "PORTAL_TICKETS_URL": tickets,
            "PORTAL_TICKETS_TOKEN": TOKEN,
        }
        desk = RunningDesk(folder, {**chat_settings(slack), **phone_settings(twilio), **peers})
        await asyncio.to_thread(folder.mkdir, parents=True)
        warm_up(SERVICES)
        try:
            for server in (desk.nats, desk.postgres):  # so that their ports are known
                await asyncio.to_thread(server.start)
                await asyncio.to_thread(server.stop)
            yield desk
        finally:
            await desk.end()


async def start_all(desk: RunningDesk, names: Sequence[str], key: str = "") -> None:
    """Start services without waiting for them; a key makes them second ones, on ports of their own."""
    for name in names:
        prefix = name.upper().replace("-", "_")
        own = {f"{prefix}_HTTP_PORT": "", "INTAKE_EMAIL_SMTP_PORT": str(free_port())} if key else {}
        await desk.prepare(name, f"{name}{key}", environment=own).start(ready_within_seconds=0)


async def all_wait_for(desk: RunningDesk, words: str, names: Sequence[str], ready: int = 503) -> None:
    """Wait until each of them is alive, not ready, and says for what it waits.

    Args:
        ready: 200 for whoever does a part of its work without.
    """
    async with httpx.AsyncClient(timeout=5) as client:

        async def waits(service: ServiceProcess) -> None:
            async def said() -> bool:
                assert service.pid, f"{service.name} ended: {service.log.read_text()[-2000:]}"
                try:
                    alive, says = [await client.get(f"{service.url}/{path}") for path in ("livez", "readyz")]
                except httpx.TransportError as error:
                    raise AssertionError(f"{service.name} is silent: {error!r}") from error
                assert (alive.status_code, says.status_code) == (200, ready), f"{service.name}: {says.text}"
                assert words in says.text, f"{service.name}: {says.text}"
                return True

            await eventually(said, 20)

        await asyncio.gather(*(waits(desk.services[name]) for name in names))


async def end_in_order(desk: RunningDesk, names: Sequence[str]) -> None:
    """Tell them to stop while they wait."""
    codes = await asyncio.gather(*(desk.services[name].stop(10) for name in names))
    said = {name: desk.services[name].log.read_text()[-1000:] for name in names}
    assert dict(zip(names, codes, strict=True)) == dict.fromkeys(names, 0), said


async def make_half(desk: RunningDesk) -> None:
    """The topology job died in the middle."""
    broker = await desk.broker.connect("topology")
    for stream in HALF:
        answer = await broker.api(f"STREAM.CREATE.{stream.name}", stream.config("desk", STORAGE_BYTES, 1))
        assert "error" not in answer


@pytest.mark.parametrize("leaving", [False, pytest.param(True, marks=pytest.mark.long)])
async def test_services_wait_for_broker_streams_database_and_schema_and_go_on_by_themselves(
    desk_folder: Path, leaving: bool
) -> None:
    """`leaving`: second ones are told to stop at each stage."""
    early, late = ([f"{name}-{when}" for name in WITH_BROKER if leaving] for when in ("early", "late"))
    async with prepared(desk_folder) as desk:
        await start_all(desk, SERVICES)
        await start_all(desk, WITH_BROKER if leaving else (), "-early")
        await all_wait_for(desk, "not connected", (*WITH_BROKER, *early))
        await all_wait_for(desk, "the ticket service does not answer", ("portal",), ready=200)
        await all_wait_for(desk, "INTAKE_CHAT_TICKETS_URL", ("intake-chat",))
        await all_wait_for(desk, "INTAKE_PHONE_TICKETS_URL", ("intake-phone",))
        await end_in_order(desk, early)

        desk.nats.start()
        await start_all(desk, WITH_BROKER if leaving else (), "-late")
        await all_wait_for(desk, "run `ventanilla topology apply`", (*WITH_BROKER, *late))
        await all_wait_for(desk, "the database", ("tickets",))
        await end_in_order(desk, late)

        await make_half(desk)
        await all_wait_for(desk, "run `ventanilla topology apply`", WITH_BROKER)
        await asyncio.to_thread(desk.postgres.start)
        await all_wait_for(desk, "`tickets migrate` (0001_initial", ("tickets",))
        await desk.broker.apply_topology()
        others = [name for name in SERVICES if name not in ("tickets", "portal")]
        await asyncio.gather(*(desk.services[name].wait_ready() for name in others))

        await migrate(desk.postgres.dsn())
        await desk.services["tickets"].wait_ready()
        assert (await home_of(desk.services["portal"])).status_code == 200


async def home_of(portal: ServiceProcess) -> httpx.Response:
    """A page of the portal."""
    async with httpx.AsyncClient() as client:
        return await client.get(portal.url)
