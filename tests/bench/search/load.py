"""Puts a population into a migrated, empty database: COPY first, indexes afterwards."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import asyncpg

from tests.bench.search.population import Row, address_of, tickets

_TICKET_COLUMNS = (
    "number", "subject", "type", "category", "status", "impact", "urgency", "priority", "tier", "team", "assignee",
    "channel", "account", "requester_id", "requester_address", "requester_name", "requester_grade", "language",
    "policy", "created_at", "updated_at",
)  # fmt: skip
_GIN = "ticket_search_terms"
_CHUNK = 5_000


async def load(dsn: str, count: int, report: Callable[[str], None]) -> None:
    """Load `count` tickets with their search entries, and bring the statistics up to date."""
    connection: Any = await asyncpg.connect(dsn)
    try:
        definition = await connection.fetchval("select pg_get_indexdef($1::regclass)", _GIN)
        await connection.execute(f"drop index {_GIN}; set synchronous_commit = off; set maintenance_work_mem = '1GB'")
        await connection.execute("insert into contact (id, name) values (1, 'everybody') on conflict do nothing")
        for start, rows in _chunks(count):
            await connection.copy_records_to_table(
                "ticket", records=[_ticket(row) for row in rows], columns=_TICKET_COLUMNS
            )
            await connection.copy_to_table("ticket_search", source=_entries(rows), columns=("number", "terms"))
            if start % 100_000 == 0:
                report(f"{start + len(rows):,} tickets stored")
        await connection.execute("select setval('ticket_number', $1)", count)
        report("indexing")
        await connection.execute(definition)
        report("analysing")
        await connection.execute("vacuum analyze ticket")
        await connection.execute("vacuum analyze ticket_search")
        await connection.execute("checkpoint")
    finally:
        await connection.close()


def _chunks(count: int) -> Iterator[tuple[int, list[Row]]]:
    rows: list[Row] = []
    for row in tickets(count):
        rows.append(row)
        if len(rows) == _CHUNK:
            yield row.number - _CHUNK, rows
            rows = []
    if rows:
        yield count - len(rows), rows


def _ticket(row: Row) -> tuple[Any, ...]:
    address = address_of(row.customer)
    return (
        row.number, row.subject, row.type, row.category, row.status, "low", "low", row.priority, row.tier, row.team,
        row.assignee, row.channel, "soporte@desk.example", 1, address, f"Cliente {row.customer}", "claimed",
        row.language, "standard", row.created_at, row.created_at,
    )  # fmt: skip


async def _entries(rows: list[Row]) -> AsyncIterator[bytes]:
    lines = []
    for row in rows:
        # In COPY's text form a backslash begins an escape; no lexeme of this population holds one, or a quote.
        quoted = "' '".join(row.lexemes.split(" "))
        lines.append(f"{row.number}\t'{quoted}'\n")
    yield "".join(lines).encode()
