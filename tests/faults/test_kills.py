"""`kill -9` of everything in turn while mails stream in: what got its 250 ends in exactly one ticket.

The moments are random and seeded. `VENTANILLA_KILLS` and `VENTANILLA_SEED` make it longer and other.
"""

import asyncio
import os
import random
from collections import Counter
from pathlib import Path

import asyncpg
import pytest

from tests.faults.traffic import Sender, stream
from tests.support.desk import RunningDesk

ROLES = ("intake-email", "router", "tickets", "nats", "postgres")
LOTS_OF_ACKNOWLEDGEMENTS = {
    "TICKETS_ACKNOWLEDGEMENTS_PER_SENDER": "100000",
    "TICKETS_ACKNOWLEDGEMENTS_PER_MINUTE": "100000",
}


async def kill_and_revive(desk: RunningDesk, role: str, down_seconds: float) -> None:
    """`kill -9` one process; what supervises it starts it again."""
    if role == "nats":
        desk.nats.kill()
        await asyncio.sleep(down_seconds)
        await asyncio.to_thread(desk.nats.start)
    elif role == "postgres":
        desk.postgres.kill()
        await asyncio.sleep(down_seconds)
        await asyncio.to_thread(desk.postgres.start)
    else:
        await desk.services[role].kill()
        await asyncio.sleep(down_seconds)
        await desk.services[role].start(ready_within_seconds=0)


async def kill_in_turn(desk: RunningDesk, kills: int, seed: int) -> Counter[str]:
    """Kill every role in turn at random moments."""
    dice = random.Random(seed)
    done: Counter[str] = Counter()
    order: list[str] = []
    for _ in range(kills):
        if not order:
            order = dice.sample(ROLES, len(ROLES))
        role = order.pop()
        await asyncio.sleep(dice.random() * 1.5)
        await kill_and_revive(desk, role, dice.random() * 0.8)
        done[role] += 1
    return done


async def run_kills(folder: Path, kills: int, seed: int) -> None:
    desk = RunningDesk(folder, LOTS_OF_ACKNOWLEDGEMENTS)
    try:
        await desk.start()
        sender = Sender(desk.smtp_port)
        killing = asyncio.create_task(kill_in_turn(desk, kills, seed))
        sent: list[str] = []
        round_ = 0
        while not killing.done():
            sent += await stream(sender, f"run{seed}-{round_}", 40, seed + round_, pause_seconds=0.02)
            round_ += 1
        done = await killing
        for process in desk.services.values():
            await process.wait_ready(60)
        ledger = await desk.settled(len(sent), 120)
        await check(desk, sent)
        assert ledger["missing"] == 0, ledger
        print(f"{kills} kills {dict(done)}, {len(sent)} mails in {sender.tries} tries: {ledger['settled']}")
    finally:
        await desk.end()


async def check(desk: RunningDesk, sent: list[str]) -> None:
    """Every mail is one ticket, every ticket has one acknowledgement and one number."""
    connection = await asyncpg.connect(desk.postgres.dsn())
    try:
        subjects = Counter(row["subject"] for row in await connection.fetch("select subject from ticket"))
        assert subjects == Counter(sent)
        messages = Counter(row["kind"] for row in await connection.fetch("select kind from message"))
        assert messages["customer"] == len(sent)
        dead = await connection.fetchval("select count(*) from ledger where outcome = 'dead_lettered'")
        assert dead == 0
    finally:
        await connection.close()
    answers = Counter(str(mail["To"]) + str(mail["Subject"]) for mail in desk.sent())
    assert not [answer for answer, count in answers.items() if count > 1], "an acknowledgement went out twice"


@pytest.mark.timeout(600)
async def test_every_mail_that_got_its_250_ends_in_exactly_one_ticket(desk_folder: Path) -> None:
    await run_kills(desk_folder, int(os.environ.get("VENTANILLA_KILLS", "20")), seed())


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_hundreds_of_kills_lose_nothing_and_double_nothing(desk_folder: Path) -> None:
    await run_kills(desk_folder, int(os.environ.get("VENTANILLA_KILLS", "300")), seed() + 1)


def seed() -> int:
    return int(os.environ.get("VENTANILLA_SEED", "1"))
