"""Synthetic probes as rows: issued, claimed once, seen, cleaned up."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.probing.tokens import ProbeToken
from tickets.domain.rows import LedgerRow
from tickets.errors import Overtaken

_SQL, _LEDGER = load_queries("probes"), load_queries("settle")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A probe that is a message's. `settled`: it came to its end before."""

    settled: bool
    wants_answer: bool


async def note_answers(connection: Any, answers: Mapping[str, str]) -> None:
    """Note what became of answers: probe → `delivered`, or `failed: …`."""
    await connection.execute(_SQL["answered"], list(answers), list(answers.values()))


class Probes:
    """The statements of the transaction in which a probe is settled."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @asynccontextmanager
    async def taken_back(self) -> AsyncIterator[None]:
        """What is written inside is there until the block ends, for nobody but this transaction."""
        attempt = self._connection.transaction()
        await attempt.start()
        try:
            yield
        finally:
            await attempt.rollback()

    async def claim(self, probe: ProbeToken, channel: str, accepted_at: datetime, event_id: str) -> "Claimed | None":
        """Take a probe for a message; None: it is another's."""
        row = await self._connection.fetchrow(_SQL["claim"], probe.id, channel, probe.issued_at, accepted_at, event_id)
        return row and Claimed(row["settled"], row["wants_answer"])

    async def written(self, number: int) -> Mapping[str, Any] | None:
        """What the tables hold of a ticket at this moment, inside this transaction."""
        row: Mapping[str, Any] | None = await self._connection.fetchrow(_SQL["written"], number)
        return row

    async def settle(self, id_: str, seen: Mapping[str, Any]) -> None:
        """Note what was seen of its ticket."""
        await self._connection.execute(_SQL["settle"], id_, orjson.dumps(seen, option=orjson.OPT_UTC_Z).decode())

    async def end(self, row: LedgerRow) -> None:
        """Write how the acceptance of a probe ended.

        Raises:
            Overtaken: another replica has settled it meanwhile.
        """
        columns = (
            row.accepted.epoch, row.accepted.sequence, row.channel, row.event_id, row.outcome, row.reason,
            row.ticket_number, row.message_id, row.intake.epoch, row.intake.sequence, row.accepted_at,
        )  # fmt: skip
        if not await self._connection.fetch(_LEDGER["insert_ledger"], *([value] for value in columns)):
            raise Overtaken("an acceptance was settled by another replica")


class ProbeStore:
    """Probes, for whoever sends them and for the housekeeper."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self) -> datetime:
        """The database's clock."""
        return await self._database.now()

    async def issued_lately(self) -> int:
        """How many were issued within the last minute, by all replicas."""
        row = await self._database.fetchrow(_SQL["issued_lately"])
        count: int = row[0]
        return count

    async def issue(self, probe: ProbeToken, channel: str, *, wants_answer: bool) -> None:
        """Note that a probe will come."""
        await self._database.execute(_SQL["issue"], probe.id, channel, probe.issued_at, wants_answer)

    async def one(self, id_: str) -> Mapping[str, Any] | None:
        """A probe's row, or None."""
        row: Mapping[str, Any] | None = await self._database.fetchrow(_SQL["one"], id_)
        return row

    async def clean(self, id_: str) -> bool:
        """Forget what was seen of it; False: nobody knows it. Again changes nothing."""
        return await self._database.fetchrow(_SQL["clean"], id_) is not None

    async def tidy(self, unseen_seconds: float, kept_seconds: float) -> None:
        """Clean up behind probers that went away, and forget names that nobody can bring any more."""
        await self._database.execute(_SQL["tidy"], unseen_seconds)
        await self._database.execute(_SQL["forget"], kept_seconds)
