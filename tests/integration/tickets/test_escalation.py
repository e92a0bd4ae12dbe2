"""Up the tiers, down again and back: who has the ticket, who follows it, and what is said to whom."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, history, opened, people
from tests.integration.tickets.routed_mails import ANA, routed, settle
from tickets.settings import TicketsSettings

REASON = "needs the secret network team"
NOTE = "Router restarted twice by the customer's useless admin; the link still drops."
UP = {"tier": "2", "reason": REASON, "note": NOTE}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


async def ticket_of_ana(api: ApiDesk) -> httpx.AsyncClient:
    """Ticket 1 came by mail and is ana's; returns her client."""
    await people(api)
    await settle(api, routed(1, text="La red se cae cada diez minutos desde ayer por la tarde."))
    ana = await agent(api, "ana")
    assert (await ana.post("/api/v1/tickets/1/claim")).status_code == 200
    return ana


async def mails_to(api: ApiDesk, address: str) -> list[dict[str, Any]]:
    return [mail for mail in await api.leaving("notification.requested") if mail["to"]["address"] == address]


async def test_an_escalated_ticket_is_with_the_other_team_and_everybody_knows(api: ApiDesk) -> None:
    ana = await ticket_of_ana(api)

    answer = await ana.post("/api/v1/tickets/1/escalate", json=UP)

    ticket = answer.json()
    assert (answer.status_code, ticket["team"], ticket["tier"], ticket["assignee"]) == (200, "network", "2", None)
    lines = (await history(ana, 1))[2:]
    assert [(line["action"], line["actor"]) for line in lines] == [
        ("ticket.escalated", "agent:ana"),
        ("ticket.changed", "agent:ana"),
        ("ticket.changed", "agent:ana"),
        ("ticket.changed", "agent:ana"),
        ("note.added", "agent:ana"),
        ("customer.told", "desk"),
    ]
    assert (lines[0]["why"], lines[0]["detail"]["from"]["assignee"]) == (REASON, "ana")
    assert lines[4]["detail"]["handover"] == "escalate"  # so that threads of cards say it: it was not written there
    messages = (await ana.get("/api/v1/tickets/1/messages")).json()["items"]
    assert [(message["kind"], message["text"] == NOTE) for message in messages] == [
        ("customer", False), ("automatic", False), ("note", True), ("automatic", False),
    ]  # fmt: skip
    changed = (await api.leaving("ticket.changed"))[-1]
    assert [one["field"] for one in changed["changes"]] == ["tier", "team", "assignee"]
    way = (await ana.get("/api/v1/tickets/1/handovers")).json()
    (step,) = way["items"]
    assert (step["kind"], step["from_agent"], step["to_team"]) == ("escalate", "ana", "network")
    assert [one["agent"] for one in way["followers"]] == ["ana"]


async def test_the_customer_is_told_who_has_it_and_when_they_hear_next_and_nothing_else(api: ApiDesk) -> None:
    ana = await ticket_of_ana(api)
    promised = (datetime.now(UTC) + timedelta(days=2)).replace(hour=11, minute=30, second=0, microsecond=0)

    await ana.post("/api/v1/tickets/1/escalate", json={**UP, "next_update_by": promised.isoformat()})

    mail = (await mails_to(api, ANA))[-1]
    everything = json.dumps(mail)
    assert "en manos de Redes" in mail["text"]
    assert "a las 11:30 (UTC)" in mail["text"]
    assert (mail["automatic"], mail["mail"]["return_path"], mail["language"]) == (True, "", "es")
    assert mail["mail"]["in_reply_to"] == "1@cliente.example"
    assert not any(words in everything for words in ("secret", "useless", "Router", "Asunto 1", "ana@desk.example"))
    way = (await ana.get("/api/v1/tickets/1/handovers")).json()["items"]
    assert datetime.fromisoformat(way[0]["next_update_by"]) == promised
    page = await (await api.client("portal")).get(f"/api/v1/status/{api.desk.signer.status_token(1)}")
    assert "en manos de Redes" in page.text
    assert "useless" not in page.text


