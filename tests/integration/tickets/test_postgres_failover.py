"""After a failover the desk goes on: with TLS that it can verify, and away from a primary that is none any more."""

import asyncio
import contextlib
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
import trustme

from tickets.adapters.postgres.address import Address
from tickets.adapters.postgres.database import open_database
from tickets.errors import DatabaseAway
from ventanilla_devstack.ports import HOST, free_port
from ventanilla_devstack.postgres_server import SUPERUSER, PostgresServer


async def test_what_leads_to_a_server_that_takes_no_writes_any_more_is_opened_anew(database: str) -> None:
    role = f"reader_{os.getpid()}_{free_port()}"
    admin = await asyncpg.connect(database)
    try:
        await admin.execute(f"create role {role} login superuser password 'x'")
        # Sessions that begin now are like those to a former primary; later ones are not.
        await admin.execute(f"alter role {role} set default_transaction_read_only = on")
        where = Address(
            host=HOST,
            port=int(database.rpartition(":")[2].partition("/")[0]),
            user=role,
            password=lambda: "x",
            database=database.rpartition("/")[2],
        )
        desk = await open_database(where, most_connections=1)
        with pytest.raises(DatabaseAway, match="read-only"):
            await desk.execute("create table written (n int)")
        await admin.execute(f"alter role {role} reset default_transaction_read_only")

        await desk.execute("create table written (n int)")
        await desk.close()
    finally:
        await admin.execute("drop table if exists written")
        await admin.execute(f"drop role if exists {role}")
        await admin.close()


class TlsFront:
    """Speaks TLS in front of a Postgres that was built without: as the protocol has it, after a question for it."""

    def __init__(self, port: int, authority: trustme.CA) -> None:
        self._behind = port
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("localhost").configure_cert(self._context)
        self._tasks: set[asyncio.Task[None]] = set()
        self.encrypted = 0
        self.port = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator["TlsFront"]:
        server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        writers = [writer]
        try:
            assert (await reader.readexactly(8))[4:] == b"\x04\xd2\x16\x2f", "no question for TLS"
            writer.write(b"S")
            await writer.start_tls(self._context)
            self.encrypted += 1
            inner, outer = await asyncio.open_connection(HOST, self._behind)
            writers.append(outer)
            ways = [asyncio.create_task(_pump(reader, outer)), asyncio.create_task(_pump(inner, writer))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
        except OSError:
            pass  # the client does not trust us
        finally:
            for one in writers:
                one.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)


async def test_the_server_is_verified_by_its_authority_and_its_name(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, other = trustme.CA(), trustme.CA()
    known, unknown = tmp_path / "ca.pem", tmp_path / "other.pem"
    authority.cert_pem.write_to_path(known)
    other.cert_pem.write_to_path(unknown)
    async with TlsFront(postgres.port, authority).open() as front:

        async def ask(host: str, mode: str, believed: Path | None) -> None:
            where = Address(
                host=host,
                port=front.port,
                user=SUPERUSER,
                password=lambda: postgres.password,
                database="postgres",
                ssl_mode=mode,
                ssl_authority=believed,
            )
            desk = await open_database(where, most_connections=1)
            try:
                await desk.execute("select 1")
            finally:
                await desk.close()

        await ask("localhost", "verify-full", known)
        await ask(HOST, "verify-ca", known)
        assert front.encrypted == 2
        for host, believed in (("localhost", unknown), (HOST, known)):
            with pytest.raises(DatabaseAway, match=r"certificate verify failed"):
                await ask(host, "verify-full", believed)
        # Without an authority of one's own: the system's, which is one of ours here.
        monkeypatch.setenv("SSL_CERT_FILE", str(known))
        await ask("localhost", "verify-full", None)
        await ask(HOST, "verify-ca", None)
        assert front.encrypted == 4
        with pytest.raises(DatabaseAway, match=r"certificate verify failed"):
            await ask(HOST, "verify-full", None)
        monkeypatch.setenv("SSL_CERT_FILE", str(unknown))
        with pytest.raises(DatabaseAway, match=r"certificate verify failed"):
            await ask("localhost", "verify-ca", None)
