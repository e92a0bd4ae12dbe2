"""The helper with which other tests run services."""

import sys
from pathlib import Path

import pytest

from tests.support.desk_runs import ROOT
from tests.support.polling import eventually
from tests.support.processes import Processes
from ventanilla_devstack.children import identify

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
