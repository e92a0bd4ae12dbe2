"""Say in a conversation what the desk has for its customer: once, and always reported.

What was begun is remembered before Slack is asked, and what was done after it. Where an attempt may have succeeded
unseen, the thread is read back: each message carries the id of its notification where people do not see it. Files go
by `handlers.customers.share`, with the words.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import structlog
from pydantic import ValidationError

from intake_chat import metrics
from intake_chat.domain.slack.outgoing_files import delivered_detail
from intake_chat.domain.slack.places import Conversation
from intake_chat.domain.slack.posted import is_sent, sent
from intake_chat.errors import InDoubt, MalformedRequest, SlackAway, SlackBusy, SlackRefused, TooMuchWaits
from intake_chat.handlers.customers.reporting import Report, Reporter
from intake_chat.handlers.customers.share import FileSender, Shared, goes_cut, words_with
from intake_chat.ports.customers import KnowsWhoIsGone, Posts, Publishes, RemembersState
from ventanilla_contracts.dropped import DROPPED, read_dropped
from ventanilla_contracts.errors import Temporary
from ventanilla_contracts.events import NotificationRequested
from ventanilla_runtime import tracing
from ventanilla_runtime.delivery import Batch, Delivery, settle_or_keep
from ventanilla_runtime.metrics import count_failed, count_sent

log = structlog.get_logger()

DIRECT: Final = "D"
"""Slack's ids of direct messages begin with it."""
_ATTEMPTING = b"attempting"
_CLAIM_PARTS: Final = 3
AGAIN_SECONDS: Final = 5.0
_MOMENT_SECONDS: Final = 0.2
"""So long the customers of the next batch wait for those of this one."""
CLAIM_SECONDS: Final = 330.0
"""Longer than the way out lets one post wait for Slack's pauses."""

CLOCKS_APART_SECONDS: Final = 600.0
"""So far Slack's clock may be behind ours."""


@dataclass(frozen=True, slots=True)
class _Task:
    """One notification on its way through a batch."""

    delivery: Delivery
    request: NotificationRequested
    where: Conversation
    key: str


