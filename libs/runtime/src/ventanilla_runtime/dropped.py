"""What an operator dropped, in the broker: the order to drop, and what channels find of it."""

from typing import Final, Protocol

from ventanilla_contracts.dropped import DropOrder, read_dropped, state_key
from ventanilla_contracts.topology import SWITCHES
from ventanilla_runtime.publish import Outgoing, Publisher

BUCKET: Final = "outbound_state"
ORDERS_KEY: Final = "dropped"
"""The key of the bucket `switches` under which each order to drop is kept; its history has the last twenty."""


class Remembers(Protocol):
    """Reads a key; `StateBucket` of `outbound_state` does."""

    async def get(self, key: str) -> bytes | None:
        """The value of a key, or None."""


async def is_dropped(state: Remembers, id_: str) -> bool:
    """Whether a page, or what an event asks for, was dropped.

    Raises:
        Temporary: the broker is away.
    """
    return read_dropped(await state.get(state_key(id_))) is not None


async def say_order(publisher: Publisher, order: DropOrder) -> None:
    """Keep an order to drop. Durable when it returns.

    Raises:
        Temporary: it may be kept or not.
    """
    await publisher.publish(Outgoing(f"KV_{SWITCHES}", f"$KV.{SWITCHES}.{ORDERS_KEY}", order.encode()))
