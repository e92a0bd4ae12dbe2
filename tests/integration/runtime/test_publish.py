import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.support.broker import Desk
from tests.support.polling import eventually
from tests.support.streams import INTAKE, bodies, intake_message, limit, stored
from ventanilla_contracts.errors import Temporary
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.errors import BrokerAway, StreamFull, Unsendable, WrongSequence
from ventanilla_runtime.publish import BATCH_MESSAGES, EXPECTED_SEQUENCE, MSG_ID, Outgoing, Publisher

Start = Callable[[Broker], Awaitable[Publisher]]


async def test_a_message_is_stored_once_however_often_it_is_published(fresh_desk: Desk, publisher_of: Start) -> None:
    publisher = await publisher_of(await fresh_desk.connect())

    first = await publisher.publish(intake_message(1))
    again = await publisher.publish(intake_message(1))

    assert (first.stream, first.sequence, first.duplicate) == ("INTAKE", 1, False)
    assert (again.sequence, again.duplicate) == (1, True)


async def test_many_at_once_leave_in_batches_and_every_ack_names_its_own_message(
    fresh_desk: Desk, publisher_of: Start
) -> None:
    broker = await fresh_desk.connect()
    publisher = await publisher_of(broker)

    acks = await asyncio.gather(*(publisher.publish(intake_message(n)) for n in range(600)))

    stored_bodies = await bodies(broker, "INTAKE")
    assert len(stored_bodies) == 600
    assert [stored_bodies[ack.sequence - 1] for ack in acks] == [str(n) for n in range(600)]


async def test_more_than_one_batch_is_stored_in_order(fresh_desk: Desk, publisher_of: Start) -> None:
    broker = await fresh_desk.connect()
    count = 2 * BATCH_MESSAGES + 7

    acks = await (await publisher_of(broker)).publish_all([intake_message(n) for n in range(count)])

    assert [ack.sequence for ack in acks] == list(range(1, count + 1))
    assert await bodies(broker, "INTAKE") == [str(n) for n in range(count)]


async def test_an_atomic_batch_holds_more_than_250_messages(fresh_desk: Desk, publisher_of: Start) -> None:
    broker = await fresh_desk.connect()

    await (await publisher_of(broker)).publish_together([intake_message(n) for n in range(900)])

    assert (await broker.stream_state("INTAKE")).messages == 900


async def test_an_atomic_batch_with_one_repeated_id_stores_nothing(fresh_desk: Desk, publisher_of: Start) -> None:
    broker = await fresh_desk.connect()
    publisher = await publisher_of(broker)
    await publisher.publish(intake_message(3))

    with pytest.raises(Temporary):
        await publisher.publish_together([intake_message(n) for n in range(10)])

    assert (await broker.stream_state("INTAKE")).messages == 1


async def test_one_repeated_message_does_not_keep_its_batch_mates_out(fresh_desk: Desk, publisher_of: Start) -> None:
    broker = await fresh_desk.connect()
    publisher = await publisher_of(broker)
    await publisher.publish(intake_message(3))

    acks = await publisher.publish_all([intake_message(n) for n in range(10)])

    assert [n for n, ack in enumerate(acks) if ack.duplicate] == [3]
    assert acks[3].sequence == 1
    assert sorted(await bodies(broker, "INTAKE")) == sorted(str(n) for n in range(10))


async def test_a_message_too_large_for_the_broker_fails_alone_and_at_once(
    fresh_desk: Desk, publisher_of: Start
) -> None:
    broker = await fresh_desk.connect()
    publisher = await publisher_of(broker)
    too_large = intake_message("x", b"x" * (broker.max_payload - 20))

    results = await asyncio.gather(
        publisher.publish(too_large),
        *(publisher.publish(intake_message(n)) for n in range(20)),
        return_exceptions=True,
    )

    assert isinstance(results[0], Unsendable)
    assert not [result for result in results[1:] if isinstance(result, BaseException)]
    assert broker.connected


@pytest.mark.parametrize(
    "message",
    [
        Outgoing("INTAKE", INTAKE + " x", b"", {MSG_ID: "a"}),
        Outgoing("INTAKE", INTAKE, b"", {MSG_ID: "half a character: \ud83d"}),
        Outgoing("INTAKE", INTAKE, b"", {"not a name": "x"}),
    ],
    ids=["subject", "character", "header name"],
)
async def test_a_message_that_the_protocol_cannot_carry_is_refused_and_the_connection_lives(
    fresh_desk: Desk, publisher_of: Start, message: Outgoing
) -> None:
    broker = await fresh_desk.connect()
    publisher = await publisher_of(broker)

    with pytest.raises(Unsendable):
        await publisher.publish(message)

    assert (await publisher.publish(intake_message(1))).sequence == 1


async def test_a_header_with_a_line_break_cannot_add_another_header(fresh_desk: Desk, publisher_of: Start) -> None:
    broker = await fresh_desk.connect()

    with pytest.raises(Unsendable):
        await (await publisher_of(broker)).publish(intake_message(1, note="a\r\nce-type: forged"))

    assert await stored(broker, "INTAKE") == []


