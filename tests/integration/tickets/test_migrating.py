"""`tickets migrate` as a Job runs it, and a schema that another release made."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.support import databases
from tests.support.broker import Desk
from tests.support.commands import Said, run_beside
from tests.support.polling import eventually
from tests.support.processes import Processes
from tickets.adapters.postgres.address import Address
from tickets.adapters.postgres.database_checks import examine_database
from tickets.adapters.postgres.locks import MIGRATING
from tickets.adapters.postgres.migrate import AnotherMigrates, migrate, migrations
from ventanilla_devstack.ports import HOST, free_port
from ventanilla_devstack.postgres_server import PostgresServer

NEWER = "9999_of_a_newer_release"


@pytest.fixture
async def empty_database(postgres: PostgresServer) -> AsyncIterator[str]:
    name = f"empty_{os.getpid()}_{free_port()}"
    await databases.make_empty(postgres.dsn(), name)
    yield postgres.dsn(name)
    await databases.drop(postgres.dsn(), name)


async def tickets_migrate(*arguments: str, **environment: str) -> Said:
    """The command as somebody types it; it needs no other setting than where the database is."""
    return await run_beside("tickets", "migrate", *arguments, environment={"PATH": os.environ["PATH"], **environment})


async def test_of_two_that_migrate_at_once_one_does_it_and_the_other_finds_it_done(empty_database: str) -> None:
    first, second = await asyncio.gather(
        tickets_migrate("--json", TICKETS_POSTGRES_URL=empty_database),
        tickets_migrate("--json", TICKETS_POSTGRES_URL=empty_database),
    )
    assert (first.code, second.code) == (0, 0), (first.err, second.err)
    applied = sorted([json.loads(first.out)["applied"], json.loads(second.out)["applied"]], key=len)
    assert applied == [[], [name for name, _ in migrations()]]


async def test_whoever_waits_for_another_migration_says_so_and_not_for_ever(database: str) -> None:
    other = await asyncpg.connect(database)
    try:
        await other.execute("select pg_advisory_lock($1)", MIGRATING)
        told: list[str] = []
        with pytest.raises(AnotherMigrates, match="another migration has been running"):
            await migrate(database, report=told.append, lock_seconds=0.1)
        assert told == ["another migration is running; waiting for it to end"]
    finally:
        await other.close()


async def test_a_migration_steps_back_while_somebody_reads_its_table_so_that_the_desk_goes_on(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wider = [("9998_wider", "alter table ticket add column if not exists of_a_test text")]
    monkeypatch.setattr("tickets.adapters.postgres.migrate.migrations", lambda: wider)
    monkeypatch.setattr("tickets.adapters.postgres.migrate._TABLE_SECONDS", 0.2)
    backup, desk = await asyncpg.connect(database), await asyncpg.connect(database)
    told: list[str] = []
    try:
        reading = backup.transaction()
        await reading.start()
        await backup.fetch("select from ticket limit 1")
        migrating = asyncio.create_task(migrate(database, report=told.append))
        await eventually(lambda: len(told) > 2)
        async with asyncio.timeout(2):
            await desk.fetch("select from ticket limit 1")
        assert not migrating.done()
        await reading.rollback()
        assert await migrating == ["9998_wider"]
    finally:
        await asyncio.gather(backup.close(), desk.close())
    assert told[1] == "9998_wider: somebody is at its tables; trying again"


async def test_a_database_that_is_not_there_yet_is_waited_for(postgres: PostgresServer) -> None:
    name = f"later_{os.getpid()}_{free_port()}"
    migrating = asyncio.create_task(tickets_migrate("--wait", "60", TICKETS_POSTGRES_URL=postgres.dsn(name)))
    try:
        await asyncio.wait([migrating], timeout=1.5)
        assert not migrating.done()
        await databases.make_empty(postgres.dsn(), name)
        said = await migrating
    finally:
        await databases.drop(postgres.dsn(), name)
    assert said.code == 0
    assert said.out.endswith("the schema is up to date\n")
    assert f'waiting for the database, 60 s more at most: database "{name}" does not exist' in said.err


async def test_a_database_that_does_not_come_is_one_line_and_exit_code_2() -> None:
    said = await tickets_migrate("--wait", "0.5", TICKETS_POSTGRES_URL=f"postgresql://{HOST}:1/desk")
    assert (said.code, said.out) == (2, "")
    assert "tickets migrate: cannot use the database of TICKETS_POSTGRES_URL or _HOST" in said.err
    assert "Traceback" not in said.err


async def test_a_newer_schema_is_left_alone_and_that_is_said(database: str) -> None:
    await _pretend_newer(database)
    said = await tickets_migrate(TICKETS_POSTGRES_URL=database)
    assert said.code == 0
    assert f"the schema is newer than this release: it does not know {NEWER}" in said.out
    as_json = await tickets_migrate("--json", TICKETS_POSTGRES_URL=database)
    assert json.loads(as_json.out) == {"applied": [], "unknown": [NEWER]}


async def test_an_older_release_serves_on_a_newer_schema_and_says_so(
    nats: Desk, database: str, processes: Processes
) -> None:
    await _pretend_newer(database)
    settings = {"TICKETS_POSTGRES_URL": database, "TICKETS_SECRET": "a-secret-for-tests-only"}
    service = await processes.start("tickets", {**nats.environment("tickets"), **settings})
    [told] = [event for event in service.events() if event["event"] == "schema.newer"]
    assert told["unknown"] == [NEWER]
    assert await service.stop() == 0


async def test_a_password_in_a_file_may_have_any_characters_and_be_changed_without_a_restart(
    nats: Desk, database: str, postgres: PostgresServer, processes: Processes, tmp_path: Path
) -> None:
    role, file = f"desk_{os.getpid()}_{free_port()}", tmp_path / "password"
    first, second = "p@ss/w:rd?#%41 'ñ\\\"&=", "another %zz @:/"
    admin = await asyncpg.connect(database)
    try:
        await admin.execute(f"create role {role} login superuser password {_quoted(first)}")
        file.write_text(first + "\n", encoding="utf-8")
        service = await processes.start(
            "tickets",
            {
                **nats.environment("tickets"),
                "TICKETS_SECRET": "a-secret-for-tests-only",
                "TICKETS_POSTGRES_URL": "",
                "TICKETS_POSTGRES_HOST": HOST,
                "TICKETS_POSTGRES_PORT": str(postgres.port),
                "TICKETS_POSTGRES_USER": role,
                "TICKETS_POSTGRES_PASSWORD": "",
                "TICKETS_POSTGRES_PASSWORD_FILE": str(file),
                "TICKETS_POSTGRES_DATABASE": database.rpartition("/")[2],
                "TICKETS_POSTGRES_SSLMODE": "",
                "TICKETS_POSTGRES_TLS_CA": "",
            },
        )
        await admin.execute(f"alter role {role} password {_quoted(second)}")
        file.write_text(second + "\n", encoding="utf-8")
        of_role = "from pg_stat_activity where usename = $1"
        assert await admin.fetch(f"select pg_terminate_backend(pid) {of_role}", role)

        async def is_back() -> bool:
            return bool(await admin.fetchval(f"select count(*) {of_role}", role))

        await eventually(is_back)
        await service.wait_ready()
        assert await service.stop() == 0
    finally:
        await admin.execute(f"drop role if exists {role}")
        await admin.close()


async def test_a_database_that_keeps_no_utf8_is_refused_before_anything_is_made(postgres: PostgresServer) -> None:
    name = f"ascii_{os.getpid()}_{free_port()}"
    admin = await asyncpg.connect(postgres.dsn())
    try:
        await admin.execute(f"create database {name} encoding 'SQL_ASCII' locale 'C' template template0")
        said = await tickets_migrate("--wait", "60", TICKETS_POSTGRES_URL=postgres.dsn(name))
        assert (said.code, said.out) == (2, "")
        assert said.err.startswith("tickets migrate: the database keeps its text as SQL_ASCII, not UTF8: make a new")

        inside = await asyncpg.connect(postgres.dsn(name))
        assert not await inside.fetchval("select count(*) from pg_class where relnamespace = 'public'::regnamespace")
        # A desk that is there already goes on, and is told.
        await inside.execute("create table schema_migration (name text primary key, applied_at timestamptz)")
        await inside.close()
        told: list[str] = []
        assert await migrate(postgres.dsn(name), report=told.append)
        assert told[0].endswith("template template0; and move what this one holds")
        found = await examine_database(Address(url=postgres.dsn(name)))
        [wrong] = [one for one in found if one.about == "encoding"]
        assert (wrong.state, wrong.says) == ("problem", "the database keeps its text as SQL_ASCII, not UTF8")
        assert wrong.do.startswith("make a new one: create database ")
    finally:
        await admin.close()
        await databases.drop(postgres.dsn(), name)


async def _pretend_newer(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("insert into schema_migration (name) values ($1)", NEWER)
    finally:
        await connection.close()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
