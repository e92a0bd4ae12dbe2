"""`python -m tests.bench.queues --tickets 1000000`: p50 and p99 of each question to Postgres.

`--explain` prints the plans too. Exit 1 if the p50 of a question is above its target: 20 ms for
queues, 30 for similar tickets. `best` is what it costs where nothing else wants the machine.
"""

import argparse
import asyncio
import itertools
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg

from tests.bench.queues.fill import TEAMS, fill, vocabulary
from tickets.adapters.postgres import queue_reads
from tickets.adapters.postgres.database import Database, open_database
from tickets.adapters.postgres.day_reads import DayReads
from tickets.adapters.postgres.desk_reads import DeskReads
from tickets.adapters.postgres.level_documents import Levels
from tickets.adapters.postgres.migrate import migrate
from tickets.adapters.postgres.planned import planned
from tickets.adapters.postgres.queue_reads import QueueFilter, QueueReads, Spot
from tickets.adapters.postgres.search import SESSION, TicketSearch
from tickets.adapters.postgres.solution_store import SolutionStore
from tickets.domain.settling.search_terms import conditions_of
from tickets.handlers.joining.similar import similar_to
from ventanilla_devstack.postgres_server import PostgresServer

_DATABASE = "queues"
_LIMIT = 51
Question = Callable[[], Awaitable[Any]]


async def main_async(arguments: argparse.Namespace) -> int:
    """Load if need be, ask, print."""
    server = PostgresServer(arguments.folder / "postgres", "not-a-secret")
    server.start()
    try:
        dsn = server.dsn(_DATABASE)
        if not await _loaded(server.dsn(), dsn, arguments.tickets):
            await migrate(dsn)
            await fill(dsn, arguments.tickets, report)
        database = await open_database(dsn, most_connections=2)
        searching = await open_database(dsn, most_connections=2, session=SESSION)
        try:
            slow = 0
            for name, target, question in await _questions(database, searching, arguments):
                slow += await _measure(name, target, question, arguments)
            if arguments.explain:
                await _explain(database)
            return int(slow > 0)
        finally:
            await searching.close()
            await database.close()
    finally:
        server.stop()


async def _questions(
    database: Database, searching: Database, arguments: argparse.Namespace
) -> list[tuple[str, float, Question]]:
    queues, days, store = QueueReads(database, Levels()), DayReads(database), SolutionStore(database)
    search = TicketSearch(searching, DeskReads(searching))
    chance = random.Random(5)
    every = QueueFilter()
    places: dict[tuple[str, str], Spot] = {}

    async def page(view: str, whose: str | list[str], after: Spot | None = None, wanted: QueueFilter = every) -> None:
        found = await queues.spots(view, whose, wanted, after, _LIMIT)
        await queues.items([spot.number for spot in found[:50]])
        if found:
            places[view, str(whose)] = found[-1]

    async def words(handle: str) -> None:
        if await queues.are_few("mine", handle, every):
            found = QueueFilter(words=" & ".join(conditions_of("factura", {})))
        else:
            facets = {"assignee": [handle], "status": ["new", "open", "pending", "on_hold"]}
            found = QueueFilter(numbers=await search.numbers("factura", facets, 200))
        await page("mine", handle, None, found)

    since = datetime.now(UTC) - timedelta(hours=12)
    questions: list[tuple[str, float, Question]] = []
    for handle in ("agent0", "agent3", "agent39"):  # with 12,700, 3,200 and 320 open tickets; nobody has that many
        questions += [
            (f"mine {handle}", 20.0, partial(page, "mine", handle)),
            (f"waiting {handle}", 20.0, partial(page, "waiting", handle)),
            (f"mine with words {handle}", 200.0 if handle == "agent0" else 20.0, partial(words, handle)),
            (f"counts {handle}", 20.0, partial(queues.counts, handle, ["first-line"])),
            (f"day {handle}", 40.0 if handle == "agent0" else 20.0, partial(_day, days, handle, since)),
        ]
    for team in ("first-line", "network", "platform"):
        questions.append((f"unassigned {team}", 20.0, partial(page, "unassigned", [team])))
        questions.append((f"pulse {team}", 20.0, partial(queues.pulse, team)))
    questions.append(("unassigned, all teams", 20.0, partial(page, "unassigned", list(TEAMS))))
    first, urgent = ["first-line"], QueueFilter(priorities=["urgent"])
    questions.append(("unassigned first-line, urgent", 20.0, partial(page, "unassigned", first, None, urgent)))
    await page("unassigned", first)
    deep = places["unassigned", str(first)]
    questions.append(("unassigned first-line, next page", 20.0, partial(page, "unassigned", first, deep)))
    turns = itertools.cycle(await _asking(database, chance, arguments.turns))

    async def similar() -> None:
        await similar_to(next(turns), 3, store)

    questions.append(("similar", 30.0, similar))
    return questions


