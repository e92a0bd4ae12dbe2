"""`kill -9` at every step while customers and agents write in Slack: everything is there once, and no text is lost.

Two replicas of intake-chat all the time. Moments are random and seeded; `VENTANILLA_SEED` makes them others, and
`VENTANILLA_ROUNDS` more.
"""

import asyncio
import contextlib
import os
import random
from pathlib import Path

import pytest

from tests.faults.slack_kills import CHATS, OTHERS, STEPS, Killer
from tests.faults.slack_reckoning import check, settled
from tests.faults.slack_traffic import AGENTS, SEED, Traffic
from tests.faults.test_kills import LOTS_OF_ACKNOWLEDGEMENTS, seed
from tests.support.card_desk import card_desk
from ventanilla_devstack.slack.server import LocalSlack

RETRY_FACTOR = 0.005
"""Slack's last attempt comes after 1.8 s: what comes while both replicas are away for longer is lost."""


async def run_kills(folder: Path, rounds: int, seed: int) -> None:
    dice = random.Random(seed)
    async with (
        LocalSlack(seed=SEED, retry_factor=RETRY_FACTOR) as slack,
        card_desk(folder, slack, more=LOTS_OF_ACKNOWLEDGEMENTS) as at,
    ):
        for name in CHATS:
            await at.add_chat(name)
        traffic = Traffic(at, dice)
        killer = Killer(at, traffic, dice)
        # Slack takes one message a second in a channel: in a long run more than that would only wait.
        people = [traffic.customers(1.2 if rounds == 1 else 3.0), *(traffic.agent(who, 2.0) for who in AGENTS)]
        async with asyncio.TaskGroup() as writing:
            for one in people:
                writing.create_task(one)
            await kill(killer, rounds)
            traffic.stop()
        slack.faults.clear()
        for process in at.desk.services.values():
            await process.wait_ready(60)
        await settled(at, traffic, 60 + 30 * rounds)
        await check(at, traffic)
        print(
            f"{killer.kills.total()} kills {dict(killer.kills)}; {len(traffic.said)} messages, {len(traffic.notes)} "
            f"notes, {len(traffic.replies)} answers, submissions {dict(traffic.outcomes)}"
        )
        assert killer.missed == []
        assert killer.kills.total() >= 20 * rounds


async def kill(killer: Killer, rounds: int) -> None:
    """Each step in turn, and everything else in turn beside it."""

    over = asyncio.Event()

    async def others() -> None:
        while True:
            for role in killer.dice.sample(OTHERS, len(OTHERS)):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(2 + killer.dice.random() * 3):
                        await over.wait()
                        return
                await killer.kill(role)

    async with asyncio.TaskGroup() as killing:
        killing.create_task(others())
        for _ in range(rounds):
            await killer.go_through(STEPS)
        over.set()


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_whatever_is_killed_everything_that_was_said_in_slack_is_there_once(desk_folder: Path) -> None:
    await run_kills(desk_folder, 1, seed())


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_hundreds_of_kills_lose_nothing_and_double_nothing_in_slack(desk_folder: Path) -> None:
    await run_kills(desk_folder, int(os.environ.get("VENTANILLA_ROUNDS", "12")), seed() + 1)
