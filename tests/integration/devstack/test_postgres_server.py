"""The embedded Postgres: real clusters, real kills, as root and as an ordinary user."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from ventanilla_devstack import postgres_binaries
from ventanilla_devstack.children import identify, working_in
from ventanilla_devstack.errors import PortInUse, ServerFailed, Unsuitable
from ventanilla_devstack.postgres_binaries import (
    anybody_enters,
    postgres_account,
    postgres_programs,
    system_folder,
)
from ventanilla_devstack.postgres_server import PostgresServer, cluster_folder, remove_cluster

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run Postgres as another user")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ventanilla-postgres-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def cluster(folder: Path) -> Iterator[PostgresServer]:
    server = PostgresServer(folder / "cluster", "a password's sp@ce", durable=False)
    yield server
    server.kill()


@pytest.fixture
def server(cluster: PostgresServer) -> PostgresServer:
    if not cluster.pid:
        cluster.start()
    return cluster


async def _ask(server: PostgresServer, question: str) -> object:
    connection = await asyncpg.connect(server.dsn())
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_what_was_committed_survives_a_kill(server: PostgresServer) -> None:
    await _ask(server, "CREATE TABLE IF NOT EXISTS kept (x int)")
    await _ask(server, "INSERT INTO kept VALUES (1)")
    port = server.port

    server.kill()
    server.start()

    assert server.port == port
    assert await _ask(server, "SELECT count(*) > 0 FROM kept") is True


async def test_a_wrong_password_is_refused(server: PostgresServer) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(
            host="127.0.0.1", port=server.port, user="ventanilla", password="guess", database="postgres"
        )


async def test_it_sorts_and_folds_letters_of_spanish(server: PostgresServer) -> None:
    assert await _ask(server, "SELECT lower('ÁÉÑ') = 'áéñ' AND 'ñandú' ILIKE 'ÑAN%'") is True


async def test_nothing_of_it_is_left_after_a_stop(server: PostgresServer) -> None:
    data = server.directory / "data"
    assert len(working_in(data)) > 3

    server.stop()

    assert working_in(data) == []
    assert not (data / "postmaster.pid").exists()


async def test_a_lock_file_with_the_number_of_a_stranger_does_not_stop_it(server: PostgresServer) -> None:
    server.stop()
    lock = server.directory / "data" / "postmaster.pid"
    lock.write_text(f"{os.getppid()}\n{server.directory / 'data'}\n0\n{server.port}\n\n127.0.0.1\n")

    server.start()

    assert await _ask(server, "SELECT 1") == 1


async def test_a_predecessor_in_the_same_folder_is_ended_first(server: PostgresServer) -> None:
    predecessor = identify(server.pid)
    successor = PostgresServer(server.directory, server.password, durable=False)
    try:
        successor.start()
        assert predecessor is not None
        assert identify(predecessor.pid) != predecessor
        assert await _ask(successor, "SELECT 1") == 1
    finally:
        successor.stop()


def test_a_cluster_of_another_version_is_refused(folder: Path) -> None:
    server = PostgresServer(folder / "old", "x")
    data = cluster_folder(server.directory, postgres_account()) / "data"
    data.mkdir()
    (data / "PG_VERSION").write_text("9\n")

    with pytest.raises(Unsuitable, match="was made by version 9 and this is 18"):
        server.start()


def test_an_initialisation_that_was_broken_off_starts_again(folder: Path) -> None:
    server = PostgresServer(folder / "broken-off", "x", durable=False)
    account = postgres_account()
    scratch = cluster_folder(server.directory, account) / "data.unfinished"
    scratch.mkdir()
    (scratch / "half").touch()
    try:
        server.start()
        assert server.pid
    finally:
        server.stop()
    assert not scratch.exists()
    assert not (server.directory / "password").exists()


def test_a_port_in_use_is_named(server: PostgresServer, folder: Path) -> None:
    rival = PostgresServer(folder / "rival", "x", durable=False, port=server.port)

    with pytest.raises(PortInUse, match=f"port {server.port} is in use"):
        rival.start()


@only_root
def test_as_root_it_runs_as_nobody_and_keeps_others_out(server: PostgresServer) -> None:
    account = postgres_account()
    assert account is not None
    data = server.directory / "data"

    assert Path(f"/proc/{server.pid}").stat().st_uid == account.uid
    assert data.stat().st_uid == account.uid
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


@only_root
def test_a_folder_that_nobody_may_enter_has_its_cluster_elsewhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_binaries, "SYSTEM_FOLDER", folder / "for-everybody")
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    server = PostgresServer(closed / "postgres", "x", durable=False)
    try:
        server.start()
        server.stop()
        place = cluster_folder(server.directory, postgres_account())
        assert place.is_relative_to(folder / "for-everybody")
        assert (place / "data" / "PG_VERSION").exists()
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700

        again = PostgresServer(server.directory, "x", durable=False)
        again.start()
        again.stop()
        assert cluster_folder(server.directory, postgres_account()) == place
    finally:
        server.stop()
        remove_cluster(server.directory)
    assert not place.exists()


@only_root
def test_programs_that_nobody_can_read_are_copied_where_only_root_writes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_binaries, "SYSTEM_FOLDER", folder / "system")
    monkeypatch.setattr(postgres_binaries, "_anybody_reads", lambda _: False)

    programs = postgres_programs(postgres_account())

    assert programs.is_relative_to(folder / "system")
    assert anybody_enters(programs)
    answer = subprocess.run(
        [programs / "initdb", "--version"], user="nobody", capture_output=True, text=True, check=True, cwd="/", env={}
    )
    assert "18." in answer.stdout
    assert all(path.lstat().st_uid == 0 for path in (programs, *programs.iterdir()))


@only_root
def test_a_system_folder_that_others_can_write_is_not_trusted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loose = folder / "loose"
    loose.mkdir()
    loose.chmod(0o777)
    monkeypatch.setattr(postgres_binaries, "SYSTEM_FOLDER", loose)

    with pytest.raises(Unsuitable, match="not root's alone"):
        system_folder()


def test_it_dies_with_the_process_that_started_it(folder: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from ventanilla_devstack.postgres_server import PostgresServer\n"
        "server = PostgresServer(Path(sys.argv[1]), 'x', durable=False)\n"
        "server.start(); print(server.pid, flush=True); sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(folder / "orphan")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        assert identify(pid)
        parent.kill()
    gone = threading.Event()
    for _ in range(500):
        if not identify(pid):
            break
        gone.wait(0.02)
    assert identify(pid) is None


def test_a_broken_configuration_ends_with_its_last_words(folder: Path) -> None:
    server = PostgresServer(folder / "words", "x", durable=False, max_connections=-1)

    with pytest.raises(ServerFailed, match=r"Postgres ended at once \(.*max_connections.*\); see .*postgres.log"):
        server.start()
    assert server.pid == 0
