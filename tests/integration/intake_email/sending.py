"""The sender of a test: a consumer of OUTBOUND on the real broker, and what is asked of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from intake_email.adapters.relay import Relay
from intake_email.handlers.send import Sender
from intake_email.ports import Delivers
from tests.integration.intake_email.conftest import Connected
from tests.support.broker import Desk
from tests.support.polling import eventually
from tests.support.streams import stored
from ventanilla_contracts.events import MailForm, NotificationRequested, Party
from ventanilla_contracts.topology import CONSUMERS
from ventanilla_runtime.consume import Consumer
from ventanilla_runtime.deadletters import DeadLetters
from ventanilla_runtime.delivery import Delivery
from ventanilla_runtime.publish import Outgoing, Publisher
from ventanilla_runtime.smtp_address import SmtpAddress
from ventanilla_runtime.state import StateBucket

SPEC = next(spec for spec in CONSUMERS if spec.durable == "intake-email-sender")


def request(number: int = 1, **changes: Any) -> NotificationRequested:
    now = datetime.now(UTC)
    fields: dict[str, Any] = {
        "id": f"n:{number}",
        "medium": "email",
        "to": Party(address=f"ana{number}@cliente.example", name="Ana"),
        "subject": "[#1] Señal",
        "text": "Hola\n.\nadiós",
        "language": "es",
        "automatic": False,
        "mail": MailForm(
            from_address="soporte@desk.example",
            return_path="soporte+b.t@desk.example",
            message_id=f"m{number}@desk.example",
        ),
        "requested_at": now,
        "expires_at": now + timedelta(hours=1),
        **changes,
    }
    return NotificationRequested(**fields)


async def ask(desk: Desk, *requests: NotificationRequested, suffix: str = "") -> None:
    """Publish notifications as the ticket service does."""
    publisher = Publisher(await desk.connect("tickets"))
    await publisher.start()
    await publisher.publish_all(
        [
            Outgoing(
                "OUTBOUND",
                "desk.notification.requested.v1.email",
                one.model_dump_json().encode(),
                {"Nats-Msg-Id": one.id + suffix},
            )
            for one in requests
        ]
    )


def sender_of(service: Connected, transport: Delivers, **other: Any) -> Sender:
    """A sender on the real broker; `other` replaces its publisher or its state."""
    parts: dict[str, Any] = {
        "publisher": service.publisher,
        "state": StateBucket(service.broker, service.publisher, "outbound_state"),
        **other,
    }
    return Sender(**parts, blobs=service.blobs, transport=transport, prefix="desk")


def handed_out(request: NotificationRequested, sequence: int = 1) -> Delivery:
    """A request as the consumer hands it to the sender."""
    body = request.model_dump_json().encode()
    return Delivery("desk.notification.requested.v1.email", body, {}, "OUTBOUND", "x", sequence, 1, 0, "")


@asynccontextmanager
async def sending(service: Connected, transport: Delivers, **other: Any) -> AsyncIterator[Sender]:
    sender = sender_of(service, transport, **other)
    letters = DeadLetters(service.publisher, "desk", "intake-email")
    consumer = Consumer(service.broker, SPEC, sender.handle, letters, batch_size=50, postpones=True)
    running = asyncio.create_task(consumer.run())
    try:
        yield sender
    finally:
        consumer.stop()
        async with asyncio.timeout(10):
            await running


def relay_to(port: int, *, timeout: float = 5.0) -> Relay:
    address = SmtpAddress.parse(f"smtp://127.0.0.1:{port}?starttls=off")
    return Relay(address, hostname="mx.desk.example", connections=2, timeout_seconds=timeout)


async def reports(desk: Desk, count: int) -> dict[str, str]:
    """Notification id → `delivered` or the reason of its failure, when there are so many reports."""
    broker = await desk.connect()

    async def enough() -> bool:
        return (await broker.stream_state("DELIVERY")).messages >= count

    await eventually(enough, 30)
    found = await stored(broker, "DELIVERY")
    assert len(found) == count
    bodies = [json.loads(message.body) for message in found]
    return {body["notification_id"]: body.get("reason", "delivered") for body in bodies}


async def settled(desk: Desk) -> None:
    """Wait until everything that was asked for is settled."""
    broker = await desk.connect()

    async def done() -> bool:
        state = await broker.consumer_state("OUTBOUND", "intake-email-sender")
        return not state.pending and not state.ack_pending

    await eventually(done)
