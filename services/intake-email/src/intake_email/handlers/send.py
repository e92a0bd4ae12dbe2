"""Send notifications as mails: at most once into a Maildir, at least once to a relay, and always reported.

What was begun and finished is remembered in a bucket that all replicas share, before and after each attempt
(`docs/delivery.md`, "Outbox and the way out"). Where an attempt may have succeeded unseen, a person's mail is sent
again under the same Message-ID, and an automatic one is reported as failed with the reason `uncertain`.
"""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

import structlog
from pydantic import ValidationError

from intake_email import metrics
from intake_email.domain.bounces import reason_of, status_in
from intake_email.domain.compose import NoAddress, compose
from intake_email.domain.headers import ascii_address
from intake_email.domain.outbound import (
    Deferred,
    Failed,
    Letter,
    Outcome,
    Progress,
    Refusal,
    Sent,
    Stage,
    decide,
    delay_seconds,
    progress_after,
)
from intake_email.errors import MalformedRequest
from intake_email.ports import Delivers, Publishes, RemembersState, SignsMail, StoresBlobs
from ventanilla_contracts.acceptance import CHANNEL_HEADER
from ventanilla_contracts.events import (
    NotificationDelivered,
    NotificationFailed,
    NotificationRequested,
    Undelivered,
)
from ventanilla_contracts.ids import event_id, redrive_id
from ventanilla_runtime import tracing
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.errors import BlobLost
from ventanilla_runtime.metrics import count_failed, count_sent
from ventanilla_runtime.publish import MSG_ID, Outgoing

log = structlog.get_logger()

STREAM = "DELIVERY"
MEDIUM = "email"
_MOST_REFUSED = 300
CLAIM_SECONDS = 150.0
"""Longer than the relay adapter lets one mail take."""


@dataclass(slots=True, eq=False)
class _Task:
    """One notification on its way through a batch."""

    delivery: Delivery
    request: NotificationRequested
    key: str
    before: Progress | None = None
    outcome: Outcome | None = None


