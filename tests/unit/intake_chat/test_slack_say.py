"""What is said to customers in Slack: once, whoever else tries, and no channel holds up another."""

import asyncio
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson
import pytest

from intake_chat.domain.slack.normalise import Profile
from intake_chat.errors import SlackAway, SlackRefused
from intake_chat.handlers.customers.say import CLAIM_SECONDS, Speaker
from ventanilla_runtime.delivery import Batch, Delivery

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


class State:
    """A bucket in memory."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    async def create_all(self, keys: list[str], value: bytes) -> list[bool]:
        made = [key not in self.values for key in keys]
        self.values = {**dict.fromkeys(keys, value), **self.values}
        return made

    async def put_all(self, keys: list[str], value: bytes) -> None:
        self.values |= dict.fromkeys(keys, value)

    async def get(self, key: str) -> bytes | None:
        return self.values.get(key)


class Slack:
    """Channels; what is posted to `slow` waits until it may."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, str]] = []
        self.may = asyncio.Event()
        self.errors: list[Exception] = []

    async def post(self, channel: str, root: str, text: str, notification: str) -> str:
        if channel == "CSLOW":
            await self.may.wait()
        if self.errors:
            raise self.errors.pop(0)
        self.posted.append((channel, notification))
        return f"{len(self.posted)}.000001"

    async def find_post(self, channel: str, root: str, notification: str) -> str | None:
        return "9.000001" if (channel, notification) in self.posted else None


class Publisher:
    def __init__(self) -> None:
        self.reports: list[tuple[str, str]] = []

    async def publish(self, message: Any) -> None:
        event = orjson.loads(message.body)
        self.reports.append((event["notification_id"], event.get("reason") or "delivered"))


class World:
    """A speaker with everything around it."""

    def __init__(self, state: State | None = None) -> None:
        self.state, self.slack, self.publisher = state or State(), Slack(), Publisher()
        parts: Any = {"publisher": self.publisher, "state": self.state, "slack": self.slack}
        self.speaker = Speaker(**parts, prefix="desk", now=lambda: NOW)


def wish(id_: str, channel: str = "C1", *, deliveries: int = 1, expires: str = "2026-11-28T12:00:00Z") -> Delivery:
    body = {
        "id": id_, "medium": "slack", "to": {"address": "T1/U1"}, "text": "hola", "automatic": False,
        "chat": {"account": f"T1/{channel}", "conversation": f"T1/{channel}/10.000001"},
        "requested_at": "2026-11-27T11:00:00Z", "expires_at": expires,
    }  # fmt: skip
    return Delivery("s", orjson.dumps(body), {}, "OUTBOUND", "x", 1, deliveries, 10**18, "")


def claimed(id_: str, owner: str, at: float) -> dict[str, bytes]:
    return {sha256(id_.encode()).hexdigest(): f"attempting {owner} {int(at)}".encode()}


async def test_a_notification_is_posted_once_however_often_it_comes() -> None:
    world = World()
    for _ in range(3):
        await world.speaker.handle(Batch([wish("n1")]))

    assert world.slack.posted == [("C1", "n1")]
    assert world.publisher.reports == [("n1", "delivered")] * 3


async def test_a_channel_that_waits_holds_up_no_other() -> None:
    world = World()
    task = asyncio.create_task(world.speaker.handle(Batch([wish("n1", "CSLOW"), wish("n2")])))
    while not world.publisher.reports:
        await asyncio.sleep(0)
    again = Batch([wish("n1", "CSLOW")])
    await world.speaker.handle(again)

    assert world.publisher.reports == [("n2", "delivered")]
    assert list(again.postponed.values()) == [5.0]
    world.slack.may.set()
    await task
    assert world.slack.posted == [("C1", "n2"), ("CSLOW", "n1")]


async def test_what_another_replica_is_posting_is_left_to_it_for_a_while() -> None:
    world = World()
    world.state.values = claimed("n1", "another", NOW.timestamp() - 10)
    fresh, lost = Batch([wish("n1")]), Batch([wish("n1", deliveries=2)])

    await world.speaker.handle(fresh)
    assert world.slack.posted == []
    assert list(fresh.postponed.values()) == [CLAIM_SECONDS - 10]
    await world.speaker.handle(lost)  # whoever had it has lost it
    assert world.slack.posted == [("C1", "n1")]


async def test_an_attempt_that_ended_in_doubt_is_read_back() -> None:
    world = World()
    world.slack.posted = [("C1", "n1")]
    world.state.values = claimed("n1", "another", NOW.timestamp() - CLAIM_SECONDS)
    await world.speaker.handle(Batch([wish("n1")]))

    assert world.slack.posted == [("C1", "n1")]
    assert world.publisher.reports == [("n1", "delivered")]


async def test_slack_that_is_away_is_asked_again_and_one_that_refuses_is_not() -> None:
    world = World()
    world.slack.errors = [SlackAway("500")]
    batch = Batch([wish("n1")])
    await world.speaker.handle(batch)
    assert list(batch.postponed.values()) == [5.0]
    assert world.publisher.reports == []

    world.slack.errors = [SlackRefused("chat.postMessage", "is_archived")]
    await world.speaker.handle(Batch([wish("n1", deliveries=2)]))
    assert world.publisher.reports == [("n1", "is_archived")]


async def test_what_nobody_needs_any_more_is_not_posted() -> None:
    world = World()
    await world.speaker.handle(Batch([wish("n1", expires="2026-11-27T11:59:59Z")]))

    assert world.slack.posted == []
    assert world.publisher.reports == [("n1", "expired")]


async def test_a_wish_without_a_conversation_is_poison() -> None:
    world, broken = World(), wish("n1")
    broken.body = broken.body.replace(b"T1/C1/10.000001", b"somewhere")
    batch = Batch([broken, wish("n2")])
    await world.speaker.handle(batch)

    assert list(batch.rejected) == [broken]
    assert world.slack.posted == [("C1", "n2")]


class People:
    """Somebody who is gone."""

    def __init__(self, *gone: str) -> None:
        self.gone = gone

    async def profile(self, user: str) -> Profile:
        return Profile(deleted=user in self.gone)


@pytest.mark.parametrize(
    ("gone", "channel", "reports"),
    [
        ("U1", "D1", [("n1", "user_deleted")]),
        ("U1", "C1", [("n1", "delivered")]),  # others read it
        ("U2", "D1", [("n1", "delivered")]),
    ],
)
async def test_a_direct_message_that_nobody_would_read_fails(gone: str, channel: str, reports: list[Any]) -> None:
    world = World()
    world.speaker._people = People(gone)  # type: ignore[assignment]  # it has what is asked for
    await world.speaker.handle(Batch([wish("n1", channel)]))

    assert world.publisher.reports == reports
