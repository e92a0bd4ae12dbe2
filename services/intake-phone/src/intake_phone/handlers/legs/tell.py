"""Tell the agents' channel of callers who wait, who talks to them, and that they have gone."""

from datetime import UTC, datetime
from typing import Final

from intake_phone.domain.callbacks.talk import Talk
from intake_phone.domain.calls.ringing import Ring, Wish
from intake_phone.domain.calls.waiting import Name
from intake_phone.handlers.envelope import outgoing
from intake_phone.ports.phone import Publishes
from ventanilla_contracts.call_events import CallChanged
from ventanilla_contracts.ids import event_id
from ventanilla_contracts.parts import Party
from ventanilla_runtime.delivery import Delivery

CALLED_BACK: Final = "callback."
"""What names of calls begin with that we made for an attempt to call somebody back."""


class CallTeller:
    """Publishes what agents see of a call before there is a ticket."""

    def __init__(self, publisher: Publishes, prefix: str) -> None:
        self._publisher = publisher
        self._prefix = prefix

    async def waiting(self, name: Name, wish: Wish, delivery: Delivery) -> None:
        """A caller has joined a team's queue. Raises Temporary."""
        await self._tell(name, wish, "waiting", delivery, at=wish.at)

    async def answered(self, name: Name, ring: Ring, delivery: Delivery) -> None:
        """An agent talks to the caller. Raises Temporary."""
        assert ring.wish is not None
        assert ring.taken is not None
        at, agent = ring.taken.at, ring.taken.handle
        seconds = max(round(at - ring.wish.at), 0)
        await self._tell(name, ring.wish, "answered", delivery, at=at, agent=agent, seconds=seconds)

    async def left(self, name: Name, ring: Ring, message_id: str, delivery: Delivery) -> None:
        """The caller waits no longer, and nobody talked to them; this message will tell of it. Raises Temporary."""
        assert ring.wish is not None
        await self._over(name, ring.wish, ring.wish.at, None, message_id, delivery)

    async def ended(self, name: Name, ring: Ring, message_id: str, delivery: Delivery) -> None:
        """The talk is over, and this message tells of it. Raises Temporary."""
        assert ring.wish is not None
        assert ring.taken is not None
        await self._over(name, ring.wish, ring.taken.at, ring.taken.handle, message_id, delivery)

    async def called_back(self, talk: Talk, delivery: Delivery) -> None:
        """An agent has called a customer back, and the talk is over. Raises Temporary."""
        wanted, call = talk.wanted, f"{CALLED_BACK}{talk.name}"
        event = CallChanged(
            id=event_id(CallChanged.type, f"{call}/over"),
            call=call,
            state="over",
            team=wanted.team,
            account=wanted.desk,
            caller=Party(address=wanted.number, name=talk.caller),
            language=talk.language,
            ticket=wanted.ticket,
            callback=talk.name.callback,
            agent=talk.agent,
            seconds=talk.seconds,
            occurred_at=delivery.stored_at,
        )
        await self._publisher.publish(outgoing(event, delivery, self._prefix))

    async def _over(
        self, name: Name, wish: Wish, since: float, agent: str | None, message_id: str, delivery: Delivery
    ) -> None:
        # What is read late did not last longer: it was over when it was told.
        at = delivery.stored_at.timestamp()
        seconds = max(round(at - since), 0)
        await self._tell(name, wish, "over", delivery, at=at, agent=agent, seconds=seconds, message_id=message_id)

    async def _tell(
        self,
        name: Name,
        wish: Wish,
        state: str,
        delivery: Delivery,
        *,
        at: float,
        agent: str | None = None,
        seconds: int | None = None,
        message_id: str | None = None,
    ) -> None:
        event = CallChanged(
            id=event_id(CallChanged.type, f"{name}/{state}"),
            call=str(name),
            state=state,
            team=wish.team,
            account=wish.desk,
            caller=Party(address=wish.caller, name=wish.name),
            language=wish.language,
            ticket=wish.ticket,
            tickets=wish.tickets,
            agent=agent,
            seconds=seconds,
            message_id=message_id,
            occurred_at=datetime.fromtimestamp(at, UTC),
        )
        await self._publisher.publish(outgoing(event, delivery, self._prefix))
