"""Steps the clocks of tickets along with their histories, in the transaction that writes these."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
import structlog

from tickets.adapters.postgres.level_documents import Levels
from tickets.adapters.postgres.queries import load_queries
from tickets.adapters.postgres.team_zones import zones_of
from tickets.domain.rows import HistoryRow, Settlement
from tickets.domain.service_levels.clocks import begin, step
from tickets.domain.service_levels.firing import KIND, calendars_in, next_timer
from tickets.domain.service_levels.from_history import CREATED, SEEN, events_of
from tickets.domain.service_levels.log import Opened
from tickets.domain.service_levels.next_due import next_due_at
from tickets.domain.service_levels.policies import Desk
from tickets.domain.service_levels.promising import Standing
from tickets.domain.service_levels.state import State
from tickets.domain.service_levels.stored_state import read_state, stored_state
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.timers.due import Due
from tickets.errors import Refused
from tickets.metrics import CLOCKS_STUCK

log = structlog.get_logger()

_SQL = load_queries("clocks")


class Clocks:
    """The statements of a transaction that ask what the customers of tickets were promised."""

    def __init__(self, connection: Any, levels: Levels) -> None:
        self._connection = connection
        self._levels = levels

    async def standing(self, ticket: TicketRow) -> Standing:
        """How a locked ticket stands at this point of the transaction, by the documents in force."""
        await self._levels.refresh(self._connection)
        states = await _load(self._connection, [ticket.number])
        return self._levels.standing(ticket.policy, states.get(ticket.number))

    async def levels(self, due: Sequence[Due]) -> Desk:
        """Calendars and policies, among them those that rows which are due speak of."""
        if not self._levels.at_hand(calendars_in(due)):  # another replica knew a version that this one has not read yet
            await self._levels.refresh(self._connection)
        return self._levels.desk

    async def zones(self, teams: Collection[str]) -> dict[str, str]:
        """Team → zone of its calendar; of no team that names none."""
        return await zones_of(teams, self._connection) if teams else {}


def note_promises(rows: Settlement, levels: Levels) -> None:
    """Write into lines about new tickets, and about other policies, what their clocks need to know of the promise."""
    if not levels.policies:
        return
    created = {ticket.number: ticket for ticket in rows.created if ticket.policy in levels.policies}
    promised = {name: _promise(name, levels) for name in {ticket.policy for ticket in created.values()}}
    for index, row in enumerate(rows.history):
        if row.action == CREATED and (ticket := created.get(row.ticket_number)) is not None:
            # `new`, whatever the ticket has become within the batch: lines of their own say that.
            begun = {"priority": ticket.priority, "tier": ticket.tier, "status": "new"}
            level = {**begun, **promised[ticket.policy]}
            rows.history[index] = replace(row, detail={**row.detail, "level": level})
        elif row.action == "ticket.changed" and row.detail.get("field") == "policy":
            promise = _promise(str(row.detail["new"]), levels)
            rows.history[index] = replace(row, detail={**row.detail, "level": promise})


def _promise(name: str, levels: Levels) -> Mapping[str, Any]:
    policy = levels.policies.get(name)
    if policy is None:
        return {"policy": None}
    return {"policy": list(policy), "calendars": levels.calendars_of(policy)}


async def follow_history(connection: Any, rows: Settlement, levels: Levels) -> None:
    """Step the clocks of all tickets whose histories have new lines, and put their next rows into `rows.timers`.

    The tickets are locked. New ones that nothing is promised for cost no statement.
    """
    lines: defaultdict[int, list[HistoryRow]] = defaultdict(list)
    for row in rows.history:
        if row.action in SEEN:
            lines[row.ticket_number].append(row)
    if not lines:
        return
    created = {ticket.number for ticket in rows.created}
    known = await _load(connection, [number for number in lines if number not in created])
    changed: dict[int, State] = {}
    for number, listed in lines.items():
        before = known.get(number)
        after = await _stepped(connection, before, listed, levels)
        if after is not None and after is not before:
            changed[number] = after
    await _save(connection, changed)
    for number, state in changed.items():
        rows.timers[number, KIND] = next_timer(state, levels.desk)


async def _stepped(connection: Any, state: State | None, lines: Sequence[HistoryRow], levels: Levels) -> State | None:
    try:
        return _walk(state, lines, levels)
    except Refused:
        await levels.refresh(connection)  # another replica may know of a version that this one has not read yet
    try:
        return _walk(state, lines, levels)
    except Refused as error:  # the ticket matters more than its clocks; `tickets recompute` folds them anew
        log.exception("clock.stuck", ticket=lines[0].ticket_number)
        CLOCKS_STUCK.labels(type(error).__name__).inc()
        return state


def _walk(state: State | None, lines: Sequence[HistoryRow], levels: Levels) -> State | None:
    for line in lines:
        order = state.order if state else 0
        for event in events_of(line.at, line.actor, line.action, line.detail, order):
            if state is not None:
                state = step(state, event, levels.desk)
            elif isinstance(event, Opened):
                state = begin(event, levels.desk)
    return state


async def _load(connection: Any, numbers: Sequence[int]) -> dict[int, State]:
    if not numbers:
        return {}
    rows = await connection.fetch(_SQL["states"], numbers)
    return {row["ticket_number"]: read_state(orjson.loads(row["state"])) for row in rows}


async def _save(connection: Any, states: Mapping[int, State]) -> None:
    if states:
        texts = [orjson.dumps(stored_state(state)).decode() for state in states.values()]
        await connection.execute(_SQL["save"], list(states), texts, list(map(next_due_at, states.values())))