@pytest.mark.parametrize("at_once", [1, 30], ids=["single", "batch"])
async def test_a_full_stream_says_so(fresh_desk: Desk, publisher_of: Start, at_once: int) -> None:
    broker = await fresh_desk.connect()
    publisher = await publisher_of(broker)
    await limit(broker, "INTAKE", 64 * 1024)

    failures: list[BaseException] = []
    for wave in range(0, 60, at_once):
        messages = [intake_message(n, b"x" * 8_000) for n in range(wave, wave + at_once)]
        results = await asyncio.gather(*map(publisher.publish, messages), return_exceptions=True)
        failures += [result for result in results if isinstance(result, BaseException)]

    assert failures
    assert {type(failure) for failure in failures} == {StreamFull}


async def test_a_subject_that_no_stream_takes_is_temporary_and_told_at_once(
    fresh_desk: Desk, publisher_of: Start
) -> None:
    broker = await fresh_desk.connect()
    await broker.api("STREAM.DELETE.INTAKE")

    async with asyncio.timeout(2):
        with pytest.raises(BrokerAway, match="no stream"):
            await (await publisher_of(broker)).publish(intake_message(1))


async def test_a_key_that_exists_is_told_apart_in_a_batch(fresh_desk: Desk, publisher_of: Start) -> None:
    publisher = await publisher_of(await fresh_desk.connect())
    keys = [
        Outgoing("KV_outbound_state", f"$KV.outbound_state.k{n}", b"attempting", {EXPECTED_SEQUENCE: "0"})
        for n in range(8)
    ]
    await publisher.publish(keys[5])

    results = await publisher.store(keys)

    assert [n for n, result in enumerate(results) if isinstance(result, WrongSequence)] == [5]


async def test_two_replicas_of_a_service_never_read_each_others_acknowledgements(
    fresh_desk: Desk, publisher_of: Start
) -> None:
    """With a shared inbox, the refusal of one's write could be taken for the acknowledgement of the other's."""
    one, other = await fresh_desk.connect("intake-email"), await fresh_desk.connect("intake-email")
    first, second = await publisher_of(one), await publisher_of(other)
    impossible = Outgoing("INTAKE", INTAKE, b"", {EXPECTED_SEQUENCE: "777"})

    async def mine(number: int) -> int:
        return (await first.publish(intake_message(number))).sequence

    async def refused() -> None:
        with pytest.raises(WrongSequence):
            await second.publish(impossible)

    for number in range(30):
        sequence, _ = await asyncio.gather(mine(number), refused())
        assert sequence == number + 1


async def test_a_caller_who_gave_up_leaves_nothing_behind(fresh_desk: Desk, publisher_of: Start) -> None:
    broker = await fresh_desk.connect()
    publisher = await publisher_of(broker)
    callers = [asyncio.ensure_future(publisher.publish(intake_message(n))) for n in range(100)]

    await asyncio.sleep(0)
    for caller in callers[:50]:
        caller.cancel()
    await asyncio.gather(*callers, return_exceptions=True)

    assert (await publisher.publish(intake_message("last"))).sequence
    assert (await broker.stream_state("INTAKE")).messages == 51, "what nobody waits for is not sent"
    assert not publisher._waiting
    await eventually(lambda: not any(lane._in_flight or lane._gathering for lane in publisher._lanes.values()))


async def test_without_a_broker_a_publish_fails_at_once_and_works_again_afterwards(
    own_desk: Desk, publisher_of: Start
) -> None:
    broker = await own_desk.connect()
    publisher = await publisher_of(broker)
    own_desk.server.kill()
    await eventually(lambda: not broker.connected)

    async with asyncio.timeout(1):
        with pytest.raises(BrokerAway):
            await publisher.publish(intake_message(1))

    own_desk.server.start()
    await eventually(lambda: broker.connected)
    assert (await publisher.publish(intake_message(1))).sequence == 1


async def test_questions_during_an_outage_are_not_remembered(own_desk: Desk) -> None:
    broker = await own_desk.connect()
    own_desk.server.kill()
    await eventually(lambda: not broker.connected)

    for _ in range(50):
        with pytest.raises(BrokerAway):
            await broker.stream_state("INTAKE")

    assert not getattr(broker.client, "_resp_map", None)


async def test_a_broker_killed_while_publishing_loses_nothing_that_was_acknowledged_and_doubles_nothing(
    own_desk: Desk, publisher_of: Start
) -> None:
    broker = await own_desk.connect("intake-email")
    publisher = await publisher_of(broker)
    done: list[int] = []

    async def publish_until_acknowledged(start: int) -> None:
        for number in range(start, start + 60):
            while True:
                try:
                    await publisher.publish(intake_message(number))
                    break
                except Temporary:
                    await asyncio.sleep(0.02)
            done.append(number)

    publishing = asyncio.gather(*(publish_until_acknowledged(1000 * lane) for lane in range(20)))
    for threshold in (200, 500, 800):
        await eventually(lambda threshold=threshold: len(done) >= threshold)
        own_desk.server.kill()
        own_desk.server.start()
    async with asyncio.timeout(30):
        await publishing

    found = await bodies(await own_desk.connect(), "INTAKE")
    assert len(found) == len(set(found)) == 1200
    assert not publisher._waiting


async def test_waiting_ends_with_the_connection_not_with_the_time_out(own_desk: Desk, publisher_of: Start) -> None:
    broker = await own_desk.connect()
    publisher = await publisher_of(broker)
    loop = asyncio.get_running_loop()
    answer = loop.create_future()
    publisher._waiting[10**6] = answer  # a write whose acknowledgement never comes

    own_desk.server.kill()
    own_desk.server.start()

    async with asyncio.timeout(4):
        with pytest.raises(BrokerAway):
            await answer
    del publisher._waiting[10**6]
