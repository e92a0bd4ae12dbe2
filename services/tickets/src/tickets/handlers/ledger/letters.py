"""What people do with dead letters: look at them, have them handled again, or drop them. Each is in the audit log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tickets.adapters.postgres import audit_log
from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries
from tickets.errors import NotFound, Refused
from ventanilla_contracts.errors import Temporary
from ventanilla_runtime import letterbox
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.letterbox import Letter
from ventanilla_runtime.publish import Publisher

_SQL = load_queries("letters")
_STREAM: Final = "DEADLETTER"
MOST_LOOKED_AT: Final = 2_000
"""Letters of one request: a second or so of the broker's answers."""


@dataclass(frozen=True, slots=True)
class Letters:
    """Reads the stream of dead letters and orders services to handle them again."""

    database: Database
    broker: Broker
    publisher: Publisher
    prefix: str

    async def newest(
        self, service: str | None, since: datetime | None, limit: int, *, dropped: bool, before: int | None = None
    ) -> dict[str, Any]:
        """The newest letters, newest last, without their bodies; `complete` is false if there may be older ones.

        Of a long stream a part is looked through, and `before` of the answer leads to the next one: nobody holds a
        request, and the broker's answers, for as long as a hundred thousand letters take.

        Args:
            dropped: with those that were dropped.
            before: only letters below this sequence.

        Raises:
            Temporary: the broker or the database is away.
        """
        listing = await letterbox.newest(
            self.broker,
            service=service,
            since=since,
            limit=limit,
            without=frozenset() if dropped else await self._dropped_below(before),
            before=before,
            most_looked_at=MOST_LOOKED_AT,
        )
        notes = await self._dropped([letter.sequence for letter in listing.letters])
        items = [_described(letter, notes.get(letter.sequence)) for letter in listing.letters]
        return {"items": items, "complete": listing.complete, "before": listing.before}

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
        if not letterbox.takes_orders(letter.service):
            raise Refused(f"{letter.service} takes no orders to handle anything again")
        detail = {"letter": sequence, "service": letter.service}

        async def keep(action: str, **more: Any) -> None:
            async with self.database.transaction() as connection:
                await audit_log.add_line(connection, actor, action, {**detail, **more}, why)

        # Noted first: what is ordered and noted nowhere would be nobody's.
        await keep("deadletter.replay_asked")
        try:
            ordered = await letterbox.Replayer(self.broker, self.publisher, self.prefix).replay(letter)
        except Temporary:
            await keep("deadletter.not_replayed", reason="the broker did not take the order")
            raise
        if ordered:
            await keep("deadletter.replayed")
        else:
            await keep("deadletter.not_replayed", reason="the same was ordered a moment ago")
        return ordered

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

    async def _dropped_below(self, before: int | None) -> frozenset[int]:
        """Of those that one listing looks through."""
        state = await self.broker.stream_state(_STREAM)
        upper = state.last_sequence + 1 if before is None else before
        rows = await self.database.fetch(_SQL["dropped_between"], state.created_at, upper - 2 * MOST_LOOKED_AT, upper)
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
