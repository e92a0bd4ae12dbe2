"""Two routers and two ticket services against one stream: nothing twice, and threads meet."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.faults.traffic import Sender
from tests.support.desk import MAILBOX, RunningDesk

THREADS = 60
MAILS_A_THREAD = 4


@pytest.fixture
async def desk(desk_folder: Path) -> AsyncIterator[RunningDesk]:
    async with RunningDesk(desk_folder, {"TICKETS_BATCH_SIZE": "8"}).running() as desk:
        await asyncio.gather(desk.add("router", "router-2"), desk.add("tickets", "tickets-2"))
        yield desk


def letter(thread: int, n: int) -> bytes:
    """Mail `n` of a thread: a person who writes again in reply to the first one, from another program each time."""
    head = [
        f"From: Cliente {thread} <cliente{thread}@cliente.example>",
        f"To: {MAILBOX}",
        f"Subject: Hilo {thread}",
        f"Message-ID: <hilo{thread}.{n}@cliente.example>",
    ]
    if n:
        head.append(f"In-Reply-To: <hilo{thread}.0@cliente.example>")
    return ("\r\n".join(head) + f"\r\n\r\nEs el mensaje {n} del hilo {thread}.\r\n").encode()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kill", [False, True], ids=["in peace", "with kills"])
async def test_mails_of_one_thread_meet_in_one_ticket_whichever_replica_gets_them(
    desk: RunningDesk, kill: bool
) -> None:
    sender = Sender(desk.smtp_port)
    order = [(thread, n) for thread in range(THREADS) for n in range(MAILS_A_THREAD)]
    random.Random(7).shuffle(order)
    gate = asyncio.Semaphore(16)

    async def one(thread: int, n: int) -> None:
        async with gate:
            await sender.send(f"{thread}.{n}", letter(thread, n), f"cliente{thread}@cliente.example")

    sending = [asyncio.create_task(one(thread, n)) for thread, n in order]
    if kill:
        for key in ("tickets-2", "router", "tickets", "router-2"):
            await desk.services[key].kill()
            await desk.services[key].start()
    await asyncio.gather(*sending)
    ledger = await desk.settled(len(order), 90)

    assert ledger["settled"] == {"created": THREADS, "appended": THREADS * (MAILS_A_THREAD - 1)}
    assert ledger["missing"] == 0
    connection = await asyncpg.connect(desk.postgres.dsn())
    rows = await connection.fetch(
        "select ticket_number, subject, body from message where kind = 'customer' order by ticket_number, accepted_at"
    )
    await connection.close()
    found = Counter((row["ticket_number"], row["subject"]) for row in rows)
    assert len(found) == THREADS
    assert set(found.values()) == {MAILS_A_THREAD}
