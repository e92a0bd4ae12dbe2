"""`python -m tests.bench.clocks`: how late breaches are when 5,000 of 100,000 open clocks fall due in the same second.

    --tickets 100000   open tickets, each with its clocks
    --due 5000         so many of them fall due in one second
    --workers 2        processes that fire
    --json             the figures as JSON

Targets: half of them within a second, the last within five; each exactly once. Exits with 1 if one is missed. Lateness
is from when a breach was due to when its line in the history was committed.
"""

import argparse
import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import orjson

from tests.bench.servers import Servers
from tickets.adapters.postgres.migrate import migrate
from tickets.domain.service_levels.clocks import fold
from tickets.domain.service_levels.documents import read_policy
from tickets.domain.service_levels.firing import KIND, next_timer
from tickets.domain.service_levels.log import Fired, Opened
from tickets.domain.service_levels.policies import Desk, Ref
from tickets.domain.service_levels.state import State, as_data

TARGET_P50_SECONDS, TARGET_LAST_SECONDS = 1.0, 5.0
_POLICY = {"targets": {"first_response": {"normal": {"minutes": 60, "calendar": "always"}}}}
_REF = Ref("standard", "1")
DESK = Desk({}, {_REF: read_policy(*_REF, _POLICY, frozenset())})
_AHEAD_SECONDS = 4.0
_PATIENCE_SECONDS = 60.0

_FILL = """
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
_FIRED = """
select (extract(epoch from pg_xact_commit_timestamp(history.xmin) - (detail->>'due_at')::timestamptz))::float8 as late
from history where action = 'service_level.breached' order by late
"""


async def fill(dsn: str, tickets: int, due: int) -> datetime:
    """A desk with so many open tickets; returns the second in which some of their clocks run out."""
    connection: Any = await asyncpg.connect(dsn)
    await connection.execute(
        "insert into desk_document (kind, name, version, content, created_by)"
        " values ('policy', 'standard', 1, $1, 'bench')",
        orjson.dumps(_POLICY).decode(),
    )
    now = datetime.now(UTC)
    await connection.execute(_FILL, tickets, now - timedelta(hours=1))
    at = now + timedelta(seconds=_AHEAD_SECONDS + tickets / 25_000)
    for first, last, opened in ((1, due, at - timedelta(hours=1)), (due + 1, tickets, now)):
        state = _warned(opened)
        timer = next_timer(state, DESK)[0]
        await connection.execute(_STATES, first, last, orjson.dumps(as_data(state)).decode())
        detail = orjson.dumps(timer.detail).decode()
        await connection.execute(_DUE, first, last, KIND, timer.key, timer.due_at, detail)
    await connection.execute("analyze due")
    await connection.close()
    return at


def _warned(opened: datetime) -> State:
    """The state of a ticket whose warnings have been fired."""
    log = [
        Opened(opened, 1, "normal", "1", policy=_REF),
        Fired(opened, 2, "first_response", 1, "warning:0.5"),
        Fired(opened, 3, "first_response", 1, "warning:0.8"),
    ]
    return fold(log, DESK)


async def measure(dsn: str, due: int) -> dict[str, Any]:
    """Wait until all have fired, and say how late they were, in seconds."""
    connection: Any = await asyncpg.connect(dsn)
    ends = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
    while True:
        fired = await connection.fetchval("select count(*) from history where action = 'service_level.breached'")
        if fired >= due or asyncio.get_running_loop().time() > ends:
            break
        await asyncio.sleep(0.5)
    late = [row["late"] for row in await connection.fetch(_FIRED)]
    twice = await connection.fetchval(
        "select count(*) - count(distinct ticket_number) from history where action = 'service_level.breached'"
    )
    await connection.close()
    if not late:
        raise SystemExit("nothing has fired; see the workers' output above")
    return {
        "due": due,
        "fired": len(late),
        "twice": twice,
        "p50_seconds": round(late[len(late) // 2], 3),
        "p99_seconds": round(late[len(late) * 99 // 100], 3),
        "last_seconds": round(late[-1], 3),
    }


def main() -> None:
    """Measure and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--due", type=int, default=5_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with Servers() as servers:
        dsn = servers.postgres.dsn()
        asyncio.run(migrate(dsn))
        asyncio.run(fill(dsn, options.tickets, options.due))
        command = [sys.executable, "-m", "tests.bench.clocks.worker", dsn]
        workers = [subprocess.Popen(command) for _ in range(options.workers)]  # our own module
        try:
            figures = asyncio.run(measure(dsn, options.due))
        finally:
            for worker in workers:
                worker.terminate()
                worker.wait(10)
    figures = {"tickets": options.tickets, "workers": options.workers, **figures}
    right = figures["fired"] == options.due and not figures["twice"]
    fast = figures["p50_seconds"] <= TARGET_P50_SECONDS and figures["last_seconds"] <= TARGET_LAST_SECONDS
    if options.json:
        print(json.dumps(figures))
    else:
        print(
            f"{figures['fired']} of {options.due} breaches fired, {figures['twice']} twice, among {options.tickets} "
            f"open tickets, by {options.workers} workers\n"
            f"late: half within {figures['p50_seconds']} s (target {TARGET_P50_SECONDS}), 99 of 100 within "
            f"{figures['p99_seconds']} s, the last {figures['last_seconds']} s (target {TARGET_LAST_SECONDS})"
        )
    raise SystemExit(not (right and fast))


if __name__ == "__main__":
    main()
