"""One update of a problem to everybody whom it concerns: what it says to whom, and how far it has come. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tickets.domain.joining.links import PROBLEM
from tickets.domain.joining.merging import must_be_its_own
from tickets.domain.settling.incoming import TicketRow
from tickets.errors import Refused

KIND: Final = "update_all"
"""Of the row in `due` that stands for what is still to be told."""
UPDATED: Final = "incidents.updated"
AT_ONCE: Final = 20
"""Incidents that are told before the answer; the others come by themselves."""
WAITING, TOLD, FAILED, SKIPPED = "waiting", "told", "failed", "skipped"
STATES: Final = (WAITING, TOLD, FAILED, SKIPPED)


@dataclass(frozen=True, slots=True)
class Update:
    """What is said.

    Attributes:
        texts: language → words.
        internal: as a note, to nobody outside.
        status: what incidents become with it; None: what follows from a reply.
    """

    texts: Mapping[str, str]
    internal: bool = False
    status: str | None = None
    resolution: str | None = None
    cause: str | None = None

    def text_in(self, language: str) -> str:
        """The words for somebody who should be spoken to in this language; the others where there are none."""
        return self.texts.get(language) or next(iter(self.texts.values()))

    @property
    def fields(self) -> dict[str, Any]:
        """Fields of an incident that change with it."""
        named = {"resolution": self.resolution, "cause": self.cause}
        return {name: value for name, value in named.items() if value is not None}


@dataclass(frozen=True, slots=True)
class StoredUpdate:
    """An update as it is remembered, with whose it is."""

    id: int
    ticket_number: int
    update: Update
    token_id: int
    name: str
    actor: str
    agent: str | None
    via: str | None


def must_be_problem(ticket: TicketRow) -> None:
    """Let only problems speak to all.

    Raises:
        Refused: it is something else, or has gone on elsewhere.
    """
    must_be_its_own(ticket)
    if ticket.type != PROBLEM:
        raise Refused(f"ticket {ticket.number} is of type {ticket.type}; only a problem has incidents")


def why_skipped(status: str, merged_into: int | None) -> str | None:
    """Why nobody is told on a ticket any more, though it was open a moment ago; None: somebody waits."""
    if merged_into is not None:
        return f"it was merged into {merged_into}"
    return f"it is {status}" if status in ("solved", "closed") else None
