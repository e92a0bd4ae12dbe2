"""Customers who write in Slack and agents who answer there, whatever happens; and what each of them was told.

Customers write once and wait. Agents do what people do: press again what did nothing, submit again what was not sent.
"""

import asyncio
import itertools
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from tests.support import card_desk
from tests.support.card_desk import FIRST, CardDesk
from tests.support.chat_desk import HELP
from tests.support.polling import eventually
from ventanilla_devstack.slack.hands import Seen
from ventanilla_devstack.slack.records import View
from ventanilla_devstack.slack.seed import Seed
from ventanilla_devstack.slack.view_state import current_values

CUSTOMERS = ("carmen", "john", "lucas", "nadia")
AGENTS = ("eva", "tom")
SEED: Seed = replace(
    card_desk.SEED,
    people=(
        {"handle": "lucas", "name": "Lucas Roca", "email": "lucas@ejemplo.example"},
        {"handle": "nadia", "name": "Nadia Sanz", "email": "nadia@ejemplo.example", "locale": "en-US"},
    ),
)
WRITTEN, NOTED, COMPOSING, SUBMITTING, HELD = "written", "noted", "composing", "submitting", "held"
"""What a test may wait for, to break something the moment after."""
_TRIES = 60
_COMPOSER_SECONDS = 2.5
_COMPOSING_SECONDS = 0.5


@dataclass
class Traffic:
    """Everybody who writes.

    Attributes:
        said: what customers wrote, each thing once.
        notes: what agents wrote below cards.
        replies: what agents were told is on its way, and for which ticket.
        outcomes: how submissions were answered.
        unkept: submissions after which a dialog neither closed nor held the text any more.
    """

    at: CardDesk
    dice: random.Random
    said: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    replies: dict[str, int] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    unkept: list[str] = field(default_factory=list)
    _roots: list[str] = field(default_factory=list)
    _waiting: dict[str, asyncio.Event] = field(default_factory=dict)
    _answered: Counter[int] = field(default_factory=Counter)
    _numbers: Any = field(default_factory=itertools.count)
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        """Let everybody finish what they have in hand."""
        self._over.set()

    async def moment(self, of: str) -> None:
        """The moment at which the next thing of this kind happens."""
        await self._waiting.setdefault(of, asyncio.Event()).wait()

    def _happens(self, what: str) -> None:
        self._waiting.pop(what, asyncio.Event()).set()

    async def customers(self, pause_seconds: float) -> None:
        """Write until stopped: directly, in the channel, in threads."""
        while not self._over.is_set():
            self.write(self.dice.choice(("channel", "direct", "thread")))
            await asyncio.sleep(self.dice.random() * 2 * pause_seconds)

    def write(self, where: str) -> str:
        """One message of some customer; returns its words."""
        hands, who = self.at.slack.hands, self.dice.choice(CUSTOMERS)
        text = f"Esto es lo {next(self._numbers)} que me pasa hoy"
        if where == "direct":
            hands.write(who, hands.dm(who), text)
        elif where == "thread" and self._roots:
            hands.write(who, HELP, text, thread_ts=self.dice.choice(self._roots))
        else:
            self._roots.append(hands.write(who, HELP, text).ts)
        self.said.append(text)
        self._happens(WRITTEN)
        return text

    async def agent(self, who: str, pause_seconds: float) -> None:
        """Look after cards until stopped: claim, note, answer."""
        while not self._over.is_set():
            card = self._next_card()
            if card is not None:
                number, ts = card
                if self._answered[number] == 1:
                    await self._claim(who, ts)
                self.note(who, ts)
                await self.answer(who, number, ts)
            await asyncio.sleep(self.dice.random() * 2 * pause_seconds)

    def note(self, who: str, ts: str) -> None:
        """A message below a card."""
        text = f"Apunte {next(self._numbers)} para el equipo"
        self.at.slack.hands.write(who, FIRST, text, thread_ts=ts)
        self.notes.append(text)
        self._happens(NOTED)

    async def answer(self, who: str, number: int, ts: str) -> None:
        """Answer the customer: again and again, until Slack says that it is done."""
        text = f"Esta es la respuesta {next(self._numbers)} para usted"
        await self._open(who, ts)
        self._fill(who, text)
        self._happens(COMPOSING)
        await asyncio.sleep(_COMPOSING_SECONDS)
        for _ in range(_TRIES):
            self._happens(SUBMITTING)
            seen = await self.at.slack.hands.submit(who)
            if self._is_sent(seen, text):
                self.replies[text] = number
                self._happens(HELD)
                return
            await asyncio.sleep(0.3)
        raise AssertionError(f"{who} could not send {text!r}: {self.outcomes}")

    def _is_sent(self, seen: Seen, text: str) -> bool:
        if seen.modal is None:
            self.outcomes["sent"] += 1
            if not seen.answered or seen.problem:
                self.unkept.append(text)
            return True
        self.outcomes["refused" if seen.answered else seen.problem] += 1
        if text not in str(current_values(seen.modal.body["blocks"], seen.modal.values)):
            self.unkept.append(text)
        return False

    async def _open(self, who: str, ts: str) -> View:
        """The composer; pressed again where it did not come."""
        hands = self.at.slack.hands

        def there() -> View:
            [top] = hands.modals(who)
            assert top.body.get("callback_id") == "compose"
            return top

        for _ in range(_TRIES):
            while hands.modals(who):
                await hands.close(who, all_of_them=True)
            if not (await hands.press(who, "reply", channel=FIRST, ts=ts)).answered:
                self.outcomes["press unanswered"] += 1
            try:
                return await eventually(lambda: hands.modals(who) and there(), _COMPOSER_SECONDS)
            except AssertionError:
                self.outcomes["no composer"] += 1
        raise AssertionError(f"{who} gets no composer")

    def _fill(self, who: str, text: str) -> None:
        [view] = self.at.slack.hands.modals(who)
        name = next(one["block_id"] for one in view.body["blocks"] if one.get("block_id", "").startswith("text."))
        self.at.slack.hands.fill(who, {f"{name}/{name}": text})

    def _next_card(self) -> tuple[int, str] | None:
        """The card that was looked after the least, the oldest first."""
        cards = {
            int(one.metadata["event_payload"]["ticket"]): one.ts
            for one in self.at.slack.workspace.channel_named(FIRST).messages.values()
            if one.metadata.get("event_type") == "ventanilla_card"
        }
        if not cards:
            return None
        number = min(cards, key=lambda each: (self._answered[each], each))
        self._answered[number] += 1
        return number, cards[number]

    async def _claim(self, who: str, ts: str) -> None:
        shown = self.at.slack.workspace.channel_named(FIRST).messages[ts].blocks
        if any(one.get("action_id") == "claim" for block in shown for one in block.get("elements", ())):
            await self.at.slack.hands.press(who, "claim", channel=FIRST, ts=ts)
