"""Say in a conversation what the desk has for its customer: once, and always reported.

What was begun is remembered before Slack is asked, and what was done after it. Where an attempt may have succeeded
unseen, the thread is read back: each message carries the id of its notification where people do not see it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import structlog
from pydantic import ValidationError

from intake_chat import metrics
from intake_chat.domain.slack.mrkdwn import escaped
from intake_chat.domain.slack.places import Conversation
from intake_chat.errors import MalformedRequest, SlackAway, SlackRefused
from intake_chat.ports import Posts, Publishes, RemembersState
from ventanilla_contracts.acceptance import CHANNEL_HEADER
from ventanilla_contracts.events import NotificationDelivered, NotificationFailed, NotificationRequested
from ventanilla_contracts.ids import event_id, redrive_id
from ventanilla_runtime import tracing
from ventanilla_runtime.delivery import Batch, Delivery
from ventanilla_runtime.publish import MSG_ID, Outgoing

log = structlog.get_logger()

STREAM: Final = "DELIVERY"
MEDIUM: Final = "slack"
_ATTEMPTING, _SENT = b"attempting", b"sent"
_AGAIN_SECONDS: Final = 5.0

Event = NotificationDelivered | NotificationFailed


class Speaker:
    """Handler of the OUTBOUND stream's Slack messages."""

    def __init__(
        self,
        *,
        publisher: Publishes,
        state: RemembersState,
        slack: Posts,
        prefix: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._publisher = publisher
        self._state = state
        self._slack = slack
        self._prefix = prefix
        self._now = now

    async def handle(self, batch: Batch) -> None:
        """Post each notification in its thread, and report what became of it.

        Raises:
            Temporary: something could not be remembered or reported; doing it again posts nothing twice.
        """
        for delivery in batch.deliveries:
            try:
                request = NotificationRequested.model_validate_json(delivery.body)
                where = Conversation.parse(request.chat.conversation if request.chat else "")
            except ValidationError as error:
                found = error.errors(include_input=False, include_url=False)[0]
                batch.reject(delivery, MalformedRequest(f"{'.'.join(map(str, found['loc']))}: {found['msg']}"))
                continue
            except ValueError as error:
                batch.reject(delivery, MalformedRequest(str(error)))
                continue
            try:
                event = await self._said(request, where)
            except SlackAway as error:
                log.info("notification.deferred", notification_id=request.id, detail=str(error))
                batch.later(delivery, _AGAIN_SECONDS)
                continue
            await self._publisher.publish(self._outgoing(event, delivery))

    async def _said(self, request: NotificationRequested, where: Conversation) -> Event:
        key = sha256(request.id.encode()).hexdigest()
        [new] = await self._state.create_all([key], _ATTEMPTING)
        if not new:
            if await self._state.get(key) == _SENT:
                return self._delivered(request, "posted before")
            if (ts := await self._slack.find_post(where.channel, where.root, request.id)) is not None:
                await self._state.put_all([key], _SENT)
                return self._delivered(request, ts)
        if request.expires_at <= self._now():
            return self._failed(request, "expired", "its time was over before Slack took it")
        try:
            ts = await self._slack.post(where.channel, where.root, escaped(request.text), request.id)
        except SlackRefused as error:
            return self._failed(request, error.code, str(error))
        await self._state.put_all([key], _SENT)
        return self._delivered(request, ts)

    def _delivered(self, request: NotificationRequested, detail: str) -> Event:
        metrics.SENT.labels("sent").inc()
        log.info("notification.sent", notification_id=request.id)
        return NotificationDelivered(
            id=event_id(NotificationDelivered.type, request.id),
            notification_id=request.id,
            medium=MEDIUM,
            delivered_at=self._now(),
            detail=detail,
        )

    def _failed(self, request: NotificationRequested, reason: str, detail: str) -> Event:
        metrics.SENT.labels("failed").inc()
        log.warning("notification.failed", notification_id=request.id, reason=reason)
        return NotificationFailed(
            id=event_id(NotificationFailed.type, request.id),
            notification_id=request.id,
            medium=MEDIUM,
            failed_at=self._now(),
            reason=reason,
            detail=detail[:500],
        )

    def _outgoing(self, event: Event, delivery: Delivery) -> Outgoing:
        headers = {
            MSG_ID: redrive_id(event.id, delivery.attempt),
            "ce-specversion": "1.0",
            "ce-id": event.id,
            "ce-type": event.type,
            "ce-source": "/intake-chat",
            "ce-time": self._now().isoformat(),
            tracing.HEADER: tracing.child_of(delivery.headers.get(tracing.HEADER)),
            CHANNEL_HEADER: MEDIUM,
        }
        return Outgoing(STREAM, f"{self._prefix}.{event.type}.{MEDIUM}", event.model_dump_json().encode(), headers)
