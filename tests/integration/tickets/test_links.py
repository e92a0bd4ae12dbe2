"""Tickets that have to do with each other: linked, shown from both ends, parted."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import agent, history, opened, people
from tests.integration.tickets.merging_desk import REASON
from tests.integration.tickets.routed_mails import items
from tickets.domain.joining import links


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        yield desk


async def link(client: httpx.AsyncClient, number: int, to: int, kind: str = "related") -> httpx.Response:
    return await client.post(f"/api/v1/tickets/{number}/links", json={"to": to, "kind": kind})


async def shown(client: httpx.AsyncClient, number: int) -> list[tuple[int, str, str]]:
    return [(one["number"], one["kind"], one["direction"]) for one in await items(client, f"/tickets/{number}/links")]


async def two(api: ApiDesk, **fields: Any) -> httpx.AsyncClient:
    ana = await agent(api, "ana")
    await opened(ana)
    await opened(ana, **fields)
    return ana


async def test_a_link_shows_from_both_ends_and_both_histories_say_it_once(api: ApiDesk) -> None:
    ana = await two(api, type="problem")

    answers = [await link(ana, 1, 2, "caused_by") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
    assert answers[0].json()["items"][0]["type"] == "problem"
    assert await shown(ana, 1) == [(2, "caused_by", "out")]
    assert await shown(ana, 2) == [(1, "caused_by", "in")]
    for number, other, direction in ((1, 2, "out"), (2, 1, "in")):
        lines = [one for one in await history(ana, number) if one["action"] == "ticket.linked"]
        assert [one["detail"] for one in lines] == [{"ticket": other, "kind": "caused_by", "direction": direction}]
        assert lines[0]["actor"] == "agent:ana"
    events = await api.leaving("ticket.changed")
    assert [(one["ticket"]["number"], one["changes"][0]) for one in events] == [
        (1, {"field": "links", "old": [], "new": [2]}),
        (2, {"field": "links", "old": [], "new": [1]}),
    ]


async def test_either_end_may_part_them(api: ApiDesk) -> None:
    ana = await two(api)
    await link(ana, 1, 2)

    gone = await ana.delete("/api/v1/tickets/2/links/1")
    again = await ana.delete("/api/v1/tickets/2/links/1")

    assert (gone.status_code, again.status_code) == (204, 404)
    assert (await shown(ana, 1), await shown(ana, 2)) == ([], [])
    assert (await history(ana, 1))[-1]["action"] == "ticket.unlinked"


async def test_two_tickets_have_one_link_and_related_has_no_direction(api: ApiDesk) -> None:
    ana = await two(api)
    await link(ana, 1, 2)

    back, other = await link(ana, 2, 1), await link(ana, 2, 1, "duplicate")

    assert (back.status_code, other.status_code) == (200, 409)
    assert "linked as related already" in other.json()["detail"]
    assert await shown(ana, 2) == [(1, "related", "in")]


async def test_what_says_nothing_is_refused_with_words(api: ApiDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await two(api)
    await opened(ana)
    merged = await ana.post("/api/v1/tickets/3/merge", json={"into": 1, "reason": REASON})
    assert merged.status_code == 200

    found = {
        "itself": await link(ana, 1, 1),
        "nowhere": await link(ana, 1, 99),
        "none": await link(ana, 99, 1),
        "no problem": await link(ana, 1, 2, "caused_by"),
        "merged": await link(ana, 2, 3),
        "of a merged one": await link(ana, 3, 2),
        "not theirs": await link(await agent(api, "eva"), 1, 2),
    }
    monkeypatch.setattr(links, "MOST_LINKS", 0)
    found["too many"] = await link(ana, 1, 2)

    assert {name: answer.status_code for name, answer in found.items()} == {
        "itself": 422,
        "nowhere": 422,
        "none": 404,
        "no problem": 409,
        "merged": 409,
        "of a merged one": 409,
        "not theirs": 403,
        "too many": 409,
    }
    assert "only a problem causes others" in found["no problem"].json()["detail"]
    assert (await ana.get("/api/v1/tickets/99/links")).status_code == 404
    assert await shown(ana, 1) == []


async def test_a_problem_has_only_so_many_incidents(api: ApiDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await two(api, type="problem")
    await opened(ana)
    monkeypatch.setattr(links, "MOST_INCIDENTS", 1)

    answers = [await link(ana, number, 2, "caused_by") for number in (1, 3)]

    assert [answer.status_code for answer in answers] == [200, 409]
