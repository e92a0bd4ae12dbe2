"""Mails streaming in like from real senders: who gets no 250 tries the same mail again."""

import asyncio
import contextlib
import random
from dataclasses import dataclass, field

from tests.support.desk import MAILBOX
from ventanilla_devstack.ports import HOST

_ANSWER_SECONDS = 25.0
_RETRY_SECONDS = 0.2


@dataclass(slots=True)
class Sender:
    """One mail server that has mails for us; keeps each until it got its 250."""

    port: int
    accepted: set[str] = field(default_factory=set)
    tries: int = 0
    refused: list[str] = field(default_factory=list)
    """What servers said instead of what was hoped for."""
    host: str = HOST

    async def send(self, key: str, data: bytes, sender: str) -> None:
        """Deliver one mail, however often that takes."""
        while True:
            self.tries += 1
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    await self._deliver(data, sender)
            except _RefusedError as refused:
                self.refused.append(str(refused).strip())
            except (OSError, TimeoutError, asyncio.IncompleteReadError):
                pass
            else:
                self.accepted.add(key)
                return
            await asyncio.sleep(_RETRY_SECONDS)

    async def _deliver(self, data: bytes, sender: str) -> None:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            await _expect(reader, b"2")
            for line, answer in (
                (b"EHLO sender.example", b"2"),
                (f"MAIL FROM:<{sender}>".encode(), b"2"),
                (f"RCPT TO:<{MAILBOX}>".encode(), b"2"),
                (b"DATA", b"3"),
                (data + b"\r\n.", b"2"),
            ):
                writer.write(line + b"\r\n")
                await _expect(reader, answer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


class _RefusedError(Exception):
    """Another answer than hoped for."""


async def _expect(reader: asyncio.StreamReader, first: bytes) -> None:
    while True:
        line = await reader.readuntil(b"\n")
        if line[3:4] != b"-":
            break
    if not line.startswith(first):
        raise _RefusedError(line.decode(errors="replace"))


async def stream(sender: Sender, run: str, count: int, seed: int, pause_seconds: float, at_once: int = 8) -> list[str]:
    """Send `count` different mails, a few at once, with random pauses; returns their keys, which are their subjects."""
    dice = random.Random(seed)
    gate = asyncio.Semaphore(at_once)
    keys = [f"{run} mail {n}" for n in range(count)]

    async def one(n: int, key: str) -> None:
        async with gate:
            writer = f"cliente{n % 17}@cliente.example"
            head = f"From: Cliente {n % 17} <{writer}>\r\nTo: {MAILBOX}\r\nSubject: {key}\r\n"
            head += f"Message-ID: <{run}.{n}@sender.example>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0100\r\n"
            text = f"No puedo entrar en mi cuenta desde ayer, es el intento {n}.\r\n" * dice.randint(1, 60)
            await sender.send(key, (head + "\r\n" + text).encode(), writer)

    tasks = []
    for n, key in enumerate(keys):
        tasks.append(asyncio.create_task(one(n, key)))
        await asyncio.sleep(dice.random() * 2 * pause_seconds)
    await asyncio.gather(*tasks)
    return keys
