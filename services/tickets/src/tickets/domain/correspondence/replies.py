"""What a person writes into a ticket, as rows: an agent's answer or note, a customer's line on the status page."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from tickets.domain.rows import MessageRow
from tickets.domain.settling.incoming import TicketRow
from ventanilla_contracts.ids import event_id

MESSAGE_ADDED = "ticket.message_added.v1"
MESSAGE_CHANGED = "ticket.message_changed.v1"
CREATED = "ticket.created.v1"
_LONGEST_HTML = 100_000


def message_row(
    ticket: TicketRow, id_: UUID, event: str, kind: str, channel: str, body: str, now: datetime, **more: Any
) -> MessageRow:
    """A message that did not come through INTAKE; `more` are fields that differ from the plain ones."""
    row = MessageRow(
        id=id_,
        ticket_number=ticket.number,
        kind=kind,
        event_id=event,
        channel=channel,
        account=ticket.account,
        author_address=ticket.requester_address,
        author_name=ticket.requester_name,
        subject=ticket.subject,
        body=body,
        body_html=None,
        body_cut=False,
        language=ticket.language,
        automation="no",
        rfc_message_id=None,
        addressed="{}",
        attachments="[]",
        raw=None,
        sent_at=None,
        accepted_at=now,
        intake_epoch=None,
        intake_sequence=None,
    )
    return replace(row, **more) if more else row


def ticket_event(type_: str, ticket: TicketRow, message_id: UUID, now: datetime, **more: Any) -> dict[str, Any]:
    """The event `TicketCreated` or `TicketMessageAdded`, as plain data."""
    return {
        "id": event_id(type_, event_source(ticket, message_id)),
        "ticket": ticket.snapshot(),
        "occurred_at": now,
        "message_id": str(message_id),
        **more,
    }


def waited_reply(id_: str, name: str, via: str | None) -> dict[str, Any]:
    """What the events `TicketMessageAdded` and `TicketMessageChanged` say of a reply that waited, to be joined to them.

    Args:
        name: whose words they are.
        via: by which way they came; None: they name none.
    """
    return {"held": {"id": id_, "name": name, "via": via or ""}}


def message_changed(
    ticket: TicketRow, message_id: UUID, revision: str, kind: str, now: datetime
) -> tuple[str, dict[str, Any]]:
    """Source and payload of the event `TicketMessageChanged`."""
    source = f"{event_source(ticket, message_id)}/{revision}"
    payload = {
        "id": event_id(MESSAGE_CHANGED, source),
        "ticket": ticket.snapshot(),
        "occurred_at": now,
        "message_id": str(message_id),
        "kind": kind,
    }
    return source, payload


def event_source(ticket: TicketRow, message_id: UUID) -> str:
    """What makes an event about a message of a ticket unique."""
    return f"{ticket.number}/{message_id}"


def answer_subject(subject: str, number: int) -> str:
    """Subject of an answer without number: `Re: RE: Printer [#12]` about ticket 12 → `Printer`."""
    words = " ".join(subject.replace(f"[#{number}]", " ").split())
    while words[:3].lower() == "re:":
        words = words[3:].lstrip()
    return words[:900]


def paragraphs(text: str) -> list[list[str]]:
    """A text as paragraphs of lines, for an HTML template."""
    blocks: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.strip():
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def fitting_html(html: str | None) -> str | None:
    """HTML that an event may carry; too long, the text alone goes out."""
    return html if html and len(html) <= _LONGEST_HTML else None


def thread_of(ids: Iterable[tuple[str, str]]) -> tuple[str | None, Sequence[str]]:
    """The mail that an answer replies to, and the ids of the thread before it, oldest first.

    Args:
        ids: (kind, Message-ID) of the ticket's mails, newest first.
    """
    known = list(ids)
    answered = next((id_ for kind, id_ in known if kind == "customer"), None)
    return answered, [id_ for _, id_ in reversed(known) if id_ != answered]
