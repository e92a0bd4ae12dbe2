"""The consumer while things come and go: stops, replicas, a broker that is killed, streams made anew."""

import asyncio

from tests.support.broker import Desk
from tests.support.consuming import Handling, consuming, dead_letters, fail_on, numbers, settled
from tests.support.polling import eventually
from tests.support.streams import be_impatient, bodies, intake_message, make_anew
from ventanilla_contracts.errors import Temporary
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.publish import Publisher


async def test_a_stop_gives_back_what_was_not_started_and_another_replica_has_it_at_once(
    fresh_desk: Desk, operator: Broker, publish: Publisher
) -> None:
    await publish.publish_all([intake_message(n) for n in range(40)])
    first, second, go = Handling(), Handling(), asyncio.Event()
    first.misbehave = lambda _: go.wait()

    async with consuming(await fresh_desk.connect("router"), first, batch_size=10) as leaving:
        await eventually(lambda: first.calls and len(leaving._puller.queue) >= 10)
        async with consuming(await fresh_desk.connect("router"), second, batch_size=40):
            leaving.stop()  # its batch in hand takes its time
            in_hand = len(leaving._in_hand)  # ten, or fewer if the first of them came alone
            await eventually(lambda: len(second.handled) == 40 - in_hand, 5)
            go.set()
            await settled(operator, 40)

    assert len(first.calls) == 1
    assert sorted(first.handled + second.handled, key=int) == [str(n) for n in range(40)]


async def test_a_message_that_arrives_after_a_stop_is_not_swallowed(
    fresh_desk: Desk, operator: Broker, publish: Publisher
) -> None:
    """The stopped one had a standing request at the broker; its process may live on for a while."""
    broker, first, second = await fresh_desk.connect("router"), Handling(), Handling()
    async with consuming(broker, first) as leaving:
        await eventually(lambda: leaving.problem is None)
    await publish.publish(intake_message(1))

    async with consuming(await fresh_desk.connect("router"), second):
        await eventually(lambda: second.handled == ["1"], 5)
    assert second.deliveries[0].deliveries == 1


async def test_a_stop_during_an_outage_of_the_database_gives_the_batch_back(
    fresh_desk: Desk, operator: Broker, publish: Publisher
) -> None:
    await publish.publish_all([intake_message(n) for n in range(5)])
    first, second = Handling(), Handling()
    first.misbehave = fail_on(numbers(*range(5)), Temporary("away"))
    async with consuming(await fresh_desk.connect("router"), first):
        await eventually(lambda: len(first.calls) > 1)

    async with consuming(await fresh_desk.connect("router"), second):
        await eventually(lambda: len(second.handled) == 5, 5)
    assert await dead_letters(operator) == []


async def test_a_bug_during_a_stop_gives_a_lone_message_back_before_all_its_tries(
    fresh_desk: Desk, operator: Broker, publish: Publisher
) -> None:
    """What is closing fails in ways that nobody foresaw; another replica tries the message anew."""
    await publish.publish(intake_message(1))
    first, second = Handling(), Handling()

    async with consuming(await fresh_desk.connect("router"), first) as leaving:

        async def fail_while_stopping() -> None:
            leaving.stop()
            raise RuntimeError("the pool is closed")

        first.misbehave = lambda _: fail_while_stopping()
        await eventually(lambda: len(first.calls) == 1)

    async with consuming(await fresh_desk.connect("router"), second):
        await eventually(lambda: second.handled == ["1"], 5)
    assert len(first.calls) == 1
    assert await dead_letters(operator) == []


async def test_two_replicas_share_a_durable_and_handle_everything_once(
    fresh_desk: Desk, operator: Broker, publish: Publisher
) -> None:
    one, other = Handling(), Handling()

    async def take_a_moment() -> None:
        await asyncio.sleep(0.005)

    one.misbehave = other.misbehave = lambda _: take_a_moment()
    async with (
        consuming(await fresh_desk.connect("router"), one, batch_size=20),
        consuming(await fresh_desk.connect("router"), other, batch_size=20),
    ):
        for start in range(0, 1000, 100):
            await publish.publish_all([intake_message(n) for n in range(start, start + 100)])
        await settled(operator, 1000)

    assert sorted(one.handled + other.handled, key=int) == [str(n) for n in range(1000)]
    assert one.handled
    assert other.handled


async def test_two_consumers_of_one_durable_may_share_a_connection(
    fresh_desk: Desk, operator: Broker, publish: Publisher
) -> None:
    broker, one, other = await fresh_desk.connect("router"), Handling(), Handling()
    async with consuming(broker, one, batch_size=5), consuming(broker, other, batch_size=5):
        await publish.publish_all([intake_message(n) for n in range(100)])
        await settled(operator, 100)

    assert sorted(one.handled + other.handled, key=int) == [str(n) for n in range(100)]


