"""The last release beside the current code, in both directions: a rolling update loses nothing and doubles nothing."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import yaml

from tests.faults.traffic import Sender, stream
from tests.support.desk import RunningDesk

ROOT = Path(__file__).parents[2]
MODULES = {"intake-email": "intake_email", "router": "router", "tickets": "tickets"}


def last_release() -> tuple[str, str]:
    """Name and commit of the newest release; skips where there is none, or no history to take it from."""
    releases = yaml.safe_load((ROOT / "releases.yaml").read_text())["releases"]
    if not releases:
        pytest.skip("no release yet")
    name, commit = releases[-1]["name"], releases[-1]["commit"]
    known = subprocess.run(
        ["git", "cat-file", "-e", f"{commit}^{{commit}}"], cwd=ROOT, check=False, capture_output=True
    )
    if known.returncode:
        pytest.skip(f"release {name} is not in this clone's history")
    return name, commit


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> str:
    """`PYTHONPATH` with the source tree of the last release."""
    name, commit = last_release()
    folder = tmp_path_factory.mktemp(f"release-{name}")
    packed = subprocess.run(["git", "archive", commit, "libs", "services"], cwd=ROOT, check=True, capture_output=True)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True)
    return ":".join(str(path) for path in sorted(folder.glob("*/*/src")))


@pytest.fixture
async def desk(servers_folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[RunningDesk]:
    desk = RunningDesk(servers_folder / f"releases-{abs(hash(request.node.name))}")
    try:
        yield desk
    finally:
        await desk.end()


async def start(desk: RunningDesk, old: tuple[str, ...], release: str) -> None:
    """Bring up a desk on the current schema and topology, with some services of the last release."""
    await desk.start(services=tuple(name for name in MODULES if name not in old))
    for name in old:
        await desk.add(
            name, command=[sys.executable, "-m", MODULES[name], "serve"], environment={"PYTHONPATH": release}
        )


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "old",
    [("intake-email", "router"), ("tickets",), ("router",), ("intake-email", "router", "tickets")],
    ids=["old before new", "new before old", "old in the middle", "all old on the new schema"],
)
async def test_the_last_release_works_with_the_current_code(
    desk: RunningDesk, release: str, old: tuple[str, ...]
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
async def test_replicas_of_both_releases_share_the_work_and_one_is_killed(desk: RunningDesk, release: str) -> None:
    await start(desk, (), release)
    for name in ("router", "tickets"):
        command = [sys.executable, "-m", MODULES[name], "serve"]
        await desk.add(name, f"old-{name}", command=command, environment={"PYTHONPATH": release})

    sent = await stream(Sender(desk.smtp_port), "mixed", 40, 1, pause_seconds=0.01)
    await desk.services["old-tickets"].kill()
    sent += await stream(Sender(desk.smtp_port), "mixed-on", 20, 2, pause_seconds=0)
    ledger = await desk.settled(len(sent), 90)

    assert ledger["settled"] == {"created": len(sent)}
