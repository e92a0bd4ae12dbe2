"""Replicas of intake-phone die in the middle of calls: no telephone rings twice for one turn, no call is lost.

Who is on the line when a replica dies may be cut off: Twilio gets no document then. The call is a ticket all the same.
"""

import asyncio
import random
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.support.balancer import Balancer
from tests.support.desk import RunningDesk
from tests.support.phone_desk import PUBLIC, phone_desk
from tests.support.polling import eventually
from ventanilla_devstack.twilio.line import NotHeard
from ventanilla_devstack.twilio.seed import DESK_ES
from ventanilla_devstack.twilio.server import LocalTwilio

KILLS, CALLERS = 24, 60
FLOW = Path(__file__).parents[1] / "data" / "phone" / "teams.yaml"
AGENTS = {f"agent{place}": f"+3460000009{place}" for place in range(4)}
TAKES = ("hear:Llamada de", "press:1", "hear:pasamos", "speak:Buenos días, dígame.", "wait:20", "hang up")


async def staffed(desk: RunningDesk, twilio: LocalTwilio) -> None:
    """Two teams whose agents take every call that they get."""
    for team in ("first-line", "billing"):
        await desk.api("PUT", f"/teams/{team}", json={"tier": "1", "calendar": "always"})
    for place, (handle, phone) in enumerate(AGENTS.items()):
        twilio.person(phone, answers="answers", ring_seconds=3.0, script=TAKES)
        teams = [{"team": "first-line" if place % 2 else "billing"}]
        body = {"name": handle.title(), "email": f"{handle}@desk.example", "phone": phone, "teams": teams}
        await desk.api("PUT", f"/agents/{handle}", json=body)


async def calls(twilio: LocalTwilio, number: str, key: str, rng: random.Random) -> None:
    """Somebody calls for a team, and talks, or gives up; whoever is cut off does not call again."""
    twilio.person(number)
    call = twilio.call(number, DESK_ES)
    try:
        await call.hear("Bienvenido", timeout_seconds=20)
        call.press("1")
        await call.hear("Averías", timeout_seconds=20)
        call.press(key)
        if rng.random() < 0.2:
            await call.wait(rng.uniform(0, 6))
        else:
            await call.hear("Buenos días", timeout_seconds=20)
            await call.ended(20)
    except (NotHeard, TimeoutError):
        pass  # cut off, or every agent was talking
    finally:
        call.hang_up()
        await call.ended(30)


def legs(twilio: LocalTwilio) -> dict[str, set[str]]:
    """Name of each leg, as its address has it → the calls that were made for it."""
    found: dict[str, set[str]] = defaultdict(set)
    for sent in twilio.webhooks.sent:
        parts = urlsplit(sent.url)
        name = dict(parse_qsl(parts.query)).get("k")
        if name and parts.path.endswith(("/leg", "/status/leg")):
            found[name].add(sent["CallSid"])
    return found


async def tickets_of(desk: RunningDesk) -> dict[str, list[dict[str, Any]]]:
    """Caller → their tickets."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    cursor: dict[str, str] = {}
    while True:
        page = await desk.api("GET", "/tickets", params={"limit": 100, **cursor})
        for one in page["items"]:
            found[one["requester"]["identities"][0]["address"]].append(one)
        if not page["next"]:
            return found
        cursor = {"cursor": page["next"]}


@pytest.mark.long
async def test_replicas_that_die_in_mid_call_ring_nobody_twice_and_lose_no_call(servers_folder: Path) -> None:
    folder, rng = servers_folder / "phone-kills", random.Random(20261128)
    try:
        async with (
            LocalTwilio(pace=0.02) as twilio,
            phone_desk(folder, twilio, {"INTAKE_PHONE_FLOWS": str(FLOW)}) as desk,
        ):
            await staffed(desk, twilio)
            first = desk.services["intake-phone"]
            peers = {name: value for name, value in first.environment.items() if "TICKETS_" in name}
            second = await desk.add("intake-phone", "second", environment=peers)
            ports = [int(one.url.rpartition(":")[2]) for one in (first, second)]
            async with Balancer(*ports) as balancer:
                twilio.webhooks.routes[PUBLIC] = balancer.url
                done = asyncio.Event()

                async def kill() -> int:
                    kills = 0
                    while not done.is_set() or kills < KILLS:
                        one = rng.choice((first, second))
                        await asyncio.sleep(rng.uniform(0.05, 0.7))
                        await one.kill()
                        await one.start()
                        kills += 1
                    return kills

                killing = asyncio.create_task(kill())
                numbers = [f"+3460001{place:04}" for place in range(CALLERS)]
                waiting = iter(numbers)

                async def line() -> None:
                    for number in waiting:
                        await calls(twilio, number, rng.choice("12"), rng)

                await asyncio.gather(*(line() for _ in range(4)))
                done.set()
                kills = await killing
                await twilio.callbacks.settle()

                async def all_there() -> dict[str, list[dict[str, Any]]]:
                    found = await tickets_of(desk)
                    assert set(numbers) <= set(found), set(numbers) - set(found)
                    return found

                found = await eventually(all_there, 90)
                assert {number: len(found[number]) for number in numbers if len(found[number]) != 1} == {}
                assert {name: sids for name, sids in legs(twilio).items() if len(sids) > 1} == {}
                taken = [one for number in numbers for one in found[number] if one["assignee"]]
                print(f"{kills} kills, {CALLERS} calls, {len(legs(twilio))} legs, {len(taken)} taken by an agent")
                assert kills >= KILLS
                assert len(taken) >= CALLERS // 3, "agents do take calls"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
