"""Settles routed messages: every one ends in exactly one row of the ledger."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from tickets.adapters.outbox import OutboxRelay
from tickets.adapters.postgres.settling import SettlingStore
from tickets.domain.acknowledging import AcknowledgementCaps, add_acknowledgements
from tickets.domain.assign import Assignment, assign
from tickets.domain.incoming import Incoming, Place
from tickets.domain.notices import Desk, Render
from tickets.domain.outgoing import EncodedEvent, encode
from tickets.domain.reading import read_keys, read_routed
from tickets.domain.settlement import LanguageOf, Settler
from tickets.errors import MalformedRouting, Overtaken
from tickets.metrics import SETTLED
from ventanilla_contracts.acceptance import AcceptanceKey
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.tracing import HEADER as TRACE_HEADER
from ventanilla_runtime.tracing import child_of, trace_id

log = structlog.get_logger()

_EVENT_OF_OUTCOME = {
    "created": "ticket.created",
    "appended": "message.appended",
    "quarantined": "message.quarantined",
    "ignored": "message.ignored",
    "duplicate": "message.duplicated",
}
_MOST_LOOKS = 8
"""Each look that another replica overtakes means that the other one got on; so often in a row hardly happens."""


@dataclass(frozen=True, slots=True)
class SettleDeps:
    """What settling needs."""

    store: SettlingStore
    relay: OutboxRelay
    desk: Desk
    caps: AcknowledgementCaps
    language_of: LanguageOf
    render: Render
    prefix: str
    acknowledgements_per_minute: int


async def settle_batch(batch: Batch, deps: SettleDeps) -> None:
    """Settle a batch in one transaction, then send what it caused.

    Raises:
        DatabaseAway, Overtaken: nothing was written, or it cannot be known; settle the same batch again.
    """
    messages = await _read(batch, deps)
    if not messages:
        return
    for look in range(_MOST_LOOKS):
        try:
            assignments, numbers, events, ids = await _settle_once(messages, deps)
            break
        except Overtaken:
            if look + 1 == _MOST_LOOKS:
                raise
    deps.relay.send_soon(events, ids)
    for (channel, outcome), count in Counter((a.message.channel, a.outcome) for a in assignments).items():
        SETTLED.labels(channel, outcome).inc(count)
    for assignment in assignments:
        log.info(
            _EVENT_OF_OUTCOME[assignment.outcome],
            event_id=assignment.message.event_id,
            ticket=numbers.get(assignment.target, assignment.target),
            reason=assignment.reason,
            trace_id=trace_id(assignment.message.traceparent),
        )


async def _settle_once(
    messages: Sequence[Incoming], deps: SettleDeps
) -> tuple[list[Assignment], dict[int | None, int], list[EncodedEvent], list[int]]:
    async with deps.store.transaction() as settling:
        known = await settling.load(messages)
        assignments = assign(messages, known, deps.desk.signer)
        writers = {a.message.writer: a.message for a in assignments if a.outcome in ("created", "appended")}
        contacts = await settling.contacts(writers)
        opened = [a for a in assignments if a.outcome == "created"]
        drawn = iter(await settling.draw_numbers(sum(a.number is None for a in opened)))
        numbers: dict[int | None, int] = {a.target: a.number or next(drawn) for a in opened if a.target is not None}
        now = await settling.now()
        settler = Settler(deps.desk, deps.caps, deps.language_of, numbers, contacts, known.tickets, now)
        rows = settler.settle(assignments)
        granted = await settling.draw_acknowledgements(len(rows.notices), deps.acknowledgements_per_minute)
        add_acknowledgements(rows, granted, deps.desk, deps.render, now)
        await settling.save(rows)
        children = {row.traceparent: child_of(row.traceparent) for row in rows.outbox}
        events = encode(rows.outbox, deps.prefix, children)
        ids = await settling.save_outbox(events, deps.relay.lease_seconds)
    return assignments, numbers, events, ids


async def _read(batch: Batch, deps: SettleDeps) -> list[Incoming]:
    """The messages of a batch as values; what cannot be read is rejected as poison."""
    keys: list[tuple[Delivery, AcceptanceKey, AcceptanceKey]] = []
    for delivery in batch.deliveries:
        try:
            keys.append((delivery, *read_keys(delivery.headers)))
        except MalformedRouting as error:
            batch.reject(delivery, error)
    epochs = await deps.store.epochs((key.stream, key.created_at) for _, *pair in keys for key in pair)
    messages = []
    for delivery, accepted, intake in keys:
        try:
            message = read_routed(
                delivery.body,
                Place(epochs[accepted.stream, accepted.created_at], accepted.sequence),
                Place(epochs[intake.stream, intake.created_at], intake.sequence),
                delivery.stored_at,
                delivery.headers.get(TRACE_HEADER),
            )
        except MalformedRouting as error:
            batch.reject(delivery, error)
            continue
        messages.append(message)
    return messages
