"""The one consumer: batches, blame, dead letters, postponing."""

import asyncio
import base64
import json
import time

import pytest

from tests.support.broker import Desk
from tests.support.consuming import Handling, consuming, dead_letters, fail_on, numbers, settled
from tests.support.polling import eventually
from tests.support.streams import intake_message, limit
from ventanilla_contracts.errors import Permanent, Temporary
from ventanilla_runtime import consume
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.consume import BUG_TRIES, HOPELESS_DELIVERIES
from ventanilla_runtime.delivery import Batch
from ventanilla_runtime.errors import BrokerAway, Poisoned
from ventanilla_runtime.publish import Outgoing, Publisher


async def test_what_waits_arrives_as_one_batch_and_is_settled(
    fresh_desk: Desk, operator: Broker, publish: Publisher
) -> None:
    await publish.publish_all([intake_message(n) for n in range(40)])
    handling = Handling()

    async with consuming(await fresh_desk.connect("router"), handling, linger_seconds=0.2) as consumer:
        await settled(operator, 40)
        assert consumer.problem is None

    assert handling.calls == [[str(n) for n in range(40)]]
    assert [d.sequence for d in handling.deliveries] == list(range(1, 41))
    assert {d.deliveries for d in handling.deliveries} == {1}


async def test_a_delivery_names_its_place_for_ever(fresh_desk: Desk, operator: Broker, publish: Publisher) -> None:
    handling = Handling()
    async with consuming(await fresh_desk.connect("router"), handling):
        await publish.publish(intake_message(1, note="ñandú"))
        await settled(operator, 1)

    delivery = handling.deliveries[0]
    state = await operator.stream_state("INTAKE")
    assert (delivery.stream, delivery.created_at, delivery.sequence) == ("INTAKE", state.created_at, 1)
    assert delivery.headers["note"] == "ñandú"
    assert abs(delivery.stored_at.timestamp() - time.time()) < 30
    assert delivery.subject == "desk.message.received.v1.email"


async def test_a_lone_message_does_not_wait_for_company(fresh_desk: Desk, publish: Publisher) -> None:
    handling = Handling()
    async with consuming(await fresh_desk.connect("router"), handling):
        await publish.publish(intake_message("warm"))
        await eventually(lambda: handling.handled)
        started = time.monotonic()
        await publish.publish(intake_message("one"))
        await eventually(lambda: len(handling.handled) == 2, every_seconds=0.001)
        assert time.monotonic() - started < 5  # a pull waits for thirty


async def test_no_more_is_held_than_two_batches(fresh_desk: Desk, operator: Broker, publish: Publisher) -> None:
    await publish.publish_all([intake_message(n) for n in range(200)])
    handling, go = Handling(), asyncio.Event()
    handling.misbehave = lambda _: go.wait()

    async with consuming(await fresh_desk.connect("router"), handling, batch_size=20) as consumer:
        await eventually(lambda: handling.calls)
        held = await eventually(lambda: len(consumer._in_hand) + len(consumer._puller.queue) >= 40)
        state = await operator.consumer_state("INTAKE", "router")
        assert held
        assert state.ack_pending <= 60
        go.set()
        await settled(operator, 200)
        assert consumer._puller._asked <= 40

    assert sorted(handling.handled, key=int) == [str(n) for n in range(200)]
    assert max(map(len, handling.calls)) <= 20


async def test_what_is_temporary_is_waited_out_without_a_redelivery_or_a_dead_letter(
    fresh_desk: Desk, operator: Broker, publish: Publisher
) -> None:
    """Longer than the broker's patience (`ack_wait`, 10 s): it is told that the work goes on."""
    await publish.publish_all([intake_message(n) for n in range(30)])
    handling, until = Handling(), time.monotonic() + 12.5

    def misbehave(_: Batch) -> None:
        if time.monotonic() < until:
            raise Temporary("the database is away")

    handling.misbehave = misbehave
    async with consuming(await fresh_desk.connect("router"), handling, batch_size=10) as consumer:
        await eventually(lambda: "waiting" in (consumer.problem or ""), 13)
        await settled(operator, 30)
        await eventually(lambda: consumer.problem is None)

    assert {delivery.deliveries for delivery in handling.deliveries} == {1}
    assert len(handling.handled) == 30
    assert await dead_letters(operator) == []


