"""What people do with dead letters: look at them, have them handled again, or drop them. Each is in the audit log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tickets.adapters.postgres import audit_log
from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries
from tickets.errors import NotFound, Refused
from ventanilla_runtime import letterbox
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.letterbox import Letter
from ventanilla_runtime.publish import Publisher

_SQL = load_queries("letters")
_STREAM: Final = "DEADLETTER"


@dataclass(frozen=True, slots=True)
class Letters:
    """Reads the stream of dead letters and orders services to handle them again."""

    database: Database
    broker: Broker
    publisher: Publisher
    prefix: str

    async def newest(self, service: str | None, since: datetime | None, limit: int, *, dropped: bool) -> dict[str, Any]:
        """The newest letters, newest last, without their bodies; `complete` is false if there may be older ones.

        Args:
            dropped: with those that were dropped.

        Raises:
            Temporary: the broker or the database is away.
        """
        without = frozenset() if dropped else await self._all_dropped()
        listing = await letterbox.newest(self.broker, service=service, since=since, limit=limit, without=without)
        notes = await self._dropped([letter.sequence for letter in listing.letters])
        items = [_described(letter, notes.get(letter.sequence)) for letter in listing.letters]
        return {"items": items, "complete": listing.complete}

    async def one(self, sequence: int) -> dict[str, Any]:
        """A letter without its body.

        Raises:
            NotFound: there is none.
            Temporary: the broker or the database is away.
        """
        letter = await self._letter(sequence)
        return _described(letter, (await self._dropped([sequence])).get(sequence))

    async def replay(self, sequence: int, actor: str, why: str) -> bool:
        """Order the service to handle the message again; False if that was ordered a moment ago.

        Raises:
            NotFound: there is no such letter.
            Refused: its service takes no orders.
            Temporary: not ordered.
        """
        letter = await self._letter(sequence)
        try:
            fresh = await letterbox.Replayer(self.broker, self.publisher, self.prefix).replay(letter)
        except ValueError as error:
            raise Refused(str(error)) from error
        async with self.database.transaction() as connection:
            detail = {"letter": sequence, "service": letter.service}
            await audit_log.add_line(connection, actor, "deadletter.replayed", detail, why)
        return fresh

    async def drop(self, sequence: int, actor: str, why: str) -> bool:
        """Let a letter be seen no more; False if it was dropped before.

        Raises:
            NotFound: there is no such letter.
            Temporary: not dropped, or it cannot be known; again is safe.
        """
        letter = await self._letter(sequence)
        created_at = (await self.broker.stream_state(_STREAM)).created_at
        async with self.database.transaction() as connection:
            if await connection.fetchval(_SQL["drop"], created_at, sequence, actor, why) is None:
                return False
            detail = {"letter": sequence, "service": letter.service}
            await audit_log.add_line(connection, actor, "deadletter.dropped", detail, why)
        return True

    async def _letter(self, sequence: int) -> Letter:
        letter = await letterbox.one(self.broker, sequence)
        if letter is None:
            raise NotFound(f"there is no dead letter {sequence}")
        return letter

    async def _all_dropped(self) -> frozenset[int]:
        """Of the newest, as many as anybody looks through."""
        created_at = (await self.broker.stream_state(_STREAM)).created_at
        rows = await self.database.fetch(_SQL["all_dropped"], created_at, letterbox.SCAN_LIMIT)
        return frozenset(row["sequence"] for row in rows)

    async def _dropped(self, sequences: list[int]) -> dict[int, Any]:
        if not sequences:
            return {}
        created_at = (await self.broker.stream_state(_STREAM)).created_at
        rows = await self.database.fetch(_SQL["dropped"], created_at, sequences)
        return {row["sequence"]: row for row in rows}


def _described(letter: Letter, dropped: Any) -> dict[str, Any]:
    content = letter.content
    return {
        "sequence": letter.sequence,
        "stored_at": letter.stored_at,
        "service": letter.service,
        "stream": content.stream if content else None,
        "stream_sequence": content.sequence if content else None,
        "channel": content.channel if content else None,
        "reason": content.reason if content else "unreadable",
        "detail": content.detail if content else "",
        "deliveries": content.deliveries if content else None,
        "replayable": letterbox.takes_orders(letter.service),
        "dropped": {"at": dropped["dropped_at"], "by": dropped["dropped_by"], "why": dropped["why"]}
        if dropped
        else None,
    }
