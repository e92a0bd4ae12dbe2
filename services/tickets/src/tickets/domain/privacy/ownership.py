"""Whose a message of a stream is: theirs, somebody else's that names them, or nothing to do with them.

Theirs is what they wrote, what was written to them, what tells of a ticket that they asked in, and what the desk
remembers of them. What somebody else wrote stays theirs, whoever it names.
"""

import email
import email.policy
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, Final

import orjson

from tickets.domain.privacy.person import NOBODYS, Identity, Person, as_kept
from tickets.domain.privacy.readable import event_text, mail_text, unwrapped
from ventanilla_contracts.words import identity_kind


class Whose(Enum):
    """What a message has to do with somebody."""

    THEIRS = "theirs"
    GOES_TO_OTHERS = "goes to others"
    """What the desk said in a ticket of theirs to somebody else: it may quote them, and is theirs once it has left."""
    NAMES_THEM = "names them"
    NOT = "not"


@dataclass(frozen=True)
class Traces:
    """How somebody is found where no address of theirs stands.

    Attributes:
        person: by addresses and names.
        tickets: in which they asked.
        others: tickets of others out of which they were taken.
        notifications: that went to them, or about those tickets.
        messages: ids of messages of theirs.
        sources: what providers call what they sent: SIDs of texts and calls.
        places: (stream, sequence) of what was accepted from them.
        events: ids of the events that their messages were.
        threads: of chats, in which their tickets are talked about: the first message's time, or a channel of their own.
        asking: tickets of theirs in which they have written since, and ask still: what is new there stays.
        shared: tickets of theirs in which others wrote or the desk said something to others only: what it said to those
            stays.
        reader: to whom nothing is said in tickets of theirs any more, where `person` is left out.
    """

    person: Person
    tickets: frozenset[int] = frozenset()
    others: frozenset[int] = frozenset()
    notifications: frozenset[str] = frozenset()
    messages: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    places: frozenset[tuple[str, int]] = frozenset()
    events: frozenset[str] = frozenset()
    threads: frozenset[str] = frozenset()
    asking: frozenset[int] = frozenset()
    shared: frozenset[int] = frozenset()
    reader: Person | None = None

    @property
    def of_their_tickets(self) -> "Traces":
        """The same without whom it is about: what they do from now on is not found by it."""
        shared = frozenset(one for one in self.threads if not one.startswith("D"))
        tickets = self.tickets - self.asking
        nobody = Person(())
        return replace(self, person=nobody, reader=self.person, places=frozenset(), threads=shared, tickets=tickets)


_RECEIVED: Final = frozenset({"INTAKE", "ROUTED", "REVISIONS"})
FOLLOWING: Final = frozenset({"DELIVERY", "REDRIVE", "OPERATIONS", "DEADLETTER", "ROUTED"})
"""What follows from what was accepted, and may be later than that. In the others what is later is new, but for what is
told of tickets of theirs: by the desk, or by a chat of the desk's own posts."""
_AUTHORS: Final = ("from", "reply-to", "sender", "return-path")
_NAMES: Final = re.compile(r"\"(?:[^\"\\]|\\.){0,200}\"(?!@)|\([^()]{0,200}\)")
"""Of mailboxes in a header, and comments: an address in them is nobody's who wrote."""
_ANGLE: Final = re.compile(r"<([^<>]{0,400})>")
_ADDRESS: Final = re.compile(r"""(?:"[^"\\]{1,64}"|[^\s<>()\[\]"',:;\\@]{1,128})@[^\s<>()\[\]"',:;\\@]{1,255}""")
CARD: Final = "card."
"""Beginning of the keys under which it is remembered where the card of a ticket stands, and what it shows."""
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
    if stream == "OUTBOUND" and event.get("ticket_number") in traces.shared & traces.tickets:
        return Whose.GOES_TO_OTHERS
    if not traces.person.stands_in(f"{event_text(body)}\n{' '.join(headers.values())}"):
        return Whose.NOT
    # What the desk or a provider keeps beside messages has no other author; but others may have the same name.
    others = stream in _RECEIVED or stream in ("OUTBOUND", "CHAT")
    return Whose.NAMES_THEM if others or not _at_address(body, headers, traces) else Whose.THEIRS


