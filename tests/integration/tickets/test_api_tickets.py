"""Opening, reading and changing tickets."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import MAILBOX, ApiDesk, new_ticket, open_api_desk
from tests.integration.tickets.desk_people import people

NOTHING_PROMISED = {"due_at": None, "met_at": None, "breached_at": None, "state": "none", "paused_by": None}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


@pytest.fixture
async def ana(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("read", "write", name="ana")


async def opened(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/api/v1/tickets", json=new_ticket(**fields))
    assert answer.status_code == 201, answer.text
    ticket: dict[str, Any] = answer.json()
    return ticket


async def test_a_ticket_has_the_form_that_clients_rely_on(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    made = await ana.post("/api/v1/tickets", json=new_ticket(type="incident", priority="high", tags=["vip"]))
    ticket = (await ana.get(made.headers["location"])).json()

    assert ticket == made.json()
    assert ticket.pop("created_at") == ticket.pop("updated_at")
    link = ticket["links"].pop("status_page")
    assert link.startswith("http://pages.example/s/1-")
    assert ticket == {
        "number": 1,
        "subject": "La impresora no responde",
        "type": "incident",
        "category": "other",
        "status": "new",
        "impact": "low",
        "urgency": "low",
        "priority": "high",
        "tier": "1",
        "team": "first-line",
        "callback": None,
        "team_retired": False,
        "assignee": None,
        "channel": "api",
        "names": {"agents": {}, "teams": {}, "people": {}},
        "account": MAILBOX,
        "language": "es",
        "tags": ["vip"],
        "skills": [],
        "cause": None,
        "resolution": None,
        "related_to": None,
        "merged_into": None,
        "merged": [],
        "version": 1,
        "solved_at": None,
        "closed_at": None,
        "requester": {
            "name": "Ana",
            "identities": [{"kind": "email", "address": "ana@cliente.example"}],
            "grade": "claimed",
        },
        "service_level": {
            "policy": "standard",
            "first_response": NOTHING_PROMISED,
            "next_response": NOTHING_PROMISED,
            "resolution": NOTHING_PROMISED,
            "update": NOTHING_PROMISED,
            "tiers": {},
        },
        "links": {
            "self": "/api/v1/tickets/1",
            "messages": "/api/v1/tickets/1/messages",
            "history": "/api/v1/tickets/1/history",
            "routing": "/api/v1/tickets/1/routing",
            "participants": "/api/v1/tickets/1/participants",
        },
    }


async def test_opening_a_ticket_tells_everybody_who_must_know(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await opened(ana, notify=True)

    messages = (await ana.get("/api/v1/tickets/1/messages")).json()["items"]
    history = (await ana.get("/api/v1/tickets/1/history")).json()["items"]
    created = await api.leaving("ticket.created")
    mail = await api.leaving("notification.requested")

    assert [message["kind"] for message in messages] == ["customer", "automatic"]
    assert [(entry["actor"], entry["action"]) for entry in history] == [
        ("agent:ana", "ticket.created"),
        ("agent:ana", "acknowledgement.sent"),
    ]
    assert created[0]["ticket"]["number"] == 1
    assert created[0]["message_id"] == messages[0]["id"]
    assert mail[0]["to"]["address"] == "ana@cliente.example"
    assert mail[0]["automatic"] is True
    assert mail[0]["language"] == "es"


async def test_a_silent_opening_sends_no_mail(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await opened(ana)

    assert await api.leaving("notification.requested") == []


async def test_opening_with_the_same_key_opens_once(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    key = {"idempotency-key": "call-17"}

    answers = await asyncio.gather(*(ana.post("/api/v1/tickets", json=new_ticket(), headers=key) for _ in range(5)))
    other = await ana.post("/api/v1/tickets", json=new_ticket(subject="Otra"), headers=key)
    somebody_else = await (await api.client("write", name="bob")).post(
        "/api/v1/tickets", json=new_ticket(), headers=key
    )

    assert len({answer.json()["number"] for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 4
    assert other.status_code == 422
    assert other.json()["errors"][0]["header"] == "Idempotency-Key"
    assert somebody_else.json()["number"] != answers[0].json()["number"]
    assert len((await ana.get("/api/v1/tickets")).json()["items"]) == 2


async def test_a_customer_keeps_their_identity_over_tickets(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await asyncio.gather(*(opened(ana, requester={"address": "Eva@Cliente.example"}) for _ in range(6)))

    rows = await api.database.fetch("select distinct requester_id, requester_address from ticket")

    assert [row["requester_address"] for row in rows] == ["eva@cliente.example"]


async def test_a_change_is_versioned_explained_and_announced(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await people(api)
    await opened(ana)
    await api.database.execute("update ticket set team = 'elsewhere'")

    answer = await ana.patch(
        "/api/v1/tickets/1", json={"status": "open", "assignee": "eva", "tags": ["b", "a"], "why": "her turf"}
    )

    ticket = answer.json()
    assert (ticket["version"], ticket["status"], ticket["assignee"], ticket["tags"]) == (2, "open", "eva", ["b", "a"])
    assert ticket["updated_at"] > ticket["created_at"]
    history = (await ana.get("/api/v1/tickets/1/history")).json()["items"][1:]
    assert [entry["detail"] for entry in history] == [
        {"field": "status", "old": "new", "new": "open"},
        {"field": "assignee", "old": None, "new": "eva"},
        {"field": "tags", "old": [], "new": ["b", "a"]},
    ]
    assert {(entry["actor"], entry["why"]) for entry in history} == {("agent:ana", "her turf")}
    (event,) = await api.leaving("ticket.changed")
    assert event["ticket"]["version"] == 2
    assert [change["field"] for change in event["changes"]] == ["status", "assignee", "tags"]
    assert event["actor"] == "agent:ana"


async def test_a_change_to_what_is_there_already_changes_nothing(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await opened(ana)

    answer = await ana.patch("/api/v1/tickets/1", json={"status": "new", "priority": "normal", "tags": []})

    assert answer.json()["version"] == 1
    assert await api.leaving("ticket.changed") == []


async def test_null_unassigns_and_is_refused_where_there_must_be_a_value(ana: httpx.AsyncClient) -> None:
    await opened(ana, assignee="eva")

    freed = await ana.patch("/api/v1/tickets/1", json={"assignee": None})
    refused = await ana.patch("/api/v1/tickets/1", json={"status": None, "team": None, "tags": None})

    assert freed.json()["assignee"] is None
    assert refused.status_code == 422
    assert {fault["pointer"] for fault in refused.json()["errors"]} == {"/status", "/team", "/tags"}


async def test_of_two_changes_to_one_version_exactly_one_wins(ana: httpx.AsyncClient) -> None:
    await opened(ana)

    tagged = await asyncio.gather(
        *(
            ana.patch("/api/v1/tickets/1", json={"category": f"kind{index}"}, headers={"if-match": '"1"'})
            for index in range(6)
        )
    )
    counted = await asyncio.gather(
        *(ana.patch("/api/v1/tickets/1", json={"subject": f"Asunto {index}", "version": 2}) for index in range(6))
    )

    assert sorted(answer.status_code for answer in tagged) == [200] + [412] * 5
    assert sorted(answer.status_code for answer in counted) == [200] + [409] * 5
    stale = next(answer for answer in tagged if answer.status_code == 412)
    assert stale.json()["current_version"] == 2
    assert stale.headers["etag"] == '"2"'
    assert (await ana.get("/api/v1/tickets/1")).json()["version"] == 3


async def test_changes_without_a_version_all_happen(ana: httpx.AsyncClient) -> None:
    await opened(ana)

    await asyncio.gather(*(ana.patch("/api/v1/tickets/1", json={"tags": [f"t{index}"]}) for index in range(6)))

    assert (await ana.get("/api/v1/tickets/1")).json()["version"] == 7
    assert len((await ana.get("/api/v1/tickets/1/history")).json()["items"]) == 7


async def test_the_etag_saves_reading_the_same_again(ana: httpx.AsyncClient) -> None:
    await opened(ana)
    tag = (await ana.get("/api/v1/tickets/1")).headers["etag"]

    same = await ana.get("/api/v1/tickets/1", headers={"if-none-match": tag})
    await ana.patch("/api/v1/tickets/1", json={"status": "open"})
    other = await ana.get("/api/v1/tickets/1", headers={"if-none-match": tag})

    assert (same.status_code, same.content, other.status_code) == (304, b"", 200)
    bad = await ana.patch("/api/v1/tickets/1", json={"status": "open"}, headers={"if-match": "two"})
    assert bad.status_code == 422
    assert bad.json()["errors"][0]["header"] == "If-Match"


async def test_a_status_goes_only_where_a_life_can_go(ana: httpx.AsyncClient) -> None:
    await opened(ana)

    solved = (await ana.patch("/api/v1/tickets/1", json={"status": "solved", "resolution": "a new toner"})).json()
    again = (await ana.patch("/api/v1/tickets/1", json={"status": "open"})).json()
    back_to_new = await ana.patch("/api/v1/tickets/1", json={"status": "new"})
    closed = (await ana.patch("/api/v1/tickets/1", json={"status": "closed", "resolution": "told them"})).json()
    revived = await ana.patch("/api/v1/tickets/1", json={"status": "open"})

    assert solved["solved_at"]
    assert solved["service_level"]["resolution"]["state"] == "met"
    assert again["solved_at"] is None
    assert back_to_new.status_code == 409
    assert "from open to new" in back_to_new.json()["detail"]
    assert closed["closed_at"]
    assert revived.status_code == 409


async def test_reading_writes_nothing(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await opened(ana)
    async with api.database.connection() as connection:
        before = await connection.fetchval("select pg_current_xact_id()::text::bigint")

    for path in ("", "?q=impresora&status=new", "/1", "/1/messages", "/1/history", "/1/routing"):
        await ana.get(f"/api/v1/tickets{path}")

    async with api.database.connection() as connection:
        after = await connection.fetchval("select pg_current_xact_id()::text::bigint")
    # Asking for the number takes one number each time; a write in between would have taken another.
    assert after == before + 1


async def test_history_and_messages_come_page_by_page(ana: httpx.AsyncClient) -> None:
    await opened(ana)
    for index in range(6):
        await ana.post("/api/v1/tickets/1/replies", json={"text": f"nota {index}", "internal": True})

    for name, wanted in (("messages", 7), ("history", 7)):
        seen: list[Any] = []
        cursor = ""
        while True:
            page = (await ana.get(f"/api/v1/tickets/1/{name}?limit=2{cursor}")).json()
            seen += [item["id"] for item in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert len(seen) == len(set(seen)) == wanted
