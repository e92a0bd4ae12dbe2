"""Who gets which ticket: claimed, given, released, and handed out by itself, at any number of replicas."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, new_ticket, open_api_desk
from tests.integration.tickets.climbing_desk import fire_all
from tests.integration.tickets.desk_people import agent, assignees, history, opened, people
from tests.integration.tickets.routed_mails import answered, routed, settle


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


@pytest.fixture
async def admin(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("admin", name="boss")


async def hand_out(api: ApiDesk) -> int:
    assert api.assigner is not None
    return await api.assigner.hand_out_once()


async def test_of_many_who_claim_a_ticket_at_once_one_gets_it(database: str, api: ApiDesk) -> None:
    await people(api)
    number = await opened(await agent(api, "ana"))
    async with open_api_desk(database) as other_replica:
        clients = [await agent(one, who) for one in (api, other_replica) for who in ("ana", "bob") * 3]
        answers = await asyncio.gather(*(client.post(f"/api/v1/tickets/{number}/claim") for client in clients))

    [holder] = {answer.json()["assignee"] for answer in answers if answer.status_code == 200}
    losers = [answer for answer in answers if answer.status_code != 200]
    assert len(losers) == 6
    for answer in losers:
        body = answer.json()
        assert (body["status"], body["assignee"]) == (409, holder)
        assert datetime.fromisoformat(body["since"]) <= datetime.now(UTC)
        assert f"{holder} has ticket {number} since" in body["detail"]
    lines = [entry for entry in await history(clients[0], number) if entry["action"] == "ticket.changed"]
    assert [(line["detail"]["new"], line["actor"], line["why"]) for line in lines] == [
        (holder, f"agent:{holder}", "claimed")
    ]
    assert len(await api.leaving("ticket.changed")) == 1


async def test_who_is_not_of_the_team_is_told_why_and_who_is(api: ApiDesk) -> None:
    await people(api)
    number = await opened(await agent(api, "ana"))

    stranger = await (await agent(api, "eva")).post(f"/api/v1/tickets/{number}/claim")
    program = await (await api.client("write", name="bot")).post(f"/api/v1/tickets/{number}/claim")
    given = await (await agent(api, "ana")).post(f"/api/v1/tickets/{number}/assign", json={"agent": "eva"})

    assert (stranger.status_code, stranger.json()["type"]) == (403, "urn:ventanilla:problem:not_yours")
    assert "eva is not of the team first-line" in stranger.json()["detail"]
    assert "its people are ana, bob" in stranger.json()["detail"]
    assert (program.status_code, "tickets token create --agent" in program.json()["detail"]) == (403, True)
    assert (given.status_code, "eva is not of the team" in given.json()["detail"]) == (403, True)
    assert await assignees(api) == [None]


async def test_a_ticket_is_given_to_a_team_mate_by_one_of_the_team(api: ApiDesk, admin: httpx.AsyncClient) -> None:
    await people(api)
    ana = await agent(api, "ana")
    number = await opened(ana)

    given = await ana.post(f"/api/v1/tickets/{number}/assign", json={"agent": "bob", "why": "speaks English"})
    again = await admin.post(f"/api/v1/tickets/{number}/assign", json={"agent": "ana"})
    nobody = await ana.post(f"/api/v1/tickets/{number}/assign", json={"agent": "nobody"})
    program = await (await api.client("write", name="bot")).post(
        f"/api/v1/tickets/{number}/assign", json={"agent": "bob"}
    )

    assert (given.status_code, given.json()["assignee"], given.headers["etag"]) == (200, "bob", '"2"')
    assert again.json()["assignee"] == "ana"
    assert (nobody.status_code, nobody.json()["errors"][0]["pointer"]) == (422, "/agent")
    assert program.status_code == 403
    assert [line["why"] for line in await history(ana, number)][1:] == ["speaks English", "given"]


async def test_a_closed_ticket_is_nobodys_to_take(api: ApiDesk) -> None:
    await people(api)
    ana = await agent(api, "ana")
    number = await opened(ana)
    await ana.patch(f"/api/v1/tickets/{number}", json={"status": "closed", "resolution": "told them"})

    for path, body in (("claim", None), ("assign", {"agent": "ana"}), ("release", None)):
        answer = await ana.post(f"/api/v1/tickets/{number}/{path}", json=body)
        assert (answer.status_code, "is closed" in answer.json()["detail"]) == (409, True)


async def test_a_desk_that_does_not_know_a_team_lets_any_agent_take_its_tickets(api: ApiDesk) -> None:
    await people(api)
    eva = await agent(api, "eva")
    number = await opened(eva)
    await api.database.execute("update ticket set team = 'elsewhere'")  # as a rule may decide

    assert (await eva.post(f"/api/v1/tickets/{number}/claim")).json()["assignee"] == "eva"


async def test_new_tickets_are_handed_out_as_they_arrive(api: ApiDesk) -> None:
    await people(api, first_line="round_robin")

    await settle(api, *(routed(n) for n in range(1, 6)))
    await settle(api, routed(6))

    assert await assignees(api) == ["ana", "bob", "ana", "bob", "ana", "bob"]
    created = await api.leaving("ticket.created")
    assert [event["ticket"]["assignee"] for event in created] == ["ana", "bob", "ana", "bob", "ana", "bob"]
    reader = await api.client("read")
    assert [(line["action"], line["actor"], line["why"]) for line in await history(reader, 1)] == [
        ("ticket.created", "customer", ""),
        ("ticket.assigned", "desk", "by turns"),
    ]
    found = (await reader.get("/api/v1/tickets?assignee=bob")).json()["items"]
    assert [ticket["number"] for ticket in found] == [6, 4, 2]


async def test_skills_of_the_decision_stay_with_the_ticket_and_find_who_has_them(api: ApiDesk) -> None:
    people_with_skills = (
        "teams:\n  - {name: first-line, assignment: skills}\n"
        "agents:\n"
        "  - {handle: ana, name: Ana, email: a@desk.example, skills: [sap], languages: [es], teams: [first-line]}\n"
        "  - {handle: bob, name: Bob, email: b@desk.example, languages: [es], teams: [first-line]}\n"
    )
    await people(api, people_with_skills)

    await settle(api, routed(1, decision={"skills": ["sap"]}), routed(2), routed(3, decision={"skills": ["cobol"]}))

    assert await assignees(api) == ["ana", "bob", "ana"]
    kept = await api.database.fetch("select skills from ticket order by number")
    assert [row["skills"] for row in kept] == [["sap"], [], ["cobol"]]


async def test_two_replicas_hand_out_fairly_and_over_nobodys_capacity(database: str, api: ApiDesk) -> None:
    five = "teams:\n  - {name: first-line, assignment: round_robin}\nagents:\n" + "".join(
        f"  - {{handle: a{n}, name: A, email: a{n}@desk.example, capacity: {{email: 11}}, teams: [first-line]}}\n"
        for n in range(5)
    )
    await people(api, five)
    async with open_api_desk(database) as other_replica:
        replicas = (api, other_replica)
        await asyncio.gather(
            *(settle(replicas[n % 2], *(routed(3 * n + k, sender=f"c{n}@x.example") for k in (1, 2, 3)))
              for n in range(20))
        )  # fmt: skip

    got = Counter(await assignees(api))

    assert got == {**{f"a{n}": 11 for n in range(5)}, None: 5}


async def test_turns_stay_even_while_replicas_race(database: str, api: ApiDesk) -> None:
    three = "teams:\n  - {name: first-line, assignment: round_robin}\nagents:\n" + "".join(
        f"  - {{handle: a{n}, name: A, email: a{n}@desk.example, capacity: {{email: 99}}, teams: [first-line]}}\n"
        for n in range(3)
    )
    await people(api, three)
    async with open_api_desk(database) as other_replica:
        replicas = (api, other_replica)
        await asyncio.gather(*(settle(replicas[n % 2], routed(n, sender=f"c{n}@x.example")) for n in range(1, 31)))

    assert Counter(await assignees(api)) == {"a0": 10, "a1": 10, "a2": 10}


async def test_what_waits_is_handed_out_when_somebody_comes(api: ApiDesk) -> None:
    await people(api, first_line="least_loaded")
    ana, bob = await agent(api, "ana"), await agent(api, "bob")
    for client, who in ((ana, "ana"), (bob, "bob")):
        await client.put(f"/api/v1/agents/{who}/availability", json={"availability": "away"})
    await settle(api, routed(1), routed(2, decision={"priority": "urgent"}))
    waiting = await assignees(api)

    nobody = await hand_out(api)
    await bob.put("/api/v1/agents/bob/availability", json={"availability": "available"})
    handed = await hand_out(api)

    assert (waiting, nobody, handed) == ([None, None], 0, 2)
    assert await assignees(api) == ["bob", "bob"]
    (line,) = [entry for entry in await history(ana, 1) if entry["action"] == "ticket.changed"]
    assert (line["actor"], line["detail"]["new"]) == ("desk", "bob")
    order = [event["ticket"]["number"] for event in await api.leaving("ticket.changed")]
    assert order == [2, 1]


async def test_two_rounds_at_once_hand_out_each_ticket_once(database: str, api: ApiDesk) -> None:
    await people(api)
    await settle(api, *(routed(n) for n in range(1, 21)))
    await people(api, first_line="least_loaded")
    async with open_api_desk(database) as other_replica:
        handed = await asyncio.gather(hand_out(api), hand_out(other_replica))
        handed += [await hand_out(api)]

    assert sum(handed) == 20
    assert Counter(await assignees(api)) == {"ana": 10, "bob": 10}
    assert len(await api.leaving("ticket.changed")) == 20


async def test_a_released_ticket_goes_to_somebody_else_or_waits(api: ApiDesk) -> None:
    await people(api, first_line="round_robin")
    await settle(api, routed(1))
    ana, bob = await agent(api, "ana"), await agent(api, "bob")

    first = await ana.post("/api/v1/tickets/1/release", json={"why": "end of my shift"})
    await ana.put("/api/v1/agents/ana/availability", json={"availability": "away"})
    second = await bob.post("/api/v1/tickets/1/release")
    again = await bob.post("/api/v1/tickets/1/release")

    assert first.json()["assignee"] == "bob"
    assert (second.json()["assignee"], again.json()["version"]) == (None, second.json()["version"])
    whys = [line["why"] for line in await history(ana, 1) if line["action"] == "ticket.changed"]
    assert whys == ["end of my shift; by turns", "released"]


async def test_what_somebody_holds_is_handed_on_when_they_retire(api: ApiDesk, admin: httpx.AsyncClient) -> None:
    await people(api, first_line="round_robin")
    await settle(api, *(routed(n) for n in range(1, 5)))
    reader = await api.client("read", "write")
    await reader.patch("/api/v1/tickets/3", json={"status": "pending"})

    await admin.delete("/api/v1/agents/ana")
    await hand_out(api)

    assert await assignees(api) == ["bob", "bob", None, "bob"]
    lines = [line for line in await history(reader, 1) if line["action"] == "ticket.changed"]
    assert [line["why"] for line in lines] == ["ana is not there; by turns"]


async def test_what_somebody_holds_is_handed_on_once_when_their_absence_begins(api: ApiDesk) -> None:
    await people(api, first_line="round_robin")
    await settle(api, routed(1), routed(2))
    ana = await agent(api, "ana")
    now = datetime.now(UTC)
    later = {"from": (now + timedelta(hours=1)).isoformat(), "until": (now + timedelta(hours=2)).isoformat()}
    await ana.post("/api/v1/agents/ana/absences", json=later)
    await hand_out(api)
    before = await assignees(api)

    await ana.post("/api/v1/agents/ana/absences", json={**later, "from": now.isoformat()})
    await hand_out(api)
    after = await assignees(api)
    await ana.post("/api/v1/tickets/1/assign", json={"agent": "ana"})
    await hand_out(api)

    assert (before, after) == (["ana", "bob"], ["bob", "bob"])
    assert await assignees(api) == ["ana", "bob"]  # who gives them something now knows that they are absent


async def test_a_message_that_joins_takes_its_ticket_to_another_team_and_to_somebody_there(api: ApiDesk) -> None:
    await people(api, network="round_robin")
    await settle(api, routed(1))
    reply = {"in_reply_to": "1@cliente.example"}
    on_reply = {"team": "network", "tier": "2", "category": "outage", "tags": ["down"], "rules": ["outage-reply"]}

    await settle(api, routed(2, threading=reply, decision={"on_reply": on_reply}))
    await fire_all(api)

    ticket = (await (await api.client("read")).get("/api/v1/tickets/1")).json()
    fields = ("team", "tier", "category", "assignee", "tags")
    assert [ticket[name] for name in fields] == ["network", "2", "outage", "eva", ["down"]]
    lines = [line for line in await history(await api.client("read"), 1) if line["action"] == "ticket.changed"]
    assert {line["why"] for line in lines} == {"rules: outage-reply", "escalated; by turns"}
    found = (await (await api.client("read")).get("/api/v1/tickets?team=network&assignee=eva")).json()["items"]
    assert [one["number"] for one in found] == [1]


async def test_a_message_released_from_quarantine_is_handed_out_like_any_other(api: ApiDesk) -> None:
    await people(api, first_line="round_robin")
    held = {"quarantine": "a rule says so", "skills": ["sap"]}
    await settle(api, routed(1, decision=held, disposition="unparseable"))
    writer = await api.client("read", "write")
    (waiting,) = (await writer.get("/api/v1/quarantine")).json()["items"]

    await writer.post(f"/api/v1/quarantine/{waiting['id']}/release", json={})
    await hand_out(api)

    rows = await api.database.fetch("select assignee, skills from ticket")
    assert [(row["assignee"], row["skills"]) for row in rows] == [("ana", ["sap"])]


async def absent(api: ApiDesk, handle: str) -> None:
    now = datetime.now(UTC)
    away = {"from": (now - timedelta(minutes=1)).isoformat(), "until": (now + timedelta(days=21)).isoformat()}
    answer = await (await agent(api, handle)).post(f"/api/v1/agents/{handle}/absences", json=away)
    assert answer.status_code == 201, answer.text


async def test_what_waited_for_its_customer_is_handed_on_when_they_answer_somebody_who_is_away(api: ApiDesk) -> None:
    await people(api, first_line="round_robin")
    await settle(api, routed(1))
    ana = await agent(api, "ana")
    await answered(ana, 1, status="pending")
    mail = (await api.leaving("notification.requested"))[-1]["mail"]["message_id"]
    await absent(api, "ana")
    await hand_out(api)
    waiting = await assignees(api)

    await settle(api, routed(2, threading={"in_reply_to": mail}))
    for _ in range(3):
        await hand_out(api)

    assert waiting == ["ana"]
    assert await assignees(api) == ["bob"]
    changes = [one["detail"] for one in await history(ana, 1) if one["detail"].get("field") == "assignee"]
    assert changes == [{"field": "assignee", "old": "ana", "new": "bob"}]


async def test_what_nobody_else_can_take_waits_in_the_queue_and_goes_to_and_fro_between_nobody(api: ApiDesk) -> None:
    await people(api, first_line="round_robin")
    await settle(api, routed(1))
    ana = await agent(api, "ana")
    for handle in ("ana", "bob"):
        await absent(api, handle)
    for _ in range(3):
        await hand_out(api)

    assert await assignees(api) == [None]
    assert [one["detail"]["new"] for one in await history(ana, 1) if one["detail"].get("field") == "assignee"] == [None]


async def test_what_somebody_takes_while_they_are_away_stays_theirs_even_when_it_wakes_later(api: ApiDesk) -> None:
    await people(api, first_line="round_robin")
    await absent(api, "ana")
    await absent(api, "bob")
    await settle(api, routed(1))
    ana = await agent(api, "ana")
    await ana.post("/api/v1/tickets/1/claim")
    await answered(ana, 1, status="pending")
    mail = (await api.leaving("notification.requested"))[-1]["mail"]["message_id"]

    await settle(api, routed(2, threading={"in_reply_to": mail}))
    await hand_out(api)

    assert await assignees(api) == ["ana"]


SPEAKERS = """\
teams:
  - {name: first-line, assignment: skills}
