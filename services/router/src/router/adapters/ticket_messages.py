"""The routed messages of a ticket, found at the broker by the ticket's number.

Numbers grow along the stream of the ticket service's events, if not strictly: several replicas write it. The place is
found by halving, and the number in the events around it; then the message among those that were routed from then on.
Messages that joined the ticket are looked for from its opening on, as far as some pages of events reach.
"""

from datetime import datetime
from typing import Final, NamedTuple

from router.adapters.recorded_messages import routed_subject
from router.adapters.routed_event import STREAM as ROUTED
from router.adapters.ticket_numbers import CLOCKS_APART, STREAM, Told, told_in
from router.errors import MessageRefused
from ventanilla_contracts.events import MessageReceived, MessageRouted
from ventanilla_contracts.ids import effect_id, event_id
from ventanilla_contracts.parts import Part
from ventanilla_contracts.ticket_events import TicketCreated, TicketMessageAdded
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.many import Many

_OUT_OF_ORDER: Final = 500
"""By so many numbers events may stand in another order."""
_PAGES_LIMIT: Final = 10
_JOINED_PAGES_LIMIT: Final = 40
_MOST_LATER: Final = 20
"""So many messages that joined a ticket are looked at, the newest."""


class Later(NamedTuple):
    """A message that joined a ticket and whose rules wanted something changed; `id` as the ticket names it."""

    id: str
    rules: tuple[str, ...]


class Found(NamedTuple):
    """A routed event of a ticket, and which later messages' rules changed something, the newest last.

    Attributes:
        whole: everything that joined the ticket was looked at.
    """

    body: bytes
    later: tuple[Later, ...] = ()
    whole: bool = True


class _OnReply(Part):
    rules: tuple[str, ...] = ()


class _Decision(Part):
    on_reply: _OnReply | None = None


class _Routed(Part):
    decision: _Decision


async def ticket_message(broker: Broker, prefix: str, number: int, message: str | None = None) -> Found:
    """The routed event of the message that opened a ticket, or of another one of it.

    Args:
        message: its id, as the ticket names it; None: the one that opened the ticket, and what was decided later.

    Raises:
        MessageRefused: there is none, or none any more.
        Temporary: the broker does not answer.
    """
    many = Many(broker)
    try:
        told = await _opening(broker, many, f"{prefix}.{TicketCreated.type}", number)
        if told is None:
            raise MessageRefused(
                f"the ticket service has told nothing of a ticket {number} lately; what it tells is kept for 30 days"
            )
        if message is not None and message != told.message_id:
            return await _joined_by(many, prefix, told, message)
        body = await _routed(many, prefix, told, told.ticket.created_at)
        if body is None:
            raise MessageRefused(
                f"no message was routed when ticket {number} was opened: did a person or a program open it?"
            )
        return Found(body) if message is not None else await _with_later(many, prefix, told, body)
    finally:
        await many.close()


async def _joined_by(many: Many, prefix: str, opening: Told, message: str) -> Found:
    joined, _ = await _joined(many, prefix, opening)
    told = next((one for one in joined if one.message_id == message), None)
    body = await _routed(many, prefix, told, told.occurred_at) if told else None
    if body is None:
        raise MessageRefused(f"no routed message {message} of ticket {opening.ticket.number} was found")
    return Found(body)


async def _with_later(many: Many, prefix: str, opening: Told, body: bytes) -> Found:
    joined, whole = await _joined(many, prefix, opening)
    later = []
    for told in joined[-_MOST_LATER:]:
        event = await _routed(many, prefix, told, told.occurred_at)
        on_reply = _Routed.model_validate_json(event).decision.on_reply if event else None
        if on_reply is not None:
            later.append(Later(told.message_id, on_reply.rules))
    return Found(body, tuple(later), whole and len(joined) <= _MOST_LATER)


async def _joined(many: Many, prefix: str, opening: Told) -> tuple[list[Told], bool]:
    """What joined a ticket by way of the router, oldest first, and whether that is all."""
    found: list[Told] = []
    subject = f"{prefix}.{TicketMessageAdded.type}"
    page = await many.page(STREAM, 1, subject=subject, since=opening.ticket.created_at - CLOCKS_APART)
    for _ in range(_JOINED_PAGES_LIMIT):
        of_ticket = [told for told in told_in(page.messages) if told.ticket.number == opening.ticket.number]
        found += [told for told in of_ticket if told.kind in ("customer", "automatic")]
        if not page.more or not page.messages:
            return found, True
        page = await many.page(STREAM, page.messages[-1].sequence + 1, subject=subject)
    return found, False


async def _opening(broker: Broker, many: Many, subject: str, number: int) -> Told | None:
    """What was told when a ticket was opened."""
    state = await broker.stream_state(STREAM)
    low, high = state.first_sequence, state.last_sequence + 1
    while low < high:
        middle = (low + high) // 2
        page = await many.page(STREAM, middle, subject=subject, messages=1)
        (told,) = [*told_in(page.messages)] or (None,)
        if told is not None and told.ticket.number < number - _OUT_OF_ORDER:
            low = page.messages[0].sequence + 1
        else:
            high = middle
    for _ in range(_PAGES_LIMIT):
        page = await many.page(STREAM, low, subject=subject)
        found = next((told for told in told_in(page.messages) if told.ticket.number == number), None)
        if found is not None or not page.more or not page.messages:
            return found
        low = page.messages[-1].sequence + 1
    return None


async def _routed(many: Many, prefix: str, told: Told, since: datetime) -> bytes | None:
    """The routed event of a message of a ticket, which was accepted then; it may have come by another channel."""
    subject = routed_subject(prefix, "*")
    page = await many.page(ROUTED, 1, subject=subject, since=since - CLOCKS_APART)
    for _ in range(_PAGES_LIMIT):
        for message in page.messages:
            source = message.headers.get("ce-id", "").removeprefix(f"{MessageRouted.type}:")
            if str(effect_id(event_id(MessageReceived.type, source))) == told.message_id:
                return message.body
        if not page.more or not page.messages:
            return None
        page = await many.page(ROUTED, page.messages[-1].sequence + 1, subject=subject)
    return None
