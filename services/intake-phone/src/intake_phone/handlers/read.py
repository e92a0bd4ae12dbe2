"""Read what was accepted: texts become the desk's events, ends of calls too, states of texts become reports.

Whatever was accepted comes here at least once. What is made of it has an id that does not depend on how often.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import orjson
import structlog

from intake_phone import metrics
from intake_phone.domain.calls.legs import LEG
from intake_phone.errors import DeskAway, TwilioAway, TwilioBusy
from intake_phone.handlers.envelope import Made, outgoing
from intake_phone.ports.phone import Publishes
from ventanilla_contracts.errors import MalformedEvent, Permanent
from ventanilla_runtime import tracing
from ventanilla_runtime.delivery import Batch, Delivery, settle_or_keep

log = structlog.get_logger()

Reads = Callable[[Mapping[str, str], Delivery], Awaitable[Made | None]]
"""What a form amounts to; None: nothing. Raises DeskAway, TwilioAway or TwilioBusy where it must be read later."""

_OF_CALLS: Final = frozenset({"ring", "gone", "call"})
_OF_LEGS: Final = frozenset({"leg", "taken", "talked"})
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
        await settle_or_keep(batch, self._begun(batch), _MOMENT_SECONDS)

    def _begun(self, batch: Batch) -> dict[Delivery, asyncio.Task[None]]:
        tasks: dict[Delivery, asyncio.Task[None]] = {}
        last: dict[str, asyncio.Task[None]] = {}
        for delivery in batch.deliveries:
            try:
                form = _form(delivery.body)
            except MalformedEvent as error:
                batch.reject(delivery, error)
                continue
            line = _line(form, delivery)
            tasks[delivery] = asyncio.create_task(
                tracing.within(delivery.headers.get(tracing.HEADER), self._take(form, delivery, batch, last.get(line)))
            )
            if line:
                last[line] = tasks[delivery]
        return tasks

    async def _take(
        self, form: Mapping[str, str], delivery: Delivery, batch: Batch, before: asyncio.Task[None] | None
    ) -> None:
        if before is not None:
            await asyncio.wait({before})
        event = await self._read(form, delivery, batch)
        if event is not None:
            await self._publisher.publish(outgoing(event, delivery, self._prefix))

    async def _read(self, form: Mapping[str, str], delivery: Delivery, batch: Batch) -> Made | None:
        reads = self._kinds.get(delivery.subject.rpartition(".")[2])
        try:
            if reads is None:
                raise MalformedEvent(f"nobody reads {delivery.subject}")  # as any other defect
            event = await reads(form, delivery)
        except (DeskAway, TwilioAway, TwilioBusy) as error:
            log.info("read.later", error=error)
            batch.later(delivery, min(_FIRST_WAIT_SECONDS * delivery.deliveries, _LONGEST_WAIT_SECONDS))
            return None
        except Permanent as error:
            batch.reject(delivery, error)
            return None
        metrics.READ.labels(event.type if event else "nothing").inc()
        return event


def _line(form: Mapping[str, str], delivery: Delivery) -> str:
    """What must be read one after the other; "" where nothing must.

    Texts of one person to one number; and words about one caller's call and the telephones that ring for it: that the
    call has ended, or that an agent has talked, is told before the end of the agent's leg.
    """
    kind = delivery.subject.rpartition(".")[2]
    if kind == "text":
        return f"{form.get('From', '')} {form.get('To', '')}"
    if kind in _OF_LEGS:
        return form.get(LEG, "").partition("/")[0].rpartition(".")[0]
    return form.get("CallSid", "") if kind in _OF_CALLS else ""


def _form(body: bytes) -> Mapping[str, str]:
    try:
        form = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedEvent(f"not JSON: {error}") from error
    if not isinstance(form, dict):
        raise MalformedEvent("not a form")
    return {str(name): value for name, value in form.items() if isinstance(value, str)}
