"""Tell the broker of what stops the telephone unless somebody does something."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from intake_phone.ports.account import RemembersAlarms
from intake_phone.ports.phone import Publishes
from ventanilla_contracts.events import ChannelEndangered
from ventanilla_contracts.ids import event_id
from ventanilla_runtime import tracing
from ventanilla_runtime.publish import MSG_ID, Outgoing

STREAM: Final = "OPERATIONS"
CHANNEL: Final = "phone"


class Alarms:
    """Publishes `ChannelEndangered`."""

    def __init__(
        self,
        publisher: Publishes,
        state: RemembersAlarms,
        prefix: str,
        account: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._publisher = publisher
        self._state = state
        self._prefix = prefix
        self._account = account
        self._now = now

    async def endangered(self, connection: str, problem: str) -> None:
        """Say that the account is in danger: once a day for each connection, whichever replicas notice it.

        The same id all day: of two replicas that notice at once the broker keeps one word. Whoever dies between the
        word and its note says it again, under that id.

        Args:
            connection: what is in danger, as `domain.account.Danger` names it.
            problem: what is wrong, in a person's words, without secrets.

        Raises:
            Temporary: the broker is away.
        """
        now = self._now()
        day = now.date().isoformat()
        key = f"alarm.{connection}.{day}"
        if await self._state.get(key) is not None:
            return
        event = ChannelEndangered(
            id=event_id(ChannelEndangered.type, f"{CHANNEL}:{self._account}:{connection}:{day}"),
            channel=CHANNEL,
            account=self._account,
            connection=connection,
            problem=problem,
            noticed_at=now,
        )
        headers = {
            MSG_ID: event.id,
            "ce-specversion": "1.0",
            "ce-id": event.id,
            "ce-type": event.type,
            "ce-source": "/intake-phone",
            "ce-time": now.isoformat(),
            tracing.HEADER: tracing.child_of(None),
        }
        subject = f"{self._prefix}.{event.type}.{CHANNEL}"
        await self._publisher.publish(Outgoing(STREAM, subject, event.model_dump_json().encode(), headers))
        await self._state.put_all([key], b"told")
