"""Carrying out what `tickets erase-person` was told: apart from its words, so that other commands need not load it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from tickets.adapters.mail_outbox import erase_mails
from tickets.adapters.postgres.erasure_store import Erasure
from tickets.commands.operating import FAILURES
from tickets.domain.privacy.person import Identity
from tickets.errors import Refused
from tickets.handlers.privacy.erase import Erasing, erase_person, note_end, note_order
from tickets.handlers.privacy.find import Found, find_person, unknown_of

log = structlog.get_logger()

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

    async def unknown(self, given: Sequence[Identity]) -> Sequence[Identity]:
        """Which of these the desk knows nothing of, nor was told to erase."""
        return await unknown_of(given, self.parts.reads, self.parts.store)

    async def one(self, found: Found, *, only_given: bool) -> Done:
        """Order that somebody is erased, or find that it is ordered, and carry it out.

        Raises:
            Temporary: broker or database are away; again goes on.
        """
        order = await self.parts.store.order([*found.person.identities], self.actor, self.why)
        await self._note(order)
        return order, await self._carry_out(order, only_given=only_given)

    async def again(
        self, listed: Sequence[tuple[str, datetime]], failed: Callable[[Erasure, Exception], None]
    ) -> list[Done]:
        """Carry out open orders, and new ones for whoever was erased and is there again.

        Whatever goes wrong with one of them, the others are gone on with.

        Args:
            failed: is told of an order that could not be carried out, and why; it stays open.
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
        return [(order, await self._tried(order, failed)) for order in orders.values()]

    async def _tried(self, order: Erasure, failed: Callable[[Erasure, Exception], None]) -> Mapping[str, Any]:
        try:
            return await self._carry_out(order, only_given=True)
        except Exception as error:  # a bug too: one order must not keep the others for ever
            log.exception("person.erasing_failed", erasure=str(order.id))
            failed(order, error)
            # By its kind: words of the database may hold what it was given, and a report names nobody.
            words = f"it could not be carried out: {type(error).__name__}; `tickets erase-person --again` says why"
            waits = {"state": "waiting", "waiting_for": [words]}
            report = {**order.report, **waits}
            with suppress(*FAILURES):  # it is open all the same
                if (since := await self.parts.store.one(order.id)) is not None:
                    report = {**since.report, **waits}  # what was done before it failed is in it
                await self.parts.store.wait(order.id, report)
                await self._note_end(order, report)
            return report

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
        await self._note_end(order, report)
        return report

    async def _note_end(self, order: Erasure, report: Mapping[str, Any]) -> None:
        async with self.parts.database.transaction() as connection:
            await note_end(connection, order, report, self.actor)
