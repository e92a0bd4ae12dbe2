"""Send what the desk has for customers as texts: once, and always reported.

What was begun is remembered before Twilio is asked, and each part that it took after that. Where an attempt may have
succeeded unseen, Twilio's list of what went to that number since then says whether it did.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from urllib.parse import urlencode

import orjson
import structlog
from pydantic import ValidationError

from intake_phone import metrics
from intake_phone.domain.numbers import e164
from intake_phone.domain.texts.media_out import caption_of, sorted_out
from intake_phone.domain.texts.opt_out import Wish
from intake_phone.domain.texts.outgoing import files_line, parts_of
from intake_phone.domain.texts.refusals import (
    FAILED_STATES,
    FILE_REFUSED,
    NO_TEXTS,
    OPTED_OUT,
    WINDOW_CLOSED,
    reason_of,
)
from intake_phone.domain.texts.sending import Progress, read_progress
from intake_phone.errors import MalformedRequest, TwilioAway, TwilioBusy, TwilioRefused
from intake_phone.handlers.envelope import Report, outgoing
from intake_phone.handlers.reports import Reports
from intake_phone.handlers.texts.owning import claimed
from intake_phone.handlers.texts.subscriptions import Subscriptions
from intake_phone.ports.phone import OffersFiles, Publishes, RemembersState, SendsTexts
from ventanilla_contracts.events import NotificationRequested
from ventanilla_runtime import tracing
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.metrics import count_failed, count_sent

log = structlog.get_logger()

MEDIA: Final = frozenset({"sms", "whatsapp"})
AGAIN_SECONDS: Final = 5.0
CLAIM_SECONDS: Final = 300.0
"""Longer than sending all texts of one notification may take: four of words, ten with files."""
CLOCKS_APART_SECONDS: Final = 60.0
_AT_ONCE: Final = 20
"""Requests to Twilio under way; it takes a hundred."""


@dataclass(frozen=True, slots=True)
class _Task:
    delivery: Delivery
    request: NotificationRequested
    number: str
    customer: str
    key: str

    @property
    def line(self) -> tuple[str, str, str]:
        """Texts of one line leave one after the other."""
        return self.request.medium, self.number, self.customer

    @property
    def owner(self) -> bytes:
        """Whose its texts are: `owning.owner_in` reads it."""
        return f"{self.request.medium} {self.request.id}".encode()


class Speaker:
    """Handler of the OUTBOUND stream's texts."""

    def __init__(
        self,
        *,
        publisher: Publishes,
        state: RemembersState,
        twilio: SendsTexts,
        files: OffersFiles,
        subscriptions: Subscriptions,
        prefix: str,
        status_url: str,
        templates: Mapping[str, str] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """The speaker.

        Args:
            status_url: address at which Twilio tells what becomes of a text.
            templates: language → SID of the template that is sent when WhatsApp takes no free words.
        """
        self._publisher = publisher
        self._state = state
        self._twilio = twilio
        self._files = files
        self._subscriptions = subscriptions
        self._prefix = prefix
        self._status_url = status_url
        self._templates = templates or {}
        self._now = now
        self._reports = Reports(now)
        self._owner = secrets.token_hex(8)
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def handle(self, batch: Batch) -> None:
        """Send each notification of a batch, and report what became of it; those to one person in their order.

        Raises:
            Temporary: something could not be remembered or reported; doing it again sends nothing twice.
        """
        lines: dict[tuple[str, str, str], list[_Task]] = {}
        for task in self._read(batch):
            lines.setdefault(task.line, []).append(task)
        await asyncio.gather(*(self._send_in_order(tasks, batch) for tasks in lines.values()))

    def _read(self, batch: Batch) -> list[_Task]:
        tasks: dict[str, _Task] = {}
        for delivery in batch.deliveries:
            try:
                request = NotificationRequested.model_validate_json(delivery.body)
                number, customer = _numbers(request)
            except ValidationError as error:
                found = error.errors(include_input=False, include_url=False)[0]
                batch.reject(delivery, MalformedRequest(f"{'.'.join(map(str, found['loc']))}: {found['msg']}"))
                continue
            except MalformedRequest as error:
                batch.reject(delivery, error)
                continue
            key = progress_key(request.id)
            if key in tasks:  # published again while the first still waits: one is enough
                batch.later(delivery, AGAIN_SECONDS)
            else:
                tasks[key] = _Task(delivery, request, number, customer, key)
        return list(tasks.values())

    async def _send_in_order(self, tasks: Sequence[_Task], batch: Batch) -> None:
        for position, task in enumerate(tasks):
            try:
                async with self._turns:
                    report = await tracing.within(task.delivery.headers.get(tracing.HEADER), self._take_on(task, batch))
            except (TwilioAway, TwilioBusy) as error:
                seconds = error.seconds if isinstance(error, TwilioBusy) else AGAIN_SECONDS
                log.info("notification.deferred", notification_id=task.request.id, detail=str(error))
                for late in tasks[position:]:  # what was written later is not read earlier
                    batch.later(late.delivery, seconds)
                return
            if report is not None:
                await self._publisher.publish(outgoing(report, task.delivery, self._prefix))

    async def _take_on(self, task: _Task, batch: Batch) -> Report | None:
        """What became of a notification; None: it is another replica's for now.

        Raises:
            TwilioAway, TwilioBusy: nothing yet.
        """
        fresh = Progress(self._now().timestamp(), self._owner)
        [new] = await self._state.create_all([task.key], fresh.written())
        known = fresh if new else read_progress(await self._state.get(task.key)) or fresh
        if known.done or known.failed:
            return self._ended(task, known)
        if not new and (seconds := self._busy_seconds(task, known)) > 0:
            batch.later(task.delivery, seconds)
            return None
        if not new:
            known = replace(known, owner=self._owner)
            await self._state.put_all([task.key], known.written())
        try:
            ended = await self._send(task, known, new=new)
        except TwilioRefused as error:
            ended = replace(known, failed=f"{await self._learnt(error.code, task)}: {error}")
        await self._state.put_all([task.key], ended.written())
        return self._ended(task, ended)

    async def _learnt(self, code: int | None, task: _Task) -> str:
        """The desk's word for why Twilio does not send a text; what holds for the next one too is kept.

        Raises:
            Temporary: it may be kept or not.
        """
        reason = reason_of(code)
        if reason == OPTED_OUT:
            await self._subscriptions.note(*task.line, Wish.STOP)
        elif reason == NO_TEXTS:
            await self._subscriptions.none_arrives(task.customer)
        return reason

    async def _send(self, task: _Task, known: Progress, *, new: bool) -> Progress:
        request = task.request
        if request.expires_at <= self._now():
            return replace(known, failed="expired: its time was over before Twilio took it")
        if await self._subscriptions.wants_none(*task.line):
            return replace(known, failed=f"{OPTED_OUT}: the customer wants no texts from this number")
        texts = await self._texts(task)
        if isinstance(texts, str):
            return replace(known, failed=texts)
        known = replace(known, template=any("content_sid" in fields for fields in texts))
        found = [] if new else await self._sent_unseen(task, known)
        for place, fields in enumerate(texts[len(known.sids) :], len(known.sids) + 1):
            sid = await self._taken(found, fields.get("body"), task)
            if sid is None:
                sent = await self._twilio.send_text(fields)
                if sent.status in FAILED_STATES:
                    return replace(known, failed=f"{await self._learnt(sent.error, task)}: {sent.error or sent.status}")
                sid = sent.sid
                await claimed(self._state, [sid], task.owner)
            known = known.with_part(sid)
            if place < len(texts):  # how far it has come; that all of it is done is written in a moment
                await self._state.put_all([task.key], known.written())
        return replace(known, done=True)

    async def _texts(self, task: _Task) -> list[dict[str, str | list[str]]] | str:
        """What Twilio is asked for, text by text; or why it never will be: first the words, then each file."""
        request = task.request
        whatsapp = request.medium == "whatsapp"
        page = request.chat.page if request.chat else None
        plain: dict[str, str | list[str]] = {
            "to": f"whatsapp:{task.customer}" if whatsapp else task.customer,
            "from_": f"whatsapp:{task.number}" if whatsapp else task.number,
            "status_callback": f"{self._status_url}?{urlencode({'id': request.id, 'medium': request.medium})}",
        }
        if whatsapp and not await self._subscriptions.is_open(task.number, task.customer):
            template = self._templates.get(request.language)
            if template is None:
                return f"{WINDOW_CLOSED}: 24 hours after the customer's last message"
            variables = {"1": str(request.ticket_number or ""), "2": page or ""}
            return [{**plain, "content_sid": template, "content_variables": orjson.dumps(variables).decode()}]
        going, others = sorted_out(request.attachments, request.medium)
        line = files_line(page, [one.filename for one in others], request.language)
        parts = parts_of(request.text, page, request.language, line)
        texts = [{**plain, "body": part} for part in parts if part]
        for file in going:
            address = await self._files.address_of(file)
            if address is None:  # before anything is sent: half of an answer would be worse than none
                return f"{FILE_REFUSED}: {file.filename} is gone"
            texts.append({**plain, "body": caption_of(file), "media_url": [address]})
        return texts

    async def _taken(self, found: list[tuple[str, str]], body: object, task: _Task) -> str | None:
        """The SID of a text with these words that Twilio has already, if it is this notification's; else None.

        Two notifications may say the same to one person: which has a text is written down once.
        """
        fitting = [sid for sid, words in found if body is None or words == body]
        taken = await claimed(self._state, fitting, task.owner)
        found[:] = [one for one in found if one[0] != taken]
        return taken

    async def _sent_unseen(self, task: _Task, known: Progress) -> list[tuple[str, str]]:
        """(SID, words) of what Twilio has for this person since the attempt began, oldest first."""
        whatsapp = "whatsapp:" if task.request.medium == "whatsapp" else ""
        since = known.since - CLOCKS_APART_SECONDS
        listed = await self._twilio.texts_to(f"{whatsapp}{task.number}", f"{whatsapp}{task.customer}", since)
        return [(sent.sid, body) for sent, body in reversed(listed) if sent.sid not in known.sids]

    def _busy_seconds(self, task: _Task, known: Progress) -> float:
        """For how long another replica may still be sending this; whoever lost it lets it be handed out again."""
        if known.owner == self._owner or task.delivery.deliveries > 1:
            return 0.0
        return known.since + CLAIM_SECONDS - self._now().timestamp()

    def _ended(self, task: _Task, known: Progress) -> Report:
        request = task.request
        if known.failed:
            reason, _, detail = known.failed.partition(": ")
            metrics.SENT.labels(request.medium, "failed").inc()
            count_failed(request.medium, reason)
            log.warning("notification.failed", notification_id=request.id, reason=reason)
            return self._reports.failed(request.id, request.medium, reason, detail)
        metrics.SENT.labels(request.medium, "sent").inc()
        waited = (self._now() - request.requested_at).total_seconds()
        count_sent(request.medium, waited, automatic=request.automatic)
        log.info("notification.sent", notification_id=request.id, parts=len(known.sids))
        return self._reports.delivered(request.id, request.medium, " ".join(known.sids), template=known.template)


def progress_key(notification: str) -> str:
    """The key of how far a notification has come."""
    return sha256(notification.encode()).hexdigest()


def _numbers(request: NotificationRequested) -> tuple[str, str]:
    """The desk's number and the customer's.

    Raises:
        MalformedRequest: one of them is none, or it is no text.
    """
    if request.medium not in MEDIA:
        raise MalformedRequest(f"no phone service sends {request.medium}")
    number = e164(request.chat.account if request.chat else "")
    customer = e164(request.to.address)
    if number is None or customer is None:
        raise MalformedRequest("a text needs the desk's number (chat.account) and the customer's (to.address)")
    return number, customer
