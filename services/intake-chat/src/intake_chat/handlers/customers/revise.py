"""Carry out in Slack what agents make of answers that stand there: edited, or taken back; and report what became of it.

Revisions of one message are numbered, and the highest one holds. Before Slack is asked it is remembered which one is
being carried out, by whom and where: whoever comes back to it does it again, which shows nobody anything twice. One
that comes behind a later one changes nothing.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import Final

import structlog
from pydantic import ValidationError

from intake_chat import metrics
from intake_chat.domain.slack.places import Conversation
from intake_chat.domain.slack.posted import Change, is_sent, place_of, reported_place
from intake_chat.errors import InDoubt, MalformedRequest, SlackAway, SlackBusy, SlackRefused, TooMuchWaits
from intake_chat.handlers.customers.reporting import Report, Reporter
from intake_chat.handlers.customers.say import AGAIN_SECONDS, CLAIM_SECONDS, CLOCKS_APART_SECONDS
from intake_chat.handlers.customers.share import FileSender, words_with
from intake_chat.ports.customers import ChangesPosts, Publishes, ReplacesState
from ventanilla_contracts.dropped import read_dropped
from ventanilla_contracts.events import NotificationRevised
from ventanilla_runtime import tracing
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.errors import WrongSequence

log = structlog.get_logger()

DELETED: Final = "deleted"
_SUPERSEDED: Final = "superseded"
_GONE: Final = "message_not_found"
_TOO_LONG: Final = "msg_too_long"
_MOMENT_SECONDS: Final = 0.5
_BUSY_SECONDS: Final = 2.0
_UNSEEN_SECONDS: Final = 20.0
"""What Slack was asked to post may not be seen yet for so long."""


@dataclass(frozen=True, slots=True)
class _Task:
    """One revision on its way. `key` is that of its notification."""

    delivery: Delivery
    revision: NotificationRevised
    where: Conversation
    key: str

    @property
    def state_key(self) -> str:
        """Under which it is remembered what was done to the message."""
        return f"{self.key}.revision"


class Reviser:
    """Handler of the OUTBOUND stream's revisions."""

    def __init__(
        self,
        *,
        publisher: Publishes,
        state: ReplacesState,
        slack: ChangesPosts,
        files: FileSender,
        prefix: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._reports = Reporter(publisher, prefix, now)
        self._state = state
        self._slack = slack
        self._files = files
        self._now = now
        self._owner = secrets.token_hex(8)
        self._under_way: set[str] = set()

    async def handle(self, batch: Batch, deliveries: Sequence[Delivery]) -> None:
        """Begin to carry out these deliveries of a batch, which keeps them until that is done; no channel waits.

        Raises:
            Temporary: something could not be reported; doing it again changes nothing.
        """
        for task in await self._newest(batch, deliveries):
            if task.key in self._under_way:  # an earlier one of this message is being carried out
                batch.later(task.delivery, _MOMENT_SECONDS)
                continue
            self._under_way.add(task.key)
            ending = asyncio.create_task(
                tracing.within(task.delivery.headers.get(tracing.HEADER), self._take_on(task, batch))
            )
            ending.add_done_callback(partial(self._over, task.key))
            batch.keep(task.delivery, ending)

    def _over(self, key: str, _ending: asyncio.Task[None]) -> None:
        self._under_way.discard(key)

    async def _newest(self, batch: Batch, deliveries: Sequence[Delivery]) -> list[_Task]:
        """The last revision of each message; those before it are reported on, for nobody sees them any more."""
        tasks: dict[str, _Task] = {}
        passed: list[_Task] = []
        for delivery in deliveries:
            if (task := _read(delivery, batch)) is None:
                continue
            known = tasks.get(task.key)
            if known is None or known.revision.revision <= task.revision.revision:
                tasks[task.key] = task
                passed += [known] if known else []
            else:
                passed.append(task)
        for task in passed:
            await self._reports.publish(self._done(task, _SUPERSEDED), task.delivery)
        return list(tasks.values())

    async def _take_on(self, task: _Task, batch: Batch) -> None:
        try:
            report = await self._carried_out(task)
        except InDoubt as error:
            batch.later(task.delivery, error.seconds)
            return
        except WrongSequence:  # another replica has begun something with this message
            batch.later(task.delivery, _MOMENT_SECONDS)
            return
        except (SlackAway, SlackBusy, TooMuchWaits) as error:
            log.info("revision.deferred", notification_id=task.revision.id, detail=str(error))
            batch.later(task.delivery, AGAIN_SECONDS)
            return
        await self._reports.publish(report, task.delivery)

    async def _carried_out(self, task: _Task) -> Report:
        """What became of a revision.

        Raises:
            InDoubt: its message is not posted yet, or another replica is busy with it.
            WrongSequence: another replica was quicker.
            SlackAway, SlackBusy, TooMuchWaits, Temporary: to be done again.
        """
        revision = task.revision
        entry = await self._state.read(task.state_key)
        last = Change.parse(entry.value)
        if last.number > revision.revision:
            return self._done(task, _SUPERSEDED)
        if last.number == revision.revision and last.done:
            return self._done(task, last.ts)
        if revision.expires_at <= self._now():
            return self._failed(task, "expired", "its time was over before Slack took it")
        if (seconds := self._busy_seconds(last, task)) > 0:
            raise InDoubt(min(seconds, _BUSY_SECONDS))
        try:
            ts, files = await self._stands_at(task, last)
        except SlackRefused as error:
            return self._failed(task, error.code, str(error))
        change = Change(revision.revision, done=False, owner=self._owner, at=int(self._now().timestamp()), ts=ts)
        written = await self._state.replace(task.state_key, change.written(), entry.revision)
        try:
            await self._do(task, ts, files)
        except SlackRefused as error:
            # Nobody is busy with it any more: a later one need not wait.
            await self._state.replace(task.state_key, replace(change, at=0).written(), written)
            reason = "too_long_to_change" if error.code == _TOO_LONG else error.code
            return self._failed(task, reason, str(error))
        await self._state.replace(task.state_key, replace(change, done=True).written(), written)
        return self._done(task, ts)

    def _done(self, task: _Task, detail: str) -> Report:
        metrics.REVISED.labels("superseded" if detail == _SUPERSEDED else task.revision.kind).inc()
        log.info("revision.done", notification_id=task.revision.id, superseded=detail == _SUPERSEDED)
        return self._reports.delivered(task.revision.id, detail)

    def _failed(self, task: _Task, reason: str, detail: str) -> Report:
        metrics.REVISED.labels("failed").inc()
        log.warning("revision.failed", notification_id=task.revision.id, reason=reason)
        return self._reports.failed(task.revision.id, reason, detail)

    def _busy_seconds(self, last: Change, task: _Task) -> float:
        """For how long another replica may still be changing this message.

        What is handed out again was lost by whoever had it.
        """
        lost = last.number == task.revision.revision and task.delivery.deliveries > 1
        if not last.number or last.done or last.owner == self._owner or lost:
            return 0.0
        return last.at + CLAIM_SECONDS - self._now().timestamp()

    async def _stands_at(self, task: _Task, last: Change) -> tuple[str, Sequence[str]]:
        """The time stamp of the message that is to be changed, and the ids of the files in it.

        Raises:
            InDoubt: it is not there yet.
            SlackRefused: it is not there any more, or never will be.
        """
        posted = await self._state.get(task.key)
        if read_dropped(posted) is not None:
            raise SlackRefused("conversations.replies", _GONE, "an operator dropped the message before it was posted")
        if posted is not None and not is_sent(posted):
            raise InDoubt(AGAIN_SECONDS)
        shared = await self._files.stands_at(task.where, task.key)
        ts = last.ts or place_of(posted) or (shared.ts if shared else "") or reported_place(task.revision.delivered_as)
        if not ts and shared is None:
            since = task.revision.delivered_after.timestamp() - CLOCKS_APART_SECONDS
            where = task.where
            ts = await self._slack.find_post(where.channel, where.root, task.revision.notification_id, since) or ""
        if ts:
            return ts, shared.files if shared else ()
        left = task.revision.requested_at.timestamp() + _UNSEEN_SECONDS - self._now().timestamp()
        if left > 0:
            raise InDoubt(min(left, AGAIN_SECONDS))
        raise SlackRefused("conversations.replies", _GONE, "the message does not stand in its thread any more")

    async def _do(self, task: _Task, ts: str, files: Sequence[str]) -> None:
        revision, channel = task.revision, task.where.channel
        if revision.kind == DELETED:
            await self._files.withdraw(channel, ts, files) if files else await self._take_back(channel, ts)
            return
        text = words_with(revision, await self._files.left_out(task.key))
        # What shares files holds no metadata of ours.
        await self._slack.change(channel, ts, text, "" if files else revision.notification_id)

    async def _take_back(self, channel: str, ts: str) -> None:
        try:
            await self._slack.take_back(channel, ts)
        except SlackRefused as error:
            if error.code != _GONE:
                raise


def _read(delivery: Delivery, batch: Batch) -> _Task | None:
    try:
        revision = NotificationRevised.model_validate_json(delivery.body)
        where = Conversation.parse(revision.chat.conversation)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)[0]
        batch.reject(delivery, MalformedRequest(f"{'.'.join(map(str, found['loc']))}: {found['msg']}"))
        return None
    except ValueError as error:
        batch.reject(delivery, MalformedRequest(str(error)))
        return None
    if revision.kind not in ("edited", DELETED):
        batch.reject(delivery, MalformedRequest(f"kind: {revision.kind[:40]!r} is nothing that this release can do"))
        return None
    return _Task(delivery, revision, where, sha256(revision.notification_id.encode()).hexdigest())
