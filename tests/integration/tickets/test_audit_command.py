"""`tickets audit-timers`: for one look, or as a process of its own, with everything else dead."""

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.tickets.api_desk import ApiDesk
from tests.integration.tickets.late_timers import HOUR, pass_time, promised, promising_desk
from tests.support.broker import Desk as BrokerDesk
from tests.support.commands import run_beside
from tests.support.polling import eventually
from tests.support.processes import Processes
from tests.support.streams import stored


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with promising_desk(database) as desk:
        yield desk


async def run_command(database: str, nats: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    environment = {"PATH": "", "TICKETS_POSTGRES_URL": database, "TICKETS_SECRET": "a secret of the tests", **nats}
    said = await run_beside("tickets", "audit-timers", *arguments, environment=environment)
    return said.code, said.out, said.err


async def test_the_command_says_what_is_late_with_no_other_process_alive(
    api: ApiDesk, database: str, fresh_desk: BrokerDesk
) -> None:
    nats = fresh_desk.environment("tickets")
    await promised(api, 2)
    assert await run_command(database, nats, "--once") == (0, "0 late; 0 missing or wrong; 0 failing\n", "")
    await pass_time(api, HOUR)
    await api.database.execute("delete from due where ticket_number = 2")

    code, out, err = await run_command(database, nats, "--once")
    again, as_json, _ = await run_command(database, nats, "--once", "--json")

    assert (code, again, err) == (1, 1, "")
    assert "ticket 1: clock next is late, due 18" in out
    assert "ticket 2: clock next is missing" in out
    said = json.loads(as_json)
    assert (said["late"], said["missing"], said["raised"], said["untold"]) == (1, 1, 0, "")
    assert {(timer["problem"], timer["ticket"]) for timer in said["timers"]} == {("late", 1), ("missing", 2)}
    assert len(await stored(await fresh_desk.connect(), "OPERATIONS")) == 2


async def test_the_command_says_when_it_cannot_tell_or_cannot_look(api: ApiDesk, database: str) -> None:
    await promised(api)
    await pass_time(api, HOUR)
    nowhere = {"TICKETS_NATS_URL": "nats://127.0.0.1:1"}

    code, out, err = await run_command(database, nowhere, "--once")
    assert code == 1
    assert "1 late" in out
    assert err == "tickets audit-timers: no event told of it: no NATS server answers at TICKETS_NATS_URL\n"

    code, out, err = await run_command("postgresql://127.0.0.1:1/nobody", nowhere, "--once")
    assert (code, out) == (2, "")
    assert "TICKETS_POSTGRES_URL" in err


async def test_as_a_process_of_its_own_it_tells_and_measures_with_all_workers_dead(
    api: ApiDesk, database: str, fresh_desk: BrokerDesk, processes: Processes
) -> None:
    await promised(api)
    await pass_time(api, HOUR)
    environment = {
        "TICKETS_POSTGRES_URL": database,
        "TICKETS_SECRET": "a secret of the tests",
        **fresh_desk.environment("tickets"),
    }
    process = await processes.start("tickets", environment, [str(Path(sys.prefix) / "bin" / "tickets"), "audit-timers"])
    operator = await fresh_desk.connect()

    async def was_told() -> bool:
        return len(await stored(operator, "OPERATIONS")) == 1

    await eventually(was_told, 20)
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"{process.url}/metrics")).text
    values = {sample.name: sample.value for family in text_string_to_metric_families(text) for sample in family.samples}
    assert values["tickets_timers_late"] == 1
    assert values["tickets_timers_audited_timestamp_seconds"] > 0
    assert await process.stop() == 0
