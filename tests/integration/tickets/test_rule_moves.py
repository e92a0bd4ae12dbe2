"""Where rules send a ticket when a message joins it: handed on as by a person, done at once, told to everybody."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.climbing_desk import fire_all, worker
from tests.integration.tickets.desk_people import agent, history, people
from tests.integration.tickets.routed_mails import answered, routed, settle
from tests.integration.tickets.test_clocks import age, last_mail
from tickets.metrics import REGISTRY

TICKET = "/api/v1/tickets/1"
LAWYER = {"tier": "3", "team": "makers", "rules": ["lawyer"]}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk)
        await settle(desk, routed(1))
        ana = await agent(desk, "ana")
        await ana.post(f"{TICKET}/claim")
        await answered(ana, 1)
        yield desk


@pytest.fixture
async def boss(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("read", "write", "admin", name="boss")


async def writes(api: ApiDesk, **on_reply: Any) -> None:
    """The customer writes again, and a rule wants something."""
    await settle(api, routed(2, decision={"on_reply": on_reply}, threading={"in_reply_to": await last_mail(api)}))


async def place(client: httpx.AsyncClient) -> tuple[str, str, str | None]:
    found = (await client.get(TICKET)).json()
    return found["team"], found["tier"], found["assignee"]


async def told(api: ApiDesk) -> set[str]:
    return {one["to"]["address"] for one in (await api.leaving("notification.requested"))[2:]}


async def test_a_rule_hands_a_ticket_on_as_a_person_does(api: ApiDesk, boss: httpx.AsyncClient) -> None:
    await writes(api, **LAWYER)
    await fire_all(api)

    assert await place(boss) == ("makers", "3", None)
    handovers = (await boss.get(f"{TICKET}/handovers")).json()
    (step,) = handovers["items"]
    assert (step["kind"], step["from_team"], step["from_agent"], step["to_team"]) == (
        "escalate", "first-line", "ana", "makers",
    )  # fmt: skip
    assert (step["actor"], step["reason"]) == ("desk", "rules: lawyer")
    assert [one["agent"] for one in handovers["followers"]] == ["ana"]
    assert await told(api) == {"ana@cliente.example", "ana@desk.example"}
    notes = [one for one in (await boss.get(f"{TICKET}/messages")).json()["items"] if one["kind"] == "note"]
    assert "rules: lawyer" in notes[0]["text"]
    assert await api.database.fetch("select 1 from due where kind = 'rule_move'") == []


async def test_a_time_that_a_rule_named_is_one_that_the_desk_named_by_itself_and_once_missed_it_names_no_other(
    api: ApiDesk, boss: httpx.AsyncClient
) -> None:
    await writes(api, **LAWYER)
    await fire_all(api)
    await age(api, timedelta(days=8))
    in_reply_to = await last_mail(api)
    decision = {"on_reply": {"tier": "2", "team": "network", "rules": ["calm"]}}
    await settle(api, routed(3, decision=decision, threading={"in_reply_to": in_reply_to}))
    await fire_all(api)

    first, second = (await boss.get(f"{TICKET}/handovers")).json()["items"]
    assert (first["to_team"], second["to_team"]) == ("makers", "network")
    assert first["next_update_by"] is not None
    assert second["next_update_by"] is None
    told = [one["detail"] for one in await history(boss, 1) if one["action"] == "customer.told"]
    assert [(one.get("automatic"), one.get("promised")) for one in told] == [(True, None), (None, False)]


async def test_what_a_rule_handed_on_can_be_returned(api: ApiDesk, boss: httpx.AsyncClient) -> None:
    await writes(api, **LAWYER)
    await fire_all(api)

    body = {"reason": "no lawyer at all", "note": "It was a joke of theirs."}
    answer = await (await agent(api, "zoe")).post(f"{TICKET}/return", json=body)

    assert answer.status_code == 200, answer.text
    assert await place(boss) == ("first-line", "1", "ana")


async def test_workers_at_once_hand_it_on_once(database: str, api: ApiDesk, boss: httpx.AsyncClient) -> None:
    await writes(api, **LAWYER)
    async with open_api_desk(database) as other:
        await asyncio.gather(*(worker(one).fire_once() for one in (api, other) * 3))
        await fire_all(api)

    assert len((await boss.get(f"{TICKET}/handovers")).json()["items"]) == 1


@pytest.mark.parametrize(("team", "words"), [("ghost", "no team 'ghost'"), ("network", "the team network is retired")])
async def test_a_team_that_is_not_there_is_passed_over_and_said(
    api: ApiDesk, boss: httpx.AsyncClient, team: str, words: str
) -> None:
    await api.database.execute("update team set active = false where name = 'network'")
    counted = REGISTRY.get_sample_value("tickets_rule_moves_ignored_total", {"reason": "not_found"}) or 0

    await writes(api, team=team, priority="urgent", rules=["lawyer"])
    await fire_all(api)

    assert await place(boss) == ("first-line", "1", "ana")
    assert (await boss.get(TICKET)).json()["priority"] == "urgent"
    (line,) = [one for one in await history(boss, 1) if one["action"] == "rule.passed_over"]
    assert (line["detail"]["team"], line["detail"]["rules"]) == (team, "rules: lawyer")
    assert words in line["why"]
    now = REGISTRY.get_sample_value("tickets_rule_moves_ignored_total", {"reason": "not_found"})
    assert now == counted + 1
    assert await told(api) == set()


async def test_a_tier_alone_goes_to_the_one_team_that_works_there(api: ApiDesk, boss: httpx.AsyncClient) -> None:
    await writes(api, at_least={"tier": "2"}, rules=["vip"])
    await fire_all(api)

    assert await place(boss) == ("network", "2", None)
    assert len((await boss.get(f"{TICKET}/handovers")).json()["items"]) == 1


async def test_a_tier_in_which_several_teams_work_changes_the_tier_and_says_why_nothing_else(
    api: ApiDesk, boss: httpx.AsyncClient
) -> None:
    await boss.put("/api/v1/teams/storage", json={"tier": "2"})
    await writes(api, tier="2", rules=["vip"])
    await fire_all(api)

    assert await place(boss) == ("first-line", "2", "ana")
    assert "several teams work in tier 2 (network, storage)" in (await history(boss, 1))[-1]["why"]
    assert (await boss.get(f"{TICKET}/handovers")).json()["items"] == []


async def test_a_team_of_the_same_tier_gets_it_the_same_way(api: ApiDesk, boss: httpx.AsyncClient) -> None:
    await boss.put("/api/v1/teams/legal", json={"tier": "1"})
    await writes(api, team="legal", rules=["lawyer"])
    await fire_all(api)

    assert await place(boss) == ("legal", "1", None)
    assert len((await boss.get(f"{TICKET}/handovers")).json()["items"]) == 1


async def test_what_was_closed_meanwhile_goes_nowhere(api: ApiDesk, boss: httpx.AsyncClient) -> None:
    await writes(api, **LAWYER)
    await boss.patch(TICKET, json={"status": "closed", "resolution": "settled out of court"})
    await fire_all(api)

    assert (await place(boss))[0] == "first-line"
    assert (await history(boss, 1))[-1]["action"] == "rule.passed_over"
