"""Texts of which WhatsApp says that they were read: the last word about them, whenever it comes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.routed_mails import answered, message, settle
from tests.integration.tickets.texts import texted
from tickets.adapters.postgres.outbound import OutboundStore
from tickets.handlers.sending.deliveries import note_deliveries
from ventanilla_contracts.events import NotificationDelivered, NotificationFailed
from ventanilla_runtime.delivery import Batch, Delivery

NOON = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def told(state: str, notification: str) -> Delivery:
    values: dict[str, Any] = {"id": f"{state}/{notification}", "notification_id": notification, "medium": "whatsapp"}
    event: NotificationDelivered | NotificationFailed
    if state == "failed":
        event = NotificationFailed(**values, failed_at=NOON, reason="unreachable")
    else:
        event = NotificationDelivered(**values, delivered_at=NOON, taken=state == "sent", read=state == "read")
    subject = f"desk.{event.type}.whatsapp"
    return Delivery(subject, event.model_dump_json().encode(), {}, "DELIVERY", "x", 1, 1, 10**18, "")


async def noted(api: ApiDesk, states: str, *, together: bool) -> str:
    """The state of an answer after reports about it."""
    await settle(api, texted(1, "whatsapp"))
    agent = await api.client("read", "write", name="Eva")
    answer = await answered(agent, 1)
    [row] = await api.database.fetch("select notification_id from message where kind = 'agent'")
    deliveries = [told(state, row["notification_id"]) for state in states.split()]
    for batch in [deliveries] if together else [[one] for one in deliveries]:
        await note_deliveries(Batch(batch), OutboundStore(api.database), api.deps)
    return str((await message(agent, 1, answer["id"]))["delivery"]["state"])


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("states", "last"),
    [
        ("sent delivered read", "read"),
        ("read delivered sent", "read"),
        ("read", "read"),
        ("sent delivered", "delivered"),
    ],
)
async def test_what_was_read_stays_read(database: str, states: str, last: str, together: bool) -> None:
    async with open_api_desk(database) as api:
        assert await noted(api, states, together=together) == last


async def test_what_was_read_does_not_fail_afterwards(database: str) -> None:
    async with open_api_desk(database) as api:
        assert await noted(api, "read failed", together=False) == "read"
