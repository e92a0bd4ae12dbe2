"""Callbacks on a real database: asked for, due, told of, withdrawn; each step once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, history, people
from tests.integration.tickets.routed_mails import items, routed, settle
from tickets.adapters.postgres.due_store import DueStore
from tickets.domain.callbacks.telling import WITHDRAWN_KIND, tell_withdrawn
from tickets.domain.callbacks.wishes import KIND
from tickets.handlers.callbacks.calling import fire_callback
from tickets.handlers.timers.fire_due import DueWorker

ANA = "+34600111222"
DESK = "+34910000000"
OFFICE = {"zone": "Europe/Madrid", "week": {"mon": ["09:00-18:00"]}}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


def call(sequence: int = 1, **more: Any) -> Any:
    """The end of a call whose caller wants to be called back."""
    wanted = {"team": "first-line", **more.pop("callback", {})}
    decision = {"team": "first-line", "acknowledge": False, **more.pop("decision", {})}
    return routed(
        sequence,
        decision=decision,
        channel="voice",
        account=DESK,
        sender=more.pop("sender", ANA),
        authentication={"grade": "plausible"},
        call={"callback": wanted},
        **more,
    )


def worker(api: ApiDesk) -> DueWorker:
    async def alone(due: Any) -> None:
        await fire_callback(due, api.deps)

    return DueWorker(
        DueStore(api.database, api.desk.signer, api.levels), api.deps, {WITHDRAWN_KIND: tell_withdrawn}, {KIND: alone}
    )


async def its_time_comes(api: ApiDesk) -> None:
    """What waits for a later time has it now, in the row that waits as in the callback; then all is fired."""
    await api.database.execute("update due set due_at = clock_timestamp() - interval '1 second' where kind = $1", KIND)
    await api.database.execute(
        "update callback set next_at = clock_timestamp() - interval '1 second' where next_at is not null"
    )
    await fire(api)


async def fire(api: ApiDesk) -> None:
    while await worker(api).fire_once():
        pass


async def events(api: ApiDesk) -> list[tuple[str, int]]:
    return [(one["state"], one["attempt"]) for one in await api.leaving("ticket.callback")]


async def phone_service(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("read", "write", "act", name="intake-phone")


async def report(client: httpx.AsyncClient, id_: str, attempt: int, outcome: str, **more: Any) -> dict[str, Any]:
    answer = await client.post(f"/api/v1/callbacks/{id_}/attempts/{attempt}", json={"outcome": outcome, **more})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def callbacks(client: httpx.AsyncClient, number: int = 1) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(f"/api/v1/tickets/{number}/callbacks")).json()["items"]
    return found


async def actions(client: httpx.AsyncClient, number: int = 1) -> list[str]:
    return [one["action"] for one in await history(client, number) if one["action"].startswith("callback.")]


async def test_a_caller_who_wants_it_is_called_back_and_the_ticket_says_how_it_went(api: ApiDesk) -> None:
    await settle(api, call())
    phone = await phone_service(api)
    await fire(api)
    [due] = await api.leaving("ticket.callback")
    [callback] = await callbacks(phone)

    await report(phone, callback["id"], 1, "calling", agent="ana")
    done = await report(phone, callback["id"], 1, "talked", agent="ana", seconds=200, call="CA1")

    assert (due["state"], due["attempt"], due["number"], due["account"]) == ("due", 1, ANA, DESK)
    assert (due["team"], due["agent"], due["ticket"]["number"]) == ("first-line", None, 1)
    assert due["answer_by"] > due["occurred_at"]
    assert (done["state"], done["outcome"], done["next_at"]) == ("done", "talked", None)
    assert (done["names"]["agents"], list(done["names"]["teams"])) == ({"ana": "Ana Gil"}, ["first-line"])
    [attempt] = done["attempts"]
    assert (attempt["outcome"], attempt["agent"], attempt["seconds"], attempt["call"]) == ("talked", "ana", 200, "CA1")
    assert await actions(phone) == ["callback.scheduled", "callback.begun", "callback.taken", "callback.talked"]
    [note] = [one for one in await items(phone, "/tickets/1/messages") if one["kind"] == "note"]
    assert "3:20" in note["text"]
    assert "Ana Gil" in note["text"]
    [row] = await api.database.fetch("select first_response_at from ticket")
    assert row["first_response_at"] is not None


async def test_the_same_call_settled_again_is_one_wish(api: ApiDesk) -> None:
    await settle(api, call())
    await settle(api, call())
    await fire(api)

    assert len(await callbacks(await phone_service(api))) == 1
    assert await events(api) == [("due", 1)]


async def test_a_call_that_waits_in_quarantine_keeps_its_wish_until_it_is_released(api: ApiDesk) -> None:
    await settle(api, call(disposition="suspicious"))
    admin = await api.client("read", "write", "admin", name="root")
    [held] = (await admin.get("/api/v1/quarantine")).json()["items"]

    released = await admin.post(f"/api/v1/quarantine/{held['id']}/release", json={"why": "a customer of ours"})
    await fire(api)

    assert released.status_code == 200, released.text
    assert [one["number"] for one in await callbacks(admin)] == [ANA]
    assert await events(api) == [("due", 1)]


async def test_whoever_is_not_reached_is_called_again_and_in_the_end_told(api: ApiDesk) -> None:
    await settle(api, call(threading={"message_id": "CA1", "conversation": f"sms/{DESK}/{ANA}"}))
    phone = await phone_service(api)
    await fire(api)
    [callback] = await callbacks(phone)
    admin = await api.client("read", "write", "admin", name="root")
    await admin.patch("/api/v1/tickets/1", json={"status": "pending"})

    first = await report(phone, callback["id"], 1, "customer_no_answer", agent="ana")
    await its_time_comes(api)
    await report(phone, callback["id"], 2, "nobody_took_it")
    await its_time_comes(api)
    last = await report(phone, callback["id"], 3, "customer_busy", agent="ana")

    waits = datetime.fromisoformat(first["next_at"]) - datetime.now(UTC)
    assert (first["state"], last["state"], last["outcome"]) == ("scheduled", "failed", "customer_busy")
    assert timedelta(minutes=14) < waits < timedelta(minutes=16)
    assert await events(api) == [("due", 1), ("due", 2), ("due", 3)]
    assert [one["outcome"] for one in last["attempts"]] == ["customer_no_answer", "nobody_took_it", "customer_busy"]
    assert (await phone.get("/api/v1/tickets/1")).json()["status"] == "open"
    [told] = [one for one in await api.leaving("notification.requested") if "localizado" in one["text"]]
    assert (told["medium"], told["to"]["address"]) == ("sms", ANA)
    assert (await actions(phone))[-2:] == ["callback.failed", "callback.told"]


async def test_an_attempt_of_which_nobody_tells_ends_by_itself(api: ApiDesk) -> None:
    await settle(api, call())
    phone = await phone_service(api)
    await fire(api)

    await its_time_comes(api)

    [callback] = await callbacks(phone)
    assert (callback["state"], callback["attempt"], callback["outcome"]) == ("scheduled", 1, "no_report")
    late = await report(phone, callback["id"], 1, "talked", agent="ana", seconds=10)
    assert late["state"] == "done"
    await its_time_comes(api)
    assert await events(api) == [("due", 1)]


async def test_an_older_attempt_and_one_told_twice_change_nothing(api: ApiDesk) -> None:
    await settle(api, call())
    phone = await phone_service(api)
    await fire(api)
    [callback] = await callbacks(phone)
    await report(phone, callback["id"], 1, "customer_no_answer")
    await report(phone, callback["id"], 1, "customer_no_answer")
    await its_time_comes(api)

    late = await report(phone, callback["id"], 1, "talked")
    early = await report(phone, callback["id"], 3, "talked")

    assert (late["state"], late["attempt"], early["state"]) == ("due", 2, "due")
    assert (await actions(phone)).count("callback.unreached") == 1


async def test_solving_a_ticket_lets_nobody_be_called_any_more(api: ApiDesk) -> None:
    await settle(api, call(1), call(2, sender="+34600333444"))
    admin = await api.client("read", "write", "admin", name="root")
    await fire(api)

    await admin.patch("/api/v1/tickets/1", json={"status": "solved", "resolution": "done"})
    await fire(api)

    assert (await callbacks(admin, 1))[0]["state"] == "withdrawn"
    shown = [(await admin.get(f"/api/v1/tickets/{number}")).json()["callback"] for number in (1, 2)]
    assert (shown[0], shown[1]["state"], shown[1]["attempt"], shown[1]["team"]) == (None, "due", 1, "first-line")
    assert (await callbacks(admin, 2))[0]["state"] == "due"
    assert await events(api) == [("due", 1), ("due", 1), ("withdrawn", 1)]
    assert (await actions(admin))[-1] == "callback.withdrawn"
    late = await report(await phone_service(api), (await callbacks(admin, 1))[0]["id"], 1, "talked")
    assert late["state"] == "withdrawn"


async def test_whoever_is_being_talked_to_goes_on_when_the_ticket_is_solved(api: ApiDesk) -> None:
    await settle(api, call())
    phone, admin = await phone_service(api), await api.client("read", "write", "admin", name="root")
    await fire(api)
    [callback] = await callbacks(phone)
    await report(phone, callback["id"], 1, "calling", agent="ana")

    await admin.patch("/api/v1/tickets/1", json={"status": "solved", "resolution": "done"})
    done = await report(phone, callback["id"], 1, "talked", agent="ana", seconds=5)

    assert done["state"] == "done"
    assert await events(api) == [("due", 1)]


async def test_a_merged_ticket_takes_its_callback_along(api: ApiDesk) -> None:
    await settle(api, *(routed(n, decision={"team": "first-line", "acknowledge": False}) for n in (1, 2)))
    ana = await agent(api, "ana")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for number, phone in ((1, ANA), (1, "+34600333444"), (2, ANA)):
        await ana.post(f"/api/v1/tickets/{number}/callbacks", json={"number": phone, "at": tomorrow})

    answer = await ana.post("/api/v1/tickets/1/merge", json={"into": 2, "reason": "the same request twice"})
    await its_time_comes(api)

    assert answer.status_code == 200, answer.text
    assert [(one["number"], one["state"]) for one in await callbacks(ana, 1)] == [(ANA, "withdrawn")]
    assert {(one["number"], one["state"]) for one in await callbacks(ana, 2)} == {(ANA, "due"), ("+34600333444", "due")}
    assert [one["ticket"]["number"] for one in await api.leaving("ticket.callback")] == [2, 2]


async def test_a_ticket_that_is_handed_over_takes_its_callback_along(api: ApiDesk) -> None:
    await settle(api, call())
    ana = await agent(api, "ana")
    note = "Router restarted twice, the link still drops after ten minutes."
    body = {"team": "network", "reason": "needs a look at the line", "note": note, "tell_customer": False}

    handed = await ana.post("/api/v1/tickets/1/escalate", json=body)
    await fire(api)

    assert handed.status_code == 200, handed.text
    [due] = await api.leaving("ticket.callback")
    assert due["team"] == "network"


async def test_an_agent_plans_a_callback_within_hours_and_the_customer_is_told_once(api: ApiDesk) -> None:
    admin = await api.client("read", "write", "admin", name="root")
    assert (await admin.put("/api/v1/desk/calendars/office", json=OFFICE)).status_code in (200, 201)
    assert (
        await admin.put(
            "/api/v1/teams/first-line", json={"title": {"es": "Primera"}, "tier": "1", "calendar": "office"}
        )
    ).status_code == 200
    await settle(api, routed(1, decision={"team": "first-line", "acknowledge": False}))
    ana = await agent(api, "ana")
    sunday = datetime.now(UTC) + timedelta(days=(6 - datetime.now(UTC).weekday()) % 7 + 7)
    body = {"number": "+34 600 111 222", "at": sunday.isoformat()}

    made = await ana.post("/api/v1/tickets/1/callbacks", json=body, headers={"idempotency-key": "k"})
    again = await ana.post("/api/v1/tickets/1/callbacks", json=body, headers={"idempotency-key": "k"})
    twice = await ana.post("/api/v1/tickets/1/callbacks", json=body)

    assert (made.status_code, again.json()["id"], twice.status_code) == (201, made.json()["id"], 409)
    at = datetime.fromisoformat(made.json()["next_at"])
    assert (at.weekday(), at > sunday, made.json()["number"]) == (0, True, ANA)
    [told] = await api.leaving("notification.requested")
    assert "le llamaremos el lunes" in told["text"]
    assert "09:00 (Europe/Madrid)" in told["text"]
    assert await actions(ana) == ["callback.scheduled", "callback.told"]


async def test_an_agent_calls_off_what_was_planned(api: ApiDesk) -> None:
    await settle(api, call())
    await fire(api)
    ana, zoe = await agent(api, "ana"), await agent(api, "zoe")
    [callback] = await callbacks(ana)
    path = f"/api/v1/tickets/1/callbacks/{callback['id']}"

    foreign = await zoe.delete(path)
    first, again = await ana.delete(path), await ana.delete(path)
    await fire(api)

    assert (foreign.status_code, first.json()["state"], again.status_code) == (403, "withdrawn", 200)
    assert await events(api) == [("due", 1), ("withdrawn", 1)]
    assert (await callbacks(ana))[0]["attempts"][0]["outcome"] == "withdrawn"
    assert await api.leaving("notification.requested") == []  # nobody told a time, so nothing is to be taken back


@pytest.mark.parametrize(
    ("language", "tries", "words"),
    [
        ("es", 0, "no le llamaremos al +34"),
        ("en", 0, "we will not call you at +34"),
        ("es", 1, "no le hemos localizado; de momento"),
    ],
)
async def test_a_time_that_the_customer_was_told_is_taken_back_once(
    api: ApiDesk, language: str, tries: int, words: str
) -> None:
    await settle(api, routed(1, decision={"team": "first-line", "acknowledge": False}, language=language))
    ana, phone = await agent(api, "ana"), await phone_service(api)
    body = {"number": ANA, "at": (datetime.now(UTC) + timedelta(hours=2)).isoformat()}
    made = (await ana.post("/api/v1/tickets/1/callbacks", json=body)).json()
    for attempt in range(1, tries + 1):
        await its_time_comes(api)
        await report(phone, made["id"], attempt, "customer_no_answer", agent="ana")

    for _ in range(2):
        await ana.delete(f"/api/v1/tickets/1/callbacks/{made['id']}")

    [_, told] = await api.leaving("notification.requested")
    assert words in told["text"]
    assert (await actions(ana))[-2:] == ["callback.withdrawn", "callback.taken_back"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),  # no number of the customer is known
        ({"number": "600111222"}, 422),
        ({"number": "+34803123456"}, 422),  # callers pay extra
        ({"number": ANA, "at": "2020-01-01T00:00:00Z"}, 422),
        ({"number": ANA, "at": "2099-01-01T00:00:00Z"}, 422),
        ({"number": ANA, "agent": "nobody"}, 422),
        ({"number": ANA, "agent": "bob"}, 201),
    ],
)
async def test_what_cannot_be_called_is_refused(api: ApiDesk, body: dict[str, Any], status: int) -> None:
    await settle(api, routed(1, decision={"team": "first-line"}))
    ana = await agent(api, "ana")

    answer = await ana.post("/api/v1/tickets/1/callbacks", json=body)

    assert answer.status_code == status, answer.text


async def test_without_a_number_the_customers_own_is_called(api: ApiDesk) -> None:
    await settle(api, call())
    ana = await agent(api, "ana")
    [first] = await callbacks(ana)
    await ana.delete(f"/api/v1/tickets/1/callbacks/{first['id']}")

    made = await ana.post("/api/v1/tickets/1/callbacks", json={})

    assert (made.status_code, made.json()["number"], made.json()["team"]) == (201, ANA, "first-line")


async def test_reports_at_the_same_time_count_once(api: ApiDesk) -> None:
    await settle(api, call())
    await fire(api)
    phone = await phone_service(api)
    [callback] = await callbacks(phone)

    await asyncio.gather(*(report(phone, callback["id"], 1, "talked", agent="ana", seconds=1) for _ in range(5)))

    assert (await actions(phone)).count("callback.talked") == 1
    assert len([one for one in await items(phone, "/tickets/1/messages") if one["kind"] == "note"]) == 1


async def test_workers_at_the_same_time_begin_an_attempt_once(api: ApiDesk) -> None:
    await settle(api, call())

    await asyncio.gather(*(worker(api).fire_once() for _ in range(4)))
    await fire(api)

    assert await events(api) == [("due", 1)]
