"""Whoever reads tickets, agents and senders is told what teams and people are called, with the same answer."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, opened, people

FIRST_LINE = {"first-line": {"es": "Primera línea", "en": "First line"}}
NOBODY: dict[str, dict[str, str]] = {"agents": {}, "teams": {}, "people": {}}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


@pytest.fixture
async def ana(api: ApiDesk) -> httpx.AsyncClient:
    return await agent(api, "ana")


async def test_a_ticket_comes_with_the_names_of_its_team_and_its_assignee(ana: httpx.AsyncClient) -> None:
    number = await opened(ana, team="first-line", assignee="bob")

    alone = (await ana.get(f"/api/v1/tickets/{number}")).json()
    [found] = (await ana.get("/api/v1/tickets")).json()["items"]
    [mine] = (await ana.get("/api/v1/agents/bob/queue")).json()["items"]

    for ticket in (alone, found, mine):
        assert ticket["names"] == NOBODY | {"agents": {"bob": "Bob Hall"}, "teams": FIRST_LINE}


async def test_a_mention_comes_with_the_name_of_whoever_wrote_it(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    number = await opened(ana, team="first-line")
    note = {"text": "@ana, míralo", "internal": True}
    assert (await (await agent(api, "bob")).post(f"/api/v1/tickets/{number}/replies", json=note)).status_code == 201

    [mention] = (await ana.get("/api/v1/agents/ana/queue", params={"view": "mentions"})).json()["items"]

    assert mention["mention"]["by"] == "agent:bob"
    assert mention["names"]["agents"] == {"bob": "Bob Hall"}


async def test_a_team_that_the_desk_does_not_know_has_no_name(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    number = await opened(ana, team="first-line")
    await api.database.execute("update ticket set team = 'of-yesterday' where number = $1", number)

    assert (await ana.get(f"/api/v1/tickets/{number}")).json()["names"] == NOBODY


async def test_an_agent_comes_with_the_names_of_their_teams(ana: httpx.AsyncClient) -> None:
    alone = (await ana.get("/api/v1/agents/bob")).json()
    listed = {one["handle"]: one for one in (await ana.get("/api/v1/agents")).json()["items"]}

    assert alone["names"] == listed["bob"]["names"] == NOBODY | {"teams": FIRST_LINE}
    assert listed["eva"]["names"]["teams"] == {"network": {"es": "Redes", "en": "Networks"}}


async def test_a_listed_sender_comes_with_the_name_of_whoever_listed_them(ana: httpx.AsyncClient) -> None:
    number = await opened(ana, team="first-line")
    until = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    entry = {"kind": "deny", "sender": "x@ventas.example", "note": "offers", "expires_at": until, "ticket": number}

    made = (await ana.post("/api/v1/sender-list", json=entry)).json()
    [listed] = (await ana.get("/api/v1/sender-list")).json()["items"]

    assert made["created_by"] == "agent:ana"
    assert made["names"] == listed["names"] == NOBODY | {"agents": {"ana": "Ana Gil"}}
