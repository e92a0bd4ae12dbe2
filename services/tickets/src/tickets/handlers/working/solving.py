"""What whoever solves a ticket must have said, each time anew; closing one that is not solved asks the same."""

from collections.abc import Collection
from typing import Final

from tickets.adapters.postgres.assignment_store import Assigning
from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.service_levels.policies import DONE
from tickets.domain.settling.incoming import TicketRow
from tickets.errors import Invalid
from tickets.handlers.working.work import DeskDeps

_MOST_SHOWN: Final = 200
"""Characters of what was said last time."""


async def must_be_explained(
    before: TicketRow, ticket: TicketRow, said: Collection[str], transaction: DeskTransaction, deps: DeskDeps
) -> None:
    """Let a ticket be done only with a resolution, and with a cause where its category asks for one.

    What was said before it was reopened explains nothing: it is offered, and whoever means the same says it again.

    Args:
        said: names of fields that come with the change.

    Raises:
        Invalid: one of them is missing.
    """
    if ticket.status not in DONE:
        return
    assigning = transaction.settling.assigning
    if before.status in DONE:
        await _must_stay_explained(before, ticket, assigning)
        return
    old = await assigning.explained_before(ticket.number) - set(said)
    verb = "solved" if ticket.status == "solved" else "ended"
    if deps.solving_needs_resolution and not _fresh(ticket.resolution, "resolution" in old):
        example = _offer(ticket.resolution) or 'such as "toner replaced"'
        raise Invalid("/resolution", f'say what {verb} it: send "resolution" with the status, {example}')
    if not _fresh(ticket.cause, "cause" in old) and await assigning.needs_cause(ticket.category):
        asks = _offer(ticket.cause) or f"the category {ticket.category} asks for one"
        raise Invalid("/cause", f'say what caused it: send "cause" with the status; {asks}')


async def _must_stay_explained(before: TicketRow, ticket: TicketRow, assigning: Assigning) -> None:
    """Let nobody solve a ticket in a category that asks for no cause, and set its category back afterwards."""
    same = before.category == ticket.category and _fresh(before.cause, old=False) == _fresh(ticket.cause, old=False)
    if not same and not _fresh(ticket.cause, old=False) and await assigning.needs_cause(ticket.category):
        raise Invalid("/cause", f'say what caused it: send "cause"; the category {ticket.category} asks for one')


def _fresh(words: str | None, old: bool) -> bool:
    return bool((words or "").strip()) and not old


def _offer(words: str | None) -> str | None:
    """What was said last time, to be said again if it holds."""
    shown = " ".join((words or "").split())
    if not shown:
        return None
    shown = shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}…"
    return f'for the ticket was reopened; last time it was "{shown}", send that again if it holds'
