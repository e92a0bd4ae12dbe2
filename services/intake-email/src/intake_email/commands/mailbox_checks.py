"""What `doctor` says of the mailboxes that are fetched by IMAP: connects, logs in, selects; reads and marks nothing."""

import asyncio

import httpx

from intake_email.adapters.imap.server import ImapServer
from intake_email.adapters.imap.session import ImapTimes
from intake_email.errors import MailboxUnreachable
from intake_email.imap_settings import ImapEntry
from intake_email.imap_wiring import login_of
from intake_email.settings import Settings
from ventanilla_runtime.findings import Finding, ok, problem
from ventanilla_runtime.logs import redact_text
from ventanilla_runtime.service import CannotStart

_SECONDS = 15.0
_AT_ONCE = 8


async def examine_mailboxes(settings: Settings) -> list[Finding]:
    """A finding for each entry of INTAKE_EMAIL_IMAP, in order."""
    gate = asyncio.Semaphore(_AT_ONCE)
    async with httpx.AsyncClient(follow_redirects=False) as http:

        async def one(number: int, entry: ImapEntry) -> Finding:
            async with gate:
                return await _examine(number, entry, settings, http)

        return list(await asyncio.gather(*(one(number, entry) for number, entry in enumerate(settings.imap, 1))))


async def _examine(number: int, entry: ImapEntry, settings: Settings, http: httpx.AsyncClient) -> Finding:
    described = entry.described(number)
    about = f"IMAP {described.entry}"
    try:
        login = login_of(entry, described, http)
        server = ImapServer(described, login, times=ImapTimes(), size_limit_bytes=settings.size_limit_bytes)
        async with asyncio.timeout(_SECONDS):
            session = await server.open()
            await session.close()
    except TimeoutError:
        return problem(about, f"{described.host}:{described.port} takes too long", "look at the server")
    except (MailboxUnreachable, CannotStart) as error:
        return problem(about, redact_text(str(error)), "look at this entry of INTAKE_EMAIL_IMAP, and at the account")
    return ok(about, f"{described.host}:{described.port} lets us into {described.folder}")
