"""`tickets serve` with the role of deploy/postgres/roles.sql: a desk works, and no table can be changed."""

import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.support.broker import Desk
from tests.support.processes import Processes
from tickets.adapters.postgres.tokens import TokenStore
from ventanilla_devstack.postgres_server import PostgresServer

ROLES = Path(__file__).resolve().parents[3] / "deploy" / "postgres" / "roles.sql"


def statements(role: str, owner: str, desk: str, password: str) -> str:
    """The file as psql would send it."""
    names = {"role": role, "owner": owner, "desk": desk}
    lines = [line for line in ROLES.read_text().splitlines() if not line.startswith(("\\", "--", "select current"))]
    text = re.sub(r':"(\w+)"', lambda match: f'"{names[match[1]]}"', "\n".join(lines))
    return text.replace(":'password'", f"'{password}'")


@pytest.fixture
async def least(postgres: PostgresServer, database: str) -> AsyncIterator[str]:
    """The URL of the test's database for a role that was made by the file."""
    role, password = f"serve_{secrets.token_hex(4)}", secrets.token_hex(16)
    owner = await asyncpg.connect(database)
    try:
        user, desk = await owner.fetchval("select current_user"), await owner.fetchval("select current_database()")
        await owner.execute(statements(role, user, desk, password))
        yield re.sub(r"://[^@]*@", f"://{role}:{password}@", database)
        await owner.execute(f'drop owned by "{role}"; drop role "{role}"')
    finally:
        await owner.close()


async def test_a_ticket_service_with_the_least_role_serves(
    nats: Desk, database: str, least: str, tmp_path: Path
) -> None:
    processes = Processes(tmp_path)
    environment = {
        **nats.environment("tickets"),
        "TICKETS_POSTGRES_URL": least,
        "TICKETS_SECRET": secrets.token_hex(16),
        "TICKETS_MAILBOXES": "help@desk.example=Help",
    }
    process = processes.add("tickets", environment)
    try:
        await process.start()
        owner = await asyncpg.connect(database)
        token, _ = await TokenStore(owner).create("test", ["read", "write", "admin"], None)
        await owner.close()
        async with httpx.AsyncClient(base_url=f"{process.url}/api/v1", timeout=20) as client:
            client.headers["authorization"] = f"Bearer {token}"
            body = {"subject": "Hello", "text": "Words", "requester": {"address": "ana@cliente.example"}}
            made = await client.post("/tickets", json=body)
            assert made.status_code == 201, made.text
            number = made.json()["number"]
            assert (await client.post(f"/tickets/{number}/replies", json={"text": "Done"})).status_code == 201
            assert (await client.patch(f"/tickets/{number}", json={"priority": "urgent"})).status_code == 200
            assert (await client.get("/tickets", params={"q": "hello"})).json()["items"]
            assert (await client.get("/intake/ledger")).json()["unread"] == 0
    finally:
        processes.reap()
    assert not [line for line in process.events() if "permission denied" in str(line)]


@pytest.mark.parametrize(
    "statement",
    [
        "create table loot (a int)",
        "alter table ticket add column loot int",
        "drop table ticket",
        "truncate ticket cascade",
        "create function loot() returns int language sql as 'select 1'",
        "create role thief",
        "insert into schema_migration (name) values ('9999_never')",
        "delete from schema_migration",
        "copy ticket to program 'cat'",
        "select pg_read_file('/etc/passwd')",
        "create extension dblink",
    ],
)
async def test_the_least_role_can_change_no_table(least: str, statement: str) -> None:
    connection = await asyncpg.connect(least)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_what_a_later_migration_makes_is_open_to_the_least_role(database: str, least: str) -> None:
    owner, serve = await asyncpg.connect(database), await asyncpg.connect(least)
    try:
        await owner.execute("create table of_tomorrow (id bigint generated always as identity, words text)")
        await serve.execute("insert into of_tomorrow (words) values ('x')")
        assert await serve.fetchval("select count(*) from of_tomorrow") == 1
    finally:
        await owner.close()
        await serve.close()
