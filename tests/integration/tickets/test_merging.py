"""Two tickets that become one and part again: what is refused, what is written, who is told, who hears what."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, history, opened
from tests.integration.tickets.merging_desk import (
    ANA,
    APART,
    REASON,
    mails,
    merge,
    ticket,
    two_tickets,
    unmerge,
)
from tests.integration.tickets.routed_mails import answered, routed, settle


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


async def test_a_merged_ticket_is_closed_and_says_where_it_goes_on(api: ApiDesk) -> None:
    ana = await two_tickets(api)

    answer = await merge(ana, 1, 2)

    assert answer.status_code == 200, answer.text
    one, two = answer.json(), await ticket(ana, 2)
    assert (one["status"], one["merged_into"], one["merged"]) == ("closed", 2, [])
    assert (two["status"], two["merged_into"], two["merged"]) == ("new", None, [1])
    listed = (await ana.get("/api/v1/tickets?status=closed")).json()["items"]
    assert [(item["number"], item["merged_into"]) for item in listed] == [(1, 2)]


async def test_both_histories_say_it_and_the_merging_stands_before_the_status(api: ApiDesk) -> None:
    ana = await two_tickets(api)

    await merge(ana, 1, 2, tell_customer=False)

    lines = [(one["action"], one["actor"], one["why"]) for one in (await history(ana, 1))[1:]]
    assert lines == [
        ("ticket.merged", "agent:ana", REASON),
        ("ticket.changed", "agent:ana", "merged into 2"),
    ]
    there = (await history(ana, 2))[1:]
    assert [(one["action"], one["why"]) for one in there] == [("ticket.merged_in", REASON)]
    assert there[0]["detail"] == {"ticket": 1, "unanswered": True, "shared": False}
    events = await api.leaving("ticket.changed")
    assert [[change["field"] for change in one["changes"]] for one in events] == [["status", "merged_into"], ["merged"]]
    assert [one["ticket"]["number"] for one in events] == [1, 2]


async def test_one_customer_is_told_once_by_a_mail_in_the_thread_that_they_know(api: ApiDesk) -> None:
    ana = await two_tickets(api)

    await merge(ana, 1, 2)

    [mail] = await mails(api, ANA)
    assert mail["ticket_number"] == 1
    assert "solicitudes 1 y 2" in mail["text"]
    assert api.desk.status_link(2) in mail["text"]
    assert (mail["automatic"], mail["mail"]["return_path"]) == (True, "")
    assert mail["mail"]["in_reply_to"] == "1@cliente.example"
    assert REASON not in str(mail)


async def test_asking_again_with_the_same_key_merges_and_tells_once(api: ApiDesk) -> None:
    ana = await two_tickets(api)

    answers = [await merge(ana, 1, 2, key="m-1") for _ in range(2)]
    other = await merge(ana, 1, 2, key="m-1", share=True)
    bare = await merge(ana, 1, 2)

    assert [one.status_code for one in answers] == [200, 200]
    assert [one.json()["merged_into"] for one in answers] == [2, 2]
    assert other.status_code == 422
    assert (bare.status_code, "was merged into 2 already" in bare.json()["detail"]) == (409, True)
    assert len(await mails(api, ANA)) == 1


async def test_what_cannot_be_merged_says_why(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    numbers = [await opened(ana, requester={"address": ANA, "name": "Ana"}) for _ in range(3)]
    three, four, five = numbers
    await ana.patch(f"/api/v1/tickets/{five}", json={"status": "closed", "resolution": "told them"})
    await merge(ana, 1, 2)

    async def refused(number: int, into: int) -> tuple[int, str]:
        answer = await merge(ana, number, into)
        return answer.status_code, answer.json()["detail"]

    assert await refused(3, 3) == (409, "ticket 3 cannot be merged into itself; name another one")
    assert await refused(three, 1) == (409, "ticket 1 was merged into 2; name that one")
    assert await refused(2, 1) == (409, "ticket 1 was merged into 2 already: they are one")
    assert await refused(1, three) == (
        409,
        "ticket 1 was merged into 2 already; un-merge it first: POST …/unmerge",
    )
    status, words = await refused(2, three)
    assert (status, "into ticket 2 others were merged (1); merge 3 into 2" in words) == (409, True)
    status, words = await refused(four, five)
    assert (status, f"ticket {five} is closed and takes no messages" in words) == (409, True)
    status, words = await refused(five, four)
    assert (status, f"ticket {five} is closed: nothing of it goes on" in words) == (409, True)
    assert (await merge(ana, three, 999)).json()["errors"][0]["pointer"] == "/into"
    assert (await merge(ana, 999, three)).status_code == 404
    assert (await merge(ana, three, four, reason="dup")).status_code == 422


async def test_no_more_than_fifty_go_into_one(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    await api.database.execute(
        "insert into ticket select (jsonb_populate_record(ticket, jsonb_build_object('number', n, 'merged_into', 2,"
        " 'status', 'closed'))).* from ticket, generate_series(100, 149) as n where number = 1"
    )

    answer = await merge(ana, 1, 2)

    assert (answer.status_code, "50 tickets were merged into 2" in answer.json()["detail"]) == (409, True)


async def test_only_the_people_of_both_teams_merge_and_those_of_either_take_it_back(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    eva = await agent(api, "eva")
    await api.database.execute("update ticket set team = 'network' where number = 2")

    strangers = [await merge(one, 1, 2) for one in (ana, eva)]
    boss = await merge(await api.client("admin", name="boss"), 1, 2)
    zoe, back = await unmerge(await agent(api, "zoe"), 1), await unmerge(eva, 1)

    assert [one.status_code for one in strangers] == [403, 403]
    assert (boss.status_code, zoe.status_code, back.status_code) == (200, 403, 200)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"priority": "high"}),
        ("POST", "/replies", {"text": "Hola."}),
        ("POST", "/replies", {"text": "Una nota.", "internal": True}),
        ("POST", "/escalate", {"tier": "2", "reason": "they know about it", "note": "Nothing was tried yet."}),
        ("POST", "/claim", None),
        ("POST", "/assign", {"agent": "bob"}),
        ("POST", "/release", None),
        ("POST", "/snooze", {"until": "2027-03-01T09:00:00Z"}),
        ("POST", "/promise", {"until": "2026-12-24T09:00:00Z"}),
        ("POST", "/participants", {"address": "leo@cliente.example"}),
    ],
)
async def test_nobody_works_on_a_merged_ticket(api: ApiDesk, method: str, path: str, body: Any) -> None:
    ana = await two_tickets(api)
    await merge(ana, 1, 2)

    answer = await ana.request(method, f"/api/v1/tickets/1{path}", json=body)

    assert (answer.status_code, answer.json()["detail"]) == (409, "ticket 1 was merged into 2; work on that one")


async def test_a_customer_who_waits_in_the_merged_ticket_wakes_the_other(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    await answered(ana, 2, status="pending")

    await merge(ana, 1, 2)

    assert (await ticket(ana, 2))["status"] == "open"
    lines = [one for one in await history(ana, 2) if one["action"] == "ticket.changed"]
    assert lines[-1]["why"] == "somebody waits for an answer in 1"


async def test_who_was_answered_does_not_wake_the_other(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    await answered(ana, 1)
    await answered(ana, 2, status="pending")

    await merge(ana, 1, 2)

    assert (await ticket(ana, 2))["status"] == "pending"


async def test_agents_of_the_merged_ticket_follow_the_other_and_are_told(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    bob = await agent(api, "bob")
    await bob.post("/api/v1/tickets/1/claim")

    await merge(ana, 1, 2)
    following = (await ana.get("/api/v1/tickets/2/handovers")).json()["followers"]
    told = [one for one in await api.leaving("notification.requested") if one["to"]["address"] == "bob@desk.example"]
    await unmerge(ana, 1)
    after = (await ana.get("/api/v1/tickets/2/handovers")).json()["followers"]

    assert [one["agent"] for one in following] == ["bob"]
    assert [one["subject"] for one in told] == ["[#2] Takes in ticket 1: Asunto 2"]
    assert "Ana Gil merged ticket 1" in told[0]["text"]
    assert (REASON in told[0]["text"], told[0]["mail"]["reply_to"]) == (True, None)
    assert after == []


async def test_no_mail_goes_where_it_comes_back_or_where_it_is_not_wanted(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    await api.database.execute("update identity set undeliverable_since = now(), undeliverable_reason = 'user_unknown'")

    await merge(ana, 1, 2)
    withheld = [one["why"] for one in await history(ana, 1) if one["action"] == "notice.withheld"]
    await unmerge(ana, 1)
    await api.database.execute("update identity set undeliverable_since = null")
    await merge(ana, 1, 2, tell_customer=False)
    await unmerge(ana, 1)

    assert withheld == ["mail to this address comes back"]
    assert await mails(api, ANA) == []


async def test_automatic_mails_are_counted_together(api: ApiDesk) -> None:
    ana = await two_tickets(api)

    for _ in range(3):  # with two acknowledgements before
        assert (await merge(ana, 1, 2)).status_code == 200
        assert (await unmerge(ana, 1)).status_code == 200

    assert len(await mails(api, ANA)) == 3
    assert "this sender has had enough of them" in [one["why"] for one in await history(ana, 1)]


async def test_un_merging_gives_the_status_back_and_tells_whom_merging_told(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    await answered(ana, 1, status="solved", resolution="a new toner")
    solved_at = (await ticket(ana, 1))["solved_at"]
    await merge(ana, 1, 2)

    answer = await unmerge(ana, 1)

    one, two = answer.json(), await ticket(ana, 2)
    assert (answer.status_code, one["status"], one["merged_into"], one["closed_at"]) == (200, "solved", None, None)
    assert (one["solved_at"], two["merged"]) == (solved_at, [])
    lines = [(line["action"], line["why"]) for line in await history(ana, 1)]
    assert lines[-3:] == [
        ("ticket.changed", "no longer merged into 2"),
        ("ticket.unmerged", APART),
        ("merging.told", ""),
    ]
    assert ("ticket.merged_out", APART) in [(line["action"], line["why"]) for line in await history(ana, 2)]
    assert ["junto con otra" in mail["subject"] for mail in await mails(api, ANA)] == [True, False]
    assert (await unmerge(ana, 1)).json()["detail"] == (
        "ticket 1 is merged into no other; there is nothing to take back"
    )


async def test_a_snooze_goes_on_after_un_merging(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    await ana.post("/api/v1/tickets/1/snooze", json={"until": "2027-03-01T09:00:00Z"})
    waiting = "select kind, due_at from due where ticket_number = 1"
    before = await api.database.fetch(waiting)

    await merge(ana, 1, 2)
    merged = await api.database.fetch(waiting)
    await unmerge(ana, 1)

    assert merged == []
    assert await api.database.fetch(waiting) == before
    assert (await ticket(ana, 1))["status"] == "on_hold"


async def test_the_other_ticket_may_be_closed_or_gone_when_it_is_taken_back(api: ApiDesk) -> None:
    ana = await two_tickets(api)
    await settle(api, routed(3))
    await merge(ana, 1, 2)
    await merge(ana, 3, 2)
    await ana.patch("/api/v1/tickets/2", json={"status": "closed", "resolution": "told them"})

    closed = await unmerge(ana, 1)
    await api.database.execute("delete from ticket where number = 2")
    gone = await unmerge(ana, 3)

    assert [(one.status_code, one.json()["status"]) for one in (closed, gone)] == [(200, "new")] * 2
