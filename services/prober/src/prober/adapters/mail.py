"""The door for mail: SMTP, as any mail server speaks it."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from prober.domain.probe import Probe
from prober.errors import Away, Refused
from ventanilla_runtime.service import CannotStart

_CRLF_POLICY: Final = "\r\n"
_FORM: Final = "PROBER_SMTP_URL must look like smtp://host:25?starttls=optional or smtps://user:password@host"


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail for the desk is taken. `start_tls` None: if the server offers it."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    start_tls: bool | None = None
    verify: bool = True

    @classmethod
    def parse(cls, url: str) -> "Server":
        """Read `smtp://user:password@host:port?starttls=required|optional|off&verify=on|off`, or `smtps://…`.

        Raises:
            CannotStart: it has another form; what stands there is not said, a password may be in it.
        """
        try:
            parts, port = urlsplit(url), urlsplit(url).port
        except ValueError as error:
            raise CannotStart(_FORM) from error
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        wish = options.pop("starttls", "required" if parts.username else "optional")
        verify = options.pop("verify", "on")
        known = wish in ("required", "optional", "off") and verify in ("on", "off") and not options
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or not known:
            raise CannotStart(_FORM)
        tls = parts.scheme == "smtps"
        return cls(
            parts.hostname,
            port or (465 if tls else 587 if parts.username else 25),
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            tls,
            False if tls or wish == "off" else True if wish == "required" else None,
            verify == "on",
        )


class MailDoor:
    """Sends a probe by mail."""

    def __init__(self, server: Server, sender: str, mailbox: str, seconds: float) -> None:
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
                await client.sendmail(self._sender, [self._mailbox], self._letter(probe))
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
