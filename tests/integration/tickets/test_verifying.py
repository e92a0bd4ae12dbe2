"""Who asks in a ticket proves it by a code that goes to a way that was on file before."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, history, opened, people
from tests.integration.tickets.merging_desk import merge, ticket
from tests.integration.tickets.routed_mails import ANA, items, routed, settle
from tests.integration.tickets.slack_messages import acting, service
from tests.integration.tickets.verifying_desk import (
    DESK,
    MOBILE,
    asks,
    check,
    known,
    minutes_pass,
    on_file,
    other,
    send,
    sent,
    standing,
    told,
    why,
    years_pass,
)
from tickets.adapters.postgres.outbound import OutboundStore, Report
from tickets.domain.verifying.codes import CodeRules
from tickets.handlers.sending.deliveries import note_reports

RULES = CodeRules(countries=frozenset({"ES"}), number=DESK)


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database, codes=RULES) as desk:
        await people(desk)
        yield desk


async def test_the_code_that_was_texted_makes_whoever_asks_verified(api: ApiDesk) -> None:
    client = await known(api)
    assert (await ticket(client, 1))["requester"]["grade"] == "claimed"

    first = await send(client)
    event = await sent(api)
    answer = await check(client, await told(api))

    assert first.status_code == 200, first.text
    assert first.json()["code"]["state"] == "open"
    assert (event["medium"], event["to"]["address"], event["chat"]["account"]) == ("sms", MOBILE, DESK)
    assert answer.status_code == 200, answer.text
    assert answer.json()["grade"] == "verified"
    assert answer.json()["verified"] | {"at": ""} == {
        "medium": "sms", "shown": "+34 *** *** 22", "actor": "agent:ana", "at": "",
    }  # fmt: skip
    assert (await ticket(client, 1))["requester"]["grade"] == "verified"
    lines = [(line["action"], line["actor"]) for line in await history(client, 1)][-2:]
    assert lines == [("verification.sent", "agent:ana"), ("requester.verified", "agent:ana")]
    [changed] = await api.leaving("ticket.changed")
    assert changed["changes"] == [{"field": "requester_grade", "old": "claimed", "new": "verified"}]


async def test_by_mail_it_goes_to_the_address_and_expires_with_the_code(api: ApiDesk) -> None:
    client = await known(api, "ana.roldan@home.example")

    await send(client, medium="email")

    event = await sent(api)
    requested, expires = (datetime.fromisoformat(event[name]) for name in ("requested_at", "expires_at"))
    assert (event["to"]["address"], expires - requested) == ("ana.roldan@home.example", timedelta(minutes=10))
    assert event["mail"]["from_address"] == "soporte@desk.example"
    assert (await check(client, await told(api))).json()["verified"]["shown"] == "a***@home.example"


async def test_nobody_reads_the_code_or_a_whole_address_at_the_desk(api: ApiDesk) -> None:
    client = await known(api)
    await send(client)
    code = await told(api)
    wrong = await check(client, other(code))

    read = [(await standing(client)), await items(client, "/tickets/1/messages"), await history(client, 1)]
    read += [wrong.json(), (await client.get("/api/v1/customers")).json(), await api.leaving("ticket.")]
    rows = [dict(row) for row in await api.database.fetch("select * from one_time_code")]

    assert not [one for one in read if code in str(one) or MOBILE in str(one)]
    assert not [row for row in rows if code.encode() in row.pop("hash") or code in str(row)]


async def test_what_came_on_file_after_the_ticket_was_opened_is_refused(api: ApiDesk) -> None:
    await on_file(api, "+34600999888")
    await asks(api)
    await on_file(api, "+34600999888", MOBILE, minutes_ago=0)  # as an agent might be talked into
    client = await agent(api, "ana")

    ways = {one["shown"]: one["why_not"] for one in (await standing(client))["factors"]}
    chosen = next(one for one in (await standing(client))["factors"] if one["shown"] == "+34 *** *** 22")
    refused = await client.post("/api/v1/tickets/1/verification", json={"factor": chosen["id"]})

    assert ways == {"a***@cliente.example": "new", "+34 *** *** 88": None, "+34 *** *** 22": "new"}
    assert "came on file after this conversation had begun" in why(refused)
    assert not [one for one in await api.leaving("notification.requested") if "one-time-code/" in one["id"]]


async def test_what_an_agent_types_when_opening_a_ticket_is_new(api: ApiDesk) -> None:
    client = await agent(api, "ana")
    await opened(client)

    assert [one["why_not"] for one in (await standing(client))["factors"]] == ["new"]


async def test_what_was_taken_off_file_and_put_back_is_new(api: ApiDesk) -> None:
    client = await known(api)
    await on_file(api)
    await on_file(api, MOBILE, minutes_ago=0)

    assert [one["why_not"] for one in (await standing(client))["factors"] if not one["own"]] == ["new"]


async def test_what_was_merged_in_began_the_conversation_earlier(api: ApiDesk) -> None:
    await asks(api, 1)
    await on_file(api, MOBILE, minutes_ago=0)
    await years_pass(api)
    await asks(api, 2)
    client = await agent(api, "ana")
    assert [one["why_not"] for one in (await standing(client, 2))["factors"]] == [None, None]

    await merge(client, 1, 2)

    assert [one["why_not"] for one in (await standing(client, 2))["factors"]] == ["new", "new"]


async def test_what_was_split_off_began_where_it_was_said(api: ApiDesk) -> None:
    await asks(api)
    await on_file(api, MOBILE, minutes_ago=0)
    await years_pass(api)
    await settle(api, routed(2, at=datetime.now(UTC), threading={"in_reply_to": "1@cliente.example"}))
    client = await agent(api, "ana")
    second = (await items(client, "/tickets/1/messages"))[-1]["id"]

    wish = {"messages": [second], "reason": "it is about something else"}
    split = await client.post("/api/v1/tickets/1/split", json=wish)

    assert split.status_code in (200, 201), split.text
    assert [one["why_not"] for one in (await standing(client, 2))["factors"]] == ["new", "new"]


async def test_who_calls_from_where_they_opened_the_ticket_was_known_before_the_call(api: ApiDesk) -> None:
    voice = {"channel": "voice", "account": DESK, "sender": MOBILE, "threading": {"conversation": "x"}}
    await asks(api, **voice)
    phones = await service(api)
    began = (datetime.now(UTC) + timedelta(seconds=30)).isoformat()
    refused = await send(phones, own=True, call_began_at=began)
    await api.database.execute("update identity set first_seen_at = first_seen_at - interval '1 minute'")

    assert "came on file after" in why(refused)
    refused = await send(phones, own=True)
    answer = await send(phones, own=True, call_began_at=began)
    agents = await send(await agent(api, "ana"), own=True, call_began_at=began)

    assert "came on file after" in why(refused)
    assert answer.status_code == 200, answer.text
    assert (await sent(api))["chat"]["account"] == DESK
    assert agents.status_code == 403
    assert agents.json()["missing_scope"] == "act"
    long_ago = await send(phones, own=True, call_began_at="2026-11-02T09:00:00Z")
    assert long_ago.status_code == 422


async def test_who_calls_from_a_number_on_file_is_reached_by_the_mail_of_that_customer(api: ApiDesk) -> None:
    await on_file(api, MOBILE)
    voice = {"channel": "voice", "account": DESK, "sender": MOBILE, "threading": {"conversation": "x"}}
    await asks(api, **voice)
    client = await agent(api, "ana")

    answer = await send(client, medium="email")

    assert answer.status_code == 200, answer.text
    assert (await sent(api))["to"]["address"] == ANA


async def test_of_an_address_that_several_customers_share_nothing_follows(api: ApiDesk) -> None:
    await on_file(api, MOBILE)
    await on_file(api, MOBILE, who="email/luis@cliente.example")
    await asks(api, channel="voice", account=DESK, sender=MOBILE, threading={"conversation": "x"})

    assert [one["own"] for one in (await standing(await agent(api, "ana")))["factors"]] == [True]


async def test_five_wrong_codes_end_it_over_two_replicas(api: ApiDesk, database: str) -> None:
    client = await known(api)
    await send(client)
    code = await told(api)
    async with open_api_desk(database, codes=RULES) as second:
        others = await second.client("read", "write", name="eva", agent="bob")
        tries = [check(one, other(code)) for one in (client, others) * 4]
        answers = await asyncio.gather(*tries)
        right = await check(others, code)

    left = sorted(one.json()["tries_left"] for one in answers if one.json()["type"].endswith(":wrong_code"))
    assert left == [0, 1, 2, 3, 4]
    assert {why(one) for one in answers if "tries_left" not in one.json()} == {
        "5 wrong codes were given, so this one holds no more; send a new one"
    }
    assert right.status_code == 409
    assert (await ticket(client, 1))["requester"]["grade"] == "claimed"
    [failed] = [line for line in await history(client, 1) if line["action"] == "verification.failed"]
    assert failed["detail"]["count"] == 5
    [told_of_it] = await api.leaving("ticket.changed")  # the thread hears of it at once
    assert told_of_it["changes"] == [{"field": "verification", "old": "open", "new": "spent"}]


async def test_two_right_checks_at_once_verify_once(api: ApiDesk) -> None:
    client = await known(api)
    await send(client)
    code = await told(api)

    answers = await asyncio.gather(*(check(client, code) for _ in range(4)))

    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]
    assert [line["action"] for line in await history(client, 1)].count("requester.verified") == 1


async def test_the_same_key_again_sends_and_counts_nothing(api: ApiDesk) -> None:
    client = await known(api)
    for _ in range(2):
        assert (await send(client, key="send-1")).status_code == 200
    code = await told(api)

    wrong = [(await check(client, other(code), key="try-1")).json()["tries_left"] for _ in range(2)]

    assert wrong == [4, 4]
    assert [(await check(client, code, key="try-2")).status_code for _ in range(2)] == [200, 200]
    assert len(await api.database.fetch("select from one_time_code")) == 1


async def test_after_ten_minutes_it_is_worth_nothing_and_a_new_one_ends_the_old(api: ApiDesk) -> None:
    client = await known(api)
    await send(client)
    first = await told(api)
    assert "wait" in why(await send(client))

    await minutes_pass(api, 10)
    late = await check(client, first)
    await send(client)
    second = await told(api)

    assert "expired" in why(late)
    if first != second:  # one in a million
        assert (await check(client, first)).json()["tries_left"] == 4
    assert (await check(client, second)).status_code == 200
    assert "no code is open" in why(await check(client, second))


async def test_caps_hold_for_ticket_number_range_and_day_whoever_sends_at_once(database: str) -> None:
    tight = CodeRules(frozenset({"ES"}), DESK, per_ticket=5, per_address=5, per_prefix=2, per_day=3)
    async with open_api_desk(database, codes=tight) as api:
        await people(api)
        for number in range(1, 5):  # four numbers of one range, and four mail addresses
            who = f"c{number}@cliente.example"
            await on_file(api, f"+3460011122{number}", f"x{number}@home.example", who=f"email/{who}")
            await asks(api, number, sender=who)
        client = await agent(api, "ana")

        texts = await asyncio.gather(*(send(client, number) for number in range(1, 5)))
        mails = await asyncio.gather(*(send(client, number, medium="email") for number in (3, 4)))

    assert sorted(one.status_code for one in texts) == [200, 200, 409, 409]
    assert {why(one) for one in texts if one.status_code == 409} == {
        "2 codes in a day are the most for numbers like that one; choose another way"
    }
    assert all(one.status_code == 200 or "a moment ago" in why(one) for one in mails)


async def test_one_ticket_gets_so_many_codes_a_day(database: str) -> None:
    async with open_api_desk(database, codes=CodeRules(frozenset({"ES"}), DESK, per_ticket=2)) as api:
        await people(api)
        client = await known(api)
        for _ in range(2):
            assert (await send(client)).status_code == 200
            await minutes_pass(api, 1)

        assert why(await send(client)).startswith("2 codes in a day are the most for one ticket")
        await minutes_pass(api, 24 * 60)
        assert (await send(client)).status_code == 200


async def test_other_countries_landlines_and_a_desk_without_a_number_get_none(api: ApiDesk, database: str) -> None:
    client = await known(api, "+447400123456", "+34910123456")

    ways = {one["shown"]: one["why_not"] for one in (await standing(client))["factors"] if not one["own"]}
    async with open_api_desk(database, codes=CodeRules(frozenset({"GB"}))) as bare:
        second = {one["shown"]: one["why_not"] for one in (await standing(await agent(bare, "bob")))["factors"]}

    assert ways == {"+44 *** *** 56": "country", "+34 *** *** 56": "landline"}
    assert second["+44 *** *** 56"] == "no_number"


async def test_what_became_of_the_notification_shows(api: ApiDesk) -> None:
    client = await known(api)
    await send(client)
    outbound = OutboundStore(api.database)
    id_ = (await sent(api))["id"]

    await note_reports([Report(id_, "sent", ""), Report(id_, "failed", "opted_out: no texts")], outbound, api.deps)
    await note_reports([Report(id_, "sent", "")], outbound, api.deps)

    code = (await standing(client))["code"]
    assert (code["delivery"], code["delivery_detail"]) == ("failed", "opted_out: no texts")


async def test_who_has_no_part_in_the_ticket_verifies_nobody(api: ApiDesk) -> None:
    await known(api)
    zoe = await agent(api, "zoe")

    answer = await send(zoe)

    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (403, "not_yours")
    assert (await check(zoe, "123456")).status_code == 403


async def test_a_service_acts_for_an_agent_and_the_history_says_on_which_way(api: ApiDesk) -> None:
    await known(api)
    client = acting(await service(api), "ana")

    await send(client)

    line = (await history(client, 1))[-1]
    assert (line["actor"], line["via"]) == ("agent:ana", "slack:T0DESK/U0EVA")


async def test_somebody_else_who_asks_now_is_not_proven_by_the_code_of_before(api: ApiDesk) -> None:
    client = await known(api)
    await send(client)
    code = await told(api)
    wish = {"address": "luis@cliente.example", "name": "Luis", "reason": "Ana left, Luis took over"}
    assert (await client.post("/api/v1/tickets/1/requester", json=wish)).status_code == 200

    assert "somebody else asks" in why(await check(client, code))
    assert (await ticket(client, 1))["requester"]["grade"] == "claimed"


@pytest.mark.parametrize("code", ["12345", "1234567", "١٢٣٤٥٦", "abcdef", "", 123456, None])
async def test_what_is_no_code_is_no_try(api: ApiDesk, code: Any) -> None:
    client = await known(api)
    await send(client)

    answer = await client.post("/api/v1/tickets/1/verification/check", json={"code": code})

    assert answer.status_code == 422
    assert (await standing(client))["code"]["tries_left"] == 5


async def test_a_way_that_is_not_on_file_and_a_closed_ticket_are_refused(api: ApiDesk) -> None:
    client = await known(api)

    answer = await client.post("/api/v1/tickets/1/verification", json={"factor": "x"})
    await client.patch("/api/v1/tickets/1", json={"status": "closed", "resolution": "listo"})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/factor")
    assert "is closed" in why(await send(client))
    assert (await client.get("/api/v1/tickets/99/verification")).status_code == 404
