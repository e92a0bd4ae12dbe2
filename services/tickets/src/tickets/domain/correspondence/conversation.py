"""The conversation so far, as a reply quotes it below the agent's words: newest first, new words only, bounded.

A message is quoted only to people who may read it: who wrote it, who got it, and, of what customers say, the requester.
One mail goes to all its recipients, so one of them who may not read something keeps it out.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from tickets.domain.correspondence.public_view import masked
from tickets.domain.correspondence.replies import paragraphs
from tickets.domain.settling.incoming import TicketRow
from ventanilla_contracts.shown_address import readable_address

MOST_MESSAGES = 5
MOST_BYTES = 20_000
MOST_CHARS = 6_000
"""Of one message; what is longer is cut, with a mark."""
_MOST_LINES = 200
_LONGEST_NAME = 60
_CUT = "[…]"


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the conversation.

    Attributes:
        words: only what was newly written, at most `MOST_CHARS`.
        readers: addresses of those who wrote it or got it.
        cut: it goes on.
    """

    kind: str
    author_address: str
    author_name: str
    at: datetime
    words: str
    readers: frozenset[str]
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Quoted:
    """One quotation, for the templates.

    Attributes:
        name: of the writer; of the desk's people the desk's name.
        text: each line behind `> `.
        paragraphs: the same words as paragraphs of lines.
    """

    name: str
    at: datetime
    text: str
    paragraphs: Sequence[Sequence[str]]


def said(row: Mapping[str, Any]) -> Said:
    """A message from a row of the query `conversation`."""
    addressed: Mapping[str, Any] = orjson.loads(row["addressed"])
    named = {one["address"] for role in ("to", "cc", "bcc") for one in addressed.get(role, ())}
    return Said(
        kind=row["kind"],
        author_address=row["author_address"],
        author_name=row["author_name"],
        at=row["accepted_at"],
        words=row["words"],
        readers=frozenset({row["author_address"], *named}),
        cut=row["cut"],
    )


def quoted(
    conversation: Iterable[Said], ticket: TicketRow, recipients: Collection[str], desk_name: str
) -> list[Quoted]:
    """What of a conversation goes into a mail.

    Args:
        conversation: newest first.
        recipients: addresses of all who get the mail.
    """
    found: list[Quoted] = []
    left = MOST_BYTES
    for message in conversation:
        if len(found) == MOST_MESSAGES or left <= 0:
            break
        if not all(_may_read(address, message, ticket) for address in recipients):
            continue
        words, cut = _bounded(message.words.strip(), message.cut, left)
        if not words:
            continue
        left -= len(words.encode("utf-8", "replace"))
        if cut:
            words = f"{words}\n{_CUT}"
        found.append(Quoted(_name(message, ticket, desk_name), message.at, _behind_marks(words), paragraphs(words)))
    return found


def _may_read(address: str, message: Said, ticket: TicketRow) -> bool:
    return address in message.readers or (address == ticket.requester_address and message.kind == "customer")


def _bounded(words: str, cut: bool, most_bytes: int) -> tuple[str, bool]:
    lines = words[:MOST_CHARS].split("\n")
    kept = "\n".join(lines[:_MOST_LINES])
    # Cutting between bytes may split a character: its rest goes.
    kept = kept.encode("utf-8", "replace")[:most_bytes].decode("utf-8", "ignore").rstrip()
    return kept, cut or len(kept) < len(words)


def _behind_marks(words: str) -> str:
    return "\n".join([f"> {line}" if line else ">" for line in words.split("\n")])


def _name(message: Said, ticket: TicketRow, desk_name: str) -> str:
    if message.kind == "agent":
        return desk_name or ticket.account
    name = " ".join(message.author_name.split())[:_LONGEST_NAME].strip()
    return name or masked(message.author_address) or readable_address(message.author_address, ticket.language)
