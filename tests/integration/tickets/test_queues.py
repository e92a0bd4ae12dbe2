"""Queues of agents: what is in which view, in which order, page by page, and what the counts say."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest
from jsonschema import Draft202012Validator

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.climbing_desk import PAGE, climbing, pass_time
from tests.integration.tickets.desk_people import agent, opened, people
from tests.integration.tickets.routed_mails import answered, routed, settle
from tests.integration.tickets.test_api_document import document_of, no_more_than_promised
from tests.integration.tickets.test_clocks import STANDARD, document, last_mail, new
from tickets.adapters.postgres import queue_reads


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        await document(desk, "policy", "standard", 1, STANDARD)
        yield desk


@pytest.fixture
async def ana(api: ApiDesk) -> httpx.AsyncClient:
    return await agent(api, "ana")


async def queue(client: httpx.AsyncClient, view: str = "mine", handle: str = "ana", **more: Any) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/agents/{handle}/queue", params={"view": view, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def numbers(client: httpx.AsyncClient, view: str = "mine", **more: Any) -> list[int]:
    """All tickets of a view, page by page."""
    found: list[int] = []
    while True:
        page = await queue(client, view, **more)
        found += [item["number"] for item in page["items"]]
        if page["next"] is None:
            return found
        more["cursor"] = page["next"]


async def take(api: ApiDesk, handle: str, *tickets: int) -> None:
    client = await agent(api, "eva", "read", "write", "admin")
    for number in tickets:
        answer = await client.post(f"/api/v1/tickets/{number}/assign", json={"agent": handle})
        assert answer.status_code == 200, answer.text


async def due_in(api: ApiDesk, number: int, minutes: float) -> None:
    """Let a ticket's resolution fall due then, in state and place."""
    row = await api.database.fetchrow("select state from service_level where ticket_number = $1", number)
    state = orjson.loads(row["state"])
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    for name, clock in state[11].items():
        if clock and clock[7]:
            clock[7] = (at if name == "resolution" else at + timedelta(days=9)).isoformat()
    await api.database.execute(
        "update service_level set state = $2, next_due_at = $3 where ticket_number = $1",
        number, orjson.dumps(state).decode(), at,
    )  # fmt: skip


async def without_clocks(api: ApiDesk, *tickets: int) -> None:
    """Let nothing have been promised for these."""
    await api.database.execute("delete from service_level where ticket_number = any($1)", list(tickets))


async def test_what_falls_due_next_comes_first_then_the_most_urgent_then_the_oldest(
    api: ApiDesk, ana: httpx.AsyncClient
) -> None:
    await settle(api, new(1), new(2), new(3))
    plain = [await opened(ana, priority=priority) for priority in ("low", "urgent", "normal", "normal", "high")]
    await without_clocks(api, *plain)
    await take(api, "ana", 1, 2, 3, *plain)
    for number, minutes in ((1, 50), (2, -5), (3, 20)):
        await due_in(api, number, minutes)

    low, urgent, normal, later, high = plain
    wanted = [2, 3, 1, urgent, high, normal, later, low]
    for limit in (1, 2, 3, 50):
        assert await numbers(ana, limit=limit) == wanted, limit


