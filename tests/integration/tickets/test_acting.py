"""A service acts for an agent: with her rights, under her name, and the history says on which way she came."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.tickets.api_desk import ApiDesk, new_ticket, open_api_desk
from tests.integration.tickets.desk_people import agent, history, opened, people
from tests.integration.tickets.slack_messages import EVA, acting, service

VIA = f"slack:{EVA}"


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


async def test_what_a_service_does_for_an_agent_is_hers_and_the_history_names_the_way(api: ApiDesk) -> None:
    number = await opened(await agent(api, "ana"))
    client = acting(await service(api), "ana", VIA)

    answer = await client.post(f"/api/v1/tickets/{number}/claim")
    replied = await client.post(f"/api/v1/tickets/{number}/replies", json={"text": "Ya lo miro."})

    assert answer.status_code == 200, answer.text
    assert answer.json()["assignee"] == "ana"
    assert (replied.json()["author"]["name"], replied.json()["author"]["handle"]) == ("Ana Gil", "ana")
    messages = (await client.get(f"/api/v1/tickets/{number}/messages", params={"newest_first": "true"})).json()["items"]
    assert [one["author"]["handle"] for one in messages] == ["ana", None]
    lines = [(one["action"], one["actor"], one["via"]) for one in await history(client, number)]
    assert lines[0] == ("ticket.created", "agent:ana", None)
    assert set(lines[1:]) == {("ticket.changed", "agent:ana", VIA), ("reply.sent", "agent:ana", VIA)}
    assert "via" not in (await history(client, number))[1]["detail"]


async def test_what_the_desk_does_by_itself_in_between_came_by_no_way(api: ApiDesk) -> None:
    number = await opened(await agent(api, "ana"))
    client = acting(await service(api), "ana", VIA)
    body = {"tier": "2", "reason": "needs the network team", "note": "Restarted it twice, nothing helped."}

    answer = await client.post(f"/api/v1/tickets/{number}/escalate", json=body)

    assert answer.status_code == 200, answer.text
    ways = {(one["actor"], one["via"]) for one in (await history(client, number))[1:]}
    assert ways == {("agent:ana", VIA), ("desk", None)}


async def test_the_rights_are_the_agents_and_not_the_services(api: ApiDesk) -> None:
    number = await opened(await agent(api, "ana"))
    client = acting(await service(api, "admin", "act"), "eva")

    claimed = await client.post(f"/api/v1/tickets/{number}/claim")
    team = await client.put("/api/v1/teams/network", json={"title": {"en": "Mine"}})

    assert claimed.status_code == 403
    assert "eva is not of the team first-line" in claimed.json()["detail"]
    assert team.status_code == 403
    assert team.json()["missing_scope"] == "admin"
    assert "nobody is lent" in team.json()["detail"]


@pytest.mark.parametrize(("handle", "slug"), [("nobody", "agent_unknown"), ("bob", "agent_retired")])
async def test_nobody_acts_for_somebody_who_is_not_there(api: ApiDesk, handle: str, slug: str) -> None:
    admin = await api.client("admin", name="root")
    assert (await admin.delete("/api/v1/agents/bob")).status_code == 204
    client = acting(await service(api), handle)

    answer = await client.get("/api/v1/tickets")

    assert answer.status_code == 403
    assert answer.json()["type"] == f"urn:ventanilla:problem:{slug}"
    assert handle in answer.json()["detail"]


async def test_a_token_without_the_scope_acts_for_nobody(api: ApiDesk) -> None:
    program = acting(await api.client("read", "write", "admin", name="program"), "ana")
    herself = acting(await api.client("read", "write", "act", name="eva", agent="eva"), "ana")
    way_alone = await api.client("read", name="other")
    way_alone.headers["ventanilla-via"] = VIA

    for client in (program, herself, way_alone):
        answer = await client.get("/api/v1/tickets")
        assert answer.status_code == 403
        assert answer.json()["missing_scope"] == "act"


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        ({"ventanilla-via": VIA}, "Ventanilla-Via"),
        ({"ventanilla-agent": "ana", "ventanilla-via": "slack"}, "Ventanilla-Via"),
        ({"ventanilla-agent": "ana", "ventanilla-via": "slack:" + "x" * 200}, "Ventanilla-Via"),
        ({"ventanilla-agent": "ana", "ventanilla-via": "slack:T1 U1"}, "Ventanilla-Via"),
        ({"ventanilla-agent": "x" * 61}, "Ventanilla-Agent"),
        ({"ventanilla-agent": " "}, "Ventanilla-Agent"),
        ({"ventanilla-agent": b"\xff"}, "Ventanilla-Agent"),
    ],
)
async def test_a_header_that_makes_no_sense_is_named(api: ApiDesk, headers: dict[str, str], named: str) -> None:
    client = await service(api)

    answer = await client.get("/api/v1/tickets", headers=headers)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["header"] == named


async def test_keys_of_agents_under_one_token_do_not_meet(api: ApiDesk) -> None:
    client = await service(api)
    key = {"idempotency-key": "same"}

    numbers = [
        (
            await acting(client, handle).post("/api/v1/tickets", json=new_ticket(text=f"{handle} llama."), headers=key)
        ).json()["number"]
        for handle in ("ana", "bob", "ana")
    ]

    assert numbers == [1, 2, 1]


async def test_a_handle_may_have_letters_beyond_ascii(api: ApiDesk) -> None:
    admin = await api.client("admin", name="root")
    made = await admin.put("/api/v1/agents/josé", json={"name": "José Paz", "email": "jose@desk.example"})
    assert made.status_code == 201, made.text
    client = await service(api)

    answer = await client.post("/api/v1/tickets", json=new_ticket(), headers={"ventanilla-agent": "josé".encode()})

    assert answer.status_code == 201, answer.text
    assert (await history(client, answer.json()["number"]))[0]["actor"] == "agent:josé"


async def test_a_decision_outside_of_tickets_names_the_way_too(api: ApiDesk) -> None:
    client = acting(await service(api), "eva", VIA)

    answer = await client.put("/api/v1/agents/eva/availability", json={"availability": "busy"})
    listed = await client.post(
        "/api/v1/sender-list", json={"kind": "deny", "sender": "offers.example"}
    )  # eva leads a team

    assert (answer.status_code, listed.status_code) == (200, 201)
    found = (await client.get("/api/v1/decisions")).json()["items"]
    assert [(one["action"], one["actor"], one["via"]) for one in found[:2]] == [
        ("sender.listed", "agent:eva", VIA),
        ("agent.busy", "agent:eva", VIA),
    ]
