"""The SMTP relay that outgoing mail is handed to: a few kept connections, time limits everywhere, honest outcomes.

The commands are given one by one instead of aiosmtplib's `sendmail`, because it matters where a connection breaks:
before the final dot the mail was certainly not taken over, after it nobody knows.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import aiosmtplib
import structlog
from aiosmtplib import SMTPException, SMTPResponseException, SMTPServerDisconnected

from intake_email.domain.outbound import Deferred, Failed, Letter, Outcome, Refusal, Sent
from intake_email.domain.words import clean_line
from ventanilla_runtime.logs import redact_text
from ventanilla_runtime.smtp_address import SmtpAddress
from ventanilla_runtime.tracing import Kind, note, span

log = structlog.get_logger()

AWAY_SECONDS = 5.0
"""After a failed connect nobody tries again for so long."""
IDLE_SECONDS = 20.0
"""A kept connection is not used again after so long; relays close idle ones."""
_CONFIGURATION_REPLIES = frozenset({503, 530, 534, 535, 538})
"""Refusals of MAIL that are about us and not about this mail: somebody must mend the settings."""


@dataclass(slots=True)
class _Connection:
    client: aiosmtplib.SMTP
    used_at: float
    fresh: bool = True


class Relay:
    """A transport that hands mails to an SMTP server."""

    repeatable = False

    def __init__(self, address: SmtpAddress, *, hostname: str, connections: int, timeout_seconds: float) -> None:
        """Connect to nothing yet.

        Args:
            address: of the relay.
            hostname: the name for EHLO.
            connections: how many at most are open at once.
            timeout_seconds: for connecting, and for each command.
        """
        self._address = address
        self._hostname = hostname
        self._timeout = timeout_seconds
        self._room = asyncio.Semaphore(connections)
        self._idle: list[_Connection] = []
        self._away_until = 0.0

    async def deliver_all(self, letters: Sequence[Letter]) -> list[Outcome]:
        """Hand mails over, a few at a time; an outcome for each, in order."""
        return list(await asyncio.gather(*map(self._deliver, letters)))

    async def refusal(self) -> str | None:
        """Connect, protect and log in as for a mail; why that does not work, or None. Hands nothing over."""
        connection = await self._connection(fresh=True)
        if isinstance(connection, Deferred):
            return connection.detail
        await self._drop(connection)
        return None

    async def close(self) -> None:
        """Say goodbye on the kept connections."""
        while self._idle:
            await self._drop(self._idle.pop())

    async def _deliver(self, letter: Letter) -> Outcome:
        async with self._room:
            with span("send mail", Kind.CLIENT, letter.trace, notification_id=letter.name) as trace:
                outcome = await self._try(letter)
                if isinstance(outcome, _Stale):
                    outcome = await self._try(letter, fresh=True)
                if isinstance(outcome, _Stale):
                    outcome = Deferred("the relay closes every connection")
                note(trace, outcome=type(outcome).__name__.lower())
            return outcome

    async def _try(self, letter: Letter, *, fresh: bool = False) -> "Outcome | _Stale":
        connection = await self._connection(fresh=fresh)
        if isinstance(connection, Deferred):
            return connection
        transaction = _Transaction(connection.client, letter)
        try:
            async with asyncio.timeout(4 * self._timeout):
                outcome = await transaction.run()
        except SMTPResponseException as error:
            outcome = transaction.refused(error)
            if error.code == 421:
                await self._drop(connection)
                return outcome
        except (SMTPException, OSError, TimeoutError) as error:
            was_kept = not connection.fresh
            connection.client.close()
            if was_kept and not transaction.begun and isinstance(error, SMTPServerDisconnected):
                return _Stale()
            log.warning("relay.failed", error=error, uncertain=transaction.handing_over)
            return Deferred(_words(error), uncertain=transaction.handing_over)
        await self._keep(connection)
        return outcome

    async def _connection(self, *, fresh: bool) -> _Connection | Deferred:
        now = time.monotonic()
        while self._idle and not fresh:
            kept = self._idle.pop()
            if kept.client.is_connected and now - kept.used_at < IDLE_SECONDS:
                return kept
            await self._drop(kept)
        if now < self._away_until:
            return Deferred("the relay cannot be reached")
        address = self._address
        client = aiosmtplib.SMTP(
            hostname=address.host,
            port=address.port,
            username=address.username,
            password=address.password,
            local_hostname=self._hostname,
            timeout=self._timeout,
            use_tls=address.tls,
            start_tls=address.start_tls,
            validate_certs=address.verify,
        )
        try:
            await client.connect()
        except (SMTPException, OSError, ValueError) as error:
            client.close()
            self._away_until = time.monotonic() + AWAY_SECONDS
            log.warning("relay.unreachable", error=error)
            return Deferred(f"the relay cannot be reached: {_words(error)}")
        return _Connection(client, now)

    async def _keep(self, connection: _Connection) -> None:
        """Make a connection ready for the next mail, or close it."""
        try:
            await connection.client.rset(timeout=5)
        except (SMTPException, OSError, TimeoutError):
            connection.client.close()
            return
        connection.used_at = time.monotonic()
        connection.fresh = False
        self._idle.append(connection)

    async def _drop(self, connection: _Connection) -> None:
        try:
            await connection.client.quit(timeout=2)
        except (SMTPException, OSError, TimeoutError):
            connection.client.close()


class _Stale:
    """A kept connection turned out to be closed before anything was said on it: take a new one."""


class _Transaction:
    """One mail on one connection."""

    def __init__(self, client: aiosmtplib.SMTP, letter: Letter) -> None:
        self._client = client
        self._letter = letter
        self.begun = False
        """The relay has answered something."""
        self.handing_over = False
        """The text is on its way: from here on an error leaves it open who has the mail."""

    async def run(self) -> Outcome:
        client, letter = self._client, self._letter
        options: list[str] = []
        if letter.utf8:
            if not client.supports_extension("smtputf8"):
                return Failed("rejected", "the relay does not take addresses outside ASCII (SMTPUTF8)")
            options.append("SMTPUTF8")
        if client.supports_extension("size"):
            options.append(f"SIZE={len(letter.content)}")
        encoding = "utf-8" if letter.utf8 else "ascii"
        await client.mail(letter.sender, options=options, encoding=encoding)
        self.begun = True
        taken: list[str] = []
        refused: list[Refusal] = []
        deferred: list[Refusal] = []
        for recipient in letter.recipients:
            try:
                await client.rcpt(recipient, encoding=encoding)
                taken.append(recipient)
            except SMTPResponseException as error:
                if error.code == 421:
                    raise
                (refused if error.code >= 500 else deferred).append(Refusal(recipient, _words(error)))
        if not taken:
            return _none_taken(refused, deferred)
        self.handing_over = True
        answer = await client.data(letter.content)
        self.handing_over = False
        if deferred:
            left = tuple(refusal.recipient for refusal in deferred)
            return Deferred(deferred[0].reply, left=left, refused=tuple(refused))
        return Sent(_clean(f"{answer.code} {answer.message}"), tuple(refused))

    def refused(self, error: SMTPResponseException) -> Outcome:
        """The outcome when the relay said no to the mail as a whole."""
        self.handing_over = False
        about_us = not self.begun and error.code in _CONFIGURATION_REPLIES
        if error.code >= 500 and not about_us:
            return Failed("rejected", _words(error))
        return Deferred(_words(error))


def _none_taken(refused: list[Refusal], deferred: list[Refusal]) -> Outcome:
    if deferred:
        left = tuple(refusal.recipient for refusal in deferred)
        return Deferred(deferred[0].reply, left=left, refused=tuple(refused))
    return Failed("rejected", refused[0].reply, tuple(refused))


def _words(error: Exception) -> str:
    if isinstance(error, SMTPResponseException):
        return _clean(f"{error.code} {error.message}")
    return _clean(f"{type(error).__name__}: {error}")


def _clean(text: str) -> str:
    """A reply without addresses, as it may stand in events and logs."""
    return redact_text(clean_line(text, 500))
