"""`kill -9` of the service, of the IMAP server and of the broker while mail arrives: nothing lost, nothing doubled.

The moments are random and seeded. `VENTANILLA_KILLS` and `VENTANILLA_SEED` make it longer and other. Two replicas share
the mailbox. An IMAP server that keeps its mail over a kill is needed: Dovecot.
"""

import asyncio
import imaplib
import json
import os
import random
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.broker import Desk, new_nats_server
from tests.support.imap_servers import NO_DOVECOT, Dovecot, has_dovecot
from tests.support.polling import eventually
from tests.support.processes import Processes, ServiceProcess
from tests.support.streams import stored
from ventanilla_devstack.nats_server import NatsServer
from ventanilla_devstack.ports import free_port

pytestmark = pytest.mark.skipif(not has_dovecot(), reason=NO_DOVECOT)
ROLES = ("first", "second", "imap", "nats")


class Mailer:
    """Delivers mails to the folder; who gets no OK tries again, so that one may lie there twice."""

    def __init__(self, imap: Dovecot, seed: int) -> None:
        self._imap = imap
        self._dice = random.Random(seed)
        self.delivered: list[str] = []
        self.stopped = False

    async def run(self) -> None:
        """Deliver until stopped."""
        while not self.stopped:
            key = f"mail {len(self.delivered)}"
            identity = key.replace(" ", ".")
            raw = (
                f"From: ana@cliente.example\r\nSubject: {key}\r\nMessage-ID: <{identity}@x.example>\r\n\r\n"
                + "No puedo entrar.\r\n" * self._dice.randint(1, 200)
            ).encode()
            while True:
                with suppress(OSError, imaplib.IMAP4.error, AssertionError):
                    await self._imap.append(raw)
                    break
                await asyncio.sleep(0.05)
            self.delivered.append(key)
            await asyncio.sleep(self._dice.random() * 0.04)


def replica(processes: Processes, server: NatsServer, imap: Dovecot, folder: Path) -> ServiceProcess:
    entry = {"mailbox": "soporte@desk.example", "host": "127.0.0.1", "port": imap.port, "tls": "off"}
    login = {"user": imap.user, "password": imap.password, "poll_seconds": 2}
    return processes.add(
        "intake-email",
        {
            **Desk(server).environment("intake-email"),
            "INTAKE_EMAIL_MAILBOXES": "soporte@desk.example",
            "INTAKE_EMAIL_SMTP_PORT": str(free_port()),
            "INTAKE_EMAIL_OUTBOX": str(folder / "outbox"),
            "INTAKE_EMAIL_ACCEPT_SECONDS": "2",
            "INTAKE_EMAIL_IMAP": json.dumps([entry | login]),
        },
    )


async def kill_in_turn(
    replicas: dict[str, ServiceProcess], imap: Dovecot, server: NatsServer, kills: int, seed: int
) -> Counter[str]:
    """Kill everything in turn at random moments; what supervises it starts it again."""
    dice = random.Random(seed)
    done: Counter[str] = Counter()
    order: list[str] = []
    for _ in range(kills):
        order = order or dice.sample(ROLES, len(ROLES))
        role = order.pop()
        await asyncio.sleep(dice.random() * 2.0)
        down_seconds = dice.random() * 0.8
        if role == "imap":
            imap.kill()
            await asyncio.sleep(down_seconds)
            await imap.start()
        elif role == "nats":
            server.kill()
            await asyncio.sleep(down_seconds)
            await asyncio.to_thread(server.start)
        else:
            await replicas[role].kill()
            await asyncio.sleep(down_seconds)
            await replicas[role].start(ready_within_seconds=0)
        done[role] += 1
    return done


async def run_kills(folder: Path, processes: Processes, kills: int, seed: int) -> None:
    server = new_nats_server(folder / "nats")
    imap = Dovecot(folder.parent / f"i{seed}")  # the paths of its sockets must be short
    desk = Desk(server)
    try:
        server.start()
        await desk.apply_topology()
        await desk.close()
        await imap.start()
        replicas = {name: replica(processes, server, imap, folder) for name in ("first", "second")}
        for process in replicas.values():
            await process.start()
        mailer = Mailer(imap, seed)
        delivering = asyncio.create_task(mailer.run())
        done = await kill_in_turn(replicas, imap, server, kills, seed)
        mailer.stopped = True
        await delivering
        for process in replicas.values():
            assert not [line for line in process.events() if line["event"] == "reader.ended"], "a reader ended of a bug"
        began = time.monotonic()
        await check(desk, imap, mailer.delivered)
        print(f"{kills} kills {dict(done)}, {len(mailer.delivered)} mails, settled in {time.monotonic() - began:.1f} s")
    finally:
        await desk.close()
        processes.reap()
        imap.stop()
        server.stop()


async def check(desk: Desk, imap: Dovecot, delivered: list[str]) -> None:
    """Every mail is accepted under one id, and flagged; none is put aside."""

    async def all_flagged() -> bool:
        return not await imap.ask("UNKEYWORD VentanillaDone")

    await eventually(all_flagged, 90)
    found = await stored(await desk.connect(), "ACCEPTED")
    ids = Counter(message.headers["ce-id"] for message in found)
    subjects = {message.body.split(b"Subject: ")[1].split(b"\r\n")[0].decode() for message in found}
    assert subjects == set(delivered)
    assert len(ids) == len(delivered), "a mail has two ids"
    assert not [identity for identity, count in ids.items() if count > 1], "an id was accepted twice"
    assert await imap.ask("KEYWORD VentanillaRefused") == []


@pytest.mark.timeout(300)
async def test_mail_is_accepted_once_whatever_is_killed(desk_folder: Path, processes: Processes) -> None:
    kills = int(os.environ.get("VENTANILLA_KILLS", "16"))
    await run_kills(desk_folder, processes, kills, int(os.environ.get("VENTANILLA_SEED", "1")))


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_hundreds_of_kills_over_imap_lose_and_double_nothing(desk_folder: Path, processes: Processes) -> None:
    kills = int(os.environ.get("VENTANILLA_KILLS", "200"))
    await run_kills(desk_folder, processes, kills, int(os.environ.get("VENTANILLA_SEED", "1")) + 1)