async def test_the_first_agent_follows_and_is_told_of_each_step(api: ApiDesk) -> None:
    ana = await ticket_of_ana(api)
    eva, zoe = await agent(api, "eva"), await agent(api, "zoe")
    await ana.post("/api/v1/tickets/1/escalate", json=UP)
    none_yet = await mails_to(api, "ana@desk.example")
    await eva.post("/api/v1/tickets/1/claim")

    await eva.post("/api/v1/tickets/1/escalate", json={**UP, "tier": None, "team": "makers"})
    await zoe.post("/api/v1/tickets/1/return", json={"reason": "not our device", "note": "It is the cable after all."})

    to_ana, to_eva = await mails_to(api, "ana@desk.example"), await mails_to(api, "eva@desk.example")
    assert none_yet == []  # it was her own step
    assert [mail["subject"] for mail in to_ana] == [
        "[#1] Ahora en Fabricación (nivel 3): Asunto 1",
        "[#1] De vuelta en Redes (nivel 2): Asunto 1",
    ]
    assert len(to_eva) == 1
    for mail in (*to_ana, *to_eva):
        assert (mail["automatic"], mail["mail"]["reply_to"], mail["mail"]["return_path"]) == (True, None, "")
        assert "cable" not in mail["text"]
        assert "/s/" not in mail["text"]
    assert REASON in to_ana[0]["text"]
    assert "Lo ha entregado Eva Ruiz:" in to_ana[0]["text"]
    assert "Lo ha entregado Zoe Paz:" in to_ana[1]["text"]
    assert "de Redes (nivel 2) a\nFabricación (nivel 3)" in to_ana[0]["text"], "both by their titles"
    ticket = (await zoe.get("/api/v1/tickets/1")).json()
    assert (ticket["team"], ticket["tier"], ticket["assignee"]) == ("network", "2", "eva")


async def test_a_ticket_goes_back_step_by_step_and_then_no_further(api: ApiDesk) -> None:
    ana = await ticket_of_ana(api)
    boss = await api.client("admin", name="boss")
    back = {"reason": "not ours at all", "note": "See the first line's notes."}
    await ana.post("/api/v1/tickets/1/escalate", json=UP)
    await boss.post("/api/v1/tickets/1/escalate", json={**UP, "tier": "3"})

    teams = [(await boss.post("/api/v1/tickets/1/return", json=back)).json().get("team") for _ in range(2)]
    answer = await boss.post("/api/v1/tickets/1/return", json=back)

    assert teams == ["network", "first-line"]
    assert (answer.status_code, "nowhere to return to" in answer.json()["detail"]) == (409, True)
    assert (await ana.get("/api/v1/tickets/1")).json()["assignee"] == "ana"


async def test_a_step_that_is_asked_for_twice_with_one_key_is_one_step(api: ApiDesk) -> None:
    await ticket_of_ana(api)
    boss = await api.client("admin", name="boss")
    await boss.post("/api/v1/tickets/1/escalate", json=UP)
    await boss.post("/api/v1/tickets/1/escalate", json={**UP, "tier": "3"})
    back = {"reason": "not ours at all", "note": "See the first line's notes."}

    answers = [
        await boss.post("/api/v1/tickets/1/return", json=body, headers={"idempotency-key": "back-1"})
        for body in (back, back, {**back, "reason": "another reason here"})
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 422]
    assert [answer.json()["team"] for answer in answers[:2]] == ["network", "network"]


