"""Settles routed messages: every one ends in exactly one row of the ledger."""

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from tickets.adapters.outbox import OutboxRelay
from tickets.adapters.postgres.assignment_store import AssignmentStore
from tickets.adapters.postgres.sender_list import SenderListStore
from tickets.adapters.postgres.settling import Settling, SettlingStore
from tickets.domain.callbacks.wishes import CallbackPlan
from tickets.domain.correspondence.acknowledging import (
    AcknowledgementCaps,
    add_acknowledgements,
    divert_acknowledgements,
)
from tickets.domain.correspondence.notices import Desk, Render
from tickets.domain.outgoing import EncodedEvent, encode
from tickets.domain.rows import Settlement
from tickets.domain.settling.bounces import own_mail_of, recipients_of
from tickets.domain.settling.incoming import Incoming, Place, Surroundings
from tickets.domain.settling.matching import Assignment, assign
from tickets.domain.settling.rates import SenderRates
from tickets.domain.settling.reading import read_keys, read_routed
from tickets.domain.settling.screening import NOBODY, REASONS, TOO_MANY, RateKey, Screen, SenderList
from tickets.domain.settling.settlement import LanguageOf, Settler
from tickets.domain.settling.text_wishes import wishes_of
from tickets.errors import MalformedRouting, Overtaken
from tickets.handlers.callbacks.asked import add_wanted
from tickets.handlers.settling.collisions import Collided, collided, collision_of, raise_if_collided
from tickets.handlers.settling.facts_for_router import FactsQueue
from tickets.handlers.settling.unknown_names import Looked, UnknownNames, add_unknown
from tickets.handlers.working.assign import save_routing
from tickets.metrics import HELD, RETURNED, SETTLED, count_stopped, note_settled
from ventanilla_contracts.acceptance import AcceptanceKey
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.tracing import HEADER as TRACE_HEADER
from ventanilla_runtime.tracing import headers_under, note, trace_id

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


class SettlesProbes(Protocol):
    """Takes synthetic probes out of what is settled."""

    async def settle(self, messages: Sequence[Incoming], deps: "SettleDeps") -> Sequence[Incoming]:
        """Settle the probes among messages, and return the others."""


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
    senders: SenderListStore | None = None
    """Whom the desk allows and denies; None: nobody."""
    rates: SenderRates = field(default_factory=lambda: SenderRates(0, 0))
    loop_limit: int = 0
    assigning: AssignmentStore | None = None
    """Which teams hand out their tickets by themselves; None: no team does."""
    facts: FactsQueue | None = None
    """Who must be told anew to the router."""
    callbacks: CallbackPlan = field(default_factory=CallbackPlan)
    unknown: UnknownNames = field(default_factory=UnknownNames)
    """Teams and policies that rules decide for and the desk does not have."""
    probes: SettlesProbes | None = None
    """None: every message is an ordinary one."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written for messages, and is committed or not with the transaction.

    Attributes:
        numbers: placeholder → number of a new ticket.
        outbox_ids: of the events, in their order.
        looked: names of teams and policies that the desk does not have; None: nobody looked.
    """

    numbers: dict[int | None, int]
    rows: Settlement
    events: list[EncodedEvent]
    outbox_ids: list[int]
    looked: Looked | None


async def settle_batch(batch: Batch, deps: SettleDeps) -> None:
    """Settle a batch in one transaction, then send what it caused.

    What another message keeps from being settled for ever is rejected; the others do not wait for it.

    Raises:
        DatabaseAway, Overtaken: nothing was written, or it cannot be known; settle the same batch again.
    """
    read = await _read(batch, deps)
    try:
        await _settle([message for _, message in read], deps)
    except Overtaken:
        hopeless = await collided([message for _, message in read], deps.store.collisions)
        if not hopeless:
            raise
        for position in hopeless:
            delivery, message = read[position]
            batch.reject(delivery, collision_of(message))
        await _settle([message for position, (_, message) in enumerate(read) if position not in hopeless], deps)


async def _settle(messages: Sequence[Incoming], deps: SettleDeps) -> None:
    if deps.probes is not None:
        messages = await deps.probes.settle(messages, deps)
    if not messages:
        return
    if told := [message.rule_texts for message in messages if message.rule_texts]:
        await deps.store.rule_texts.keep(told)
    senders = await deps.senders.current() if deps.senders else NOBODY
    automatic = await deps.assigning.automatic() if deps.assigning else frozenset[str]()
    for look in range(_MOST_LOOKS):
        try:
            assignments, numbers, events, ids = await _settle_once(messages, senders, automatic, deps)
            break
        except Overtaken as error:
            if look + 1 == _MOST_LOOKS or isinstance(error, Collided):
                raise
    deps.relay.send_soon(events, ids)
    for (channel, outcome), count in Counter((a.message.channel, a.outcome) for a in assignments).items():
        SETTLED.labels(channel, outcome).inc(count)
    ended = time.time()
    for assignment in assignments:
        note_settled(assignment.message.channel, ended - assignment.message.accepted_at.timestamp())
        if assignment.outcome == "quarantined":
            HELD.labels(assignment.reason if assignment.reason in REASONS else "other").inc()
        ticket = numbers.get(assignment.target, assignment.target)
        note(assignment.message.traceparent, ticket_number=ticket, settled=assignment.outcome)
        log.info(
            _EVENT_OF_OUTCOME[assignment.outcome],
            event_id=assignment.message.event_id,
            ticket=ticket,
            reason=assignment.reason,
            trace_id=trace_id(assignment.message.traceparent),
        )


