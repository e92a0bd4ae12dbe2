"""The clocks of tickets, kept in the transactions that write their histories: due rows, fires, one truth."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.routed_mails import answered, items, routed, settle
from tickets.adapters.postgres.clock_reads import ClockReads
from tickets.adapters.postgres.due_store import DueStore
from tickets.adapters.postgres.level_documents import Levels
from tickets.adapters.postgres.settling import SettlingStore
from tickets.adapters.postgres.timers import set_timers
from tickets.domain.rows import HistoryRow, Settlement
from tickets.domain.service_levels.clocks import begin, step
from tickets.domain.service_levels.firing import KIND, next_timer
from tickets.domain.service_levels.from_history import SEEN, events_of
from tickets.domain.service_levels.log import Opened
from tickets.domain.service_levels.next_due import next_due_at
from tickets.domain.service_levels.state import State, as_data
from tickets.domain.service_levels.stored_state import read_state, stored_state
from tickets.handlers.timers.fire_due import DueWorker
from tickets.handlers.timers.fires import FIRES
from tickets.handlers.timers.recompute import differences, mend
from ventanilla_runtime.delivery import Delivery

ALWAYS = {"calendar": "always"}
STANDARD = {
    "targets": {
        "first_response": {"normal": {"minutes": 60, **ALWAYS}, "low": {"minutes": 120, **ALWAYS}},
        "next_response": {"normal": {"minutes": 30, **ALWAYS}},
        "resolution": {"normal": {"minutes": 600, **ALWAYS}, "urgent": {"minutes": 100, **ALWAYS}},
    },
    "pauses": {"resolution": ["pending", "on_hold"]},
}


async def document(api: ApiDesk, kind: str, name: str, version: int, content: Any) -> None:
    await api.database.execute(
        "insert into desk_document (kind, name, version, content, created_by) values ($1, $2, $3, $4, 'eva')",
        kind, name, version, orjson.dumps(content).decode(),
    )  # fmt: skip
    async with api.database.connection() as connection:
        await api.levels.refresh(connection)


def new(sequence: int, **received: Any) -> Delivery:
    """A mail of normal priority that was accepted just now."""
    decision = {"priority": "normal", "service_level_policy": "standard"}
    return routed(sequence, at=datetime.now(UTC), decision=decision, **received)


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await document(desk, "policy", "standard", 1, STANDARD)
        yield desk


@pytest.fixture
async def agent(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("read", "write", name="eva")


async def state(api: ApiDesk, number: int = 1) -> dict[str, Any]:
    row = await api.database.fetchrow("select state from service_level where ticket_number = $1", number)
    return as_data(read_state(orjson.loads(row["state"])))


async def due(api: ApiDesk, number: int = 1) -> list[tuple[str, str]]:
    rows = await api.database.fetch(
        "select detail from due where kind = 'clock' and ticket_number = $1 order by due_at", number
    )
    return [(detail["clock"], detail["kind"]) for row in rows for detail in [orjson.loads(row["detail"])]]


async def folded(api: ApiDesk, number: int = 1) -> State:
    """What the history alone amounts to."""
    rows = await api.database.fetch(
        "select at, actor, action, detail from history where ticket_number = $1 and action = any($2) order by id",
        number, list(SEEN),
    )  # fmt: skip
    found = None
    for row in rows:
        detail = orjson.loads(row["detail"])
        for event in events_of(row["at"], row["actor"], row["action"], detail, found.order if found else 0):
            if found is not None:
                found = step(found, event, api.levels.desk)
            elif isinstance(event, Opened):
                found = begin(event, api.levels.desk)
    assert found is not None
    return found


async def last_mail(api: ApiDesk) -> str:
    """Message-ID of the last answer."""
    row = await api.database.fetchrow(
        "select rfc_message_id from message where kind = 'agent' order by accepted_at desc limit 1"
    )
    id_: str = row["rfc_message_id"]
    return id_


def worker(api: ApiDesk) -> DueWorker:
    return DueWorker(DueStore(api.database, api.desk.signer, api.levels), api.deps, FIRES)


async def age(api: ApiDesk, time: timedelta) -> None:
    """Let everything have happened so much earlier: what lies ahead comes near."""
    await api.database.execute("update history set at = at - $1::interval", time)
    for name in ("until", "next_update_by"):
        await api.database.execute(
            "update history set detail = detail ||"
            " jsonb_build_object($2::text, (detail->>$2)::timestamptz - $1::interval) where detail ? $2",
            time, name,
        )  # fmt: skip
    for row in await api.database.fetch("select ticket_number from service_level"):
        number, found = row["ticket_number"], await folded(api, row["ticket_number"])
        async with api.database.transaction() as connection:
            await connection.execute(
                "update service_level set state = $2, next_due_at = $3 where ticket_number = $1",
                number, orjson.dumps(stored_state(found)).decode(), next_due_at(found),
            )  # fmt: skip
            await set_timers(connection, {(number, KIND): next_timer(found, api.levels.desk)})


async def test_a_new_ticket_has_clocks_from_the_moment_of_its_acceptance(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, new(1))

    clocks = (await state(api))["clocks"]
    ticket = (await agent.get("/api/v1/tickets/1")).json()
    assert clocks["first_response"]["started_at"].replace("+00:00", "Z") == ticket["created_at"].replace("+00:00", "Z")
    assert clocks["first_response"]["target"] == 60 * 60 * 1_000_000
    assert await due(api) == [("first_response", "warning:0.5")]


async def test_a_ticket_without_a_policy_has_no_clocks_and_costs_nothing(database: str) -> None:
    async with open_api_desk(database) as desk:
        await settle(desk, new(1))
        assert not await desk.database.fetch("select 1 from service_level")
        assert not await due(desk)


async def test_the_state_is_what_the_history_amounts_to_whatever_happens(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, new(1))
    first = await answered(agent, 1, status="pending")
    await settle(api, new(2, threading={"in_reply_to": first["message_id"]}))
    boss = await api.client("read", "write", "admin", name="boss")
    await boss.patch("/api/v1/tickets/1", json={"priority": "urgent", "tier": "2"})
    await answered(agent, 1)
    await agent.patch("/api/v1/tickets/1", json={"status": "solved", "resolution": "restarted"})
    await agent.patch("/api/v1/tickets/1", json={"status": "open"})

    assert await state(api) == as_data(await folded(api))
    clocks = (await state(api))["clocks"]
    assert clocks["first_response"]["stands"] == "answered"
    assert clocks["next_response"]["cycle"] == 1
    assert set(clocks) >= {"tier:1", "tier:2"}


async def test_only_a_persons_public_reply_stops_the_first_response(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, new(1))
    await agent.post("/api/v1/tickets/1/replies", json={"text": "Mira esto", "internal": True})
    assert "met_at" not in (await state(api))["clocks"]["first_response"]
    await answered(agent, 1)
    assert "met_at" in (await state(api))["clocks"]["first_response"]


async def test_warnings_and_the_breach_fire_once_each_and_in_order(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, new(1))
    await age(api, timedelta(minutes=31))
    while await worker(api).fire_once():
        pass
    await age(api, timedelta(minutes=60))
    while await worker(api).fire_once():
        pass

    fired = [(event["clock"], event["kind"]) for event in await api.leaving("ticket.service_level")]
    assert fired == [("first_response", kind) for kind in ("warning:0.5", "warning:0.8", "breach")]
    actions = [entry["action"] for entry in await items(agent, "/tickets/1/history")]
    assert (actions.count("service_level.warned"), actions.count("service_level.breached")) == (2, 1)
    assert await due(api) == [("resolution", "warning:0.5")]


async def test_a_reply_in_time_takes_the_breach_back(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, new(1))
    await answered(agent, 1)
    await age(api, timedelta(minutes=90))

    assert await worker(api).fire_once() == 0
    assert await due(api) == [("resolution", "warning:0.5")]


async def test_a_batch_with_a_new_ticket_and_a_reply_to_an_older_one_leaves_the_rows_of_both_as_they_are_now(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, new(1))
    await answered(agent, 1, status="pending")
    assert await due(api) == []

    reply = new(3, threading={"in_reply_to": await last_mail(api)})
    await settle(api, new(2, sender="otra@cliente.example"), reply)

    assert await due(api) == [("next_response", "warning:0.5")], "and not what waited in pending"
    assert await due(api, 2) == [("first_response", "warning:0.5")]
    rows = await api.database.fetch("select kind from due where ticket_number = 1 and kind <> 'clock'")
    assert rows == [], "the lifecycle of pending is over"


async def test_four_workers_fire_each_breach_of_many_tickets_once(api: ApiDesk) -> None:
    await settle(api, *[new(n, sender=f"c{n}@cliente.example") for n in range(1, 31)])
    await age(api, timedelta(minutes=70))

    async def until_done() -> None:
        idle = 0
        while idle < 3:
            idle = 0 if await worker(api).fire_once() else idle + 1

    await asyncio.gather(*(until_done() for _ in range(4)))

    fired = [event["id"] for event in await api.leaving("ticket.service_level")]
    assert len(fired) == len(set(fired)) == 90, "two warnings and a breach for each, however late"


async def test_another_replica_that_has_not_read_a_new_version_yet_reads_it(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, new(1))
    behind = Levels(policies=api.levels.policies)  # of a process that has just begun
    store = SettlingStore(api.database, api.desk.signer, behind)

    async with store.transaction() as settling:
        line = HistoryRow(1, datetime.now(UTC), "eva", "reply.sent", {})
        await settling.save(Settlement(history=[line]))

    assert (await state(api))["clocks"]["first_response"]["stands"] == "answered"


async def test_the_api_shows_what_was_promised_and_how_it_stands(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, new(1))
    level = (await agent.get("/api/v1/tickets/1")).json()["service_level"]
    assert (level["policy"], level["first_response"]["state"], level["resolution"]["state"]) == (
        "standard",
        "running",
        "running",
    )
    assert level["next_response"]["state"] == level["update"]["state"] == "none"
    await answered(agent, 1, status="pending")
    await age(api, timedelta(hours=30))

    level = (await agent.get("/api/v1/tickets/1")).json()["service_level"]

    assert (level["first_response"]["state"], level["first_response"]["breached_at"]) == ("met", None)
    assert (level["resolution"]["state"], level["resolution"]["paused_by"]) == ("paused", "paused:pending")
    assert (await agent.get("/api/v1/tickets")).json()["items"][0]["service_level"] == level


async def test_what_an_agent_opens_again_goes_on_where_it_stood_and_falls_due_later(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, new(1))
    before = (await agent.get("/api/v1/tickets/1")).json()["service_level"]["resolution"]
    await agent.patch("/api/v1/tickets/1", json={"status": "solved", "resolution": "x"})
    met = (await agent.get("/api/v1/tickets/1")).json()["service_level"]["resolution"]
    await age(api, timedelta(hours=30))

    await agent.patch("/api/v1/tickets/1", json={"status": "open"})

    level = (await agent.get("/api/v1/tickets/1")).json()["service_level"]["resolution"]
    assert [one["state"] for one in (before, met, level)] == ["running", "met", "running"]
    left = datetime.fromisoformat(level["due_at"]) - datetime.now(UTC)
    assert timedelta(minutes=598) < left <= timedelta(minutes=600)


async def test_the_arithmetic_shows_each_stretch_and_sums_up_to_what_the_clock_says(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, new(1))
    await answered(agent, 1, status="pending")
    await settle(api, new(2, threading={"in_reply_to": await last_mail(api)}))

    sums = (await agent.get("/api/v1/tickets/1/service-level/arithmetic")).json()

    resolution = sums["clocks"]["resolution"]
    assert [stretch["why"] for stretch in resolution["intervals"]] == ["counted", "paused:pending", "counted"]
    counted = sum(stretch["seconds"] for stretch in resolution["intervals"])
    assert counted == pytest.approx(resolution["used_seconds"], abs=1e-6)
    assert set(sums["tier_minutes"]) == {"1"}
    assert (await agent.get("/api/v1/tickets/99/service-level/arithmetic")).status_code == 404


async def test_recomputing_a_healthy_desk_finds_nothing_and_a_sick_one_is_put_right(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await settle(api, *[new(n, sender=f"c{n}@cliente.example") for n in range(1, 6)])
    await answered(agent, 3)
    clocks = ClockReads(api.database, api.levels)
    assert [(count, found) async for count, found in differences(clocks)] == [(5, [])]
    right = await state(api, 2)
    sick = {**right, "clocks": {**right["clocks"], "resolution": right["clocks"]["first_response"]}}
    await api.database.execute(
        "update service_level set state = $1 where ticket_number = 2", orjson.dumps(sick).decode()
    )

    [(_, found)] = [result async for result in differences(clocks)]

    assert [one.number for one in found] == [2]
    await mend(found, clocks)
    assert await state(api, 2) == right
    assert [(count, found) async for count, found in differences(clocks)] == [(5, [])]


async def promised(api: ApiDesk, apology: Any = None) -> None:
    """A policy that promises an update a day."""
    update = {"update": {"normal": {"minutes": 60, **ALWAYS}}}
    await document(api, "policy", "standard", 2, {"targets": update, "apology": apology, "warn_at": []})


async def fire_all(api: ApiDesk) -> None:
    while await worker(api).fire_once():
        pass


async def mails_of(api: ApiDesk, source: str) -> list[dict[str, Any]]:
    return [mail for mail in await api.leaving("notification.requested") if source in mail["id"]]


async def test_the_customer_is_told_of_a_late_update_with_a_new_time_and_only_once(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await promised(api, {"minutes": 90, **ALWAYS})
    await settle(api, new(1))
    await age(api, timedelta(minutes=61))
    await fire_all(api)

    [apology] = await mails_of(api, "apology")
    assert "vamos con retraso" in apology["subject"]
    update = (await state(api))["clocks"]["update"]
    assert (update["promise"], update["cycle"]) == ("automatic", 2)
    assert await state(api) == as_data(await folded(api))

    await age(api, timedelta(minutes=91))
    await fire_all(api)

    assert len(await mails_of(api, "apology")) == 1, "from now on a person must"
    kinds = [(event["clock"], event["kind"], event["cycle"]) for event in await api.leaving("ticket.service_level")]
    assert kinds == [("update", "update_due", 1), ("update", "update_due", 2)]


async def test_a_ticket_that_goes_on_in_another_one_apologises_no_more(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await promised(api, {"minutes": 90, **ALWAYS})
    await settle(api, new(1), new(2))
    await age(api, timedelta(minutes=61))
    merged = await agent.post("/api/v1/tickets/1/merge", json={"into": 2, "reason": "it is the same", "share": True})
    assert merged.status_code == 200, merged.text
    await fire_all(api)

    assert [mail["ticket_number"] for mail in await mails_of(api, "apology")] == [2]
    withheld = await api.database.fetch("select ticket_number, why from history where action = 'apology.withheld'")
    assert [tuple(row) for row in withheld] == [(1, "it goes on in 2")]


async def test_a_persons_promise_counts_shows_on_the_status_page_and_ends_with_the_answer(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    await promised(api)
    await settle(api, new(1))
    until = (datetime.now(UTC) + timedelta(hours=5)).replace(microsecond=0)

    answer = await agent.post("/api/v1/tickets/1/promise", json={"until": until.isoformat()})

    assert answer.status_code == 200, answer.text
    assert datetime.fromisoformat(answer.json()["service_level"]["update"]["due_at"]) == until
    portal = await api.client("portal", name="portal")
    page = (await portal.get(f"/api/v1/status/{api.desk.signer.status_token(1)}")).json()
    assert datetime.fromisoformat(page["next_update_by"]) == until
    await answered(agent, 1, status="solved", resolution="restarted")
    page = (await portal.get(f"/api/v1/status/{api.desk.signer.status_token(1)}")).json()
    assert page["next_update_by"] is None
    late = await agent.post("/api/v1/tickets/1/promise", json={"until": until.isoformat()})
    assert late.status_code == 409


async def test_a_promise_in_the_past_is_none(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, new(1))
    answer = await agent.post("/api/v1/tickets/1/promise", json={"until": "2020-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/until")
