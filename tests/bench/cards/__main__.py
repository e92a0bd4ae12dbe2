"""`python -m tests.bench.cards`: 10,000 changes of 500 tickets within a minute, at Slack's real tiers.

Says how many cards show their last state three minutes after the storm, when the last of them does, how many changes
one update of a card stands for, and how long replies to customers take meanwhile. Slack takes 50 updates a minute
(`chat.update`, tier 3), so of so many tickets only `reachable` can be right in time; exit 1 if fewer are, or if replies
take 2 s at p99. `--tickets 150` is what the tiers allow whole.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.support.chat_desk import chat_settings
from tests.support.desk import RunningDesk
from tests.support.polling import eventually
from ventanilla_devstack.slack.seed import Agent, Seed
from ventanilla_devstack.slack.server import LocalSlack

TEAMS = 8
CUSTOMERS = 20
UPDATES_A_MINUTE = 50
PRIORITIES = ("low", "normal", "high", "urgent")
WORDS = {"low": "baja", "normal": "normal", "high": "alta", "urgent": "urgente"}
PATIENCE_SECONDS = 180.0
WRITERS = 6


def seed() -> Seed:
    """Teams with a channel each, and customers."""
    people = tuple(
        {"handle": f"customer{number}", "name": f"Customer {number}", "email": f"c{number}@cliente.example"}
        for number in range(CUSTOMERS)
    )
    teams = {
        f"team{number}": (Agent(f"agent{number}", "An Agent", f"a{number}@desk.example"),) for number in range(TEAMS)
    }
    return Seed(teams=teams, people=people)


@asynccontextmanager
async def storm_desk(folder: Path, slack: LocalSlack) -> AsyncIterator[RunningDesk]:
    """A desk with cards."""
    desk = RunningDesk(folder, chat_settings(slack))
    try:
        await desk.start(("router", "tickets"))
        for number in range(TEAMS):
            await desk.api("PUT", f"/teams/team{number}", json={"tier": "1"})
        channels = [f"team{number}={slack.workspace.channel_named(f'team{number}').id}" for number in range(TEAMS)]
        channels.append(f"*={slack.workspace.channel_named('team0').id}")
        environment = {
            "INTAKE_CHAT_TICKETS_URL": desk.services["tickets"].url,
            "INTAKE_CHAT_TICKETS_TOKEN": await desk.token("read", "write", "act"),
            "INTAKE_CHAT_SLACK_TEAM_CHANNELS": ",".join(channels),
        }
        await desk.add("intake-chat", environment=environment)
        yield desk
    finally:
        await desk.close()
        desk.stop()


class Storm:
    """One run."""

    def __init__(self, desk: RunningDesk, slack: LocalSlack, client: httpx.AsyncClient, arguments: Any) -> None:
        self.desk, self.slack, self.client, self.arguments = desk, slack, client, arguments
        self.last: dict[int, str] = {}
        self.replies: list[float] = []
        self.out: list[float] = []
        """Of these, from the desk's 201 on."""
        self.chance = random.Random(5)

    async def begin(self) -> None:
        """Open all tickets, and wait for their cards."""
        for number in range(self.arguments.tickets):
            body = {
                "subject": f"Ticket {number}",
                "text": "words",
                "requester": {"address": f"c{number}@cliente.example"},
            }
            opened = await self.desk.api("POST", "/tickets", json={**body, "team": f"team{number % TEAMS}"})
            self.last[opened["number"]] = "normal"
        await eventually(lambda: self.right() == len(self.last), 60 + self.arguments.tickets, 0.5)

    def shown(self) -> dict[int, str]:
        """What every card says."""
        found = {}
        for channel in self.slack.workspace.channels.values():
            for message in channel.messages.values():
                if message.metadata.get("event_type") == "ventanilla_card":
                    found[int(message.metadata["event_payload"]["ticket"])] = str(message.blocks)
        return found

    def right(self) -> int:
        """How many cards show the last state."""
        shown = self.shown()
        return sum(f"*Prioridad:* {WORDS[last]}'" in shown.get(number, "") for number, last in self.last.items())

    async def blow(self) -> float:
        """Offer all changes; returns how long that took."""
        began, numbers, arguments = time.monotonic(), list(self.last), self.arguments
        left = iter(range(arguments.changes))

        async def write() -> None:
            for turn in left:
                wait = began + turn * arguments.seconds / arguments.changes - time.monotonic()
                if wait > 0:
                    await asyncio.sleep(wait)
                number = self.chance.choice(numbers)
                priority = self.chance.choice([one for one in PRIORITIES if one != self.last[number]])
                self.last[number] = priority
                answer = await self.client.patch(f"/api/v1/tickets/{number}", json={"priority": priority})
                answer.raise_for_status()

        await asyncio.gather(*(write() for _ in range(WRITERS)))
        took = time.monotonic() - began
        for number in numbers:  # two writers may have met at a ticket: what it is now is what counts
            self.last[number] = (await self.client.get(f"/api/v1/tickets/{number}")).json()["priority"]
        return took

    async def answer_customers(self, until: asyncio.Event) -> None:
        """One reply a second, each to another customer, until the storm is over."""
        tickets = [await self._conversation(number) for number in range(CUSTOMERS)]
        turn = 0
        while not until.is_set():
            number, channel, root = tickets[turn % CUSTOMERS]
            text = f"answer {turn}"
            began = time.monotonic()
            answer = await self.client.post(f"/api/v1/tickets/{number}/replies", json={"text": text})
            answer.raise_for_status()
            accepted = time.monotonic()
            await eventually(lambda: self._is_said(channel, root, text), 60, 0.01)  # noqa: B023  # waited for at once
            self.replies.append(time.monotonic() - began)
            self.out.append(time.monotonic() - accepted)
            await asyncio.sleep(max(0.0, 1.0 - (time.monotonic() - began)))
            turn += 1

    def _is_said(self, channel: str, root: str, text: str) -> bool:
        messages = self.slack.workspace.channels[channel].messages.values()
        return any(one.thread_ts == root and one.text == text for one in messages)

    async def _conversation(self, number: int) -> tuple[int, str, str]:
        """A customer's conversation: its ticket, its channel, its first message."""
        customer = f"customer{number}"
        channel = self.slack.hands.dm(customer)
        subject = f"I am customer {number}"
        first = self.slack.hands.write(customer, channel, subject)

        async def found() -> int:
            listed = (await self.client.get("/api/v1/tickets", params={"limit": 100, "channel": "slack"})).json()
            return next((one["number"] for one in listed["items"] if one["subject"] == subject), 0)

        return await eventually(found, 30, 0.1), channel, first.ts


