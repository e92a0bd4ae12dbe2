"""Messages that were stored between the restore of a stream and the recovery, under sequences that others had.

They were accepted: whoever sent them was told so. To the ledger their sequences are settled, or another message's. They
are stored once more, behind everything that was given out, and go the ordinary way from there; their ids are derived
from the source, so that nothing of them is made twice.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

from tickets.adapters.postgres.collision_store import CollisionStore
from tickets.domain.settling.reading import read_keys
from tickets.errors import MalformedRouting
from tickets.handlers.recovering.reading import at, messages_since
from ventanilla_contracts.acceptance import HEADER
from ventanilla_runtime.answers import StoredMessage, StreamState
from ventanilla_runtime.backups.positions import first_since
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.publish import MSG_ID, Outgoing, Publisher

_OF_THE_BROKER: Final = "Nats-"
"""What a message's header begins with that says how it was published."""


async def store_anew(
    broker: Broker, publisher: Publisher, store: CollisionStore, states: dict[str, StreamState]
) -> dict[str, int]:
    """Give messages whose sequence the ledger knew before its stream was restored one of their own.

    Called when the streams give out no sequence any more that the ledger has. Broken off and done again it goes on.

    Args:
        states: of ACCEPTED and INTAKE, in this order.

    Returns:
        Stream → how many messages were stored anew.

    Raises:
        Temporary: some are done and some not; do it again.
    """
    moved: set[tuple[str, int]] = set()
    found: dict[str, int] = {}
    for name, state in states.items():
        count = 0
        async for stored in _collided(broker, store, state):
            if (name, stored.sequence) not in moved and not _comes_again(stored, moved):
                await publisher.publish(_again(stored, name, state.created_at))
                count += 1
            moved.add((name, stored.sequence))
            await broker.remove(name, stored.sequence)
        if count:
            found[name] = count
    if moved:
        restored_at = min(at(state.restored_at) for state in states.values() if state.restored_at)
        await _forget_routed(broker, moved, restored_at)
    return found


async def _collided(broker: Broker, store: CollisionStore, state: StreamState) -> AsyncIterator[StoredMessage]:
    if not state.restored_at:
        return
    restored_at = at(state.restored_at)
    first = await first_since(broker, state.name, restored_at)
    given = set(await store.given_before(state.name, state.created_at, first, restored_at))
    if not given:
        return
    async for stored in messages_since(broker, state.name, restored_at):
        if stored.sequence > max(given):
            return
        if stored.sequence in given:
            yield stored


def _comes_again(stored: StoredMessage, moved: set[tuple[str, int]]) -> bool:
    """Whether it was made out of one that was stored anew, and will be made out of it again."""
    stream, _, sequence = stored.headers.get(HEADER, "//0").split("/")
    return (stream, int(sequence)) in moved


def _again(stored: StoredMessage, stream: str, created_at: str) -> Outgoing:
    headers = {name: value for name, value in stored.headers.items() if not name.startswith(_OF_THE_BROKER)}
    return Outgoing(
        stream, stored.subject, stored.body, {**headers, MSG_ID: f"anew/{stream}/{created_at}/{stored.sequence}"}
    )


async def _forget_routed(broker: Broker, moved: set[tuple[str, int]], since: datetime) -> None:
    """Take out what was routed under their old sequences: it could not be settled."""
    async for stored in messages_since(broker, "ROUTED", since):
        try:
            keys = read_keys(stored.headers)
        except MalformedRouting:
            continue
        if any((key.stream, key.sequence) in moved for key in keys):
            await broker.remove("ROUTED", stored.sequence)
