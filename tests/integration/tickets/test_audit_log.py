"""The audit log: who did what to the desk, from where, what it was before; and nobody takes a line back."""

import json
from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.support.commands import Said, run

_LINE = (
    "insert into desk_decision (actor, action, at) values ('agent:ana', 'x', now() - interval '40 days') returning id"
)


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


def tickets(dsn: str, *arguments: str) -> Said:
    return run(
        "tickets", *arguments, environment={"TICKETS_POSTGRES_URL": dsn, "TICKETS_SECRET": "a secret of the tests"}
    )


async def test_what_is_changed_by_the_api_is_noted_with_token_origin_and_what_was_there_before(api: ApiDesk) -> None:
    admin = await api.client("admin", name="terraform")
    await admin.put("/api/v1/teams/network", json={"tier": "2"})
    await admin.put("/api/v1/teams/network", json={"tier": "3"}, headers={"x-forwarded-for": "203.0.113.7"})

    answer = await admin.get("/api/v1/audit", params={"action": "team."})

    changed, created = answer.json()["items"]
    assert (created["action"], created["target"], created["token"]) == ("team.created", "network", "terraform")
    assert (changed["actor"], changed["target"]) == ("agent:terraform", "network")
    assert {"field": "tier", "old": "2", "new": "3"} in changed["changes"]
    assert changed["origin"].endswith(", which says for 203.0.113.7")
    page = await admin.get("/api/v1/audit", params={"limit": 1})
    rest = await admin.get("/api/v1/audit", params={"limit": 1, "cursor": page.json()["next"]})
    assert [one["id"] for one in (*page.json()["items"], *rest.json()["items"])] == [changed["id"], created["id"]]


async def test_tokens_made_and_revoked_at_a_terminal_are_noted_with_who_says_they_were_it(database: str) -> None:
    made = tickets(database, "token", "create", "--name", "reports", "--scope", "read", "--as", "eva")
    tickets(database, "token", "revoke", "reports")

    listed = json.loads(tickets(database, "audit", "list", "--since", "1h", "--action", "token.", "--json").out)

    revoked, created = listed
    assert (created["actor"], created["action"], created["target"]) == ("operator:eva", "token.created", "reports")
    assert created["token"] == "tickets token create"
    assert "@" in created["origin"]
    assert (revoked["action"], revoked["detail"]["scopes"]) == ("token.revoked", ["read"])
    assert made.out.strip() not in json.dumps(listed)
    lines = tickets(database, "audit", "list").out.splitlines()
    assert len(lines) == 2
    assert all(len(line) <= 80 for line in lines)
    assert tickets(database, "audit", "list", "--since", "yesterday").code == 2


@pytest.mark.parametrize(
    "statement",
    [
        "update desk_decision set actor = 'agent:bea'",
        "delete from desk_decision",
        "truncate desk_decision",
        "begin; set local ventanilla.forgetting = 'on'; update desk_decision set actor = 'agent:bea'; commit",
        "begin; set local ventanilla.forgetting = 'on'; update desk_decision set at = now(); commit",
        "begin; set local ventanilla.forgetting = 'on'; truncate desk_decision; commit",
    ],
)
async def test_a_line_is_never_taken_back(database: str, statement: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(_LINE)
        with pytest.raises(asyncpg.RaiseError, match="audit log"):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_not_even_who_keeps_house_removes_a_line_of_the_last_thirty_days(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        old = await connection.fetchval(_LINE)
        await connection.execute("insert into desk_decision (actor, action) values ('agent:ana', 'young')")
        await connection.execute(
            f"begin; set local ventanilla.forgetting = 'on'; delete from desk_decision where id = {old}; commit"
        )
        with pytest.raises(asyncpg.RaiseError, match="thirty days"):
            await connection.execute("begin; set local ventanilla.forgetting = 'on'; delete from desk_decision; commit")
        await connection.execute("rollback")
        assert await connection.fetchval("select array_agg(action) from desk_decision") == ["young"]
    finally:
        await connection.close()
