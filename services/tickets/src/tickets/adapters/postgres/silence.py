"""Who is told nothing unasked, because they want no texts and there is no other way to them; and who is told all of it
by another way, because no text arrives at the number from which they called. One transaction's look.
"""

from collections.abc import Iterable
from typing import Any

from tickets.adapters.postgres.fallback_store import Fallbacks
from tickets.adapters.postgres.text_wishes import TextWishes
from tickets.domain.correspondence.fallback import Way, mails_of, way_from_call
from tickets.domain.correspondence.notices import Desk
from tickets.domain.correspondence.ways import NO_TEXTS, texted_between
from tickets.domain.settling.incoming import TicketRow


class Silence:
    """The statements of one transaction; where nobody wants no texts it is one, and none where nobody is texted."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def among(self, tickets: Iterable[TicketRow], desk: Desk) -> frozenset[int]:
        """Numbers of the tickets in whose conversations nothing is said unasked: their channel would refuse it.

        Whoever has proven a mail address is told all the same: what the channel refuses goes there.

        Args:
            tickets: as their channels see them (`said_in`); a new one need not be written yet.
        """
        texted = [(one, between) for one in tickets if (between := texted_between(one))]
        unwanted = await TextWishes(self._connection).none_wanted_among({between for _, between in texted})
        found = [one for one, between in texted if between in unwanted]
        return frozenset([one.number for one in found if not await self._is_mailed(one, desk)])

    async def keeps(self, ticket: TicketRow, desk: Desk) -> bool:
        """Whether nothing is said unasked in the conversation of one ticket; as `among`."""
        return bool(await self.among([ticket], desk))

    async def detours(self, tickets: Iterable[TicketRow], desk: Desk) -> dict[int, Way]:
        """Ticket → the way to whoever called from where no text arrives, by the rules for a text that fails.

        Costs no statement for the other tickets: it is for those alone that have no way of their own.

        Args:
            tickets: as their channels see them; a new one need not be written yet.
        """
        fallbacks, found = Fallbacks(self._connection), dict[int, Way]()
        for ticket in tickets:
            if (called := way_from_call(ticket)) and (way := await fallbacks.other(called, NO_TEXTS, ticket, desk)):
                found[ticket.number] = way
        return found

    async def detour(self, ticket: TicketRow, desk: Desk) -> Way | None:
        """The way to whoever called in one ticket; as `detours`."""
        return (await self.detours([ticket], desk)).get(ticket.number)

    async def _is_mailed(self, ticket: TicketRow, desk: Desk) -> bool:
        if not any("@" in box for box in desk.names):
            return False
        known = await Fallbacks(self._connection).known(ticket)
        return any(one.address not in desk.own for one in mails_of(known))
