"""Answers on their way: wiped between the ticket service and the sender, or spoilt there."""

from typing import Any

from tests.support.desk import RunningDesk, mail
from tests.support.polling import eventually
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.publish import Outgoing, Publisher

SENDER = "OUTBOUND.intake-email-sender"


async def an_answer_on_its_way(desk: RunningDesk, operator: Broker) -> None:
    """A mail whose acknowledgement lies in OUTBOUND while the sender sleeps, and is marked as published."""
    await operator.api(f"CONSUMER.PAUSE.{SENDER}", {"pause_until": "2100-01-01T00:00:00Z"})
    await desk.send_later(mail("No puedo entrar", "La contraseña no funciona.", message_id="<one@cliente.example>"))
    await desk.settled(1)

    async def published() -> bool:
        return bool(await desk.query("select 1 from outbox where published_at is not null"))

    await eventually(published, 20)


async def state_of_the_answer(desk: RunningDesk, wanted: str) -> dict[str, Any]:
    async def reached() -> dict[str, Any]:
        [row] = await desk.query("select delivery_state, delivery_detail from message where kind = 'automatic'")
        return dict(row) if row["delivery_state"] == wanted else {}

    found: dict[str, Any] = await eventually(reached, 30)
    return found


async def test_an_answer_that_was_wiped_on_its_way_is_sent_all_the_same_and_once(desk: RunningDesk) -> None:
    operator = await desk.broker.connect("operator")
    await an_answer_on_its_way(desk, operator)

    assert (await operator.api("STREAM.PURGE.OUTBOUND"))["purged"] == 1
    await operator.api(f"CONSUMER.PAUSE.{SENDER}", {})
    # A minute has passed without a word about it.
    await desk.query("update outbox set look_at = clock_timestamp() - interval '1 second'")

    await state_of_the_answer(desk, "delivered")
    assert len(desk.sent()) == 1
    assert not await desk.query("select 1 from outbox")


async def test_an_answer_that_is_only_slow_is_left_alone(desk: RunningDesk) -> None:
    operator = await desk.broker.connect("operator")
    await an_answer_on_its_way(desk, operator)
    await desk.query("update outbox set look_at = clock_timestamp() - interval '1 second'")

    async def looked_at() -> bool:
        return not await desk.query("select 1 from outbox where look_at < clock_timestamp()")

    await eventually(looked_at, 20)
    assert (await operator.stream_state("OUTBOUND")).last_sequence == 1
    await operator.api(f"CONSUMER.PAUSE.{SENDER}", {})
    await state_of_the_answer(desk, "delivered")
    assert len(desk.sent()) == 1


async def test_an_answer_that_cannot_be_read_fails_where_agents_see_it(desk: RunningDesk) -> None:
    operator = await desk.broker.connect("operator")
    await an_answer_on_its_way(desk, operator)
    [row] = await desk.query("select notification_id from outbox where notification_id is not null")
    await operator.api("STREAM.PURGE.OUTBOUND")
    tickets = await desk.broker.connect("tickets")
    publisher = Publisher(tickets)
    await publisher.start()
    headers = {"ce-id": row["notification_id"], "ce-type": "notification.requested.v1", "Nats-Msg-Id": "spoilt"}
    await publisher.publish(Outgoing("OUTBOUND", "desk.notification.requested.v1.email", b"{spoilt", headers))
    await operator.api(f"CONSUMER.PAUSE.{SENDER}", {})

    failed = await state_of_the_answer(desk, "failed")

    assert failed["delivery_detail"]
    [ticket] = (await desk.api("GET", "/tickets"))["items"]
    history = (await desk.api("GET", f"/tickets/{ticket['number']}/history"))["items"]
    assert "notification.failed" in [entry["action"] for entry in history]
    assert (await operator.stream_state("DEADLETTER")).messages == 1
    assert desk.sent() == []
