"""A desk with a million tickets of which a tenth is open, and with what its queues and its memory are made of."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any, Final

import asyncpg
import orjson

from tests.bench.search import population
from tests.bench.search.load import load
from tickets.adapters.postgres.solution_store import as_tsvector
from tickets.domain.service_levels.one_clock import Clock
from tickets.domain.service_levels.policies import Ref
from tickets.domain.service_levels.state import State
from tickets.domain.service_levels.stored_state import stored_state
from tickets.domain.similar.words import document_of

AGENTS: Final = 40
TEAMS: Final = ("first-line", "billing", "network", "security", "platform")
_OPEN_SHARE: Final = 0.1
_SOLUTIONS_SHARE: Final = 0.6
_WORDS: Final = 60_000
_CHUNK: Final = 10_000

_DESK = """
insert into team (name) select unnest($1::text[]);
"""
_AGENTS = """
insert into agent (handle, name, email)
select 'agent' || n, 'Agent ' || n, 'agent' || n || '@desk.example' from generate_series(0, $1::integer - 1) as n
"""
_MEMBERS = """
insert into team_member (team, agent)
select ($2::text[])[1 + n % cardinality($2::text[])], 'agent' || n from generate_series(0, $1::integer - 1) as n
"""
_MESSAGES = """
insert into message (id, ticket_number, kind, event_id, channel, account, author_address, author_name, subject, body,
  accepted_at, intake_epoch, intake_sequence)
select gen_random_uuid(), number, case when turn = 2 then 'agent' else 'customer' end, 'e' || number || '/' || turn,
  channel, account, requester_address, requester_name, subject, subject || ' ' || repeat('lorem ipsum dolor sit ', 25),
  created_at + turn * interval '1 hour', 1, number * 4 + turn
from ticket cross join generate_series(1, 3) as turn
where number > $1 and number <= $2 and (turn = 1 or (status not in ('closed', 'solved') and number % 3 >= turn - 1))
"""
_LEVELS = """
insert into service_level (ticket_number, state, next_due_at)
select number, $3, case
  when status in ('new', 'open') and number % 20 <> 0
    then now() - interval '1 day' + (number * 7919 % 1000003) * interval '0.6 seconds'
  when status in ('pending', 'on_hold') and number % 3 = 0 then now() + (number % 86400) * interval '9 seconds' end
from ticket where number > $1 and number <= $2
"""
_HISTORY = """
insert into history (ticket_number, at, actor, action, detail)
select number, now() - (number % 172800) * interval '1 second', actor, action, detail::jsonb
from ticket cross join (values
  ('customer', 'ticket.created', '{}'), ('desk', 'ticket.assigned', '{"assignee": "agent3"}')
) as line (actor, action, detail)
where number > $1 and number <= $2
"""
_WORK = """
insert into history (ticket_number, at, actor, action, detail)
select number, now() - (number % 172800) * interval '1 second', 'agent:' || assignee, action, detail::jsonb
from ticket cross join (values
  ('ticket.changed', '{"field": "status", "old": "open", "new": "solved"}'),
  ('ticket.changed', '{"field": "assignee", "old": null, "new": "agent3"}'), ('reply.sent', '{}')
) as line (action, detail)
where number > $1 - 300000 and number <= $1 - 298500
"""
_NOTES = """
insert into mention (agent, ticket_number, message_id, actor, at, read_at)
select 'agent' || number % 40, number, gen_random_uuid(), 'agent:agent1', now(),
  case when number % 100 <> 0 then now() end
