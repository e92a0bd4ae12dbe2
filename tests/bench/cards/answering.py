"""Answers to customers while a storm goes on: how long each takes to stand in Slack."""

import asyncio
import itertools
import time
from collections.abc import Sequence

from tests.bench.cards.desk import Asked, CardDesk
from ventanilla_devstack.slack.workspace import Happening

_EVERY_SECONDS = 1.0
_PATIENCE_SECONDS = 60.0


class Answering:
    """One answer a second, each to the next customer, whatever became of those before.

    Attributes:
        whole: seconds from when the desk was asked to when the answer stood in Slack, for each answer.
        out: of these, the seconds after the desk's 201.
        lost: answers that did not get there within a minute.
    """

    def __init__(self, desk: CardDesk, asked: Sequence[Asked]) -> None:
        self.whole: list[float] = []
        self.out: list[float] = []
        self.lost = 0
        self._desk = desk
        self._asked = asked
        self._expected: dict[str, asyncio.Future[float]] = {}
        desk.slack.workspace.listeners.append(self._hear)

    async def once(self) -> None:
        """Answer everybody; nothing is measured."""
        await asyncio.gather(*(self._answer(one, f"first answer to {one.number}") for one in self._asked))

    async def until(self, over: asyncio.Event) -> None:
        """Answer until it is over, and wait for the last answers."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for turn in itertools.count():
                try:
                    async with asyncio.timeout(max(0.0, began + turn * _EVERY_SECONDS - time.monotonic())):
                        await over.wait()
                    return
                except TimeoutError:
                    tasks.create_task(self._measure(self._asked[turn % len(self._asked)], f"answer {turn}"))

    async def _measure(self, asked: Asked, text: str) -> None:
        began = time.monotonic()
        try:
            accepted, stands = await self._answer(asked, text)
        except TimeoutError:
            self.lost += 1
            return
        self.whole.append(stands - began)
        self.out.append(max(0.0, stands - accepted))

    async def _answer(self, asked: Asked, text: str) -> tuple[float, float]:
        """When the desk said yes, and when the answer stood in the customer's thread."""
        expected = self._expected[f"{asked.root} {text}"] = asyncio.get_running_loop().create_future()
        await self._desk.call("POST", f"/tickets/{asked.number}/replies", {"text": text})
        accepted = time.monotonic()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return accepted, await expected

    def _hear(self, happening: Happening) -> None:
        event = happening.event
        expected = self._expected.pop(f"{event.get('thread_ts')} {event.get('text')}", None)
        if expected is not None and not expected.done():
            expected.set_result(time.monotonic())
