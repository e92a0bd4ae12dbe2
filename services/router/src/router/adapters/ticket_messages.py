"""The routed message that opened a ticket, found at the broker by the ticket's number.

Numbers grow along the stream of the ticket service's events, if not strictly: several replicas write it. The place is
found by halving, and the number in the events around it; then the message among those that were routed from then on.
"""

from typing import Final

from router.adapters.recorded_messages import routed_subject
from router.adapters.routed_event import STREAM as ROUTED
from router.adapters.ticket_numbers import CLOCKS_APART, STREAM, Told, told_in
from router.errors import MessageRefused
from ventanilla_contracts.events import MessageReceived, MessageRouted
from ventanilla_contracts.ids import effect_id, event_id
from ventanilla_contracts.ticket_events import TicketCreated
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.many import Many

_OUT_OF_ORDER: Final = 500
"""By so many numbers events may stand in another order."""
_PAGES_LIMIT: Final = 10


async def opening_message(broker: Broker, prefix: str, number: int) -> bytes:
    """The routed event of the message that opened a ticket.

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
        body = await _routed(many, prefix, told)
    finally:
        await many.close()
    if body is None:
        raise MessageRefused(
            f"no message was routed when ticket {number} was opened: did a person or a program open it?"
        )
    return body


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


async def _routed(many: Many, prefix: str, told: Told) -> bytes | None:
    """The routed event that a ticket was made of."""
    subject = routed_subject(prefix, told.ticket.channel)
    page = await many.page(ROUTED, 1, subject=subject, since=told.ticket.created_at - CLOCKS_APART)
    for _ in range(_PAGES_LIMIT):
        for message in page.messages:
            source = message.headers.get("ce-id", "").removeprefix(f"{MessageRouted.type}:")
            if str(effect_id(event_id(MessageReceived.type, source))) == told.message_id:
                return message.body
        if not page.more or not page.messages:
            return None
        page = await many.page(ROUTED, page.messages[-1].sequence + 1, subject=subject)
    return None
