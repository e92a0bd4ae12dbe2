"""The API and its OpenAPI document say the same."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.integration.tickets.api_desk import ApiDesk, new_ticket, open_api_desk
from tests.integration.tickets.desk_people import agent, people


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


async def document_of(api: ApiDesk) -> dict[str, Any]:
    answer = await api.client_with(None).get("/openapi.json")
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


async def test_every_operation_names_its_token_its_problems_and_what_it_is_for(api: ApiDesk) -> None:
    document = await document_of(api)

    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["security"] == [{"bearer": []}], (method, path)
            assert operation["summary"]
            assert "Scope: `" in operation["description"]
            for status in ("401", "403", "422"):
                content = operation["responses"][status]["content"]
                assert content["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}


async def test_every_reference_in_the_document_leads_somewhere(api: ApiDesk) -> None:
    document = await document_of(api)

    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [ref for item in value.values() for ref in references(item)]
        return [ref for item in value for ref in references(item)] if isinstance(value, list) else []

    for reference in references(document):
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


async def test_answers_have_the_shape_that_the_document_promises(api: ApiDesk) -> None:
    document = await document_of(api)
    ana = await api.client("read", "write", "portal", name="ana")
    link = f"/api/v1/status/{api.desk.signer.status_token(1)}"
    calls: list[tuple[str, str, str, Any]] = [
        ("POST", "/api/v1/tickets", "/api/v1/tickets", new_ticket(notify=True)),
        ("GET", "/api/v1/tickets", "/api/v1/tickets", None),
        ("GET", "/api/v1/tickets/{number}", "/api/v1/tickets/1", None),
        ("PATCH", "/api/v1/tickets/{number}", "/api/v1/tickets/1", {"status": "open"}),
        ("POST", "/api/v1/tickets/{number}/replies", "/api/v1/tickets/1/replies", {"text": "Hola"}),
        ("GET", "/api/v1/tickets/{number}/messages", "/api/v1/tickets/1/messages", None),
        ("GET", "/api/v1/tickets/{number}/history", "/api/v1/tickets/1/history", None),
        ("GET", "/api/v1/quarantine", "/api/v1/quarantine", None),
        ("GET", "/api/v1/intake/ledger", "/api/v1/intake/ledger", None),
        ("GET", "/api/v1/status/{token}", link, None),
        ("POST", "/api/v1/status/{token}/replies", f"{link}/replies", {"text": "Hola", "key": "k" * 20}),
        ("GET", "/api/v1/tickets", "/api/v1/tickets?status=nonsense", None),
        ("GET", "/api/v1/tickets/{number}", "/api/v1/tickets/99", None),
        ("PATCH", "/api/v1/tickets/{number}", "/api/v1/tickets/1", {"version": 1, "status": "solved"}),
    ]
    for method, template, path, body in calls:
        answer = await ana.request(method, path, json=body)
        described = document["paths"][template][method.lower()]["responses"][str(answer.status_code)]
        kind = answer.headers["content-type"]
        schema = {**described["content"][kind]["schema"], "components": document["components"]}
        Draft202012Validator(schema).validate(answer.json())
        if answer.status_code < 300 and isinstance(answer.json(), dict):
            no_more_than_promised(answer.json(), schema, document)


async def test_the_examples_of_bodies_are_accepted(api: ApiDesk) -> None:
    document = await document_of(api)
    await people(api)
    ana = await agent(api, "ana")
    schemas = document["components"]["schemas"]

    opened = await ana.post("/api/v1/tickets", json=schemas["NewTicket"]["examples"][0])
    changed = await ana.patch("/api/v1/tickets/1", json=schemas["TicketChange"]["examples"][0])
    replied = await ana.post("/api/v1/tickets/1/replies", json=schemas["NewReply"]["examples"][0])

    assert (opened.status_code, changed.status_code, replied.status_code) == (201, 200, 201)


def no_more_than_promised(value: Any, schema: dict[str, Any], document: dict[str, Any]) -> None:
    """Every field of an answer is described."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if isinstance(value, dict) and "properties" in schema and schema.get("additionalProperties") is not True:
        assert set(value) <= set(schema["properties"]), set(value) - set(schema["properties"])
        for name, item in value.items():
            no_more_than_promised(item, schema["properties"][name], document)
    if isinstance(value, list) and "items" in schema:
        for item in value:
            no_more_than_promised(item, schema["items"], document)
