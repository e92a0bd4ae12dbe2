"""What is said to customers in Slack: once, whoever else tries, and no channel holds up another."""

import asyncio
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson
import pytest

from intake_chat.domain.slack.long_words import LONGEST
from intake_chat.domain.slack.normalise import Profile
from intake_chat.domain.slack.outgoing_files import is_cut, is_unread
from intake_chat.domain.slack.posted import reported_place
from intake_chat.errors import SlackAway, SlackRefused
from intake_chat.handlers.customers.say import CLAIM_SECONDS, CLOCKS_APART_SECONDS, Speaker
from intake_chat.handlers.customers.share import FileSender
from ventanilla_contracts.dropped import state_key, written_dropped
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.errors import BrokerAway

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
        self.automatic: list[bool] = []
        self.may = asyncio.Event()
        self.errors: list[Exception] = []
        self.since = 0.0
        self.texts: list[str] = []

    async def post(self, channel: str, root: str, text: str, notification: str, *, automatic: bool = False) -> str:
        if channel == "CSLOW":
            await self.may.wait()
        if self.errors:
            raise self.errors.pop(0)
        self.posted.append((channel, notification))
        self.automatic.append(automatic)
        self.texts.append(text)
        return f"{len(self.posted)}.000001"

    async def find_post(self, channel: str, root: str, notification: str, since: float) -> str | None:
        self.since = since
        return "9.000001" if (channel, notification) in self.posted else None


class NoFiles:
    """Whoever asks it for a file finds out that nobody should."""


class Publisher:
    def __init__(self) -> None:
        self.reports: list[tuple[str, str]] = []
        self.details: list[str] = []
        self.unread: list[bool] = []

    async def publish(self, message: Any) -> None:
        event = orjson.loads(message.body)
        self.reports.append((event["notification_id"], event.get("reason") or "delivered"))
        self.details.append(event["detail"])
        self.unread.append(event.get("unread", False))


class World:
    """A speaker with everything around it."""

    def __init__(self, state: State | None = None) -> None:
        self.state, self.slack, self.publisher = state or State(), Slack(), Publisher()
        none: Any = NoFiles()
        files = FileSender(state=self.state, slack=none, blobs=none, limit_bytes=1)
        parts: Any = {"publisher": self.publisher, "state": self.state, "slack": self.slack, "files": files}
        self.speaker = Speaker(**parts, prefix="desk", now=lambda: NOW)