async def _settle_once(
    messages: Sequence[Incoming], senders: SenderList, automatic: frozenset[str], deps: SettleDeps
) -> tuple[list[Assignment], dict[int | None, int], list[EncodedEvent], list[int]]:
    async with deps.store.transaction() as settling:
        known = await settling.load(messages)
        raise_if_collided(messages, known)
        screen = Screen(senders, deps.loop_limit)
        counted, near = await _allow(messages, known, screen, settling, deps)
        assignments = assign(messages, known, deps.desk.signer, screen)
        written = await write_settled(assignments, known, automatic, settling, deps, settling.draw_numbers)
    _tell_of_returns(written.rows)
    if written.looked is not None:
        deps.unknown.note(written.looked)
    if deps.facts is not None:
        deps.facts.note(message.writer for message in _of_customers(assignments))
    opening = _opening(assignments)
    deps.rates.note(counted if len(opening) == len(messages) else deps.rates.count(opening), near)
    return assignments, written.numbers, written.events, written.outbox_ids


async def write_settled(
    assignments: Sequence[Assignment],
    known: Surroundings,
    automatic: frozenset[str],
    settling: Settling,
    deps: SettleDeps,
    draw_numbers: Callable[[int], Awaitable[Sequence[int]]],
) -> Written:
    """Write what becomes of messages, with everything that it causes; nothing has left when this returns.

    Args:
        automatic: teams that hand out their tickets by themselves.
        draw_numbers: numbers for so many new tickets.
    """
    writers = {message.writer: message for message in _of_customers(assignments)}
    proven = [own_mail_of(a.message, deps.desk.signer) for a in assignments if a.outcome == "appended"]
    sent = await settling.sent_mails(key for key in proven if key)
    contacts = await settling.contacts(writers, recipients_of(sent.values()))
    opened = [a for a in assignments if a.outcome == "created"]
    drawn = iter(await draw_numbers(sum(a.number is None for a in opened)))
    numbers: dict[int | None, int] = {a.target: a.number or next(drawn) for a in opened if a.target is not None}
    now = await settling.now()
    settler = Settler(deps.desk, deps.caps, deps.language_of, numbers, contacts, known.tickets, now, sent)
    if teams := automatic & _teams_of(assignments):
        settler.dispatch = await settling.assigning.dispatch(teams, now)
    settler.takers = await settling.assigning.takers([a.message for a in assignments])
    rows = settler.settle(assignments)
    await add_wanted(assignments, numbers, known.tickets, rows, settling, now, deps.callbacks)
    await settling.wishes.save(wishes_of(assignments))
    asking = [notice.ticket for notice, _ in rows.notices]
    silent = await settling.silence.among(asking, deps.desk)
    divert_acknowledgements(rows, silent, await settling.silence.detours(asking, deps.desk))
    granted = await settling.draw_acknowledgements(len(rows.notices), deps.acknowledgements_per_minute)
    add_acknowledgements(rows, granted, deps.desk, deps.render, now)
    looked = await add_unknown(rows, settling, now, deps.assigning.at_work()) if deps.assigning else None
    await settling.save(rows)
    await save_routing(settling.assigning, settler)
    events = encode(rows.outbox, deps.prefix, headers_under)
    ids = await settling.save_outbox(events, deps.relay.lease_seconds)
    return Written(numbers, rows, events, ids, looked)


async def _allow(
    messages: Sequence[Incoming], known: Surroundings, screen: Screen, settling: Settling, deps: SettleDeps
) -> tuple[dict[RateKey, int], dict[RateKey, int]]:
    """Let the screen know how many tickets those may still open who are near their limit.

    Costs no statement where nobody is. Returns how much the messages count for each sender and domain, and who is near.
    """
    rates = deps.rates
    counted = rates.count(messages) if rates.limited else {}
    if not rates.near(counted):
        return counted, {}
    opened = rates.count(_opening(assign(messages, known.copy(), deps.desk.signer, Screen(screen.senders))))
    near = rates.near(opened)
    used = await settling.draw_rates(near)
    screen.allowances = {key: rates.limit(key) - (used[key] - opened[key]) for key in near}
    return counted, near


def _teams_of(assignments: Sequence[Assignment]) -> set[str]:
    """Teams that get a ticket; what rules send elsewhere goes there by itself."""
    return {a.message.decision.team for a in assignments if a.outcome == "created"}


def _tell_of_returns(rows: Settlement) -> None:
    """Say what came back, once it is committed; never whose address it is."""
    for mail, _ in rows.returned.values():
        RETURNED.labels(mail.state or "").inc()
        log.info("mail.returned", ticket=mail.ticket_number, message=str(mail.id), state=mail.state)
    for reach in rows.reaches.values():
        if reach.stopped:
            count_stopped(reach.reason)
            log.warning("address.stopped", reason=reach.reason, message=str(reach.message_id))


def _of_customers(assignments: Sequence[Assignment]) -> list[Incoming]:
    """Messages that went into tickets and are no answers of ours."""
    return [a.message for a in assignments if a.outcome in ("created", "appended") and a.staff is None]


def _opening(assignments: Sequence[Assignment]) -> list[Incoming]:
    """Messages that count against a sender's limit: those that open a ticket, or would, were there not so many."""
    return [a.message for a in assignments if a.outcome == "created" or a.reason == TOO_MANY]


async def _read(batch: Batch, deps: SettleDeps) -> list[tuple[Delivery, Incoming]]:
    """The messages of a batch, and their values; what cannot be read is rejected as poison."""
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
        messages.append((delivery, message))
    return messages
