"""The ledger with what its auditors have not read yet: what nobody has counted must not look like nothing."""

from typing import Any, Final, Protocol

from tickets.adapters.postgres.ledger import LedgerStore
from ventanilla_contracts.errors import Temporary
from ventanilla_contracts.topology import consumers_of
from ventanilla_runtime.answers import ConsumerState

_AUDITORS: Final = tuple(
    (spec.stream, spec.durable) for spec in consumers_of("tickets") if spec.durable.startswith("tickets-auditor-")
)


class KnowsDurables(Protocol):
    """The broker, asked how far a durable has come; raises Temporary."""

    async def consumer_state(self, stream: str, durable: str) -> ConsumerState:
        """How far it has come."""


class WholeLedger:
    """What the API tells of the ledger."""

    def __init__(self, store: LedgerStore, broker: KnowsDurables) -> None:
        self._store = store
        self._broker = broker

    async def read(self) -> dict[str, Any]:
        """As `LedgerStore.read`, with `unread`: messages that doors accepted and no auditor has counted.

        While it is not 0, `accepted` and `in_flight` are too low, as in the first seconds after a restore; null: the
        broker does not say.
        """
        # Before the counts: what was read by then is in them.
        unread = await self._unread()
        return {**await self._store.read(), "unread": unread}

    async def _unread(self) -> int | None:
        try:
            states = [await self._broker.consumer_state(*one) for one in _AUDITORS]
        except Temporary:
            return None
        return sum(state.pending + state.ack_pending for state in states)
