"""Wiring of the IMAP side: readers under leases, and what probes and metrics see of them. Part of `app.py`."""

import asyncio
import random
import secrets
import socket
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
from pydantic import SecretStr

from intake_email import metrics
from intake_email.adapters.imap.login import PasswordLogin, Secret, TokenLogin, TokenService
from intake_email.adapters.imap.positions import BUCKET, Positions
from intake_email.adapters.imap.server import ImapServer
from intake_email.adapters.imap.session import ImapTimes
from intake_email.adapters.smtp.limits import Allowance, Budget
from intake_email.domain.imap.mailbox import ImapMailbox
from intake_email.handlers.alarms import Alarms
from intake_email.handlers.fetch import Accept, MailboxReader, MailboxStatus
from intake_email.imap_settings import ImapEntry
from intake_email.ports import ProvesIdentity
from intake_email.settings import Settings
from ventanilla_runtime.leases import Job, LeaseKeeper
from ventanilla_runtime.logs import redact_text
from ventanilla_runtime.service import Service
from ventanilla_runtime.state import StateBucket

_NOT_A_NUMBER = float("nan")


@dataclass(slots=True)
class _Mailbox:
    """One entry, put together."""

    described: ImapMailbox
    server: ImapServer
    login: ProvesIdentity
    status: MailboxStatus

    def worry(self, now: float, patience_seconds: float) -> str | None:
        """What somebody should look at, or None. Only who reads the mailbox knows."""
        if not self.status.held:
            return None
        worry = self.login.problem() or self.status.problem(now, patience_seconds)
        return redact_text(worry) if worry else None


class Fetching:
    """All IMAP mailboxes of this replica; `run` until `stop`."""

    def __init__(self, keeper: LeaseKeeper, mailboxes: Sequence[_Mailbox]) -> None:
        self._keeper = keeper
        self.mailboxes = mailboxes

    async def run(self) -> None:
        """Read the mailboxes whose leases this replica gets."""
        await self._keeper.run()

    def stop(self) -> None:
        """Finish the mails in hand."""
        self._keeper.stop()


def fetching(service: Service, settings: Settings, accept: Accept, budget: Budget, stack: AsyncExitStack) -> Fetching:
    """Put the IMAP side together; nothing connects before `run`.

    Raises:
        CannotStart: a file that an entry names cannot be used.
    """
    clock = asyncio.get_running_loop().time
    state = StateBucket(service.broker, service.publisher, BUCKET)
    alarms = Alarms(service.publisher, settings.prefix)
    http = httpx.AsyncClient(follow_redirects=False)
    stack.push_async_callback(http.aclose)
    times = ImapTimes(silence=settings.imap_silence_seconds, idle=settings.imap_idle_seconds)
    mailboxes = {}
    for number, entry in enumerate(settings.imap, 1):
        described = entry.described(number)
        login = login_of(entry, described, http)
        server = ImapServer(described, login, times=times, size_limit_bytes=settings.size_limit_bytes)
        mailboxes[described.key] = _Mailbox(described, server, login, MailboxStatus(clock()))

    def held(key: str, holds: bool) -> None:
        mailboxes[key].status.held = holds

    keeper = LeaseKeeper(
        state,
        {key: partial(_job, mailbox, settings, accept, alarms, budget, state) for key, mailbox in mailboxes.items()},
        holder=_holder(settings),
        clock=clock,
        held=held,
    )
    for mailbox in mailboxes.values():
        _show(service, settings, mailbox)
    return Fetching(keeper, list(mailboxes.values()))


def _job(
    mailbox: _Mailbox, settings: Settings, accept: Accept, alarms: Alarms, budget: Budget, state: StateBucket
) -> Job:
    """What is done while this replica has the mailbox: a reader, made anew each time."""
    reader = MailboxReader(
        mailbox.described,
        server=mailbox.server,
        login=mailbox.login,
        accept=accept,
        warn=alarms.endangered,
        positions=Positions(state),
        reserve=lambda: Allowance(budget),
        size_limit_bytes=settings.size_limit_bytes,
        status=mailbox.status,
        clock=asyncio.get_running_loop().time,
        today=lambda: datetime.now(UTC).date(),
        dice=random.random,
    )
    return Job(reader.run, reader.stop)


def _holder(settings: Settings) -> str:
    """A name that a restarted replica has again, and that no other one on this machine can have at the same time."""
    return f"{socket.gethostname()}:{settings.http_port or secrets.token_hex(8)}"


def login_of(entry: ImapEntry, described: ImapMailbox, http: httpx.AsyncClient) -> ProvesIdentity:
    """How the account of an entry is logged into."""
    ends = entry.credential_ends
    if entry.oauth is None:
        return PasswordLogin(entry.user, _secret(entry.password, entry.password_file), ends=ends)
    oauth = entry.oauth
    service = TokenService(
        oauth.url,
        oauth.client_id,
        _secret(oauth.client_secret, oauth.client_secret_file),
        _secret(oauth.refresh_token, oauth.refresh_token_file) if oauth.has_refresh_token else None,
        oauth.wanted_scope,
    )
    return TokenLogin(entry.user, service, http, entry=described.entry, ends=ends)


def _secret(value: SecretStr | None, file: Path | None) -> Secret:
    return Secret(value.get_secret_value() if value is not None else None, file)


def _show(service: Service, settings: Settings, mailbox: _Mailbox) -> None:
    """Let probes and metrics see how a mailbox does."""
    clock = asyncio.get_running_loop().time
    name, status = mailbox.described.entry, mailbox.status
    service.warn(f"imap {name}", lambda: mailbox.worry(clock(), settings.imap_patience_seconds))
    if settings.imap_unready_seconds is not None:
        limit = settings.imap_unready_seconds
        service.check(f"imap {name}", lambda: status.problem(clock(), limit))
    metrics.IMAP_FETCHED.labels(name)  # so that a rate has a beginning
    metrics.IMAP_HELD.labels(name).set_function(lambda: float(status.held))
    metrics.IMAP_CONNECTED.labels(name).set_function(lambda: float(status.connected))
    metrics.IMAP_POLL_AGE_SECONDS.labels(name).set_function(
        lambda: clock() - status.polled_at if status.held else _NOT_A_NUMBER
    )

    def credential_seconds() -> float:
        left = mailbox.login.seconds_left()
        return left if left is not None and status.held else _NOT_A_NUMBER

    metrics.IMAP_CREDENTIAL_SECONDS.labels(name).set_function(credential_seconds)
