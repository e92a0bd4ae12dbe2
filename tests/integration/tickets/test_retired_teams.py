"""A team is retired while it has tickets: they stay reachable, are seen, and somebody is told."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import PEOPLE, agent, history, people
from tests.integration.tickets.routed_mails import routed, settle
from tickets.adapters.postgres.retired_team_store import RetiredTeamStore
from tickets.handlers.working.retired_teams import RetiredTeams
from tickets.metrics import REGISTRY

TICKET = "/api/v1/tickets/1"
BILLING = "  - {name: billing, title: {es: Facturación, en: Billing}, tier: 2}\nagents:\n"
PAU = "  - {handle: pau, name: Pau Sanz, email: pau@desk.example, teams: [billing]}\n"
BEFORE = PEOPLE.replace("agents:\n", BILLING) + PAU
AFTER = PEOPLE.replace("agents:\n", BILLING.replace("billing", "invoices")) + PAU.replace("[billing]", "[invoices]")


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await people(desk, BEFORE)
        await settle(desk, routed(1, decision={"team": "billing", "tier": "2"}))
        yield desk


@pytest.fixture
async def pau(api: ApiDesk) -> httpx.AsyncClient:
    return await agent(api, "pau")


def watcher(api: ApiDesk) -> RetiredTeams:
    return RetiredTeams(RetiredTeamStore(api.database), api.deps)


async def done(client: httpx.AsyncClient, command: str, **body: Any) -> tuple[int, str]:
    answer = await client.post(f"{TICKET}/{command}", json=body)
    return answer.status_code, "" if answer.is_success else answer.json()["detail"]


async def waiting_for(client: httpx.AsyncClient, handle: str) -> list[tuple[int, bool]]:
    answer = await client.get(f"/api/v1/agents/{handle}/queue", params={"view": "unassigned"})
    assert answer.status_code == 200, answer.text
    return [(item["number"], item["team_retired"]) for item in answer.json()["items"]]


async def lines(client: httpx.AsyncClient, number: int = 1) -> list[dict[str, Any]]:
    return [one["detail"] for one in await history(client, number) if one["action"] == "team.retired"]


async def mails(api: ApiDesk) -> list[str]:
    rows = await api.database.fetch(
        "select convert_from(body, 'utf8') as body from outbox where stream = 'OUTBOUND' order by id"
    )
    return [row["body"] for row in rows if "ya no existe" in row["body"]]


async def test_whoever_is_at_work_takes_on_the_ticket_of_a_retired_team_and_hands_it_over(
    api: ApiDesk, pau: httpx.AsyncClient
) -> None:
    ana = await agent(api, "ana")
    assert (await done(ana, "claim"))[0] == 403
    await people(api, AFTER)

    assert await done(ana, "claim") == (200, "")
    assert (await ana.post(f"{TICKET}/replies", json={"text": "I look at it."})).status_code == 201
    assert await done(ana, "assign", agent="bob") == (200, "")
    handed = await done(pau, "escalate", team="invoices", reason="its team is gone", note="Asks for the invoice again.")

    assert handed == (200, "")
    assert (await ana.get(TICKET)).json()["team"] == "invoices"
    status, words = await done(ana, "claim")
    assert (status, "not of the team invoices" in words) == (403, True)


async def test_whoever_neither_has_nor_follows_it_answers_and_solves_the_ticket_of_a_retired_team(
    api: ApiDesk,
) -> None:
    await people(api, AFTER)
    zoe = await agent(api, "zoe")

    answered = await zoe.post(
        f"{TICKET}/replies", json={"text": "Here it is.", "status": "solved", "resolution": "sent the invoice again"}
    )

    assert answered.status_code == 201, answered.text


async def test_a_program_is_told_that_the_team_is_retired_and_what_to_do(api: ApiDesk) -> None:
    await people(api, AFTER)
    program = await api.client("read", "write", name="script")

    status, words = await done(program, "assign", agent="ana")

    assert status == 403
    assert "the team billing is retired" in words
    assert "no people" not in words


async def test_tickets_of_a_retired_team_wait_in_the_queue_of_its_tier_and_are_named_so(
    api: ApiDesk, pau: httpx.AsyncClient
) -> None:
    assert await waiting_for(pau, "pau") == [(1, False)]

    await people(api, AFTER)

    assert await waiting_for(pau, "pau") == [(1, True)]
    assert await waiting_for(pau, "eva") == [(1, True)]
    assert await waiting_for(pau, "ana") == []
    assert (await pau.get(TICKET)).json()["team_retired"] is True
    for wanted in ({}, {"team": "billing"}, {"q": "Asunto"}):
        page = (await pau.get("/api/v1/tickets", params=wanted)).json()
        assert [(one["number"], one["team_retired"]) for one in page["items"]] == [(1, True)], wanted
    counts = (await pau.get("/api/v1/agents/eva/counts")).json()
    assert counts["unassigned"] == 1
    found = await pau.get("/api/v1/agents/eva/queue", params={"view": "unassigned", "q": "1", "team": "billing"})
    assert found.status_code == 200, found.text


async def test_where_nobody_works_in_its_tier_any_more_leads_see_them(api: ApiDesk, pau: httpx.AsyncClient) -> None:
    await people(api, AFTER.replace("tier: 2", "tier: 1"))

    assert [await waiting_for(pau, handle) for handle in ("eva", "ana")] == [[(1, True)], []]

    await api.database.execute("update team_member set role = 'member'")
    assert await waiting_for(pau, "ana") == [(1, True)]


async def test_history_leads_and_readiness_tell_of_open_tickets_of_a_retired_team_once(
    api: ApiDesk, pau: httpx.AsyncClient
) -> None:
    await settle(api, *(routed(n, decision={"team": "billing", "tier": "2"}) for n in (2, 3)))
    one, other = watcher(api), watcher(api)
    assert (await one.tell_once(), one.worry()) == (0, None)
    await people(api, AFTER)
    before = (await pau.get(TICKET)).json()["version"]

    told = [await one.tell_once(most=2), await other.tell_once(most=2), await one.tell_once()]

    assert told == [2, 1, 0]
    assert [await lines(pau, number) for number in (1, 2, 3)] == [[{"team": "billing"}]] * 3
    assert (await pau.get(TICKET)).json()["version"] == before + 1
    assert "billing (3)" in (one.worry() or "")
    assert REGISTRY.get_sample_value("tickets_without_team") == 3
    (mail,) = await mails(api)
    assert "eva@desk.example" in mail
    assert "#1, #2, #3" in mail


async def test_two_replicas_that_tell_at_once_tell_once(api: ApiDesk, pau: httpx.AsyncClient) -> None:
    await settle(api, *(routed(n, decision={"team": "billing", "tier": "2"}) for n in range(2, 6)))
    await people(api, AFTER)

    await asyncio.gather(*(watcher(api).tell_once() for _ in range(4)))
    await watcher(api).tell_once()

    assert [len(await lines(pau, number)) for number in range(1, 6)] == [1] * 5
    assert len(await mails(api)) == 1


async def test_a_team_that_comes_back_and_goes_again_is_told_of_again(api: ApiDesk, pau: httpx.AsyncClient) -> None:
    await people(api, AFTER)
    one = watcher(api)
    await one.tell_once()
    await people(api, BEFORE)
    assert (await one.tell_once(), one.worry()) == (0, None)

    await people(api, AFTER)

    assert await one.tell_once() == 1
    assert len(await mails(api)) == 2


async def test_what_rules_still_decide_for_a_retired_team_says_so_once(api: ApiDesk, pau: httpx.AsyncClient) -> None:
    await people(api, AFTER)
    await settle(api, routed(2, decision={"team": "billing", "tier": "2"}))

    await watcher(api).tell_once()

    assert await lines(pau, 2) == [{"team": "billing"}]


async def test_an_api_client_that_retires_a_team_hears_how_many_tickets_it_leaves(
    api: ApiDesk, pau: httpx.AsyncClient
) -> None:
    boss = await api.client("read", "write", "admin", name="boss")

    left = await boss.delete("/api/v1/teams/billing")
    nothing = await boss.delete("/api/v1/teams/makers")

    assert (left.status_code, left.headers["ventanilla-open-tickets"]) == (204, "1")
    assert nothing.headers["ventanilla-open-tickets"] == "0"
