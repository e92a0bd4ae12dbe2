"""Kill -9 at a certain step: the process that has just made a call of Slack's, or any one a moment after something."""

import asyncio
import contextlib
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.slack_traffic import HELD, NOTED, SUBMITTING, WRITTEN, Traffic
from tests.support.card_desk import CardDesk
from tests.support.polling import eventually
from ventanilla_devstack.slack.faults import FaultKind

CHATS = ("intake-chat", "intake-chat-2")
POST, UPDATE, HISTORY = "chat.postMessage", "chat.update", "conversations.history"
_HIT_SECONDS = 60.0
_UNDER_WAY_SECONDS = 0.4
_DOWN_SECONDS = 0.5

Step = Callable[["Killer"], Awaitable[None]]


@dataclass
class Killer:
    """Kills processes of a desk and starts them again.

    Attributes:
        kills: how often which process was killed.
        missed: steps that did not come to pass.
    """

    at: CardDesk
    traffic: Traffic
    dice: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def kill(self, role: str, down_seconds: float | None = None) -> None:
        """Kill -9 at once, and start again a little later."""
        desk, down = self.at.desk, self.dice.random() * _DOWN_SECONDS if down_seconds is None else down_seconds
        async with self._turn(role):
            self.kills[role] += 1
            if role in ("nats", "postgres"):
                server = desk.nats if role == "nats" else desk.postgres
                server.kill()
                await asyncio.sleep(down)
                await asyncio.to_thread(server.start)
            else:
                await desk.services[role].kill()
                await asyncio.sleep(down)
                await desk.services[role].start(ready_within_seconds=0)

    def _turn(self, role: str) -> asyncio.Lock:
        return self._locks.setdefault(role, asyncio.Lock())

    async def after(self, what: str, longest_seconds: float, *roles: str) -> None:
        """Kill one of these a moment after something has happened."""
        async with asyncio.timeout(_HIT_SECONDS):  # and no longer: whoever is killed is to be started again
            await self.traffic.moment(what)
        await asyncio.sleep(self.dice.random() * longest_seconds)
        await self.kill(self.dice.choice(roles))

    async def caller(self, method: str, kind: FaultKind, about: str = "") -> None:
        """Kill whoever makes the next such call: Slack does it (`wait`) or never hears of it (`cut_before`)."""
        fault = self.at.slack.faults.add(kind, method, seconds=_UNDER_WAY_SECONDS, about=about)
        await eventually(lambda: fault.callers, _HIT_SECONDS, every_seconds=0.005)
        await self.kill(self._process_at(fault.callers[0]))

    def _process_at(self, port: int) -> str:
        """Whose connection it is."""
        sockets = {f"socket:[{inode}]" for inode in _inodes(port)}
        for name in CHATS:
            pid = self.at.desk.services[name].pid
            with contextlib.suppress(OSError):
                if any(os.readlink(each) in sockets for each in Path(f"/proc/{pid}/fd").iterdir()):
                    return name
        return self.dice.choice(CHATS)  # it has closed it already

    async def catching_up(self) -> None:
        """Let events be lost while nobody is there, and kill whoever then reads the history."""
        fault = self.at.slack.faults.add("wait", HISTORY, seconds=_UNDER_WAY_SECONDS)
        async with self._turn(CHATS[0]), self._turn(CHATS[1]):
            for name in CHATS:
                await self.at.desk.services[name].kill()
                self.kills[name] += 1
            before = list(self.at.slack.courier.deliveries)
            self.traffic.write("direct")
            self.traffic.write("channel")
            await asyncio.sleep(0)  # so that both are on their way
            missing = [one for one in self.at.slack.courier.deliveries if not any(one is known for known in before)]
            await eventually(lambda: missing and all(one.lost for one in missing), _HIT_SECONDS)
            for name in CHATS:
                await self.at.desk.services[name].start(ready_within_seconds=0)
        await eventually(lambda: fault.callers, _HIT_SECONDS, every_seconds=0.005)
        await self.kill(self._process_at(fault.callers[0]))

    async def go_through(self, steps: dict[str, Step]) -> None:
        """Every step once, in a random order, two at a time."""
        waiting = self.dice.sample(sorted(steps), len(steps))

        async def some() -> None:
            while waiting:
                name = waiting.pop()
                try:
                    await steps[name](self)
                except (AssertionError, TimeoutError) as error:
                    self.missed.append(f"{name}: {error}")

        await asyncio.gather(some(), some())


STEPS: dict[str, Step] = {
    "an event, accepted or not": lambda killer: killer.after(WRITTEN, 0.03, *CHATS),
    "an event, acknowledged or not": lambda killer: killer.after(WRITTEN, 0.1, *CHATS),
    "a note": lambda killer: killer.after(NOTED, 0.1, *CHATS),
    "a note at the desk": lambda killer: killer.after(NOTED, 0.15, "tickets"),
    "a submission": lambda killer: killer.after(SUBMITTING, 0.05, *CHATS),
    "a submission at the desk": lambda killer: killer.after(SUBMITTING, 0.05, "tickets"),
    "a held reply": lambda killer: killer.after(HELD, 3.0, "tickets"),
    "a word to a customer, done": lambda killer: killer.caller(POST, "wait", "ventanilla_notification"),
    "a word to a customer, not done": lambda killer: killer.caller(POST, "cut_before", "ventanilla_notification"),
    "a card, done": lambda killer: killer.caller(POST, "wait", "ventanilla_card"),
    "a card, not done": lambda killer: killer.caller(POST, "cut_before", "ventanilla_card"),
    "a card's update, done": lambda killer: killer.caller(UPDATE, "wait"),
    "a card's update, not done": lambda killer: killer.caller(UPDATE, "cut_before"),
    "a line of a reply, done": lambda killer: killer.caller(POST, "wait", "ventanilla_reply"),
    "a line of a reply, not done": lambda killer: killer.caller(POST, "cut_before", "ventanilla_reply"),
    "a customer's words below a card, done": lambda killer: killer.caller(POST, "wait", "ventanilla_line"),
    "a customer's words below a card, not done": lambda killer: killer.caller(POST, "cut_before", "ventanilla_line"),
    "catching up": lambda killer: killer.catching_up(),
}
"""By what is under way when somebody is killed."""
OTHERS = ("router", "nats", "postgres", "tickets")


def _inodes(port: int) -> list[str]:
    """Of the sockets on this machine whose own port this is."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [row[9] for row in rows if int(row[1].rpartition(":")[2], 16) == port]
