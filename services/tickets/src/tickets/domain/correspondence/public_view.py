"""What the holder of a status link may see of a ticket: no notes, no addresses, no names of ours but the desk's."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from tickets.domain.lifecycle import FINAL
from tickets.domain.settling.incoming import TicketRow
from ventanilla_contracts.shown_address import shows_nobody

_OF_A_FILE: Final = ("filename", "size_bytes", "dangerous")


def holder(ticket: TicketRow) -> str:
    """Who holds the ticket: `customer` (we wait for an answer), `nobody` (done), `person`, or `team`."""
    if ticket.status in ("solved", FINAL):
        return "nobody"
    if ticket.status == "pending":
        return "customer"
    return "person" if ticket.assignee else "team"


def masked(address: str) -> str:
    """An address that its owner recognises and nobody else can use: `ana@desk.example` → `a…@desk.example`.

    Of somebody who showed no number nothing: what we call them by, they have never seen.
    """
    if shows_nobody(address):
        return ""
    box, at, domain = address.rpartition("@")
    if not at:
        return f"…{address[-2:]}" if address else ""
    return f"{box[:1]}…@{domain}"


def public_ticket(
    ticket: TicketRow, next_update_by: datetime | None, goes_on_token: str | None = None
) -> dict[str, Any]:
    """The ticket's public part. Of the one into which it was merged it shows the number and nothing else.

    Args:
        next_update_by: when the customer hears next at the latest; None: nothing was promised.
        goes_on_token: of the page of that other one, where it is the reader's to see.
    """
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "status": ticket.status,
        "language": ticket.language,
        "holder": holder(ticket),
        "next_update_by": next_update_by,
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
        "related_to": ticket.related_to,
        "merged_into": ticket.merged_into,
        "goes_on_token": goes_on_token,
    }


def public_message(message: Mapping[str, Any], files: Sequence[Mapping[str, Any]], desk_name: str) -> dict[str, Any]:
    """A message's public part; `author` is the writer's name, else the masked address, else empty.

    Args:
        files: those of the message that the reader may have: `position`, `filename`, `size_bytes`, `dangerous`.
    """
    # Not by the address: anybody may write ours into a From header. Machine mail of others is not among these.
    ours = message["kind"] in ("agent", "automatic")
    author = desk_name if ours else message["author_name"] or masked(message["author_address"])
    return {
        "id": str(message["id"]),
        "from": "desk" if ours else "customer",
        "automatic": message["kind"] == "automatic",
        "author": author,
        "text": message["body"],
        "text_cut": message["body_cut"],
        "attachments": [file["filename"] for file in files],
        "files": [
            {"id": f"{message['id']}.{file['position']}", **{name: file[name] for name in _OF_A_FILE}} for file in files
        ],
        "at": message["accepted_at"],
    }
