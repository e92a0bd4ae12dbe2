"""The SMTP door: listens, knows the limits, watches over the sessions, and stops in order."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import structlog

from intake_email import metrics
from intake_email.adapters.smtp.limits import Budget, Connections, Limits
from intake_email.adapters.smtp.proxies import Network
from intake_email.adapters.smtp.session import DoorSession
from intake_email.domain.addresses import Mailboxes
from intake_email.handlers.accept import Addressed
from ventanilla_runtime.listening import listening_host
from ventanilla_runtime.service import CannotStart
from ventanilla_runtime.stopping import keep_going

log = structlog.get_logger()

Accept = Callable[[bytes, Sequence[Addressed]], Awaitable[str]]
"""Makes a mail durable and returns its id; raises NotAccepted."""
_BACKLOG = 512
_WATCH_SECONDS = 1.0
_FAREWELL_SECONDS = 2.0
"""Behind TLS, closing waits for the client's own farewell; one that keeps its connection for the next mail is mute."""


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
        proxies: Sequence[Network] = (),
    ) -> None:
        """Listen nowhere yet.

        Args:
            tls_context: for STARTTLS; another one may take its place at any time.
            proxies: load balancers, each of whose connections begins with a header of the PROXY protocol.
        """
        self.accept = accept
        self.mailboxes = mailboxes
        self.limits = limits
        self.hostname = hostname
        self.tls_context = tls_context
        self.proxies = proxies
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
        metrics.SESSIONS_LIMIT.set(limits.connections)

    async def listen(self, host: str, port: int) -> None:
        """Open the port; 0 picks a free one, which `port` then names.

        Raises:
            CannotStart: the port is taken or not allowed.
        """
        try:
            self._server = await self.loop.create_server(
                lambda: DoorSession(self), listening_host(host), port, backlog=_BACKLOG
            )
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
        await keep_going("smtp_door", self._end_slow, _WATCH_SECONDS, first_after_seconds=_WATCH_SECONDS)

    async def _end_slow(self) -> None:
        now = self.loop.time()
        for session in [session for session in self._sessions if session.overdue(now)]:
            metrics.refused("too_slow", "421").inc()
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
                    told = [session for session in self._sessions if session.told]
                    self._empty.clear()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(_FAREWELL_SECONDS):
                            await self._empty.wait()
                    for session in told:
                        session.abort()
        except TimeoutError:
            log.warning("sessions.aborted", count=len(self._sessions))
            for session in list(self._sessions):
                session.abort()

    def opened(self, session: DoorSession) -> bool:
        """A client connected; False if it must go again."""
        if self.draining or not self._connections.admit(session.counted_for):
            return False
        self._sessions.add(session)
        return True

    def identified(self, session: DoorSession) -> bool:
        """The balancer has said for whom it speaks; False if that client has too many connections."""
        return self._connections.identify(session.peer_address)

    def closed(self, session: DoorSession) -> None:
        """An admitted client has gone."""
        self._connections.leave(session.counted_for)
        self._sessions.discard(session)
        if not self._sessions:
            self._empty.set()