async def run(arguments: argparse.Namespace) -> int:
    """Everything once; 1 where a target is missed."""
    with tempfile.TemporaryDirectory(prefix="bench-cards-") as folder:
        async with LocalSlack(seed=seed(), limits="real") as slack, storm_desk(Path(folder), slack) as desk:
            headers = {"Authorization": f"Bearer {await desk.token('read', 'write', 'admin')}"}
            url = desk.services["tickets"].url
            async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client:
                return await measure(Storm(desk, slack, client, arguments))


async def measure(storm: Storm) -> int:
    """The storm, and what it did."""
    arguments = storm.arguments
    await storm.begin()
    over = asyncio.Event()
    answering = asyncio.create_task(storm.answer_customers(over))
    await eventually(lambda: storm.replies or answering.done(), 90, 0.2)
    calls = len(storm.slack.calls)
    took = await storm.blow()
    ended = time.monotonic()
    while storm.right() < len(storm.last) and time.monotonic() - ended < PATIENCE_SECONDS:
        await asyncio.sleep(0.5)
    waited, right = time.monotonic() - ended, storm.right()
    over.set()
    await answering
    updates = sum(method == "chat.update" for method, _, _ in storm.slack.calls[calls:])
    return report(storm, took, waited, right, updates, arguments)


def report(storm: Storm, took: float, waited: float, right: int, updates: int, arguments: argparse.Namespace) -> int:
    """Print the figures; 1 where a target is missed."""
    replies = sorted(storm.replies)
    p50, p99 = replies[len(replies) // 2], replies[min(len(replies) - 1, int(len(replies) * 0.99))]
    reachable = min(len(storm.last), int((PATIENCE_SECONDS / 60) * UPDATES_A_MINUTE))
    refused = storm.slack.limits.refused.get("chat.update", 0)
    print(f"offered          {arguments.changes} changes of {len(storm.last)} tickets in {took:.1f} s")
    print(f"last state       {right} of {len(storm.last)} cards, {waited:.1f} s after the storm; reachable {reachable}")
    print(f"updates          {updates}, {refused} refused: one for {arguments.changes / max(updates, 1):.1f} changes")
    print(f"replies          {len(replies)}: p50 {p50:.3f} s, p99 {p99:.3f} s, the slowest {replies[-1]:.3f} s")
    print(f"                 from the desk's answer on: the slowest {max(storm.out):.3f} s")
    return int(right < reachable or p99 >= 2.0)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=500)
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60.0, help="in which they are offered")
    return asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
