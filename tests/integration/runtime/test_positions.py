"""Positions after a restore: consumers put back, and sequences that are never given out twice."""

from tests.support.broker import Desk
from tests.support.consuming import Handling, consuming
from tests.support.polling import eventually
from tests.support.streams import intake_message
from ventanilla_runtime.backups.positions import is_pulled, rewind, skip_to
from ventanilla_runtime.publish import Outgoing, Publisher
from ventanilla_runtime.topology import differences


async def test_a_consumer_that_is_put_back_hands_out_again_from_there_on(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    publisher = Publisher(operator)
    await publisher.start()
    await publisher.publish_all([intake_message(number) for number in range(10)])
    handling = Handling()
    async with consuming(await fresh_desk.connect("router"), handling):
        await eventually(lambda: len(handling.handled) == 10)
        assert await is_pulled(operator, "INTAKE", "router")
    assert not await is_pulled(operator, "INTAKE", "router")

    assert await rewind(operator, "INTAKE", "router", 8)
    assert not await rewind(operator, "INTAKE", "router", 8)

    async with consuming(await fresh_desk.connect("router"), handling):
        await eventually(lambda: handling.handled[10:] == ["7", "8", "9"])
    assert await differences(operator) == []


async def test_sequences_that_were_given_out_are_skipped_and_nobody_reads_what_fills_them(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    publisher = Publisher(operator)
    await publisher.start()
    await publisher.publish_all([intake_message(number) for number in range(3)])

    for _ in range(2):  # again changes nothing
        await skip_to(operator, publisher, await operator.stream_state("INTAKE"), 1_500, "desk")

    ack = await publisher.publish(intake_message("new"))
    assert ack.sequence == 1_501
    assert (await operator.stream_state("INTAKE")).messages == 4
    handling = Handling()
    async with consuming(await fresh_desk.connect("router"), handling):
        await eventually(lambda: handling.handled == ["0", "1", "2", "new"])
    assert await differences(operator) == []


async def test_a_stream_whose_subject_has_no_wild_card_keeps_its_messages(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    publisher = Publisher(operator)
    await publisher.start()
    await publisher.publish(Outgoing("ACCEPTED", "desk.mail.accepted.v1", b"a mail"))

    assert await skip_to(operator, publisher, await operator.stream_state("ACCEPTED"), 50, "desk") == 49

    assert (await operator.stream_state("ACCEPTED")).last_sequence == 50
    assert (await operator.stored_message("ACCEPTED", 1)).body == b"a mail"  # type: ignore[union-attr]  # it is there
    assert await differences(operator) == []
