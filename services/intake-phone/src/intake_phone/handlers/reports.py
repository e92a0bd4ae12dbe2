"""Reports to the desk about its texts: taken by Twilio, or failed for good."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from ventanilla_contracts.events import NotificationDelivered, NotificationFailed
from ventanilla_contracts.ids import event_id

LONGEST_DETAIL: Final = 500


class Reports:
    """Makes reports."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def delivered(
        self,
        notification: str,
        medium: str,
        detail: str,
        *,
        final: bool = False,
        read: bool = False,
        template: bool = False,
    ) -> NotificationDelivered:
        """Twilio has it, and tells later what becomes of it; `final`: it has arrived; `read`: and was opened.

        `template`: one went in place of its words.
        """
        source = f"{notification}/{'read' if read else 'arrived'}" if final else notification
        return NotificationDelivered(
            id=event_id(NotificationDelivered.type, source),
            notification_id=notification,
            medium=medium,
            delivered_at=self._now(),
            detail=detail[:LONGEST_DETAIL],
            taken=not final,
            read=read,
            template=template,
        )

    def failed(self, notification: str, medium: str, reason: str, detail: str) -> NotificationFailed:
        """It will not arrive."""
        return NotificationFailed(
            id=event_id(NotificationFailed.type, notification),
            notification_id=notification,
            medium=medium,
            failed_at=self._now(),
            reason=reason,
            detail=detail[:LONGEST_DETAIL],
        )
