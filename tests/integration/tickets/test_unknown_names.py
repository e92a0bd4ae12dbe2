"""Rules decide for a team or a policy that the desk does not have: the ticket says so, and so does `/readyz`."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.desk_people import history, people
from tests.integration.tickets.routed_mails import routed
from tests.integration.tickets.test_clocks import STANDARD, document
from tickets.handlers.settling.settle import SettleDeps, settle_batch
from tickets.handlers.settling.unknown_names import TOLD_SECONDS, UnknownNames
from tickets.metrics import REGISTRY
from ventanilla_runtime.delivery import Batch


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


@pytest.fixture
async def boss(api: ApiDesk) -> httpx.AsyncClient:
    return await api.client("read", "write", "admin", name="boss")


async def decided(deps: SettleDeps, sequence: int, **decision: Any) -> None:
    await settle_batch(Batch([routed(sequence, decision=decision)]), deps)


async def unknown(client: httpx.AsyncClient, number: int) -> list[tuple[str, dict[str, Any], str]]:
    lines = [one for one in await history(client, number) if one["action"].endswith((".unknown", ".retired"))]
    return [(one["action"], one["detail"], one["why"]) for one in lines]


def counted(kind: str) -> float:
    return REGISTRY.get_sample_value("tickets_decided_for_unknown_total", {"kind": kind}) or 0


async def test_a_team_that_was_retired_while_rules_name_it_is_said_until_it_is_back(
    api: ApiDesk, boss: httpx.AsyncClient
) -> None:
    await people(api)
    deps, before = api.settle_deps(), counted("team")
    await decided(deps, 1, team="network")
    fine = deps.unknown.worry()

    await boss.delete("/api/v1/teams/network")
    assert deps.assigning is not None
    deps.assigning.forget()  # five seconds later
    await decided(deps, 2, team="network")
    await decided(deps, 3, team="billing")

    assert (await unknown(boss, 1), fine) == ([], None)
    assert await unknown(boss, 2) == [
        ("team.retired", {"team": "network"}, "the team network is retired, and rules still decide for it")
    ]
    assert await unknown(boss, 3) == [
        ("team.unknown", {"team": "billing"}, "this desk has no team billing: nobody is told of it")
    ]
    assert counted("team") == before + 2
    assert "team billing, team network;" in (deps.unknown.worry() or "")

    await people(api)
    deps.assigning.forget()
    await decided(deps, 4, team="network")
    assert await unknown(boss, 4) == []
    assert "network" not in (deps.unknown.worry() or "")


async def test_a_team_that_is_new_is_known_at_once(api: ApiDesk, boss: httpx.AsyncClient) -> None:
    await people(api)
    deps = api.settle_deps()
    await decided(deps, 1)

    await boss.put("/api/v1/teams/billing", json={"tier": "1"})
    await decided(deps, 2, team="billing")

    assert (await unknown(boss, 2), deps.unknown.worry()) == ([], None)


async def test_a_policy_that_is_not_in_force_is_said_too(api: ApiDesk, boss: httpx.AsyncClient) -> None:
    await document(api, "policy", "standard", 1, STANDARD)
    deps, before = api.settle_deps(), counted("policy")

    await decided(deps, 1)
    await decided(deps, 2, service_level_policy="gold")

    assert await unknown(boss, 1) == []
    assert await unknown(boss, 2) == [
        ("policy.unknown", {"policy": "gold"}, "no policy gold is in force: nothing is promised")
    ]
    assert counted("policy") == before + 1
    assert "policy gold;" in (deps.unknown.worry() or "")


async def test_a_desk_without_teams_and_policies_has_nothing_to_say(api: ApiDesk, boss: httpx.AsyncClient) -> None:
    deps = api.settle_deps()

    await decided(deps, 1, team="billing", service_level_policy="gold")

    assert (await unknown(boss, 1), deps.unknown.worry()) == ([], None)


async def test_what_is_released_from_quarantine_says_so_as_well(api: ApiDesk, boss: httpx.AsyncClient) -> None:
    await people(api)
    await decided(api.settle_deps(), 1, team="billing", quarantine="a rule says so")
    (held,) = (await boss.get("/api/v1/quarantine")).json()["items"]

    await boss.post(f"/api/v1/quarantine/{held['id']}/release")

    assert [one[0] for one in await unknown(boss, 1)] == ["team.unknown"]


async def test_it_is_told_for_some_minutes_and_no_longer(api: ApiDesk) -> None:
    await people(api)
    now, deps = [0.0], api.settle_deps()
    names = UnknownNames(lambda: now[0])
    object.__setattr__(deps, "unknown", names)

    await decided(deps, 1, team="billing")
    now[0] = TOLD_SECONDS - 1
    told = names.worry()
    now[0] = TOLD_SECONDS

    assert told is not None
    assert names.worry() is None
