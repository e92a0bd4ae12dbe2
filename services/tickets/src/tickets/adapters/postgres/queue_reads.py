"""Reads what waits for an agent: few statements for a page, however many tickets there are.

Who has up to a few thousand tickets gets all of them put in order. Who has more gets those that fall due next, found
along the index of what falls due next on the whole desk: with so many, enough of them come soon.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from tickets.adapters.postgres.agent_calendars import at_their_calendars
from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.desk_store import agent_of
from tickets.adapters.postgres.level_documents import Levels
from tickets.adapters.postgres.planned import planned
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.ladders.rotas import on_call, shifts
from tickets.domain.staffing.people import Agent, Presence

_SQL = load_queries("queues")
MOST_COUNTED: Final = 1_000
"""So many and more are `1000`: nobody acts on the difference, and counting all would cost."""
_MOST_SORTED: Final = 2_000
_MOST_READ: Final = 5_000
"""Whose words are read one by one; beyond, the search finds them sooner."""
_AHEAD: Final = timedelta(days=7)
"""So far it is said until when somebody is on call."""
_PARTS: Final = {
    "rank": "(case priority when 'urgent' then 0 when 'high' then 1 when 'normal' then 2 else 3 end)",
    "mine": "ticket.assignee = $1 and ticket.status <> 'closed' and ticket.status <> 'solved'",
    "unassigned": "ticket.team = any($WHOSE::text[]) and ticket.assignee is null and ticket.status in ('new', 'open')",
    "by_hand": "automation <> all('{auto-replied,auto-generated,bounce,feedback,dsn}')",
    # What the requester may read; see `public_messages`.
    "public": "message.ticket_number = ticket.number and message.kind in ('customer', 'agent')"
    " and not coalesce((addressed ->> 'aside')::boolean, false) and not exists (select from participant"
    " where participant.ticket_number = ticket.number and role = 'aside' and address = message.author_address)",
    # An agent's word, or a call in which an agent talked with the customer.
    "answer": "(message.kind = 'agent' or addressed ->> 'taken_by' is not null)",
    "waiting": "(select not {answer} from message where {public} and (message.kind = 'agent' or {by_hand})"
    " order by accepted_at desc, intake_sequence desc limit 1)",
}
_NARROWING: Final = ("ticket.team = any($2::text[])", "ticket.channel = any($3::text[])", "{rank} = any($4::integer[])")
_URGENCIES: Final = ("urgent", "high", "normal", "low")
MINE, UNASSIGNED, WAITING = "mine", "unassigned", "waiting"


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which tickets of a view; None: any.

    Attributes:
        words: `tsquery` text that must hold, for queues that are short.
        numbers: only these, the newest that hold the words asked for, for others.
    """

    teams: Sequence[str] | None = None
    channels: Sequence[str] | None = None
    priorities: Sequence[str] | None = None
    numbers: Sequence[int] | None = None
    words: str | None = None

    def arguments(self) -> tuple[list[Any], ...]:
        """Teams, channels and places of the priorities, in the order of the queries; empty: not asked for."""
        urgencies = [_URGENCIES.index(one) for one in self.priorities or ()]
        return list(self.teams or ()), list(self.channels or ()), urgencies

    @property
    def sought(self) -> bool:
        """Words are asked for: whatever they leave is short."""
        return self.words is not None or self.numbers is not None

    def narrows(self) -> tuple[bool, ...]:
        """Which of them are asked for."""
        return self.teams is not None, self.channels is not None, self.priorities is not None


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a ticket stands in a queue: what falls due first is first, then urgency, then age."""

    due_at: datetime | None
    rank: int
    number: int


@dataclass(frozen=True, slots=True)
class OnCall:
    """That somebody is on call now; `until` is None where that is more than a week off."""

    rota: str
    until: datetime | None


class QueueReads:
    """Every method raises `DatabaseAway` when Postgres does not answer."""

    def __init__(self, database: Database, levels: Levels) -> None:
        self._database = database
        self._levels = levels

    async def now(self) -> datetime:
        """The database's clock."""
        return await self._database.now()

    async def spots(
        self, view: str, whose: str | Sequence[str], wanted: QueueFilter, after: Spot | None, limit: int
    ) -> list[Spot]:
        """The next tickets of a queue behind a place.

        Args:
            view: `mine`, `waiting` (of theirs, those whose customers spoke last), or `unassigned`.
            whose: handle of the agent; names of teams for `unassigned`.
        """
        asked = (whose, *wanted.arguments())
        async with planned(self._database) as connection:
            if wanted.sought or await self._held(connection, view, asked, wanted, _MOST_SORTED):
                numbers = None if wanted.numbers is None else list(wanted.numbers)
                place = (after.due_at, after.rank, after.number) if after else (None, None, None)
                query = _query("few", view, wanted)
                rows = await connection.fetch(query, *asked, numbers, *place, limit, wanted.words)
            else:
                rows = await self._along(connection, view, asked, wanted, after, limit)
        return [Spot(row["next_due_at"], row["rank"], row["number"]) for row in rows]

    async def are_few(self, view: str, whose: str | Sequence[str], wanted: QueueFilter) -> bool:
        """Whether a queue is short enough for reading the words of every ticket of it."""
        async with planned(self._database) as connection:
            return await self._held(connection, view, (whose, *wanted.arguments()), wanted, _MOST_READ)

    async def _held(self, connection: Any, view: str, asked: Sequence[Any], wanted: QueueFilter, most: int) -> bool:
        query = _query("held", UNASSIGNED if view == UNASSIGNED else MINE, wanted)
        held: int = await connection.fetchval(query, *asked, most + 1)
        return held <= most

    async def _along(
        self,
        connection: Any,
        view: str,
        asked: Sequence[Any],
        wanted: QueueFilter,
        after: Spot | None,
        limit: int,
    ) -> list[Any]:
        rows: list[Any] = []
        behind: tuple[int | None, int | None] = (after.rank, after.number) if after else (None, None)
        if after is None or after.due_at is not None:
            due_at = after.due_at if after else None
            rows = await connection.fetch(_query("due", view, wanted), *asked, due_at, *behind, limit)
            behind = (None, None)
        if len(rows) < limit:
            rows += await connection.fetch(_query("undue", view, wanted), *asked, *behind, limit - len(rows))
        return rows

    async def items(self, numbers: Sequence[int]) -> list[Mapping[str, Any]]:
        """Rows of tickets in this order, each with what was said last and since when its customer waits."""
        return await self._database.fetch(_query("items"), list(numbers)) if numbers else []

    async def mentions(self, handle: str, wanted: QueueFilter, before: int | None, limit: int) -> list[Any]:
        """Notes that name an agent and that they have not read, newest first."""
        return await self._database.fetch(
            _query("mentions", "", wanted), handle, *wanted.arguments(), wanted.words, before, limit
        )

    async def paged(
        self, handle: str, wanted: QueueFilter, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[Any]:
        """Pages that wait for an agent, the first to be answered first."""
        place = after or (None, None)
        return await self._database.fetch(
            _query("paged", "", wanted), handle, *wanted.arguments(), wanted.words, *place, limit
        )

    async def on_call(self, handle: str) -> list[OnCall]:
        """What an agent is on call for at this moment, by the name of the rota."""
        async with self._database.connection() as connection:
            await self._levels.refresh(connection)
        now = await self._database.now()
        found = []
        for name, rota in sorted(self._levels.rotas.items()):
            if on_call(rota, now) == handle:
                (_, until), _ = next(iter(shifts(rota, now, now + _AHEAD)))
                found.append(OnCall(name, until if until < now + _AHEAD else None))
        return found

    async def adopted(self, handle: str) -> list[str]:
        """Retired teams whose tickets an agent sees beside those of their own teams."""
        return [row["name"] for row in await self._database.fetch(_SQL["adopted"], handle)]

    async def counts(self, handle: str, teams: Sequence[str]) -> Mapping[str, int]:
        """How much each view holds, `MOST_COUNTED` at most."""
        async with planned(self._database) as connection:
            row = await connection.fetchrow(_query("counts"), handle, list(teams), MOST_COUNTED, _MOST_SORTED)
            return dict(row)

    async def pulse(self, team: str) -> Mapping[str, Any]:
        """Numbers of a team."""
        async with planned(self._database) as connection:
            return dict(await connection.fetchrow(_query("pulse"), team, MOST_COUNTED))

    async def people(self, team: str) -> list[tuple[Agent, Presence]]:
        """Active members of a team with whether they are there."""
        rows = await self._database.fetch(_SQL["people"], team)
        agents = await at_their_calendars(self._database, [agent_of(row) for row in rows])
        presences = (Presence(row["availability"], row["absent_until"]) for row in rows)
        return list(zip(agents, presences, strict=True))


def _query(name: str, view: str = "", wanted: QueueFilter | None = None) -> str:
    return _built(name, view, wanted.narrows() if wanted else (False, False, False))


@cache
def _built(name: str, view: str, narrows: tuple[bool, ...]) -> str:
    unassigned = _PARTS["unassigned"].replace("$WHOSE", "$2" if name == "counts" else "$1")
    # Each must stand in a query, because it is given; where it is not asked for, it is only looked at.
    whose = [unassigned if view == UNASSIGNED else _PARTS["mine"]]
    for asked, condition, place in zip(narrows, _NARROWING, ("$2::text[]", "$3::text[]", "$4::integer[]"), strict=True):
        whose.append(condition if asked else f"{place} is not null")
    parts = {
        **_PARTS,
        "unassigned": unassigned,
        "whose": " and ".join(whose),
        "narrow": " and ".join(whose[1:]),
        "also": "and {waiting}" if view == WAITING else "",
    }
    return filled(_SQL[name], parts)


def filled(text: str, parts: Mapping[str, str] = _PARTS) -> str:
    """A query with what it shares with others in its places."""
    for part in ("whose", "narrow", "also", "mine", "unassigned", "waiting", "answer", "public", "by_hand", "rank"):
        text = text.replace(f"{{{part}}}", parts.get(part, ""))
    return text
