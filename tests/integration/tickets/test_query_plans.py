"""What the planner does on the way of a message, on the morning after everything was solved.

Statistics that were taken while nothing was open say that an index of open tickets is all but empty. A plan that reads
such an index whole for each customer or agent looks like the cheapest then, and costs more with each ticket that comes.
"""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import opened, people
from tickets.adapters.postgres.queries import load_queries

TICKETS = 3_000
CUSTOMERS = 600
_COPIES = """
insert into ticket select (jsonb_populate_record(ticket, jsonb_build_object(
  'number', 1000 + n, 'status', 'solved', 'assignee', case n % 3 when 0 then 'eva' when 1 then 'luis' end,
  'requester_id', (select min(id) from contact where name = 'copy') + n % $2))).*
from ticket, generate_series(1, $1) as n where number = $3
"""


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    """A desk whose statistics were taken when all was solved, and whose tickets have all been opened again since."""
    async with open_api_desk(database) as desk:
        await people(desk)
        number = await opened(await desk.client("read", "write", name="ana"))
        execute = desk.database.execute
        await execute("alter table ticket set (autovacuum_enabled = off)")
        await execute("insert into contact (name) select 'copy' from generate_series(1, $1)", CUSTOMERS)
        await execute(
            "insert into identity (kind, address, contact_id) select 'email', 'copy' || id || '@acme.example', id"
            " from contact where name = 'copy'"
        )
        await execute(_COPIES, TICKETS, CUSTOMERS, number)
        await execute("update ticket set status = 'solved'")
        await execute("analyze")
        await execute("update ticket set status = 'open'")
        yield desk


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All steps of a plan."""
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


async def rows_read(api: ApiDesk, room: str, name: str, *values: Any) -> int:
    """How many rows of tickets a query reads, those that it throws away with them."""
    query = load_queries(room)[name]
    [row] = await api.database.fetch(f"explain (analyze, format json, timing off) {query}", *values)
    (explained,) = json.loads(row[0])
    scans = [node for node in nodes(explained["Plan"]) if node.get("Relation Name") == "ticket"]
    assert scans, "the query no longer reads tickets: what is this test for?"
    return sum(
        int(scan["Actual Loops"] * (scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0))) for scan in scans
    )


async def test_a_customers_open_tickets_are_found_without_reading_those_of_others(api: ApiDesk) -> None:
    writers = [row["address"] for row in await api.database.fetch("select address from identity order by 1 limit 20")]

    read = await rows_read(api, "facts", "customers", ["email"] * len(writers), writers, 100)

    assert read <= 3 * len(writers) * TICKETS / CUSTOMERS


async def test_what_a_team_holds_is_counted_in_one_pass(api: ApiDesk) -> None:
    teams = [row["name"] for row in await api.database.fetch("select name from team")]

    read = await rows_read(api, "assignment", "members", teams, None)

    assert read <= 1.1 * TICKETS
