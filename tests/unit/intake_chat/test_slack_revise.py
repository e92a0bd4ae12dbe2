"""Answers that stand in Slack are edited and taken back: the last one holds, whoever dies, and it is reported."""

import asyncio
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson
import pytest

from intake_chat.domain.slack.outgoing_files import Carried, Share
from intake_chat.domain.slack.posted import Change, sent
from intake_chat.errors import SlackAway, SlackRefused
from intake_chat.handlers.customers.outbound import Outbound
from intake_chat.handlers.customers.revise import Reviser
from intake_chat.handlers.customers.share import FileSender
from ventanilla_contracts.dropped import written_dropped
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.errors import BrokerAway, WrongSequence
from ventanilla_runtime.state import Entry

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
KEY = sha256(b"n1").hexdigest()
TS = "1795780000.000100"
Json = dict[str, Any]


class State:
    """A bucket in memory, with revisions."""

    def __init__(self) -> None:
        self.values: dict[str, tuple[bytes, int]] = {KEY: (sent(TS), 1)}
        self.revision = 1

    async def get(self, key: str) -> bytes | None:
        return self.values[key][0] if key in self.values else None

    async def read(self, key: str) -> Entry:
        await asyncio.sleep(0)
        return Entry(*self.values[key]) if key in self.values else Entry(None, 0)

    async def replace(self, key: str, value: bytes, revision: int) -> int:
        if (await self.read(key)).revision != revision:
            raise WrongSequence("somebody was quicker")
        self.put(key, value)
        return self.revision

    def put(self, key: str, value: bytes) -> None:
        self.revision += 1
        self.values[key] = (value, self.revision)


class Slack:
    """Messages by time stamp, with the notification that they carry; `errors` are raised before or after the work."""

    def __init__(self) -> None:
        self.texts = {TS: ("A las 12", "n1")}
        self.calls: list[str] = []
        self.errors: list[Exception] = []
        self.errors_after: list[Exception] = []
        self.may = asyncio.Event()
        self.may.set()
        self.files: dict[str, Share] = {}

    async def find_post(self, channel: str, root: str, notification: str, since: float) -> str | None:
        self.calls.append(f"find since {since:.0f}")
        return next((ts for ts, one in self.texts.items() if one[1] == notification), None)

    async def change(self, channel: str, ts: str, text: str, notification: str = "") -> None:
        await self.may.wait()
        self._begin("change", ts)
        self.texts[ts] = (text, notification)
        self._end()

    async def take_back(self, channel: str, ts: str, files: Any = (), *, gone_before: bool = False) -> None:
        if not (gone_before and ts not in self.texts):
            self._begin("delete", ts)
            del self.texts[ts]
            self._end()
        self.calls += [f"file {id_}" for id_ in files]

    async def find_share(self, channel: str, file: str) -> Share | None:
        return self.files.get(file)

    def _begin(self, call: str, ts: str) -> None:
        self.calls.append(call)
        if self.errors:
            raise self.errors.pop(0)
        if ts not in self.texts:
            raise SlackRefused(f"chat.{call}", "message_not_found")

    def _end(self) -> None:
        if self.errors_after:
            raise self.errors_after.pop(0)


class Publisher:
    def __init__(self) -> None:
        self.reports: list[tuple[str, str]] = []
        self.errors: list[Exception] = []

    async def publish(self, message: Any) -> None:
        if self.errors:
            raise self.errors.pop(0)
        event = orjson.loads(message.body)
        self.reports.append((event["notification_id"], event.get("reason") or event["detail"]))


class World:
    """Slack with one answer in it, and a replica; `replica` makes another one beside it."""

    def __init__(self) -> None:
        self.state, self.slack, self.publisher = State(), Slack(), Publisher()
        self.now = NOW
        self.reviser = self.replica()

    def replica(self) -> Reviser:
        anything: Any = self.slack
        state: Any = self.state
        files = FileSender(state=state, slack=anything, blobs=anything, limit_bytes=1)
        parts: Any = {"publisher": self.publisher, "state": self.state, "slack": self.slack, "files": files}
        return Reviser(**parts, prefix="desk", now=lambda: self.now)

    async def handle(self, *deliveries: Delivery, by: Reviser | None = None) -> Batch:
        batch = Batch(list(deliveries))
        await (by or self.reviser).handle(batch, batch.deliveries)
        await asyncio.gather(*batch.kept.values())
        return batch

    @property
    def text(self) -> str:
        return self.slack.texts[TS][0]


