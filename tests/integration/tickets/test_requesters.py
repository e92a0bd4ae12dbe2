"""Somebody else asks in a ticket from a time on: who gets what, who reads what, who may be named."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import MAILBOX, ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, history, people
from tests.integration.tickets.merging_desk import merge, participants, ticket, unmerge
from tests.integration.tickets.routed_mails import ANA, answered, bounce, items, return_path, routed, settle
from tests.integration.tickets.slack_messages import CUSTOMER, EVA, TEAM, acting, said, service

LUIS = "luis@cliente.example"
SLACKS_LUIS = f"{TEAM}/U0LUIS"
REASON = "Ana left, Luis took over"
SECRET = "Mi contraseña antigua era otra, y esto solo lo digo a ustedes."


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


async def ask(client: httpx.AsyncClient, address: str = LUIS, number: int = 1, **body: Any) -> httpx.Response:
    wish = {"address": address, "name": "Luis", "reason": REASON, **body}
    headers = {"idempotency-key": wish.pop("key")} if "key" in wish else {}
    return await client.post(f"/api/v1/tickets/{number}/requester", json=wish, headers=headers)


def who(answer: dict[str, Any]) -> tuple[str, str, str]:
    requester = answer["requester"]
    return requester["name"], requester["identities"][0]["address"], requester["grade"]


async def page(api: ApiDesk, link: str) -> httpx.Response:
    return await (await api.client("portal", name="portal")).get(f"/api/v1/status/{link.rpartition('/')[2]}")


async def test_somebody_else_asks_and_whoever_asked_stays_in_copy(api: ApiDesk) -> None:
    await settle(api, routed(1))
    ana = await agent(api, "ana")

    answer = await ask(ana)

    assert answer.status_code == 200, answer.text
    assert who(answer.json()) == ("Luis", LUIS, "claimed")
    assert await participants(ana, 1) == {LUIS: "requester", ANA: "cc"}
    line = (await history(ana, 1))[-1]
    assert (line["action"], line["actor"], line["why"]) == ("requester.changed", "agent:ana", REASON)
    assert line["detail"] == {"from": ANA, "to": LUIS, "dropped": False}
    [event] = await api.leaving("ticket.changed")
    assert event["changes"] == [{"field": "requester", "old": ANA, "new": LUIS}]
    assert event["ticket"]["requester"]["address"] == LUIS
    assert [one["number"] for one in await items(ana, f"/tickets?requester={LUIS}")] == [1]
    assert await items(ana, f"/tickets?requester={ANA}") == []


async def test_the_next_answer_goes_to_the_new_one_with_a_copy_and_without_the_past(api: ApiDesk) -> None:
    await settle(api, routed(1, text=SECRET))
    ana = await agent(api, "ana")
    await answered(ana, 1)
    await ask(ana)

    await answered(ana, 1, text="Hola, Luis.")

    mail = (await api.leaving("notification.requested"))[-1]
    assert (mail["to"]["address"], [one["address"] for one in mail["cc"]]) == (LUIS, [ANA])
    assert SECRET not in mail["text"] + (mail["html"] or "")


async def test_with_drop_whoever_asked_gets_nothing_any_more_and_cannot_join(api: ApiDesk) -> None:
    await settle(api, routed(1))
    ana = await agent(api, "ana")

    await ask(ana, drop=True)
    await answered(ana, 1)
    await settle(api, routed(2, threading={"in_reply_to": "1@cliente.example"}))

    assert await participants(ana, 1) == {LUIS: "requester"}
    mail = next(one for one in reversed(await api.leaving("notification.requested")) if not one["automatic"])
    assert (mail["to"]["address"], mail.get("cc", [])) == (LUIS, [])
    assert (await ticket(ana, 2))["requester"]["identities"][0]["address"] == ANA


async def test_links_from_before_lead_nowhere_and_the_new_page_begins_now(api: ApiDesk) -> None:
    await settle(api, routed(1, text=SECRET))
    ana = await agent(api, "ana")
    before = (await ticket(ana, 1))["links"]["status_page"]
    assert SECRET in (await page(api, before)).text

    await ask(ana, drop=True)
    await answered(ana, 1, text="Hola, Luis.")

    mail = (await api.leaving("notification.requested"))[-1]
    after = (await ticket(ana, 1))["links"]["status_page"]
    assert after != before
    assert after in mail["text"]
    shown = await page(api, after)
    assert [one["text"] for one in shown.json()["messages"]] == ["Hola, Luis."]
    assert (await page(api, before)).status_code == 404
    portal = await api.client("portal", name="portal")
    line = {"text": "Soy Luis", "key": "k" * 20}
    old = await portal.post(f"/api/v1/status/{before.rpartition('/')[2]}/replies", json=line)
    new = await portal.post(f"/api/v1/status/{after.rpartition('/')[2]}/replies", json=line)
    assert (old.status_code, new.status_code) == (404, 201)
    assert new.json()["status_token"] == after.rpartition("/")[2]
    message = (await items(ana, "/tickets/1/messages"))[-1]
    assert (message["author"]["address"], message["text"]) == (LUIS, "Soy Luis")


async def test_who_was_in_copy_reads_on_from_where_they_could(api: ApiDesk) -> None:
    await settle(api, routed(1, text=SECRET))
    ana = await agent(api, "ana")
    await ana.post("/api/v1/tickets/1/participants", json={"address": LUIS, "name": "Luis Roldán"})
    await answered(ana, 1, text="Para los dos.")

    answer = await ask(ana, name="")

    assert who(answer.json())[:2] == ("Luis Roldán", LUIS)
    shown = await page(api, answer.json()["links"]["status_page"])
    assert [one["text"] for one in shown.json()["messages"]] == ["Para los dos."]


async def test_it_can_go_there_and_back(api: ApiDesk) -> None:
    await settle(api, routed(1, text=SECRET))
    ana = await agent(api, "ana")

    await ask(ana)
    back = await ask(ana, ANA, name="Ana")

    assert who(back.json())[:2] == ("Ana", ANA)
    assert await participants(ana, 1) == {ANA: "requester", LUIS: "cc"}
    assert SECRET in (await page(api, back.json()["links"]["status_page"])).text


async def test_asking_again_with_the_same_key_changes_nothing_more(api: ApiDesk) -> None:
    await settle(api, routed(1))
    ana = await agent(api, "ana")

    answers = [await ask(ana, key="r-1") for _ in range(2)]
    bare = await ask(ana)

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["version"] == answers[1].json()["version"]
    assert bare.status_code == 422


async def test_in_slack_somebody_of_slack_can_take_over_as_slack_knows_them(api: ApiDesk) -> None:
    await settle(api, said(1))
    ana = acting(await service(api), "ana")

    mail, answer = await ask(ana, LUIS), await ask(ana, SLACKS_LUIS)

    assert (mail.status_code, answer.status_code) == (422, 200)
    assert "goes on in slack" in mail.json()["detail"]
    assert who(answer.json()) == ("Luis", SLACKS_LUIS, "verified")
    rows = await api.database.fetch("select address, role, kind from participant order by role")
    assert [tuple(row) for row in rows] == [(CUSTOMER, "cc", "slack"), (SLACKS_LUIS, "requester", "slack")]
    line = (await history(ana, 1))[-1]
    assert (line["action"], line["actor"], line["via"]) == ("requester.changed", "agent:ana", f"slack:{EVA}")


async def test_a_caller_who_does_not_come_from_slack_names_only_whom_the_desk_has_heard_there(api: ApiDesk) -> None:
    await settle(api, said(1), said(2, SLACKS_LUIS))
    ana = await agent(api, "ana")

    unheard, made_up = await ask(ana, f"{TEAM}/U0NOBODY"), await ask(ana, SLACKS_LUIS, name="El jefe")

    assert unheard.status_code == 422
    assert "nobody of this name has written" in unheard.json()["detail"]
    assert who(made_up.json()) == ("Ana", SLACKS_LUIS, "verified"), "the name under which they wrote"


async def test_direct_messages_stay_with_the_one_whose_they_are(api: ApiDesk) -> None:
    await settle(api, said(1, account=f"{TEAM}/D0CUST"))
    callers = await agent(api, "ana"), acting(await service(api), "ana"), await api.client("admin", name="boss")

    answers = [await ask(caller, SLACKS_LUIS) for caller in callers]

    for answer in answers:
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:ventanilla:problem:one_persons_own")
        assert "open a new ticket" in answer.json()["detail"]
    assert who(await ticket(callers[0], 1))[1] == CUSTOMER
    await answered(callers[2], 1)
    assert (await api.leaving("notification.requested"))[-1]["to"]["address"] == CUSTOMER


async def test_nobody_takes_over_a_thread_into_which_other_conversations_were_merged(api: ApiDesk) -> None:
    await settle(api, said(1), said(2, thread=2, account=f"{TEAM}/D0CUST"))
    boss = await api.client("admin", name="boss")
    ana = acting(await service(api), "ana")
    assert (await merge(boss, 2, 1)).status_code == 200

    merged = await ask(ana, SLACKS_LUIS)
    await unmerge(boss, 2)
    parted = await ask(ana, SLACKS_LUIS)

    assert (merged.status_code, parted.status_code) == (409, 200)
    assert "un-merge it first" in merged.json()["detail"]


async def test_whoever_asked_in_a_thread_cannot_be_kept_from_reading_it(api: ApiDesk) -> None:
    await settle(api, said(1))
    ana = acting(await service(api), "ana")

    answer = await ask(ana, SLACKS_LUIS, drop=True)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/drop"


async def test_nobody_asks_who_cannot_be_answered(api: ApiDesk) -> None:
    await settle(api, routed(1), routed(2))
    ana = await agent(api, "ana")
    await answered(ana, 2, to=[{"address": LUIS}], text="¿Lo sabe usted?")
    await answered(ana, 1)
    token = await return_path(api)
    await settle(api, bounce(5, threading={"bounce_token": token}))
    await ana.patch("/api/v1/tickets/1", json={"status": "open"})
    await ask(ana)

    found = {
        "mail comes back": await ask(ana, ANA),
        "the desk": await ask(ana, MAILBOX),
        "a machine": await ask(ana, "noreply@cliente.example"),
        "no address": await ask(ana, "nobody"),
        "of a chat": await ask(ana, "T0123/U0456"),
        "aside": await ask(ana, LUIS, 2),
        "no reason": await ask(ana, "pia@otra.example", reason="no"),
        "no ticket": await ask(ana, "pia@otra.example", 99),
        "not theirs": await ask(await agent(api, "eva"), "pia@otra.example"),
    }

    assert {name: answer.status_code for name, answer in found.items()} == {
        "mail comes back": 409,
        "the desk": 422,
        "a machine": 422,
        "no address": 422,
        "of a chat": 422,
        "aside": 409,
        "no reason": 422,
        "no ticket": 404,
        "not theirs": 403,
    }


async def test_a_closed_ticket_keeps_whoever_asked(api: ApiDesk) -> None:
    await settle(api, routed(1))
    ana = await agent(api, "ana")
    assert (await ana.patch("/api/v1/tickets/1", json={"status": "closed", "resolution": "done"})).status_code == 200

    assert (await ask(ana)).status_code == 409
