"""What the API does about people: look at them, give out what is kept, order that they are erased, hold tickets.

Erasing itself is done by `tickets erase-person`, as a user of the broker that no service has: here it is ordered, and
looked at. Each of these is in the audit log, without naming anybody.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from tickets.adapters.postgres import audit_log
from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.erasure_store import ErasureStore
from tickets.adapters.postgres.export_store import size_of
from tickets.adapters.postgres.person_store import PersonReads
from tickets.adapters.postgres.retention_store import holds, lift_hold, place_hold
from tickets.domain.privacy.person import Identity
from tickets.errors import NotFound, Refused
from tickets.handlers.privacy.erase import note_order
from tickets.handlers.privacy.export import export_person
from tickets.handlers.privacy.find import Found, find_person

MOST_MESSAGES: Final = 5_000
MOST_BYTES: Final = 16 * 2**20
"""Of texts in one answer: it is made in memory, beside what the service does for everybody else."""


@dataclass(frozen=True, slots=True)
class PrivacyDesk:
    """Every method raises `DatabaseAway` when Postgres does not answer.

    Attributes:
        keys: of the HMACs of whom was erased.
        status_link: (ticket, epoch) → address of the page on which its customer follows it.
    """

    database: Database
    keys: Sequence[bytes]
    status_link: Callable[[int, int], str]

    async def find(self, identity: Identity, actor: str, *, only_given: bool) -> dict[str, Any]:
        """Who somebody is and in which tickets they are; who looked is noted.

        Raises:
            Refused: it is somebody of the desk.
        """
        found = await self._found(identity, only_given=only_given)
        async with self.database.transaction() as connection:
            detail = {"hashes": self._hashes(found), "tickets": len(found.own)}
            await audit_log.add_line(connection, actor, "person.looked_at", detail)
        return found.as_data()

    async def export(self, identity: Identity, actor: str, why: str, *, only_given: bool) -> dict[str, Any]:
        """What is kept of somebody; files are named, and fetched one by one.

        Raises:
            Refused: it is somebody of the desk, or more than one answer holds.
        """
        found = await self._found(identity, only_given=only_given)
        async with self.database.connection() as connection:
            messages, size_bytes = await size_of(connection, found.person.identities, found.own, found.others)
            if messages > MOST_MESSAGES or size_bytes > MOST_BYTES:
                raise Refused(
                    f"what is kept of them, {messages} messages with {size_bytes / 2**20:.0f} MiB of text, is more than"
                    " an answer of the API holds; run `tickets export-person` where the service runs"
                )
            exported = await export_person(found, connection, self.status_link)
            detail = {"hashes": self._hashes(found), "tickets": len(found.own), "files": len(exported.pieces)}
            await audit_log.add_line(connection, actor, "person.exported", detail, why)
        return dict(exported.data)

    async def order(self, identity: Identity, actor: str, why: str, *, only_given: bool) -> dict[str, Any]:
        """Order that somebody is erased; who is to be erased already is not ordered twice.

        Raises:
            Refused: it is somebody of the desk, or a ticket is held.
        """
        found = await self._found(identity, only_given=only_given)
        if found.held:
            raise Refused("; ".join(f"ticket {number} is held: {reason}" for number, reason in found.held))
        async with self.database.transaction() as connection:
            order = await ErasureStore(connection, self.keys).order(found.person.identities, actor, why)
            await note_order(connection, order, actor)
        return order.as_data()

    async def erasures(self, limit: int) -> list[dict[str, Any]]:
        """Orders, newest first; nobody is named."""
        return [order.as_data() for order in await ErasureStore(self.database, self.keys).all(limit)]

    async def erasure(self, id_: UUID) -> dict[str, Any]:
        """An order and what came of it.

        Raises:
            NotFound: there is none.
        """
        order = await ErasureStore(self.database, self.keys).one(id_)
        if order is None:
            raise NotFound(f"there is no erasure {id_}")
        return order.as_data()

    async def holds(self) -> list[dict[str, Any]]:
        """Tickets that are held, the longest held first."""
        return [dict(row) for row in await holds(self.database)]

    async def hold(self, number: int, actor: str, why: str) -> bool:
        """Keep a ticket as it is; False: it was held already.

        Raises:
            NotFound: there is no such ticket.
        """
        async with self.database.transaction() as connection:
            return await place_hold(connection, number, actor, why)

    async def lift(self, number: int, actor: str) -> None:
        """Let a ticket be forgotten again.

        Raises:
            NotFound: it is not held.
        """
        async with self.database.transaction() as connection:
            await lift_hold(connection, number, actor, "")

    def _hashes(self, found: Found) -> list[str]:
        store = ErasureStore(self.database, self.keys)
        return sorted(store.hash(one) for one in found.person.identities)

    async def _found(self, identity: Identity, *, only_given: bool) -> Found:
        now = await self.database.now()
        async with self.database.connection() as connection:
            return await find_person([identity], now, PersonReads(connection), only_given=only_given)