async def test_a_temporary_error_inside_a_task_group_is_temporary(
    fresh_desk: Desk, operator: Broker, publish: Publisher
) -> None:
    await publish.publish(intake_message(1))
    handling = Handling()

    def misbehave(_: Batch) -> None:
        if len(handling.calls) < 4:
            raise ExceptionGroup("tasks", [ExceptionGroup("inner", [BrokerAway("gone")]), ValueError("collateral")])

    handling.misbehave = misbehave
    async with consuming(await fresh_desk.connect("router"), handling):
        await settled(operator, 1)

    assert handling.handled == ["1"]
    assert await dead_letters(operator) == []


@pytest.mark.parametrize("poison", [{37}, {0, 50, 99}], ids=["one of a hundred", "three of a hundred"])
async def test_poison_is_found_and_its_batch_mates_get_through(
    fresh_desk: Desk, operator: Broker, publish: Publisher, poison: set[int]
) -> None:
    await publish.publish_all([intake_message(n) for n in range(100)])
    handling = Handling()
    handling.misbehave = fail_on(numbers(*poison), Permanent("it cannot be read"))

    async with consuming(await fresh_desk.connect("router"), handling, batch_size=100, linger_seconds=0.2):
        await settled(operator, 100)

    letters = await dead_letters(operator)
    assert sorted(handling.handled, key=int) == [str(n) for n in range(100) if n not in poison]
    assert {base64.b64decode(letter.body_base64 or "").decode() for letter in letters} == numbers(*poison)
    assert {(letter.service, letter.stream, letter.reason) for letter in letters} == {("router", "INTAKE", "permanent")}
    assert len(handling.calls) <= 2 * 7 * len(poison) + 1


async def test_a_rejected_message_becomes_a_dead_letter_without_repeating_its_batch(
    fresh_desk: Desk, operator: Broker, publish: Publisher
) -> None:
    await publish.publish_all([intake_message(n, **{"vnt-channel": "email"}) for n in range(10)])
    handling = Handling()

    def misbehave(batch: Batch) -> None:
        for delivery in batch.deliveries:
            if delivery.body == b"4":
                batch.reject(delivery, Poisoned("a NUL in the subject \0 and half a character \ud83d"))

    handling.misbehave = misbehave
    async with consuming(await fresh_desk.connect("router"), handling, linger_seconds=0.2):
        await settled(operator, 10)

    [letter] = await dead_letters(operator)
    assert len(handling.calls) == 1
    assert (letter.sequence, letter.reason, letter.channel) == (5, "poisoned", "email")
    assert letter.subject == "desk.message.received.v1.email"
    assert "\0" not in letter.detail


async def test_a_bug_is_tried_three_times_and_then_blamed_on_its_message(
    fresh_desk: Desk, operator: Broker, publish: Publisher
) -> None:
    await publish.publish_all([intake_message(n) for n in range(4)])
    handling = Handling()
    handling.misbehave = fail_on(numbers(2), KeyError("a bug"))

    async with consuming(await fresh_desk.connect("router"), handling, linger_seconds=0.2):
        await settled(operator, 4)

    [letter] = await dead_letters(operator)
    assert (letter.sequence, letter.reason) == (3, "KeyError")
    assert handling.calls.count(["2"]) == BUG_TRIES
    assert sorted(handling.handled) == ["0", "1", "3"]


async def test_a_body_too_large_for_a_dead_letter_is_only_named(
    fresh_desk: Desk, operator: Broker, publish: Publisher
) -> None:
    await publish.publish(intake_message(1, b"x" * 700_000, padding="y" * 60_000))
    handling = Handling()
    handling.misbehave = fail_on({"x" * 700_000}, Permanent("no"))

    async with consuming(await fresh_desk.connect("router"), handling):
        await settled(operator, 1)

    [letter] = await dead_letters(operator)
    assert letter.body_base64 is None
    assert (letter.stream, letter.sequence) == ("INTAKE", 1)


async def test_while_dead_letters_cannot_be_stored_nothing_is_settled_and_readiness_says_so(
    fresh_desk: Desk, operator: Broker, publish: Publisher
) -> None:
    await limit(operator, "DEADLETTER", 600)
    await publish.publish_all([intake_message(n, b"x" * 2000) for n in range(1)])
    handling = Handling()
    handling.misbehave = fail_on({"x" * 2000}, Permanent("no"))

    async with consuming(await fresh_desk.connect("router"), handling) as consumer:
        await eventually(lambda: consumer._waiting_since is not None)
        assert (await operator.consumer_state("INTAKE", "router")).ack_floor == 0
        await limit(operator, "DEADLETTER", 1024**2)
        await settled(operator, 1)

    assert len(await dead_letters(operator)) == 1


