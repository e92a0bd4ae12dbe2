"""Read what was accepted: texts become the desk's events, ends of calls too, states of texts become reports.

Whatever was accepted comes here at least once. What is made of it has an id that does not depend on how often.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import structlog

from intake_phone import metrics
from intake_phone.errors import TwilioAway, TwilioBusy
from intake_phone.ports.phone import Publishes
from ventanilla_contracts.acceptance import CHANNEL_HEADER
from ventanilla_contracts.errors import MalformedEvent, Permanent
from ventanilla_contracts.events import MessageReceived, NotificationDelivered, NotificationFailed
from ventanilla_contracts.ids import redrive_id
from ventanilla_runtime import tracing
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.publish import MSG_ID, Outgoing

log = structlog.get_logger()

Made = MessageReceived | NotificationDelivered | NotificationFailed
Reads = Callable[[Mapping[str, str], Delivery], Awaitable[Made | None]]
"""What a form amounts to; None: nothing. Raises TwilioAway or TwilioBusy where it must be read later."""

_STREAMS: Final[Mapping[str, str]] = {
    MessageReceived.type: "INTAKE",
    NotificationDelivered.type: "DELIVERY",
    NotificationFailed.type: "DELIVERY",
}
_MOMENT_SECONDS: Final = 0.2
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 2.0, 60.0


class Reader:
    """Handler of the PHONE stream."""

    def __init__(self, publisher: Publishes, prefix: str, kinds: Mapping[str, Reads]) -> None:
        """`kinds`: last word of the subject → what reads it."""
        self._publisher = publisher
        self._prefix = prefix
        self._kinds = kinds

    async def handle(self, batch: Batch) -> None:
        """Publish what the batch amounts to; what Twilio does not give now comes later.

        What takes longer than a moment (a recording that is being transcribed, a large file) is kept, and the next
        batch begun. What one person told is read in its order.

        Raises:
            Temporary: the broker is away; the same batch comes again.
        """
        begun = self._begun(batch)
        try:
            _, slow = await asyncio.wait(begun, timeout=_MOMENT_SECONDS)
        except asyncio.CancelledError:
            for ending in begun:
                ending.cancel()
            raise
        failed = {ending: error for ending in begun if ending not in slow and (error := ending.exception())}
        if failed and not slow:
            raise next(iter(failed.values()))
        for delivery, ending in zip(batch.deliveries, begun, strict=True):
            if ending in slow or ending in failed:
                batch.keep(delivery, ending)

    def _begun(self, batch: Batch) -> list[asyncio.Task[None]]:
        tasks: list[asyncio.Task[None]] = []
        last: dict[str, asyncio.Task[None]] = {}
        for delivery in batch.deliveries:
            try:
                form: Mapping[str, str] | None = _form(delivery.body)
            except MalformedEvent as error:
                batch.reject(delivery, error)
                form = None
            line = _line(form, delivery)
            task = asyncio.create_task(self._take(form, delivery, batch, last.get(line) if line else None))
            if line:
                last[line] = task
            tasks.append(task)
        return tasks

    async def _take(
        self, form: Mapping[str, str] | None, delivery: Delivery, batch: Batch, before: asyncio.Task[None] | None
    ) -> None:
        if form is None:
            return
        if before is not None:
            await asyncio.wait({before})
        event = await self._read(form, delivery, batch)
        if event is not None:
            await self._publisher.publish(self._outgoing(event, delivery))

    async def _read(self, form: Mapping[str, str], delivery: Delivery, batch: Batch) -> Made | None:
        reads = self._kinds.get(delivery.subject.rpartition(".")[2])
        try:
            if reads is None:
                raise MalformedEvent(f"nobody reads {delivery.subject}")  # as any other defect
            event = await reads(form, delivery)
        except (TwilioAway, TwilioBusy) as error:
            log.info("read.later", error=error)
            batch.later(delivery, min(_FIRST_WAIT_SECONDS * delivery.deliveries, _LONGEST_WAIT_SECONDS))
            return None
        except Permanent as error:
            batch.reject(delivery, error)
            return None
        metrics.READ.labels(event.type if event else "nothing").inc()
        return event

    def _outgoing(self, event: Made, delivery: Delivery) -> Outgoing:
        channel = event.channel if isinstance(event, MessageReceived) else event.medium
        headers: dict[str, Any] = {
            MSG_ID: redrive_id(event.id, delivery.attempt),
            "ce-specversion": "1.0",
            "ce-id": event.id,
            "ce-type": event.type,
            "ce-source": "/intake-phone",
            "ce-time": datetime.now(UTC).isoformat(),
            tracing.HEADER: tracing.child_of(delivery.headers.get(tracing.HEADER)),
            CHANNEL_HEADER: channel,
        }
        subject = f"{self._prefix}.{event.type}.{channel}"
        return Outgoing(_STREAMS[event.type], subject, event.model_dump_json().encode(), headers)


def _line(form: Mapping[str, str] | None, delivery: Delivery) -> str:
    """Whose texts to whom must be read one after the other; "" where nothing must: two calls are two matters."""
    if form is None or not delivery.subject.endswith(".text"):
        return ""
    return f"{form.get('From', '')} {form.get('To', '')}"


def _form(body: bytes) -> Mapping[str, str]:
    try:
        form = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedEvent(f"not JSON: {error}") from error
    if not isinstance(form, dict):
        raise MalformedEvent("not a form")
    return {str(name): value for name, value in form.items() if isinstance(value, str)}
