"""Several wishes to call one telephone: it rings for one at a time, and a talk serves the like ones of the customer."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, history, people
from tests.integration.tickets.routed_mails import items, routed, settle
from tests.integration.tickets.test_callbacks import (
    ANA,
    DESK,
    actions,
    call,
    callbacks,
    events,
    fire,
    its_time_comes,
    phone_service,
    report,
)


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


def talk(sequence: int, **more: Any) -> Any:
    """The end of a call that ana took."""
    return routed(
        sequence,
        decision={"team": "first-line", "acknowledge": False},
        channel="voice",
        account=DESK,
        sender=ANA,
        authentication={"grade": "plausible"},
        **{"call": {"taken_by": "ana"}, **more},
    )


async def asked_twice(api: ApiDesk, **second: Any) -> Any:
    """Two calls of one customer, each of whom asks for a callback; the first one's telephones ring."""
    for sequence, more in ((1, {}), (2, second)):
        threading = {"message_id": f"CA{sequence}", "conversation": f"sms/{DESK}/{ANA}", "opens": True}
        await settle(api, call(sequence, threading=threading, **more))
    await fire(api)
    return await phone_service(api)


async def states(client: Any, *numbers: int) -> list[str]:
    return [one["state"] for number in numbers for one in await callbacks(client, number)]


async def test_who_asks_in_two_calls_is_called_once_and_the_talk_serves_both(api: ApiDesk) -> None:
    phone = await asked_twice(api)
    assert await states(phone, 1, 2) == ["due", "scheduled"]
    [first] = await callbacks(phone, 1)
    await report(phone, first["id"], 1, "talked", agent="ana", seconds=20)

    await its_time_comes(api)

    [second] = await callbacks(phone, 2)
    assert await events(api) == [("due", 1)]
    assert (second["state"], second["outcome"], second["attempts"]) == ("done", "talked", [])
    assert await actions(phone, 2) == ["callback.scheduled", "callback.served"]
    [line] = [one for one in await history(phone, 2) if one["action"] == "callback.served"]
    assert (line["detail"]["ticket"], line["detail"]["outcome"]) == (1, "talked")


async def test_who_cannot_be_reached_is_tried_for_one_wish_and_told_once(api: ApiDesk) -> None:
    phone = await asked_twice(api)
    admin = await api.client("read", "write", "admin", name="root")
    await admin.patch("/api/v1/tickets/2", json={"status": "pending"})
    [first] = await callbacks(phone, 1)
    for attempt in (1, 2, 3):
        await report(phone, first["id"], attempt, "customer_no_answer", agent="ana")
        await its_time_comes(api)

    assert await states(phone, 1, 2) == ["failed", "failed"]
    assert [one for one in await events(api) if one[0] == "due"] == [("due", 1), ("due", 2), ("due", 3)]
    told = [one["id"] for one in await api.leaving("notification.requested")]
    assert [one for one in told if "callback" in one] == [f"notification.requested.v1:callback_missed/{first['id']}"]
    assert (await admin.get("/api/v1/tickets/2")).json()["status"] == "open"


async def test_a_wish_goes_on_where_the_one_before_it_is_called_off(api: ApiDesk) -> None:
    phone = await asked_twice(api)
    [first] = await callbacks(phone, 1)
    await (await agent(api, "ana")).delete(f"/api/v1/tickets/1/callbacks/{first['id']}")

    await its_time_comes(api)

    assert await states(phone, 1, 2) == ["withdrawn", "due"]


async def test_a_wish_after_the_talk_is_a_new_one(api: ApiDesk) -> None:
    await settle(api, call())
    await fire(api)
    phone = await phone_service(api)
    [first] = await callbacks(phone, 1)
    await report(phone, first["id"], 1, "talked", agent="ana", seconds=20)

    await settle(api, call(2))
    await fire(api)

    assert await states(phone, 1, 2) == ["done", "due"]


async def test_other_matters_wait_while_the_telephone_rings_and_are_called_for_themselves(api: ApiDesk) -> None:
    phone = await asked_twice(api, callback={"team": "network"})
    assert await states(phone, 1, 2) == ["due", "scheduled"]
    [first] = await callbacks(phone, 1)
    await report(phone, first["id"], 1, "talked", agent="ana", seconds=20)

    await its_time_comes(api)

    assert await states(phone, 1, 2) == ["done", "due"]


async def test_wishes_that_rang_nobody_use_up_nothing_of_the_day_s_bound(api: ApiDesk) -> None:
    for sequence in range(1, 9):
        await settle(api, call(sequence))

    assert await states(await phone_service(api), *range(1, 9)) == ["scheduled"] * 8


