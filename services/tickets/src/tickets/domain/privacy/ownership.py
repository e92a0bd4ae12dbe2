"""Whose a message of a stream is: theirs, somebody else's that names them, or nothing to do with them.

Theirs is what they wrote, what was written to them, what tells of a ticket that they asked in, and what the desk
remembers of them. What somebody else wrote stays theirs, whoever it names.
"""

import email
import email.policy
import email.utils
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, Final

import orjson

from tickets.domain.privacy.person import NOBODYS, Person
from tickets.domain.privacy.readable import event_text, mail_text, unwrapped
from ventanilla_contracts.words import identity_kind


class Whose(Enum):
    """What a message has to do with somebody."""

    THEIRS = "theirs"
    NAMES_THEM = "names them"
    NOT = "not"


@dataclass(frozen=True)
class Traces:
    """How somebody is found where no address of theirs stands.

    Attributes:
        person: by addresses and names.
        tickets: in which they asked.
        notifications: that went to them, or about those tickets.
        messages: ids of messages of theirs.
        sources: what providers call what they sent: SIDs of texts and calls.
        places: (stream, sequence) of what was accepted from them.
        events: ids of the events that their messages were.
        threads: of chats, in which their tickets are talked about: the first message's time, or a channel of their own.
        asking: tickets of theirs in which they have written since, and ask still: what is new there stays.
    """

    person: Person
    tickets: frozenset[int] = frozenset()
    notifications: frozenset[str] = frozenset()
    messages: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    places: frozenset[tuple[str, int]] = frozenset()
    events: frozenset[str] = frozenset()
    threads: frozenset[str] = frozenset()
    asking: frozenset[int] = frozenset()

    @property
    def of_their_tickets(self) -> "Traces":
        """The same without whom it is about: what they do from now on is not found by it."""
        shared = frozenset(one for one in self.threads if not one.startswith("D"))
        tickets = self.tickets - self.asking
        return replace(self, person=Person(()), places=frozenset(), threads=shared, tickets=tickets)


_RECEIVED: Final = frozenset({"INTAKE", "ROUTED", "REVISIONS"})
_TOLD: Final = frozenset({"CHAT", "PHONE"})
"""What providers said, as they said it."""


def whose(stream: str, sequence: int, body: bytes, headers: Mapping[str, str], traces: Traces) -> Whose:
    """What a message of a stream has to do with somebody."""
    if (stream, sequence) in traces.places:
        return Whose.THEIRS
    if stream == "ACCEPTED":
        return _of_mail(body, traces.person)
    if stream == "DEADLETTER":
        return _of_dead_letter(body, headers, traces)
    event = _event(body)
    if _is_theirs(stream, event, traces):
        return Whose.THEIRS
    if not traces.person.stands_in(f"{event_text(body)}\n{' '.join(headers.values())}"):
        return Whose.NOT
    # What the desk or a provider keeps beside messages has no other author; but others may have the same name.
    others = stream in _RECEIVED or stream in ("OUTBOUND", "CHAT")
    return Whose.NAMES_THEM if others or not _at_address(body, headers, traces) else Whose.THEIRS


def is_newer(stream: str, body: bytes, before: datetime) -> bool:
    """Whether a message follows from something that was accepted after a time."""
    event = _event(body)
    if stream == "DEADLETTER":
        stream, event = str(event.get("stream") or ""), _event(unwrapped(str(event.get("body_base64") or "")))
    received = event.get("received") if stream == "ROUTED" else event
    acceptance = received.get("acceptance") if isinstance(received, Mapping) else None
    try:
        at = datetime.fromisoformat(str(acceptance["accepted_at"])) if isinstance(acceptance, Mapping) else None
        return at is not None and at > before
    except (KeyError, ValueError, TypeError):
        return False