def wish(number: int = 1, kind: str = "edited", *, deliveries: int = 1, **fields: Any) -> Delivery:
    body = {
        "id": f"r{number}", "notification_id": "n1", "medium": "slack", "kind": kind, "revision": number,
        "text": f"A las {12 + number}" if kind == "edited" else "", "language": "es", "ticket_number": 7,
        "chat": {"account": "T1/C1", "conversation": "T1/C1/10.000001", "author": "Eva"},
        "delivered_after": "2026-11-27T11:00:00Z", "requested_at": "2026-11-27T11:59:50Z",
        "expires_at": "2026-11-30T12:00:00Z", **fields,
    }  # fmt: skip
    subject = "desk.notification.revised.v1.slack"
    return Delivery(subject, orjson.dumps(body), {}, "OUTBOUND", "x", 1, deliveries, 10**18, "")


def change(number: int, *, done: bool = True, owner: str = "other", at: int = 0, ts: str = TS) -> bytes:
    return Change(number, done=done, owner=owner, at=at or int(NOW.timestamp()), ts=ts).written()


async def test_an_edit_changes_the_message_where_it_stands_and_is_reported() -> None:
    world = World()
    batch = await world.handle(wish(text="A las <13>"))

    assert world.slack.texts == {TS: ("*Eva*\nA las &lt;13&gt;", "n1")}
    assert world.slack.calls == ["change"], "it was remembered where it stands"
    assert world.publisher.reports == [("r1", TS)]
    assert (batch.postponed, batch.rejected) == ({}, {})


async def test_a_deletion_takes_the_message_away_and_again_is_no_failure() -> None:
    world = World()
    await world.handle(wish(1, "deleted"))
    await world.handle(wish(1, "deleted", deliveries=2))
    world.state.put(f"{KEY}.revision", change(1, done=False))
    await world.handle(wish(1, "deleted", deliveries=2))

    assert world.slack.texts == {}
    assert world.publisher.reports == [("r1", TS)] * 3


async def test_what_an_operator_dropped_before_it_was_posted_has_nothing_to_be_changed() -> None:
    world = World()
    world.state.put(KEY, written_dropped(None, "eva"))
    await world.handle(wish())

    assert world.slack.calls == []
    assert world.publisher.reports == [("r1", "message_not_found")]


async def test_a_revision_that_comes_again_changes_nothing_once_it_is_done() -> None:
    world = World()
    await world.handle(wish())
    await world.handle(wish(deliveries=2))

    assert world.slack.calls == ["change"]
    assert world.publisher.reports == [("r1", TS)] * 2


async def test_whoever_dies_between_slack_and_the_report_does_it_again_harmlessly() -> None:
    world = World()
    world.publisher.errors = [BrokerAway("gone")]
    with pytest.raises(BrokerAway):
        await world.handle(wish())
    after_report = list(world.slack.calls)
    await world.handle(wish(deliveries=2), by=world.replica())

    world = World()
    world.slack.errors_after = [SlackAway("cut")]
    batch = await world.handle(wish())
    assert list(batch.postponed.values()) == [5.0]
    await world.handle(wish(deliveries=2), by=world.replica())

    assert after_report == ["change"]
    assert world.text == "*Eva*\nA las 13"
    assert world.slack.calls == ["change", "change"]
    assert world.publisher.reports == [("r1", TS)]


async def test_of_several_in_one_batch_only_the_last_one_is_carried_out() -> None:
    world = World()
    await world.handle(wish(2), wish(4), wish(1), wish(3))

    assert (world.slack.calls, world.text) == (["change"], "*Eva*\nA las 16")
    assert sorted(world.publisher.reports) == [
        ("r1", "superseded"), ("r2", "superseded"), ("r3", "superseded"), ("r4", TS),
    ]  # fmt: skip


async def test_an_older_one_that_comes_later_changes_nothing() -> None:
    world = World()
    await world.handle(wish(2))
    await world.handle(wish(1))

    assert world.text == "*Eva*\nA las 14"
    assert world.publisher.reports == [("r2", TS), ("r1", "superseded")]


async def test_while_one_is_at_slack_the_next_one_waits_for_its_turn() -> None:
    world = World()
    world.slack.may.clear()
    first, second = Batch([wish(1)]), Batch([wish(2)])
    await world.reviser.handle(first, first.deliveries)
    await asyncio.sleep(0)
    await world.reviser.handle(second, second.deliveries)
    beside = await world.handle(wish(2), by=world.replica())
    world.slack.may.set()
    await asyncio.gather(*first.kept.values())

    assert list(second.postponed.values()) == [0.5]
    assert list(beside.postponed.values()) == [2.0], "another replica sees who is busy"
    assert world.text == "*Eva*\nA las 13"
    await world.handle(wish(2, deliveries=2))
    assert world.text == "*Eva*\nA las 14"


async def test_a_claim_that_is_old_or_was_lost_is_taken_over() -> None:
    world = World()
    world.state.put(f"{KEY}.revision", change(1, done=False, at=int(NOW.timestamp()) - 400))
    await world.handle(wish(2))
    world.state.put(f"{KEY}.revision", change(3, done=False))
    await world.handle(wish(3, deliveries=2))

    assert world.publisher.reports == [("r2", TS), ("r3", TS)]


