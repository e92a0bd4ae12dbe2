"""A desk with many open clocks, so many of which run out in the same second."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import orjson

from tickets.domain.service_levels.clocks import fold
from tickets.domain.service_levels.documents import read_policy
from tickets.domain.service_levels.firing import KIND, next_timer
from tickets.domain.service_levels.log import Fired, Opened
from tickets.domain.service_levels.policies import Desk, Ref
from tickets.domain.service_levels.state import State
from tickets.domain.service_levels.stored_state import stored_state

_POLICY = {"targets": {"first_response": {"normal": {"minutes": 60, "calendar": "always"}}}}
_REF = Ref("standard", "1")
_DESK = Desk({}, {_REF: read_policy(*_REF, _POLICY, frozenset())})
_AHEAD_SECONDS = 4.0
_FILLED_A_SECOND = 25_000
"""A guess that is low enough: what is due must lie ahead when the workers have started."""

_POLICIES = """
insert into desk_document (kind, name, version, content, created_by) values ('policy', 'standard', 1, $1, 'bench')
"""
_TICKETS = """
with person as (insert into contact (name) values ('Ana') returning id)
insert into ticket (number, subject, type, category, status, impact, urgency, priority, tier, team, channel, account,
  requester_id, requester_address, requester_name, requester_grade, language, policy, created_at, updated_at)
select number, 'La caja no imprime', 'incident', 'fault', 'new', 'medium', 'medium', 'normal', '1', 'first-line',
  'email', 'soporte@desk.example', person.id, 'ana@cliente.example', 'Ana', 'claimed', 'es', 'standard', $2, $2
from person, generate_series(1, $1) as number
"""
_STATES = "insert into service_level (ticket_number, state) select n, $3 from generate_series($1::int, $2::int) as n"
_DUE = """
insert into due (ticket_number, kind, key, due_at, detail)
select n, $3, $4, $5::timestamptz + (n % 1000) * interval '1 millisecond', $6::jsonb
from generate_series($1::int, $2::int) as n
"""


async def fill(dsn: str, tickets: int, due: int) -> datetime:
    """Open so many tickets, each with its clocks; returns the second in which those of `due` tickets run out."""
    connection: Any = await asyncpg.connect(dsn)
    try:
        await connection.execute(_POLICIES, orjson.dumps(_POLICY).decode())
        now = datetime.now(UTC)
        await connection.execute(_TICKETS, tickets, now - timedelta(hours=1))
        at = now + timedelta(seconds=_AHEAD_SECONDS + tickets / _FILLED_A_SECOND)
        for first, last, opened in ((1, due, at - timedelta(hours=1)), (due + 1, tickets, now)):
            state = _warned(opened)
            timer = next_timer(state, _DESK)[0]
            await connection.execute(_STATES, first, last, orjson.dumps(stored_state(state)).decode())
            detail = orjson.dumps(timer.detail).decode()
            await connection.execute(_DUE, first, last, KIND, timer.key, timer.due_at, detail)
        await connection.execute("analyze due")
    finally:
        await connection.close()
    return at


def _warned(opened: datetime) -> State:
    """The state of a ticket whose warnings have been fired."""
    log = [
        Opened(opened, 1, "normal", "1", policy=_REF),
        Fired(opened, 2, "first_response", 1, "warning:0.5"),
        Fired(opened, 3, "first_response", 1, "warning:0.8"),
    ]
    return fold(log, _DESK)
