"""Customers of every channel, while something is done to the desk; and what became of all that they said."""

import asyncio
import random
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.deploy.pods.desk import PodDesk
from tests.faults.traffic import Sender, stream
from tests.support.chat_desk import HELP
from tests.support.polling import eventually
from ventanilla_devstack.twilio.line import NotHeard
from ventanilla_devstack.twilio.seed import DESK_ES

MAILS, CHATS, TEXTS, CALLS = 10, 3, 3, 2
"""Of one round, which takes two to three seconds."""
_SETTLE_SECONDS = 180


@dataclass
class Customers:
    """Everything that was said.

    Attributes:
        cut_off: who called and heard nothing.
    """

    desk: PodDesk
    dice: random.Random = field(default_factory=lambda: random.Random(20261128))
    mails: list[str] = field(default_factory=list)
    chats: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    callers: list[str] = field(default_factory=list)
    cut_off: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sender = Sender(25, host=self.desk.cluster.node.hosts["intake-email-smtp"])

    async def during(self, what: str, work: Coroutine[Any, Any, Any]) -> None:
        """Go on saying things until it is done."""
        task = asyncio.create_task(work)
        number = 0
        try:
            while not task.done():
                await self._round(f"{what} {number}")
                number += 1
        finally:
            await task

    async def _round(self, run: str) -> None:
        async with asyncio.TaskGroup() as all_at_once:
            for one in (self._mail(run), self._chat(run), self._text(run), *(self._call(run) for _ in range(CALLS))):
                all_at_once.create_task(one)

    async def _mail(self, run: str) -> None:
        self.mails += await stream(self.sender, run, MAILS, self.dice.randrange(10**6), pause_seconds=0.2)

    async def _chat(self, run: str) -> None:
        for number in range(CHATS):
            text = f"{run} en Slack, cosa {number}"
            self.desk.slack.hands.write(self.dice.choice(("carmen", "john")), HELP, text)
            self.chats.append(text)
            await asyncio.sleep(self.dice.random())

    async def _text(self, run: str) -> None:
        for number in range(TEXTS):
            text = f"{run} por SMS, cosa {number}"
            number = self._number()
            self.desk.twilio.person(number)
            await self.desk.twilio.hands.text(number, DESK_ES, text)
            self.texts.append(text)
            await asyncio.sleep(self.dice.random())

    async def _call(self, run: str) -> None:
        number = self._number()
        self.desk.twilio.person(number)
        await asyncio.sleep(self.dice.random() * 2)
        call = self.desk.twilio.call(number, DESK_ES)
        try:
            await call.hear("Bienvenido", timeout_seconds=20)
        except (NotHeard, TimeoutError):
            self.cut_off.append(run)
        finally:
            call.hang_up()
            await call.ended(20)
        self.callers.append(number)

    def _number(self) -> str:
        return f"+346{self.dice.randrange(10**7, 10**8)}"

    async def reckon(self) -> None:
        """Everything that was accepted is in exactly one ticket, and nobody is told anything twice."""
        await eventually(self._settled, _SETTLE_SECONDS, every_seconds=0.5)
        expected = Counter([*self.mails, *self.chats, *self.texts])
        rows = await self.desk.query("select subject, body from message where kind='customer' and channel <> 'voice'")
        found = Counter(row["subject"] if row["subject"] in expected else row["body"] for row in rows)
        assert found == expected, (expected - found, found - expected)
        calls = await self.desk.query(
            "select address, count(*) as tickets from ticket join identity on contact_id = requester_id "
            "where channel = 'voice' group by address"
        )
        assert {row["address"]: row["tickets"] for row in calls} == dict.fromkeys(self.callers, 1)
        assert not await self.desk.query("select 1 from ledger where outcome = 'dead_lettered'")
        answers = Counter((one.recipient, one.message_id) for one in self.desk.relay.taken)
        assert set(answers.values()) <= {1}, "an answer left twice"

    async def _settled(self) -> bool:
        try:
            read = await self.desk.ledger()
        except httpx.HTTPError as error:
            raise AssertionError(repr(error)) from error
        counts = {name: (one["accepted"], one["in_flight"], one["missing"]) for name, one in read["channels"].items()}
        said = len(self.mails) + len(self.chats) + len(self.texts) + len(self.callers)
        assert sum(one[0] for one in counts.values()) >= said, (counts, said)
        assert not any(one[1] or one[2] for one in counts.values()), counts
        assert not read["outbound_pending"], read["outbound_pending"]
        return True
