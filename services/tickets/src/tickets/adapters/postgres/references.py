"""Under which key an id of a message is stored, and what rows of ids say."""

from hashlib import sha256
from uuid import UUID

import orjson


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
