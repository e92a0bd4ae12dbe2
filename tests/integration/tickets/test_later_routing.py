"""Why a ticket is where it is, after rules changed it because another message joined it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, new_ticket, open_api_desk
from tests.integration.tickets.climbing_desk import fire_all
from tests.integration.tickets.desk_people import agent, people
from tests.integration.tickets.routed_mails import answered, routed, settle
from tests.integration.tickets.test_clocks import last_mail

PATH = "/api/v1/tickets/1/routing"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        await settle(desk, routed(1))
        await answered(await agent(desk, "ana"), 1)
        yield desk


@pytest.fixture
async def ana(api: ApiDesk) -> httpx.AsyncClient:
    return await agent(api, "ana")


async def joins(api: ApiDesk, sequence: int, **on_reply: Any) -> None:
    decision = {"on_reply": on_reply} if on_reply else {}
    await settle(api, routed(sequence, decision=decision, threading={"in_reply_to": await last_mail(api)}))


async def messages(client: httpx.AsyncClient) -> list[str]:
    found = (await client.get("/api/v1/tickets/1/messages")).json()["items"]
    return [one["id"] for one in found if one["kind"] == "customer"]


async def test_a_ticket_tells_which_messages_moved_it_later_and_where_that_is_explained(
    api: ApiDesk, ana: httpx.AsyncClient
) -> None:
    before = (await ana.get(PATH)).json()
    await joins(api, 2, priority="urgent", team="makers", tier="3", rules=["lawyer", "angry"])
    await joins(api, 3)
    await answered(ana, 1)
    await fire_all(api)
    await joins(api, 4, tags=["vip"], rules=["vip"])
    second, fourth = [(await messages(ana))[place] for place in (1, 3)]

    routing = (await ana.get(PATH)).json()

    assert before["later"] == []
    assert [(one["message_id"], one["rules"], one["changed"]) for one in routing["later"]] == [
        (second, ["lawyer", "angry"], {"priority": "urgent", "team": "makers", "tier": "3"}),
        (fourth, ["vip"], {"tags": ["vip"]}),
    ]
    assert routing["sentence"]["en"] == (
        f"{before['sentence']['en']} Later moved by rules lawyer, angry: priority urgent; team The makers; tier 3."
        " Later changed by rule vip: tags vip."
    )
    assert routing["sentence"]["es"].endswith("Cambiado más tarde por la regla vip: etiquetas vip.")
    explained = (await ana.get(routing["later"][0]["href"])).json()
    assert explained["message_id"] == second
    assert explained["decision"]["on_reply"]["rules"] == ["lawyer", "angry"]
    assert (explained["later"], explained["sentence"]["en"].count("Later")) == ([], 0)


async def test_as_text_it_ends_with_what_changed_it_later(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await joins(api, 2, team="makers", priority="urgent", rules=["lawyer"])
    await fire_all(api)

    said = (await ana.get(PATH, params={"format": "text", "language": "es"})).text.splitlines()

    assert "Movido más tarde por la regla lawyer: prioridad urgente; equipo Fabricación" in said[0]
    assert said[-2] == "más tarde, al unirse otro mensaje:"
    assert said[-1].endswith("por la regla lawyer: prioridad urgente; equipo Fabricación; nivel 3")
    assert (await messages(ana))[1] not in said[-1]


async def test_what_people_changed_and_what_was_passed_over_is_no_rule_s_doing(
    api: ApiDesk, ana: httpx.AsyncClient
) -> None:
    await joins(api, 2, team="ghost", rules=["lawyer"])
    await fire_all(api)
    await ana.patch("/api/v1/tickets/1", json={"priority": "low", "why": "rules: mine"})

    assert (await ana.get(PATH)).json()["later"] == []


async def test_no_more_is_told_than_twenty_messages_the_newest_last(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    for sequence in range(2, 25):
        await joins(api, sequence, tags=[f"t{sequence}"], rules=[f"r{sequence}"])

    routing = (await ana.get(PATH)).json()

    assert [one["rules"] for one in routing["later"]] == [[f"r{sequence}"] for sequence in range(5, 25)]
    assert routing["sentence"]["en"].count("Later") == 3


async def test_a_ticket_that_was_opened_by_hand_says_which_message_rules_changed_it_for(
    api: ApiDesk, ana: httpx.AsyncClient
) -> None:
    await ana.post("/api/v1/tickets", json=new_ticket())
    await answered(ana, 2)
    decision = {"on_reply": {"priority": "urgent", "rules": ["vip"]}}
    threading = {"in_reply_to": await last_mail(api)}
    await settle(api, routed(2, at=datetime.now(UTC), decision=decision, threading=threading))

    answer = await ana.get("/api/v1/tickets/2/routing")

    assert answer.status_code == 404
    assert "rules changed it later: ?message=" in answer.json()["detail"]
