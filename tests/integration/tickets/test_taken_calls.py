"""A call that an agent took: the ticket is theirs, the caller has been answered, and nobody else is handed it."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.climbing_desk import put
from tests.integration.tickets.desk_people import agent, assignees, history, people
from tests.integration.tickets.routed_mails import routed, settle
from ventanilla_contracts.history_text import said_of

CALLER = "+34600111222"
CALL: dict[str, Any] = {"channel": "voice", "account": "+34910000000", "sender": CALLER}
FIRST_LINE = {"team": "first-line"}
PROMISE = {"targets": {"first_response": {"normal": {"minutes": 5, "calendar": "always"}}}}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk, first_line="round_robin")
        yield desk


@pytest.fixture
async def reader(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("read", "write", "admin", name="boss")


def call(number: int, taken_by: str | None, **more: Any) -> Any:
    """Call number `number`, which this agent took."""
    return routed(number, decision=more.pop("decision", FIRST_LINE), call={"taken_by": taken_by}, **CALL, **more)


async def told(client: httpx.AsyncClient, number: int) -> list[tuple[str, str, str]]:
    """Who did what, and why in Spanish."""
    items = (await client.get(f"/api/v1/tickets/{number}/history?limit=200")).json()["items"]
    return [(one["actor"], one["action"], one["why"]) for one in items]


async def answered_at(api: ApiDesk) -> list[datetime]:
    """When tickets were answered first, in the order of their numbers."""
    return [row[0] for row in await api.database.fetch("select first_response_at from ticket order by number")]


async def accepted_at(api: ApiDesk) -> list[datetime]:
    """When the messages of customers came, in their order."""
    rows = await api.database.fetch("select accepted_at from message where kind = 'customer' order by 1")
    return [row[0] for row in rows]


async def test_a_new_ticket_is_of_whoever_took_the_call_and_not_of_whose_turn_it_is(
    api: ApiDesk, reader: httpx.AsyncClient
) -> None:
    await settle(api, call(1, "bob"), call(2, "bob"))

    ticket = (await reader.get("/api/v1/tickets/1")).json()

    assert await assignees(api) == ["bob", "bob"]
    assert ticket["status"] == "open"
    assert await answered_at(api) == await accepted_at(api)
    assert await told(reader, 1) == [
        ("customer", "ticket.created", ""),
        ("desk", "ticket.assigned", "took the call"),
        ("agent:bob", "call.taken", ""),
        ("desk", "ticket.changed", "took the call"),
    ]
    created = (await api.leaving("ticket.created"))[0]["ticket"]
    assert (created["assignee"], created["status"]) == ("bob", "new")
    turn = await api.database.fetchrow("select last_assigned from team where name = 'first-line'")
    assert turn["last_assigned"] is None


@pytest.mark.parametrize(
    ("taken_by", "team", "assignee"),
    [
        ("eva", "first-line", "ana"),  # of another team: the next one gets it
        ("eva", "network", "eva"),
        ("bob", "makers", None),
        ("bob", "elsewhere", "bob"),  # a team that the desk does not know: anybody's
        ("nobody", "network", None),
        (None, "network", None),
        ("zoe", "makers", None),  # retired
    ],
)
async def test_only_a_working_agent_who_may_have_tickets_of_the_team_gets_it(
    api: ApiDesk, reader: httpx.AsyncClient, taken_by: str | None, team: str, assignee: str | None
) -> None:
    await reader.delete("/api/v1/agents/zoe")

    await settle(api, call(1, taken_by, decision={"team": team}))

    assert await assignees(api) == [assignee]
    talked = "call.taken" in [action for _, action, _ in await told(reader, 1)]
    assert talked == (taken_by in {"eva", "bob"})


async def test_a_ticket_that_is_there_is_of_whoever_took_the_call_if_nobody_has_it(
    api: ApiDesk, reader: httpx.AsyncClient
) -> None:
    mine = {"threading": {"message_id": "call-2", "conversation": "first"}, "decision": {"team": "network"}}
    await settle(api, routed(1, **{**CALL, **mine, "threading": {"message_id": "first", "conversation": "first"}}))
    await settle(api, call(2, "eva", **mine))
    first = (await reader.get("/api/v1/tickets/1")).json()
    await settle(api, call(3, "zoe", **{**mine, "threading": {"message_id": "call-3", "conversation": "first"}}))

    assert (first["assignee"], first["status"], first["number"]) == ("eva", "open", 1)
    assert await answered_at(api) == (await accepted_at(api))[1:2]
    assert await assignees(api) == ["eva"]
    changed = [one for one in await history(reader, 1) if one["action"] == "ticket.changed"]
    assert [(one["detail"]["field"], one["detail"]["new"], one["why"]) for one in changed] == [
        ("status", "open", "took the call"),
        ("assignee", "eva", "took the call"),
    ]
    assert (await reader.get("/api/v1/tickets?assignee=eva")).json()["items"][0]["number"] == 1


async def test_the_conversation_is_the_first_response_and_nobody_waits_for_one(
    api: ApiDesk, reader: httpx.AsyncClient
) -> None:
    await put(reader, "policies/standard", PROMISE)
    await put(reader, "ladders/default", {"starts": [{"on": "arrival"}], "steps": [{"do": "notify_team"}]})
    promised = {**FIRST_LINE, "service_level_policy": "standard"}

    await settle(api, call(1, "bob", decision=promised), call(2, None, decision=promised))

    levels = [(await reader.get(f"/api/v1/tickets/{number}")).json()["service_level"] for number in (1, 2)]
    assert [level["first_response"]["state"] for level in levels] == ["met", "breached_open"]
    bob, ana = await agent(api, "bob"), await agent(api, "ana")
    assert (await bob.get("/api/v1/agents/bob/counts")).json()["waiting"] == 0
    assert (await ana.get("/api/v1/agents/ana/counts")).json()["waiting"] == 1
    runs = await api.database.fetch("select ticket_number from due where kind = 'ladder'")
    assert [row["ticket_number"] for row in runs] == [2]


async def test_the_history_says_it_in_both_languages(api: ApiDesk, reader: httpx.AsyncClient) -> None:
    await settle(api, call(1, "bob"))

    lines = await history(reader, 1)
    said = {language: str([said_of(one, language) for one in lines]) for language in ("es", "en")}

    assert "Bob Hall atendió la llamada" in said["es"]
    assert "Bob Hall took the call" in said["en"]


async def test_whoever_took_a_call_that_went_to_another_team_follows_it_and_can_finish_what_they_began(
    api: ApiDesk, reader: httpx.AsyncClient
) -> None:
    await settle(api, call(1, "eva"), call(2, None))
    eva = await agent(api, "eva")
    solved = {"status": "solved", "resolution": "told them on the telephone"}

    answers = [(await eva.patch(f"/api/v1/tickets/{number}", json=solved)).status_code for number in (1, 2)]

    [follower] = (await reader.get("/api/v1/tickets/1/handovers")).json()["followers"]
    assert (follower["agent"], follower["why"]) == ("eva", "took the call")
    assert answers == [200, 403]
