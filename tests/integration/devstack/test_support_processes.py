"""The helper with which other tests run services."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import run_beside
from tests.support.desk_runs import ROOT
from tests.support.forking import Forge
from tests.support.polling import eventually
from tests.support.processes import Processes, ServiceProcess
from ventanilla_devstack.children import identify, kill, working_in
from ventanilla_devstack.ports import free_port
from ventanilla_runtime.settings import WRONG_SETTINGS

FAKE_ROUTER = [sys.executable, "-S", str(ROOT / "tests/support/fake_service.py"), "serve", "router"]


async def test_a_service_is_started_killed_and_started_again(processes: Processes) -> None:
    router = await processes.start("router", {}, FAKE_ROUTER)
    first = router.pid
    assert router.url == f"http://127.0.0.1:{router.http_port}"

    await router.kill()
    assert router.pid == 0
    await router.start()
    assert router.pid not in (0, first)
    assert [event["event"] for event in router.events()] == ["service.started", "service.started"]

    await router.restart()
    assert await router.stop() == 0


async def test_a_service_that_ends_is_told_with_its_last_words(processes: Processes) -> None:
    with pytest.raises(AssertionError, match=r"router ended: router: the moon is in the wrong house \(log: "):
        await processes.start("router", {"ROUTER_FAKE": "die"}, FAKE_ROUTER)


async def test_a_service_that_is_never_ready_is_told_with_what_it_said(processes: Processes) -> None:
    router = processes.add("router", {"ROUTER_FAKE": "never"}, FAKE_ROUTER)
    with pytest.raises(AssertionError, match=r"router is not ready: .*not connected"):
        await router.start(ready_within_seconds=1)


@pytest.mark.parametrize("quick", [True, False])
async def test_a_service_that_cannot_work_ends_and_says_why_however_it_was_started(
    processes: Processes, monkeypatch: pytest.MonkeyPatch, quick: bool
) -> None:
    monkeypatch.setattr(ServiceProcess, "quick", quick)
    with pytest.raises(AssertionError, match=r"intake-email ended: .+ \(log: "):
        await processes.start("intake-email", {"INTAKE_EMAIL_SMTP_PORT": "x"})

    broken = processes.add("intake-email", {"INTAKE_EMAIL_SMTP_PORT": "x"})
    await broken.start(ready_within_seconds=0)
    await eventually(lambda: not broken.pid)
    assert await broken.stop() == WRONG_SETTINGS


async def test_a_forked_service_is_a_process_that_can_be_killed_and_ends_with_what_forked_it(tmp_path: Path) -> None:
    environment = {"ROUTER_NATS_URL": "nats://127.0.0.1:1", "ROUTER_HTTP_PORT": str(free_port())}
    forge = Forge("router")
    first, second = [forge.start(["serve"], environment, tmp_path / f"{number}.log") for number in range(2)]
    assert first.poll() is None

    kill(first)
    assert first.returncode == -signal.SIGKILL
    assert identify(second.pid), "the other one goes on"
    forge.end()

    await eventually(lambda: not identify(second.pid))
    assert second.wait(5) == -signal.SIGKILL


async def test_a_command_ends_says_and_complains_as_if_it_had_been_started_by_itself(tmp_path: Path) -> None:
    schema = await run_beside("router", "schema", environment={})
    wrong = await run_beside("router", "explain", "absent.json", environment={}, folder=tmp_path)

    assert (schema.code, schema.err) == (0, "")
    assert json.loads(schema.out)["$schema"]
    assert (wrong.code, wrong.out) == (1, "")
    assert "absent.json" in wrong.err


async def test_a_command_that_does_not_end_is_ended(tmp_path: Path) -> None:
    environment = {"ROUTER_NATS_URL": "nats://127.0.0.1:1", "ROUTER_HTTP_PORT": str(free_port())}
    running = asyncio.create_task(
        run_beside("router", "serve", environment=environment, folder=tmp_path, within_seconds=0.5)
    )
    await eventually(lambda: working_in(tmp_path))

    with pytest.raises(subprocess.TimeoutExpired):
        await running
    assert not working_in(tmp_path)


async def test_all_are_ended_with_the_test(tmp_path: Path) -> None:
    processes = Processes(tmp_path)
    pids = [(await processes.start("router", {}, FAKE_ROUTER)).pid for _ in range(2)]

    processes.reap()

    assert not any(identify(pid) for pid in pids)


async def test_eventually_says_what_it_saw_last() -> None:
    with pytest.raises(AssertionError, match=r"not within 0.05 s: .*; at last: \[\]"):
        await eventually(list, 0.05)

    async def later() -> str:
        return "there"

    assert await eventually(later, 1) == "there"
