"""The last release beside the current code, in both directions: a rolling update loses nothing and doubles nothing."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.faults.traffic import Sender, stream
from tests.support.desk import SERVICES, RunningDesk
from tests.support.releases import Release, unpack


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The newest release."""
    return unpack(-1, tmp_path_factory.mktemp("release"))


@pytest.fixture
async def desk(servers_folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[RunningDesk]:
    desk = RunningDesk(servers_folder / f"releases-{abs(hash(request.node.name))}")
    try:
        yield desk
    finally:
        await desk.end()


async def start(desk: RunningDesk, old: tuple[str, ...], release: Release) -> None:
    """Bring up a desk on the current schema and topology, with some services of the last release."""
    await desk.start(services=tuple(name for name in SERVICES if name not in old))
    for name in old:
        await desk.add(name, command=release.command(name), environment=release.environment)


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "old",
    [("intake-email", "router"), ("tickets",), ("router",), ("intake-email", "router", "tickets")],
    ids=["old before new", "new before old", "old in the middle", "all old on the new schema"],
)
async def test_the_last_release_works_with_the_current_code(
    desk: RunningDesk, release: Release, old: tuple[str, ...]
) -> None:
    await start(desk, old, release)

    sent = await stream(Sender(desk.smtp_port), "release", 30, 1, pause_seconds=0)
    ledger = await desk.settled(len(sent), 60)

    assert ledger["settled"] == {"created": len(sent)}
    connection = await asyncpg.connect(desk.postgres.dsn())
    subjects = [row["subject"] for row in await connection.fetch("select subject from ticket")]
    await connection.close()
    assert sorted(subjects) == sorted(sent)
    await desk.sent_to("cliente0@cliente.example")


@pytest.mark.timeout(180)
async def test_replicas_of_both_releases_share_the_work_and_one_is_killed(desk: RunningDesk, release: Release) -> None:
    await start(desk, (), release)
    for name in ("router", "tickets"):
        await desk.add(name, f"old-{name}", command=release.command(name), environment=release.environment)

    sent = await stream(Sender(desk.smtp_port), "mixed", 40, 1, pause_seconds=0.01)
    await desk.services["old-tickets"].kill()
    sent += await stream(Sender(desk.smtp_port), "mixed-on", 20, 2, pause_seconds=0)
    ledger = await desk.settled(len(sent), 90)

    assert ledger["settled"] == {"created": len(sent)}
