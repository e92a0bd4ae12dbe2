"""Report to the desk what became of what it has for its customers: delivered, or failed for good."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from intake_chat.domain.slack.normalise import CHANNEL
from intake_chat.ports.customers import Publishes
from ventanilla_contracts.acceptance import CHANNEL_HEADER
from ventanilla_contracts.events import NotificationDelivered, NotificationFailed
from ventanilla_contracts.ids import event_id, redrive_id
from ventanilla_runtime import tracing
from ventanilla_runtime.delivery import Delivery
from ventanilla_runtime.publish import MSG_ID, Outgoing

STREAM: Final = "DELIVERY"
_LONGEST_DETAIL: Final = 500

Report = NotificationDelivered | NotificationFailed


class Reporter:
    """Makes reports, and publishes them."""

    def __init__(self, publisher: Publishes, prefix: str, now: Callable[[], datetime]) -> None:
        self._publisher = publisher
        self._prefix = prefix
        self._now = now

    def delivered(self, id_: str, detail: str, *, unread: bool = False) -> NotificationDelivered:
        """It stands where its customer reads it; `unread`: where they did."""
        return NotificationDelivered(
            id=event_id(NotificationDelivered.type, id_),
            notification_id=id_,
            medium=CHANNEL,
            delivered_at=self._now(),
            detail=detail,
            unread=unread,
        )

    def failed(self, id_: str, reason: str, detail: str) -> NotificationFailed:
        """It never will."""
        return NotificationFailed(
            id=event_id(NotificationFailed.type, id_),
            notification_id=id_,
            medium=CHANNEL,
            failed_at=self._now(),
            reason=reason,
            detail=detail[:_LONGEST_DETAIL],
        )

    async def publish(self, event: Report, delivery: Delivery) -> None:
        """Store a report about what a delivery asked for; the same one again is one.

        Raises:
            Temporary: it may be stored or not.
        """
        headers = {
            MSG_ID: redrive_id(event.id, delivery.attempt),
            "ce-specversion": "1.0",
            "ce-id": event.id,
            "ce-type": event.type,
            "ce-source": "/intake-chat",
            "ce-time": self._now().isoformat(),
            tracing.HEADER: tracing.child_of(delivery.headers.get(tracing.HEADER)),
            CHANNEL_HEADER: CHANNEL,
        }
        subject = f"{self._prefix}.{event.type}.{CHANNEL}"
        await self._publisher.publish(Outgoing(STREAM, subject, event.model_dump_json().encode(), headers))
