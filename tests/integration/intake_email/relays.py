"""An SMTP relay for tests, which answers as it is told and counts what it took over."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.support.listening import listening


@dataclass
class Relay:
    """What a relay got and what it answers.

    Attributes:
        replies: the next replies to a command (`MAIL`, `RCPT`, `DATA` for the text), in order; then it says yes. The
            reply `drop` closes the connection instead; for DATA after the mail was taken over.
        recipient_replies: what it always answers to a recipient.
        taken: the mails it took over, with envelope.
    """

    port: int = 0
    replies: dict[str, deque[str]] = field(default_factory=dict)
    recipient_replies: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    connections: int = 0

    def will_answer(self, command: str, *replies: str) -> None:
        self.replies.setdefault(command, deque()).extend(replies)

    def _next(self, command: str) -> str:
        queue = self.replies.get(command)
        return queue.popleft() if queue else "250 2.0.0 Ok"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._talk(reader, writer)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay.example ESMTP\r\n")
        sender, recipients = "", list[str]()
        while line := (await reader.readline()).decode().strip():
            command = line[:4].upper()
            if command == "EHLO":
                reply = "250-relay.example\r\n250 SIZE 1000000"
            elif command == "MAIL":
                sender, recipients = line[line.index("<") + 1 : line.index(">")], []
                reply = self._next("MAIL")
            elif command == "RCPT":
                recipient = line[line.index("<") + 1 : line.index(">")]
                reply = self.recipient_replies.get(recipient) or self._next("RCPT")
                if reply.startswith("2"):
                    recipients.append(recipient)
            elif command == "DATA":
                writer.write(b"354 go\r\n")
                content = (await reader.readuntil(b"\r\n.\r\n"))[:-3]
                reply = self._next("DATA")
                if reply.startswith("2") or reply == "drop":
                    self.taken.append((sender, recipients, content.replace(b"\r\n.", b"\r\n")))
            elif command == "QUIT":
                reply = "221 bye"
            else:
                reply = "250 2.0.0 Ok"
            if reply == "drop":
                return
            writer.write(reply.encode() + b"\r\n")
            if command == "QUIT" or reply.startswith("421"):
                return


@asynccontextmanager
async def open_relay(port: int = 0) -> AsyncIterator[Relay]:
    """A relay on a free port, or on the one that an earlier relay had."""
    relay = Relay()
    async with listening(relay.serve, port, limit=1 << 20) as relay.port:
        yield relay
