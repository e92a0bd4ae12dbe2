"""Who may let somebody read along: whoever has a part in the ticket, and nobody else at the desk."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, history, people
from tests.integration.tickets.merging_desk import participants
from tests.integration.tickets.routed_mails import ANA, routed, settle

LUIS = "luis@cliente.example"
PEOPLE = "/api/v1/tickets/1/participants"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


async def test_somebody_of_the_team_adds_and_removes_people_in_copy(api: ApiDesk) -> None:
    await settle(api, routed(1))
    ana = await agent(api, "ana")

    added = await ana.post(PEOPLE, json={"address": LUIS})
    removed = await ana.delete(f"{PEOPLE}/{LUIS}")

    assert (added.status_code, removed.status_code) == (201, 200)
    assert [one["action"] for one in (await history(ana, 1))[-2:]] == ["participants.added", "participants.removed"]


async def test_an_agent_without_a_part_in_the_ticket_lets_nobody_read_along(api: ApiDesk) -> None:
    await settle(api, routed(1))
    ana, zoe = await agent(api, "ana"), await agent(api, "zoe")
    assert (await ana.post(PEOPLE, json={"address": LUIS})).status_code == 201

    added = await zoe.post(PEOPLE, json={"address": "zoe@elsewhere.example"})
    removed = await zoe.delete(f"{PEOPLE}/{LUIS}")

    for answer in (added, removed):
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:ventanilla:problem:not_yours")
        assert "zoe neither has nor follows ticket 1" in answer.json()["detail"]
    assert await participants(ana, 1) == {ANA: "requester", LUIS: "cc"}
