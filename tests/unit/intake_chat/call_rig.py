"""A small world for calls: events that are heard, a desk, a bucket and a Slack in memory, a clock that a test turns."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from intake_chat.domain.slack.calls.heard import Call, tag_of
from intake_chat.domain.slack.cards.team_channels import TeamChannels
from intake_chat.errors import DeskAway, SlackRefused
from intake_chat.handlers.calls.asking import WrapUpsAsked
from intake_chat.handlers.calls.hear import CallsHeard
from intake_chat.handlers.calls.pops import ScreenPops
from intake_chat.handlers.calls.records import call_key
from intake_chat.handlers.cards.keep_card import Channels
from intake_chat.handlers.cards.record import Doubts
from intake_chat.ports.cards import AgentSeen
from tests.unit.intake_chat.card_world import Bucket, Slack
from ventanilla_contracts.call_events import CallChanged
from ventanilla_contracts.parts import Party
from ventanilla_devstack.slack.blocks import check_blocks
from ventanilla_runtime.delivery import Batch, Delivery

CALL = "CA0123"
TAG = tag_of(CALL)
NUMBER = "+34600111222"
BEGUN = 1_000.0


def event(state: str, *, at: float = BEGUN, **more: Any) -> CallChanged:
    """What is told of Ana's call."""
    given = {
        "id": f"call.changed.v1/{CALL}/{state}",
        "call": CALL,
        "state": state,
        "team": "first-line",
        "account": "+34910000111",
        "caller": Party(address=NUMBER, name="Ana Roldán"),
        "language": "es",
        "occurred_at": datetime.fromtimestamp(at, UTC),
        **more,
    }
    return CallChanged(**given)


def batch_of(*events: CallChanged | bytes) -> Batch:
    """Events as a consumer hands them over."""
    bodies = [one if isinstance(one, bytes) else one.model_dump_json().encode() for one in events]
    return Batch([Delivery("s", body, {}, "PHONE", "c", at, 1, 0, "") for at, body in enumerate(bodies, 1)])


class Company:
    """Whom the desk knows; `away` and `slow` is how it answers."""

    def __init__(self) -> None:
        self.tickets: dict[str, int] = {}
        self.users = {"eva": "UEVA"}
        self.away = False
        self.slow = False
        self.looks = 0

    async def agent(self, handle: str) -> AgentSeen:
        await self._answer()
        return AgentSeen(f"{handle.title()} Ruiz", self.users.get(handle, ""))

    async def team(self, name: str, language: str) -> str:
        await self._answer()
        return {"first-line": {"es": "Primera línea", "en": "First line"}[language]}.get(name, name)

    async def ticket_of(self, message: str) -> int | None:
        self.looks += 1
        await self._answer()
        return self.tickets.get(message)

    async def _answer(self) -> None:
        if self.away:
            raise DeskAway("GET")
        if self.slow:
            await asyncio.Event().wait()


class CallWorld:
    """All of it."""

    def __init__(self, language: str = "es", channels: str = "first-line=C1,*=C9") -> None:
        self.at = BEGUN
        self.bucket, self.slack, self.desk = Bucket(), Slack(), Company()
        self.language = language
        self.channels = channels
        self.unwritable: set[str] = set()
        self.speaks = ""
        self.heard = CallsHeard(self.bucket)
        self.new_keeper()

    def new_keeper(self, owner: str = "one") -> None:
        """Another replica takes over: it remembers nothing but what is in the bucket."""
        doubts = Doubts(owner, lambda: self.at)
        given: Any = {
            "state": self.bucket,
            "desk": self.desk,
            "slack": self.slack,
            "channels": Channels(TeamChannels.parse(self.channels), doubts.now),
            "doubts": doubts,
            "language": self.language,
            "page": lambda number: f"https://desk.example/desk/{number}",
        }

        async def direct(user: str) -> str:
            if user in self.unwritable:
                raise SlackRefused("conversations.open", "user_disabled")
            return f"D{user}"

        async def speaks(user: str) -> str:
            return self.speaks

        self.pops = ScreenPops(**given)
        self.asked = WrapUpsAsked(**given, direct=direct, speaks=speaks)

    async def hears(self, *events: CallChanged) -> None:
        await self.heard.handle(batch_of(*events))

    async def shows(self, *events: CallChanged) -> float | None:
        """Hear these, and bring the call's message up to date."""
        await self.hears(*events)
        return await self.pops.tend(TAG)

    async def asks(self, *events: CallChanged) -> float | None:
        """Hear these, and ask for a note if it is time."""
        await self.hears(*events)
        return await self.asked.tend(TAG)

    @property
    def call(self) -> Call:
        call = Call.parse(self.bucket.values[call_key(TAG)][0])
        assert call is not None
        return call

    def read(self, channel: str = "C1") -> list[str]:
        """What people read in a channel."""
        posts = self.slack.channels.get(channel, {}).values()
        for post in posts:
            assert not check_blocks(post.blocks, "message")
        return ["\n".join(_texts(post.blocks)) for post in posts]


def _texts(part: Any) -> list[str]:
    if isinstance(part, list):
        return [text for each in part for text in _texts(each)]
    if not isinstance(part, dict):
        return []
    own = [part["text"]] if isinstance(part.get("text"), str) else []
    return [*own, *(text for value in part.values() for text in _texts(value))]
