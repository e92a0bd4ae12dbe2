"""When tickets fall due, as queues know it: read by the migration out of what is stored, put right by `recompute`."""

import re
from collections.abc import AsyncIterator
from datetime import datetime
from importlib.resources import files

import orjson
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import people
from tests.integration.tickets.routed_mails import answered, settle
from tests.integration.tickets.test_clocks import STANDARD, document, new
from tickets.adapters.postgres.clock_reads import ClockReads
from tickets.domain.service_levels.state import as_data
from tickets.domain.service_levels.stored_state import read_state
from tickets.handlers.timers.recompute import differences, mend

PLACES = "select ticket_number, next_due_at from service_level order by ticket_number"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        await document(desk, "policy", "standard", 1, STANDARD)
        await settle(desk, *[new(n, sender=f"c{n}@cliente.example") for n in range(1, 5)])
        boss = await desk.client("read", "write", "admin", name="boss")
        await answered(boss, 2, status="pending")
        await answered(boss, 3)
        await boss.patch("/api/v1/tickets/4", json={"status": "solved", "resolution": "Se cambió la pila."})
        yield desk


async def places(api: ApiDesk) -> list[tuple[int, datetime | None]]:
    return [(row["ticket_number"], row["next_due_at"]) for row in await api.database.fetch(PLACES)]


@pytest.mark.parametrize("form", ["lists", "names"])
async def test_the_migration_reads_it_out_of_the_clocks_as_they_are_stored(api: ApiDesk, form: str) -> None:
    right = await places(api)
    assert [at is None for _, at in right] == [False, True, False, True]
    if form == "names":
        for row in await api.database.fetch("select ticket_number, state from service_level"):
            text = orjson.dumps(as_data(read_state(orjson.loads(row["state"])))).decode()
            await api.database.execute("update service_level set state = $2 where ticket_number = $1", row[0], text)
    await api.database.execute("update service_level set next_due_at = null")

    text = (files("tickets") / "migrations" / "0018_queues.sql").read_text()
    found = re.search(r"^update service_level .*?;$", text, re.DOTALL | re.MULTILINE)
    assert found
    await api.database.execute(found[0])

    assert await places(api) == right


async def test_what_an_older_release_left_behind_is_found_and_put_right(api: ApiDesk) -> None:
    right = await places(api)
    clocks = ClockReads(api.database, api.levels)
    assert [found async for _, found in differences(clocks)] == [[]]
    await api.database.execute("update service_level set next_due_at = now() where ticket_number in (1, 2)")
    await api.database.execute("update service_level set next_due_at = null where ticket_number = 3")

    [found] = [found async for _, found in differences(clocks)]
    assert sorted((one.number, "fall due" in one.why) for one in found) == [(1, True), (2, True), (3, True)]
    await mend(found, clocks)

    assert await places(api) == right
    assert [found async for _, found in differences(clocks)] == [[]]
