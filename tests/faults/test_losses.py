"""What is wiped or deleted behind the desk's back is named by the ledger, and what can come home does."""

import asyncio
import json
from typing import Any

import pytest

from tests.faults.traffic import Sender, stream
from tests.support.desk import RunningDesk, mail
from tests.support.polling import eventually
from ventanilla_runtime.publish import Outgoing, Publisher


@pytest.mark.parametrize("how", ["purged", "deleted and made anew"])
async def test_a_wiped_stream_between_router_and_tickets_delays_messages_and_loses_none(
    desk: RunningDesk, how: str
) -> None:
    await desk.services["tickets"].kill()
    sent = await stream(Sender(desk.smtp_port), "wiped", 30, 1, pause_seconds=0)
    operator = await desk.broker.connect("operator")

    async def routed() -> bool:
        return (await operator.stream_state("ROUTED")).messages == 30

    await eventually(routed)
    if how == "purged":
        assert (await operator.api("STREAM.PURGE.ROUTED"))["success"]
    else:
        assert (await operator.api("STREAM.DELETE.ROUTED"))["success"]
        await desk.broker.apply_topology()
    await desk.services["tickets"].start()

    ledger = await desk.settled(30, 60)

    assert ledger["settled"] == {"created": 30}
    assert ledger["missing"] == 0
    assert sorted(row["subject"] for row in await desk.query("select subject from ticket")) == sorted(sent)


async def test_a_ticket_deleted_from_the_database_is_named_and_comes_home_under_its_number(desk: RunningDesk) -> None:
    await desk.send_later(
        mail("Borrado por la espalda", "No puedo entrar en mi cuenta.", message_id="<gone@c.example>")
    )
    await desk.settled(1)
    [before] = await desk.query("select number from ticket")
    await desk.services["router"].stop()

    await desk.query("delete from ticket")

    async def named() -> dict[str, Any]:
        return next((one for one in (await desk.ledger())["unsettled"] if "deleted" in one["note"]), {})

    assert (await eventually(named))["state"] == "in_flight"
    assert (await desk.ledger())["in_flight"] == 1
    await desk.services["router"].start()
    ledger = await desk.settled(1, 60)
    assert ledger["settled"] == {"created": 1}
    assert ledger["missing"] == 0
    assert not ledger["unsettled"]
    [after] = await desk.query("select number, subject from ticket")
    assert (after["number"], after["subject"]) == (before["number"], "Borrado por la espalda")


async def test_a_mail_deleted_before_it_was_parsed_is_named_as_missing(desk: RunningDesk) -> None:
    await desk.send_later(mail("La primera", "Hola, tengo una pregunta."))
    await desk.settled(1)
    operator = await desk.broker.connect("operator")
    # The parser must not get it before it is deleted: pause it, accept by hand what a door would accept.
    state = await operator.stream_state("ACCEPTED")
    await operator.api("CONSUMER.PAUSE.ACCEPTED.intake-email-parser", {"pause_until": "2100-01-01T00:00:00Z"})
    await desk.send_later(mail("La que se pierde", "Hola."))
    lost = state.last_sequence + 1
    assert (await operator.api("STREAM.MSG.DELETE.ACCEPTED", {"seq": lost}))["success"]
    await operator.api("CONSUMER.PAUSE.ACCEPTED.intake-email-parser", {})
    await desk.send_later(mail("La siguiente", "Hola."))

    async def missing() -> dict[str, Any]:
        ledger = await desk.ledger()
        return ledger if ledger["missing"] else {}

    ledger = await eventually(missing, 60)

    assert ledger["accepted"] == 3
    assert ledger["settled"] == {"created": 2}
    assert ledger["missing"] == 1
    [named] = ledger["unsettled"]
    assert named["state"] == "missing"
    assert named["acceptance"] == f"ACCEPTED/{state.created_at}/{lost}"


@pytest.mark.timeout(240)
@pytest.mark.parametrize("seconds", [25, pytest.param(60, marks=pytest.mark.long)])
async def test_while_postgres_is_away_there_are_no_dead_letters(desk: RunningDesk, seconds: int) -> None:
    # Twice what the broker waits for a settlement, and long enough for every back-off of a consumer.
    await asyncio.to_thread(desk.postgres.stop)
    sender = Sender(desk.smtp_port)
    away = asyncio.create_task(asyncio.sleep(seconds))
    sent: list[str] = []
    while not away.done():
        sent += await stream(sender, f"away{len(sent)}", 10, len(sent), pause_seconds=0.2)
    await asyncio.to_thread(desk.postgres.start)

    ledger = await desk.settled(len(sent), 60)

    assert ledger["settled"] == {"created": len(sent)}
    assert sender.tries == len(sent), "the door needs no database"
    operator = await desk.broker.connect("operator")
    assert (await operator.stream_state("DEADLETTER")).messages == 0


async def test_poison_in_the_middle_of_a_batch_is_buried_and_its_mates_get_through(desk: RunningDesk) -> None:
    await desk.services["tickets"].stop()
    await stream(Sender(desk.smtp_port), "before", 50, 1, pause_seconds=0)
    operator = await desk.broker.connect("operator")

    async def routed() -> bool:
        return (await operator.stream_state("ROUTED")).messages == 50

    await eventually(routed)
    await poison(operator, [20, 40])
    await stream(Sender(desk.smtp_port), "after", 50, 2, pause_seconds=0)
    await desk.services["tickets"].start()

    async def buried() -> bool:
        return (await operator.stream_state("DEADLETTER")).messages == 2

    await eventually(buried, 30)
    ledger = await desk.settled(100, 30)

    assert ledger["settled"] == {"created": 98, "dead_lettered": 2}
    assert ledger["missing"] == 0


async def poison(operator: Any, sequences: list[int]) -> None:
    """Replace routed events by what cannot be settled: a NUL byte in the text, and no event at all."""
    publisher = Publisher(operator)
    await publisher.start()
    for sequence, spoil in zip(sequences, (_with_nul, _nonsense), strict=True):
        original = await operator.stored_message("ROUTED", sequence)
        assert (await operator.api("STREAM.MSG.DELETE.ROUTED", {"seq": sequence}))["success"]
        headers = {key: value for key, value in original.headers.items() if not key.startswith("Nats-")}
        body = spoil(original.body)
        await publisher.publish(Outgoing("ROUTED", "desk.message.routed.v1.email", body, headers))


def _with_nul(body: bytes) -> bytes:
    routed = json.loads(body)
    routed["received"]["text"] = "nul \0 byte"
    return json.dumps(routed).encode()


def _nonsense(body: bytes) -> bytes:
    return b'{"received": "nonsense"}'
