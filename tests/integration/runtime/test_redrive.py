import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.support.broker import Desk
from tests.support.consuming import Handling, consuming, dead_letters
from tests.support.polling import eventually
from tests.support.streams import INTAKE, intake_message, make_anew
from ventanilla_contracts.errors import Permanent, Temporary
from ventanilla_contracts.events import Redrive
from ventanilla_contracts.topology import CONSUMERS
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.consume import Consumer
from ventanilla_runtime.deadletters import DeadLetters
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.errors import BrokerAway
from ventanilla_runtime.publish import Outgoing, Publisher
from ventanilla_runtime.redrive import Redriver

SPEC = next(spec for spec in CONSUMERS if spec.durable == "router-redrive")


@asynccontextmanager
async def router_with_redrive(broker: Broker, handling: Handling) -> AsyncIterator[None]:
    publisher = Publisher(broker)
    await publisher.start()
    letters = DeadLetters(publisher, "desk", "router")
    redriver = Redriver(broker, letters, {"INTAKE": handling})
    consumer = Consumer(broker, SPEC, redriver.handle, letters)
    running = asyncio.create_task(consumer.run())
    try:
        yield
    finally:
        consumer.stop()
        await running


async def order(publisher: Publisher, stream: str, created_at: str, sequence: int, attempt: int = 1) -> None:
    body = Redrive(stream=stream, created_at=created_at, sequence=sequence, attempt=attempt).model_dump_json().encode()
    await publisher.publish(Outgoing("REDRIVE", "desk.redrive.v1.router", body))


async def carried_out(broker: Broker, orders: int) -> None:
    async def floor() -> bool:
        return (await broker.consumer_state("REDRIVE", "router-redrive")).ack_floor >= orders

    await eventually(floor)


async def test_a_message_is_handled_again_from_its_place(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    publisher = Publisher(operator)
    await publisher.start()
    await publisher.publish_all([intake_message(n, traceparent="00-aa-bb-01") for n in range(3)])
    state, handling = await operator.stream_state("INTAKE"), Handling()

    async with router_with_redrive(await fresh_desk.connect("router"), handling):
        await order(publisher, "INTAKE", state.created_at, 2, attempt=5)
        await carried_out(operator, 1)

    [again] = handling.deliveries
    original = await operator.stored_message("INTAKE", 2)
    assert original
    assert (again.body, again.sequence, again.attempt, again.subject) == (b"1", 2, 5, INTAKE)
    assert again.headers["traceparent"] == "00-aa-bb-01"
    assert again.stored_at.isoformat()[:19] == original.stored_at[:19], "a re-drive keeps the old times"


async def test_what_a_handler_keeps_is_waited_for(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    publisher = Publisher(operator)
    await publisher.start()
    await publisher.publish(intake_message(0))
    state, handling, tries = await operator.stream_state("INTAKE"), Handling(), []

    async def first_away(delivery: Delivery, batch: Batch) -> None:
        tries.append(delivery.sequence)
        if len(tries) == 1:
            raise BrokerAway("gone")
        batch.reject(delivery, Permanent("nobody can read it"))

    handling.misbehave = lambda batch: [
        batch.keep(delivery, asyncio.create_task(first_away(delivery, batch))) for delivery in batch.deliveries
    ]
    async with router_with_redrive(await fresh_desk.connect("router"), handling):
        await order(publisher, "INTAKE", state.created_at, 1)
        await carried_out(operator, 1)

    assert tries == [1, 1]
    assert [letter.sequence for letter in await dead_letters(operator)] == [1]


async def test_a_dead_letter_is_handled_again_as_the_message_that_it_holds(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    publisher = Publisher(operator)
    await publisher.start()
    await publisher.publish(intake_message(7, **{"vnt-channel": "email"}))
    first, repaired = Handling(), Handling()

    def broken(_: Batch) -> None:
        raise Permanent("a rule is wrong")

    first.misbehave = broken
    async with consuming(await fresh_desk.connect("router"), first):
        await eventually(lambda: dead_letters(operator))
    place = await operator.stream_state("DEADLETTER")

    async with router_with_redrive(await fresh_desk.connect("router"), repaired):
        await order(publisher, "DEADLETTER", place.created_at, 1, attempt=2)
        await carried_out(operator, 1)

    [again] = repaired.deliveries
    assert (again.body, again.stream, again.sequence, again.attempt) == (b"7", "INTAKE", 1, 2)
    assert again.subject == INTAKE, "a handler that reads the channel off the subject finds it"
    assert again.headers["vnt-channel"] == "email"


async def test_what_fails_again_becomes_another_dead_letter_of_the_original(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    publisher = Publisher(operator)
    await publisher.start()
    await publisher.publish(intake_message(1))
    state, handling = await operator.stream_state("INTAKE"), Handling()

    def broken(_: Batch) -> None:
        raise Permanent("still wrong")

    handling.misbehave = broken
    async with router_with_redrive(await fresh_desk.connect("router"), handling):
        await order(publisher, "INTAKE", state.created_at, 1, attempt=1)
        await order(publisher, "INTAKE", state.created_at, 1, attempt=2)
        await carried_out(operator, 2)

    letters = await dead_letters(operator)
    assert [(letter.stream, letter.sequence, letter.detail) for letter in letters] == [("INTAKE", 1, "still wrong")] * 2


async def test_an_order_for_a_stream_made_anew_does_nothing(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    publisher = Publisher(operator)
    await publisher.start()
    former = (await operator.stream_state("INTAKE")).created_at
    await make_anew(operator, "INTAKE")
    await publisher.publish(intake_message("another"))
    handling = Handling()

    async with router_with_redrive(await fresh_desk.connect("router"), handling):
        await order(publisher, "INTAKE", former, 1)
        await carried_out(operator, 1)

    assert handling.calls == []


async def test_an_order_that_makes_no_sense_does_not_hold_up_the_next(fresh_desk: Desk) -> None:
    """A stream that the service may not read would otherwise look like a broker that is away, for ever."""
    operator = await fresh_desk.connect()
    publisher = Publisher(operator)
    await publisher.start()
    await publisher.publish(intake_message(1))
    state, handling = await operator.stream_state("INTAKE"), Handling()

    async with router_with_redrive(await fresh_desk.connect("router"), handling):
        await publisher.publish(Outgoing("REDRIVE", "desk.redrive.v1.router", b"not json"))
        await order(publisher, "TICKETS", state.created_at, 1)
        await order(publisher, "NO_SUCH_STREAM", state.created_at, 1)
        await order(publisher, "INTAKE", state.created_at, 999)
        await order(publisher, "INTAKE", state.created_at, 1)
        await carried_out(operator, 5)

    assert handling.handled == ["1"]
    assert len(await dead_letters(operator)) == 3


async def test_an_order_is_repeated_while_something_is_away(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    publisher = Publisher(operator)
    await publisher.start()
    await publisher.publish(intake_message(1))
    state, handling = await operator.stream_state("INTAKE"), Handling()

    def misbehave(_: Batch) -> None:
        if len(handling.calls) < 3:
            raise Temporary("away")

    handling.misbehave = misbehave
    async with router_with_redrive(await fresh_desk.connect("router"), handling):
        await order(publisher, "INTAKE", state.created_at, 1)
        await carried_out(operator, 1)

    assert handling.handled == ["1"]
    assert await dead_letters(operator) == []
