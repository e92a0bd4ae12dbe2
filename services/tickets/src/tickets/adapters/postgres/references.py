"""Under which key an id of a message is stored, and what rows of ids say."""

from collections.abc import Collection, Iterable
from hashlib import sha256
from typing import Final
from uuid import UUID

import orjson

_MOST_KNOWING: Final = 8
"""So many tickets may know one id; later ones do not count, so that nobody can make a lookup expensive. A conversation
goes on for ever, in one ticket after the other: its lookup sees so many of the first and of the last."""
_LAST_PLACE: Final = 32_767

Known = tuple[int, int]
"""(place, ticket)"""


def reference_hash(account: str, id_: str) -> UUID:
    """The key under which an id of a mailbox is stored: 128 bits of SHA-256."""
    return UUID(bytes=sha256(f"{account}\0{id_}".encode("utf-8", "surrogatepass")).digest()[:16])


def recent_of(entry: str) -> tuple[str, float]:
    """(author, Unix time) of a message that came in lately."""
    at, _, author = entry.partition(" ")
    return author, float(at)


def named_by(author: str | None, addressed: str | None) -> frozenset[str]:
    """Addresses that a message named as From, To or Cc."""
    if author is None:
        return frozenset()
    people = orjson.loads(addressed or "{}")
    return frozenset({author, *(person["address"] for role in ("to", "cc") for person in people.get(role, ()))})


def free_places(
    references: Iterable[tuple[str, str, int, UUID, bool]],
    knowing: dict[UUID, list[Known]],
    conversations: Collection[UUID] = (),
) -> list[tuple[UUID, int, int, UUID, bool]]:
    """For each id that messages have or mention the next free place; none where enough tickets know it.

    Args:
        references: (account, id, ticket, message, own).
        knowing: id → tickets that know it, in order; grows.
        conversations: ids of which the newest tickets count.
    """
    places = []
    for account, id_, number, message_id, own in references:
        reference = reference_hash(account, id_)
        known = knowing.setdefault(reference, [])
        place = known[-1][0] + 1 if known else 0
        full = place > _LAST_PLACE if reference in conversations else len(known) >= _MOST_KNOWING
        if full or (not own and any(ticket == number for _, ticket in known)):
            continue
        places.append((reference, place, number, message_id, own))
        known.append((place, number))
    return places
