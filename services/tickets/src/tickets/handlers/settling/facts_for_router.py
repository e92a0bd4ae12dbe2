"""Tells the router what it cannot know: how many tickets a customer has, whom they belong to, which teams there are.

Nobody waits for it. What settling touched gathers in memory for a moment and is told in one write; what a process that
died had not told yet is found in the history of the tickets, from the place up to which it had told everything.
Changes of the desk lie in a table until they are told, because they come from commands too.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final
from uuid import uuid4

import structlog

from tickets.adapters.postgres.facts_store import Customer, FactsStore
from tickets.adapters.postgres.level_documents import Levels
from tickets.domain.desk.router_facts import customer_fact, desk_fact, domain_fact
from tickets.domain.rows import OutboxRow
from tickets.domain.service_levels.policies import Ref
from tickets.metrics import FACTS_TOLD
from ventanilla_contracts.errors import Temporary
from ventanilla_contracts.routing import FACTS_BUCKET
from ventanilla_contracts.words import identity_kind
from ventanilla_runtime.publish import Outgoing, Publisher

log = structlog.get_logger()

ROUND_SECONDS: Final = 1.0
BEAT_SECONDS: Final = 10.0
SETTLED_AFTER_SECONDS: Final = 60.0
"""No transaction lasts so long: a place in the history that is older will not be joined by an older one any more."""
DEAD_AFTER_SECONDS: Final = 90.0
DESK_EVERY_SECONDS: Final = 60.0
_MOST_WAITING: Final = 20_000
_PAGE: Final = 500
_DELETED: Final = {"KV-Operation": "DEL"}
_STREAM: Final = f"KV_{FACTS_BUCKET}"


class FactsQueue:
    """Customers of whom something changed, each once, until they are told."""

    def __init__(self) -> None:
        self._waiting: dict[Customer, None] = {}
        self.overflowed = False

    def note(self, writers: Iterable[tuple[str, str]]) -> None:
        """Something changed for these (channel, address). Costs nothing but memory, and that is bounded."""
        if len(self._waiting) >= _MOST_WAITING:
            self.overflowed = True
            return
        for channel, address in writers:
            self._waiting[identity_kind(channel), address] = None

    def note_events(self, rows: Sequence[OutboxRow]) -> None:
        """Something changed for the customers of these events about tickets."""
        tickets = (row.payload["ticket"] for row in rows if row.type.startswith("ticket."))
        self.note((ticket["channel"], ticket["requester"]["address"]) for ticket in tickets)

    def take(self, limit: int) -> list[Customer]:
        """The first of them, out of the queue."""
        taken = [customer for customer, _ in zip(self._waiting, range(limit), strict=False)]
        for customer in taken:
            del self._waiting[customer]
        return taken

    def __len__(self) -> int:
        return len(self._waiting)


class FactsTeller:
    """Moves facts from the database into the bucket that the router reads."""

    def __init__(
        self,
        store: FactsStore,
        publisher: Publisher,
        queue: FactsQueue,
        templates: Sequence[str],
        levels: Levels | None = None,
    ) -> None:
        self._levels = levels or Levels()
        self._store = store
        self._publisher = publisher
        self._queue = queue
        self._templates = templates
        self._writer = uuid4()
        self._marks: list[tuple[float, int]] = []
        self._beat_at = self._desk_at = float("-inf")

    async def run(self) -> None:
        """Tell until cancelled; then what is left, if broker and database are there."""
        try:
            while True:
                try:
                    await self.tell_once()
                except Temporary as error:
                    log.warning("facts.delayed", waiting=len(self._queue), error=error)
                await asyncio.sleep(ROUND_SECONDS)
        finally:
            with suppress(Temporary, TimeoutError, asyncio.CancelledError):
                async with asyncio.timeout(2):
                    await self.tell_customers()
                    await self._store.leave(self._writer)

    async def tell_once(self) -> None:
        """One round.

        Raises:
            Temporary: broker or database are away; what was not told stays to be told.
        """
        now = time.monotonic()
        if not self._marks:  # before anything is told: what this process settles from here on is its own to tell
            self._marks.append((now, await self._store.newest()))
            await self._store.beat(self._writer, self._marks[0][1])
        await self.tell_customers()
        await self.tell_due()
        if now - self._beat_at >= BEAT_SECONDS:
            await self._beat(now)
            self._beat_at = now
        if now - self._desk_at >= DESK_EVERY_SECONDS:
            await self.tell_desk()
            self._desk_at = now

    async def tell_customers(self) -> None:
        """Tell of everybody who waits.

        Raises:
            Temporary: as `tell_once`.
        """
        while taken := self._queue.take(_PAGE):
            try:
                await self._tell(taken)
            except BaseException:
                self._queue.note(taken)
                raise

    async def tell_due(self) -> None:
        """Tell what changes of the desk noted.

        Raises:
            Temporary: as `tell_once`.
        """
        while due := await self._store.due(_PAGE):
            if any(row["kind"] == "desk" for row in due):
                await self.tell_desk()
            if domains := sorted({row["name"] for row in due if row["kind"] == "domain"}):
                await self.tell_domains(domains)
            if marked := [row["name"].partition("/") for row in due if row["kind"] == "customer"]:
                await self._tell([(kind, address) for kind, _, address in marked])
            await self._store.note_told([row["id"] for row in due])

    async def tell_desk(self) -> None:
        """Tell which words rules may use.

        Raises:
            Temporary: as `tell_once`.
        """
        levels = self._levels
        await self._store.refresh(levels)
        row = await self._store.desk()
        calendars = [levels.desk.calendars[Ref(name, version)] for name, version in levels.calendars.items()]
        key, value = desk_fact(row, self._templates, levels.policies, calendars, row["now"])
        await self._publisher.publish(_put(key, value))

    async def tell_domains(self, domains: Sequence[str]) -> None:
        """Tell whom domains belong to, and the same of everybody who wrote from there.

        Raises:
            Temporary: as `tell_once`.
        """
        facts = map(domain_fact, await self._store.domains(domains))
        await self._publisher.publish_all([_put(key, value) for key, value in facts])
        last = ""
        while addresses := await self._store.addresses(domains, last, _PAGE):
            await self._tell([("email", address) for address in addresses])
            last = addresses[-1]

    async def heal(self) -> None:
        """Tell what processes that died had not told.

        Raises:
            Temporary: as `tell_once`.
        """
        for writer, mark in await self._store.dead_writers(DEAD_AFTER_SECONDS):
            told = await self._tell_since(mark)
            await self._store.leave(writer)
            log.info("facts.healed", customers=told)

    async def _beat(self, now: float) -> None:
        """Say that this process lives, and up to where it has told everything."""
        if self._queue.overflowed:
            self._queue.overflowed = False
            await self._tell_since(self._marks[0][1])
        self._marks.append((now, await self._store.newest()))
        settled = [index for index, (at, _) in enumerate(self._marks) if at <= now - SETTLED_AFTER_SECONDS]
        if settled:
            del self._marks[: settled[-1]]
        await self._store.beat(self._writer, self._marks[0][1])
        await self.heal()

    async def _tell_since(self, mark: int) -> int:
        told = 0
        last: int | None = mark
        while last is not None:
            customers, last = await self._store.since(last, 5 * _PAGE)
            for start in range(0, len(customers), _PAGE):
                await self._tell(customers[start : start + _PAGE])
            told += len(customers)
        return told

    async def _tell(self, customers: Sequence[Customer]) -> None:
        facts = map(customer_fact, await self._store.customers(customers))
        puts = [_put(key, value) for key, value in facts]
        await self._publisher.publish_all(puts)
        FACTS_TOLD.inc(len(puts))


def _put(key: str, value: bytes | None) -> Outgoing:
    return Outgoing(_STREAM, f"$KV.{FACTS_BUCKET}.{key}", value or b"", {} if value is not None else dict(_DELETED))
