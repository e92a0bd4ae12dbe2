"""Fetch the mail of one IMAP mailbox: bytes from the server, durable here, and only then flagged or moved there.

Whatever ends in between is repeated: a mail that is accepted a second time has the same id. Nothing here waits for
another mailbox, and no single mail stops the others.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

import structlog

from intake_email import metrics
from intake_email.domain.imap.envelope import envelope_of
from intake_email.domain.imap.mailbox import (
    OVERLAP_UIDS,
    Fetched,
    ImapMailbox,
    NotFetched,
    Position,
    Trouble,
    advance,
    back_off_seconds,
    searches,
    take_up,
    troubled,
)
from intake_email.domain.words import clean_line
from intake_email.errors import LoginRefused, MailboxUnreachable
from intake_email.handlers.accept import Addressed
from intake_email.ports import KeepsPositions, OpensFolder, ProvesIdentity, ReadsFolder, Reserves
from ventanilla_contracts.errors import Permanent, Temporary
from ventanilla_runtime.logs import redact_text

log = structlog.get_logger()

Warn = Callable[[ImapMailbox, str, float | None], Awaitable[None]]
"""Tells the broker of a problem and of the seconds that are left; raises Temporary."""
Accept = Callable[[bytes, Sequence[Addressed]], Awaitable[str]]
"""Makes a mail durable and returns its id; raises NotAccepted."""
BATCH = 25
"""So many mails are flagged together; no more are taken in again when the connection breaks."""
SIZES_AT_ONCE = 100
RESERVE_BYTES = 64 * 1024
ROOM_PAUSE_SECONDS = 2.0
"""How long to wait for room in the byte budget."""
SAVE_EVERY_SECONDS = 5.0
REMIND_SECONDS = 86_400.0
"""How often log and broker are told of a credential that will end."""


@dataclass(slots=True)
class MailboxStatus:
    """How a mailbox does, for probes and metrics.

    Attributes:
        held: this replica reads it.
        connected: there is a session.
        polled_at: clock of the last poll that worked, or of the beginning.
        failing: what is wrong now, in a person's words.
    """

    polled_at: float
    held: bool = False
    connected: bool = False
    failing: str | None = None

    def problem(self, now: float, patience_seconds: float) -> str | None:
        """What is wrong if it has been so for longer than the patience."""
        if not self.held or self.failing is None or now - self.polled_at < patience_seconds:
            return None
        return f"no mail fetched for {now - self.polled_at:.0f} s: {self.failing}"


class _Pause(Temporary):
    """Mail cannot be taken in at the moment, through no fault of the mailbox."""

    slug = "pause"


@dataclass(slots=True)
class _Round:
    """What one look at the folder found, and what became of it."""

    found: list[int]
    left: set[int] = field(default_factory=set)
    done: list[int] = field(default_factory=list)


class MailboxReader:
    """Reads one mailbox for as long as `run` runs."""

    def __init__(
        self,
        mailbox: ImapMailbox,
        *,
        server: OpensFolder,
        login: ProvesIdentity,
        accept: Accept,
        warn: Warn,
        positions: KeepsPositions,
        reserve: Callable[[], Reserves],
        size_limit_bytes: int,
        status: MailboxStatus,
        clock: Callable[[], float],
        today: Callable[[], date],
        dice: Callable[[], float],
    ) -> None:
        """Connect to nothing yet.

        Args:
            mailbox: what to read.
            server: opens it.
            login: kept fresh while the session lasts.
            accept: makes mail durable.
            warn: tells of a credential that stops the mail, or will.
            positions: how far it has been read.
            reserve: gives a share of the byte budget for one mail.
            size_limit_bytes: a larger mail is not taken in.
            status: is kept up to date.
            clock: monotonic seconds.
            today: the day, in UTC.
            dice: from 0 to 1.
        """
        self.mailbox = mailbox
        self._server = server
        self._login = login
        self._accept = accept
        self._warn = warn
        self._positions = positions
        self._reserve = reserve
        self._size_limit = size_limit_bytes
        self._status = status
        self._clock = clock
        self._today = today
        self._dice = dice
        self._stopping = asyncio.Event()
        self._position: Position | None = None
        self._saved: Position | None = None
        self._saved_at = 0.0
        self._unmarked: set[int] = set()
        """Accepted, but the server has not been told: not fetched again while this process lives."""
        self._told: set[int] = set()
        """Settled, and the server has been told. Some forget keywords that they said they would keep."""
        self._troubles: dict[int, Trouble] = {}
        self._reminded_at: float | None = None
        self._log = log.bind(entry=mailbox.entry)

    def stop(self) -> None:
        """Finish the mail in hand, tell the server, and end `run`."""
        self._stopping.set()

    async def run(self) -> None:
        """Read until `stop`; connections come and go."""
        failures = 0
        self._status.polled_at = self._clock()
        while not self._stopping.is_set():
            try:
                await self._read()
                continue
            except Temporary as error:
                failures = 1 if self._status.failing is None else failures + 1
                self._status.failing = redact_text(clean_line(str(error), 300))
                refused = isinstance(error, LoginRefused)
                pause = back_off_seconds(failures, self._dice(), refused=refused)
                self._log.warning("mailbox.failed", reason=str(error), kind=error.slug, pause_seconds=round(pause, 1))
                metrics.IMAP_FAILURES.labels(self.mailbox.entry, error.slug).inc()
                await self._warn_of_login()
            finally:
                self._status.connected = False
            await self._wait(asyncio.sleep(pause))

    async def _read(self) -> None:
        """One session: rounds, with waits in between."""
        known = await self._positions.load(self.mailbox.key)
        session = await self._server.open()
        try:
            await self._resume(session, known)
            self._status.connected = True
            self._log.info("mailbox.opened", uid_validity=session.folder.uid_validity)
            while not self._stopping.is_set():
                await self._keep_login_fresh()
                pause = await self._round(session)
                self._status.polled_at, self._status.failing = self._clock(), None
                if pause is None:
                    await self._wait(session.wait_for_news(self._until_next_try()))
                else:
                    await self._wait(asyncio.sleep(pause))
            await session.close()
        finally:
            session.drop()

    async def _keep_login_fresh(self) -> None:
        await self._login.keep_fresh()
        await self._warn_of_login()

    async def _warn_of_login(self) -> None:
        """Tell once a day of what stops the mail or will; an absent broker is told next time."""
        problem = self._login.problem()
        if problem is None or (self._reminded_at is not None and self._clock() - self._reminded_at < REMIND_SECONDS):
            return
        problem = redact_text(clean_line(problem, 300))
        self._log.warning("credential.endangered", reason=problem)
        try:
            await self._warn(self.mailbox, problem, self._login.seconds_left())
        except Temporary as error:
            self._log.warning("credential.untold", reason=str(error))
            return
        self._reminded_at = self._clock()

    async def _resume(self, session: ReadsFolder, known: Position | None) -> None:
        folder = session.folder
        before = self._position or known
        same = before is not None and before.uid_validity == folder.uid_validity
        last_done = 0 if same else await session.last_done()
        position = take_up(before, folder, since=self.mailbox.since, last_done=last_done, today=self._today())
        if not same:
            self._log.info(
                "mailbox.renumbered" if before else "mailbox.met",
                uid_validity=position.uid_validity,
                baseline=position.baseline,
            )
            self._unmarked.clear()
            self._told.clear()
            self._troubles.clear()
        self._position, self._saved = position, known
        if not same:  # before anything is taken in: what is new from now on counts even if somebody opens it first
            await self._save(at_once=True)

    async def _round(self, session: ReadsFolder) -> float | None:
        """Take in what there is; how long to pause, None to wait for news."""
        await session.look()
        assert self._position is not None
        found: set[int] = set()
        for wanted in searches(self._position, keywords=session.folder.keeps_keywords):
            found.update(await session.search(wanted))
        round_ = _Round(sorted(found), found - self._told)
        round_.done.extend(self._unmarked & found)
        try:
            await self._take_in_all(session, round_)
        except _Pause as error:
            self._log.info("mailbox.paused", reason=str(error))
            await self._settle(session, round_)
            return ROOM_PAUSE_SECONDS
        except Temporary as error:
            if not isinstance(error, MailboxUnreachable):  # the session is good: do not let the flags wait
                await self._settle(session, round_)
            raise
        await self._settle(session, round_)
        return None

    async def _take_in_all(self, session: ReadsFolder, round_: _Round) -> None:
        now = self._clock()
        due = [uid for uid in round_.left if uid not in self._unmarked and self._is_due(uid, now)]
        # What has failed before goes last, so that it cannot hold up the rest.
        due.sort(key=lambda uid: (uid in self._troubles, uid))
        for start in range(0, len(due), SIZES_AT_ONCE):
            chunk = due[start : start + SIZES_AT_ONCE]
            sizes = await session.sizes(chunk)
            for uid in chunk:
                if self._stopping.is_set():
                    return
                await self._take_in(session, round_, uid, sizes.get(uid))
                if len(round_.done) >= BATCH:
                    await self._settle(session, round_)

    async def _take_in(self, session: ReadsFolder, round_: _Round, uid: int, size: int | None) -> None:
        """One mail; afterwards it is done, put aside, gone, or left for a later round."""
        if size is not None and size > 2 * self._size_limit:  # servers are known to be wrong by some part, not by half
            await self._put_aside(session, round_, uid, NotFetched.TOO_LARGE)
            return
        if (trouble := self._troubles.get(uid)) is not None and trouble.hopeless:
            await self._put_aside(session, round_, uid, NotFetched.UNFETCHABLE)
            return
        allowance = self._reserve()
        try:
            if not allowance.cover(min(size or 0, self._size_limit) + RESERVE_BYTES):
                raise _Pause("no room in the byte budget")
            try:
                found = await session.fetch(uid, lambda count: allowance.cover(count + RESERVE_BYTES))
            except MailboxUnreachable:
                self._blame(uid, broke_off=True)
                raise
            if isinstance(found, Fetched):
                await self._accept_one(session, round_, uid, found.raw)
            elif found is NotFetched.NO_ROOM:
                raise _Pause("no room in the byte budget")
            elif found is NotFetched.GONE:
                round_.left.discard(uid)
                self._troubles.pop(uid, None)
            elif found is NotFetched.TOO_LARGE or self._blame(uid, broke_off=False):
                await self._put_aside(session, round_, uid, found)
        finally:
            allowance.end()

    async def _accept_one(self, session: ReadsFolder, round_: _Round, uid: int, raw: bytes) -> None:
        envelope = envelope_of(raw, self.mailbox.account)
        try:
            source_id = await self._accept(raw, [Addressed(self.mailbox.account, envelope)])
        except Permanent:
            self._log.exception("mail.unacceptable", uid=uid)
            await self._put_aside(session, round_, uid, NotFetched.UNFETCHABLE)
            return
        self._unmarked.add(uid)
        self._troubles.pop(uid, None)
        round_.done.append(uid)
        metrics.IMAP_FETCHED.labels(self.mailbox.entry).inc()
        self._log.info("mail.fetched", uid=uid, source_id=source_id, size_bytes=len(raw))

    async def _settle(self, session: ReadsFolder, round_: _Round) -> None:
        """Tell the server what was taken in, and then remember the position."""
        assert self._position is not None
        if round_.done:
            await session.mark_done(round_.done)
            self._unmarked.difference_update(round_.done)
            round_.left.difference_update(round_.done)
            self._told.update(round_.done)
            round_.done.clear()
        self._position = advance(self._position, found=round_.found, left=round_.left, today=self._today())
        forgotten = self._position.settled - OVERLAP_UIDS
        self._told = {uid for uid in self._told if uid > forgotten}
        self._status.polled_at = self._clock()
        await self._save(at_once=not round_.left)

    async def _put_aside(self, session: ReadsFolder, round_: _Round, uid: int, why: NotFetched) -> None:
        self._log.error("mail.put_aside", uid=uid, uid_validity=session.folder.uid_validity, reason=why.value)
        metrics.IMAP_REFUSED.labels(self.mailbox.entry, why.value).inc()
        await session.mark_refused([uid])
        self._troubles.pop(uid, None)
        self._told.add(uid)
        round_.left.discard(uid)

    async def _save(self, *, at_once: bool) -> None:
        position = self._position
        if position is None or position == self._saved:
            return
        if at_once or self._clock() - self._saved_at >= SAVE_EVERY_SECONDS:
            await self._positions.save(self.mailbox.key, position)
            self._saved, self._saved_at = position, self._clock()

    def _is_due(self, uid: int, now: float) -> bool:
        trouble = self._troubles.get(uid)
        return trouble is None or trouble.next_at <= now

    def _blame(self, uid: int, *, broke_off: bool) -> bool:
        """Note that a mail failed; True if it has had its chances."""
        trouble = troubled(self._troubles.get(uid), self._clock(), broke_off=broke_off)
        self._troubles[uid] = trouble
        self._log.warning("mail.not_fetched", uid=uid, failures=trouble.failures, broke_off=broke_off)
        return trouble.hopeless

    def _until_next_try(self) -> float:
        """Seconds until a mail that failed is tried again, or the longest wait."""
        now = self._clock()
        return max(min((trouble.next_at - now for trouble in self._troubles.values()), default=3600.0), 0.5)

    async def _wait(self, wait: Awaitable[None]) -> None:
        """Wait, but not past the wish to stop."""
        waiting = asyncio.ensure_future(wait)
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait((waiting, stopping), return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                waiting.result()
        finally:
            stopping.cancel()
            waiting.cancel()
