"""The load generator: keep-alive SMTP connections that send mails as fast as they are taken, or at a fixed rate.

Both sides of a comparison get the same generator, connections and mails. Its own CPU is not counted.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of a set.

    Attributes:
        sender: envelope sender.
        message_id: without angle brackets; by it the mail is found again.
        data: CRLF line ends, dots stuffed, with the final dot.
    """

    sender: str
    message_id: str
    data: bytes


@dataclass(slots=True)
class Run:
    """What a run of the generator did.

    Attributes:
        begun_at: Message-ID → when its SMTP dialogue should have begun, seconds since 1970.
    """

    begun_at: dict[str, float] = field(default_factory=dict)
    done: int = 0
    refused: list[bytes] = field(default_factory=list)


class _Connection(asyncio.Protocol):
    """One connection: HELO once, then MAIL, RCPT, DATA and the mail, again and again."""

    def __init__(self, generator: "Generator") -> None:
        self._generator = generator
        self._step = -2
        self._mail: Mail | None = None
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._generator.lost(self)

    def data_received(self, data: bytes) -> None:
        if data[:1] not in (b"2", b"3"):
            self._generator.run.refused.append(data)
            self.transport.close()
            return
        self._step += 1
        if self._step == -1:
            self.transport.write(b"HELO generator.example\r\n")
        elif self._step in (0, 4):
            self._generator.free(self, done=self._step == 4)
        elif self._step == 1:
            self.transport.write(f"RCPT TO:<{self._generator.recipient}>\r\n".encode())
        elif self._step == 2:
            self.transport.write(b"DATA\r\n")
        else:
            assert self._mail
            self.transport.write(self._mail.data)

    def send(self, mail: Mail) -> None:
        self._mail, self._step = mail, 0
        self.transport.write(f"MAIL FROM:<{mail.sender}>\r\n".encode())


class Generator:
    """Sends a set of mails over a number of connections."""

    def __init__(self, mails: Sequence[Mail], recipient: str, rate: float = 0) -> None:
        """`rate` in mails a second; 0 sends the next mail as soon as a connection is free."""
        self.recipient = recipient
        self.run = Run()
        self._rate = rate
        self._mails = mails
        self._next = 0
        self._idle: list[_Connection] = []
        self._due: deque[Mail] = deque()
        self._open = 0

    async def send_all(self, port: int, connections: int) -> Run:
        """Send everything; returns when every mail has its answer.

        Raises:
            RuntimeError: the server refused a mail.
        """
        loop = asyncio.get_running_loop()
        protocols = []
        for _ in range(connections):
            self._open += 1
            _, protocol = await loop.create_connection(lambda: _Connection(self), "127.0.0.1", port)
            protocols.append(protocol)
        if self._rate:
            await self._pace()
        while self.run.done < len(self._mails) and self._open and not self.run.refused:
            await asyncio.sleep(0.005)
        for protocol in protocols:
            protocol.transport.close()
        if self.run.refused:
            raise RuntimeError(f"the server refused a mail: {self.run.refused[0]!r}")
        return self.run

    async def _pace(self) -> None:
        """Open loop: waiting for a free connection counts as latency."""
        start = time.time()
        for index, mail in enumerate(self._mails):
            at = start + index / self._rate
            if (delay := at - time.time()) > 0:
                await asyncio.sleep(delay)
            self.run.begun_at[mail.message_id] = at
            if self._idle:
                self._idle.pop().send(mail)
            else:
                self._due.append(mail)

    def free(self, connection: _Connection, *, done: bool) -> None:
        """A connection has nothing to do."""
        self.run.done += done
        if self._rate:
            if self._due:
                connection.send(self._due.popleft())
            else:
                self._idle.append(connection)
        elif self._next < len(self._mails):
            mail = self._mails[self._next]
            self._next += 1
            self.run.begun_at[mail.message_id] = time.time()
            connection.send(mail)

    def lost(self, connection: _Connection) -> None:
        """A connection is gone."""
        self._open -= 1