async def test_a_broker_killed_during_consumption_loses_nothing(own_desk: Desk) -> None:
    operator = await own_desk.connect()
    await be_impatient(operator, 4)
    publisher = Publisher(operator)
    await publisher.start()
    await publisher.publish_all([intake_message(n) for n in range(600)])
    handling = Handling()

    async def take_a_moment() -> None:
        await asyncio.sleep(0.01)

    handling.misbehave = lambda _: take_a_moment()
    async with consuming(await own_desk.connect("router"), handling, batch_size=10) as consumer:
        for threshold in (100, 300):
            await eventually(lambda threshold=threshold: len(set(handling.handled)) >= threshold)
            own_desk.server.kill()
            own_desk.server.start()
        await eventually(lambda: len(set(handling.handled)) == 600, 30)
        await eventually(lambda: consumer.problem is None)
        await settled(operator, 600)

    assert await dead_letters(operator) == []


async def test_a_stream_made_anew_is_consumed_again_under_its_new_name(
    fresh_desk: Desk, operator: Broker, publish: Publisher
) -> None:
    handling = Handling()
    async with consuming(await fresh_desk.connect("router"), handling) as consumer:
        await publish.publish(intake_message("old"))
        await eventually(lambda: handling.handled == ["old"])
        await operator.api("STREAM.DELETE.INTAKE")
        await eventually(lambda: consumer.problem)
        assert "topology apply" in (consumer.problem or "")
        await make_anew(operator, "INTAKE")
        await publish.publish(intake_message("new"))
        await eventually(lambda: handling.handled == ["old", "new"])
        await settled(operator, 1)

    old, new = handling.deliveries
    assert old.sequence == new.sequence == 1
    assert old.created_at != new.created_at
    assert new.created_at == (await operator.stream_state("INTAKE")).created_at


async def test_settling_a_message_of_a_wiped_stream_does_not_settle_its_successor(
    fresh_desk: Desk, operator: Broker, publish: Publisher
) -> None:
    await publish.publish(intake_message("old"))
    handling, go = Handling(), asyncio.Event()
    handling.misbehave = lambda _: go.wait()
    async with consuming(await fresh_desk.connect("router"), handling, batch_size=1) as consumer:
        await eventually(lambda: handling.calls)
        former = consumer._puller.created_at
        await make_anew(operator, "INTAKE")
        await publish.publish(intake_message("new"))
        await eventually(lambda: consumer._puller.created_at not in (former, "") and consumer._puller.queue)

        await consumer._reply(b"+ACK", consumer._in_hand[:1])
        await operator.round_trip()
        assert (await operator.consumer_state("INTAKE", "router")).ack_pending == 1

        go.set()
        await settled(operator, 1)
    assert handling.handled == ["old", "new"]


async def test_old_requests_do_not_add_up_when_it_binds_again(
    fresh_desk: Desk, operator: Broker, publish: Publisher
) -> None:
    handling, go = Handling(), asyncio.Event()
    handling.misbehave = lambda _: go.wait()
    async with consuming(await fresh_desk.connect("router"), handling, batch_size=10) as consumer:
        for _ in range(4):
            generation = consumer._puller._generation
            consumer._puller._rebind_soon()
            await eventually(lambda generation=generation: consumer._puller._generation > generation)
        await publish.publish_all([intake_message(n) for n in range(300)])
        await eventually(lambda: len(consumer._puller.queue) >= 10)
        await operator.round_trip()
        assert (await operator.consumer_state("INTAKE", "router")).ack_pending <= 40
        go.set()
        await settled(operator, 300)


async def test_a_consumer_without_its_durable_waits_and_says_what_to_do(
    fresh_desk: Desk, operator: Broker, publish: Publisher
) -> None:
    await operator.api("CONSUMER.DELETE.INTAKE.router")
    handling = Handling()
    async with consuming(await fresh_desk.connect("router"), handling) as consumer:
        await eventually(lambda: "topology apply" in (consumer.problem or ""))
        await make_anew(operator, "INTAKE")
        await publish.publish(intake_message(1))
        await eventually(lambda: handling.handled == ["1"])


async def test_cancelling_leaves_the_messages_with_the_broker(
    fresh_desk: Desk, operator: Broker, publish: Publisher
) -> None:
    await publish.publish_all([intake_message(n) for n in range(10)])
    handling, go = Handling(), asyncio.Event()
    handling.misbehave = lambda _: go.wait()
    broker = await fresh_desk.connect("router")
    async with consuming(broker, handling) as consumer:
        await eventually(lambda: handling.calls)
        cut_off = asyncio.create_task(consumer.run())
        cut_off.cancel()
        await asyncio.gather(cut_off, return_exceptions=True)
        assert broker.connected
        go.set()
        await settled(operator, 10)
    assert len(await bodies(operator, "INTAKE")) == 10
