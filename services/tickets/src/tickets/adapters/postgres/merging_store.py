"""What is written and read when tickets are merged, and when they part again: statements of one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from tickets.adapters.postgres.queries import load_queries
from tickets.adapters.postgres.talking_store import talked_in
from tickets.domain.correspondence.participants import Person
from tickets.domain.correspondence.ways import TalkedIn
from tickets.domain.joining.merging import MOST_MERGED, Joining, Standing, Wish
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.timers.lifecycle_timers import SNOOZE

_SQL = load_queries("merging")
_MOST_SEARCHED = 500
"""Of the messages that go back, so many of the newest are found there by their words."""


@dataclass(frozen=True, slots=True)
class Returned:
    """A message that went back to the ticket that it belongs to.

    Attributes:
        words: subject and what is newly written, cut; of the newest alone.
        aside: its author was written to aside, so it is no word of the customer's.
    """

    id: UUID
    kind: str
    channel: str
    words: str
    language: str | None
    author_address: str
    author_name: str
    accepted_at: datetime
    aside: bool


class Merging:
    """The statements; the tickets are locked by whoever calls."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def merged_into(self, number: int) -> int | None:
        """The ticket in which one goes on at this moment, locked or not; None: in none."""
        found: int | None = await self._connection.fetchval(_SQL["merged_into"], number)
        return found

    async def exists(self, number: int) -> bool:
        """Whether there is such a ticket."""
        return bool(await self._connection.fetchval(_SQL["exists"], number))

    async def rekey(self, number: int) -> None:
        """Let links to a ticket's page that were given out so far lead nowhere."""
        await self._connection.execute(_SQL["rekey"], number)

    async def merged_here(self, number: int) -> list[int]:
        """Tickets that go on in this one."""
        return [row["number"] for row in await self._connection.fetch(_SQL["merged_here"], number, MOST_MERGED)]

    async def talked_in(self, ticket: TicketRow) -> TalkedIn | None:
        """The conversation in which whoever asks last wrote, where that is one of a ticket that was merged into it."""
        return (await talked_in(self._connection, [ticket])).get(ticket.number)

    async def waits(self, number: int) -> bool:
        """Whether a ticket's customer spoke last."""
        return bool(await self._connection.fetchval(_SQL["waits"], number))

    async def snoozed_until(self, number: int) -> datetime | None:
        """Until when a ticket is put aside."""
        until: datetime | None = await self._connection.fetchval(_SQL["snoozed_until"], number, SNOOZE)
        return until

    async def lead_on(self, number: int, into: int | None) -> None:
        """Say where a ticket goes on; None: it is its own again."""
        await self._connection.execute(_SQL["lead_on"], number, into)

    async def note(
        self,
        before: TicketRow,
        wish: Wish,
        joining: Joining,
        followers: Sequence[str],
        actor: str,
        at: datetime,
        snoozed_until: datetime | None,
    ) -> int:
        """Remember a merging and what the ticket was like before it; returns its number."""
        joined = _as_json({person.address: at.isoformat() for person in joining.people})
        id_: int = await self._connection.fetchval(
            _SQL["note"], before.number, wish.into, at, actor, wish.reason, wish.share, before.status, before.solved_at,
            snoozed_until, joined, list(followers),
        )  # fmt: skip
        return id_

    async def note_told(self, id_: int, told: Sequence[int]) -> None:
        """Remember of which tickets the requesters were told of a merging."""
        await self._connection.execute(_SQL["note_told"], id_, list(told))

    async def standing(self, number: int) -> Standing | None:
        """How a ticket was merged that still is."""
        row = await self._connection.fetchrow(_SQL["standing"], number)
        if row is None:
            return None
        return Standing(
            id=row["id"],
            ticket_number=row["ticket_number"],
            into=row["into_number"],
            at=row["at"],
            shared=row["shared"],
            status=row["status"],
            solved_at=row["solved_at"],
            snoozed_until=row["snoozed_until"],
            joined=orjson.loads(row["joined"]),
            followers=tuple(row["followers"]),
            told=tuple(row["told"]),
        )

    async def undo(self, id_: int, at: datetime, actor: str, reason: str) -> None:
        """Remember that a merging stands no more."""
        await self._connection.execute(_SQL["undo"], id_, at, actor, reason)

    async def follow(self, number: int, into: int, at: datetime, why: str) -> list[str]:
        """Let whoever has or follows a ticket follow another one; returns those who did not yet."""
        return [row["agent"] for row in await self._connection.fetch(_SQL["follow"], number, into, at, why)]

    async def unfollow(self, standing: Standing) -> None:
        """Take back what `follow` did, as far as no other merged ticket asks for it."""
        await self._connection.execute(_SQL["unfollow"], standing.into, list(standing.followers), standing.at)

    async def part(self, standing: Standing) -> list[str]:
        """Let those leave who came only because of a merging, as far as no other brings them; returns who left."""
        staying: dict[int, dict[str, str]] = {}
        joined = dict(standing.joined)
        for row in await self._connection.fetch(_SQL["heirs"], standing.into, standing.id, list(joined)):
            if row["address"] in joined:
                staying.setdefault(row["id"], {})[row["address"]] = joined.pop(row["address"])
        for id_, people in staying.items():
            await self._connection.execute(_SQL["inherit"], id_, _as_json(people))
        return await self.leave(standing.into, joined)

    async def leave(self, number: int, people: Mapping[str, str]) -> list[str]:
        """Let people leave a ticket who take part since these times (address → time); returns who did."""
        if not people:
            return []
        rows = await self._connection.fetch(_SQL["leave"], number, _as_json(people))
        return sorted(row["address"] for row in rows)

    async def take_back(self, number: int, merged_into: int) -> list[Returned]:
        """Move what came by a merged ticket back to it, oldest first; the ledger follows."""
        rows = await self._connection.fetch(_SQL["take_back"], number, merged_into, _MOST_SEARCHED)
        found = [Returned(**dict(row)) for row in rows]
        if found:
            await self._connection.execute(_SQL["settled_there"], number, [one.id for one in found])
        return found

    async def brought_along(self, number: int, messages: Sequence[UUID]) -> dict[Person, datetime]:
        """Whom these messages brought into copy of a ticket, since when."""
        rows = await self._connection.fetch(_SQL["brought_along"], number, [str(id_) for id_ in messages])
        return {Person(row["address"], row["name"]): row["added_at"] for row in rows}

    async def last_answer(self, number: int) -> datetime | None:
        """When a person last answered publicly in a ticket."""
        at: datetime | None = await self._connection.fetchval(_SQL["last_answer"], number)
        return at


def _as_json(people: Mapping[str, str]) -> str:
    return orjson.dumps(dict(people)).decode()
