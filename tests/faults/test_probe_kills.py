"""Probes while the ticket service is killed: each is settled once, and none of them ever is a ticket."""

import asyncio
from pathlib import Path

import httpx
import pytest

from prober.adapters.desk import Desk
from prober.adapters.mail import MailDoor
from prober.domain.probe import Probe
from prober.errors import Away
from tests.support.desk import MAILBOX, RunningDesk
from tests.support.polling import eventually
from ventanilla_devstack.ports import HOST
from ventanilla_runtime.smtp_address import SmtpAddress

PROBES, KILLS = 50, 8


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_however_often_tickets_is_killed_a_probe_is_settled_once_and_is_no_ticket(server_folder: Path) -> None:
    async with RunningDesk(server_folder).running() as desk:
        replicas = [desk.services["tickets"], await desk.add("tickets", "tickets-2")]
        token = await desk.token("probe")
        async with httpx.AsyncClient(
            base_url=replicas[0].url, headers={"authorization": f"Bearer {token}"}, timeout=20
        ) as client:
            issuer = Desk(client)
            probes = [await issuer.issue("email") for _ in range(PROBES)]
            door = MailDoor(SmtpAddress(HOST, desk.smtp_port, start_tls=False), "probe@prober.invalid", MAILBOX, 20)
            for turn in range(KILLS):
                victim, sending = replicas[turn % 2], asyncio.create_task(_send(door, probes[turn::KILLS]))
                await victim.kill()
                await victim.start()
                await sending
            ledger = await desk.settled(PROBES, 90)

            async def seen() -> bool:
                rows = await desk.query("select count(*) from probe where settled_at is not null and seen is not null")
                return bool(rows[0][0] == PROBES)

            await eventually(seen, 30)
        assert ledger["settled"].get("probe") == PROBES
        assert set(ledger["settled"]) <= {"probe", "duplicate"}, "a mail that was sent again is the same mail"
        for table in ("ticket", "message", "contact", "identity", "outbox", "history", "due", "acknowledgement_budget"):
            assert (await desk.query(f"select count(*) from {table}"))[0][0] == 0, table
        assert desk.sent() == []


async def _send(door: MailDoor, probes: list[Probe]) -> None:
    for probe in probes:
        await _until_accepted(door, probe)


async def _until_accepted(door: MailDoor, probe: Probe) -> None:
    async def accepted() -> bool:
        try:
            await door.knock(probe)
        except Away as error:
            raise AssertionError(str(error)) from error
        return True

    await eventually(accepted, 30)