async def test_an_item_says_what_decides_when_to_work_on_it(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    began = datetime.now(UTC)
    await settle(api, new(1, text="Hola,\n\nno   puedo entrar. " + "por favor " * 40))
    await take(api, "ana", 1)

    [first] = (await queue(ana))["items"]
    await answered(ana, 1, text="¿Desde cuándo?")
    [second] = (await queue(ana))["items"]

    assert first["next_due"]["clock"] == "first_response"
    assert first["next_due"]["state"] == "running"
    assert first["next_due"]["at"] == first["service_level"]["first_response"]["due_at"]
    assert datetime.fromisoformat(first["waiting_since"]) >= began
    assert first["last_message"]["text"].startswith("Hola, no puedo entrar. por favor")
    assert len(first["last_message"]["text"]) <= 160
    assert first["last_message"]["text"].endswith("…")
    assert first["last_message"]["kind"] == "customer"
    assert second["waiting_since"] is None
    assert second["last_message"] | {"at": None} == {
        "kind": "agent", "author": "Ana Gil", "at": None, "text": "¿Desde cuándo?",
    }  # fmt: skip
    assert second["next_due"] is None or second["next_due"]["clock"] != "first_response"


async def test_each_view_holds_its_own_and_the_counts_say_how_much(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    free = await opened(ana, team="first-line")
    foreign = await opened(ana, team="network")
    mine = await opened(ana, team="first-line")
    bobs = await opened(ana, team="first-line")
    done = await opened(ana, team="first-line")
    await take(api, "ana", mine, done)
    await take(api, "bob", bobs)
    await ana.patch(f"/api/v1/tickets/{done}", json={"status": "solved", "resolution": "Reiniciado el equipo."})
    await answered(ana, bobs, text="@ana, ¿lo miras tú?", internal=True)
    bob = await agent(api, "bob")
    await answered(bob, bobs, text="@ana, ¿lo miras tú?", internal=True)

    assert await numbers(ana) == [mine]
    assert await numbers(ana, "unassigned") == [free]
    assert await numbers(ana, "waiting") == [mine]
    assert await numbers(ana, "mentions") == [bobs]
    assert await numbers(ana, "paged") == []
    assert await numbers(await agent(api, "eva"), "unassigned", handle="eva") == [foreign]
    counts = (await ana.get("/api/v1/agents/ana/counts")).json()
    assert counts == {
        "mine": 1, "unassigned": 1, "waiting": 1, "mentions": 1, "paged": 0, "on_call": [], "limit": 1000,
    }  # fmt: skip


async def test_who_wrote_last_decides_who_waits(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await settle(api, new(1))
    await take(api, "ana", 1)
    assert await numbers(ana, "waiting") == [1]

    await answered(ana, 1)
    assert await numbers(ana, "waiting") == []

    mail = await last_mail(api)
    await settle(api, new(2, threading={"in_reply_to": mail}, automation="auto-replied", text="Estoy fuera."))
    assert await numbers(ana, "waiting") == []

    await settle(api, new(3, threading={"in_reply_to": mail}, text="Sigue igual."))
    assert await numbers(ana, "waiting") == [1]
    [item] = (await queue(ana, "waiting"))["items"]
    assert item["last_message"]["text"] == "Sigue igual."


async def test_filters_and_words_narrow_every_view(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    first = await opened(ana, subject="Impresora atascada", priority="high")
    second = await opened(ana, subject="VPN caída")
    third = await opened(ana, subject="Otra VPN")
    await without_clocks(api, first, second, third)
    await take(api, "ana", first, second)
    await answered(await agent(api, "bob"), first, text="@ana mira esto", internal=True)

    assert await numbers(ana, priority="high") == [first]
    assert await numbers(ana, priority="high,normal") == [first, second]
    assert await numbers(ana, q="vpn") == [second]
    assert await numbers(ana, q="nunca") == []
    assert await numbers(ana, channel="email") == []
    assert await numbers(ana, channel="api", team="first-line") == [first, second]
    assert await numbers(ana, team="network") == []
    assert await numbers(ana, "unassigned", q="vpn") == [third]
    assert await numbers(ana, "mentions", q="impresora") == [first]
    assert await numbers(ana, "mentions", q="vpn") == []
    assert await numbers(ana, "mentions", priority="low") == []


async def test_words_are_found_in_a_long_queue_too(
    api: ApiDesk, ana: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbered = [await opened(ana, subject=subject) for subject in ("VPN caída", "Ratón", "Otra VPN")]
    await take(api, "ana", *numbered)
    monkeypatch.setattr(queue_reads, "_MOST_READ", 1)

    assert await numbers(ana, q="vpn") == [numbered[0], numbered[2]]
    assert await numbers(ana, q="vpn", limit=1) == [numbered[0], numbered[2]]
    assert await numbers(ana, "waiting", q="otra vpn") == [numbered[2]]
    assert await numbers(ana, q="jirafa") == []


async def test_bad_questions_are_told_what_to_ask(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    for parameters, word in (
        ({"view": "all"}, "view"),
        ({"priority": "nonsense"}, "priority"),
        ({"team": " , "}, "team"),
        ({"view": "unassigned", "team": "network"}, "team"),
        ({"limit": "0"}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"nonsense": "1"}, "nonsense"),
        ({"q": "a\x00b"}, "q"),
    ):
        answer = await ana.get("/api/v1/agents/ana/queue", params=parameters)
        assert answer.status_code == 422, parameters
        assert word in answer.text
    for path in ("queue", "counts", "day"):
        assert (await ana.get(f"/api/v1/agents/nobody/{path}")).status_code == 404
    assert (await (await api.client("portal")).get("/api/v1/agents/ana/queue")).status_code == 403


async def test_a_cursor_belongs_to_its_view(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await take(api, "ana", await opened(ana), await opened(ana))
    cursor = (await queue(ana, limit=1))["next"]

    for parameters in ({"view": "waiting"}, {"view": "mine", "priority": "normal"}):
        answer = await ana.get("/api/v1/agents/ana/queue", params={**parameters, "cursor": cursor})
        assert answer.status_code == 422


@pytest.mark.parametrize("view", ["mine", "unassigned", "waiting"])
async def test_whoever_has_very_many_gets_the_same_in_the_same_order(
    api: ApiDesk, ana: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, view: str
) -> None:
    await settle(api, *[new(n, sender=f"c{n}@cliente.example") for n in range(1, 6)])
    plain = [await opened(ana, priority=priority) for priority in ("low", "urgent", "normal")]
    await without_clocks(api, *plain)
    for number in range(1, 6):
        await due_in(api, number, -number * 10)
    if view != "unassigned":
        await take(api, "ana", *range(1, 6), *plain)
    few = {limit: await numbers(ana, view, limit=limit) for limit in (1, 3, 50)}

    monkeypatch.setattr(queue_reads, "_MOST_SORTED", 2)
    many = {limit: await numbers(ana, view, limit=limit) for limit in (1, 3, 50)}

    assert many == few
    assert few[50] == few[1] == [5, 4, 3, 2, 1, plain[1], plain[2], plain[0]]


async def test_a_mention_is_read_by_saying_so_or_by_writing_in_the_ticket(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    bob = await agent(api, "bob")
    first, second = await opened(ana), await opened(ana)
    for number in (first, second):
        await answered(bob, number, text="Esto es tuyo, @Ana; o de @nobody, o mío (@bob)", internal=True)

    items = (await queue(ana, "mentions"))["items"]
    assert [item["number"] for item in items] == [second, first]
    assert items[0]["mention"]["by"] == "agent:bob"
    assert items[0]["mention"]["text"].startswith("Esto es tuyo")
    assert await numbers(bob, "mentions", handle="bob") == []

    path = f"/api/v1/agents/ana/mentions/{items[0]['mention']['id']}/read"
    assert (await bob.post(path)).status_code == 403
    assert (await ana.post(path)).status_code == 204
    assert (await ana.post(path)).status_code == 204
    assert (await ana.post("/api/v1/agents/ana/mentions/4711/read")).status_code == 404
    assert await numbers(ana, "mentions") == [first]

    await answered(ana, first, text="Lo miro", internal=True)
    assert await numbers(ana, "mentions") == []


async def test_customers_name_nobody(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await settle(api, new(1, text="@ana @bob por favor"))

    assert await numbers(ana, "mentions") == []


async def test_pages_and_duties_are_in_the_view_of_whoever_is_on_call(database: str) -> None:
    async with open_api_desk(database) as api:
        await climbing(api, PAGE)
        await settle(api, new(1, sender="a@cliente.example"), new(2, sender="b@cliente.example"))
        await pass_time(api)
        eva = await agent(api, "eva")

        page = await queue(eva, "paged", handle="eva")
        assert sorted(item["number"] for item in page["items"]) == [1, 2]
        assert page["items"][0]["page"]["ladder"] == "default"
        assert page["on_call"] == [{"rota": "nights", "until": None}]
        assert sorted(await numbers(eva, "paged", handle="eva", limit=1)) == [1, 2]
        counts = (await eva.get("/api/v1/agents/eva/counts")).json()
        assert (counts["paged"], counts["on_call"]) == (2, [{"rota": "nights", "until": None}])

        await eva.post(f"/api/v1/desk/pages/{page['items'][0]['page']['id']}/acknowledge")
        assert len(await numbers(eva, "paged", handle="eva")) == 1


async def test_a_team_at_a_glance(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await settle(api, *[new(n, sender=f"c{n}@cliente.example") for n in range(1, 5)])
    for number, minutes in ((1, -5), (2, 30), (3, 90), (4, -500)):
        await due_in(api, number, minutes)
    await take(api, "ana", 1)
    await take(api, "bob", 4)
    await api.database.execute("update agent set availability = 'away' where handle = 'bob'")

    pulse = (await ana.get("/api/v1/teams/first-line/pulse")).json()

    assert pulse | {"oldest_unassigned_since": None} == {
        "team": "first-line", "open": 4, "unassigned": 2, "breached": 2, "due_within_an_hour": 1,
        "oldest_unassigned": 2, "oldest_unassigned_since": None, "available": ["ana"], "limit": 1000,
    }  # fmt: skip
    assert (await ana.get("/api/v1/teams/nobody/pulse")).status_code == 404
    assert (await ana.get("/api/v1/teams/makers/pulse")).json()["oldest_unassigned"] is None


async def test_the_place_in_queues_is_written_with_the_clocks(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    async def place() -> datetime | None:
        row = await api.database.fetchrow("select next_due_at from service_level where ticket_number = 1")
        at: datetime | None = row["next_due_at"]
        return at

    await settle(api, new(1))
    level = (await ana.get("/api/v1/tickets/1")).json()["service_level"]
    assert await place() == datetime.fromisoformat(level["first_response"]["due_at"])

    await answered(ana, 1, status="pending")
    level = (await ana.get("/api/v1/tickets/1")).json()["service_level"]
    assert level["resolution"]["state"] == "paused"
    assert await place() is None

    await settle(api, routed(2, at=datetime.now(UTC), threading={"in_reply_to": await last_mail(api)}))
    level = (await ana.get("/api/v1/tickets/1")).json()["service_level"]
    assert await place() == datetime.fromisoformat(level["next_response"]["due_at"])


async def test_answers_have_the_shape_that_the_document_promises(api: ApiDesk, ana: httpx.AsyncClient) -> None:
    await settle(api, new(1))
    await take(api, "ana", 1)
    await answered(await agent(api, "bob"), 1, text="@ana mira", internal=True)
    described = await document_of(api)

    for path, template in (
        ("agents/ana/queue", "agents/{handle}/queue"),
        ("agents/ana/queue?view=mentions", "agents/{handle}/queue"),
        ("agents/ana/counts", "agents/{handle}/counts"),
        ("agents/ana/day", "agents/{handle}/day"),
        ("teams/first-line/pulse", "teams/{team}/pulse"),
        ("tickets/1/similar", "tickets/{number}/similar"),
    ):
        answer = await ana.get(f"/api/v1/{path}")
        assert answer.status_code == 200
        operation = described["paths"][f"/api/v1/{template}"]["get"]
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        schema = {**schema, "components": described["components"]}
        Draft202012Validator(schema).validate(answer.json())
        no_more_than_promised(answer.json(), schema, described)
