"""The door for mail: SMTP, as any mail server speaks it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

import aiosmtplib

from prober.domain.probe import Probe
from prober.errors import Away, Refused
from ventanilla_runtime.smtp_address import SmtpAddress

_CRLF_POLICY: Final = "\r\n"


class MailDoor:
    """Sends a probe by mail."""

    def __init__(self, server: SmtpAddress, sender: str, mailbox: str, seconds: float) -> None:
        self._server = server
        self._sender = sender
        self._mailbox = mailbox
        self._seconds = seconds

    async def knock(self, probe: Probe) -> None:
        """Send the mail; returns when the server said 250.

        Raises:
            Refused: it said 5xx.
            Away: it said 4xx, or nothing in time.
        """
        async with self._session() as client:
            await client.sendmail(self._sender, [self._mailbox], self._letter(probe))

    async def look(self) -> str:
        """Say whom a mail is from and for, and bring none.

        Raises:
            Refused, Away: as `knock`.
        """
        async with self._session() as client:
            await client.mail(self._sender)
            await client.rcpt(self._mailbox)
        user = f", and {self._server.username} as its user" if self._server.username else ""
        return f"{self._server.host}:{self._server.port} takes mail for the desk{user}"

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """Connected and logged in, within the door's time; what goes wrong comes out as Refused or Away."""
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.tls,
            start_tls=server.start_tls,
            validate_certs=server.verify,
            timeout=self._seconds,
        )
        try:
            async with asyncio.timeout(self._seconds), client:
                yield client
        except aiosmtplib.SMTPRecipientsRefused as error:
            first = error.recipients[0]
            raise _refusal(first.code, first.message) from error
        except aiosmtplib.SMTPResponseException as error:
            raise _refusal(error.code, error.message) from error
        except TimeoutError as error:
            raise Away(f"no 250 within {self._seconds:g} s") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Away(f"{type(error).__name__}: {error}"[:200]) from error

    def _letter(self, probe: Probe) -> bytes:
        mail = EmailMessage()
        mail["From"] = self._sender
        mail["To"] = self._mailbox
        mail["Subject"] = probe.subject
        mail["Date"] = format_datetime(datetime.now(UTC))
        mail["Message-ID"] = f"<probe.{probe.id}@{self._sender.rpartition('@')[2]}>"
        mail["X-Ventanilla-Probe"] = probe.id  # for whoever reads the logs of mail servers; the desk believes no header
        # `set_content` adds a line end; a line that is folded or encoded would be other words.
        mail.set_content(probe.text, cte="7bit")
        return mail.as_bytes().replace(b"\n", _CRLF_POLICY.encode())


def _refusal(code: int, message: str) -> Exception:
    words = f"SMTP {code}: {' '.join(message.split())}"[:200]
    return Away(words) if 400 <= code < 500 else Refused(words)
