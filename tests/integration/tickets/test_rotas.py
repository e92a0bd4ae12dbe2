"""Rotas and ladders as documents: refused with places, kept while they are named, looked at and overridden."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.climbing_desk import put
from tests.integration.tickets.desk_people import agent, people
from tests.integration.tickets.routed_mails import items

OFFICE = {"zone": "UTC", "week": {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}}
NIGHTS = {"zone": "Europe/Madrid", "layers": [{"members": ["eva", "ana"], "first_day": "2026-01-05"}]}
LADDER = {"starts": [{"on": "arrival"}], "steps": [{"do": "page", "rota": "nights"}]}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


@pytest.fixture
async def boss(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("read", "write", "admin", name="boss")


def stretch(begins: int, ends: int) -> dict[str, str]:
    """From so many hours until so many hours from now."""
    now = datetime.now(UTC)
    return {"since": (now + timedelta(hours=begins)).isoformat(), "until": (now + timedelta(hours=ends)).isoformat()}


async def test_rotas_and_ladders_are_kept_in_versions(boss: httpx.AsyncClient) -> None:
    first = await put(boss, "rotas/nights", NIGHTS)
    again = await put(boss, "rotas/nights", NIGHTS, 200)
    ladder = await put(boss, "ladders/default", LADDER)
    assert (first["version"], again["version"], ladder["version"], ladder["kind"]) == (1, 1, 1, "ladder")
    assert first["warnings"] == again["warnings"] == ladder["warnings"] == []
    assert [one["name"] for one in await items(boss, "/desk/ladders")] == ["default"]


@pytest.mark.parametrize(
    ("path", "content", "place", "words"),
    [
        ("ladders/x", {**LADDER, "steps": [{"do": "page", "rota": "nihgts"}]}, "/steps/0/rota", "no rota 'nihgts'"),
        ("ladders/x", {**LADDER, "steps": [{"do": "notify_team", "team": "netwrok"}]}, "/steps/0/team", "netwrok"),
        ("ladders/x", {**LADDER, "steps": [{"do": "dance"}]}, "/steps/0/do", "dance"),
        ("ladders/x", {**LADDER, "colour": "red"}, "/colour", "not known"),
        ("rotas/x", {**NIGHTS, "layers": [{**NIGHTS["layers"][0], "members": ["eve"]}]}, "/layers/0/members/0", "eve"),
        ("rotas/x", {**NIGHTS, "layers": [{**NIGHTS["layers"][0], "hours": "ofice"}]}, "/layers/0/hours", "ofice"),
        ("rotas/x", {**NIGHTS, "zone": "Europe/Nowhere"}, "/zone", "Nowhere"),
        ("policies/x", {"ladder": "nope"}, "/ladder", "no ladder 'nope'"),
        ("policies/x", {"page_at_night": ["asap"]}, "/page_at_night", "asap"),
        ("policies/x", {"page_at_night": "urgent"}, "/page_at_night", "true, false or a list"),
    ],
)  # fmt: skip
async def test_what_makes_no_sense_is_refused_with_its_place(
    boss: httpx.AsyncClient, path: str, content: Any, place: str, words: str
) -> None:
    await put(boss, "rotas/nights", NIGHTS)
    answer = await boss.put(f"/api/v1/desk/{path}", json=content)
    assert answer.status_code == 422, answer.text
    assert place in answer.text
    assert words in answer.text


async def test_what_is_named_cannot_go(api: ApiDesk, boss: httpx.AsyncClient) -> None:
    await put(boss, "calendars/office", OFFICE)
    await put(boss, "rotas/nights", {**NIGHTS, "layers": [{**NIGHTS["layers"][0], "hours": "office"}]})
    await put(boss, "ladders/outage", LADDER)
    await put(boss, "policies/gold", {"ladder": "outage"})

    refused = [
        await boss.delete(f"/api/v1/desk/{path}") for path in ("calendars/office", "rotas/nights", "ladders/outage")
    ]
    await boss.delete("/api/v1/desk/policies/gold")
    await api.database.execute("update team set ladder = 'outage' where name = 'network'")
    by_team = await boss.delete("/api/v1/desk/ladders/outage")
    await api.database.execute("update team set ladder = null")

    assert [answer.status_code for answer in refused] == [409, 409, 409]
    for answer, by in zip(refused, ("rota nights", "ladder outage", "policy gold"), strict=True):
        assert by in answer.json()["detail"]
    assert (by_team.status_code, "team network" in by_team.json()["detail"]) == (409, True)
    for path in ("ladders/outage", "rotas/nights", "calendars/office"):
        assert (await boss.delete(f"/api/v1/desk/{path}")).status_code == 204


async def test_hours_that_nobody_covers_are_a_warning_and_no_refusal(boss: httpx.AsyncClient) -> None:
    await put(boss, "calendars/office", OFFICE)
    rota = {**NIGHTS, "layers": [{**NIGHTS["layers"][0], "hours": "office"}]}
    [words] = (await put(boss, "rotas/nights", rota))["warnings"]
    assert words.startswith("nobody is on call from ")
    assert words.count(" to ") == 5
    assert words.endswith(" times more (Europe/Madrid)")
    assert (await put(boss, "rotas/nights", rota, 200))["warnings"] == [words]


async def test_hours_that_a_rota_loses_with_its_calendar_are_told_to_who_changes_the_calendar(
    boss: httpx.AsyncClient,
) -> None:
    always = {
        "zone": "UTC",
        "week": {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
    }
    await put(boss, "calendars/shop", OFFICE)
    await put(boss, "calendars/nights", always)
    await put(boss, "rotas/nights", {**NIGHTS, "layers": [{**NIGHTS["layers"][0], "hours": "nights"}]})
    await put(boss, "rotas/others", NIGHTS)

    harmless = await put(boss, "calendars/nights", {**always, "names": {"2026-12-24": "Nochebuena"}})
    other = await put(boss, "calendars/shop", {**OFFICE, "days": {"2026-12-24": []}})
    shorter = await put(boss, "calendars/nights", OFFICE)

    assert harmless["warnings"] == other["warnings"] == []
    [words] = shorter["warnings"]
    assert words.startswith("rota nights: nobody is on call from ")


async def test_shifts_say_who_is_on_call_when_and_where_there_are_gaps(boss: httpx.AsyncClient) -> None:
    await put(boss, "rotas/nights", NIGHTS)
    gap = {"agent": None, "since": "2026-12-09T00:00:00Z", "until": "2026-12-10T00:00:00Z"}
    assert (await boss.post("/api/v1/desk/rotas/nights/overrides", json=gap)).status_code == 201

    asked = {"since": "2026-12-07T00:00:00Z", "until": "2026-12-21T00:00:00Z"}
    shown = (await boss.get("/api/v1/desk/rotas/nights/shifts", params=asked)).json()

    assert [(one["agent"], one["from"], one["until"]) for one in shown["items"]] == [
        ("ana", "2026-12-07T00:00:00Z", "2026-12-07T08:00:00Z"),
        ("eva", "2026-12-07T08:00:00Z", "2026-12-09T00:00:00Z"),
        (None, "2026-12-09T00:00:00Z", "2026-12-10T00:00:00Z"),
        ("eva", "2026-12-10T00:00:00Z", "2026-12-14T08:00:00Z"),
        ("ana", "2026-12-14T08:00:00Z", "2026-12-21T00:00:00Z"),
    ]
    assert shown["gaps"] == [{"from": "2026-12-09T00:00:00Z", "until": "2026-12-10T00:00:00Z"}]
    assert (shown["rota"], shown["version"], shown["zone"]) == ("nights", 2, "Europe/Madrid")


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 200),
        ({"since": "2026-12-07T00:00:00Z"}, 200),
        ({"since": "2026-12-07T00:00:00Z", "until": "2026-12-07T00:00:00Z"}, 409),
        ({"since": "2026-12-07T00:00:00Z", "until": "2028-12-07T00:00:00Z"}, 409),
        ({"since": "2026-12-07T00:00:00"}, 422),
        ({"when": "now"}, 422),
    ],
)
async def test_only_stretches_that_make_sense_are_shown(
    boss: httpx.AsyncClient, asked: dict[str, str], status: int
) -> None:
    await put(boss, "rotas/nights", NIGHTS)
    answer = await boss.get("/api/v1/desk/rotas/nights/shifts", params=asked)
    assert answer.status_code == status, answer.text


async def test_a_rota_that_is_not_there_has_no_shifts_and_no_overrides(boss: httpx.AsyncClient) -> None:
    assert (await boss.get("/api/v1/desk/rotas/nights/shifts")).status_code == 404
    body = {"agent": "eva", **stretch(1, 2)}
    assert (await boss.post("/api/v1/desk/rotas/nights/overrides", json=body)).status_code == 404


@pytest.mark.parametrize(
    ("who", "for_whom", "status"),
    [
        ("ana", "ana", 201),
        ("bob", "bob", 201),  # who is not of the rota may stand in too
        ("bob", "ana", 403),
        ("bob", None, 403),
        ("eva", "bob", 201),  # she leads a team of one of the rota's people: herself
        ("eva", None, 201),
        ("zoe", "ana", 403),
    ],
)
async def test_agents_put_themselves_in_and_leads_anybody(
    api: ApiDesk, boss: httpx.AsyncClient, who: str, for_whom: str | None, status: int
) -> None:
    await put(boss, "rotas/nights", NIGHTS)
    body = {"agent": for_whom, **stretch(-1, 5)}
    answer = await (await agent(api, who)).post("/api/v1/desk/rotas/nights/overrides", json=body)
    assert answer.status_code == status, answer.text
    if status == 201:
        made = answer.json()
        assert (made["version"], made["created_by"]) == (2, f"agent:{who}")
        assert bool(made["warnings"]) is (for_whom is None)
        shown = (await boss.get("/api/v1/desk/rotas/nights/shifts")).json()
        assert shown["items"][0]["agent"] == for_whom


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"agent": "nobody", **stretch(1, 2)}, 422),
        ({"agent": "eva", **stretch(2, 1)}, 422),
        ({"agent": "eva", **stretch(-5, -2)}, 422),
        ({"agent": "eva", **stretch(0, 24 * 400)}, 422),
        ({"agent": "eva", "since": "2026-12-09T00:00:00", "until": "2026-12-10T00:00:00"}, 422),
        (stretch(1, 2), 422),
        ({"agent": "eva", "why": "holiday", **stretch(1, 2)}, 422),
    ],
)
async def test_an_override_that_makes_no_sense_is_refused(
    boss: httpx.AsyncClient, body: dict[str, Any], status: int
) -> None:
    await put(boss, "rotas/nights", NIGHTS)
    answer = await boss.post("/api/v1/desk/rotas/nights/overrides", json=body)
    assert answer.status_code == status, answer.text
    assert (await items(boss, "/desk/rotas/nights"))[0]["version"] == 1


async def test_a_program_puts_nobody_in(api: ApiDesk, boss: httpx.AsyncClient) -> None:
    await put(boss, "rotas/nights", NIGHTS)
    program = await api.client("read", "write", name="bot")
    body = {"agent": "eva", **stretch(1, 2)}
    assert (await program.post("/api/v1/desk/rotas/nights/overrides", json=body)).status_code == 403


async def test_an_override_works_also_where_one_of_the_rota_has_gone(api: ApiDesk, boss: httpx.AsyncClient) -> None:
    await put(boss, "rotas/nights", NIGHTS)
    await api.database.execute("update agent set active = false where handle = 'ana'")
    body = {"agent": "bob", **stretch(-1, 5)}
    assert (await boss.post("/api/v1/desk/rotas/nights/overrides", json=body)).status_code == 201
    gone = {"agent": "ana", **stretch(-1, 5)}
    assert (await boss.post("/api/v1/desk/rotas/nights/overrides", json=gone)).status_code == 422
