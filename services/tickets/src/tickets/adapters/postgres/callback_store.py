"""Callbacks as rows: written with what asks for them, followed along with their tickets, and read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.level_documents import Levels
from tickets.adapters.postgres.queries import load_queries
from tickets.adapters.postgres.timers import add_timers, remove_timers
from tickets.domain.callbacks.following import news_in
from tickets.domain.callbacks.wishes import KIND, TALKING, Attempt, Callback, Report
from tickets.domain.rows import Settlement, Timer
from tickets.domain.service_levels.calendars import Calendar

_SQL = load_queries("callbacks")
_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class TeamHours:
    """Teams in use that were asked for; `calendars` has those that name a calendar in force."""

    teams: frozenset[str] = frozenset()
    calendars: Mapping[str, Calendar] = field(default_factory=dict)

    def of(self, team: str) -> Calendar | None:
        """When a team is there; None: always."""
        return self.calendars.get(team)


class Callbacks:
    """The statements of a transaction that concern callbacks; the tickets are locked."""

    def __init__(self, connection: Any, levels: Levels) -> None:
        self._connection = connection
        self._levels = levels

    async def hours(self, teams: Collection[str]) -> TeamHours:
        """When teams are there, by the calendars in force."""
        await self._levels.refresh(self._connection)
        known = self._levels.calendars_in_force()
        rows = await self._connection.fetch(_SQL["calendars"], sorted(set(teams)))
        calendars = {row["name"]: known[row["calendar"]] for row in rows if row["calendar"] in known}
        return TeamHours(frozenset(row["name"] for row in rows), calendars)

    async def add(self, callbacks: Sequence[Callback]) -> None:
        """Write new ones with the rows that begin them.

        Raises:
            UniqueViolationError: one of the tickets has an open one to the number.
        """
        if not callbacks:
            return
        columns = zip(
            *(
                (
                    c.id, c.ticket_number, c.team, c.agent, c.number, c.account, c.asked_by, c.asked_at, c.wanted_at,
                    c.next_at,
                )
                for c in callbacks
            ),
            strict=True,
        )  # fmt: skip
        await self._connection.execute(_SQL["insert"], *map(list, columns))
        await add_timers(self._connection, [(c.ticket_number, KIND, _timer(c)) for c in callbacks])

    async def find(self, id_: UUID) -> Callback | None:
        """One of them."""
        row = await self._connection.fetchrow(_SQL["one"], id_)
        return None if row is None else callback_of(row)

    async def others(self, callback: Callback) -> list[Callback]:
        """Others to its number that go on, or have ended since it was asked for; nobody else begins one meanwhile."""
        await self._connection.execute(_SQL["one_number"], callback.number)
        rows = await self._connection.fetch(_SQL["others"], callback.number, callback.id, callback.asked_at, _MOST)
        return [callback_of(row) for row in rows]

    async def talked_in(self, callback: Callback) -> int | None:
        """Number of the ticket in which its customer has called and talked with the team since it was asked for."""
        number: int | None = await self._connection.fetchval(
            _SQL["talked_in"], callback.number, callback.ticket_number, callback.team, callback.wanted_at
        )
        return number

    async def attempt(self, callback: Callback) -> Attempt | None:
        """Its newest attempt."""
        rows = await self._connection.fetch(_SQL["attempts"], [callback.id])
        return next((_attempt(row) for row in rows if row["attempt"] == callback.attempt), None)

    async def outcomes(self, callback: Callback) -> list[str | None]:
        """What came of each of its attempts, the oldest first; None: it goes on."""
        return [row["outcome"] for row in await self._connection.fetch(_SQL["attempts"], [callback.id])]

    async def open_of(self, numbers: Collection[int]) -> list[Callback]:
        """Open ones of these tickets."""
        return [callback_of(row) for row in await self._connection.fetch(_SQL["open_of"], sorted(set(numbers)))]

    async def asked_lately(self, numbers: Collection[str], now: datetime) -> dict[str, int]:
        """How many callbacks that callers asked for have rung, for each of these telephone numbers, within a day."""
        rows = await self._connection.fetch(_SQL["asked_lately"], sorted(set(numbers)), now)
        return {row["number"]: row["asked"] for row in rows}

    async def known_by(self, pairs: Sequence[tuple[int, str]]) -> set[int]:
        """Those tickets of (ticket, telephone number) whose requester is known by the number."""
        if not pairs:
            return set()
        rows = await self._connection.fetch(_SQL["whose"], *map(list, zip(*pairs, strict=True)))
        return {row["ticket_number"] for row in rows}

    async def phones(self, contact: int) -> list[str]:
        """Numbers by which somebody is known, the surest first."""
        return [row["address"] for row in await self._connection.fetch(_SQL["phones"], contact)]

    async def begin(self, callback: Callback, now: datetime) -> None:
        """Write a callback whose next attempt has begun."""
        await self._connection.execute(_SQL["begin"], callback.id, callback.attempt, now)
        await self.save(callback)

    async def report(self, callback: Callback, report: Report, now: datetime) -> None:
        """Write what came of its newest attempt, and the callback as it is after it."""
        outcome = None if callback.state == TALKING else report.outcome
        await self._connection.execute(
            _SQL["report"], callback.id, callback.attempt, outcome, report.agent, report.seconds, report.call, now
        )
        await self.save(callback)

    async def save(self, callback: Callback) -> None:
        """Write a callback as it is now; what waits for its time waits for the new one."""
        await self._connection.execute(
            _SQL["save"], callback.id, callback.state, callback.attempt, callback.next_at, callback.outcome,
            callback.ended_at, callback.agent,
        )  # fmt: skip
        if callback.open:
            await add_timers(self._connection, [(callback.ticket_number, KIND, _timer(callback))])
        else:
            await self.forget(callback.ticket_number, callback.id)

    async def forget(self, number: int, id_: UUID) -> None:
        """Let no worker look at it again."""
        await remove_timers(self._connection, [(number, KIND, str(id_))])

    async def withdraw(self, callbacks: Sequence[Callback], at: datetime) -> None:
        """End these, and let a worker tell whoever rings."""
        if callbacks:
            await self._connection.execute(_SQL["withdraw"], [one.id for one in callbacks], at)

    async def move(self, number: int, into: int) -> None:
        """Let what waits go on in the ticket into which another is merged; both are locked."""
        await self._connection.execute(_SQL["move"], number, into)

    async def follow(self, rows: Settlement) -> None:
        """Write new callbacks, and do what new lines of histories mean for others; most of them mean nothing."""
        await self.add(rows.callbacks)
        news = news_in(rows.history)
        if news.handed:
            await self._connection.execute(_SQL["hand_over"], list(news.handed), list(news.handed.values()))
        over = news.withdrawals(await self.open_of(news.tickets)) if news.tickets else []
        if over:
            rows.history += [line for _, line in over]
            await self.withdraw([one for one, _ in over], max(line.at for _, line in over))


class CallbackReads:
    """Callbacks, for whoever asks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_ticket(self, number: int) -> list[tuple[Callback, list[Attempt]]]:
        """A ticket's callbacks with their attempts, newest first.

        Raises:
            DatabaseAway: Postgres does not answer.
        """
        return await self._shown(number, None)

    async def one(self, id_: UUID) -> tuple[Callback, list[Attempt]] | None:
        """One of them with its attempts.

        Raises:
            DatabaseAway: Postgres does not answer.
        """
        return next(iter(await self._shown(None, id_)), None)

    async def _shown(self, number: int | None, id_: UUID | None) -> list[tuple[Callback, list[Attempt]]]:
        found: dict[UUID, tuple[Callback, list[Attempt]]] = {}
        for row in await self._database.fetch(_SQL["shown"], number, id_, _MOST):
            _, attempts = found.setdefault(row["id"], (callback_of(row), []))
            if row["tried"] is not None:
                attempts.append(
                    Attempt(
                        row["tried"],
                        row["begun_at"],
                        row["tried_outcome"],
                        row["tried_agent"],
                        row["seconds"],
                        row["call"],
                        row["tried_ended_at"],
                    )
                )
        return list(found.values())


def callback_of(row: Any) -> Callback:
    """A callback from its row."""
    return Callback(
        row["id"], row["ticket_number"], row["team"], row["agent"], row["number"], row["account"], row["asked_by"],
        row["asked_at"], row["wanted_at"], row["state"], row["attempt"], row["next_at"], row["outcome"],
        row["ended_at"],
    )  # fmt: skip


def _attempt(row: Any) -> Attempt:
    return Attempt(
        row["attempt"], row["begun_at"], row["outcome"], row["agent"], row["seconds"], row["call"], row["ended_at"]
    )


def _timer(callback: Callback) -> Timer:
    assert callback.next_at is not None
    return Timer(str(callback.id), callback.next_at, {"alone": KIND, "callback": str(callback.id)})
