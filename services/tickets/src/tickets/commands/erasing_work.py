"""Carrying out what `tickets erase-person` was told: apart from its words, so that other commands need not load it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tickets.adapters.mail_outbox import erase_mails
from tickets.adapters.postgres.erasure_store import Erasure
from tickets.errors import Refused
from tickets.handlers.privacy.erase import Erasing, erase_person, note_end, note_order
from tickets.handlers.privacy.find import Found, find_person

Done = tuple[Erasure, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class ErasingWork:
    """One command's work.

    Attributes:
        actor: who runs it, as the audit log names them.
        outbox: a Maildir whose mails to somebody go too; None: there is none.
    """

    parts: Erasing
    actor: str
    why: str
    outbox: Path | None

    async def knows(self, found: Found) -> bool:
        """Whether the desk knows anything of somebody, or was told to erase them."""
        identities = found.person.identities
        if found.known or await self.parts.reads.known(identities):
            return True
        return await self.parts.store.was_ordered(identities)

    async def one(self, found: Found, *, only_given: bool) -> Done:
        """Order that somebody is erased, or find that it is ordered, and carry it out.

        Raises:
            Temporary: broker or database are away; again goes on.
        """
        order = await self.parts.store.order([*found.person.identities], self.actor, self.why)
        await self._note(order)
        return order, await self._carry_out(order, only_given=only_given)

    async def again(self, listed: Sequence[tuple[str, datetime]]) -> list[Done]:
        """Carry out open orders, and new ones for whoever was erased and is there again.

        Args:
            listed: (hash, until when), besides what the database knows. With one the streams are looked through as
                well: those of a backup that is older than the database's name people whom that knows no more.

        Raises:
            Temporary: as `one`.
        """
        store = self.parts.store
        orders = {order.id: order for order in await store.open()}
        wrote = await self.parts.streams.writers() if listed else {}
        known = await store.known_again([*await store.listed(), *listed], wrote)
        for before, identities in known.items():
            in_streams = any(one in wrote and wrote[one] <= before for one in identities)
            if not in_streams and not await self.parts.reads.are_from_before(identities, before):
                continue  # they have come back since, and that is new
            why = self.why or "was erased before a restore"
            order = await store.order_before(identities, before, self.actor, why)
            await self._note(order)
            orders[order.id] = order
        return [(order, await self._carry_out(order, only_given=True)) for order in orders.values()]

    async def _note(self, order: Erasure) -> None:
        async with self.parts.database.transaction() as connection:
            await note_order(connection, order, self.actor)

    async def _find(self, order: Erasure) -> Found:
        return await find_person(order.identities, order.before, self.parts.reads, only_given=True)

    async def _carry_out(self, order: Erasure, *, only_given: bool) -> Mapping[str, Any]:
        mails = 0
        done: Mapping[str, Any]
        try:
            if self.outbox is not None and not (await self._find(order)).held:
                self.parts.say("mails in the outbox")
                mails = erase_mails(self.outbox, order.identities)
            done = await erase_person(order, self.parts, only_given=only_given)
        except Refused as error:  # a ticket is held since it was ordered: others need not wait for that
            done = {**order.report, "state": "waiting", "waiting_for": [str(error)]}
            await self.parts.store.wait(order.id, done)
        report = {**done, "mails_in_outbox": mails}
        async with self.parts.database.transaction() as connection:
            await note_end(connection, order, report, self.actor)
        return report
