"""Messages that nothing will ever settle: another one has their place in a stream, which the ledger knows it by.

A stream that was restored from an older backup gives out sequences again, if anything is stored in it before
`tickets recover positions`.
"""

from collections.abc import Sequence

from tickets.adapters.postgres.collision_store import CollisionStore
from tickets.domain.settling.incoming import Incoming, Place, Surroundings
from tickets.errors import Collision, Overtaken


class Collided(Overtaken):
    """Looking again helps none of these; `among` says which."""


def raise_if_collided(messages: Sequence[Incoming], known: Surroundings) -> None:
    """See whether the acceptance of one of these is another message's, which has come to its end.

    Raises:
        Collided: one is; it would be taken for settled, and its customer would never hear of it.
    """
    for message in messages:
        end = known.settled.get(message.accepted)
        if end is None or end.vanished or end.outcome == "dead_lettered" or not end.event_id:
            continue
        if end.event_id != message.event_id:
            raise Collided(f"{message.event_id} has the sequence of {end.event_id}")


async def collided(messages: Sequence[Incoming], store: CollisionStore) -> set[int]:
    """Positions of those whose place another message has: in the ledger, or among those before them."""
    found = await store.among(messages)
    taken: dict[Place, Place] = {}
    for position, message in enumerate(messages):
        if position not in found and taken.setdefault(message.intake, message.accepted) != message.accepted:
            found.add(position)
    return found


def collision_of(message: Incoming) -> Collision:
    """Why it becomes a dead letter."""
    return Collision(
        f"another message has its sequence in ACCEPTED ({message.accepted.sequence}) or INTAKE"
        f" ({message.intake.sequence}): a stream was restored under running services; stop them,"
        " `tickets recover positions` stores it anew"
    )
