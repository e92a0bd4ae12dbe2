"""What `tickets quarantine` does: apart from its words, so that other commands need not load it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from tickets.adapters.http.answers import quarantine_answer
from tickets.adapters.languages import language_of
from tickets.adapters.outbox import OutboxRelay
from tickets.adapters.postgres.database import Database, open_database
from tickets.adapters.postgres.desk_reads import DeskReads, QuarantineFilter
from tickets.adapters.postgres.desk_writes import DeskWrites
from tickets.adapters.postgres.level_documents import Levels
from tickets.adapters.words import Templates
from tickets.desk_wiring import desk_of
from tickets.domain.correspondence.acknowledging import AcknowledgementCaps
from tickets.domain.outgoing import EncodedEvent
from tickets.domain.tokens import Signer
from tickets.errors import NotFound
from tickets.handlers.settling import quarantine
from tickets.handlers.settling.quarantine import Decided
from tickets.handlers.working.work import Asked, DeskDeps
from tickets.settings import TicketsSettings
from ventanilla_contracts.errors import Permanent


class _Left(OutboxRelay):
    """Leaves events in the outbox to the running service, which publishes them within a second."""

    lease_seconds = 0.0

    def send_soon(self, events: Sequence[EncodedEvent], ids: Sequence[int]) -> None:
        """Nothing: they are not leased to this process."""


async def listed(
    settings: TicketsSettings, state: str, reason: str | None, sender: str | None, limit: int
) -> list[dict[str, Any]]:
    """Messages that wait or were decided about, oldest first.

    Raises:
        DatabaseAway: the database does not answer.
    """
    wanted = QuarantineFilter(state, reason, sender)
    async with _opened(settings) as database:
        return [quarantine_answer(row) for row in await DeskReads(database).quarantine(wanted, None, limit)]


async def shown(settings: TicketsSettings, id_: UUID) -> dict[str, Any]:
    """One message, with its words.

    Raises:
        NotFound: there is none.
        DatabaseAway: the database does not answer.
    """
    async with _opened(settings) as database:
        row = await DeskReads(database).quarantined(id_)
    if row is None:
        raise NotFound(f"nothing with id {id_} is or was in quarantine")
    return quarantine_answer(row, whole=True)


async def decided(
    settings: TicketsSettings, ids: Sequence[UUID], why: str, actor: str, *, releases: bool
) -> list[tuple[UUID, Decided | Permanent]]:
    """Release messages or reject them, one after the other; what was decided so already stays so.

    Returns:
        each with what came of it; of one that is not there, or was decided otherwise, why it is not: the others are
        decided all the same.

    Raises:
        DatabaseAway: some may be decided; again is safe.
    """
    asked = Asked(token_id=0, name=actor.partition(":")[2], actor=actor, admin=True)
    caps = AcknowledgementCaps(settings.acknowledgements_per_sender)
    async with _opened(settings) as database:
        deps = await _deps(database, settings)
        per_minute = settings.acknowledgements_per_minute
        done: list[tuple[UUID, Decided | Permanent]] = []
        for id_ in dict.fromkeys(ids):
            try:
                if releases:
                    done.append((id_, await quarantine.release(id_, why, asked, deps, caps, per_minute)))
                else:
                    done.append((id_, await quarantine.reject(id_, why, asked, deps)))
            except Permanent as error:
                done.append((id_, error))
        return done


async def _deps(database: Database, settings: TicketsSettings) -> DeskDeps:
    levels = Levels()
    async with database.connection() as connection:
        await levels.refresh(connection)
    return DeskDeps(
        DeskWrites(database, Signer(settings.keys()), levels),
        _Left(database, None),  # type: ignore[arg-type]  # it publishes nothing
        desk_of(settings),
        language_of,
        Templates().render,
        settings.prefix,
        callbacks=settings.callback_plan(),
    )


@asynccontextmanager
async def _opened(settings: TicketsSettings) -> AsyncIterator[Database]:
    database = await open_database(settings.postgres(), most_connections=2)
    try:
        yield database
    finally:
        await database.close()
