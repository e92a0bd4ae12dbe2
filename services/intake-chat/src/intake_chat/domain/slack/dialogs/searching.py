"""Tickets to choose from while somebody types: by number, or by words."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from intake_chat.domain.slack.blocks import Option
from intake_chat.domain.slack.dialogs.frames import requester_of
from intake_chat.domain.slack.dialogs.words import term
from ventanilla_contracts.shown_address import readable_address

FIND_TICKET: Final = "find_ticket"
FIND_PROBLEM: Final = "find_problem"
"""Action ids of the fields in which tickets are looked for; in the second only problems."""
MOST_FOUND: Final = 20
_NUMBER: Final = re.compile(r"\s*#?(\d{1,18})\s*\Z")


def number_in(typed: str) -> int | None:
    """The number that somebody typed, with or without `#`; None: these are words."""
    found = _NUMBER.match(typed) if typed.isascii() else None
    return int(found[1]) or None if found else None


def words_in(typed: str) -> str:
    """What to look for, as the ticket service takes it."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in typed).split())[:200]


def offered(found: Sequence[Mapping[str, Any]], leave_out: int | None, language: str) -> list[Option]:
    """Tickets as options, each once.

    Args:
        leave_out: the one that the dialog is about.
    """
    each = {ticket["number"]: ticket for ticket in found if ticket.get("merged_into") is None}
    each.pop(leave_out, None)
    return [option(ticket, language) for ticket in list(each.values())[:MOST_FOUND]]


def option(ticket: Mapping[str, Any], language: str) -> Option:
    """A ticket as something to choose."""
    person = requester_of(ticket)
    whose = person["name"] or readable_address(person["address"], language)
    about = f"{term('status.' + str(ticket['status']), language)} · {whose}"
    return Option(f"#{ticket['number']} {ticket['subject']}", str(ticket["number"]), about)