class Speaker:
    """Handler of the OUTBOUND stream's Slack messages."""

    def __init__(
        self,
        *,
        publisher: Publishes,
        state: RemembersState,
        slack: Posts,
        files: FileSender,
        prefix: str,
        people: KnowsWhoIsGone | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._reports = Reporter(publisher, prefix, now)
        self._people = people
        self._state = state
        self._slack = slack
        self._files = files
        self._now = now
        self._owner = secrets.token_hex(8).encode()
        self._under_way: set[str] = set()

    async def handle(self, batch: Batch) -> None:
        """Post each notification in its thread, and report what became of it; none waits for another one's channel.

        What takes longer than a moment (a channel that Slack lets us post to later, a large file) is kept, and the next
        batch begun.

        Raises:
            Temporary: something could not be remembered or reported; doing it again posts nothing twice.
        """
        tasks = self._read(batch)
        if not tasks:
            return
        self._under_way.update(task.key for task in tasks)
        try:
            made = await self._state.create_all([task.key for task in tasks], self._claim())
        except BaseException:
            self._under_way.difference_update(task.key for task in tasks)
            raise
        begun = {task.delivery: self._begin(task, batch, new=new) for task, new in zip(tasks, made, strict=True)}
        await settle_or_keep(batch, begun, _MOMENT_SECONDS)

    def _begin(self, task: _Task, batch: Batch, *, new: bool) -> asyncio.Task[None]:
        ending = asyncio.create_task(
            tracing.within(task.delivery.headers.get(tracing.HEADER), self._take_on(task, batch, new=new))
        )
        ending.add_done_callback(lambda _: self._under_way.discard(task.key))
        return ending

    def _read(self, batch: Batch) -> list[_Task]:
        tasks: dict[str, _Task] = {}
        for delivery in batch.deliveries:
            try:
                request = NotificationRequested.model_validate_json(delivery.body)
                where = Conversation.parse(request.chat.conversation if request.chat else "")
            except ValidationError as error:
                found = error.errors(include_input=False, include_url=False)[0]
                batch.reject(delivery, MalformedRequest(f"{'.'.join(map(str, found['loc']))}: {found['msg']}"))
                continue
            except ValueError as error:
                batch.reject(delivery, MalformedRequest(str(error)))
                continue
            key = sha256(request.id.encode()).hexdigest()
            if key in tasks or key in self._under_way:  # published again while the first still waits: one is enough
                batch.later(delivery, AGAIN_SECONDS)
            else:
                tasks[key] = _Task(delivery, request, where, key)
        return list(tasks.values())

    async def _take_on(self, task: _Task, batch: Batch, *, new: bool) -> None:
        try:
            if not new and (seconds := await self._busy_seconds(task)) > 0:
                batch.later(task.delivery, seconds)
                return
            event = await self._said(task, new=new)
        except InDoubt as error:
            batch.later(task.delivery, error.seconds)
            return
        except (SlackAway, SlackBusy, TooMuchWaits) as error:
            log.info("notification.deferred", notification_id=task.request.id, detail=str(error))
            batch.later(task.delivery, AGAIN_SECONDS)
            return
        await self._reports.publish(event, task.delivery)

    async def _said(self, task: _Task, *, new: bool) -> Report:
        request, where = task.request, task.where
        try:
            if not new:
                if (done := await self._done(task)) is not None:
                    return done
                await self._claim_again(task)
            if request.expires_at <= self._now():
                return self._failed(request, "expired", "its time was over before Slack took it")
            if where.channel.startswith(DIRECT) and await self._is_gone(request):
                return self._failed(
                    request, "user_deleted", "the account was deactivated: nobody reads this conversation"
                )
            return await self._say(task)
        except SlackRefused as error:
            return self._failed(request, error.code, str(error))

    async def _done(self, task: _Task) -> Report | None:
        """What an earlier attempt came to; None: nothing that anybody can see."""
        request, where = task.request, task.where
        claim = await self._state.get(task.key) or b""
        if (dropped := read_dropped(claim)) is not None:
            return self._failed(request, DROPPED, dropped)
        if is_sent(claim):
            shared = Shared("posted before", await self._left_out(task))
            return self._delivered(request, shared, unread=await self._goes_unread(request, where))
        since = _claimed_at(claim, request.requested_at.timestamp()) - CLOCKS_APART_SECONDS
        if (ts := await self._slack.find_post(where.channel, where.root, request.id, since)) is not None:
            found: Shared | None = Shared(ts, await self._left_out(task))
        else:
            found = await self._files.found(where, task.key) if request.attachments else None
        if found is None:
            return None
        await self._state.put_all([task.key], sent(found.ts))
        return self._delivered(request, found, unread=await self._goes_unread(request, where))

    async def _say(self, task: _Task) -> Report:
        request, where = task.request, task.where
        shared = Shared(None, ())
        if request.attachments:
            tries = task.delivery.deliveries
            shared = await self._files.send(request, where, task.key, tries, lambda: self._claim_again(task))
        if shared.ts is None:
            text = words_with(request, shared.left_out)
            ts = await self._slack.post(where.channel, where.root, text, request.id, automatic=request.automatic)
            shared = Shared(ts, shared.left_out)
        await self._state.put_all([task.key], sent(shared.ts))
        return self._delivered(request, shared, unread=await self._goes_unread(request, where))

    async def _claim_again(self, task: _Task) -> None:
        await self._state.put_all([task.key], self._claim())

    async def _left_out(self, task: _Task) -> Sequence[str]:
        return await self._files.left_out(task.key) if task.request.attachments else ()

    async def _is_gone(self, request: NotificationRequested) -> bool:
        """Whether whoever it is for reads nothing any more: Slack takes what is said to them all the same."""
        if self._people is None:
            return False
        user = request.to.address.rpartition("/")[2]
        if request.automatic:  # many of them may go at once, and nobody relies on one
            return (await self._people.profile(user)).deleted
        return await self._people.is_gone(user)

    async def _goes_unread(self, request: NotificationRequested, where: Conversation) -> bool:
        """Whether an answer stands in a channel where its requester does not read it; others may: it has not failed."""
        if where.channel.startswith(DIRECT) or request.automatic:
            return False
        try:
            return await self._is_gone(request)
        except Temporary:  # it is said: that nobody knows whether it is read is no reason to say it again
            return False

    async def _busy_seconds(self, task: _Task) -> float:
        """For how long another replica may still be posting this.

        A message that is handed out again was lost by whoever had it. One that is new may be the ticket service's
        second try, while the first still waits for its turn at Slack.
        """
        value = (await self._state.get(task.key) or b"").split()
        if not _is_claim(value) or value[1] == self._owner or task.delivery.deliveries > 1:
            return 0.0
        return int(value[2]) + CLAIM_SECONDS - self._now().timestamp()

    def _claim(self) -> bytes:
        return b"%s %s %d" % (_ATTEMPTING, self._owner, int(self._now().timestamp()))

    def _failed(self, request: NotificationRequested, reason: str, detail: str) -> Report:
        metrics.SENT.labels("failed").inc()
        count_failed(request.medium, reason)
        log.warning("notification.failed", notification_id=request.id, reason=reason)
        return self._reports.failed(request.id, reason, detail)

    def _delivered(self, request: NotificationRequested, shared: Shared, *, unread: bool = False) -> Report:
        metrics.SENT.labels("sent").inc()
        waited = (self._now() - request.requested_at).total_seconds()
        count_sent(request.medium, waited, automatic=request.automatic)
        log.info("notification.sent", notification_id=request.id)
        cut = goes_cut(request, shared.left_out)
        detail = delivered_detail(shared.ts or "", shared.left_out, cut=cut, unread=unread)
        return self._reports.delivered(request.id, detail, unread=unread)


def _is_claim(parts: Sequence[bytes]) -> bool:
    return len(parts) == _CLAIM_PARTS and parts[0] == _ATTEMPTING


def _claimed_at(claim: bytes, otherwise: float) -> float:
    """Since when a post may have been made, by what was remembered before it."""
    parts = claim.split()
    return float(parts[2]) if _is_claim(parts) else otherwise
