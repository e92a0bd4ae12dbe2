"""Teams, agents and organisations as resources."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, opened, people
from tests.integration.tickets.test_api_document import document_of, no_more_than_promised

EVA: dict[str, Any] = {
    "name": "Eva Ruiz",
    "email": "Eva@Desk.example",
    "languages": ["es", "en"],
    "skills": ["vpn"],
    "weight": 1.5,
    "hours": {"zone": "Europe/Madrid", "week": {"mon": ["09:00-14:00"]}},
    "capacity": {"email": 20},
    "tiers": ["1"],
    "teams": [{"team": "network", "role": "lead"}],
    "phone": "+34600000011",
}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


@pytest.fixture
async def admin(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("admin", name="boss")


async def test_a_team_is_made_read_changed_and_retired(api: ApiDesk, admin: httpx.AsyncClient) -> None:
    body = {"title": {"es": "Redes"}, "tier": "2", "assignment": "skills", "calendar": "office"}
    await admin.put("/api/v1/desk/calendars/office", json={"zone": "Europe/Madrid", "week": {"mon": ["09:00-14:00"]}})

    made = await admin.put("/api/v1/teams/network", json=body)
    same = await admin.put("/api/v1/teams/network", json=body)
    changed = await admin.put("/api/v1/teams/network", json={**body, "tier": "3"})
    gone = await admin.delete("/api/v1/teams/network")
    read = await admin.get("/api/v1/teams/network")

    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    assert made.json() == {
        "name": "network", "title": {"es": "Redes"}, "tier": "2", "assignment": "skills", "calendar": "office",
        "ladder": None, "active": True, "members": [], "version": 1,
    }  # fmt: skip
    assert (same.status_code, same.json()["version"]) == (200, 1)
    assert (changed.json()["version"], changed.json()["tier"]) == (2, "3")
    assert gone.status_code == 204
    assert (read.json()["active"], read.json()["tier"]) == (False, "3")
    decided = (await admin.get("/api/v1/decisions")).json()["items"]
    assert [entry["action"] for entry in decided] == ["team.retired", "team.changed", "team.created"]
    assert decided[1]["detail"]["changes"] == [{"field": "tier", "old": "2", "new": "3"}]


async def test_only_the_version_that_was_read_is_changed(admin: httpx.AsyncClient) -> None:
    await admin.put("/api/v1/teams/network", json={})

    stale = await admin.put("/api/v1/teams/network", json={"tier": "2"}, headers={"if-match": '"7"'})
    again = await admin.put("/api/v1/teams/network", json={"tier": "2"}, headers={"if-none-match": "*"})
    right = await admin.put("/api/v1/teams/network", json={"tier": "2"}, headers={"if-match": '"1"'})
    unread = await admin.get("/api/v1/teams/network", headers={"if-none-match": '"2"'})
    wrong = await admin.put("/api/v1/teams/network", json={}, headers={"if-match": "two"})

    assert (stale.status_code, stale.json()["current_version"]) == (412, 1)
    assert again.status_code == 412
    assert (right.status_code, unread.status_code, wrong.status_code) == (200, 304, 422)


async def test_an_agent_is_what_the_body_says_and_stays_available(api: ApiDesk, admin: httpx.AsyncClient) -> None:
    await admin.put("/api/v1/teams/network", json={})

    made = await admin.put("/api/v1/agents/eva", json=EVA)
    eva = made.json()

    assert made.status_code == 201
    assert eva.pop("availability_since")
    assert eva == {
        **EVA, "handle": "eva", "email": "eva@desk.example", "languages": ["es", "en"], "active": True,
        "availability": "available", "slack": [], "absences": [], "version": 1,
        "names": {"agents": {}, "teams": {"network": {}}, "people": {}},
    }  # fmt: skip
    team = (await admin.get("/api/v1/teams/network")).json()
    assert team["members"] == [{"agent": "eva", "role": "lead"}]
    left = await admin.put("/api/v1/agents/eva", json={**EVA, "teams": []})
    assert left.json()["teams"] == []
    assert (await admin.get("/api/v1/teams/network")).json()["members"] == []


@pytest.mark.parametrize(
    ("changes", "pointer", "words"),
    [
        ({"teams": [{"team": "nets"}]}, "/teams/0/team", "no team 'nets'"),
        ({"hours": {"zone": "Europa/Madrid", "week": {}}}, "/hours/zone", "no time zone"),
        ({"hours": {"zone": "UTC", "week": {"mon": ["10:00-9:00"]}}}, "/hours/week", "ends before it begins"),
        ({"capacity": {"mail": 1}}, "/capacity", "neither default nor one of"),
        ({"capacity": {"email": -1}}, "/capacity/email", "must be at least 0"),
        ({"email": "nobody"}, "/email", "must be a mail address"),
        ({"weight": 0}, "/weight", "must be at least 0.01"),
        ({"nickname": "e"}, "/nickname", "is not known here"),
        ({"teams": [{"team": "network"}, {"team": "network"}]}, "/teams", "names a team twice"),
    ],
)
async def test_a_wrong_field_of_an_agent_is_named(
    admin: httpx.AsyncClient, changes: dict[str, Any], pointer: str, words: str
) -> None:
    await admin.put("/api/v1/teams/network", json={})

    answer = await admin.put("/api/v1/agents/eva", json={**EVA, **changes})

    assert answer.status_code == 422
    assert [pointer] == [fault["pointer"] for fault in answer.json()["errors"]]
    assert words in answer.text


@pytest.mark.parametrize(
    ("body", "pointer", "words"),
    [
        ({"calendar": "ofice"}, "/calendar", "this desk has no calendar ofice; did you mean office?"),
        ({"ladder": "nights"}, "/ladder", "this desk has no ladder nights; there is no ladder at all"),
    ],
)
async def test_a_team_names_only_what_is_there(
    admin: httpx.AsyncClient, body: dict[str, Any], pointer: str, words: str
) -> None:
    await admin.put("/api/v1/desk/calendars/office", json={"zone": "Europe/Madrid", "week": {"mon": ["09:00-14:00"]}})

    refused = await admin.put("/api/v1/teams/network", json=body)
    retired = await admin.put("/api/v1/teams/network", json={**body, "active": False})

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
    assert words in refused.text
    assert retired.status_code == 201


async def test_an_agent_may_work_by_a_calendar_of_the_desk(api: ApiDesk, admin: httpx.AsyncClient) -> None:
    await admin.put("/api/v1/teams/network", json={})
    nobodys = await admin.put("/api/v1/agents/eva", json={**EVA, "hours": "office"})
    await admin.put("/api/v1/desk/calendars/office", json={"zone": "Europe/Madrid", "week": {"mon": ["09:00-14:00"]}})

    made = await admin.put("/api/v1/agents/eva", json={**EVA, "hours": "office"})
    eva = {name: made.json()[name] for name in EVA}
    again = await admin.put("/api/v1/agents/eva", json=eva)
    kept = await admin.delete("/api/v1/desk/calendars/office")
    await admin.delete("/api/v1/agents/eva")
    gone = await admin.delete("/api/v1/desk/calendars/office")

    assert (nobodys.status_code, nobodys.json()["errors"][0]["pointer"]) == (422, "/hours")
    assert (made.status_code, eva["hours"]) == (201, "office")
    assert again.json()["version"] == 1  # what was read says the same
    assert (kept.status_code, "the agent eva names this calendar" in kept.text) == (409, True)
    assert gone.status_code == 204


async def test_lists_go_page_by_page_in_the_order_of_names(admin: httpx.AsyncClient) -> None:
    for name in ("c", "a", "b"):
        await admin.put(f"/api/v1/teams/{name}", json={})

    first = (await admin.get("/api/v1/teams?limit=2")).json()
    second = (await admin.get(f"/api/v1/teams?limit=2&cursor={first['next']}")).json()

    assert [team["name"] for team in first["items"]] == ["a", "b"]
    assert [team["name"] for team in second["items"]] == ["c"]
    assert second["next"] is None


async def test_what_is_not_there_is_said_so(admin: httpx.AsyncClient) -> None:
    for path in ("teams/x", "agents/x", "agents/x/load", "organisations/x"):
        answer = await admin.get(f"/api/v1/{path}")
        assert (answer.status_code, "x" in answer.json()["detail"]) == (404, True)
    assert (await admin.delete("/api/v1/agents/x")).status_code == 404
    assert (await admin.put("/api/v1/teams/a b!", json={})).status_code == 422


async def test_agents_say_of_themselves_whether_they_are_there(api: ApiDesk, admin: httpx.AsyncClient) -> None:
    await people(api)
    eva, bob = await agent(api, "eva"), await agent(api, "bob")
    away = {"availability": "away"}

    mine = await eva.put("/api/v1/agents/eva/availability", json=away)
    others = await bob.put("/api/v1/agents/eva/availability", json=away)
    program = await (await api.client("write", name="bot")).put("/api/v1/agents/eva/availability", json=away)
    for_them = await admin.put("/api/v1/agents/eva/availability", json={"availability": "available"})

    assert mine.json()["availability"] == "away"
    assert (others.status_code, "only eva" in others.json()["detail"]) == (403, True)
    assert program.status_code == 403
    assert for_them.json()["availability"] == "available"


async def test_agents_say_of_themselves_how_much_they_can_hold(api: ApiDesk, admin: httpx.AsyncClient) -> None:
    await people(api)
    eva, bob = await agent(api, "eva"), await agent(api, "bob")

    mine = await eva.put("/api/v1/agents/eva/capacity", json={"capacity": {"email": 3, "default": 1}})
    others = await bob.put("/api/v1/agents/eva/capacity", json={"capacity": {}})
    wrong = await eva.put("/api/v1/agents/eva/capacity", json={"capacity": {"pigeon": 3}})
    nobody = await admin.put("/api/v1/agents/zacharias/capacity", json={"capacity": {}})

    assert mine.json()["capacity"] == {"email": 3, "default": 1}
    assert (others.status_code, "only eva" in others.json()["detail"]) == (403, True)
    assert (wrong.status_code, "neither default nor one of" in wrong.json()["detail"]) == (422, True)
    assert nobody.status_code == 404
    assert (await eva.get("/api/v1/agents/eva")).json()["capacity"] == {"email": 3, "default": 1}


async def test_an_absence_is_noted_shown_and_taken_back(api: ApiDesk) -> None:
    await people(api)
    eva = await agent(api, "eva")
    now = datetime.now(UTC)
    span = {"from": now.isoformat(), "until": (now + timedelta(days=2)).isoformat(), "why": "holidays"}

    made = await eva.post("/api/v1/agents/eva/absences", json=span)
    (absence,) = made.json()["absences"]
    load = (await eva.get("/api/v1/agents/eva/load")).json()
    backwards = await eva.post("/api/v1/agents/eva/absences", json={"from": span["until"], "until": span["from"]})
    removed = await eva.delete(f"/api/v1/agents/eva/absences/{absence['id']}")
    again = await eva.delete(f"/api/v1/agents/eva/absences/{absence['id']}")

    assert made.status_code == 201
    assert (absence["why"], absence["created_by"]) == ("holidays", "agent:eva")
    assert (load["takes_work"], load["why_not"]) == (False, "absent")
    assert (backwards.status_code, backwards.json()["errors"][0]["pointer"]) == (422, "/until")
    assert (removed.status_code, again.status_code) == (204, 404)
    assert (await eva.get("/api/v1/agents/eva/load")).json()["takes_work"] is True


async def test_the_load_counts_open_tickets_by_channel(api: ApiDesk) -> None:
    await people(api)
    ana = await agent(api, "ana")
    for _ in range(3):
        await ana.post(f"/api/v1/tickets/{await opened(ana)}/claim")
    await ana.patch("/api/v1/tickets/1", json={"status": "pending"})

    load = (await ana.get("/api/v1/agents/ana/load")).json()

    assert load["channels"] == {"api": {"open": 2, "capacity": 20}}
    assert load["load"] == 0.1


async def test_an_organisation_owns_its_domains(api: ApiDesk, admin: httpx.AsyncClient) -> None:
    acme = {"domains": ["acme.example", "Acme.test"], "vip": True, "plan": "gold", "tags": ["pilot"]}

    made = await admin.put("/api/v1/organisations/ACME S.L.", json=acme)
    taken = await admin.put("/api/v1/organisations/Other", json={"domains": ["acme.test"]})
    address = await admin.put("/api/v1/organisations/Other", json={"domains": ["ana@acme.test"]})
    freed = await admin.put("/api/v1/organisations/ACME S.L.", json={**acme, "domains": ["acme.example"]})
    now_free = await admin.put("/api/v1/organisations/Other", json={"domains": ["acme.test"]})

    assert made.status_code == 201
    assert made.json() == {**acme, "domains": ["acme.example", "acme.test"], "name": "ACME S.L.", "version": 1}
    assert (taken.status_code, "acme.test belongs to ACME S.L." in taken.json()["detail"]) == (409, True)
    assert address.status_code == 422
    assert freed.json()["version"] == 2
    assert now_free.json()["domains"] == ["acme.test"]
    assert (await admin.delete("/api/v1/organisations/Other")).status_code == 204
    assert (await admin.get("/api/v1/organisations/Other")).status_code == 404


async def test_a_token_of_an_agent_acts_as_them_and_ends_with_them(api: ApiDesk, admin: httpx.AsyncClient) -> None:
    await people(api)
    eva = await agent(api, "eva")
    number = await opened(eva, team="network")
    await eva.post(f"/api/v1/tickets/{number}/replies", json={"text": "Hola"})

    messages = (await eva.get("/api/v1/tickets/1/messages")).json()["items"]
    history = (await eva.get("/api/v1/tickets/1/history")).json()["items"]
    actors, names = {entry["actor"] for entry in history}, [history[-1]["names"]["agents"]]
    await admin.delete("/api/v1/agents/eva")
    ended = await eva.get("/api/v1/tickets")

    assert [one["author"]["name"] for one in messages if one["kind"] == "agent"] == ["Eva Ruiz"]
    assert actors == {"agent:eva"}
    assert names == [{"eva": "Eva Ruiz"}]
    assert ended.status_code == 401


async def test_answers_about_people_have_the_shape_that_the_document_promises(api: ApiDesk) -> None:
    document = await document_of(api)
    await people(api)
    ana = await agent(api, "ana", "admin")
    await opened(ana)
    absence = {"from": "2026-01-01T00:00:00Z", "until": (datetime.now(UTC) + timedelta(days=1)).isoformat()}
    up = {"tier": "2", "reason": "needs the network team", "note": "The link still drops."}
    acme = {"domains": ["acme.example"]}
    calls: list[tuple[str, str, str, Any]] = [
        ("GET", "/teams", "/teams", None),
        ("GET", "/teams/{team}", "/teams/network", None),
        ("PUT", "/teams/{team}", "/teams/network", {"tier": "2"}),
        ("PUT", "/agents/{handle}", "/agents/eva", EVA),
        ("PUT", "/agents/{handle}/availability", "/agents/eva/availability", {"availability": "busy"}),
        ("POST", "/agents/{handle}/absences", "/agents/eva/absences", absence),
        ("GET", "/agents", "/agents", None),
        ("GET", "/agents/{handle}/load", "/agents/eva/load", None),
        ("PUT", "/organisations/{name}", "/organisations/acme", acme),
        ("PUT", "/customers/{kind}/{address}", "/customers/email/eva@acme.example", {"vip": True}),
        ("GET", "/customers/{kind}/{address}", "/customers/email/eva@acme.example", None),
        ("GET", "/customers", "/customers", None),
        ("GET", "/organisations", "/organisations", None),
        ("POST", "/tickets/{number}/claim", "/tickets/1/claim", None),
        ("POST", "/tickets/{number}/assign", "/tickets/1/assign", {"agent": "bob"}),
        ("POST", "/tickets/{number}/claim", "/tickets/1/claim", None),
        ("POST", "/tickets/{number}/release", "/tickets/1/release", None),
        ("POST", "/tickets/{number}/escalate", "/tickets/1/escalate", up),
        ("GET", "/tickets/{number}/handovers", "/tickets/1/handovers", None),
    ]
    for method, template, path, body in calls:
        answer = await ana.request(method, f"/api/v1{path}", json=body)
        operation = document["paths"][f"/api/v1{template}"][method.lower()]
        described = operation["responses"][str(answer.status_code)]
        schema = described["content"][answer.headers["content-type"]]["schema"]
        Draft202012Validator({**schema, "components": document["components"]}).validate(answer.json())
        assert answer.status_code in (200, 201, 409), answer.text
        if answer.status_code < 300:
            no_more_than_promised(answer.json(), schema, document)
