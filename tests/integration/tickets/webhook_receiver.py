"""A program outside that takes webhooks, well or badly, over real sockets on 127.0.0.1."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.support.listening import listening
from tickets.domain.webhooks import Webhook, read_secret

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass(frozen=True)
class Received:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def data(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """What came, and how the next ones are answered.

    Attributes:
        answers: for the next requests; then `usually`. A status (`500`, `302`), or `hang`, `close`, `midway`, `huge`,
            `slow`.
        on_call: called with each request before it is answered.
    """

    port: int = 0
    calls: list[Received] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    usually: str = "200"
    on_call: Callable[[Received], None] | None = None
    open: int = 0
    most_open: int = 0
    connections: int = 0
    sent_bytes: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/desk?token=of-the-address"

    def webhook(self, name: str = "status") -> Webhook:
        return Webhook(name, self.url, (read_secret(SECRET),))

    @property
    def ids(self) -> list[str]:
        return [call.id for call in self.calls]


def verified(call: Received) -> bool:
    """Whether one of the signatures is of our secret."""
    signed = f"{call.id}.{call.headers['webhook-timestamp']}.".encode() + call.body
    wanted = base64.b64encode(hmac.new(read_secret(SECRET), signed, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in call.headers["webhook-signature"].split(" ")


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver on a free port, until the block ends."""
    receiver = Receiver()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        receiver.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while await _serve_one(receiver, reader, writer):
                pass

    async with listening(serve) as receiver.port:
        yield receiver


async def _serve_one(receiver: Receiver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Take one request; says whether the connection may be used again."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    call = Received(method, path, headers, await reader.readexactly(int(headers["content-length"])))
    receiver.calls.append(call)
    receiver.open += 1
    receiver.most_open = max(receiver.most_open, receiver.open)
    try:
        if receiver.on_call:
            receiver.on_call(call)
        return await _answer(receiver, receiver.answers.pop(0) if receiver.answers else receiver.usually, writer)
    finally:
        receiver.open -= 1


async def _answer(receiver: Receiver, answer: str, writer: asyncio.StreamWriter) -> bool:
    if answer == "hang":
        await asyncio.Event().wait()
    if answer == "close":
        return False
    if answer == "midway":
        writer.write(b"HTTP/1.1 200 O")
        await writer.drain()
        return False
    if answer == "huge":
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()
            receiver.sent_bytes += 65536
    if answer == "slow":
        await asyncio.sleep(0.2)
    status, _, more = answer.partition(" ") if answer != "slow" else ("200", "", "")
    place = f"location: http://127.0.0.1:{receiver.port}/elsewhere\r\n" if status == "302" else ""
    extra = f"{more}\r\n" if more else ""
    writer.write(f"HTTP/1.1 {status} So\r\n{place}{extra}content-length: 2\r\n\r\nok".encode())
    await writer.drain()
    return True
