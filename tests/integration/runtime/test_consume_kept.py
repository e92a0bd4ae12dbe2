"""The one consumer: what a handler keeps beyond its batch."""

import asyncio

import pytest

from tests.support.broker import Desk
from tests.support.consuming import Handling, consuming, dead_letters, settled
from tests.support.polling import eventually
from tests.support.streams import intake_message
from ventanilla_contracts.errors import Permanent
from ventanilla_runtime import consume
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.errors import BrokerAway
from ventanilla_runtime.publish import Publisher


async def test_what_a_handler_keeps_holds_up_nobody_and_is_settled_when_it_ends(
    fresh_desk: Desk, operator: Broker, publish: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consume, "_WORKING_EVERY_SECONDS", 0.05)
    handling, may, came = Handling(), asyncio.Event(), []

    def misbehave(batch: Batch) -> None:
        for delivery in batch.deliveries:
            if delivery.body == b"0":
                came.append(delivery.deliveries)
                batch.keep(delivery, asyncio.create_task(_wait(may)))

    handling.misbehave = misbehave
    async with consuming(await fresh_desk.connect("router"), handling):
        await publish.publish(intake_message(0))
        await eventually(lambda: handling.calls)
        await publish.publish(intake_message(1))
        await eventually(lambda: len(handling.calls) == 2)
        state = await eventually(lambda: _pending(operator, 1))
        may.set()
        await settled(operator, 2)

    assert state
    assert came == [1]


async def _wait(may: asyncio.Event) -> None:
    await may.wait()


async def _pending(operator: Broker, count: int) -> bool:
    return (await operator.consumer_state("INTAKE", "router")).ack_pending == count


async def test_what_was_kept_and_failed_comes_again_or_becomes_a_dead_letter(
    fresh_desk: Desk, operator: Broker, publish: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consume, "BACK_OFF_SECONDS", (0.05,))
    handling, came = Handling(), []

    async def fail(delivery: Delivery, batch: Batch) -> None:
        came.append((delivery.body, delivery.deliveries))
        if delivery.body == b"1":
            raise ValueError("a bug")
        if delivery.body == b"2":
            batch.reject(delivery, Permanent("nobody can read it"))
        elif delivery.deliveries == 1:
            raise BrokerAway("gone")
        elif delivery.deliveries == 2:
            batch.later(delivery, 0.05)

    def misbehave(batch: Batch) -> None:
        for delivery in batch.deliveries:
            batch.keep(delivery, asyncio.create_task(fail(delivery, batch)))

    handling.misbehave = misbehave
    async with consuming(await fresh_desk.connect("router"), handling):
        await publish.publish_all([intake_message(n) for n in range(3)])
        await settled(operator, 3)

    letters = await dead_letters(operator)
    assert sorted(came) == [(b"0", 1), (b"0", 2), (b"0", 3), (b"1", 1), (b"2", 1)]
    assert sorted(letter.reason for letter in letters) == ["ValueError", "permanent"]


async def test_a_stop_lets_what_is_kept_come_to_its_end(fresh_desk: Desk, operator: Broker, publish: Publisher) -> None:
    handling, may = Handling(), asyncio.Event()
    handling.misbehave = lambda batch: [
        batch.keep(delivery, asyncio.create_task(_wait(may))) for delivery in batch.deliveries
    ]
    async with consuming(await fresh_desk.connect("router"), handling) as consumer:
        await publish.publish(intake_message(0))
        await eventually(lambda: consumer._kept)
        consumer.stop()
        await eventually(lambda: consumer._puller._closed)
        may.set()
        await settled(operator, 1)


async def test_only_so_much_is_kept(
    fresh_desk: Desk, operator: Broker, publish: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consume, "KEPT_BATCHES", 2)
    handling, may = Handling(), asyncio.Event()
    handling.misbehave = lambda batch: [
        batch.keep(delivery, asyncio.create_task(_wait(may))) for delivery in batch.deliveries
    ]
    await publish.publish_all([intake_message(n) for n in range(20)])
    async with consuming(await fresh_desk.connect("router"), handling, batch_size=2) as consumer:
        await eventually(lambda: len(consumer._kept) == 4)
        await eventually(lambda: len(consumer._puller.queue) == 4)  # and nobody takes them
        begun = len(handling.handled)
        may.set()
        await settled(operator, 20)

    assert begun == 4
    assert len(handling.handled) == 20
