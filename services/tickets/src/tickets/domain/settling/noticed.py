"""What an agent is told of a message beside its words: what of it was left out, what it carries that can do harm."""

from collections.abc import Iterator

from tickets.domain.rows import HistoryRow
from tickets.domain.settling.incoming import Incoming

INCOMPLETE, DANGEROUS = "message.incomplete", "message.dangerous_files"


def noticed(number: int, message: Incoming) -> Iterator[HistoryRow]:
    """Lines of a ticket's history about a message that joins it."""
    named = {"message": str(message.id)}
    if message.notes:
        yield HistoryRow(number, message.accepted_at, "desk", INCOMPLETE, {**named, "notes": list(message.notes)})
    if message.dangerous:
        files = [{"filename": filename, "dangerous": why} for filename, why in message.dangerous]
        yield HistoryRow(number, message.accepted_at, "desk", DANGEROUS, {**named, "files": files})
