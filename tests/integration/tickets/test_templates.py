"""Canned answers as documents of the desk, and as agents use them in a ticket."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import PEOPLE, agent, opened, people
from tests.integration.tickets.routed_mails import items
from tests.integration.tickets.slack_messages import acting, service
from tickets.adapters.postgres.desk_store import DeskStore
from tickets.handlers.desk.importing import import_desk

TEXTS = {
    "es": "Hola, {{requester.first_name}}: {{ticket.number}} «{{ticket.subject}}», {{next_update_by}}. {{agent.name}}",
    "en": "Hello {{requester.first_name}}",
}
CONTENT = {"title": {"es": "Más datos", "en": "Details"}, "texts": TEXTS, "status": "pending", "shortcut": "md"}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


async def put(api: ApiDesk, name: str = "details", **changes: Any) -> httpx.Response:
    admin = await api.client("admin", name="root")
    return await admin.put(f"/api/v1/desk/templates/{name}", json={**CONTENT, **changes})


async def filled(client: httpx.AsyncClient, number: int, name: str = "details", **body: Any) -> Any:
    answer = await client.post(f"/api/v1/tickets/{number}/templates/{name}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_template_is_filled_for_the_ticket_and_for_the_agent_who_asks(api: ApiDesk) -> None:
    assert (await put(api)).status_code == 201
    number = await opened(await agent(api, "ana"), subject="La impresora {{agent.name}}")
    client = acting(await service(api), "ana")

    answer = await filled(client, number)

    assert answer == {
        "name": "details",
        "version": 1,
        "language": "es",
        "text": "Hola, Ana: 1 «La impresora {{agent.name}}», …. Ana Gil",
        "status": "pending",
        "empty": ["next_update_by"],
    }
    assert (await filled(client, number, language="en"))["text"] == "Hello Ana"


async def test_a_promise_is_told_in_words(api: ApiDesk) -> None:
    await put(api, texts={"es": "{{next_update_by}}"})
    admin = await api.client("admin", name="root")
    targets = {"update": {"normal": {"minutes": 60, "calendar": "always"}}}
    made = await admin.put("/api/v1/desk/policies/standard", json={"targets": targets})
    assert made.status_code == 201, made.text
    ana = await agent(api, "ana")
    number = await opened(ana)
    until = (datetime.now(UTC) + timedelta(days=3)).replace(hour=9, minute=5, second=0, microsecond=0)
    promised = await ana.post(f"/api/v1/tickets/{number}/promise", json={"until": until.isoformat()})
    assert promised.status_code == 200, promised.text

    answer = await filled(ana, number)

    assert answer["empty"] == []
    assert answer["text"].endswith(" a las 09:05 (UTC)")
    assert f" {until.day} de " in answer["text"]


async def test_a_ticket_shows_the_templates_of_its_team_in_its_language(api: ApiDesk) -> None:
    await put(api)
    await put(api, "other", teams=["network"])
    await put(api, "retired")
    assert (await (await api.client("admin")).delete("/api/v1/desk/templates/retired")).status_code == 204
    ana = await agent(api, "ana")
    number = await opened(ana)

    found = await items(ana, f"/tickets/{number}/templates")
    none = await items(ana, f"/tickets/{number}/templates?q=nothing")
    other = await ana.post(f"/api/v1/tickets/{number}/templates/other")
    gone = await ana.post(f"/api/v1/tickets/{number}/templates/retired")
    nowhere = await ana.get("/api/v1/tickets/99/templates")

    assert [(one["name"], one["title"], one["language"]) for one in found] == [("details", "Más datos", "es")]
    assert none == []
    assert (other.status_code, gone.status_code, nowhere.status_code) == (409, 404, 404)
    assert "is for network; ticket 1 is with first-line" in other.json()["detail"]


async def test_an_unknown_place_or_team_is_refused_and_named(api: ApiDesk) -> None:
    place = await put(api, texts={"es": "Hola {{requester.nombre}}"})
    team = await put(api, teams=["nobody"])

    assert (place.status_code, team.status_code) == (422, 422)
    assert place.json()["errors"][0]["pointer"] == "/texts/es"
    assert "character 6: {{requester.nombre}}" in place.json()["detail"]
    assert team.json()["errors"][0]["pointer"] == "/teams/0"


async def test_a_desk_file_brings_templates_and_a_dry_run_says_so(api: ApiDesk) -> None:
    section = (
        'templates:\n  - {name: hi, title: {es: Hola}, texts: {es: "Hola {{requester.name}}"}, teams: [network]}\n'
    )
    store = DeskStore(api.database)

    planned = await import_desk("desk.yaml", section + PEOPLE, "operator:test", store, dry_run=True)
    made = await import_desk("desk.yaml", section + PEOPLE, "operator:test", store)
    again = await import_desk("desk.yaml", section + PEOPLE, "operator:test", store)
    wrong = await import_desk(
        "desk.yaml", section.replace("requester.name", "nobody").replace("network", "netwrok"), "operator:test", store
    )

    assert [step.sentence() for step in planned.steps] == ["create template hi"]
    assert [step.sentence() for step in made.steps] == ["create template hi"]
    assert again.steps == []
    said = " ".join(problem.reason for problem in wrong.problems)
    assert "template hi: texts.es: line 1, character 6: {{nobody}} is no place" in said


async def test_a_template_for_a_team_that_is_not_there_is_refused_in_a_file(api: ApiDesk) -> None:
    section = "templates:\n  - {name: hi, title: {es: Hola}, texts: {es: Hola}, teams: [netwrok]}\n"

    imported = await import_desk("desk.yaml", section + PEOPLE, "operator:test", DeskStore(api.database))

    [problem] = imported.problems
    assert "this desk has no team netwrok" in problem.reason
    assert (problem.line, imported.steps) == (2, [])
