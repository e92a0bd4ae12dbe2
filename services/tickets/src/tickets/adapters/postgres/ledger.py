"""The ledger's tables: what was accepted, what has come to an end, what is named because it did not."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.locks import TOTALS
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.settling.incoming import Place

_SQL = load_queries("ledger")
_NAMED = 100
"""At most so many unsettled messages are named in one answer."""


@dataclass(frozen=True, slots=True)
class Audit:
    """How far the audit of one stream has come."""

    epoch: int
    stream: str
    created_at: str
    verified_through: int
    seen_through: int


@dataclass(frozen=True, slots=True)
class DueRedrive:
    """A named message whose next re-drive is due."""

    epoch: int
    sequence: int
    redrives: int
    accepted: tuple[int, int] | None
    """(epoch, sequence) of its acceptance, where the named place is in INTAKE."""
    intake: tuple[int, int] | None
    """(epoch, sequence) in INTAKE, where the named place is an acceptance that got there."""


@dataclass(frozen=True, slots=True)
class DeadEnd:
    """An acceptance that ended as a dead letter; `intake` is its place in INTAKE if it got there."""

    accepted: Place
    intake: Place | None
    channel: str
    event_id: str
    reason: str
    failed_at: datetime


class LedgerStore:
    """Reads and writes the ledger's tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note_read(self, epoch: int, channels: Mapping[int, str | None]) -> None:
        """Note what the auditor read from a stream: sequence → channel, None where it is no acceptance.

        A sequence counts once, however often and in whatever order it comes.
        """
        async with self._database.transaction() as connection:
            await connection.execute(_SQL["lock_audit"], epoch)
            seen = await connection.fetchval(_SQL["seen"], epoch)
            fresh = [
                sequence
                for sequence in sorted(channels)
                if not any(known.lower <= sequence < known.upper for known in seen)
            ]
            if not fresh:
                return
            counts = Counter(channel for sequence in fresh if (channel := channels[sequence]))
            if counts:
                await connection.execute(_SQL["count_accepted"], epoch, list(counts), list(counts.values()))
            await connection.execute(_SQL["note_seen"], epoch, _multirange(fresh))

    async def begin(self, epochs: Sequence[int]) -> None:
        """Audit these streams from now on; those that are audited already stay as they are."""
        await self._database.execute(_SQL["begin"], list(epochs))

    async def audits(self) -> list[Audit]:
        """Where the audit of each stream stands, streams that were made anew included."""
        return [Audit(*row) for row in await self._database.fetch(_SQL["audits"])]

    async def verify(self, audit: Audit, through: int, *, acceptances: bool) -> int:
        """Close a stretch of a stream: name what did not come to an end, count what did.

        Args:
            acceptances: the stream's messages are acceptances (ACCEPTED); otherwise places on the way (INTAKE).

        Returns:
            How many had to be named.
        """
        async with self._database.transaction() as connection:
            await connection.execute(_SQL["lock_totals"], TOTALS)
            named = 0
            if acceptances:
                removed = [
                    row[0] for row in await connection.fetch(_SQL["name_removed"], audit.epoch, through, "email")
                ]
                if removed:
                    await connection.execute(_SQL["count_accepted"], audit.epoch, ["email"], [len(removed)])
                    await connection.execute(_SQL["note_seen"], audit.epoch, _multirange(removed))
                named += len(removed)
                named += len(await connection.fetch(_SQL["name_unsettled"], audit.epoch, through, "email"))
            else:
                named += len(await connection.fetch(_SQL["name_unsettled_intake"], audit.epoch, through, "unknown"))
            await connection.execute(_SQL["count_verified"], audit.epoch, through)
            await connection.execute(_SQL["move_verified"], audit.epoch, through)
        return named

    async def recovered(self) -> int:
        """Strike from the names what has come to an end after all; returns how many."""
        return len(await self._database.fetch(_SQL["recovered"]))

    async def being_redriven(self, stream: str) -> int:
        """How many named places of a stream are not given up yet."""
        row = await self._database.fetchrow(_SQL["being_redriven"], stream)
        count: int = row[0]
        return count

    async def due(self, limit: int) -> list[DueRedrive]:
        """Named messages whose next re-drive is due."""
        return [
            DueRedrive(
                row["epoch"],
                row["sequence"],
                row["redrives"],
                _pair(row["accepted_epoch"], row["accepted_sequence"]),
                _pair(row["intake_epoch"], row["intake_sequence"]),
            )
            for row in await self._database.fetch(_SQL["due"], limit)
        ]

    async def redriven(
        self, due: DueRedrive, wait_seconds: float, accepted: tuple[int, int] | None, channel: str | None
    ) -> None:
        """Note a re-drive; the next one is due after `wait_seconds`."""
        epoch, sequence = accepted or (None, None)
        await self._database.execute(_SQL["redriven"], due.epoch, due.sequence, wait_seconds, epoch, sequence, channel)

    async def lost(self, due: DueRedrive, why: str) -> None:
        """Give a named message up: proven lost."""
        await self._database.execute(_SQL["lost"], due.epoch, due.sequence, why)

    async def dead_lettered(self, ends: Sequence["DeadEnd"]) -> None:
        """End acceptances as dead letters; what was settled otherwise stays so."""
        columns = zip(
            *(
                (
                    end.accepted.epoch, end.accepted.sequence, end.channel, end.event_id, end.reason,
                    end.intake and end.intake.epoch, end.intake and end.intake.sequence, end.failed_at,
                )
                for end in ends
            ),
            strict=True,
        )  # fmt: skip
        await self._database.execute(_SQL["dead_lettered"], *columns)

    @asynccontextmanager
    async def leadership(self, lock: int) -> AsyncIterator["Leadership"]:
        """Try to be the one process that does some work, for as long as the block runs."""
        async with self._database.connection() as connection:
            leads: bool = await connection.fetchval("select pg_try_advisory_lock($1)", lock)
            try:
                yield Leadership(connection, leads)
            finally:
                if leads:
                    with suppress(asyncpg.InterfaceError, asyncpg.PostgresConnectionError):  # the lock ended with it
                        await connection.execute("select pg_advisory_unlock($1)", lock)

    async def read(self) -> dict[str, Any]:
        """The ledger as the API shows it: per channel what was accepted, how it ended, what is under way or missing.

        `in_flight` counts everything that was accepted and has not come to an end, also what waits before the parser;
        `missing` what is proven lost. `unsettled` names them, the lost first. Costs by what is unsettled, not by what
        was ever accepted.
        """
        async with self._database.connection() as connection:
            accepted = {row["channel"]: row["messages"] for row in await connection.fetch(_SQL["accepted_counts"])}
            ended = await connection.fetch(_SQL["settled_counts"])
            lost = {row["channel"]: row["messages"] for row in await connection.fetch(_SQL["lost_counts"])}
            named = await connection.fetch(_SQL["unsettled_named"], _NAMED, "email")
            pending = await connection.fetchval(_SQL["outbound_pending"])
        channels: dict[str, dict[str, Any]] = {}
        for channel in sorted(accepted.keys() | lost.keys()):
            settled = {
                row["outcome"]: row["messages"] for row in ended if row["channel"] == channel and row["messages"]
            }
            missing = lost.get(channel, 0)
            count = accepted.get(channel, 0)
            channels[channel] = {
                "accepted": count,
                "settled": settled,
                "in_flight": max(0, count - sum(settled.values()) - missing),
                "missing": missing,
            }
        return {
            "channels": channels,
            "outbound_pending": pending,
            "unsettled": [
                {
                    "channel": row["channel"],
                    "acceptance": f"{row['stream']}/{row['created_at']}/{row['sequence']}",
                    "state": "missing" if row["lost"] else "in_flight",
                    "redrives": row["redrives"],
                    "note": row["note"],
                }
                for row in named
            ],
        }


@dataclass(frozen=True, slots=True)
class Leadership:
    """A lock of the database's that ends with the connection that took it."""

    connection: Any
    leads: bool

    async def held(self) -> bool:
        """Whether this process leads, still.

        Raises:
            asyncpg errors of a lost connection, which `Database.connection` translates.
        """
        return self.leads and await self.connection.fetchval("select true")


def _pair(epoch: int | None, sequence: int | None) -> tuple[int, int] | None:
    return None if epoch is None or sequence is None else (epoch, sequence)


def _multirange(sequences: Sequence[int]) -> list[Any]:
    """Ascending sequences as half-open ranges; plain tuples would count as closed ones."""
    ranges: list[list[int]] = []
    for sequence in sequences:
        if ranges and ranges[-1][1] == sequence:
            ranges[-1][1] = sequence + 1
        else:
            ranges.append([sequence, sequence + 1])
    return [asyncpg.Range(first, end) for first, end in ranges]
