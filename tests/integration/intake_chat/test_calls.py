"""Calls over the real broker in a local Slack: shown within a second, once whatever dies, none waiting for another."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from intake_chat.adapters.slack.card_board import CardBoard
from intake_chat.adapters.slack.entrance import Entrance
from intake_chat.adapters.slack.way_out import Lane, WayOut
from intake_chat.domain.slack.calls.heard import tag_of
from intake_chat.domain.slack.cards.team_channels import TeamChannels
from intake_chat.handlers.calls.asking import WrapUpsAsked
from intake_chat.handlers.calls.hear import CallsHeard
from intake_chat.handlers.calls.keeper import POSITION, call_keeper
from intake_chat.handlers.calls.pops import ScreenPops
from intake_chat.handlers.calls.records import call_key
from intake_chat.handlers.cards.keep_card import Channels
from intake_chat.handlers.cards.record import Doubts
from tests.support.broker import Desk as BrokerDesk
from tests.support.polling import eventually
from tests.support.slack import client_for
from tests.unit.intake_chat.call_rig import Company, event
from ventanilla_contracts.topology import CHAT_STATE, CONSUMERS
from ventanilla_devstack.slack.seed import Agent, Seed
from ventanilla_devstack.slack.server import LocalSlack
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.consume import Consumer
from ventanilla_runtime.deadletters import DeadLetters
from ventanilla_runtime.many import Many
from ventanilla_runtime.publish import MSG_ID, Outgoing, Publisher
from ventanilla_runtime.state import StateBucket

FIRST, NETWORK = "first-line", "network"
SEED = Seed(
    teams={
        FIRST: (Agent("eva", "Eva Ruiz", "eva@desk.example"),),
        NETWORK: (Agent("nora", "Nora Gil", "nora@desk.example"),),
    }
)
SPEC = next(one for one in CONSUMERS if one.durable == "intake-chat-calls")
POST = "chat.postMessage"
Json = dict[str, Any]


class Desk:
    """PHONE and who reads it: replicas of the chat service with its own rights at the broker, and a clock to turn."""

    def __init__(self, nats: BrokerDesk, slack: LocalSlack, stack: AsyncExitStack) -> None:
        self.nats, self.slack, self._stack = nats, slack, stack
        self.company, self.ahead = Company(), 0.0
        self.company.users = {"eva": slack.workspace.person("eva").id}
        self.phone: Publisher
        self.state: StateBucket
        self._broker: Broker

    async def begin(self) -> "Desk":
        self.phone = Publisher(await self.nats.connect("intake-phone"))
        await self.phone.start()
        self._broker = await self.nats.connect("intake-chat")
        publisher = Publisher(self._broker)
        await publisher.start()
        self.state = StateBucket(self._broker, publisher, CHAT_STATE)
        letters = DeadLetters(publisher, "desk", "intake-chat")
        consumer = Consumer(self._broker, SPEC, CallsHeard(self.state).handle, letters)
        running = asyncio.create_task(consumer.run())

        async def end() -> None:
            consumer.stop()
            async with asyncio.timeout(10):
                await asyncio.gather(running, return_exceptions=True)

        self._stack.push_async_callback(end)
        return self

    def keeper(self, owner: str = "one") -> asyncio.Task[None]:
        """A replica that has the lease."""
        client, way_out, keys = client_for(self.slack), WayOut(), Many(self._broker)
        self._stack.push_async_callback(way_out.close)
        doubts = Doubts(owner, lambda: time.time() + self.ahead)
        place = {team: self.slack.workspace.channel_named(team).id for team in SEED.teams}
        teams = TeamChannels.parse(",".join(f"{team}={channel}" for team, channel in place.items()))

        async def speaks(user: str) -> str:
            return "en"

        given: Json = {
            "state": self.state,
            "desk": self.company,
            "slack": CardBoard(client, way_out, Lane.CALL),
            "channels": Channels(teams, doubts.now),
            "doubts": doubts,
            "language": "es",
            "page": lambda number: f"https://desk.example/desk/{number}",
        }
        asked = WrapUpsAsked(**given, direct=Entrance(client, way_out).direct, speaks=speaks)
        keeper = call_keeper(self.state, keys, {"pop": ScreenPops(**given), "wrap_up": asked}, CHAT_STATE)
        running = asyncio.create_task(keeper.run())

        async def end() -> None:
            keeper.stop()
            async with asyncio.timeout(10):
                await asyncio.gather(running, return_exceptions=True)

        self._stack.push_async_callback(end)
        return running

    async def tells(self, state: str, call: str = "CA1", *, id_: str = "", **more: Any) -> None:
        """What intake-phone tells of a call, now."""
        told = event(state, at=time.time() + self.ahead, call=call, id=id_ or f"{call}/{state}", **more)
        headers = {MSG_ID: told.id, "ce-type": told.type, "ce-id": told.id}
        subject = f"desk.{told.type}"
        await self.phone.publish(Outgoing("PHONE", subject, told.model_dump_json().encode(), headers))

    def read(self, channel: str) -> list[str]:
        """What the app has said in a channel."""
        place = self.slack.workspace.channel_named(channel)
        return [str(one.blocks) for one in place.messages.values() if one.bot_id]

    def read_by_eva(self) -> list[str]:
        """What the app has said to Eva alone."""
        eva = self.slack.workspace.person("eva").id
        directs = [one for one in self.slack.workspace.channels.values() if one.kind == "im" and eva in one.members]
        return [str(one.blocks) for place in directs for one in place.messages.values() if one.bot_id]

    async def shown(self, says: str, channel: str = FIRST, seconds: float = 10) -> str:
        """The one message in a channel, once it says this."""
        return await _once(lambda: self.read(channel), says, seconds)


async def _once(read: Callable[[], list[str]], says: str, seconds: float = 10) -> str:
    def there() -> str:
        [message] = read() or [""]
        assert says in message, message
        return message

    return await eventually(there, seconds)


@pytest.fixture
async def desk(fresh_desk: BrokerDesk) -> AsyncIterator[Desk]:
    async with LocalSlack(seed=SEED) as slack, AsyncExitStack() as stack:
        yield await Desk(fresh_desk, slack, stack).begin()


async def test_a_call_is_shown_within_a_second_and_followed_to_its_ticket_and_its_note(desk: Desk) -> None:
    desk.keeper()
    await eventually(lambda: desk.state.get(POSITION))  # it looks already
    await desk.tells("waiting", ticket=4711)
    began = time.monotonic()
    await desk.shown("espera a *Primera línea*")
    assert time.monotonic() - began < 1

    await desk.tells("answered", agent="eva", seconds=21)
    await desk.shown("tras 21 s de espera")
    desk.company.tickets["m1"] = 4712
    await desk.tells("over", agent="eva", seconds=200, message_id="m1")
    await desk.shown("3:20 · está en la <https://desk.example/desk/4712|#4712>")
    await _once(desk.read_by_eva, "You talked 3:20 with Ana Roldán")

    async def forgotten() -> bool:
        return b"+34600111222" not in (await desk.state.get(call_key(tag_of("CA1"))) or b"+34600111222")

    await eventually(forgotten)
    for state in ("over", "waiting", "answered"):  # told again, outside of the broker's window
        await desk.tells(state, id_=f"again/{state}", agent="eva", seconds=1, message_id="m1")
    await desk.tells("waiting", "CA2")
    await eventually(lambda: len(desk.read(FIRST)) == 2)
    assert len(desk.read_by_eva()) == 1


async def test_a_keeper_that_is_killed_between_a_post_and_its_note_of_it_has_posted_it_once(desk: Desk) -> None:
    desk.slack.faults.add("cut_after", POST, calls=None)
    killed = desk.keeper()
    await desk.tells("waiting")
    await eventually(lambda: len(desk.read(FIRST)) == 1)
    killed.cancel()
    desk.slack.faults.clear()
    desk.company.tickets["m1"] = 4712
    await desk.tells("over", agent="eva", seconds=200, message_id="m1")
    desk.ahead = 21.0
    desk.keeper("two")

    await desk.shown("3:20 · está en la")
    await _once(desk.read_by_eva, "You talked 3:20")


async def test_an_ask_of_which_nobody_saw_the_end_is_found_and_not_made_again(desk: Desk) -> None:
    desk.slack.faults.add("cut_after", POST, calls=None)
    killed = desk.keeper()
    desk.company.tickets["m1"] = 4712
    await desk.tells("over", agent="eva", seconds=200, message_id="m1")
    await eventually(lambda: len(desk.read_by_eva()) == 1)
    killed.cancel()
    desk.slack.faults.clear()
    desk.ahead = 21.0
    desk.keeper("two")

    async def found() -> bool:
        return b'"forgotten":true' in (await desk.state.get(call_key(tag_of("CA1"))) or b"")

    await eventually(found)
    assert len(desk.read_by_eva()) == 1


async def test_a_channel_that_slack_holds_back_holds_back_no_other_call_and_no_note(desk: Desk) -> None:
    channel = desk.slack.workspace.channel_named(FIRST).id
    held_back = desk.slack.faults.add("ratelimited", POST, calls=1, seconds=2, about=channel)
    desk.keeper()
    await desk.tells("waiting")
    await eventually(lambda: held_back.callers)
    desk.company.tickets["m2"] = 4712
    await desk.tells("over", "CA2", agent="eva", seconds=5, message_id="m2")
    await desk.tells("waiting", "CA3", team=NETWORK)
    await desk.shown("espera a *network*", NETWORK)
    await _once(desk.read_by_eva, "You talked 5 s")
    assert desk.read(FIRST) == [], "Slack said to wait"

    await desk.shown("espera a *Primera línea*")
