"""Events of this service on their way into the broker."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from ventanilla_contracts.acceptance import CHANNEL_HEADER
from ventanilla_contracts.call_events import CallChanged
from ventanilla_contracts.events import MessageReceived, NotificationDelivered, NotificationFailed
from ventanilla_contracts.ids import redrive_id
from ventanilla_runtime import tracing
from ventanilla_runtime.delivery import Delivery
from ventanilla_runtime.publish import MSG_ID, Outgoing

Report = NotificationDelivered | NotificationFailed
Made = MessageReceived | Report | CallChanged
_STREAMS: Final[Mapping[str, str]] = {
    MessageReceived.type: "INTAKE",
    NotificationDelivered.type: "DELIVERY",
    NotificationFailed.type: "DELIVERY",
    CallChanged.type: "PHONE",
}


def outgoing(event: Made, delivery: Delivery, prefix: str) -> Outgoing:
    """An event that a delivery causes, as it is stored; the same one again is one."""
    if isinstance(event, CallChanged):
        channel, subject = "voice", event.type
    else:
        channel = event.channel if isinstance(event, MessageReceived) else event.medium
        subject = f"{event.type}.{channel}"
    headers = {
        MSG_ID: redrive_id(event.id, delivery.attempt),
        "ce-specversion": "1.0",
        "ce-id": event.id,
        "ce-type": event.type,
        "ce-source": "/intake-phone",
        "ce-time": datetime.now(UTC).isoformat(),
        tracing.HEADER: tracing.child_of(delivery.headers.get(tracing.HEADER)),
        CHANNEL_HEADER: channel,
    }
    return Outgoing(_STREAMS[event.type], f"{prefix}.{subject}", event.model_dump_json().encode(), headers)