async def test_two_that_are_due_at_once_ring_one_after_the_other(api: ApiDesk) -> None:
    for sequence in (1, 2, 3):
        await settle(api, call(sequence))

    await fire(api)

    assert sorted(await states(await phone_service(api), 1, 2, 3)) == ["due", "scheduled", "scheduled"]
    assert len(await events(api)) == 1


async def test_whoever_talked_has_the_ticket_or_follows_it_and_it_is_new_no_more(api: ApiDesk) -> None:
    await settle(api, call())
    await settle(api, call(2, sender="+34600111333"))
    await fire(api)
    phone = await phone_service(api)
    for number, handle in ((1, "ana"), (2, "zoe")):
        [one] = await callbacks(phone, number)
        await report(phone, one["id"], 1, "talked", agent=handle, seconds=20)

    mine, theirs = [(await phone.get(f"/api/v1/tickets/{number}")).json() for number in (1, 2)]
    assert (mine["status"], mine["assignee"]) == ("open", "ana")
    assert (theirs["status"], theirs["assignee"]) == ("open", None)
    zoe = await agent(api, "zoe")
    solved = await zoe.patch("/api/v1/tickets/2", json={"status": "solved", "resolution": "Told them how."})
    assert solved.status_code == 200, solved.text
    assert len([one for one in await items(zoe, "/tickets/2/messages") if one["kind"] == "note"]) == 1
    assert ANA not in solved.text


async def told_of_a_time(api: ApiDesk, *numbers: int) -> Any:
    ana = await agent(api, "ana")
    for number in numbers:
        threading = {"message_id": f"CA{number}", "conversation": f"sms/{DESK}/{ANA}", "opens": True}
        await settle(api, call(number, threading=threading))
        [wish] = await callbacks(ana, number)
        await ana.delete(f"/api/v1/tickets/{number}/callbacks/{wish['id']}")
        at = (datetime.now(UTC) + timedelta(hours=number)).isoformat()
        made = await ana.post(f"/api/v1/tickets/{number}/callbacks", json={"number": ANA, "at": at})
        assert made.status_code == 201, made.text
    return ana


async def taken_back(api: ApiDesk) -> list[str]:
    return [one["text"] for one in await api.leaving("notification.requested") if "callback_withdrawn" in one["id"]]


async def test_closing_at_once_takes_back_what_the_customer_was_told_but_tells_nothing_to_spam(api: ApiDesk) -> None:
    ana = await told_of_a_time(api, 1, 2)

    closed = await ana.patch("/api/v1/tickets/1", json={"status": "closed", "resolution": "Not ours."})
    spam = await ana.patch("/api/v1/tickets/2", json={"status": "closed", "tags": ["spam"], "resolution": "Spam."})

    assert (closed.status_code, spam.status_code) == (200, 200), (closed.text, spam.text)
    [told] = await taken_back(api)
    assert "no le llamaremos" in told
    assert "Su solicitud queda cerrada." in told


async def test_merging_takes_back_the_time_that_is_kept_no_more(api: ApiDesk) -> None:
    ana = await told_of_a_time(api, 1, 2)

    merged = await ana.post("/api/v1/tickets/1/merge", json={"into": 2, "reason": "the same request twice"})

    assert merged.status_code == 200, merged.text
    [told] = await taken_back(api)
    assert "Su solicitud sigue con nosotros" in told
    assert await states(ana, 2) == ["scheduled", "withdrawn"]


async def test_who_calls_again_about_their_ticket_and_talks_is_called_back_no_more(api: ApiDesk) -> None:
    await settle(api, call())
    phone = await phone_service(api)
    await settle(api, talk(2, subject="Llamada [#1]"))

    assert await states(phone, 1) == ["withdrawn"]
    [line] = [one for one in await history(phone, 1) if one["action"] == "callback.withdrawn"]
    assert (line["actor"], line["why"]) == ("agent:ana", "they have called and talked")


async def test_who_calls_again_and_talks_with_the_team_in_another_ticket_is_called_back_no_more(api: ApiDesk) -> None:
    await settle(api, call())
    await settle(api, talk(2, at=datetime.now(UTC) + timedelta(seconds=1)))

    await its_time_comes(api)

    phone = await phone_service(api)
    assert await events(api) == []
    [wish] = await callbacks(phone, 1)
    assert (wish["state"], wish["outcome"]) == ("done", "talked")


async def test_what_is_asked_for_in_the_very_call_behind_the_talk_is_done(api: ApiDesk) -> None:
    await settle(api, talk(1, at=datetime.now(UTC), call={"taken_by": "ana", "callback": {"team": "first-line"}}))

    await fire(api)

    assert await states(await phone_service(api), 1) == ["due"]
    assert await events(api) == [("due", 1)]
