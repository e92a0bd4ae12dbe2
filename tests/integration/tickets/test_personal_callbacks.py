"""Callbacks that one agent wants to make, or began and gave up: the customer does not pay for whoever is not there."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import PEOPLE, agent, history, people
from tests.integration.tickets.routed_mails import routed, settle
from tests.integration.tickets.test_callbacks import (
    ANA,
    DESK,
    actions,
    call,
    callbacks,
    fire,
    its_time_comes,
    phone_service,
    report,
)

RUNG = PEOPLE.replace("email: bob@", 'phone: "+34600000009", email: bob@')
"""Bob has a telephone."""


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk, RUNG)
        yield desk


async def planned(api: ApiDesk, handle: str = "bob", **body: Any) -> httpx.AsyncClient:
    await settle(api, routed(1, decision={"team": "first-line", "acknowledge": False}))
    ana = await agent(api, "ana")
    made = await ana.post("/api/v1/tickets/1/callbacks", json={"number": ANA, "agent": handle, **body})
    assert made.status_code == 201, made.text
    return ana


async def why(client: httpx.AsyncClient, action: str) -> str:
    [line] = [one for one in await history(client, 1) if one["action"] == action]
    return str(line["why"])


async def test_an_agent_who_is_there_is_rung_and_nobody_else(api: ApiDesk) -> None:
    ana = await planned(api)

    await fire(api)

    assert [(one["agent"], one["attempt"]) for one in await api.leaving("ticket.callback")] == [("bob", 1)]
    assert await actions(ana) == ["callback.scheduled", "callback.begun"]


async def test_where_that_agent_is_not_there_the_team_calls_at_once_and_the_thread_hears_of_it(api: ApiDesk) -> None:
    ana = await planned(api)
    gone = await (await agent(api, "bob")).put("/api/v1/agents/bob/availability", json={"availability": "away"})
    assert gone.is_success, gone.text

    await fire(api)

    [due] = await api.leaving("ticket.callback")
    assert (due["agent"], due["team"], due["attempt"]) == (None, "first-line", 1)
    assert await actions(ana) == ["callback.scheduled", "callback.handed", "callback.begun"]
    assert await why(ana, "callback.handed") == "bob is not there"
    assert (await callbacks(ana))[0]["agent"] is None


async def test_out_of_the_team_s_hours_it_waits_for_them_and_uses_up_nothing(api: ApiDesk) -> None:
    yesterday = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[(datetime.now(UTC).weekday() - 1) % 7]
    admin = await api.client("read", "write", "admin", name="root")
    calendar = {"zone": "UTC", "week": {yesterday: ["01:00-02:00"]}}
    assert (await admin.put("/api/v1/desk/calendars/rare", json=calendar)).is_success
    team = {"title": {"es": "Primera"}, "tier": "1", "calendar": "rare"}
    assert (await admin.put("/api/v1/teams/first-line", json=team)).is_success
    ana = await planned(api, "ana", at=(datetime.now(UTC) + timedelta(minutes=30)).isoformat())  # no telephone

    await its_time_comes(api)

    [callback] = await callbacks(ana)
    assert (callback["state"], callback["attempt"], callback["agent"]) == ("scheduled", 0, None)
    assert datetime.fromisoformat(callback["next_at"]) > datetime.now(UTC)
    assert await actions(ana) == ["callback.scheduled", "callback.told", "callback.handed", "callback.told"]
    first, second = await api.leaving("notification.requested")
    assert "01:00 (UTC)" in second["text"]  # who was told a time is told the other one
    assert first["text"] != second["text"]
    changes = [one["changes"] for one in await api.leaving("ticket.changed")]
    assert changes[-1] == [{"field": "callback", "old": "scheduled", "new": "scheduled"}]


async def test_the_last_attempt_is_the_team_s_if_that_agent_takes_none(api: ApiDesk) -> None:
    ana, phone = await planned(api), await phone_service(api)
    await fire(api)
    [callback] = await callbacks(ana)

    await report(phone, callback["id"], 1, "nobody_took_it")
    await its_time_comes(api)
    await report(phone, callback["id"], 2, "nobody_took_it")
    await its_time_comes(api)

    assert [one["agent"] for one in await api.leaving("ticket.callback")] == ["bob", "bob", None]
    assert await why(ana, "callback.handed") == "bob did not take it"


async def test_an_agent_who_hangs_up_while_it_rings_costs_the_customer_no_attempt_and_no_text(api: ApiDesk) -> None:
    await settle(api, call(threading={"message_id": "CA1", "conversation": f"sms/{DESK}/{ANA}"}))
    phone = await phone_service(api)
    await fire(api)
    [callback] = await callbacks(phone)
    states = []

    for attempt in range(1, 7):
        await report(phone, callback["id"], attempt, "calling", agent="ana")
        told = await report(phone, callback["id"], attempt, "agent_gave_up", agent="ana")
        states.append(told["state"])
        await its_time_comes(api)

    assert states == ["scheduled"] * 5 + ["failed"]  # three are free, then three as any other
    [text] = await api.leaving("notification.requested")
    assert text["subject"] == "No hemos podido llamarle [#1]"
    assert "no hemos podido llamarle" in text["text"]
    assert "localizado" not in text["text"]


async def test_a_talk_with_somebody_who_was_retired_meanwhile_is_an_answer(api: ApiDesk) -> None:
    await planned(api)
    phone = await phone_service(api)
    await fire(api)
    [callback] = await callbacks(phone)
    await report(phone, callback["id"], 1, "calling", agent="bob")
    admin = await api.client("read", "write", "admin", name="root")
    assert (await admin.delete("/api/v1/agents/bob")).is_success

    await report(phone, callback["id"], 1, "talked", agent="bob", seconds=200)

    ticket = (await phone.get("/api/v1/tickets/1")).json()
    assert (ticket["status"], ticket["assignee"]) == ("open", None)
