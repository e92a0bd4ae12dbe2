"""Batch direct get against the real broker."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.broker import Desk
from tests.support.polling import eventually
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.errors import BrokerAway, NotPermitted
from ventanilla_runtime.many import Many, Page
from ventanilla_runtime.publish import Outgoing, Publisher
from ventanilla_runtime.wire import Arrived

BUCKET, STREAM = "routing_facts", "KV_routing_facts"


def key(name: str) -> str:
    return f"$KV.{BUCKET}.{name}"


@pytest.fixture
async def many(operator: Broker) -> AsyncIterator[Many]:
    found = Many(operator)
    yield found
    await found.close()


async def put(publisher: Publisher, **values: str) -> None:
    await publisher.publish_all([Outgoing(STREAM, key(name), value.encode()) for name, value in values.items()])


async def routed(publisher: Publisher, count: int, channel: str = "email", size: int = 2) -> None:
    await publisher.publish_all(
        [Outgoing("ROUTED", f"desk.message.routed.v1.{channel}", b"x" * size) for _ in range(count)]
    )


async def test_of_many_keys_those_that_exist_come_with_their_newest_value(many: Many, publish: Publisher) -> None:
    await put(publish, a="old", b="one")
    await put(publish, a="new")

    found = await many.latest(STREAM, [key("a"), key("b"), key("c")])

    assert {subject: message.body for subject, message in found.items()} == {key("a"): b"new", key("b"): b"one"}
    assert found[key("a")].sequence == 3
    assert datetime.fromisoformat(found[key("a")].stored_at).tzinfo is not None


async def test_where_no_key_exists_nothing_is_found(many: Many) -> None:
    assert await many.latest(STREAM, [key("a")]) == {}
    assert await many.latest(STREAM, []) == {}


async def test_more_keys_than_one_request_may_name_are_found(many: Many, publish: Publisher) -> None:
    names = [f"k{number}" for number in range(2_500)]
    await put(publish, **dict.fromkeys(names, "x"))

    found = await many.latest(STREAM, [key(name) for name in names])

    assert found.keys() == {key(name) for name in names}


async def test_a_deleted_key_comes_with_its_marker(many: Many, publish: Publisher, operator: Broker) -> None:
    await put(publish, a="x")
    await (await operator.client.jetstream().key_value(BUCKET)).delete("a")

    found = await many.latest(STREAM, [key("a")])

    assert found[key("a")].headers["KV-Operation"] == "DEL"


async def test_questions_under_way_together_do_not_mix(many: Many, publish: Publisher) -> None:
    names = [f"k{number}" for number in range(60)]
    await put(publish, **{name: name for name in names})

    found = await asyncio.gather(*(many.latest(STREAM, [key(name)]) for name in names))

    assert [one[key(name)].body.decode() for one, name in zip(found, names, strict=True)] == names


async def test_a_stream_is_read_page_by_page_in_order(many: Many, publish: Publisher) -> None:
    await routed(publish, 25)

    first = await many.page("ROUTED", 1, messages=10)
    last = await many.page("ROUTED", 21, messages=10)
    beyond = await many.page("ROUTED", 26, messages=10)

    assert [message.sequence for message in first.messages] == list(range(1, 11))
    assert first.more
    assert [message.sequence for message in last.messages] == list(range(21, 26))
    assert (last.more, beyond.messages, beyond.more) == (False, [], False)


async def test_a_page_may_be_of_one_subject_or_begin_at_a_time(many: Many, publish: Publisher) -> None:
    await routed(publish, 3)
    await routed(publish, 2, "slack")
    await routed(publish, 1)

    slack = await many.page("ROUTED", 1, subject="desk.message.routed.v1.slack")
    now = datetime.now(UTC)
    early, late = now - timedelta(hours=1), now + timedelta(hours=1)

    assert [message.sequence for message in slack.messages] == [4, 5]
    assert [message.sequence for message in (await many.page("ROUTED", 1, since=early, messages=2)).messages] == [1, 2]
    assert (await many.page("ROUTED", 1, since=late)).messages == []


async def test_large_messages_make_smaller_pages(many: Many, publish: Publisher) -> None:
    await routed(publish, 40, size=600_000)

    page = await many.page("ROUTED", 1)

    assert 1 <= len(page.messages) < 40
    assert page.more


async def test_what_somebody_else_sends_into_the_answer_is_left_out(many: Many) -> None:
    await many.page("ROUTED", 1)
    asked = asyncio.create_task(many.page("ROUTED", 1))
    (token,) = await eventually(lambda: list(many._waiting), every_seconds=0)
    answer = f"{many._inbox}.{token}"

    for headers in ({}, {"Nats-Subject": "x"}, {"Status": "204", "Nats-Num-Pending": "3"}):
        many._receive(Arrived(answer, "", b"forged", headers))

    assert await asked == Page([], more=True)


async def test_a_stream_that_is_not_there_is_told_at_once(many: Many) -> None:
    with pytest.raises(BrokerAway, match="nobody answers for this stream"):
        await many.page("NOWHERE", 1)
    with pytest.raises(BrokerAway, match="nobody answers for this stream"):
        await many.latest("NOWHERE", ["a", "b"])


async def test_a_right_that_is_missing_is_told_as_such(fresh_desk: Desk) -> None:
    many = Many(await fresh_desk.connect("intake-email"))

    with pytest.raises(NotPermitted):
        await many.page("ROUTED", 1, within_seconds=1)


async def test_a_broker_that_dies_ends_the_question_in_time(own_desk: Desk) -> None:
    many = Many(await own_desk.connect())
    assert (await many.page("ROUTED", 1)).messages == []
    own_desk.server.kill()

    with pytest.raises(BrokerAway):
        await many.page("ROUTED", 1, within_seconds=0.3)


async def test_after_a_restart_of_the_broker_questions_are_answered_again(own_desk: Desk) -> None:
    broker = await own_desk.connect()
    many = Many(broker)
    assert (await many.page("ROUTED", 1)).messages == []
    own_desk.server.kill()
    await eventually(lambda: not broker.connected)
    own_desk.server.start()
    await eventually(lambda: broker.connected)

    async def answered() -> bool:
        try:
            return (await many.page("ROUTED", 1, within_seconds=0.5)).messages == []
        except BrokerAway:
            return False

    await eventually(answered)