async def test_of_two_replicas_that_begin_at_once_one_gives_way() -> None:
    world = World()
    batches = await asyncio.gather(world.handle(wish(1)), world.handle(wish(2), by=world.replica()))

    assert len([one for one in batches if one.postponed]) == 1
    assert len(world.publisher.reports) == 1


async def test_it_waits_until_the_answer_itself_is_posted() -> None:
    world = World()
    world.state.put(KEY, b"attempting abc 1795780000")
    batch = await world.handle(wish())
    assert (list(batch.postponed.values()), world.slack.calls) == ([5.0], [])

    world.state.put(KEY, sent("1795780000.000100"))
    await world.handle(wish(deliveries=2))
    assert world.publisher.reports == [("r1", TS)]


async def test_where_nothing_is_remembered_the_thread_is_read_by_its_metadata() -> None:
    world = World()
    del world.state.values[KEY]
    await world.handle(wish())

    since = datetime(2026, 11, 27, 11, 0, tzinfo=UTC).timestamp() - 600
    assert world.slack.calls == [f"find since {since:.0f}", "change"]


async def test_where_it_was_reported_to_stand_it_is_looked_for_when_all_else_is_forgotten() -> None:
    world = World()
    del world.state.values[KEY]
    await world.handle(wish(delivered_as=TS))

    assert (world.slack.calls, world.publisher.reports) == (["change"], [("r1", TS)])


async def test_what_is_found_nowhere_is_looked_for_once_more_and_then_has_failed() -> None:
    world = World()
    world.state.put(KEY, sent(None))
    world.slack.texts = {}
    batch = await world.handle(wish())
    assert list(batch.postponed.values()) == [5.0]

    world.now = NOW.replace(minute=1)
    await world.handle(wish(deliveries=2))
    assert world.publisher.reports == [("r1", "message_not_found")]


@pytest.mark.parametrize(
    ("code", "reason"),
    [("message_not_found",) * 2, ("cant_update_message",) * 2, ("msg_too_long", "too_long_to_change")],
)
async def test_what_slack_refuses_is_reported_and_a_later_one_need_not_wait(code: str, reason: str) -> None:
    world = World()
    world.slack.errors = [SlackRefused("chat.update", code)]
    await world.handle(wish(1))
    await world.handle(wish(2), by=world.replica())

    assert world.publisher.reports == [("r1", reason), ("r2", TS)]


async def test_what_came_too_late_has_failed_and_slack_is_not_asked() -> None:
    world = World()
    await world.handle(wish(expires_at="2026-11-27T11:59:59Z"))

    assert (world.publisher.reports, world.slack.calls) == ([("r1", "expired")], [])


async def test_beside_files_the_words_are_changed_and_the_files_go_when_it_is_taken_back() -> None:
    world = World()
    world.state.put(KEY, sent(None))
    world.state.put(f"{KEY}.files", Carried((("F1", "a.pdf"),), ("b.exe",), begun_at=1.0).written())
    world.slack.files["F1"] = Share(TS, "10.000001")

    await world.handle(wish(1))
    text, carried = world.slack.texts[TS]
    await world.handle(wish(2, "deleted"))
    world.state.put(f"{KEY}.revision", change(2, done=False))
    await world.handle(wish(2, "deleted", deliveries=2))

    assert (text.startswith("*Eva*\nA las 13"), "b.exe" in text) == (True, True), "what is missing is still said"
    assert carried == "", "what shares files carries nothing of ours"
    assert world.slack.calls == ["change", "delete", "file F1", "file F1"]
    assert [reason for _, reason in world.publisher.reports] == [TS] * 3


@pytest.mark.parametrize(
    "fields", [{"kind": "pinned"}, {"chat": {"account": "T1/C1", "conversation": "nowhere"}}, {"revision": 0}]
)
async def test_what_nobody_can_carry_out_is_poison_and_holds_up_nothing(fields: Json) -> None:
    world = World()
    batch = await world.handle(wish(1, **fields), wish(2))

    assert list(batch.rejected) == [batch.deliveries[0]]
    assert world.publisher.reports == [("r2", TS)]


async def test_new_words_are_said_before_words_are_changed_and_each_has_its_handler() -> None:
    world, said = World(), []

    class Speaker:
        async def handle(self, batch: Batch) -> None:
            said.extend(batch.deliveries)
            batch.later(batch.deliveries[0], 7.0)
            world.slack.calls.append("say")

    request = Delivery("desk.notification.requested.v1.slack", b"{}", {}, "OUTBOUND", "x", 1, 1, 10**18, "")
    batch = Batch([wish(1), request])
    await Outbound(Speaker(), world.reviser).handle(batch)
    await asyncio.gather(*batch.kept.values())

    assert said == [request]
    assert batch.postponed == {request: 7.0}
    assert world.slack.calls == ["say", "change"]
