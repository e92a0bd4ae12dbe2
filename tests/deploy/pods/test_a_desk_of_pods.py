"""The chart's pods in containers, as a kubelet would run them: installed, rolled, killed, drained, under traffic.

Podman stands in for the runtime and cluster.py for what Kubernetes and Helm do; broker, database and doors are real.
"""

import asyncio
import logging
import shutil
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.pods.cluster import JobFailed
from tests.deploy.pods.customers import Customers
from tests.deploy.pods.desk import RELEASES, PodDesk, pod_desk
from tests.support.images import DESK, TAG, Images
from tests.support.polling import eventually

pytestmark = [pytest.mark.long, pytest.mark.timeout(2400)]
NEXT = f"{TAG}-next"
"""The same images by another name: for Kubernetes that is another release."""
KILLED = ("router", "tickets", "intake-email", "intake-chat", "intake-phone", "portal")
LEADER_CHANGE_SECONDS = 8
"""As long as a cluster of brokers may take to choose a leader."""
WIDENED = ("router", "tickets", "intake-email")


async def install(desk: PodDesk) -> None:
    """Everything at once, in the wrong order; tokens when there is somebody who makes them."""
    async with asyncio.TaskGroup() as installing:
        for name in RELEASES:
            if name != "tickets":
                installing.create_task(desk.release(name, TAG))
        await desk.release("tickets", TAG)
        desk.token = await desk.make_token("read", "write", "act")
        desk.secret("ventanilla-portal", tickets_token=await desk.make_token("portal"))
        slack, twilio = desk.slack.app, desk.twilio.account
        tokens = {"slack_bot_token": slack.bot_token, "slack_signing_secret": slack.signing_secret}
        desk.secret("ventanilla-intake-chat", tickets_token=desk.token, **tokens)
        desk.secret("ventanilla-intake-phone", tickets_token=desk.token, twilio_auth_token=twilio.auth_token)


async def refuse(desk: PodDesk) -> None:
    """Rules with a mistake: helm hears of it at the first try, and what is in force decides on."""
    with pytest.raises(JobFailed, match="the rules in force stay"):
        await desk.release("router", TAG, rules={"content": "name: ours\n"})
    assert desk.cluster.job_ends.pop()[1].status == 1
    await desk.release("router", TAG)


async def kill(desk: PodDesk, name: str) -> None:
    """SIGKILL to the container of one pod, and wait until all are well again."""
    pod = desk.cluster.workloads[name].pods[0]
    await pod.kill()
    await eventually(lambda: bool(pod.restarts))
    await desk.cluster.quiet()


async def scale(desk: PodDesk, name: str) -> None:
    """To three pods, and back."""
    for replicas in (3, 2):
        await desk.release(name, TAG, replicas=replicas)
    await desk.cluster.quiet()


async def walk(desk: PodDesk, customers: Customers) -> list[str]:
    """Everything that operators do; one line for each thing with the seconds that it took."""
    steps: list[tuple[str, Callable[[], Coroutine[Any, Any, Any]]]] = []
    steps += [("upgrade topology", partial(desk.release, "topology", NEXT))]
    steps += [(f"upgrade {name}", partial(desk.release, name, NEXT)) for name in DESK]
    steps += [(f"go back {name}", partial(desk.release, name, TAG)) for name in DESK]
    steps += [(f"kill {name}", partial(kill, desk, name)) for name in KILLED]
    steps += [(f"scale {name}", partial(scale, desk, name)) for name in WIDENED]
    steps += [(f"no broker for {LEADER_CHANGE_SECONDS} s", partial(desk.lack_broker, LEADER_CHANGE_SECONDS))]
    steps += [("drain the node", desk.cluster.drain)]
    lines = []
    for what, work in steps:
        began = time.monotonic()
        await customers.during(what, work())
        lines.append(f"{what:22} {time.monotonic() - began:5.1f} s")
        logging.getLogger(__name__).info(lines[-1])
    return lines


def check_pods(desk: PodDesk) -> list[str]:
    """Nobody was started again who was not killed by us, and whoever was told to stop did so in time, with status 0."""
    pods = desk.cluster.pods
    restarts = {pod.name: pod.restarts for pod in pods if pod.restarts}
    assert {one.why for ends in restarts.values() for one in ends} <= {"killed by the test"}, restarts
    assert sum(map(len, restarts.values())) == len(KILLED), restarts
    assert not [pod.name for pod in pods if pod.fell_out], "who was ready got no connections any more"
    stopped = [(pod, pod.ended) for pod in pods if pod.ended and pod.stopping_since]
    assert all(end.status == 0 for _, end in stopped), [(pod.name, end) for pod, end in stopped if end.status]
    late = [(pod.name, end) for pod, end in stopped if end.seconds > pod.spec["terminationGracePeriodSeconds"]]
    assert not late, late
    assert all(end.status == 0 for _, end in desk.cluster.job_ends), desk.cluster.job_ends
    slowest = {name: max(end.seconds for pod, end in stopped if pod.name.startswith(f"{name}-")) for name in DESK}
    return [f"{name:22} {seconds:5.1f} s until it was gone, preStop included" for name, seconds in slowest.items()]


def check_providers(customers: Customers) -> list[str]:
    """Senders were told to come again, or nothing; Slack and Twilio got in the end what they wanted."""
    desk = customers.desk
    refusals = Counter(text[:3] for text in customers.sender.refused)
    assert set(refusals) <= {"421", "451"}, refusals
    deliveries = desk.slack.courier.deliveries
    assert not [one for one in deliveries if one.lost], "Slack gave events up"
    asked = desk.twilio.webhooks.sent
    wrong = Counter((one.kind, one.status, one.problem) for one in asked if not 200 <= one.status < 300)
    # A text that waited too long for the broker is told 503, and fetched from Twilio's list afterwards.
    assert set(wrong) <= {("message", 503, "")} | {(kind, 0, "connection") for kind in ("message", "call", "voice")}, (
        wrong
    )
    alerts = [one for one in desk.twilio.exchange.alerts if one.level == "error" and "503" not in one.text]
    assert not alerts, (alerts, wrong)
    assert not customers.cut_off, customers.cut_off
    again = Counter(reason for one in deliveries for reason in one.reasons)
    return [
        f"mails {len(customers.mails)} in {customers.sender.tries} tries, refused {dict(refusals)}",
        f"Slack {len(deliveries)} events, again for {dict(again)}",
        f"Twilio {len(asked)} requests, again for {dict(wrong)}",
    ]


async def test_releases_are_installed_rolled_killed_widened_and_drained_and_nothing_is_lost(
    servers_folder: Path, images: Images, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = servers_folder / "pods"
    for name in DESK:
        images.podman("tag", images.name(name), images.name(name).replace(TAG, NEXT))
    try:
        async with pod_desk(folder, images) as desk:
            await install(desk)
            for name in DESK:
                assert await desk.cluster.helm_test(name) == "ready\n"
            assert "as the topology says" in await desk.cluster.helm_test("topology")
            await refuse(desk)
            customers = Customers(desk)
            lines = await walk(desk, customers)
            await customers.reckon()
            await desk.watch()
            await desk.cluster.quiet()
            lines += check_pods(desk) + check_providers(customers)
            with capsys.disabled():
                print("", *lines, sep="\n")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
