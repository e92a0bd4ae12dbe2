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

from intake_email import metrics
from intake_email.adapters.smtp.data import RESERVE_BYTES, Flaw, receive_data
from intake_email.adapters.smtp.limits import Allowance
from intake_email.adapters.smtp.protocol import TOO_MANY, DoorProtocol
from intake_email.adapters.smtp.syntax import (
    ehlo_reply,
    is_plain_address,
    is_possible_address,
    read_mail_parameters,
    read_path,
)
from intake_email.domain.addresses import by_mailbox
from intake_email.domain.envelope import Envelope
from intake_email.errors import DeskFull, NotAccepted
from intake_email.handlers.accept import Addressed

if TYPE_CHECKING:
    from intake_email.adapters.smtp.server import Door

log = structlog.get_logger()

COMMAND_LIMIT_BYTES = 2048
_TOO_LARGE = b"552 5.3.4 Message is larger than this server takes"
_CONSTANT_REPLIES = {
    b"NOOP": b"250 2.0.0 Ok",
    b"VRFY": b"252 2.5.0 Send a mail and see",
    b"EXPN": b"502 5.5.1 Not implemented",
    b"HELP": b"214 2.0.0 See RFC 5321",
}
_FAREWELL = b"421 4.3.2 Service is shutting down, try again later"


class DoorSession(DoorProtocol):
    """Speaks SMTP with one client and hands complete mails to the door's `accept`."""

    def __init__(self, door: "Door") -> None:
        super().__init__(door)
        self.mail_started_at = self.heard_at
        self._greeting = ""
        self._sender: str | None = None
        self._utf8 = False
        self._recipients: list[tuple[str, str]] = []
        self._size_announced = 0
        self._errors = 0
        self._idle_commands = 0
        self._tls = False
        self._commands: dict[bytes, Callable[[str], Awaitable[None]]] = {
            b"HELO": partial(self._greet, extended=False),
            b"EHLO": partial(self._greet, extended=True),
            b"MAIL": self._mail,
            b"RCPT": self._rcpt,
            b"DATA": self._data,
            b"RSET": self._rset,
            b"QUIT": self._quit,
            b"STARTTLS": self._starttls,
            b"PROXY": self._stranger_proxy,
        }

    def overdue(self, now: float) -> bool:
        """Whether the client has been silent, or busy with one mail, for too long."""
        limits = self.door.limits
        if now - self.heard_at > limits.idle_seconds:
            return True
        return bool(self._recipients or self.receiving) and now - self.mail_started_at > limits.mail_seconds

    # The dialogue.

    async def _handle_client(self) -> None:
        try:
            if not self._admitted:
                metrics.CONNECTIONS.labels("refused").inc()
                await self._bye(TOO_MANY)
                return
            if self.counted_for is None and not await self._hear_for_whom():
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

    async def _stranger_proxy(self, _: str) -> None:
        """Somebody says for whom they speak, and nobody knows them: nothing that they say is believed."""
        log.warning("proxy.refused", peer=self.peer_address, error="not in INTAKE_EMAIL_SMTP_PROXY_FROM")
        metrics.refused("proxy", "554").inc()
        await self._bye(b"554 5.7.1 The PROXY protocol is not taken from this address")

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
            metrics.refused("too_many_commands", "421").inc()
            await self._bye(b"421 4.7.0 Too many commands without a mail")
            return
        if command is not None:
            await command(argument.strip().decode("utf-8", "surrogateescape"))
        elif reply is not None:
            await self._say(reply)

    async def _refuse(self, reply: bytes, reason: str) -> None:
        """Answer with a permanent or temporary no; too many of them end the connection."""
        metrics.refused(reason, reply[:3].decode()).inc()
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
        starttls = self.door.tls_context is not None and not self._tls
        await self._say(ehlo_reply(self.hostname, self.door.limits.size_bytes, starttls=starttls))

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
            metrics.refused(flaw.value, "521").inc()
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
            metrics.refused("plaintext_after_starttls", "554").inc()
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
