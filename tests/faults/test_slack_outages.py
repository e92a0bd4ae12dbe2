"""What is slow or broken behind us, or is Slack: everything that was said is there once, and Slack never waits long.

Two replicas of intake-chat all the time, customers and agents who write all the time.
"""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.faults.slack_kills import CHATS, HISTORY, POST, UPDATE
from tests.faults.slack_reckoning import check, settled
from tests.faults.slack_traffic import AGENTS, COMPOSING, SEED, Traffic
from tests.faults.test_kills import LOTS_OF_ACKNOWLEDGEMENTS, seed
from tests.support.balancer import Balancer
from tests.support.card_desk import card_desk
from tests.support.desk_runs import descendants
from ventanilla_devstack.slack.faults import KINDS
from ventanilla_devstack.slack.server import LocalSlack

RETRY_FACTOR = 0.2
"""Slack's third attempt comes after 12 s, its last after a minute: longer than anything is away here."""
UNANSWERED = {"operation_timeout", "dispatch_failed", "press unanswered"}


@asynccontextmanager
async def desk_at_work(folder: Path, *, http: bool = False) -> AsyncIterator[Traffic]:
    """A desk with two replicas of intake-chat, and somebody to write in its Slack."""
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(LocalSlack(seed=SEED, retry_factor=RETRY_FACTOR))
        at = await stack.enter_async_context(card_desk(folder, slack, http=http, more=LOTS_OF_ACKNOWLEDGEMENTS))
        chats = [await at.add_chat(name) for name in CHATS]
        if http:
            balancer = await stack.enter_async_context(Balancer(*(chat.http_port for chat in chats)))
            assert await slack.set_request_url(f"{balancer.url}/slack/events")
        yield Traffic(at, random.Random(seed()))


async def write_through(traffic: Traffic, trouble: Callable[[Traffic], Awaitable[None]], settle_seconds: float) -> None:
    """Let customers and agents write before, during and after it; then reckon."""
    async with asyncio.TaskGroup() as writing:
        for one in (traffic.customers(1.2), *(traffic.agent(who, 2.0) for who in AGENTS)):
            writing.create_task(one)
        await asyncio.sleep(4)
        await trouble(traffic)
        await asyncio.sleep(1)
        traffic.stop()
    await settled(traffic.at, traffic, settle_seconds)
    await check(traffic.at, traffic)
    print(f"{len(traffic.said)} messages, {len(traffic.notes)} notes, submissions {dict(traffic.outcomes)}")


async def no_broker(traffic: Traffic) -> None:
    nats = traffic.at.desk.nats
    nats.kill()
    await asyncio.sleep(10)
    await asyncio.to_thread(nats.start)


async def slow_postgres(traffic: Traffic) -> None:
    """Nothing of Postgres runs for five seconds, and no connection breaks; somebody is just about to answer."""
    root = traffic.at.desk.postgres.pid
    await traffic.moment(COMPOSING)
    stopped = [root, *descendants(root)]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(5)
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


async def failing_slack(traffic: Traffic) -> None:
    """Slack limits, fails, cuts off and repeats, and its sockets end in each way that they have."""
    dice, slack = traffic.dice, traffic.at.slack
    methods = (POST, POST, UPDATE, HISTORY, "conversations.replies", "views.open", "views.update", "users.info")
    slack.sockets.grace_seconds = 1.0
    for turn in range(30):
        slack.faults.add(dice.choice(KINDS), dice.choice(methods), seconds=dice.choice((1, 2)))
        slack.faults.doubled_events = dice.choice((0, 0, 1))
        if turn % 10 == 4:
            await slack.sockets.cut()
        if turn % 10 == 8:
            await slack.sockets.refresh()
        await asyncio.sleep(0.6)
    slack.faults.clear()


@pytest.mark.long
@pytest.mark.timeout(240)
@pytest.mark.parametrize("http", [pytest.param(False, id="socket"), pytest.param(True, id="http")])
async def test_while_the_broker_is_away_slack_keeps_what_it_has_and_gives_it_again(
    desk_folder: Path, *, http: bool
) -> None:
    async with desk_at_work(desk_folder, http=http) as traffic:
        await write_through(traffic, no_broker, 90)

        again = [one for one in traffic.at.slack.courier.deliveries if one.attempts > 1]
        assert again, "events were refused, and given again"
        assert all(one.acknowledged for one in traffic.at.slack.courier.deliveries)
        assert not UNANSWERED & set(traffic.outcomes), traffic.outcomes


@pytest.mark.long
@pytest.mark.timeout(240)
async def test_while_postgres_stands_still_slack_is_answered_in_time_and_texts_are_kept(desk_folder: Path) -> None:
    async with desk_at_work(desk_folder) as traffic:
        await write_through(traffic, slow_postgres, 60)

        assert traffic.outcomes["refused"] > 0, "whoever was about to answer was told that it did not go"
        assert not UNANSWERED & set(traffic.outcomes), traffic.outcomes


@pytest.mark.long
@pytest.mark.timeout(240)
async def test_whatever_slack_answers_nothing_is_lost_and_nothing_posted_twice(desk_folder: Path) -> None:
    async with desk_at_work(desk_folder) as traffic:
        await write_through(traffic, failing_slack, 90)
