"""What the ticket service tells of messages, for tests of whoever reads it."""

from datetime import UTC, datetime, timedelta

from ventanilla_contracts.examples import EXAMPLES
from ventanilla_contracts.ids import effect_id, event_id
from ventanilla_contracts.ticket_events import TicketCreated, TicketMessageAdded
from ventanilla_runtime.publish import Outgoing

AGO = timedelta(minutes=5)
"""So long ago the message was accepted."""


def told(
    number: int, message: str, event: type[TicketCreated | TicketMessageAdded], channel: str = "email"
) -> Outgoing:
    """What the ticket service tells of a message that opened a ticket, or joined one."""
    source = f"{number}/{effect_id(message)}"
    (sample,) = (example for example in EXAMPLES if isinstance(example, TicketCreated))
    now = datetime.now(UTC)
    ticket = sample.ticket.model_copy(update={"number": number, "channel": channel, "created_at": now - AGO})
    more = {"kind": "customer"} if event is TicketMessageAdded else {}
    body = event.model_validate(
        {"id": event_id(event.type, source), "ticket": ticket, "occurred_at": now,
         "message_id": str(effect_id(message)), **more}
    )  # fmt: skip
    return Outgoing("TICKETS", f"desk.{event.type}", body.model_dump_json().encode(), {"Nats-Msg-Id": source})
