"""The audit log: who did what to the desk, from where, what it was before; and nobody takes a line back."""

import json
from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.support.commands import Said, run

_FORGETTING = "begin; set local ventanilla.forgetting = 'on'; "


async def old_line(connection: asyncpg.Connection, detail: str = "{}", why: str = "") -> int:
    """A line of forty days ago, which only whoever owns the table can write; its id."""
    async with connection.transaction():
        await connection.execute("alter table desk_decision disable trigger desk_decision_dated")
        id_: int = await connection.fetchval(
            "insert into desk_decision (actor, action, at, detail, why)"
            " values ('agent:ana', 'x', now() - interval '40 days', $1::jsonb, $2) returning id",
            detail,
            why,
        )
        await connection.execute("alter table desk_decision enable trigger desk_decision_dated")
    return id_


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
        await old_line(connection)
        with pytest.raises(asyncpg.RaiseError, match="audit log"):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_not_even_who_keeps_house_removes_a_line_of_the_last_thirty_days(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        old = await old_line(connection)
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


_DETAIL = '{"sender": "ana@x.example", "ticket": 7, "ways": ["+34600", "ana@x.example"], "ana@x.example": {"a": null}}'
_BLACK = '{"sender": "█████", "ticket": 7, "ways": ["+34600", "█████"], "█████": {"a": null}}'


@pytest.mark.parametrize(
    ("detail", "why", "is_allowed"),
    [
        (_BLACK, "asked by █████, twice", True),
        (_BLACK.replace("7", "8"), "asked by █████, twice", False),
        (_BLACK.replace('"+34600", ', ""), "asked by █████, twice", False),
        (_BLACK.replace('"sender": "█████", ', ""), "asked by █████, twice", False),
        (_BLACK.replace("+34600", "+34611"), "asked by █████, twice", False),
        ('{"█████": 1}', "asked by █████, twice", False),
        ("{}", "asked by █████, twice", False),
        (_BLACK, "nothing happened", False),
        (_BLACK, "", False),
        (_BLACK, "asked by █████, once", False),
    ],
)
async def test_what_was_done_and_why_may_be_blackened_and_not_changed_otherwise(
    database: str, detail: str, why: str, is_allowed: bool
) -> None:
    connection = await asyncpg.connect(database)
    try:
        id_ = await old_line(connection, _DETAIL, "asked by ana@x.example, twice")
        changing = connection.execute(
            f"{_FORGETTING} update desk_decision set detail = '{detail}', why = '{why}' where id = {id_}; commit"
        )
        if is_allowed:
            await changing
        else:
            with pytest.raises(asyncpg.RaiseError, match="blackened"):
                await changing
    finally:
        await connection.close()


async def test_when_a_line_was_written_the_database_says(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        for shift in ("- interval '40 days'", "+ interval '40 days'"):
            for source in ("null", f"'switches:{shift[0]}'"):
                await connection.execute(
                    "insert into desk_decision (actor, action, at, source)"
                    f" values ('agent:eva', 'x', now() {shift}, {source})"
                )
        await connection.execute(
            "insert into desk_decision (actor, action, at, source) values ('x', 'x', now() - interval '2 days', 's')"
        )
        ages = await connection.fetch(
            "select abs(extract(epoch from now() - at)) < 600 as is_now from desk_decision order by id"
        )
        assert [row["is_now"] for row in ages] == [True, True, True, True, False]
    finally:
        await connection.close()
