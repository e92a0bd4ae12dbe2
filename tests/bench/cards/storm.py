"""Offers ten thousand changes of cards within a minute, waits until all are right, and answers customers meanwhile.

The changes are made at the desk's door, by its API: what the cards have to show in the end is what the desk says then.
"""

import argparse
import asyncio
import random
import time
from pathlib import Path

from tests.bench.cards.answering import Answering
from tests.bench.cards.desk import CardDesk, card_desk, team_of
from tests.bench.report import Report, Step
from tests.bench.servers import server_folder
from tests.support.polling import eventually

TICKETS, CHANGES, SECONDS = 150, 10_000, 60.0
CUSTOMERS = 24
QUICK_TICKETS, QUICK_CHANGES, QUICK_SECONDS, QUICK_CUSTOMERS = 12, 300, 5.0, 4
TARGET_LAST_SECONDS, TARGET_REPLY_SECONDS = 180.0, 2.0
PRIORITIES = ("low", "normal", "high", "urgent")
WORDS = {"low": "baja", "normal": "normal", "high": "alta", "urgent": "urgente"}
_WRITERS = 16
_LOOK_SECONDS = 0.5


def storm(report: Report, arguments: argparse.Namespace) -> None:
    """How soon every card shows the last state, and how long answers to customers take meanwhile."""
    tickets, changes = getattr(arguments, "tickets", TICKETS), getattr(arguments, "changes", CHANGES)
    seconds, customers = getattr(arguments, "seconds", SECONDS), CUSTOMERS
    if arguments.quick:
        tickets, changes = min(tickets, QUICK_TICKETS), min(changes, QUICK_CHANGES)
        seconds, customers = min(seconds, QUICK_SECONDS), QUICK_CUSTOMERS
    report.heading("cards", f"{changes:,} changes of {tickets} tickets in {seconds:.0f} s, at Slack's real tiers")
    with server_folder() as folder:
        asyncio.run(_run(report, folder, tickets, changes, seconds, min(customers, tickets)))


async def _run(report: Report, folder: Path, tickets: int, changes: int, seconds: float, customers: int) -> None:
    async with card_desk(folder / "desk", customers) as desk:
        with report.doing("posting the cards", tickets) as step:
            cards, answering = await prepare(desk, tickets, customers, step)
        before = updates(desk)
        over = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            answers = tasks.create_task(answering.until(over))
            with report.doing("changing tickets", changes) as step:
                took = await cards.blow(changes, seconds, step)
            with report.doing("cards that are right", tickets) as step:
                stale, waited, right = await cards.settle(step)
            over.set()
            await answers
    made = updates(desk) - before
    report.at_least("changes offered a minute", round(changes * 60 / took), changes * 60 / seconds)
    refused = desk.slack.limits.refused.get("chat.update", 0)
    report.line(f"  {made} updates, {refused} refused: each stands for {changes / max(made, 1):.0f} changes")
    report.line(f"  {stale} cards showed an older state when the storm ended")
    report.at_least("cards that show the last state", right, tickets)
    report.at_most("the last of them, after the storm", waited, TARGET_LAST_SECONDS, "s")
    judge(report, answering)


def judge(report: Report, answering: Answering) -> None:
    """Hold the answers against their target."""
    report.at_most(f"answers that got lost, of {len(answering.whole) + answering.lost}", answering.lost, 0)
    for words, found in (("the desk's 201 to Slack's post", answering.out), ("request to post", answering.whole)):
        times = sorted(found)
        report.line(f"  {words}: half within {times[len(times) // 2]:.2f} s, all within {times[-1]:.2f} s")
        report.at_most("99 of 100 of them within", times[len(times) * 99 // 100], TARGET_REPLY_SECONDS, "s")


async def prepare(desk: CardDesk, tickets: int, customers: int, step: Step) -> "tuple[Cards, Answering]":
    """Open all tickets, the first ones from Slack, answer each customer once, and wait for all cards."""
    cards = Cards(desk)
    asked = await asyncio.gather(*(desk.ask(index) for index in range(customers)))
    for index, one in enumerate(asked):
        cards.add(one.number, team_of(index))
    for index in range(customers, tickets):
        cards.add(await desk.open_ticket(index), team_of(index))
    answering = Answering(desk, asked)
    await answering.once()
    await cards.read()

    def all_right() -> bool:
        step.done = cards.right()
        return step.done == tickets

    await eventually(all_right, 60 + tickets, _LOOK_SECONDS)
    return cards, answering


def updates(desk: CardDesk) -> int:
    """How often Slack was asked to change a message so far."""
    return sum(method == "chat.update" for method, _, _ in desk.slack.calls)


class Cards:
    """The tickets, what the desk says of each, and whether its card says so."""

    def __init__(self, desk: CardDesk) -> None:
        self._desk = desk
        self._teams: dict[int, str] = {}
        self._last: dict[int, str] = {}
        self._chance = random.Random(5)

    def add(self, number: int, team: str) -> None:
        """One more ticket."""
        self._teams[number] = team

    async def read(self) -> None:
        """Learn from the desk what each card has to show."""
        for number in self._teams:
            self._last[number] = (await self._desk.call("GET", f"/tickets/{number}"))["priority"]

    def right(self) -> int:
        """How many cards show the last state."""
        return len(self._teams) - len(self.wrong())

    def wrong(self) -> list[int]:
        """The tickets whose card shows something else."""
        return [
            number
            for number, last in self._last.items()
            if f"*Prioridad:* {WORDS[last]}'" not in self._desk.shown(number, self._teams[number])
        ]

    async def blow(self, changes: int, seconds: float, step: Step) -> float:
        """Offer all changes, evenly spread; returns how long that took."""
        began, numbers = time.monotonic(), list(self._teams)
        left = iter(range(changes))

        async def write() -> None:
            for turn in left:
                wait = began + turn * seconds * 0.99 / changes - time.monotonic()
                if wait > 0:
                    await asyncio.sleep(wait)
                number = self._chance.choice(numbers)
                priority = self._chance.choice([one for one in PRIORITIES if one != self._last[number]])
                self._last[number] = priority
                await self._desk.call("PATCH", f"/tickets/{number}", {"priority": priority})
                step.done += 1

        await asyncio.gather(*(write() for _ in range(_WRITERS)))
        return time.monotonic() - began

    async def settle(self, step: Step) -> tuple[int, float, int]:
        """Wait until all cards are right, but no longer than they may take.

        Returns how many were not when the storm ended, after how many seconds we stopped, how many are right.
        """
        ended = time.monotonic()
        await self.read()  # two writers may have met at a ticket: what the desk says now is what counts
        stale = len(self.wrong())
        while (wrong := self.wrong()) and time.monotonic() - ended < TARGET_LAST_SECONDS:
            step.done = len(self._teams) - len(wrong)
            await asyncio.sleep(_LOOK_SECONDS)
        return stale, time.monotonic() - ended, self.right()
