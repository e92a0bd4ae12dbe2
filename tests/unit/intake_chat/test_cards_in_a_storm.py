"""Cards while tickets change and change back, Slack cuts calls off, keepers die: in the end each shows the truth."""

import asyncio
import random

import pytest

from intake_chat.domain.slack.cards.team_channels import TeamChannels
from intake_chat.errors import SlackAway
from intake_chat.handlers.cards import record
from intake_chat.handlers.cards.keep_card import CardKeeper, Channels
from intake_chat.handlers.cards.keeper import Keeper
from intake_chat.handlers.cards.record import Doubts
from intake_chat.handlers.cards.tell_thread import ThreadTeller
from intake_chat.handlers.cards.wishes import wanted_key
from intake_chat.handlers.keeping import keeper as keeping
from intake_chat.ports.cards import Json, Make
from tests.support.polling import eventually
from tests.unit.intake_chat.card_world import TICKET, Bucket, Desk, Slack
from ventanilla_runtime.answers import StoredMessage
from ventanilla_runtime.many import Page

TICKETS, CHANGES, DEATHS = 6, 240, 4
STATES = {"new": "nuevo", "open": "abierto", "pending": "espera al cliente"}


class Storm:
    """Tickets that change, a Slack that is often cut off, and whoever keeps the cards at the time."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.bucket, self.desk = Bucket(), ManyTickets()
        self.slack = Unreliable(self.chance)
        self.running: asyncio.Task[None] | None = None
        self.keepers = 0

    async def page(self, stream: str, sequence: int, *, subject: str | None = None, messages: int = 500) -> Page:
        """The wishes, in the order in which they were last written."""
        if subject is None or ".wanted." not in subject:
            return Page([], more=False)
        await asyncio.sleep(0)
        found = sorted((at, key, value) for key, (value, at) in self.bucket.values.items() if key.startswith("wanted."))
        due = [StoredMessage(f"$KV.b.{key}", at, "", value, {}) for at, key, value in found if at >= sequence]
        return Page(due[:messages], more=len(due) > messages)

    async def change(self) -> None:
        """A ticket changes, and its event asks for its card."""
        number = self.chance.randrange(TICKETS)
        self.desk.tickets[number]["status"] = self.chance.choice(list(STATES))
        await self.bucket.put_all([wanted_key(number)], b"1")

    async def new_keeper(self) -> None:
        """The keeper dies where it stands, and another one takes over."""
        await self.end()
        self.keepers += 1
        doubts = Doubts(f"keeper {self.keepers}")
        cards = CardKeeper(
            state=self.bucket,
            desk=self.desk,
            slack=self.slack,
            channels=Channels(TeamChannels.parse("*=C1"), doubts.now),
            teller=ThreadTeller(desk=self.desk, slack=self.slack, doubts=doubts, language="es"),
            doubts=doubts,
            language="es",
            desk_url=None,
        )
        self.running = asyncio.create_task(Keeper(self.bucket, self, cards, "b").run())

    async def end(self) -> None:
        """End the keeper."""
        if self.running is not None:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)

    def are_right(self) -> bool:
        """All cards show what the desk says."""
        assert self.wrong() == {}
        return True

    def wrong(self) -> dict[int, list[str]]:
        """Tickets that have no card, several, or one that says something else than the desk."""
        shown: dict[int, list[str]] = {}
        for post in self.slack.channels.get("C1", {}).values():
            shown.setdefault(int((post.payload or {})["ticket"]), []).append(post.text)
        return {
            number: shown.get(number, [])
            for number, ticket in self.desk.tickets.items()
            if shown.get(number) != [f"#{number} ({STATES[ticket['status']]}) La red se cae"]
        }


class ManyTickets(Desk):
    """Several tickets; asking for one takes a moment."""

    def __init__(self) -> None:
        super().__init__()
        self.tickets: dict[int, Json] = {number: {**TICKET, "number": number} for number in range(TICKETS)}

    async def ticket(self, number: int) -> Json | None:
        found = dict(self.tickets[number])
        await asyncio.sleep(0)
        return found


class Unreliable(Slack):
    """Calls take a moment; some are cut off before they are done, and some after it."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance
        self.calm = False

    async def post(self, channel: str, make: Make) -> str | None:
        await self._may_be_cut()
        ts = await super().post(channel, make)
        await self._may_be_cut()
        return ts

    async def update(self, channel: str, ts: str, make: Make, *, yields_seconds: float = 0.0) -> bool:
        if not self.calm and self._chance.random() < 0.1:
            await make()  # refused for now, and asked for again later
        await self._may_be_cut()
        changed = await super().update(channel, ts, make)
        await self._may_be_cut()
        return changed

    async def _may_be_cut(self) -> None:
        for _ in range(self._chance.randrange(4)):
            await asyncio.sleep(0)
        if not self.calm and self._chance.random() < 0.2:
            raise SlackAway("cut")


@pytest.mark.parametrize("seed", range(8))
async def test_every_card_shows_the_last_state_once_the_storm_is_over(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("_LOOK_SECONDS", 0.0), ("_STOP_SECONDS", 0.001), ("_BACK_OFF_SECONDS", (0.0,) * 6)):
        monkeypatch.setattr(keeping, name, value)
    monkeypatch.setattr(record, "OWN_DOUBT_SECONDS", 0.001)
    monkeypatch.setattr(record, "FOREIGN_DOUBT_SECONDS", 0.002)
    storm = Storm(seed)
    await storm.bucket.put_all([wanted_key(number) for number in range(TICKETS)], b"1")
    try:
        for turn in range(CHANGES):
            if turn % (CHANGES // DEATHS) == 0:
                await storm.new_keeper()
            await storm.change()
            for _ in range(storm.chance.randrange(40)):
                await asyncio.sleep(0)
        storm.slack.calm = True
        await eventually(storm.are_right, 10, 0.01)
    finally:
        await storm.end()
