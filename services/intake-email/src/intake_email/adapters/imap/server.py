"""Opening a mailbox on an IMAP server: connect, protect, log in, select; each step says what went wrong with it."""

import asyncio
import socket
import ssl

from intake_email.adapters.imap.session import ImapSession, ImapTimes
from intake_email.adapters.imap.wire import Wire
from intake_email.domain.imap.mailbox import ImapMailbox, Tls
from intake_email.errors import LoginRefused, MailboxUnreachable
from intake_email.ports import ProvesIdentity
from ventanilla_runtime.service import CannotStart


class ImapServer:
    """Opens a mailbox; the settings of one entry."""

    def __init__(self, mailbox: ImapMailbox, login: ProvesIdentity, *, times: ImapTimes, size_limit_bytes: int) -> None:
        """Connect to nothing yet.

        Raises:
            CannotStart: the file with the authorities cannot be used.
        """
        self._mailbox = mailbox
        self._login = login
        self._times = times
        self._size_limit = size_limit_bytes
        self._context = None if mailbox.tls is Tls.OFF else _client_context(mailbox)

    async def open(self) -> ImapSession:
        """Connect, log in, select the folder.

        Raises:
            MailboxUnreachable: with its kinds; the text says which step failed.
        """
        wire = await self._connect()
        session = ImapSession(wire, self._mailbox, self._times, self._size_limit)
        try:
            async with asyncio.timeout(self._times.connect):
                await wire.greeted()
            await session.prepare(self._context)
            if not wire.logged_in:
                await self._enter(session)
            await session.select()
            return session
        except TimeoutError as error:
            wire.abort("no greeting")
            raise MailboxUnreachable("the server does not greet") from error
        except (OSError, ssl.SSLError) as error:
            wire.abort(str(error))
            raise MailboxUnreachable(f"TLS failed: {error}") from error
        except BaseException as error:
            wire.abort(str(error))
            raise

    async def _enter(self, session: ImapSession) -> None:
        credential = await self._login.credential()
        try:
            await session.log_in(credential)
        except LoginRefused as error:
            self._login.refused(str(error))
            raise
        self._login.taken()

    async def _connect(self) -> Wire:
        loop = asyncio.get_running_loop()
        mailbox = self._mailbox
        implicit = self._context if mailbox.tls is Tls.IMPLICIT else None
        try:
            async with asyncio.timeout(self._times.connect):
                transport, wire = await loop.create_connection(
                    lambda: Wire(loop, discard_limit_bytes=4 * self._size_limit),
                    mailbox.host,
                    mailbox.port,
                    ssl=implicit,
                    server_hostname=mailbox.host if implicit else None,
                )
        except TimeoutError as error:
            raise MailboxUnreachable(f"no connection to {mailbox.host}:{mailbox.port} in time") from error
        except (OSError, ssl.SSLError) as error:
            raise MailboxUnreachable(f"no connection to {mailbox.host}:{mailbox.port}: {error}") from error
        _keep_alive(transport)
        return wire


def _client_context(mailbox: ImapMailbox) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=mailbox.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise CannotStart(f"INTAKE_EMAIL_IMAP: {mailbox.entry}: ca_file cannot be used: {error}") from error
    if not mailbox.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _keep_alive(transport: asyncio.BaseTransport) -> None:
    """Have the system notice a dead peer within a few minutes, in IDLE too."""
    found: socket.socket | None = transport.get_extra_info("socket")
    if found is None:
        return
    found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, option):
            found.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
