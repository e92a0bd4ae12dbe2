"""What the telephone asks of the desk: whom to ring, who calls; and whose numbers are shown to whom."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.climbing_desk import put
from tests.integration.tickets.desk_people import PEOPLE, agent, opened, people
from tests.integration.tickets.routed_mails import routed, settle
from tests.integration.tickets.test_api_document import document_of, no_more_than_promised

ANA, BOB, EVA = "+34600000001", "+34600000002", "+34600000003"
CALLER = "+34600111222"
WITH_PHONES = (
    PEOPLE.replace("email: ana@desk.example,", f"email: ana@desk.example, phone: '{ANA}',")
    .replace("email: bob@desk.example,", f"email: bob@desk.example, phone: {BOB},")
    .replace("email: eva@desk.example,", "email: eva@desk.example, phone: '+34 600 000 003',")
)
CALL: dict[str, Any] = {"channel": "voice", "account": "+34910000000", "sender": CALLER}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk, WITH_PHONES, first_line="least_loaded")
        yield desk


@pytest.fixture
async def phone(api: ApiDesk) -> httpx.AsyncClient:
    """The client of the service that answers calls."""
    return await api.client("read", "write", "act", name="intake-phone")


async def rung(phone: httpx.AsyncClient) -> dict[str, list[str]]:
    answer = await phone.get("/api/v1/desk/ringing")
    assert answer.status_code == 200, answer.text
    return {team: [one["agent"] for one in agents] for team, agents in answer.json()["teams"].items()}


async def test_each_team_in_use_has_those_who_can_be_rung(api: ApiDesk, phone: httpx.AsyncClient) -> None:
    await (await api.client("admin", name="boss")).delete("/api/v1/teams/makers")

    answer = (await phone.get("/api/v1/desk/ringing")).json()
    teams = answer["teams"]

    assert answer["names"]["teams"]["network"] == {"es": "Redes", "en": "Networks"}
    assert {team: len(agents) for team, agents in teams.items()} == {"first-line": 2, "network": 1}
    assert teams["network"] == [{"agent": "eva", "name": "Eva Ruiz", "phone": EVA, "language": "es", "languages": []}]
    assert [one["language"] for one in teams["first-line"]] == ["es", "en"]


async def test_who_holds_less_is_rung_first_and_who_is_away_is_not(api: ApiDesk, phone: httpx.AsyncClient) -> None:
    ana, bob = await agent(api, "ana"), await agent(api, "bob")
    number = await opened(ana, team="first-line")
    await ana.post(f"/api/v1/tickets/{number}/claim")

    loaded = await rung(phone)
    await bob.put("/api/v1/agents/bob/availability", json={"availability": "away"})
    away = await rung(phone)
    now = datetime.now(UTC)
    absence = {"from": now.isoformat(), "until": (now + timedelta(hours=1)).isoformat()}
    await ana.post("/api/v1/agents/ana/absences", json=absence)

    assert (loaded["first-line"], away["first-line"]) == (["bob", "ana"], ["ana"])
    assert (await rung(phone))["first-line"] == []


async def test_who_is_on_call_in_the_rota_that_the_teams_ladder_pages_is_rung_first(
    api: ApiDesk, phone: httpx.AsyncClient
) -> None:
    boss = await api.client("read", "write", "admin", name="boss")
    assert (await rung(phone))["first-line"] == ["ana", "bob"]
    await put(boss, "rotas/nights", {"zone": "UTC", "layers": [{"members": ["bob"], "first_day": "2026-01-05"}]})
    await put(boss, "ladders/outage", {"starts": [{"on": "breach"}], "steps": [{"do": "page", "rota": "nights"}]})
    team = {"title": {"es": "Primera línea", "en": "First line"}, "assignment": "least_loaded", "ladder": "outage"}
    await boss.put("/api/v1/teams/first-line", json=team)

    on_call = await rung(phone)
    now = datetime.now(UTC)
    stretch = {"since": now.isoformat(), "until": (now + timedelta(hours=2)).isoformat()}
    await boss.post("/api/v1/desk/rotas/nights/overrides", json={"agent": "ana", **stretch})

    assert on_call["first-line"] == ["bob", "ana"]
    assert (await rung(phone))["first-line"] == ["ana", "bob"]


async def test_a_phone_is_shown_to_its_agent_to_who_changes_the_desk_and_to_the_service_that_rings(
    api: ApiDesk, phone: httpx.AsyncClient
) -> None:
    seen = {
        "herself": await agent(api, "ana"),
        "colleague": await agent(api, "bob"),
        "program": await api.client("read", "write", name="program"),
        "admin": await api.client("admin", name="boss"),
        "service": phone,
        "colleague by a service": httpx.AsyncClient(
            transport=phone._transport, base_url=phone.base_url, headers={**phone.headers, "ventanilla-agent": "bob"}
        ),
    }

    one = {who: (await client.get("/api/v1/agents/ana")).json()["phone"] for who, client in seen.items()}
    listed = {who: (await client.get("/api/v1/agents")).json()["items"][0]["phone"] for who, client in seen.items()}

    shown = dict.fromkeys(("herself", "admin", "service"), ANA)
    assert one == listed == {who: shown.get(who) for who in seen}


async def test_a_phone_is_changed_by_who_changes_the_desk_and_its_number_is_not_told(api: ApiDesk) -> None:
    boss = await api.client("admin", name="boss")
    ana = {"name": "Ana Gil", "email": "ana@desk.example", "languages": ["es"], "teams": [{"team": "first-line"}]}

    taken = await boss.put("/api/v1/agents/ana", json={**ana, "phone": "+34 600 000 002"})
    wrong = await boss.put("/api/v1/agents/ana", json={**ana, "phone": "600000002"})
    moved = await boss.put("/api/v1/agents/ana", json={**ana, "phone": "+34 600 000 009"})
    own = await (await agent(api, "ana")).put("/api/v1/agents/ana", json={**ana, "phone": "+34600000008"})

    assert (taken.status_code, "ana and bob would have the same phone" in taken.text) == (409, True)
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/phone")
    assert (moved.status_code, moved.json()["phone"], own.status_code) == (200, "+34600000009", 403)
    decided = (await boss.get("/api/v1/decisions")).json()["items"][0]
    assert decided["detail"]["changes"] == [{"field": "phone", "old": "+34•••••••01", "new": "+34•••••••09"}]
    assert "60000000" not in taken.text + wrong.text


async def test_two_agents_swap_their_phones_in_one_file(api: ApiDesk, phone: httpx.AsyncClient) -> None:
    swapped = WITH_PHONES.replace(ANA, "+0").replace(BOB, f"'{ANA}'").replace("+0", BOB)

    await people(api, swapped, first_line="least_loaded")

    agents = (await phone.get("/api/v1/agents")).json()["items"]
    assert [one["phone"] for one in agents] == [BOB, ANA, EVA, None]


async def test_who_calls_is_named_with_their_open_tickets_and_is_never_more_than_plausible(
    api: ApiDesk, phone: httpx.AsyncClient
) -> None:
    verified = {"authentication": {"grade": "verified"}}
    calls = [routed(n, subject=f"Llamada {n}", decision={"team": "network"}, **CALL, **verified) for n in range(1, 8)]
    await settle(api, *calls)
    await api.database.execute("update ticket set status = 'solved' where number = 7")
    await api.database.execute("update ticket set merged_into = 1, status = 'pending' where number = 6")

    caller = (await phone.get(f"/api/v1/desk/callers/{CALLER}")).json()

    assert [one["number"] for one in caller["tickets"]] == [5, 4, 3, 2, 1]
    assert caller["tickets"][0] == {"number": 5, "subject": "Llamada 5", "team": "network", "status": "new"}
    assert {key: caller[key] for key in ("number", "known", "name", "grade")} == {
        "number": CALLER, "known": True, "name": "Ana", "grade": "plausible",
    }  # fmt: skip


async def test_of_a_number_that_nobody_knows_or_several_people_use_no_name_is_said(
    api: ApiDesk, phone: httpx.AsyncClient
) -> None:
    await settle(api, routed(1, **CALL))
    await api.database.execute("update ticket set requester_name = 'Luis'")

    several = (await phone.get(f"/api/v1/desk/callers/{CALLER}")).json()
    unknown = (await phone.get("/api/v1/desk/callers/+15005550001")).json()
    malformed = await phone.get("/api/v1/desk/callers/600111222")

    assert (several["known"], several["name"], len(several["tickets"])) == (True, None, 1)
    assert unknown == {"number": "+15005550001", "known": False, "name": None, "grade": None, "tickets": []}
    assert malformed.status_code == 404


async def test_a_ticket_is_found_by_the_message_that_a_call_became(api: ApiDesk, phone: httpx.AsyncClient) -> None:
    event = "message.received.v1:2"
    before = (await phone.get("/api/v1/tickets", params={"message": event})).json()
    await settle(api, routed(1, **CALL), routed(2, **CALL))

    by_event = (await phone.get("/api/v1/tickets", params={"message": event})).json()
    [message] = (await phone.get("/api/v1/tickets/2/messages")).json()["items"][:1]
    by_id = (await phone.get("/api/v1/tickets", params={"message": message["id"]})).json()
    with_others = await phone.get("/api/v1/tickets", params={"message": event, "status": "new"})

    assert before == {"items": [], "next": None}
    assert [one["number"] for one in by_event["items"]] == [2]
    assert (by_id, with_others.status_code) == (by_event, 422)


async def test_the_document_says_what_the_telephone_is_answered(api: ApiDesk, phone: httpx.AsyncClient) -> None:
    document = await document_of(api)
    await settle(api, routed(1, **CALL))
    calls = {"/desk/ringing": "/desk/ringing", "/desk/callers/{number}": f"/desk/callers/{CALLER}"}

    for template, path in calls.items():
        answer = (await phone.get(f"/api/v1{path}")).json()

        described = document["paths"][f"/api/v1{template}"]["get"]["responses"]["200"]["content"]["application/json"]
        schema = described["schema"]
        Draft202012Validator({**schema, "components": document["components"]}).validate(answer)
        no_more_than_promised(answer, schema, document)