def wish(
    id_: str,
    channel: str = "C1",
    *,
    deliveries: int = 1,
    expires: str = "2026-11-28T12:00:00Z",
    automatic: bool = False,
) -> Delivery:
    body = {
        "id": id_, "medium": "slack", "to": {"address": "T1/U1"}, "text": "hola", "automatic": automatic,
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


async def test_what_may_have_been_posted_is_looked_for_since_it_was_begun() -> None:
    world, begun = World(), NOW.timestamp() - 3_600
    world.state.values = claimed("n1", "another", begun)
    world.slack.posted = [("C1", "n1")]
    await world.speaker.handle(Batch([wish("n1", deliveries=2)]))

    assert world.slack.since == int(begun) - CLOCKS_APART_SECONDS
    assert world.slack.posted == [("C1", "n1")]


@pytest.mark.parametrize("before", [None, b"attempting 0f 1700000000"])
async def test_what_an_operator_dropped_is_never_posted_and_reported_as_dropped(before: bytes | None) -> None:
    world = World()
    world.state.values[state_key("n1")] = written_dropped(before, "eva and omar")
    for _ in range(2):
        await world.speaker.handle(Batch([wish("n1")]))

    assert world.slack.posted == []
    assert world.publisher.reports == [("n1", "dropped")] * 2
    assert "(eva and omar)" in world.publisher.details[0]


async def test_words_that_slack_would_cut_are_cut_before_and_the_report_says_so() -> None:
    world, long, details = World(), wish("n1"), []
    long.body = long.body.replace(b'"hola"', b'"' + b"&" * 20_000 + b'"')
    publish = world.publisher.publish

    async def note(message: Any) -> None:
        details.append(orjson.loads(message.body)["detail"])
        await publish(message)

    world.publisher.publish = note  # type: ignore[method-assign]  # for what it reports
    await world.speaker.handle(Batch([long]))
    await world.speaker.handle(Batch([wish("n2")]))

    assert [is_cut(detail) for detail in details] == [True, False]
    assert len(world.slack.texts[0]) <= LONGEST < 5 * 20_000
    assert world.slack.texts[0].endswith("Ask for the rest.)")


async def test_a_channel_that_waits_holds_up_no_other() -> None:
    world = World()
    batch = Batch([wish("n1", "CSLOW"), wish("n2")])
    await world.speaker.handle(batch)  # does not wait for the slow one
    again = Batch([wish("n1", "CSLOW")])
    await world.speaker.handle(again)

    assert world.publisher.reports == [("n2", "delivered")]
    assert list(again.postponed.values()) == [5.0]
    world.slack.may.set()
    assert list(batch.kept) == batch.deliveries[:1]
    await asyncio.gather(*batch.kept.values())
    assert world.slack.posted == [("C1", "n2"), ("CSLOW", "n1")]


async def test_what_cannot_be_reported_comes_again_alone_while_another_one_waits() -> None:
    world = World()
    publish = world.publisher.publish

    async def away(message: Any) -> None:
        if b"n2" in message.body:
            raise BrokerAway("gone")
        await publish(message)

    world.publisher.publish = away  # type: ignore[method-assign]  # for one message
    batch = Batch([wish("n1", "CSLOW"), wish("n2")])
    await world.speaker.handle(batch)
    world.slack.may.set()
    ends = await asyncio.gather(*batch.kept.values(), return_exceptions=True)
    with pytest.raises(BrokerAway):  # alone it pauses everything, as ever
        await world.speaker.handle(Batch([wish("n2")]))

    assert [type(end) for end in ends] == [type(None), BrokerAway]
    assert world.publisher.reports == [("n1", "delivered")]


async def test_what_nobody_wrote_is_posted_as_such() -> None:
    world, by_itself = World(), wish("n1")
    by_itself.body = by_itself.body.replace(b'"automatic":false', b'"automatic":true')
    await world.speaker.handle(Batch([by_itself]))
    await world.speaker.handle(Batch([wish("n2")]))

    assert world.slack.automatic == [True, False]


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
        return Profile()  # as it was some minutes ago

    async def is_gone(self, user: str) -> bool:
        return user in self.gone


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
    world.speaker._people = People(gone)
    await world.speaker.handle(Batch([wish("n1", channel)]))

    assert world.publisher.reports == reports


@pytest.mark.parametrize(
    ("gone", "automatic", "unread"), [("U1", False, True), ("U2", False, False), ("U1", True, False)]
)
async def test_an_answer_in_a_channel_says_if_whoever_asked_reads_it_no_more(
    gone: str, automatic: bool, unread: bool
) -> None:
    world = World()
    world.speaker._people = People(gone)
    await world.speaker.handle(Batch([wish("n1", "C1", automatic=automatic)]))

    (detail,) = world.publisher.details
    assert is_unread(detail) is unread
    assert world.publisher.unread == [unread]
    assert reported_place(detail)  # it can be edited there all the same


class SlowPeople(People):
    async def is_gone(self, user: str) -> bool:
        raise SlackAway("no answer within 3 s")


async def test_an_answer_in_a_channel_is_delivered_although_nobody_says_who_reads_it() -> None:
    world = World()
    world.speaker._people = SlowPeople()
    await world.speaker.handle(Batch([wish("n1", "C1")]))

    assert world.publisher.reports == [("n1", "delivered")]