class Sender:
    """Handler of the OUTBOUND stream's mails."""

    def __init__(
        self,
        *,
        publisher: Publishes,
        state: RemembersState,
        blobs: StoresBlobs,
        transport: Delivers,
        prefix: str,
        signer: SignsMail | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._publisher = publisher
        self._state = state
        self._blobs = blobs
        self._transport = transport
        self._prefix = prefix
        self._signer = signer
        self._now = now
        self._owner = secrets.token_hex(8)
        self._one_at_a_time = asyncio.Lock()
        """A re-drive of a notification must not meet its sending."""
        self._begun: set[str] = set()
        """Keys of what this process has begun to hand over."""
        self._ended: dict[str, tuple[Outcome, Progress | None]] = {}
        """Outcomes that are not reported yet: when the broker goes away after a sending, the batch comes again."""

    async def handle(self, batch: Batch) -> None:
        """Send what has not been sent, remember how it went, and report it.

        Raises:
            Temporary: something could not be remembered or reported; doing it again sends nothing twice.
        """
        async with self._one_at_a_time:
            await self._handle(batch, self._read(batch))

    async def _handle(self, batch: Batch, tasks: list[_Task]) -> None:
        if not tasks:
            return
        tasks = await self._recall(batch, tasks)
        await self._attempt([task for task in tasks if task.outcome is None])
        await self._remember(tasks)
        await self._report([task for task in tasks if not isinstance(task.outcome, Deferred)])
        for task in tasks:
            if isinstance(task.outcome, Deferred):
                self._postpone(batch, task, task.outcome)
            self._ended.pop(task.key, None)
            self._begun.discard(task.key)

    def _read(self, batch: Batch) -> list[_Task]:
        tasks: dict[str, _Task] = {}
        for delivery in batch.deliveries:
            try:
                request = NotificationRequested.model_validate_json(delivery.body)
            except ValidationError as error:
                found = error.errors(include_input=False, include_url=False)[0]
                where = ".".join(map(str, found["loc"]))
                batch.reject(delivery, MalformedRequest(f"{where}: {found['msg']}"))
                continue
            key = sha256(request.id.encode()).hexdigest()
            if key in tasks:  # published again while the first still waited: one of them is enough
                batch.later(delivery, 1.0)
                continue
            outcome, before = self._ended.get(key, (None, None))
            tasks[key] = _Task(delivery, request, key, before, outcome)
        return list(tasks.values())

    async def _recall(self, batch: Batch, tasks: Sequence[_Task]) -> list[_Task]:
        """Claim each notification, and find out what is known of those that were claimed before.

        Returns:
            The tasks to go on with; one that another replica is busy with is put off.
        """
        open_tasks = [task for task in tasks if task.outcome is None]
        if not open_tasks:
            return list(tasks)
        made = await self._state.create_all([task.key for task in open_tasks], self._claim(None).encode())
        claimed = [task for task, is_new in zip(open_tasks, made, strict=True) if not is_new]
        known = await asyncio.gather(*[self._known(task.key) for task in claimed])
        for task, progress in zip(claimed, known, strict=True):
            task.before = progress
        now = self._now()
        going_on = []
        for task in tasks:
            if (busy_seconds := self._busy_elsewhere(task)) > 0:
                batch.later(task.delivery, busy_seconds)
                continue
            going_on.append(task)
            if task.outcome is None:
                task.outcome = decide(
                    task.before,
                    automatic=task.request.automatic,
                    expired=task.request.expires_at <= now,
                    repeatable=self._transport.repeatable,
                )
        return going_on

    def _busy_elsewhere(self, task: _Task) -> float:
        """For how long another replica may still be sending this, in seconds.

        A message that is handed out again was lost by whoever had it. One that is new may be the ticket service's
        second try, while the first is still under way.
        """
        before = task.before
        if before is None or before.stage is not Stage.ATTEMPTING or before.owner == self._owner:
            return 0.0
        if task.delivery.deliveries > 1:
            return 0.0
        return before.claimed_at + CLAIM_SECONDS - self._now().timestamp()

    def _claim(self, before: Progress | None) -> Progress:
        left, refused = (before.left, before.refused) if before else ((), ())
        at = int(self._now().timestamp())  # in whole seconds, so that many claims are one value and one batch
        return Progress(Stage.ATTEMPTING, left, refused, owner=self._owner, claimed_at=at)

    async def _known(self, key: str) -> Progress | None:
        """What is remembered. A claim of our own that led to nothing (its PubAck got lost) is no attempt."""
        value = await self._state.get(key)
        if value is None:
            return None
        known = Progress.decode(value)
        if known.stage is Stage.ATTEMPTING and known.owner == self._owner and key not in self._begun:
            return replace(known, stage=Stage.WAITING)
        return known

    async def _attempt(self, tasks: Sequence[_Task]) -> None:
        """Hand over what is to be sent; every outcome is kept in memory until it is remembered and reported."""
        again = [task for task in tasks if task.before and task.before.stage is Stage.WAITING]
        await self._put([(task.key, self._claim(task.before)) for task in again])
        letters: list[tuple[_Task, Letter]] = []
        for task in tasks:
            letter = await self._letter(task)
            if isinstance(letter, Letter):
                if tracing.recording():
                    letter = replace(letter, trace=task.delivery.headers.get(tracing.HEADER, ""))
                letters.append((task, letter))
            else:
                task.outcome = letter
        self._begun.update(task.key for task, _ in letters)
        outcomes = await self._transport.deliver_all([letter for _, letter in letters])
        for (task, _), outcome in zip(letters, outcomes, strict=True):
            task.outcome = _complete(outcome, task, repeatable=self._transport.repeatable)
        for task in tasks:
            if task.outcome is not None:
                self._ended[task.key] = (task.outcome, task.before)

    async def _letter(self, task: _Task) -> Letter | Failed:
        request = task.request
        try:
            contents = [await self._blobs.get(file.blob) for file in request.attachments if file.blob]
            if len(contents) < len(request.attachments):
                return Failed("attachment_lost", "an attachment has no stored bytes")
            letter = compose(request, contents, task.before.left if task.before else ())
        except BlobLost as error:
            return Failed("attachment_lost", str(error))
        except NoAddress as error:
            return Failed("no_address", str(error))
        except ValueError as error:
            return Failed("malformed", str(error))
        return await self._signed(letter, request) if self._signer else letter

    async def _signed(self, letter: Letter, request: NotificationRequested) -> Letter:
        """The letter with its DKIM signature; without one where that cannot be made, since a late mail is worse."""
        assert self._signer
        from_address = request.mail.from_address if request.mail else ""
        try:
            field = await asyncio.to_thread(self._signer.field_for, from_address, letter.content)
        except ValueError as error:
            log.warning("notification.unsigned", notification_id=request.id, error=error)
            return letter
        return replace(letter, content=field + letter.content)

    async def _remember(self, tasks: Sequence[_Task]) -> None:
        changes = []
        for task in tasks:
            if task.outcome is None:
                continue
            after = progress_after(task.outcome, task.before)
            if after != task.before:
                changes.append((task.key, after))
        await self._put(changes)

    async def _put(self, changes: Sequence[tuple[str, Progress]]) -> None:
        """Write progress, with one batch for all that have come equally far."""
        keys: defaultdict[bytes, list[str]] = defaultdict(list)
        for key, progress in changes:
            keys[progress.encode()].append(key)
        for value, same in keys.items():
            await self._state.put_all(same, value)

    async def _report(self, tasks: Sequence[_Task]) -> None:
        if not tasks:
            return
        await self._publisher.publish_all([self._event(task) for task in tasks])
        for task in tasks:
            outcome = task.outcome
            trace = tracing.trace_id(task.delivery.headers.get(tracing.HEADER))
            if isinstance(outcome, Failed):
                metrics.SENT.labels("failed").inc()
                count_failed(MEDIUM, outcome.reason)
                log.warning(
                    "notification.failed", notification_id=task.request.id, reason=outcome.reason, trace_id=trace
                )
            else:
                metrics.SENT.labels("sent").inc()
                waited = (self._now() - task.request.requested_at).total_seconds()
                count_sent(MEDIUM, waited, automatic=task.request.automatic)
                log.info("notification.sent", notification_id=task.request.id, trace_id=trace)

    def _event(self, task: _Task) -> Outgoing:
        event: NotificationDelivered | NotificationFailed
        request, outcome, now = task.request, task.outcome, self._now()
        if isinstance(outcome, Failed):
            event = NotificationFailed(
                id=event_id(NotificationFailed.type, request.id),
                notification_id=request.id,
                medium=MEDIUM,
                failed_at=now,
                reason=outcome.reason,
                detail=outcome.detail,
                undelivered=_undelivered(request, outcome.refused),
            )
        else:
            event = NotificationDelivered(
                id=event_id(NotificationDelivered.type, request.id),
                notification_id=request.id,
                medium=MEDIUM,
                delivered_at=now,
                detail=_detail(outcome) if isinstance(outcome, Sent) else "",
                undelivered=_undelivered(request, outcome.refused) if isinstance(outcome, Sent) else (),
            )
        headers = {
            MSG_ID: redrive_id(event.id, task.delivery.attempt),
            "ce-specversion": "1.0",
            "ce-id": event.id,
            "ce-type": event.type,
            "ce-source": "/intake-email",
            "ce-time": now.isoformat(),
            tracing.HEADER: tracing.child_of(task.delivery.headers.get(tracing.HEADER)),
            CHANNEL_HEADER: MEDIUM,
        }
        return Outgoing(STREAM, f"{self._prefix}.{event.type}.{MEDIUM}", event.model_dump_json().encode(), headers)

    def _postpone(self, batch: Batch, task: _Task, outcome: Deferred) -> None:
        seconds_left = (task.request.expires_at - self._now()).total_seconds()
        delay = delay_seconds(task.delivery.deliveries, task.delivery.sequence, seconds_left)
        batch.later(task.delivery, delay)
        metrics.SENT.labels("deferred").inc()
        log.info(
            "notification.deferred",
            notification_id=task.request.id,
            detail=outcome.detail,
            uncertain=outcome.uncertain,
            seconds=round(delay),
            trace_id=tracing.trace_id(task.delivery.headers.get(tracing.HEADER)),
        )


def _complete(outcome: Outcome, task: _Task, *, repeatable: bool) -> Outcome:
    """The outcome for a notification, out of that for the recipients of this attempt and of those before."""
    before = task.before or Progress()
    addressee = ascii_address(task.request.to.address)
    if isinstance(outcome, Deferred) and outcome.uncertain and task.request.automatic and not repeatable:
        return Failed("uncertain", outcome.detail)
    if isinstance(outcome, Sent):
        refused = before.refused + outcome.refused
        reply = next((refusal.reply for refusal in refused if refusal.recipient == addressee), None)
        return Sent(outcome.detail, refused) if reply is None else Failed("rejected", reply, refused)
    if isinstance(outcome, Failed) and before.left:
        # The others have it already; whether that is a delivery depends on whether the addressee is among them.
        refused = before.refused + outcome.refused
        lost = (*before.left, *(refusal.recipient for refusal in before.refused))
        return replace(outcome, refused=refused) if addressee in lost else Sent("delivered before", refused)
    return outcome


def _undelivered(request: NotificationRequested, refused: Sequence[Refusal]) -> tuple[Undelivered, ...]:
    """Refusals as the ticket service judges them: by the addresses of the request, with a reason for each."""
    people = (request.to, *request.also_to, *request.cc, *request.bcc)
    addresses = {ascii_address(person.address): person.address for person in people if refused}
    return tuple(
        Undelivered(
            recipient=addresses.get(refusal.recipient, refusal.recipient),
            status=(status := status_in(refusal.reply)),
            reason=reason_of(status, refusal.reply),
            diagnostic=refusal.reply,
            action="refused",
        )
        for refusal in refused[:_MOST_REFUSED]
    )


def _detail(outcome: Sent) -> str:
    """What to report of a delivery: the relay's words, and for how many recipients it refused."""
    if not outcome.refused:
        return outcome.detail
    return f"{outcome.detail}; refused for {len(outcome.refused)} in copy: {outcome.refused[0].reply}"
