"""Replicas of intake-phone die in the middle of callbacks: no telephone rings twice for one attempt, none is forgotten.

Who is on the line when a replica dies may be cut off: Twilio gets no document then. The desk knows what came of it all
the same, and tries again in its time.
"""

import asyncio
import random
import shutil
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.support.balancer import Balancer
from tests.support.desk import RunningDesk
from tests.support.phone_desk import PUBLIC, phone_desk
from tests.support.polling import eventually
from ventanilla_devstack.twilio.seed import DESK_ES
from ventanilla_devstack.twilio.server import LocalTwilio

KILLS, CALLBACKS, AT_ONCE = 20, 80, 8
FLOW = Path(__file__).parents[1] / "data" / "phone" / "callback.yaml"
SETTINGS = {"INTAKE_PHONE_FLOWS": str(FLOW), "INTAKE_PHONE_DESK_NUMBER": DESK_ES}
AGENTS = {f"agent{place}": f"+3460000009{place}" for place in range(4)}
TAKES = ("hear:que devolver", "press:1", "hear:Llamamos", "speak:Buenos días, dígame.", "wait:20", "hang up")
DONE = frozenset({"done", "failed"})


async def staffed(desk: RunningDesk, twilio: LocalTwilio) -> None:
    """A team whose agents call everybody back."""
    await desk.api("PUT", "/teams/first-line", json={"tier": "1", "calendar": "always"})
    for handle, phone in AGENTS.items():
        twilio.person(phone, answers="answers", ring_seconds=2.0, script=TAKES)
        body = {"name": handle.title(), "email": f"{handle}@desk.example", "phone": phone, "languages": ["es"]}
        await desk.api("PUT", f"/agents/{handle}", json={**body, "teams": [{"team": "first-line"}]})


async def planned(desk: RunningDesk, twilio: LocalTwilio, place: int) -> int:
    """A ticket whose customer is to be called back."""
    phone = f"+3460002{place:04}"
    twilio.person(phone, answers="answers", ring_seconds=1.0, script=("hear:Buenos", "wait:5", "hang up"))
    body = {"subject": f"Llámenme {place}", "text": "Por favor.", "team": "first-line",
            "requester": {"address": f"c{place}@cliente.example", "name": "Ana"}}  # fmt: skip
    number = int((await desk.api("POST", "/tickets", json=body))["number"])
    await desk.api("POST", f"/tickets/{number}/callbacks", json={"number": phone})
    return number


async def callback_of(desk: RunningDesk, number: int) -> dict[str, Any]:
    [one] = (await desk.api("GET", f"/tickets/{number}/callbacks"))["items"]
    return dict(one)


async def tried(desk: RunningDesk, number: int) -> dict[str, Any]:
    """A callback whose first attempt has come to an end, whatever that was."""

    async def found() -> dict[str, Any]:
        one = await callback_of(desk, number)
        assert one["attempts"], one
        assert one["attempts"][0]["outcome"] is not None, one
        return one

    return await eventually(found, 90)


def legs(twilio: LocalTwilio) -> dict[str, set[str]]:
    """Name of each agent's leg, as its address has it → the calls that were made for it."""
    found: dict[str, set[str]] = defaultdict(set)
    for sent in twilio.webhooks.sent:
        name = dict(parse_qsl(urlsplit(sent.url).query)).get("b")
        if name:
            found[name].add(sent["CallSid"])
    return found


@pytest.mark.long
async def test_replicas_that_die_in_mid_callback_call_nobody_twice(servers_folder: Path) -> None:
    folder, rng = servers_folder / "phone-callback-kills", random.Random(20261129)
    try:
        async with (
            LocalTwilio(pace=0.02) as twilio,
            phone_desk(folder, twilio, SETTINGS) as desk,
        ):
            await staffed(desk, twilio)
            first = desk.services["intake-phone"]
            peers = {name: value for name, value in first.environment.items() if "TICKETS_" in name}
            second = await desk.add("intake-phone", "second", environment=peers)
            async with Balancer(*(int(one.url.rpartition(":")[2]) for one in (first, second))) as balancer:
                twilio.webhooks.routes[PUBLIC] = balancer.url
                over = asyncio.Event()

                async def kill() -> int:
                    kills = 0
                    while not over.is_set() or kills < KILLS:
                        one = rng.choice((first, second))
                        await asyncio.sleep(rng.uniform(0.05, 0.7))
                        await one.kill()
                        await one.start()
                        kills += 1
                    return kills

                killing = asyncio.create_task(kill())
                places, results = iter(range(CALLBACKS)), []

                async def line() -> None:
                    results.extend([await tried(desk, await planned(desk, twilio, place)) for place in places])

                await asyncio.gather(*(line() for _ in range(AT_ONCE)))
                over.set()
                kills = await killing
                await twilio.callbacks.settle()
    finally:
        shutil.rmtree(folder, ignore_errors=True)

    outcomes = Counter(str(one["attempts"][0]["outcome"]) for one in results)
    dialled = Counter(call.to for call in twilio.exchange.calls.values() if call.direction == "outbound-dial")
    print(f"{kills} kills, {dict(outcomes)}, {len(legs(twilio))} legs, {sum(dialled.values())} customers called")
    assert kills >= KILLS
    assert len(results) == CALLBACKS
    assert {name: sids for name, sids in legs(twilio).items() if len(sids) > 1} == {}
    assert {number: count for number, count in dialled.items() if count > 1} == {}, "nobody is called twice"
    assert outcomes["talked"] >= CALLBACKS // 2
    assert all(one["state"] in DONE | {"scheduled"} for one in results)
