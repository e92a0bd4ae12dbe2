"""What a process tells of its place at the broker: asked with its own user's rights, at a pace, and never guessed."""

import asyncio
import json

import pytest

from tests.support.broker import Desk
from tests.support.streams import intake_message
from ventanilla_contracts.topology import CONSUMERS, consumers_of
from ventanilla_runtime import metrics
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.errors import BrokerAway
from ventanilla_runtime.publish import Publisher
from ventanilla_runtime.watching import BrokerWatch

ROUTER = ("INTAKE", "router")


async def publish(broker: Broker, *numbers: int) -> None:
    publisher = Publisher(broker)
    await publisher.start()
    await publisher.publish_all([intake_message(number) for number in numbers])


@pytest.fixture
async def router(fresh_desk: Desk) -> Broker:
    return await fresh_desk.connect("router")


async def test_lag_what_is_held_and_the_age_of_the_oldest_are_the_brokers(fresh_desk: Desk, router: Broker) -> None:
    await publish(await fresh_desk.connect(), 1, 2, 3)
    watch = BrokerWatch(router, "desk")

    await watch.look()

    assert metrics.PENDING.labels(*ROUTER)._value.get() == 3
    assert metrics.ACK_PENDING.labels(*ROUTER)._value.get() == 0
    assert 0 < metrics.OLDEST_UNSETTLED_SECONDS.labels(*ROUTER)._value.get() < 60
    inbox = await router.subscribe("pull", lambda _message: None)
    await router.send("$JS.API.CONSUMER.MSG.NEXT.INTAKE.router", b'{"batch": 1}', inbox)
    await router.round_trip()
    await watch.look()
    assert metrics.PENDING.labels(*ROUTER)._value.get() == 2
    assert metrics.ACK_PENDING.labels(*ROUTER)._value.get() == 1


async def test_what_is_settled_has_no_age(fresh_desk: Desk, router: Broker) -> None:
    watch = BrokerWatch(router, "desk")
    metrics.OLDEST_UNSETTLED_SECONDS.labels(*ROUTER).set(4711)

    await watch.look()

    assert metrics.OLDEST_UNSETTLED_SECONDS.labels(*ROUTER)._value.get() == 0


async def test_streams_say_how_full_they_are_and_how_long_they_keep(fresh_desk: Desk, router: Broker) -> None:
    await publish(await fresh_desk.connect(), 1)

    await BrokerWatch(router, "desk").look()

    assert metrics.STREAM_MESSAGES.labels("INTAKE")._value.get() == 1
    assert 0 < metrics.STREAM_BYTES.labels("INTAKE")._value.get() < 10_000
    assert metrics.STREAM_LIMIT_BYTES.labels("INTAKE")._value.get() > 1_000_000
    assert metrics.STREAM_MAX_AGE_SECONDS.labels("INTAKE")._value.get() == 90 * 86_400


@pytest.mark.parametrize("service", sorted({consumer.service for consumer in CONSUMERS}))
async def test_a_service_asks_for_all_its_durables_and_for_nothing_that_it_may_not(
    fresh_desk: Desk, service: str
) -> None:
    broker = await fresh_desk.connect(service)
    watch = BrokerWatch(broker, "desk")

    await watch.look()

    assert broker.denied is None
    assert set(watch.durables) >= set(consumers_of(service))
    assert watch.streams


async def test_a_stream_that_is_not_there_has_no_lag(fresh_desk: Desk, router: Broker) -> None:
    watch = BrokerWatch(router, "desk")
    await watch.look()
    operator = await fresh_desk.connect()
    answer = await operator.api("CONSUMER.DELETE.INTAKE.router")
    assert "error" not in answer, json.dumps(answer)

    await watch.look()

    assert ROUTER not in metrics.PENDING._metrics


async def test_a_broker_that_is_away_leaves_old_answers_whose_time_says_so(fresh_desk: Desk, router: Broker) -> None:
    watch = BrokerWatch(router, "desk")
    await watch.look()
    await router.close()

    with pytest.raises(BrokerAway):
        await watch.look()


async def test_a_replica_that_is_cut_off_ends_by_telling_no_lag_and_no_size_at_all(
    fresh_desk: Desk, router: Broker
) -> None:
    await BrokerWatch(router, "desk").look()
    assert ROUTER in metrics.PENDING._metrics
    assert ("INTAKE",) in metrics.STREAM_BYTES._metrics
    await router.close()
    asking = asyncio.create_task(BrokerWatch(router, "desk", every_seconds=0.01, old_after_seconds=0.05).run())

    try:
        async with asyncio.timeout(5):
            while any(
                place in gauge._metrics
                for place, gauge in (
                    (ROUTER, metrics.PENDING),
                    (ROUTER, metrics.OLDEST_UNSETTLED_SECONDS),
                    (("INTAKE",), metrics.STREAM_BYTES),
                    (("INTAKE",), metrics.STREAM_LIMIT_BYTES),
                )
            ):
                await asyncio.sleep(0.01)
    finally:
        asking.cancel()
