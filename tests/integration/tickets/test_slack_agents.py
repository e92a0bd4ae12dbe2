"""Who of the desk is who in Slack, and what an agent writes in the customer's own thread."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

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


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "later"])
async def test_an_agent_who_asked_is_a_customer_in_their_own_thread(api: ApiDesk, together: bool) -> None:
    client = await service(api)
    await linked(client, "eva", EVA)
    await linked(client, "bob", BOB)
    written = [said(1, EVA), said(2, EVA)]

    for batch in [written] if together else [[one] for one in written]:
        await settle(api, *batch)

    messages = await items(client, "/tickets/1/messages")
    assert [one["kind"] for one in messages if one["kind"] != "automatic"] == ["customer", "customer"]
    ticket = (await client.get("/api/v1/tickets/1")).json()
    assert (ticket["status"], ticket["service_level"]["first_response"]["met_at"]) == ("new", None)
    assert "reply.sent" not in [one["action"] for one in await history(client, 1)]

    await settle(api, said(3, BOB))

    assert (await client.get("/api/v1/tickets/1")).json()["service_level"]["first_response"]["met_at"]
    answers = [one for one in await items(client, "/tickets/1/messages") if one["kind"] == "agent"]
    assert [one["author"]["handle"] for one in answers] == ["bob"]


async def test_an_agent_who_asks_again_wakes_their_own_ticket_as_any_customer_does(api: ApiDesk) -> None:
    client = await service(api)
    await linked(client, "eva", EVA)
    await settle(api, said(1, EVA))
    solved = await client.patch("/api/v1/tickets/1", json={"status": "solved", "resolution": "toner"})
    assert solved.status_code == 200, solved.text

    await settle(api, said(2, EVA))

    assert (await client.get("/api/v1/tickets/1")).json()["status"] == "open"


async def test_who_says_one_thing_more_in_a_closed_thread_goes_on_answering_its_customer(api: ApiDesk) -> None:
    client = await service(api)
    await linked(client, "eva", EVA)
    await settle(api, said(1))
    for status in ({"status": "solved", "resolution": "toner"}, {"status": "closed"}):
        changed = await client.patch("/api/v1/tickets/1", json=status)
        assert changed.status_code == 200, changed.text

    await settle(api, said(2, EVA), said(3), said(4, EVA))
    await settle(api, said(5, EVA))

    written = [one for one in await items(client, "/tickets/2/messages") if one["kind"] != "automatic"]
    assert [(one["author"]["address"], one["kind"]) for one in written] == [
        (EVA, "customer"), (CUSTOMER, "customer"), (EVA, "agent"), (EVA, "agent"),
    ]  # fmt: skip


async def test_an_agent_who_asked_twice_is_the_customer_of_both_threads_once_they_are_merged(api: ApiDesk) -> None:
    client = await service(api)
    await linked(client, "eva", EVA)
    await linked(client, "bob", BOB)
    await settle(api, said(1, EVA), said(2, EVA, thread=2))
    admin = await api.client("admin", name="root")
    merged = await admin.post("/api/v1/tickets/1/merge", json={"into": 2, "reason": REASON})
    assert merged.status_code == 200, merged.text

    await settle(api, said(3, EVA, text="hers"), said(4, BOB, text="his"))

    found = {one["text"]: (one["kind"], one["came_by"]) for one in await items(client, "/tickets/2/messages")}
    assert (found["hers"], found["his"]) == (("customer", 1), ("agent", 1))


def by(mail: str | None, **more: Any) -> dict[str, Any]:
    """A sender with the address that Slack has confirmed as theirs."""
    return {"authentication": {"grade": "verified", "member_mail": mail}, **more}


async def test_an_agent_who_never_did_anything_in_slack_is_recognised_at_the_first_line(api: ApiDesk) -> None:
    client = await service(api)
    await settle(api, said(1))

    await settle(api, said(2, EVA, **by("EVA@desk.example")))
    await settle(api, said(3, EVA))

    messages = await items(client, "/tickets/1/messages")
    assert [one["author"].get("handle") for one in messages if one["kind"] == "agent"] == ["eva", "eva"]
    assert (await client.get("/api/v1/tickets/1")).json()["service_level"]["first_response"]["met_at"]
    assert [one["handle"] for one in await items(client, f"/agents?slack={EVA}")] == ["eva"]
    kept = [one for one in await items(client, "/decisions") if one["action"] == "agent.slack_linked"]
    assert [(one["actor"], one["detail"]) for one in kept] == [
        ("desk", {"name": "eva", "team_id": TEAM, "user_id": "U0EVA"})
    ]


async def test_question_and_the_first_line_of_an_unknown_agent_in_one_batch(api: ApiDesk) -> None:
    client = await service(api)

    await settle(api, said(1), said(2, EVA, **by("eva@desk.example")), said(3, BOB, **by("bob@desk.example")))

    kinds = [one["kind"] for one in await items(client, "/tickets/1/messages")]
    assert kinds == ["customer", "agent", "agent", "automatic"]


async def test_two_replicas_recognise_an_agent_at_the_same_moment_and_link_them_once(api: ApiDesk) -> None:
    client = await service(api)
    await settle(api, said(1), said(2, thread=2))
    lines = [said(3, EVA, **by("eva@desk.example")), said(4, EVA, thread=2, **by("eva@desk.example"))]

    await asyncio.gather(*(settle(api, line) for line in lines))

    for number in (1, 2):
        assert "agent" in [one["kind"] for one in await items(client, f"/tickets/{number}/messages")]
    assert [one["action"] for one in await items(client, "/decisions")].count("agent.slack_linked") == 1


@pytest.mark.parametrize(
    "case", ["nobody's address", "none", "retired", "shared", "somebody else already", "elsewhere already", "unproven"]
)
async def test_nobody_is_recognised_on_a_guess(api: ApiDesk, case: str) -> None:
    client, admin = await service(api), await api.client("admin", name="root")
    if case == "retired":
        await admin.delete("/api/v1/agents/eva")
    if case == "shared":
        person = {"name": "Eva Dos", "email": "Eva@Desk.example"}
        assert (await admin.put("/api/v1/agents/eva2", json=person)).status_code < 300
    if case == "somebody else already":
        await linked(client, "bob", EVA)
    if case == "elsewhere already":
        await linked(client, "eva", f"{TEAM}/U0OTHER")
    before = await items(client, "/decisions")
    await settle(api, said(1))
    mail = {"nobody's address": "carmen@desk.example", "none": None}.get(case, "eva@desk.example")
    more = by(mail)
    if case == "unproven":
        more["authentication"]["grade"] = "claimed"

    await settle(api, said(2, EVA, **more))

    message = (await items(client, "/tickets/1/messages"))[1]
    assert message["author"].get("handle") == ("bob" if case == "somebody else already" else None)
    assert await items(client, "/decisions") == before


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