WRITTEN_IN: Final = ("ACCEPTED", "INTAKE")
"""Streams that name everybody who ever wrote, as long as anything of what they wrote is kept: mails, and the rest."""


def writers_of(stream: str, body: bytes) -> list[Identity]:
    """Who has written what lies in one of `WRITTEN_IN`; nobody, where the message does not say so."""
    if stream == "ACCEPTED":
        author = _author(body)
        return [Identity("email", author.lower())] if author else []
    event = _event(body)
    kind, address = identity_kind(str(event.get("channel") or "")), _address(event.get("sender"))
    return [Identity(kind, as_kept(kind, address))] if address else []


def is_newer(stream: str, body: bytes, before: datetime) -> bool:
    """Whether a message that was stored after a time is about something that was accepted after it, too."""
    if stream not in FOLLOWING:
        return True
    event = _event(body)
    if stream != "DEADLETTER":
        return _is_after(_accepted_at(stream, event), before)
    held = str(event.get("stream") or "")
    accepted_at = _accepted_at(held, _event(unwrapped(str(event.get("body_base64") or ""))))
    if accepted_at is None and held not in FOLLOWING:  # a mail, or words of a provider, is as old as it says itself
        headers = event.get("headers")
        accepted_at = headers.get("ce-time") if isinstance(headers, Mapping) else None
    return _is_after(accepted_at, before)


def _accepted_at(stream: str, event: Mapping[str, Any]) -> Any:
    received = event.get("received") if stream == "ROUTED" else event
    acceptance = received.get("acceptance") if isinstance(received, Mapping) else None
    return acceptance.get("accepted_at") if isinstance(acceptance, Mapping) else None


def _is_after(at: Any, before: datetime) -> bool:
    try:
        return datetime.fromisoformat(str(at)) > before
    except (ValueError, TypeError):
        return False


def whose_key(subject: str, body: bytes, traces: Traces, own_keys: frozenset[str]) -> Whose:
    """What a key of a bucket has to do with somebody. Each key is about whoever's address it holds."""
    key = subject.split(".", 2)[-1]
    text = f"{subject}\n{event_text(body)}"
    if key in own_keys:
        return Whose.THEIRS
    if key.startswith(CARD):  # of somebody else's ticket: without it nobody could change what stands in the chat
        return _of_card(body, text, traces)
    if traces.person.by_address.stands_in(text):
        return Whose.THEIRS
    if any(id_ in text for id_ in traces.sources | traces.messages):
        return Whose.THEIRS
    return Whose.NAMES_THEM if traces.person.stands_in(text) else Whose.NOT


def _of_card(body: bytes, text: str, traces: Traces) -> Whose:
    shown = _event(body).get("similar")
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
        if event.get("ticket_number") in traces.tickets - traces.shared:
            return True
        if traces.notifications & {event.get("id"), event.get("notification_id")}:
            return True
        person = traces.reader or person if event.get("ticket_number") in traces.tickets else person
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
    if person.is_at("email", _author(raw)):
        return Whose.THEIRS
    return Whose.NAMES_THEM if person.stands_in(mail_text(raw)) else Whose.NOT


def _author(raw: bytes) -> str | None:
    """Who wrote a mail, as intake-email reads it: of several in From the first. The original is nobody else's."""
    mail = email.message_from_bytes(raw, policy=email.policy.compat32)
    for name in _AUTHORS:
        for value in mail.get_all(name, []):
            for mailbox in _NAMES.sub("", str(value)).split(","):
                angle = _ANGLE.search(mailbox)
                if found := _ADDRESS.findall(angle[1] if angle else mailbox):
                    return str(found[-1])
    return None


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