async def hand_out_again(broker: Broker, count: int, times: int) -> None:
    """Take that many messages from the router's durable and give them back, as a crash-looping service would."""
    subscription = await broker.client.subscribe(f"{broker.inbox}.crashes")
    for _ in range(times):
        request = json.dumps({"batch": count, "expires": 5 * 10**9}).encode()
        await broker.send("$JS.API.CONSUMER.MSG.NEXT.INTAKE.router", request, f"{broker.inbox}.crashes")
        taken = [await subscription.next_msg(3) for _ in range(count)]
        for message in taken:
            await message.respond(b"-NAK")
    await subscription.unsubscribe()


async def test_a_message_that_was_handed_out_three_times_is_handled_alone(
    fresh_desk: Desk, operator: Broker, publish: Publisher
) -> None:
    await publish.publish_all([intake_message(n) for n in range(3)])
    await hand_out_again(operator, 3, 2)
    handling = Handling()

    async with consuming(await fresh_desk.connect("router"), handling, linger_seconds=0.2):
        await settled(operator, 3)

    assert sorted(handling.calls) == [["0"], ["1"], ["2"]]


async def test_of_the_messages_that_a_crashing_process_held_only_the_first_is_given_up(
    fresh_desk: Desk, operator: Broker, publish: Publisher
) -> None:
    """All that it held were handed out as often as the one that ended it: the others deserve their try."""
    await publish.publish_all([intake_message(n) for n in range(5)])
    await hand_out_again(operator, 5, HOPELESS_DELIVERIES)
    handling = Handling()

    async with consuming(await fresh_desk.connect("router"), handling, linger_seconds=0.2):
        await settled(operator, 5)

    [letter] = await dead_letters(operator)
    assert letter.reason == "poisoned"
    assert len(handling.handled) == 4


async def test_an_answer_of_the_broker_that_was_sent_into_a_stream_is_no_event(
    fresh_desk: Desk, operator: Broker, publish: Publisher
) -> None:
    """The broker does not check reply subjects: a user may have it deliver what he fetches anywhere."""
    await publish.publish(Outgoing("DEADLETTER", "desk.deadletter.tickets", b"forged"))
    tickets = await fresh_desk.connect("tickets")
    await tickets.send("$JS.API.DIRECT.GET.DEADLETTER", b'{"seq": 1}', "desk.message.received.v1.email")
    await publish.publish(intake_message("true"))
    handling = Handling()

    async with consuming(await fresh_desk.connect("router"), handling):
        await settled(operator, 2)

    assert handling.handled == ["true"]
    assert [letter.reason for letter in (await dead_letters(operator, 2))] == ["forged"]


async def test_a_postponed_message_comes_again_later_and_holds_up_nobody(
    fresh_desk: Desk, operator: Broker, publish: Publisher
) -> None:
    await publish.publish_all([intake_message(n) for n in range(5)])
    handling, came = Handling(), []

    def misbehave(batch: Batch) -> None:
        for delivery in batch.deliveries:
            if delivery.body == b"2":
                came.append(time.monotonic())
                if delivery.deliveries < 3:
                    batch.later(delivery, 0.3)

    handling.misbehave = misbehave
    async with consuming(await fresh_desk.connect("router"), handling, linger_seconds=0.1):
        await settled(operator, 5)

    assert len(handling.calls[0]) == 5
    assert handling.calls[1:] == [["2"], ["2"]]
    assert came[1] - came[0] >= 0.3
    assert await dead_letters(operator) == []


async def test_a_newer_major_version_waits_however_often_it_comes(
    fresh_desk: Desk, operator: Broker, publish: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even a process that meets it first, and finds that it has come dozens of times, takes it for poison."""
    monkeypatch.setattr(consume, "SUSPICIOUS_DELIVERIES", 2)
    monkeypatch.setattr(consume, "HOPELESS_DELIVERIES", 3)
    monkeypatch.setattr(consume, "wait_seconds", lambda _: 0.05)
    await publish.publish_all([intake_message(0, **{"ce-type": "message.received.v2"}), intake_message(1)])

    async def came(times: int) -> bool:
        info = await operator.api("CONSUMER.INFO.INTAKE.router")
        return bool(info["delivered"]["consumer_seq"] >= times and info["num_ack_pending"] == 1)

    for times in (6, 12):
        handling = Handling()
        async with consuming(await fresh_desk.connect("router"), handling) as consumer:
            await eventually(lambda times=times: came(times), 15)
            assert consumer.problem is None
        assert "0" not in handling.handled

    assert await dead_letters(operator) == []
