"""Who of the desk is who in Slack, and what an agent writes in the customer's own thread."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import history, people
from tests.integration.tickets.merging_desk import REASON
from tests.integration.tickets.routed_mails import items, ledger, routed, settle
from tests.integration.tickets.slack_messages import BOB, CUSTOMER, EVA, TEAM, linked, said, service


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


async def test_an_agent_is_linked_once_found_and_unlinked_and_that_is_written_down(api: ApiDesk) -> None:
    client = await service(api)

    answers = [await linked(client, "eva", EVA, "EVA@Desk.example") for _ in range(2)]
    found = await items(client, f"/agents?slack={EVA}")
    gone = await client.delete("/api/v1/agents/eva/slack")
    again = await client.delete("/api/v1/agents/eva/slack")

    assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
    assert answers[0].json()["slack"] == [{"team_id": TEAM, "user_id": "U0EVA"}]
    assert [one["handle"] for one in found] == ["eva"]
    assert (gone.status_code, again.status_code) == (204, 404)
    assert await items(client, f"/agents?slack={EVA}") == []
    kept = [one for one in await items(client, "/decisions") if one["action"].startswith("agent.slack")]
    assert [(one["action"], one["actor"], one["detail"]["user_id"]) for one in kept] == [
        ("agent.slack_unlinked", "agent:intake-chat", "U0EVA"),
        ("agent.slack_linked", "agent:intake-chat", "U0EVA"),
    ]


async def test_an_agent_may_be_in_several_teams_and_leave_one(api: ApiDesk) -> None:
    client = await service(api)
    await linked(client, "eva", EVA)
    await linked(client, "eva", "T0OTHER/U0EVA")

    gone = await client.delete(f"/api/v1/agents/eva/slack?team_id={TEAM}")

    assert gone.status_code == 204
    left = (await client.get("/api/v1/agents/eva")).json()["slack"]
    assert left == [{"team_id": "T0OTHER", "user_id": "U0EVA"}]


async def test_nobody_is_linked_on_a_guess(api: ApiDesk) -> None:
    client, admin = await service(api), await api.client("admin", name="root")
    await linked(client, "eva", EVA)
    await admin.delete("/api/v1/agents/zoe")
    unconfirmed = {"team_id": TEAM, "user_id": "U0BOB", "mail": "bob@desk.example", "mail_confirmed": False}

    refused = {
        "another's address": await linked(client, "bob", BOB, "eva@desk.example"),
        "retired": await linked(client, "zoe", f"{TEAM}/U0ZOE"),
        "nobody": await linked(client, "nobody", BOB),
        "somebody else's user": await linked(client, "bob", EVA),
        "a second user": await linked(client, "eva", BOB),
        "not confirmed": await client.put("/api/v1/agents/bob/slack", json=unconfirmed),
        "no user": await linked(client, "bob", f"{TEAM}/nobody"),
        "without the scope": await linked(admin, "bob", BOB),
    }

    statuses = {name: answer.status_code for name, answer in refused.items()}
    assert statuses == {
        "another's address": 422,
        "retired": 409,
        "nobody": 404,
        "somebody else's user": 409,
        "a second user": 409,
        "not confirmed": 422,
        "no user": 422,
        "without the scope": 403,
    }
    assert "eva already" in refused["somebody else's user"].json()["detail"]
    assert (await client.get("/api/v1/agents/bob")).json()["slack"] == []


async def test_what_an_agent_writes_in_the_customers_thread_is_a_public_reply(api: ApiDesk) -> None:
    client = await service(api)
    await linked(client, "eva", EVA)
    await settle(api, said(1))

    await settle(api, said(2, EVA, text="Lo miro ahora mismo."))

    ticket = (await client.get("/api/v1/tickets/1")).json()
    assert (ticket["status"], ticket["requester"]["identities"][0]["address"]) == ("open", CUSTOMER)
    assert ticket["service_level"]["first_response"]["met_at"] is not None
    message = (await items(client, "/tickets/1/messages"))[1]
    assert (message["kind"], message["author"]) == (
        "agent",
        {"address": EVA, "name": "Eva Ruiz", "handle": "eva"},
    )
    lines = [(one["action"], one["actor"], one["via"]) for one in await history(client, 1)]
    via = f"slack:{EVA}"
    assert lines[1:] == [("reply.sent", "agent:eva", via), ("ticket.changed", "agent:eva", via)]
    assert [one["kind"] for one in await api.leaving("ticket.message_added")] == ["agent"]
    asked_for = [one for one in await api.leaving("notification.requested") if one["medium"] == "slack"]
    assert all("Lo miro" not in one["text"] for one in asked_for)
    assert await ledger(api) == [("created", "", 1), ("appended", "conversation", 1)]


async def test_question_and_answer_in_one_batch_come_out_the_same(api: ApiDesk) -> None:
    client = await service(api)
    await linked(client, "eva", EVA)

    await settle(api, said(1), said(2, EVA), said(3))

    ticket = (await client.get("/api/v1/tickets/1")).json()
    assert ticket["service_level"]["first_response"]["met_at"] is not None
    kinds = [one["kind"] for one in await items(client, "/tickets/1/messages")]
    assert kinds == ["customer", "agent", "customer", "automatic"]  # the last one acknowledges
    assert ticket["status"] == "open"


async def test_an_answer_in_the_thread_wakes_nothing_and_keeps_the_first_time(api: ApiDesk) -> None:
    client = await service(api)
    await linked(client, "eva", EVA)
    await settle(api, said(1), said(2, EVA))
    first = (await client.get("/api/v1/tickets/1")).json()["service_level"]["first_response"]["met_at"]
    solved = await client.patch("/api/v1/tickets/1", json={"status": "solved", "resolution": "toner"})
    assert solved.status_code == 200, solved.text

    await settle(api, said(3, EVA))

    ticket = (await client.get("/api/v1/tickets/1")).json()
    assert ticket["status"] == "solved"
    assert ticket["service_level"]["first_response"]["met_at"] == first


@pytest.mark.parametrize("kind", ["nobody's", "retired", "unproven", "a machine's"])
async def test_whoever_is_no_agent_at_work_is_a_customer(api: ApiDesk, kind: str) -> None:
    client = await service(api)
    if kind != "nobody's":
        await linked(client, "eva", EVA)
    if kind == "retired":
        await (await api.client("admin", name="root")).delete("/api/v1/agents/eva")
    await settle(api, said(1))
    more = {"unproven": {"authentication": {"grade": "claimed"}}, "a machine's": {"automation": "auto-generated"}}

    await settle(api, said(2, EVA, **more.get(kind, {})))

    message = (await items(client, "/tickets/1/messages"))[1]
    assert message["kind"] == ("automatic" if kind == "a machine's" else "customer")
    assert (await client.get("/api/v1/tickets/1")).json()["service_level"]["first_response"]["met_at"] is None


async def test_an_agent_who_begins_a_thread_is_a_customer_of_the_desk(api: ApiDesk) -> None:
    client = await service(api)
    await linked(client, "eva", EVA)
    await settle(api, said(1), said(2, EVA, thread=2, subject="[#1] again"))

    assert [one["requester"]["identities"][0]["address"] for one in await items(client, "/tickets")] == [EVA, CUSTOMER]


async def test_an_answer_by_a_merged_ticket_goes_where_that_goes_on(api: ApiDesk) -> None:
    client = await service(api)
    await linked(client, "eva", EVA)
    await settle(api, said(1), said(2, thread=2))
    admin = await api.client("admin", name="root")
    merged = await admin.post("/api/v1/tickets/1/merge", json={"into": 2, "reason": REASON})
    assert merged.status_code == 200, merged.text

    await settle(api, said(3, EVA))

    found = {one["text"]: (one["kind"], one["came_by"]) for one in await items(client, "/tickets/2/messages")}
    assert found["Mensaje 3"] == ("agent", 1)


async def test_a_batch_of_mails_looks_nobody_up(api: ApiDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    deps = api.settle_deps()
    monkeypatch.setattr(api, "settle_deps", lambda *_: deps)

    async def note(connection: object, people: list[tuple[str, str]]) -> dict[str, object]:
        asked.extend(f"{team}/{user}" for team, user in people)
        return {}

    monkeypatch.setattr("tickets.adapters.postgres.settling.staff_among", note)

    await settle(api, routed(1))

    assert asked == []
