"""Two and four routers and ticket services against one stream: nothing twice, and threads meet."""

import asyncio
import random
from collections import Counter
from pathlib import Path

import asyncpg
import pytest

from tests.faults.traffic import Sender
from tests.support.desk import MAILBOX, RunningDesk

THREADS = 60
MAILS_A_THREAD = 4


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
@pytest.mark.parametrize(
    ("replicas", "kill"), [(2, False), (2, True), (4, True)], ids=["in peace", "with kills", "four, with kills"]
)
async def test_mails_of_one_thread_meet_in_one_ticket_whichever_replica_gets_them(
    desk_folder: Path, replicas: int, kill: bool
) -> None:
    async with RunningDesk(desk_folder, {"TICKETS_BATCH_SIZE": "8"}).running() as desk:
        more = [(name, f"{name}-{number}") for number in range(2, replicas + 1) for name in ("router", "tickets")]
        await asyncio.gather(*(desk.add(name, key) for name, key in more))
        await send_threads(desk, [key for _, key in more] if kill else [])


async def send_threads(desk: RunningDesk, killed: list[str]) -> None:
    """Let mails of many threads come in at once while replicas are killed; each thread becomes one ticket."""
    sender = Sender(desk.smtp_port)
    order = [(thread, n) for thread in range(THREADS) for n in range(MAILS_A_THREAD)]
    random.Random(7).shuffle(order)
    gate = asyncio.Semaphore(16)

    async def one(thread: int, n: int) -> None:
        async with gate:
            await sender.send(f"{thread}.{n}", letter(thread, n), f"cliente{thread}@cliente.example")

    sending = [asyncio.create_task(one(thread, n)) for thread, n in order]
    for key in [*killed, "router", "tickets"] if killed else []:
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
