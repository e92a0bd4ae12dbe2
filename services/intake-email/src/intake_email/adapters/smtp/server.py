"""The SMTP door: listens, knows the limits, watches over the sessions, and stops in order."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import structlog

from intake_email import metrics
from intake_email.adapters.smtp.limits import Budget, Connections, Limits
from intake_email.adapters.smtp.session import DoorSession
from intake_email.domain.addresses import Mailboxes
from intake_email.handlers.accept import Addressed
from ventanilla_runtime.service import CannotStart

log = structlog.get_logger()

Accept = Callable[[bytes, Sequence[Addressed]], Awaitable[str]]
"""Makes a mail durable and returns its id; raises NotAccepted."""
_BACKLOG = 512
_WATCH_SECONDS = 1.0


class Door:
    """An SMTP server for the desk's mailboxes."""

    def __init__(
        self,
        *,
        accept: Accept,
        mailboxes: Mailboxes,
        limits: Limits,
        hostname: str,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        self.accept = accept
        self.mailboxes = mailboxes
        self.limits = limits
        self.hostname = hostname
        self.tls_context = tls_context
        self.banner = f"220 {hostname} ESMTP".encode()
        self.budget = Budget(limits.budget_bytes)
        self.draining = False
        self.loop = asyncio.get_running_loop()
        self.port = 0
        self._connections = Connections(limits)
        self._sessions: set[DoorSession] = set()
        self._server: asyncio.Server | None = None
        self._empty = asyncio.Event()
        metrics.SESSIONS.set_function(lambda: self._connections.total)

    async def listen(self, host: str, port: int) -> None:
        """Open the port; 0 picks a free one, which `port` then names.

        Raises:
            CannotStart: the port is taken or not allowed.
        """
        try:
            self._server = await self.loop.create_server(lambda: DoorSession(self), host, port, backlog=_BACKLOG)
        except OSError as error:
            raise CannotStart(
                f"cannot listen on {host}:{port} ({error.strerror}); set INTAKE_EMAIL_SMTP_PORT to a free port"
            ) from error
        self.port = self._server.sockets[0].getsockname()[1]

    def problem(self) -> str | None:
        """Why the door takes no mail now, or None: for `/readyz`."""
        return None if self._server is not None and self._server.is_serving() else "the SMTP port is closed"

    async def watch(self) -> None:
        """Close sessions that take too long; runs until it is cancelled."""
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            now = self.loop.time()
            for session in [session for session in self._sessions if session.overdue(now)]:
                metrics.REFUSED.labels("too_slow").inc()
                session.end(b"421 4.4.2 Too slow, closing")

    async def close(self, drain_seconds: float) -> None:
        """Take no new connection, end idle ones with 421, and let mails in hand finish."""
        self.draining = True
        if self._server is not None:
            self._server.close()
        for session in list(self._sessions):
            if not session.receiving:
                session.end(b"421 4.3.2 Service is shutting down, try again later")
        try:
            async with asyncio.timeout(drain_seconds):
                while self._sessions:
                    self._empty.clear()
                    await self._empty.wait()
        except TimeoutError:
            log.warning("sessions.aborted", count=len(self._sessions))
            for session in list(self._sessions):
                session.abort()

    def opened(self, session: DoorSession) -> bool:
        """A client connected; False if it must go again."""
        if self.draining or not self._connections.admit(session.peer_address):
            return False
        self._sessions.add(session)
        return True

    def closed(self, session: DoorSession) -> None:
        """An admitted client has gone."""
        self._connections.leave(session.peer_address)
        self._sessions.discard(session)
        if not self._sessions:
            self._empty.set()


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """A server-side context for STARTTLS.

    Raises:
        CannotStart: the files cannot be read or do not belong together.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise CannotStart(f"INTAKE_EMAIL_TLS_CERT and INTAKE_EMAIL_TLS_KEY cannot be used: {error}") from error
    return context
