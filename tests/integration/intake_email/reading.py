"""A mailbox reader of a test: over a socket from a scripted server, into a memory."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from intake_email.adapters.imap.login import PasswordLogin, Secret
from intake_email.adapters.imap.server import ImapServer
from intake_email.adapters.imap.session import ImapTimes
from intake_email.adapters.smtp.limits import Allowance, Budget
from intake_email.domain.imap.mailbox import ImapMailbox, Position, Tls
from intake_email.handlers.fetch import MailboxReader, MailboxStatus
from tests.integration.intake_email.conftest import Counter
from tests.support.imap_script import ScriptedImap
from tests.support.polling import eventually
from ventanilla_contracts.errors import Temporary

TIMES = ImapTimes(connect=2.0, silence=0.5, command=2.0, fetch=2.0, idle=1.0)


def mail(number: int) -> bytes:
    return f"From: ana@cliente.example\r\nSubject: {number}\r\n\r\nNo puedo entrar.\r\n".encode()


@dataclass
class Memory:
    """Positions in memory."""

    kept: dict[str, Position] = field(default_factory=dict)

    async def load(self, key: str) -> Position | None:
        return self.kept.get(key)

    async def save(self, key: str, position: Position) -> None:
        self.kept[key] = position


@dataclass
class Warnings:
    """What the broker would be told of credentials; away while it is told to be."""

    told: list[str] = field(default_factory=list)
    away: bool = False

    async def __call__(self, mailbox: ImapMailbox, problem: str, seconds_left: float | None) -> None:
        if self.away:
            raise Temporary("the broker is away")
        self.told.append(problem)


@dataclass
class Desk:
    """What a reader works for."""

    imap: ScriptedImap
    stack: AsyncExitStack
    accept: Counter = field(default_factory=Counter)
    memory: Memory = field(default_factory=Memory)
    warnings: Warnings = field(default_factory=Warnings)
    budget: Budget = field(default_factory=lambda: Budget(1_000_000))
    status: MailboxStatus = field(default_factory=lambda: MailboxStatus(0.0, held=True))
    clock: Callable[[], float] = time.monotonic
    times: ImapTimes = TIMES
    today: date = field(default_factory=lambda: datetime.now(UTC).date())

    def read(self, **changes: Any) -> tuple[MailboxReader, "asyncio.Task[None]"]:
        """A reader that runs."""
        mailbox = ImapMailbox("soporte@desk.example", "one", "127.0.0.1", self.imap.port, self.imap.user, tls=Tls.OFF)
        mailbox = replace(mailbox, poll_seconds=0.1, **changes)
        login = PasswordLogin(self.imap.user, Secret("secret"))
        reader = MailboxReader(
            mailbox,
            server=ImapServer(mailbox, login, times=self.times, size_limit_bytes=10_000),
            login=login,
            accept=self.accept,
            warn=self.warnings,
            positions=self.memory,
            reserve=lambda: Allowance(self.budget),
            size_limit_bytes=10_000,
            status=self.status,
            clock=self.clock,
            today=lambda: self.today,
            dice=lambda: 0.0,
        )
        task = asyncio.create_task(reader.run())
        self.stack.push_async_callback(end, task)
        return reader, task

    def taken(self) -> list[bytes]:
        return [raw for raw, _ in self.accept.mails]

    async def until_taken(self, *numbers: int, within: float = 5.0) -> None:
        await eventually(lambda: len(self.taken()) >= len(numbers), within)
        assert sorted(self.taken()) == sorted(map(mail, numbers))


async def end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait([task])


async def scripted_desk(stack: AsyncExitStack) -> Desk:
    """A desk with a server of its own."""
    imap = ScriptedImap()
    await imap.listen()
    stack.push_async_callback(imap.close)
    return Desk(imap, stack)


class HurriedClock:
    """Time that can run faster."""

    def __init__(self) -> None:
        self._factor = 1.0
        self._base = self._at = time.monotonic()

    @property
    def factor(self) -> float:
        return self._factor

    @factor.setter
    def factor(self, factor: float) -> None:
        self._base, self._at, self._factor = self(), time.monotonic(), factor

    def __call__(self) -> float:
        return self._base + (time.monotonic() - self._at) * self._factor
