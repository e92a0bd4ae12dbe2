"""Fixtures that every kind of test shares: a real broker, a real Postgres, real service processes.

Servers start when the first test asks for them, once for the whole session, and die with pytest however that ends.
"""

import gc
import itertools
import logging
import os
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest
import structlog

from tests.support import databases
from tests.support.broker import Desk, new_nats_server
from tests.support.processes import Processes, ServiceProcess
from tests.support.server_folders import folder_for_servers
from ventanilla_devstack.nats_server import NatsServer
from ventanilla_devstack.postgres_server import PostgresServer

ServiceProcess.quick = True

_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """Commands silence the log for themselves; run inside a test, they must not do so for those that come after."""
    configuration, disabled = structlog.get_config(), logging.root.manager.disable
    yield
    structlog.configure(**configuration)
    logging.disable(disabled)


@pytest.fixture(scope="session")
def servers_folder() -> Iterator[Path]:
    """A folder for servers, which other users may enter: Postgres does not run as root."""
    with folder_for_servers() as folder:
        yield folder


@pytest.fixture
def server_folder(servers_folder: Path) -> Iterator[Path]:
    """A folder for servers that are one test's own."""
    folder = servers_folder / f"own-{next(_numbers)}"
    folder.mkdir(mode=0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def nats_server(servers_folder: Path) -> Iterator[NatsServer]:
    """The session's broker."""
    server = new_nats_server(servers_folder / "nats")
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def nats(nats_server: NatsServer) -> AsyncIterator[Desk]:
    """The desk's broker with its topology; what earlier tests published may still be there."""
    if not nats_server.pid:
        nats_server.start()
    desk = Desk(nats_server)
    try:
        await desk.apply_topology()
        yield desk
    finally:
        await desk.close()


@pytest.fixture
async def fresh_desk(nats_server: NatsServer) -> AsyncIterator[Desk]:
    """The desk's broker with nothing in it: all streams, buckets and consumers are made anew."""
    if not nats_server.pid:
        nats_server.start()
    desk = Desk(nats_server)
    try:
        await desk.wipe()
        yield desk
    finally:
        await desk.close()


@pytest.fixture(scope="session")
def postgres_server(servers_folder: Path) -> Iterator[PostgresServer]:
    """The session's Postgres; `kill -9` loses nothing, a power cut would."""
    server = PostgresServer(servers_folder / "postgres", "not-a-secret", durable=False, max_connections=200)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres(postgres_server: PostgresServer) -> PostgresServer:
    """The session's Postgres with a migrated template database."""
    databases.make_template(postgres_server.dsn(), postgres_server.dsn(databases.TEMPLATE))
    return postgres_server


@pytest.fixture
async def database(postgres: PostgresServer) -> AsyncIterator[str]:
    """The DSN of a migrated database that is this test's own."""
    if not postgres.pid:
        postgres.start()
    name = f"desk_{os.getpid()}_{next(_numbers)}"
    await databases.copy_template(postgres.dsn(), name)
    yield postgres.dsn(name)
    if not postgres.pid:
        postgres.start()
    await databases.drop(postgres.dsn(), name)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """Starts services as processes of their own; all are ended with the test."""
    started = Processes(tmp_path)
    yield started
    started.reap()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Nobody looks for garbage among the tests: they stay to the end, and looking was a quarter of collecting them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first: a run whose last files are short has all of its workers busy to the end."""
    with_many_examples = {item.path for item in items if hasattr(getattr(item, "obj", None), "hypothesis")}

    def turn(item: pytest.Item) -> int:
        parts = item.path.parts
        if {"faults", "e2e"} & set(parts[-2:]):
            return 0
        return 1 if "unit" not in parts else 2 if item.path in with_many_examples else 3

    items.sort(key=turn)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line what was left out; a test skips itself only for a tool that this machine lacks."""
    reasons = Counter(
        re.sub(r"^Skipped: ", "", report.longrepr[2])
        for report in terminalreporter.stats.get("skipped", ())
        if isinstance(report.longrepr, tuple)
    )
    if reasons:
        left_out = "; ".join(f"{reason} ({count} tests)" for reason, count in reasons.items())
        terminalreporter.write_line(f"left out: {left_out}")
