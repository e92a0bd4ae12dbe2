"""An SMTP relay for tests, which answers as it is told and counts what it took over."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


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
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

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
    server = await asyncio.start_server(relay.serve, "127.0.0.1", port, limit=1 << 20)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
