"""Answers are edited and taken back over the real broker, against a Slack that edits as the real one does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
import pytest

from intake_chat.adapters.slack.uploads import Uploads
from intake_chat.adapters.slack.way_out import WayOut
from intake_chat.adapters.slack.web import Slack
from intake_chat.handlers.customers.outbound import Outbound
from intake_chat.handlers.customers.revise import Reviser
from intake_chat.handlers.customers.say import Speaker
from intake_chat.handlers.customers.share import FileSender
from tests.support.broker import Desk as BrokerDesk
from tests.support.polling import eventually
from tests.support.slack import client_for
from tests.support.streams import stored
from ventanilla_contracts.topology import CONSUMERS
from ventanilla_devstack.slack.records import Message
from ventanilla_devstack.slack.server import LocalSlack
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.consume import Consumer
from ventanilla_runtime.deadletters import DeadLetters
from ventanilla_runtime.publish import MSG_ID, Outgoing, Publisher
from ventanilla_runtime.state import StateBucket

HELP = "ayuda"
SPEC = next(one for one in CONSUMERS if one.durable == "intake-chat-speaker")
Json = dict[str, Any]


class Desk:
    """OUTBOUND and what reads it: replicas of the chat service, with its own rights at the broker."""

    def __init__(self, nats: BrokerDesk, slack: LocalSlack, stack: AsyncExitStack) -> None:
        self.nats, self.slack, self._stack = nats, slack, stack
        self.root = slack.hands.write("carmen", HELP, "¿A qué hora?")
        self.writes: Publisher
        self.reads: Broker

    async def begin(self) -> "Desk":
        broker = await self.nats.connect("tickets")
        self.writes = Publisher(broker)
        await self.writes.start()
        self.reads = await self.nats.connect()
        return self

    async def replica(self) -> Consumer:
        broker = await self.nats.connect("intake-chat")
        publisher = Publisher(broker)
        await publisher.start()
        client, way_out = client_for(self.slack), WayOut()
        self._stack.push_async_callback(way_out.close)
        state = StateBucket(broker, publisher, "outbound_state")
        nothing: Any = None
        uploads = Uploads(client, way_out, nothing, frozenset())
        files = FileSender(state=state, slack=uploads, blobs=nothing, limit_bytes=1)
        slack = Slack(client, way_out)
        speaker = Speaker(publisher=publisher, state=state, slack=slack, files=files, prefix="desk")
        reviser = Reviser(publisher=publisher, state=state, slack=slack, files=files, prefix="desk")
        letters = DeadLetters(publisher, "desk", "intake-chat")
        consumer = Consumer(broker, SPEC, Outbound(speaker, reviser).handle, letters, batch_size=50, postpones=True)
        running = asyncio.create_task(consumer.run())

        async def end() -> None:
            consumer.stop()
            async with asyncio.timeout(10):
                await asyncio.gather(running, return_exceptions=True)

        self._stack.push_async_callback(end)
        return consumer

    async def says(self, id_: str, text: str) -> None:
        await self._publish("notification.requested.v1", id_, to={"address": "T1/U1"}, text=text, automatic=False)

    async def revises(self, id_: str, number: int, text: str, kind: str = "edited") -> None:
        more = {"notification_id": id_, "revision": number, "kind": kind, "delivered_after": _now()}
        await self._publish("notification.revised.v1", f"{id_}/{number}", text=text, **more)

    async def _publish(self, type_: str, id_: str, **fields: Any) -> None:
        place = f"{self.slack.workspace.home}/{self.root.channel}"
        chat = {"account": place, "conversation": f"{place}/{self.root.ts}", "author": "Eva"}
        times = {"requested_at": _now(), "expires_at": _now(3_600)}
        body = {"id": id_, "medium": "slack", "language": "es", "chat": chat, **times, **fields}
        headers = {MSG_ID: id_, "ce-type": type_, "ce-id": id_}
        await self.writes.publish(Outgoing("OUTBOUND", f"desk.{type_}.slack", orjson.dumps(body), headers))

    async def reports(self) -> dict[str, str]:
        found = [orjson.loads(one.body) for one in await stored(self.reads, "DELIVERY")]
        return {one["notification_id"]: one.get("reason") or "delivered" for one in found}

    async def reported(self, *ids: str) -> dict[str, str]:
        async def all_of_them() -> Json:
            reports = await self.reports()
            assert set(ids) <= set(reports), reports
            return reports

        return await eventually(all_of_them, 30)

    def said(self) -> list[Message]:
        place = self.slack.workspace.channel_named(HELP)
        return [one for one in place.messages.values() if one.thread_ts == self.root.ts and one.bot_id]


def _now(seconds: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


@pytest.fixture
async def desk(fresh_desk: BrokerDesk) -> AsyncIterator[Desk]:
    async with LocalSlack() as slack, AsyncExitStack() as stack:
        yield await Desk(fresh_desk, slack, stack).begin()


async def test_a_request_and_its_revisions_that_wait_together_end_in_the_last_words(desk: Desk) -> None:
    await desk.says("n1", "A las 12")
    for number in range(1, 6):
        await desk.revises("n1", number, f"A las {12 + number}")
    await desk.replica()

    reports = await desk.reported("n1", *(f"n1/{number}" for number in range(1, 6)))

    assert set(reports.values()) == {"delivered"}
    assert [one.text for one in desk.said()] == ["*Eva*\nA las 17"]


async def test_two_replicas_leave_the_last_words_and_every_revision_is_reported(desk: Desk) -> None:
    for _ in range(2):
        await desk.replica()
    answers = [f"n{number}" for number in range(3)]
    for id_ in answers:
        await desk.says(id_, "antes")
    await desk.reported(*answers)
    for number in range(1, 5):
        for id_ in answers:
            await desk.revises(id_, number, f"{id_} {number}")

    reports = await desk.reported(*(f"{id_}/{number}" for id_ in answers for number in range(1, 5)))

    assert set(reports.values()) == {"delivered"}
    assert sorted(one.text for one in desk.said()) == [f"*Eva*\n{id_} 4" for id_ in answers]


async def test_a_message_of_which_nothing_is_remembered_is_found_by_what_it_carries_and_taken_back(desk: Desk) -> None:
    await desk.replica()
    await desk.says("n1", "La clave es 1234")
    await desk.reported("n1")
    operator = Publisher(desk.reads)
    await operator.start()
    key = sha256(b"n1").hexdigest()
    assert (await StateBucket(desk.reads, operator, "outbound_state").get(key) or b"").startswith(b"sent 1")
    await StateBucket(desk.reads, operator, "outbound_state").put_all([key], b"sent")

    await desk.revises("n1", 1, "La clave es otra")
    await desk.reported("n1/1")
    [edited] = [(one.text, bool(one.edited), one.metadata["event_payload"]) for one in desk.said()]
    await desk.revises("n1", 2, "", "deleted")
    reports = await desk.reported("n1/2")

    assert edited == ("*Eva*\nLa clave es otra", True, {"notification": "n1"})
    assert (reports["n1/2"], desk.said()) == ("delivered", [])


async def test_words_that_slack_does_not_change_are_reported_as_too_long(desk: Desk) -> None:
    await desk.replica()
    await desk.says("n1", "corto")
    await desk.reported("n1")

    await desk.revises("n1", 1, "x" * 4_100)

    assert (await desk.reported("n1/1"))["n1/1"] == "too_long_to_change"
    assert [one.text for one in desk.said()] == ["*Eva*\ncorto"]


async def test_what_slack_limits_or_cuts_is_done_in_the_end(desk: Desk) -> None:
    await desk.replica()
    await desk.says("n1", "A las 12")
    await desk.reported("n1")
    desk.slack.faults.add("ratelimited", "chat.update", seconds=1.0)
    desk.slack.faults.add("cut_before", "chat.update")

    await desk.revises("n1", 1, "A las 13")

    assert (await desk.reported("n1/1"))["n1/1"] == "delivered"
    assert [one.text for one in desk.said()] == ["*Eva*\nA las 13"]