async def _day(days: DayReads, handle: str, since: datetime) -> None:
    await days.did(handle, since)
    await days.holds(handle)


async def _asking(database: Database, chance: random.Random, count: int) -> list[int]:
    """Open tickets whose customers write in words of solved ones."""
    rows = await database.fetch("select number from ticket order by number desc limit $1", count)
    words, sums = vocabulary()
    for row in rows:
        subject, text = (" ".join(chance.choices(words, cum_weights=sums, k=size)) for size in (4, 25))
        await database.execute(
            "update ticket set subject = $2, language = 'es' where number = $1", row["number"], subject
        )
        await database.execute("update message set body = $2 where ticket_number = $1", row["number"], text)
    return [row["number"] for row in rows]


async def _measure(name: str, target: float, question: Question, arguments: argparse.Namespace) -> int:
    taken = []
    for turn in range(arguments.turns + 5):
        began = time.perf_counter()
        await question()
        if turn >= 5:
            taken.append((time.perf_counter() - began) * 1e3)
    taken.sort()
    p50, p99 = taken[len(taken) // 2], taken[min(len(taken) - 1, int(len(taken) * 0.99))]
    late = p50 > target
    slow = "  too slow" if late else ""
    print(f"{name:<34} best {taken[0]:6.1f} ms  p50 {p50:6.1f} ms  p99 {p99:6.1f} ms{slow}", flush=True)
    return late


async def _explain(database: Database) -> None:
    narrowed: Sequence[Any] = ([], [], [])
    nowhere: Sequence[Any] = (None, None, None)
    for name, view, arguments in (
        ("held", "unassigned", (["first-line"], *narrowed, 2001)),
        ("few", "waiting", ("agent39", *narrowed, None, *nowhere, 51, None)),
        ("due", "unassigned", (["first-line"], *narrowed, *nowhere, 51)),
        ("counts", "", ("agent0", ["first-line"], 1000, 2000)),
        ("pulse", "", ("first-line", 1000)),
    ):
        async with planned(database) as connection:
            query = f"explain (analyze, buffers) {queue_reads._query(name, view)}"
            rows = await connection.fetch(query, *arguments)
        print(f"\n{name} {view}")
        print("\n".join(row[0] for row in rows))


async def _loaded(admin: str, dsn: str, count: int) -> bool:
    connection: Any = await asyncpg.connect(admin)
    try:
        if not await connection.fetchval("select count(*) from pg_database where datname = $1", _DATABASE):
            await connection.execute(f"create database {_DATABASE}")
            return False
    finally:
        await connection.close()
    connection = await asyncpg.connect(dsn)
    try:
        found: int = await connection.fetchval("select count(*) from ticket")
        return found == count
    finally:
        await connection.close()


def report(words: str) -> None:
    """Say how far it is."""
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {words}\n")


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=60)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ventanilla-queues")
    parser.add_argument("--explain", action="store_true")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    sys.exit(asyncio.run(main_async(arguments)))


if __name__ == "__main__":
    main()
