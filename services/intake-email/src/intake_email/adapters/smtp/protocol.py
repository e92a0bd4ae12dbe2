"""The connection below an SMTP session: for whom it counts, how it is closed. aiosmtpd's protocol, with less in it."""

import asyncio
from typing import TYPE_CHECKING, cast

import structlog
from aiosmtpd.smtp import SMTP

from intake_email import metrics
from intake_email.adapters.smtp.proxies import is_within, read_header
from intake_email.domain.proxy_header import MalformedHeader

if TYPE_CHECKING:
    from intake_email.adapters.smtp.server import Door

log = structlog.get_logger()

READER_LIMIT_BYTES = 64 * 1024
TOO_MANY = b"421 4.7.0 Too many connections, try again later"


class _NoHooks:
    """aiosmtpd looks for `handle_*` methods here; there are none."""


class DoorProtocol(SMTP):  # type: ignore[misc]  # mypy does not look into aiosmtpd
    """One client's connection, counted by the door as long as it lasts."""

    line_length_limit = READER_LIMIT_BYTES
    transport: asyncio.BaseTransport | None

    def __init__(self, door: "Door") -> None:
        super().__init__(
            _NoHooks(),
            hostname=door.hostname,
            ident="ESMTP",
            data_size_limit=door.limits.size_bytes,
            enable_SMTPUTF8=True,
            loop=door.loop,
        )
        self.door = door
        self.peer_address = ""
        self.counted_for: str | None = None
        """The peer among whose connections this one counts; None: a balancer has not said yet for whom it speaks."""
        self.receiving = False
        """In DATA or storing: a stop waits for that."""
        self.heard_at = door.loop.time()
        self._admitted = False
        self._closing = False

    @property
    def told(self) -> bool:
        """Whether the last word was said; the connection may still be closing."""
        return self._closing

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected: count it, then let the dialogue begin."""
        peer = transport.get_extra_info("peername")
        self.peer_address = str(peer[0]) if peer else ""
        if not is_within(self.peer_address, self.door.proxies):
            self.counted_for = self.peer_address
        self._admitted = self.door.opened(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone: end the dialogue. A mail that is being stored may be stored all the same."""
        asyncio.StreamReaderProtocol.connection_lost(self, error)
        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()
        self.transport = None
        if self._admitted:
            self._admitted = False
            self.door.closed(self)

    def eof_received(self) -> bool | None:
        """The client will send nothing more."""
        # aiosmtpd would cancel the dialogue; a client that has sent everything may still want its answers.
        return asyncio.StreamReaderProtocol.eof_received(self)

    def data_received(self, data: bytes) -> None:
        """Bytes of commands, or of a mail."""
        if self.receiving:
            self.heard_at = self.loop.time()
        super().data_received(data)

    def _reset_timeout(self, duration: float | None = None) -> None:
        """The door looks at all its sessions each second instead of setting a timer for each command."""

    def end(self, reply: bytes) -> None:
        """Say a last word and close; used from outside the dialogue. Who was told before is cut off."""
        if self.transport is None:
            return
        if self._closing:
            self.abort()
        else:
            self._closing = True
            self._writer.write(reply + b"\r\n")
            self._writer.close()

    def abort(self) -> None:
        """Cut the connection off."""
        if self.transport is not None:  # uvloop's are not of asyncio's classes
            cast("asyncio.WriteTransport", self.transport).abort()

    async def _hear_for_whom(self) -> bool:
        """The header that a balancer puts in front; False: there is none, or its client has too many connections.

        Whoever connects and says nothing looks whether we are there: that is worth no word.
        """
        try:
            self.peer_address = await read_header(self._reader) or self.peer_address
        except MalformedHeader as error:
            metrics.CONNECTIONS.labels("malformed_proxy_header").inc()
            log.warning("proxy.refused", peer=self.peer_address, error=error)
            self.abort()
            return False
        if not self.door.identified(self):
            metrics.CONNECTIONS.labels("refused").inc()
            await self._bye(TOO_MANY)
            return False
        self.counted_for = self.peer_address
        return True

    async def _say(self, reply: bytes) -> None:
        self._writer.write(reply + b"\r\n")
        await self._writer.drain()

    async def _bye(self, reply: bytes) -> None:
        """Say a last word and close, unless that has been done."""
        if self._closing:
            return
        self._closing = True
        await self._say(reply)
        self._writer.close()
