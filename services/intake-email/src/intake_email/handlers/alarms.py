"""Tell the broker of what will cost mail unless somebody does something."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from intake_email.domain.imap.mailbox import ImapMailbox
from intake_email.ports import Publishes
from ventanilla_contracts.events import ChannelEndangered
from ventanilla_contracts.ids import event_id
from ventanilla_runtime import tracing
from ventanilla_runtime.publish import MSG_ID, Outgoing

STREAM = "OPERATIONS"
CHANNEL = "email"


class Alarms:
    """Publishes `ChannelEndangered`."""

    def __init__(
        self, publisher: Publishes, prefix: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._publisher = publisher
        self._prefix = prefix
        self._now = now

    async def endangered(self, mailbox: ImapMailbox, problem: str, seconds_left: float | None) -> None:
        """Say that a mailbox is in danger; the same id all day, so that replicas that follow each other say it once.

        Args:
            mailbox: whose mail.
            problem: what is wrong, in a person's words, without secrets.
            seconds_left: until it stops; None: nobody knows.

        Raises:
            Temporary: the broker is away.
        """
        now = self._now()
        event = ChannelEndangered(
            id=event_id(ChannelEndangered.type, f"{CHANNEL}:{mailbox.key}:{now.date().isoformat()}"),
            channel=CHANNEL,
            account=mailbox.account,
            connection=mailbox.entry,
            problem=problem,
            ends_at=now + timedelta(seconds=seconds_left) if seconds_left and seconds_left > 0 else None,
            noticed_at=now,
        )
        headers = {
            MSG_ID: event.id,
            "ce-specversion": "1.0",
            "ce-id": event.id,
            "ce-type": event.type,
            "ce-source": "/intake-email",
            "ce-time": now.isoformat(),
            tracing.HEADER: tracing.child_of(None),
        }
        subject = f"{self._prefix}.{event.type}.{CHANNEL}"
        await self._publisher.publish(Outgoing(STREAM, subject, event.model_dump_json().encode(), headers))