async def test_de_escalating_is_going_down_with_a_note(api: ApiDesk) -> None:
    ana = await ticket_of_ana(api)
    await ana.post("/api/v1/tickets/1/escalate", json=UP)
    down = {"team": "first-line", "reason": "easy after all", "note": "Only the cable must be changed."}

    answer = await (await agent(api, "eva")).post("/api/v1/tickets/1/de-escalate", json=down)

    assert (answer.json()["team"], answer.json()["tier"]) == ("first-line", "1")
    assert "ticket.de_escalated" in [line["action"] for line in await history(ana, 1)]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({**UP, "tier": "1"}, 409, "is in tier 1 already"),
        ({**UP, "tier": None, "team": "nets"}, 404, "no team 'nets'"),
        ({**UP, "team": "makers"}, 422, "works in tier 3"),
        ({**UP, "reason": "too hard"}, 422, "at least 3 words"),
        ({**UP, "note": "see above"}, 422, "at least 3 words"),
        ({"tier": "2"}, 422, "is required"),
        ({"reason": REASON, "note": NOTE}, 422, "must say where to"),
        ({**UP, "next_update_by": "2020-01-01T00:00:00Z"}, 422, "is over already"),
    ],
)
async def test_what_cannot_be_says_why_and_changes_nothing(
    api: ApiDesk, body: dict[str, Any], status: int, words: str
) -> None:
    ana = await ticket_of_ana(api)
    before = (await ana.get("/api/v1/tickets/1")).json()["version"]

    answer = await ana.post("/api/v1/tickets/1/escalate", json=body)

    assert (answer.status_code, words in answer.text) == (status, True), answer.text
    assert (await ana.get("/api/v1/tickets/1")).json()["version"] == before
    assert (await ana.get("/api/v1/tickets/1/handovers")).json() == {"items": [], "followers": []}


async def test_only_the_teams_own_people_hand_a_ticket_on_and_a_closed_one_nobody(api: ApiDesk) -> None:
    ana = await ticket_of_ana(api)

    stranger = await (await agent(api, "zoe")).post("/api/v1/tickets/1/escalate", json=UP)
    program = await (await api.client("write", name="bot")).post("/api/v1/tickets/1/escalate", json=UP)
    await ana.patch("/api/v1/tickets/1", json={"status": "closed", "resolution": "told them"})
    closed = [await ana.post(f"/api/v1/tickets/1/{way}", json=UP) for way in ("escalate", "de-escalate")]

    assert (stranger.status_code, "zoe is not of the team first-line" in stranger.json()["detail"]) == (403, True)
    assert (program.status_code, "is no agent's" in program.json()["detail"]) == (403, True)
    assert [(answer.status_code, "is closed" in answer.json()["detail"]) for answer in closed] == [(409, True)] * 2


async def test_a_team_that_hands_out_its_tickets_does_so_with_what_is_escalated(api: ApiDesk) -> None:
    await people(api, network="round_robin")
    ana = await agent(api, "ana")
    number = await opened(ana)

    answer = await ana.post(f"/api/v1/tickets/{number}/escalate", json=UP)

    assert answer.json()["assignee"] == "eva"


async def withheld(client: httpx.AsyncClient) -> list[str]:
    return [line["why"] for line in await history(client, 1) if line["action"] == "notice.withheld"]


async def test_no_mail_goes_where_mail_comes_back(api: ApiDesk) -> None:
    ana = await ticket_of_ana(api)
    await api.database.execute("update identity set undeliverable_since = now(), undeliverable_reason = 'user_unknown'")
    before = len(await mails_to(api, ANA))

    await ana.post("/api/v1/tickets/1/escalate", json=UP)

    assert len(await mails_to(api, ANA)) == before
    assert await withheld(ana) == ["mail to this address comes back"]


async def test_a_machine_that_wrote_is_not_written_to(api: ApiDesk) -> None:
    await people(api)
    await settle(api, routed(1, automation="auto-generated"))
    ana = await agent(api, "ana")

    await ana.post("/api/v1/tickets/1/escalate", json=UP)

    assert await mails_to(api, ANA) == []
    assert await withheld(ana) == ["no person wrote it"]


