"""A ticket gets another policy by hand: its clocks go by that one, and the history says so."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, new_ticket, open_api_desk
from tests.integration.tickets.routed_mails import items, routed, settle
from tests.integration.tickets.test_clocks import ALWAYS, STANDARD, document, folded, new, state
from tickets.adapters.postgres.clock_reads import ClockReads
from tickets.domain.service_levels.state import as_data
from tickets.handlers.timers.recompute import differences


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await document(desk, "policy", "standard", 1, STANDARD)
        yield desk


@pytest.fixture
async def agent(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("read", "write", name="eva")


async def test_another_policy_by_hand_recomputes_the_clocks_and_stands_in_the_history(
    api: ApiDesk, agent: httpx.AsyncClient
) -> None:
    vip = {**STANDARD, "targets": {**STANDARD["targets"], "first_response": {"normal": {"minutes": 15, **ALWAYS}}}}
    await document(api, "policy", "vip", 1, vip)
    await settle(api, new(1))
    before = (await state(api))["clocks"]["first_response"]["due_at"]

    answer = await agent.patch("/api/v1/tickets/1", json={"policy": "vip", "skills": ["sap", "sap"]})
    unknown = await agent.patch("/api/v1/tickets/1", json={"policy": "no-such"})

    assert (answer.status_code, answer.json()["service_level"]["policy"], answer.json()["skills"]) == (
        200, "vip", ["sap"],
    )  # fmt: skip
    assert (await state(api))["clocks"]["first_response"]["due_at"] < before
    assert await state(api) == as_data(await folded(api))
    changes = [one["detail"] for one in await items(agent, "/tickets/1/history") if one["action"] == "ticket.changed"]
    assert [(one["field"], one["old"], one["new"]) for one in changes] == [
        ("policy", "standard", "vip"), ("skills", [], ["sap"]),
    ]  # fmt: skip
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/policy")
    assert "there is standard, vip" in unknown.json()["errors"][0]["detail"]


async def test_a_ticket_that_had_no_clocks_gets_them_with_its_policy(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await settle(api, routed(1, at=datetime.now(UTC), decision={"service_level_policy": "none"}))
    assert not await api.database.fetch("select 1 from service_level")

    answer = await agent.patch("/api/v1/tickets/1", json={"policy": "standard"})

    assert answer.status_code == 200, answer.text
    assert answer.json()["service_level"]["first_response"]["state"] == "running"
    assert await state(api) == as_data(await folded(api))
    clocks = ClockReads(api.database, api.levels)
    assert [found async for _, found in differences(clocks)] == [[]]


async def test_a_ticket_is_opened_with_a_policy_and_skills(api: ApiDesk, agent: httpx.AsyncClient) -> None:
    await document(api, "policy", "vip", 1, STANDARD)

    made = await agent.post("/api/v1/tickets", json=new_ticket(policy="vip", skills=["sap"]))
    refused = await agent.post("/api/v1/tickets", json=new_ticket(policy="gold"))

    assert (made.status_code, made.json()["service_level"]["policy"], made.json()["skills"]) == (201, "vip", ["sap"])
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/policy")
