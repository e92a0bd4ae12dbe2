"""What a person gets who asks what the desk keeps of them: theirs, whole, and nothing of anybody else.

Given are the tickets in which they ask, what they wrote anywhere, what the desk said to them anywhere, their files and
originals, and what the desk remembers of them. Notes are the desk's own thoughts, what others wrote is theirs, and what
the desk said to others (whoever asked in the ticket before, too) is those's: of each it is told how many there are. In
subjects and texts nothing is blackened: they wrote or got them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from tickets.adapters.postgres.export_store import Kept, read_kept
from tickets.handlers.privacy.find import Found

FORMAT: Final = "ventanilla-person-1"
_TICKET: Final = (
    "number", "subject", "type", "category", "status", "channel", "language", "created_at", "updated_at",
    "first_response_at", "solved_at", "closed_at", "resolution",
)  # fmt: skip
_MESSAGE: Final = ("id", "channel", "subject", "language", "sent_at", "accepted_at", "edited_at", "deleted_at")


@dataclass(frozen=True, slots=True)
class Piece:
    """A file of the export: what it is called there, and where its bytes lie."""

    path: str
    place: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PersonData:
    """An export without the bytes of files."""

    data: Mapping[str, Any]
    pieces: tuple[Piece, ...]


async def export_person(found: Found, connection: Any, status_link: Callable[[int, int], str]) -> PersonData:
    """Everything of somebody.

    Args:
        connection: outside of any transaction; everything is read as of one moment.
        status_link: (ticket, epoch) → address of the page on which its customer follows it.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        kept = await read_kept(connection, found.person.identities, found.own, found.others)
    pieces: list[Piece] = []
    messages: dict[int, list[dict[str, Any]]] = {}
    for row in kept.messages:
        messages.setdefault(row["ticket_number"], []).append(_message(row, pieces))
    tickets = [
        {
            **{name: row[name] for name in _TICKET},
            "asked_as": {"name": row["requester_name"], "address": row["requester_address"]},
            "status_page": status_link(row["number"], row["page_epoch"]),
            "messages": messages.pop(row["number"], []),
            "not_given": dict(kept.left_out.get(row["number"], {})),
        }
        for row in kept.tickets
    ]
    data = {
        "format": FORMAT,
        "made_at": datetime.now(UTC),
        "person": {**found.as_data(), "legal_holds": len(found.held)},
        "tickets": tickets,
        "written_in_tickets_of_others": [
            {"ticket": number, "messages": written} for number, written in sorted(messages.items())
        ],
        **_around(kept, pieces),
    }
    # Once each: what was released from quarantine is a message too, with the same original.
    return PersonData(data, tuple({piece.path: piece for piece in pieces}.values()))


def _message(row: Mapping[str, Any], pieces: list[Piece]) -> dict[str, Any]:
    theirs = row["theirs"]
    files = []
    for place, file in enumerate(row["attachments"], 1):
        path = f"files/{row['id']}-{place}{_ending(str(file.get('filename') or ''))}"
        files.append(
            {**{name: file.get(name) for name in ("filename", "content_type", "size_bytes", "sha256")}, "file": None}
        )
        if file.get("blob"):
            files[-1]["file"] = path
            pieces.append(Piece(path, file["blob"]))
    original = None
    if theirs and row["raw"]:
        original = f"originals/{row['id']}.eml"
        pieces.append(Piece(original, row["raw"]))
    return {
        **{name: row[name] for name in _MESSAGE},
        "from": "you" if theirs else "the desk",
        "name": row["author_name"],
        "text": row["body"],
        "delivery": row["delivery_state"],
        "attachments": files,
        "original": original,
    }


def _around(kept: Kept, pieces: list[Piece]) -> dict[str, Any]:
    found: dict[str, Any] = {name: list(rows) for name, rows in kept.around.items()}
    for row in found["quarantine"]:
        raw = row.pop("raw")
        row["original"] = f"originals/{row['id']}.eml" if raw else None
        if raw:
            pieces.append(Piece(row["original"], raw))
    return found


def _ending(filename: str) -> str:
    """The ending of a name, as far as any system takes it."""
    _, dot, ending = filename.rpartition(".")
    return f".{ending.lower()}" if dot and ending.isascii() and ending.isalnum() and len(ending) <= 8 else ""
