"""Which tickets messages went to, as the ticket service has told it in its events.

Events are kept for less time than routed messages, and a message may wait before it is settled: only those that were
told soon are found, so that a look costs the broker little whatever is asked.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from pydantic import ValidationError

from router.domain.replaying import Failed, Move
from ventanilla_contracts.ids import effect_id
from ventanilla_contracts.parts import Part
from ventanilla_contracts.ticket_events import TicketCreated, TicketMessageAdded
from ventanilla_runtime.answers import StoredMessage
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.many import Many

STREAM: Final = "TICKETS"
_EVENTS: Final = (TicketCreated.type, TicketMessageAdded.type)
_PAGE_MESSAGES: Final = 500
_PAGES_LIMIT: Final = 400
CLOCKS_APART: Final = timedelta(seconds=5)
"""The router says when it decided, the broker when it stored what came of it."""


class _Ticket(Part):
    number: int
    channel: str
    created_at: datetime


class Told(Part):
    """What of the events is needed: a message, and the ticket that it opened or joined."""

    ticket: _Ticket
    message_id: str
    occurred_at: datetime
    kind: str = "customer"


async def ticket_numbers(broker: Broker, prefix: str, messages: Sequence[Move | Failed]) -> Mapping[str, int]:
    """Id of the received event → number of the ticket that it opened or joined, as far as that was told.

    Raises:
        Temporary: the broker does not answer.
        NotPermitted: whoever asks may not read what is told of tickets.
    """
    wanted = {str(effect_id(message.message_id)): message.message_id for message in messages}
    found: dict[str, int] = {}
    many = Many(broker)
    pages = 0
    try:
        for message in sorted(messages, key=lambda message: message.decided_at):
            for event in _EVENTS:
                if message.message_id in found or pages >= _PAGES_LIMIT:
                    break
                page = await many.page(
                    STREAM,
                    1,
                    subject=f"{prefix}.{event}",
                    since=message.decided_at - CLOCKS_APART,
                    messages=_PAGE_MESSAGES,
                )
                pages += 1
                found |= {
                    wanted[told.message_id]: told.ticket.number
                    for told in told_in(page.messages)
                    if told.message_id in wanted
                }
    finally:
        await many.close()
    return found


def told_in(messages: Iterable[StoredMessage]) -> Iterator[Told]:
    """What events of the ticket service tell; those that cannot be read are left out."""
    for message in messages:
        try:
            yield Told.model_validate_json(message.body)
        except ValidationError:
            continue  # an event of a newer release: its ticket is not named
