"""Handling a message again on order: of the sweeper (something got lost) or of an operator (a dead letter is repaired).

The order names a place in a stream; the original is read from there, or out of the dead letter that holds it, and goes
through the service's ordinary handler. Whatever that publishes carries the attempt in its id, because the plain id
would be swallowed by the broker's duplicate window.
"""

import base64
from collections.abc import Mapping

import structlog
from pydantic import ValidationError

from ventanilla_contracts.errors import Permanent
from ventanilla_contracts.events import DeadLetter, Redrive
from ventanilla_runtime.answers import StoredMessage
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.deadletters import DeadLetters
from ventanilla_runtime.delivery import Batch, Delivery, Handler, nanoseconds
from ventanilla_runtime.errors import Forged, Poisoned
from ventanilla_runtime.outbound import Gate
from ventanilla_runtime.versions import is_of_another_version, wait_seconds

log = structlog.get_logger()

HELD_SECONDS = 10.0
"""An order to send something that is held comes again after so long."""


class Redriver:
    """Handler for a service's own subject of the REDRIVE stream."""

    def __init__(
        self,
        broker: Broker,
        dead_letters: DeadLetters,
        handlers: Mapping[str, Handler],
        gates: Mapping[str, Gate] | None = None,
    ) -> None:
        """`handlers` says which handler of the service takes messages of which stream, `gates` which of them wait."""
        self._broker = broker
        self._dead_letters = dead_letters
        self._handlers = handlers
        self._gates = gates or {}

    async def handle(self, batch: Batch) -> None:
        """Carry out the orders, one after the other: they are rare and each may be the poison."""
        for delivery in batch.deliveries:
            try:
                order = Redrive.model_validate_json(delivery.body)
            except ValidationError as error:
                batch.reject(delivery, Poisoned(f"not a re-drive order: {error.errors()[0]['msg']}"))
                continue
            if order.stream != "DEADLETTER" and order.stream not in self._handlers:
                batch.reject(delivery, Poisoned(f"this service does not handle messages of {order.stream}"))
                continue
            original = await self._original(order)
            if original is None:
                log.error("redrive.missed", stream=order.stream, sequence=order.sequence, attempt=order.attempt)
                continue
            handler = self._handlers.get(original.stream)
            if handler is None:
                batch.reject(delivery, Poisoned(f"this service does not handle messages of {original.stream}"))
                continue
            if is_of_another_version(original.headers):
                batch.later(delivery, wait_seconds(delivery.deliveries))
                continue
            if (gate := self._gates.get(original.stream)) is not None and gate.closed:
                batch.later(delivery, HELD_SECONDS)
                continue
            again = Batch([original])
            try:
                await handler(again)
                for ending in again.kept.values():
                    await ending
            except Permanent as error:
                again.reject(original, error)
            if reason := again.rejected.get(original):
                await self._dead_letters.store(original, reason)
            elif original in again.postponed:
                batch.later(delivery, again.postponed[original])
            log.info("message.redriven", stream=original.stream, sequence=original.sequence, attempt=order.attempt)

    async def _original(self, order: Redrive) -> Delivery | None:
        state = await self._broker.stream_state(order.stream)
        if state.created_at != order.created_at:
            return None  # the stream was made anew: that sequence now names something else
        stored = await self._broker.stored_message(order.stream, order.sequence)
        if stored is None:
            return None
        if order.stream != "DEADLETTER":
            return _as_delivery(stored, order)
        letter = DeadLetter.model_validate_json(stored.body)
        if letter.reason == Forged.slug:
            return None  # what nobody published is not published by us
        if letter.body_base64 is None:
            return await self._original(
                order.model_copy(
                    update={
                        "stream": letter.stream,
                        "created_at": letter.created_at,
                        "sequence": letter.sequence,
                    }
                )
            )
        return Delivery(
            letter.subject or stored.subject,
            base64.b64decode(letter.body_base64),
            dict(letter.headers),
            letter.stream,
            letter.created_at,
            letter.sequence,
            1,
            int(letter.failed_at.timestamp() * 1e9),
            "",
            order.attempt,
        )


def _as_delivery(stored: StoredMessage, order: Redrive) -> Delivery:
    return Delivery(
        stored.subject,
        stored.body,
        stored.headers,
        order.stream,
        order.created_at,
        stored.sequence,
        1,
        nanoseconds(stored.stored_at),
        "",
        order.attempt,
    )
