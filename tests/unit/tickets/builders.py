"""Values for the ticket service's domain."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tickets.domain.correspondence.acknowledging import AcknowledgementCaps
from tickets.domain.correspondence.notices import Desk, Words
from tickets.domain.settling.incoming import Contact, Incoming, Place, Surroundings, TicketRow, effect_id
from tickets.domain.settling.settlement import Settler
from tickets.domain.settling.threads import Claim
from tickets.domain.tokens import Signer
from ventanilla_contracts.decisions import Decision

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BOX = "soporte@desk.example"
ANA = "ana@cliente.example"
SIGNER = Signer([b"a key for tests only"])
DESK = Desk(SIGNER, "https://desk.example/s", {BOX: "Soporte"})


def incoming(n: int = 1, **changes: Any) -> Incoming:
    """Mail number `n`: accepted `n` seconds after noon at place `n` of both streams."""
    sender = changes.pop("sender", ANA)
    message_id = changes.pop("message_id", f"{n}@cliente.example")
    replies_to = changes.pop("replies_to", ())
    subject = changes.get("subject", f"Asunto {n}")
    decision = changes.pop("decision", {})
    event_id = changes.pop("event_id", f"message.received.v1:{n}")
    claim = Claim(sender, BOX, message_id, replies_to, changes.pop("reply_token", None), None, subject, False)
    values: dict[str, Any] = {
        "id": effect_id(event_id),
        "event_id": event_id,
        "accepted": Place(1, n),
        "intake": Place(2, n),
        "accepted_at": NOON + timedelta(seconds=n),
        "channel": "email",
        "account": BOX,
        "disposition": "message",
        "disposition_reason": "",
        "sender_address": sender,
        "sender_name": "Ana",
        "grade": "claimed",
        "subject": subject,
        "text": f"Texto {n}",
        "text_cut": False,
        "automation": "no",
        "claim": claim,
        "named": frozenset({sender, BOX}),
        "addressed": "{}",
        "attachments": "[]",
        "raw": None,
        "sent_at": None,
        "decision": Decision(**decision),
        "routing": "{}",
        "traceparent": None,
    }
    return Incoming(**{**values, **changes})


def ticket(number: int = 7, **changes: Any) -> TicketRow:
    """A ticket of Ana's."""
    values: dict[str, Any] = {
        "number": number,
        "version": 3,
        "subject": "Hola",
        "type": "question",
        "category": "other",
        "status": "open",
        "impact": "low",
        "urgency": "low",
        "priority": "normal",
        "tier": "1",
        "team": "first-line",
        "assignee": None,
        "channel": "email",
        "account": BOX,
        "requester_id": 1,
        "requester_address": ANA,
        "requester_name": "Ana",
        "requester_grade": "claimed",
        "language": "es",
        "tags": (),
        "policy": "standard",
        "cause": None,
        "resolution": None,
        "related_to": None,
        "created_at": NOON,
        "updated_at": NOON,
        "participants": frozenset({ANA}),
    }
    return TicketRow(**{**values, **changes})


def surroundings(**changes: Any) -> Surroundings:
    """An empty database, but for the changes."""
    values: dict[str, Any] = {"settled": {}, "effects": {}, "tickets": {}, "references": {}}
    return Surroundings(**{**values, **changes})


def contact(id_: int = 1, **changes: Any) -> Contact:
    """A person who has had no acknowledgement yet."""
    values: dict[str, Any] = {
        "language": None,
        "acknowledged_since": NOON - timedelta(days=9000),
        "acknowledged_count": 0,
    }
    return Contact(id_, **{**values, **changes})


def settler(**changes: Any) -> Settler:
    """Settles at noon, knows Ana, takes every text for Spanish."""
    values: dict[str, Any] = {
        "desk": DESK,
        "caps": AcknowledgementCaps(),
        "language_of": lambda text, prior: "es",
        "numbers": {-1: 100, -2: 101, -3: 102},
        "contacts": {("email", ANA): contact()},
        "tickets": {},
        "now": NOON + timedelta(minutes=1),
    }
    return Settler(**{**values, **changes})


def render(template: str, language: str, values: Any) -> Words:
    """Words that show what was asked for."""
    return Words(f"{template} {language} [#{values['number']}]", str(values["link"]), None)