from ticket where number > $1 - 100000
"""


async def fill(dsn: str, count: int, report: Callable[[str], None]) -> None:
    """Load everything into a migrated, empty database."""
    population._status = _status  # this desk has a tenth of its tickets open
    await load(dsn, count, report)
    connection: Any = await asyncpg.connect(dsn)
    try:
        await connection.execute("set synchronous_commit = off; set maintenance_work_mem = '1GB'")
        await connection.execute("insert into stream_epoch (stream, created_at) values ('INTAKE', 'bench')")
        await connection.execute(_DESK.strip().rstrip(";"), list(TEAMS))
        await connection.execute(_AGENTS, AGENTS)
        await connection.execute(_MEMBERS, AGENTS, list(TEAMS))
        state = orjson.dumps(stored_state(_state())).decode()
        for start in range(0, count, 100_000):
            await connection.execute(_MESSAGES, start, start + 100_000)
            await connection.execute(_LEVELS, start, start + 100_000, state)
            if start + 300_000 >= count:
                await connection.execute(_HISTORY, start, start + 100_000)
            report(f"{start + 100_000:,} tickets with messages and clocks")
        await connection.execute(_WORK, count)
        await connection.execute(_NOTES, count)
        await _solutions(connection, int(count * _SOLUTIONS_SHARE), report)
        for table in ("message", "service_level", "history", "mention", "solution", "solution_word", "ticket"):
            await connection.execute(f"vacuum analyze {table}")
    finally:
        await connection.close()


def vocabulary() -> tuple[list[str], list[float]]:
    """Made-up words with how often they are used, summed up: as skewed as those of people."""
    chance = random.Random(11)
    words = ["".join(chance.choices(population._SYLLABLES, k=chance.randint(2, 4))) for _ in range(_WORDS)]
    return words, list(accumulate(1 / (rank + 8) for rank in range(_WORDS)))


async def _solutions(connection: Any, count: int, report: Callable[[str], None]) -> None:
    definition = await connection.fetchval("select pg_get_indexdef('solution_terms'::regclass)")
    await connection.execute("drop index solution_terms; delete from solution_pending")
    chance = random.Random(12)
    words, sums = vocabulary()
    tickets: Counter[str] = Counter()
    used = 0
    for numbers in _chunks(count):
        rows = []
        for number in numbers:
            subject, text, answer = (chance.choices(words, cum_weights=sums, k=size) for size in (4, 22, 10))
            document = document_of(" ".join(subject), " ".join(text), " ".join(answer), "es")
            tickets.update(document.everything)
            used += len(document.asked)
            rows.append((number, as_tsvector(document), len(document.asked)))
        await connection.execute(
            "insert into solution select number, terms::tsvector, words from unnest($1::bigint[], $2::text[],"
            " $3::smallint[]) as given (number, terms, words)",
            *map(list, zip(*rows, strict=True)),
        )
        if numbers.stop % 100_000 == 1:
            report(f"{numbers.stop - 1:,} solutions")
    await connection.execute(
        "insert into solution_word select * from unnest($1::text[], $2::integer[])",
        list(tickets),
        list(tickets.values()),
    )
    await connection.execute("update solution_total set tickets = $1, words = $2", count, used)
    await connection.execute("update ticket set resolution = 'Se reinició el servicio.' where number <= $1", count)
    await connection.execute("delete from solution_pending")
    await connection.execute(definition)


def _chunks(count: int) -> Iterator[range]:
    for start in range(1, count + 1, _CHUNK):
        yield range(start, min(start + _CHUNK, count + 1))


def _status(age: float, chance: random.Random) -> str:
    if age < _OPEN_SHARE:
        return chance.choices(("new", "open", "pending", "on_hold"), cum_weights=(45, 80, 95, 100))[0]
    return "closed" if age > _OPEN_SHARE * 1.5 else "solved"


def _state() -> State:
    at = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
    clock = Clock(
        1, at, "", timedelta(minutes=17), at, timedelta(hours=8), Ref("office", "3"), at + timedelta(hours=20),
    )  # fmt: skip
    names = ("first_response", "next_response", "resolution", "update", "tier:1", "tier:2", "tier:3")
    return State(
        at,
        4,
        "normal",
        "1",
        "open",
        Ref("standard", "7"),
        {"office": "3"},
        False,
        at,
        None,
        dict.fromkeys(names, clock),
    )