def whose_key(subject: str, body: bytes, traces: Traces, own_keys: frozenset[str]) -> Whose:
    """What a key of a bucket has to do with somebody. Each key is about whoever's address it holds."""
    key = subject.split(".", 2)[-1]
    text = f"{subject}\n{event_text(body)}"
    if key in own_keys or traces.person.by_address.stands_in(text):
        return Whose.THEIRS
    if any(id_ in text for id_ in traces.sources | traces.messages):
        return Whose.THEIRS
    shown = _event(body).get("similar") if key.startswith("card.") else None
    named = shown if isinstance(shown, list) else []
    similar = any(isinstance(one, Mapping) and one.get("number") in traces.tickets for one in named)
    return Whose.NAMES_THEM if similar or traces.person.stands_in(text) else Whose.NOT


def _at_address(body: bytes, headers: Mapping[str, str], traces: Traces) -> bool:
    return traces.person.by_address.stands_in(f"{event_text(body)}\n{' '.join(headers.values())}")


def _is_theirs(stream: str, event: Mapping[str, Any], traces: Traces) -> bool:
    person = traces.person
    if stream in _RECEIVED:
        received = event.get("received") if stream == "ROUTED" else event
        received = received if isinstance(received, Mapping) else {}
        kind = identity_kind(str(received.get("channel") or ""))
        sender = received.get("author") if stream == "REVISIONS" else _address(received.get("sender"))
        return person.is_at(kind, sender)
    if stream == "TICKETS":
        ticket = event.get("ticket") or {}
        # What tells of it since they were taken out names nobody, and is read by whoever shows the ticket.
        return ticket.get("number") in traces.tickets and _address(ticket.get("requester")) not in NOBODYS
    if stream == "OUTBOUND":
        if event.get("ticket_number") in traces.tickets or event.get("notification_id") in traces.notifications:
            return True
        return person.is_at(identity_kind(str(event.get("medium") or "")), _address(event.get("to")))
    if stream == "DELIVERY":
        return event.get("notification_id") in traces.notifications
    if stream in _TOLD:
        told = event_text(orjson.dumps(event))
        if any(source in told for source in traces.sources):
            return True
        return stream == "CHAT" and _stands_there(event, traces)
    return False


def _stands_there(event: Mapping[str, Any], traces: Traces) -> bool:
    """Whether an event of Slack tells what they did, or what was said in a thread about a ticket of theirs.

    Their user id stands where the one who did it does; the desk's own posts name the ticket in their metadata.
    """
    users = {one.address.partition("/")[2] for one in traces.person.identities if one.kind == "slack"}
    tickets = {str(number) for number in traces.tickets}
    pending: list[Any] = [event]
    while pending:
        value = pending.pop()
        if isinstance(value, Mapping):
            if value.get("user") in users or value.get("user_id") in users:
                return True
            payload = value.get("event_payload")
            if isinstance(payload, Mapping) and str(payload.get("ticket")) in tickets:
                return True
            if any(value.get(name) in traces.threads for name in ("ts", "thread_ts", "channel", "channel_id")):
                return True
            pending += list(value.values())
        elif isinstance(value, list):
            pending += value
        elif isinstance(value, str) and value.startswith("{"):
            pending.append(_event(value.encode()))
    return False


def _of_mail(raw: bytes, person: Person) -> Whose:
    mail = email.message_from_bytes(raw, policy=email.policy.compat32)
    writers = [address for _, address in email.utils.getaddresses([str(one) for one in mail.get_all("from", [])])]
    if any(person.is_at("email", writer) for writer in writers):
        return Whose.THEIRS
    return Whose.NAMES_THEM if person.stands_in(mail_text(raw)) else Whose.NOT


def _of_dead_letter(body: bytes, headers: Mapping[str, str], traces: Traces) -> Whose:
    letter = _event(body)
    held = unwrapped(str(letter.get("body_base64") or ""))
    stream, sequence = str(letter.get("stream") or ""), letter.get("sequence")
    if (stream, sequence) in traces.places:
        return Whose.THEIRS
    inner = whose(stream, -1, held, headers, traces) if held and stream != "DEADLETTER" else Whose.NOT
    if inner is Whose.NOT and traces.person.stands_in(event_text(body)):
        return Whose.NAMES_THEM
    return inner


def _address(party: Any) -> str | None:
    return str(party.get("address") or "") if isinstance(party, Mapping) else None


def _event(body: bytes) -> Mapping[str, Any]:
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return event if isinstance(event, Mapping) else {}