agents:
  - {handle: jean, name: Jean, email: jean@desk.example, languages: [fr], teams: [first-line]}
  - {handle: lola, name: Lola, email: lola@desk.example, languages: [es-MX], teams: [first-line]}
  - {handle: tom, name: Tom, email: tom@desk.example, languages: [en], teams: [first-line]}
"""


async def test_hand_out_goes_by_the_language_in_which_the_customer_wrote(api: ApiDesk) -> None:
    await people(api, SPEAKERS)
    languages = ("fr", "es", "en", "pt")
    await settle(
        api, *[routed(n, sender=f"c{n}@cliente.example", language=one) for n, one in enumerate(languages, start=1)]
    )

    rows = await api.database.fetch("select assignee, language, written_in from ticket order by number")

    assert [row["assignee"] for row in rows][:3] == ["jean", "lola", "tom"]
    assert [row["language"] for row in rows] == ["en", "es", "en", "en"]  # that of the answers: what the desk speaks
    assert [row["written_in"] for row in rows] == list(languages)


async def test_what_waits_goes_by_the_customers_language_too(api: ApiDesk) -> None:
    await people(api, SPEAKERS)
    for handle in ("jean", "lola", "tom"):
        await api.database.execute("update agent set availability = 'away' where handle = $1", handle)
    await settle(api, routed(1, language="fr"))
    await api.database.execute("update agent set availability = 'available'")

    await hand_out(api)

    assert await assignees(api) == ["jean"]


@pytest.mark.parametrize(
    ("fields", "pointer", "says"),
    [
        ({"team": "nobodys"}, "/team", "no team 'nobodys'"),
        ({"assignee": "nobody"}, "/assignee", "the handle 'nobody'"),
        ({"team": "makers", "assignee": "eva"}, "/assignee", "eva is not of the team makers"),
    ],
)
async def test_no_ticket_is_opened_for_a_team_or_agent_that_the_desk_does_not_have(
    api: ApiDesk, fields: dict[str, str], pointer: str, says: str
) -> None:
    await people(api)

    answer = await (await api.client("read", "write", name="ana")).post("/api/v1/tickets", json=new_ticket(**fields))

    assert answer.status_code == 422
    (problem,) = answer.json()["errors"]
    assert problem["pointer"] == pointer
    assert says in problem["detail"]
