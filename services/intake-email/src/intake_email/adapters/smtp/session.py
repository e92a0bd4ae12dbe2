"""One SMTP connection: aiosmtpd's protocol with the command loop, the addresses, DATA and STARTTLS replaced.

Stock aiosmtpd spends 420 µs of CPU on a mail: it parses addresses with the full RFC 5322 grammar, reads DATA line by
line and sets a timer for each command. Here a mail costs a third of it; what is kept is its protocol, reader and
address parser.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

import structlog
from aiosmtpd.smtp import SMTP

from intake_email import metrics
from intake_email.adapters.smtp.data import RESERVE_BYTES, Flaw, receive_data
from intake_email.adapters.smtp.limits import Allowance
from intake_email.adapters.smtp.syntax import is_plain_address, is_possible_address, read_mail_parameters, read_path
from intake_email.domain.addresses import by_mailbox
from intake_email.domain.envelope import Envelope
from intake_email.errors import DeskFull, NotAccepted
from intake_email.handlers.accept import Addressed

if TYPE_CHECKING:
    from intake_email.adapters.smtp.server import Door

log = structlog.get_logger()

READER_LIMIT_BYTES = 64 * 1024
COMMAND_LIMIT_BYTES = 2048
_TOO_LARGE = b"552 5.3.4 Message is larger than this server takes"
_CONSTANT_REPLIES = {
    b"NOOP": b"250 2.0.0 Ok",
    b"VRFY": b"252 2.5.0 Send a mail and see",
    b"EXPN": b"502 5.5.1 Not implemented",
    b"HELP": b"214 2.0.0 See RFC 5321",
}
_FAREWELL = b"421 4.3.2 Service is shutting down, try again later"


class _NoHooks:
    """aiosmtpd looks for `handle_*` methods here; there are none."""


class DoorSession(SMTP):  # type: ignore[misc]  # mypy does not look into aiosmtpd
    """Speaks SMTP with one client and hands complete mails to the door's `accept`."""

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
        self.receiving = False
        """In DATA or storing: a stop waits for that."""
        self.heard_at = self.mail_started_at = door.loop.time()
        self._admitted = False
        self._greeting = ""
        self._sender: str | None = None
        self._utf8 = False
        self._recipients: list[tuple[str, str]] = []
        self._size_announced = 0
        self._errors = 0
        self._idle_commands = 0
        self._tls = False
        self._closing = False
        self._commands: dict[bytes, Callable[[str], Awaitable[None]]] = {
            b"HELO": partial(self._greet, extended=False),
            b"EHLO": partial(self._greet, extended=True),
            b"MAIL": self._mail,
            b"RCPT": self._rcpt,
            b"DATA": self._data,
            b"RSET": self._rset,
            b"QUIT": self._quit,
            b"STARTTLS": self._starttls,
        }

    # The protocol below.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected: count it, then let the dialogue begin."""
        peer = transport.get_extra_info("peername")
        self.peer_address = str(peer[0]) if peer else ""
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

    def overdue(self, now: float) -> bool:
        """Whether the client has been silent, or busy with one mail, for too long."""
        limits = self.door.limits
        if now - self.heard_at > limits.idle_seconds:
            return True
        return bool(self._recipients or self.receiving) and now - self.mail_started_at > limits.mail_seconds

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
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    # The dialogue.

    async def _handle_client(self) -> None:
        try:
            if not self._admitted:
                metrics.CONNECTIONS.labels("refused").inc()
                await self._bye(b"421 4.7.0 Too many connections, try again later")
                return
            metrics.CONNECTIONS.labels("opened").inc()
            await self._say(self.door.banner)
            while not self._closing:
                await self._next_command()
        except (asyncio.IncompleteReadError, ConnectionError):
            self._writer.close()
        except Exception:  # a bug costs this client one try, and neither the mail nor the service
            log.exception("session.failed")
            self.end(b"451 4.3.0 Internal error, try again later")

    async def _next_command(self) -> None:
        self.heard_at = self.loop.time()
        try:
            line = await self._reader.readuntil()
        except asyncio.LimitOverrunError:
            await self._bye(b"500 5.5.6 Line too long")
            return
        if len(line) > COMMAND_LIMIT_BYTES:
            await self._refuse(b"500 5.5.6 Line too long", "syntax")
            return
        verb, _, argument = line.rstrip(b"\r\n").partition(b" ")
        command = self._commands.get(verb.upper())
        reply = _CONSTANT_REPLIES.get(verb.upper())
        if command is None and reply is None:
            await self._refuse(b"500 5.5.2 Command not recognized", "unknown_command")
            return
        self._idle_commands += 1
        if self._idle_commands > self.door.limits.idle_commands and not self._recipients:
            metrics.REFUSED.labels("too_many_commands").inc()
            await self._bye(b"421 4.7.0 Too many commands without a mail")
            return
        if command is not None:
            await command(argument.strip().decode("utf-8", "surrogateescape"))
        elif reply is not None:
            await self._say(reply)

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

    async def _refuse(self, reply: bytes, reason: str) -> None:
        """Answer with a permanent or temporary no; too many of them end the connection."""
        metrics.REFUSED.labels(reason).inc()
        self._errors += 1
        if self._errors > self.door.limits.errors:
            await self._bye(b"421 4.7.0 Too many errors")
        else:
            await self._say(reply)

    async def _greet(self, name: str, *, extended: bool) -> None:
        if not name:
            await self._refuse(b"501 5.5.4 A name is needed", "syntax")
            return
        self._forget_mail()
        self._greeting = name
        if not extended:
            await self._say(b"250 " + self.hostname.encode())
            return
        lines = [self.hostname, "PIPELINING", f"SIZE {self.door.limits.size_bytes}", "8BITMIME", "SMTPUTF8"]
        if self.door.tls_context and not self._tls:
            lines.append("STARTTLS")
        lines.append("ENHANCEDSTATUSCODES")
        reply = "\r\n".join(f"250-{line}" for line in lines[:-1])
        await self._say(f"{reply}\r\n250 {lines[-1]}".encode())

    async def _mail(self, argument: str) -> None:
        if not self._greeting:
            await self._refuse(b"503 5.5.1 Say EHLO or HELO first", "order")
            return
        if self._sender is not None:
            await self._refuse(b"503 5.5.1 A mail is under way already", "order")
            return
        if self.door.draining:
            await self._bye(_FAREWELL)
            return
        path = read_path(argument, "FROM")
        if path is None:
            await self._refuse(b"501 5.5.4 Syntax: MAIL FROM:<address>", "syntax")
            return
        parameters = read_mail_parameters(path[1])
        if parameters is None:
            await self._refuse(b"555 5.5.4 Parameter not recognized", "parameter")
            return
        if parameters.size_bytes > self.door.limits.size_bytes:
            await self._refuse(_TOO_LARGE, "too_large")
            return
        sender = self._address(path[0]) if path[0] else ""
        if sender is None:
            await self._refuse(b"553 5.1.7 The sender's address is malformed", "syntax")
            return
        if not parameters.utf8 and not sender.isascii():
            await self._refuse(b"553 5.6.7 This address needs SMTPUTF8", "syntax")
            return
        self._sender = sender
        self._utf8 = parameters.utf8
        self._size_announced = parameters.size_bytes
        self.mail_started_at = self.heard_at
        await self._say(b"250 2.1.0 Ok")

    def _address(self, text: str) -> str | None:
        """An address out of a path: plain ones by one expression, the rest by aiosmtpd's parser; None if it is none."""
        if is_plain_address(text):
            return text
        if not is_possible_address(text):
            return None
        try:
            address, _ = self._getaddr(f"<{text}>")
        except (AttributeError, IndexError, RecursionError):  # bugs of the standard library's parser
            return None
        return str(address) if address and "@" in address else None

    async def _rcpt(self, argument: str) -> None:
        if self._sender is None:
            await self._refuse(b"503 5.5.1 Say MAIL first", "order")
            return
        path = read_path(argument, "TO")
        if path is None:
            await self._refuse(b"501 5.5.4 Syntax: RCPT TO:<address>", "syntax")
            return
        if path[1]:
            await self._refuse(b"555 5.5.4 Parameter not recognized", "parameter")
            return
        if len(self._recipients) >= self.door.limits.recipients:
            await self._refuse(b"452 4.5.3 Too many recipients", "too_many_recipients")
            return
        recipient = path[0] if path[0].lower() == "postmaster" else self._address(path[0])
        if recipient is None:
            await self._refuse(b"553 5.1.3 The recipient's address is malformed", "syntax")
            return
        account = self.door.mailboxes.account_for(recipient)
        if account is None:
            await self._refuse(b"550 5.1.1 No such mailbox here", "unknown_mailbox")
            return
        self._recipients.append((account, recipient))
        await self._say(b"250 2.1.5 Ok")

    async def _data(self, argument: str) -> None:
        if argument:
            await self._refuse(b"501 5.5.4 Syntax: DATA", "syntax")
            return
        if not self._recipients:
            await self._refuse(b"503 5.5.1 No valid recipients", "order")
            return
        if self.door.draining:
            await self._bye(_FAREWELL)
            return
        allowance = Allowance(self.door.budget)
        try:
            if not self.door.budget.has_room(self._size_announced) or not allowance.cover(RESERVE_BYTES):
                await self._refuse(b"452 4.3.1 No room for more mail now, try again later", "no_room")
                return
            self.receiving = True
            await self._say(b"354 End with <CR><LF>.<CR><LF>")
            raw = await receive_data(self._reader, self.door.limits.size_bytes, allowance)
            if isinstance(raw, Flaw):
                await self._refuse_mail(raw)
            else:
                await self._accept(raw)
        finally:
            self.receiving = False
            allowance.end()
            self._forget_mail()
        await self._leave_if_draining()

    async def _leave_if_draining(self) -> None:
        if self.door.draining:
            await self._bye(_FAREWELL)

    async def _refuse_mail(self, flaw: Flaw) -> None:
        if flaw is Flaw.TOO_LARGE:
            await self._refuse(_TOO_LARGE, flaw.value)
        elif flaw is Flaw.NO_ROOM:
            await self._refuse(b"452 4.3.1 No room for more mail now, try again later", flaw.value)
        else:
            metrics.REFUSED.labels(flaw.value).inc()
            log.warning("mail.refused", reason=flaw.value, peer=self.peer_address)
            await self._bye(b"521 5.5.2 A dot between bare line ends; lines end with CRLF (RFC 5321)")

    async def _accept(self, raw: bytes) -> None:
        started = self.loop.time()
        try:
            source_id = await self.door.accept(raw, self._addressed())
        except DeskFull as error:
            log.warning("mail.deferred", reason=error.slug, size_bytes=len(raw))
            await self._refuse(b"452 4.3.1 No room for more mail now, try again later", error.slug)
            return
        except NotAccepted as error:
            log.warning("mail.deferred", reason=error.slug, size_bytes=len(raw))
            await self._refuse(b"451 4.3.0 The mail could not be stored, try again later", error.slug)
            return
        self._idle_commands = 0
        metrics.ACCEPTED.inc()
        metrics.ACCEPTED_BYTES.inc(len(raw))
        metrics.ACCEPT_SECONDS.observe(self.loop.time() - started)
        log.info("mail.accepted", source_id=source_id, size_bytes=len(raw), recipients=len(self._recipients))
        await self._say(b"250 2.0.0 Ok: accepted as " + source_id[:20].encode())

    def _addressed(self) -> list[Addressed]:
        """The mailboxes of this mail, each once, with the envelope as each of them sees it."""
        sender = self._sender or ""
        return [
            Addressed(account, Envelope(sender, recipients, self.peer_address, self._greeting, self._utf8))
            for account, recipients in by_mailbox(self._recipients).items()
        ]

    def _forget_mail(self) -> None:
        self._sender = None
        self._utf8 = False
        self._recipients.clear()
        self._size_announced = 0

    async def _rset(self, _: str) -> None:
        self._forget_mail()
        await self._say(b"250 2.0.0 Ok")

    async def _quit(self, _: str) -> None:
        await self._bye(b"221 2.0.0 Bye")

    async def _starttls(self, argument: str) -> None:
        if argument:
            await self._refuse(b"501 5.5.4 Syntax: STARTTLS", "syntax")
            return
        if self.door.tls_context is None or self._tls:
            await self._refuse(b"503 5.5.1 STARTTLS is not offered", "order")
            return
        if self._reader._buffer:  # noqa: SLF001  # it has no public name; aiosmtpd uses it too
            # Whoever speaks before the handshake may be somebody in between (RFC 3207 section 5).
            metrics.REFUSED.labels("plaintext_after_starttls").inc()
            await self._bye(b"554 5.5.1 Commands may not follow STARTTLS before the handshake")
            return
        await self._say(b"220 2.0.0 Go ahead")
        try:
            await self._writer.start_tls(self.door.tls_context, ssl_handshake_timeout=30)
        except (OSError, TimeoutError) as error:  # ssl.SSLError is an OSError
            log.info("handshake.failed", error=error)
            self._writer.close()
            self._closing = True
            return
        self.transport = self._writer.transport
        self._tls = True
        self._forget_mail()
        self._greeting = ""
