"""Categories and skills that the desk does not have are refused, so that nobody solves a ticket without its cause."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, new_ticket, open_api_desk
from tests.integration.tickets.desk_people import PEOPLE, agent, opened, people
from tests.integration.tickets.routed_mails import routed, settle

SKILLED = "skills: [sap, vpn]\n" + PEOPLE.replace("languages: [en],", "languages: [en], skills: [vpn],")


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk, SKILLED)
        yield desk


@pytest.fixture
async def ana(api: ApiDesk) -> httpx.AsyncClient:
    return await agent(api, "ana")


def mistake(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["pointer"]


@pytest.mark.parametrize(
    ("fields", "pointer", "meant"),
    [
        ({"category": "outtage"}, "/category", "did you mean outage?"),
        ({"category": "xyz"}, "/category", "known are outage"),
        ({"skills": ["sap", "vpm"]}, "/skills/1", "did you mean vpn?"),
        ({"skills": ["tlh"]}, "/skills/0", "known are sap, vpn"),
    ],
)
async def test_a_word_that_the_desk_does_not_have_is_refused_with_what_was_meant(
    ana: httpx.AsyncClient, fields: dict[str, Any], pointer: str, meant: str
) -> None:
    number = await opened(ana)

    changed = await ana.patch(f"/api/v1/tickets/{number}", json=fields)
    made = await ana.post("/api/v1/tickets", json=new_ticket(**fields))

    assert mistake(changed) == mistake(made) == (422, pointer)
    assert meant in changed.json()["errors"][0]["detail"]
    assert meant in made.json()["errors"][0]["detail"]


async def test_words_of_the_desk_and_the_category_of_undecided_tickets_are_taken(ana: httpx.AsyncClient) -> None:
    number = await opened(ana, category="outage", skills=["vpn"])

    answer = await ana.patch(f"/api/v1/tickets/{number}", json={"category": "other", "skills": ["sap", "vpn"]})

    assert (answer.status_code, answer.json()["category"], answer.json()["skills"]) == (200, "other", ["sap", "vpn"])


async def test_what_the_router_decided_may_be_kept(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await settle(api, routed(1, decision={"category": "of-the-rules", "skills": ["cobol"]}))

    kept = {"category": "of-the-rules", "skills": ["cobol", "sap"], "priority": "high"}
    answer = await ana.patch("/api/v1/tickets/1", json=kept)

    assert (answer.status_code, answer.json()["category"], answer.json()["skills"]) == (
        200, "of-the-rules", ["cobol", "sap"],
    )  # fmt: skip


async def test_no_category_is_a_way_round_the_cause(ana: httpx.AsyncClient) -> None:
    number = await opened(ana, category="outage")
    path, done = f"/api/v1/tickets/{number}", {"status": "solved", "resolution": "rebooted"}

    misspelt = await ana.patch(path, json={"category": "outtage", **done})
    elsewhere = await ana.patch(path, json={"category": "other", **done})
    back = await ana.patch(path, json={"category": "outage"})
    told = await ana.patch(path, json={"category": "outage", "cause": "a loose cable"})
    untold = await ana.patch(path, json={"cause": None})
    closed = await ana.patch(path, json={"status": "closed"})

    assert mistake(misspelt) == (422, "/category")
    assert elsewhere.status_code == 200
    assert mistake(back) == mistake(untold) == (422, "/cause")
    assert (told.status_code, closed.status_code, closed.json()["cause"]) == (200, 200, "a loose cable")


async def test_a_desk_without_categories_and_skills_takes_any(database: str) -> None:
    async with open_api_desk(database) as api:
        eva = await api.client("read", "write", name="eva")

        number = await opened(eva, category="anything", skills=["tlh"])
        answer = await eva.patch(f"/api/v1/tickets/{number}", json={"category": "else", "skills": ["sap"]})

    assert (answer.status_code, answer.json()["category"], answer.json()["skills"]) == (200, "else", ["sap"])
