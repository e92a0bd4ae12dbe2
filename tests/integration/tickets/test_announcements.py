"""What the desk announces: who may say it, how long it is in force, and what the history of its problem tells."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, history, opened, people
from tests.integration.tickets.routed_mails import items
from tickets.adapters.postgres.announcement_store import AnnouncementStore
from tickets.handlers.announcing.announce import Announcer

TEXTS = {"es": "No hay internet en Málaga.", "en": "There is no internet in Málaga."}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


@pytest.fixture
async def eva(api: ApiDesk) -> httpx.AsyncClient:
    """She leads a team."""
    return await agent(api, "eva")


async def announce(client: httpx.AsyncClient, key: str = "outage", **body: Any) -> httpx.Response:
    return await client.put(f"/api/v1/announcements/{key}", json={"texts": TEXTS, **body})


async def in_force(client: httpx.AsyncClient, *, planned: bool = False) -> list[str]:
    return [one["key"] for one in await items(client, f"/announcements?planned={str(planned).lower()}")]


async def look(api: ApiDesk) -> None:
    await Announcer(AnnouncementStore(api.database), api.deps).look_once()


def soon(**delta: int) -> str:
    return (datetime.now(UTC) + timedelta(**delta)).isoformat()


async def test_it_is_in_force_until_somebody_ends_it(api: ApiDesk, eva: httpx.AsyncClient) -> None:
    made, again = await announce(eva), await announce(eva)

    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json() == again.json()
    assert made.json() | {"created_at": None, "starts_at": None} == {
        "key": "outage", "texts": TEXTS, "importance": 0, "problem": None, "state": "in_force", "starts_at": None,
        "until": None, "created_at": None, "created_by": "agent:eva", "ended_at": None, "ended_why": None, "waiting": 0,
    }  # fmt: skip
    assert await in_force(eva) == ["outage"]

    assert (await eva.delete("/api/v1/announcements/outage")).status_code == 204
    assert (await eva.delete("/api/v1/announcements/outage")).status_code == 404
    assert await in_force(eva) == []
    ended = (await eva.get("/api/v1/announcements/outage")).json()
    assert (ended["state"], ended["ended_why"]) == ("ended", "withdrawn")
    assert (await announce(eva)).status_code == 201, "the same key can be announced anew"
    decided = [one["action"] for one in await items(eva, "/decisions") if one["actor"] == "agent:eva"]
    assert decided == ["announcement.started", "announcement.ended", "announcement.started"]


async def test_whoever_asks_often_is_told_that_nothing_has_changed(api: ApiDesk, eva: httpx.AsyncClient) -> None:
    await announce(eva)
    first = await eva.get("/api/v1/announcements")
    same = await eva.get("/api/v1/announcements", headers={"if-none-match": first.headers["etag"]})
    await announce(eva, importance=5)
    other = await eva.get("/api/v1/announcements", headers={"if-none-match": first.headers["etag"]})

    assert (same.status_code, same.content) == (304, b"")
    assert other.status_code == 200


async def test_the_most_important_is_first_and_what_is_planned_is_not_said_yet(
    api: ApiDesk, eva: httpx.AsyncClient
) -> None:
    await announce(eva, "small")
    await announce(eva, "big", importance=9)
    await announce(eva, "works", starts_at=soon(hours=1), until=soon(hours=2))

    assert await in_force(eva) == ["big", "small"]
    assert await in_force(eva, planned=True) == ["big", "works", "small"]


async def test_its_time_ends_it(api: ApiDesk, eva: httpx.AsyncClient) -> None:
    await announce(eva, until=soon(hours=1))
    await api.database.execute(
        "update announcement set starts_at = starts_at - interval '2 hours', until = until - interval '2 hours'"
    )

    assert await in_force(eva) == [], "nobody has to look for that"
    await asyncio.gather(look(api), look(api))
    assert (await eva.get("/api/v1/announcements/outage")).json()["ended_why"] == "expired"


async def test_it_ends_with_its_problem_whose_history_tells_all_of_it(api: ApiDesk) -> None:
    ana = await agent(api, "ana")
    number = await opened(ana, type="problem")
    await announce(ana, problem=number)
    await announce(ana, problem=number, until=soon(days=1))
    await ana.patch(f"/api/v1/tickets/{number}", json={"status": "solved", "resolution": "a new router"})

    assert await in_force(ana) == []
    await asyncio.gather(look(api), look(api))
    assert (await ana.get("/api/v1/announcements/outage")).json()["ended_why"] == "solved"
    told = [
        (one["action"], one["actor"], one["why"])
        for one in await history(ana, number)
        if one["action"].startswith("announcement.")
    ]
    assert told == [
        ("announcement.started", "agent:ana", ""),
        ("announcement.changed", "agent:ana", ""),
        ("announcement.ended", "desk", "it is solved"),
    ]


async def test_who_leads_no_team_announces_problems_of_their_own_team_and_nothing_else(api: ApiDesk) -> None:
    ana, zoe = await agent(api, "ana"), await agent(api, "zoe")
    number = await opened(ana, type="problem")

    alone, foreign, own = await announce(ana), await announce(zoe, problem=number), await announce(ana, problem=number)

    assert (alone.status_code, foreign.status_code, own.status_code) == (403, 403, 201)
    assert "leads no team" in alone.json()["detail"]
    assert (await zoe.delete("/api/v1/announcements/outage")).status_code == 403
    assert (await ana.delete("/api/v1/announcements/outage")).status_code == 204


async def test_what_cannot_be_announced_is_refused_with_the_reason(api: ApiDesk, eva: httpx.AsyncClient) -> None:
    incident = await opened(eva, type="incident", team="network")
    problem = await opened(eva, type="problem", team="network")
    refused = [
        await announce(eva, problem=999),
        await announce(eva, problem=incident),
        await announce(eva, until=soon(hours=-1)),
        await announce(eva, starts_at=soon(days=2), until=soon(days=1)),
        await announce(eva, starts_at=soon(days=500)),
        await announce(eva, texts={"es": "Solo en español."}),
        await announce(eva, texts={"es": "a" * 501, "en": "a"}),
        await announce(eva, importance=10),
        await announce(eva, "Not_A_Key"),
    ]
    assert [one.status_code for one in refused] == [422, 409, 422, 422, 422, 422, 422, 422, 404]
    assert (await announce(eva, problem=problem)).status_code == 201
    other = await announce(eva)
    assert (other.status_code, other.json()["detail"]) == (
        409, f"outage is announced for problem {problem}; end it, and announce the other anew",
    )  # fmt: skip
    for place in range(19):
        assert (await announce(eva, f"more-{place}")).status_code == 201
    assert (await announce(eva, "one-too-many")).status_code == 409


async def test_two_who_announce_the_same_at_once_make_one(api: ApiDesk, eva: httpx.AsyncClient) -> None:
    made = await asyncio.gather(*(announce(eva, importance=place) for place in range(4)))

    assert sorted(one.status_code for one in made) == [200, 200, 200, 201]
    assert await in_force(eva) == ["outage"]