async def test_automatic_mails_to_one_customer_are_counted_together(api: ApiDesk) -> None:
    ana = await ticket_of_ana(api)
    boss = await api.client("admin", name="boss")
    for way in ("escalate", "return") * 3:
        await boss.post(f"/api/v1/tickets/1/{way}", json=UP if way == "escalate" else {"reason": REASON, "note": NOTE})

    assert len(await mails_to(api, ANA)) == 5  # with the acknowledgement
    assert await withheld(ana) == ["this sender has had enough of them"] * 2


async def test_the_customer_may_be_left_in_peace(api: ApiDesk) -> None:
    ana = await ticket_of_ana(api)
    before = len(await mails_to(api, ANA))

    await ana.post("/api/v1/tickets/1/escalate", json={**UP, "tell_customer": False})

    assert len(await mails_to(api, ANA)) == before


async def test_solving_asks_what_solved_it_and_what_caused_it_where_the_category_says_so(database: str) -> None:
    async with open_api_desk(database) as api:
        await people(api)
        ana = await agent(api, "ana")
        plain, outage = await opened(ana), await opened(ana, category="outage")

        bare = await ana.patch(f"/api/v1/tickets/{plain}", json={"status": "solved"})
        told = await ana.patch(f"/api/v1/tickets/{plain}", json={"status": "solved", "resolution": "new toner"})
        again = await ana.patch(f"/api/v1/tickets/{plain}", json={"status": "open"})
        known = await ana.patch(f"/api/v1/tickets/{plain}", json={"status": "solved"})
        renewed = await ana.patch(f"/api/v1/tickets/{plain}", json={"status": "solved", "resolution": "new toner"})
        reply = await ana.post(f"/api/v1/tickets/{outage}/replies", json={"text": "Ya está.", "status": "solved"})
        half = await ana.post(
            f"/api/v1/tickets/{outage}/replies", json={"text": "Ya está.", "status": "solved", "resolution": "rebooted"}
        )
        whole = await ana.post(
            f"/api/v1/tickets/{outage}/replies",
            json={"text": "Ya está.", "status": "solved", "resolution": "rebooted", "cause": "a loose cable"},
        )

        assert (bare.status_code, bare.json()["errors"][0]["pointer"]) == (422, "/resolution")
        assert (told.status_code, again.status_code, known.status_code) == (200, 200, 422)
        assert 'last time it was "new toner"' in known.json()["errors"][0]["detail"]
        assert renewed.status_code == 200
        assert (reply.status_code, reply.json()["errors"][0]["pointer"]) == (422, "/resolution")
        assert (half.status_code, half.json()["errors"][0]["pointer"]) == (422, "/cause")
        assert whole.status_code == 201
        ticket = (await ana.get(f"/api/v1/tickets/{outage}")).json()
        assert (ticket["status"], ticket["resolution"], ticket["cause"]) == ("solved", "rebooted", "a loose cable")
        changed = [line["detail"]["field"] for line in await history(ana, outage) if line["action"] == "ticket.changed"]
        assert changed == ["status", "cause", "resolution"]
        messages = (await ana.get(f"/api/v1/tickets/{outage}/messages")).json()["items"]
        assert [message["kind"] for message in messages] == ["customer", "agent"]  # what was refused left nothing


async def test_a_desk_may_leave_the_resolution_out(database: str) -> None:
    async with open_api_desk(database, solving_needs_resolution=False) as api:
        await people(api)
        ana = await agent(api, "ana")

        answer = await ana.patch(f"/api/v1/tickets/{await opened(ana)}", json={"status": "solved"})

        assert (answer.status_code, answer.json()["status"]) == (200, "solved")


def test_a_desk_that_says_nothing_asks_for_the_resolution() -> None:
    settings = TicketsSettings(secret=SecretStr("a secret of the tests"))

    assert settings.solving_needs_resolution
