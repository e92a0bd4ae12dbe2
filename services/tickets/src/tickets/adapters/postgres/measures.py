"""What the whole desk has waiting, read for metrics."""

from dataclasses import dataclass

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries

_SQL = load_queries("measures")


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits, and how long the oldest of it has, in seconds; 0 where nothing waits.

    Attributes:
        redriving: messages that were lost on the way and are ordered again.
        quarantined: messages that wait for a person.
        unreported: notifications of which their channel has said nothing yet.
        outbox_seconds: of events that have not been published.
        erasing_seconds: of orders to erase somebody that are not carried out.
    """

    redriving: int
    quarantined: int
    unreported: int
    redriving_seconds: float
    quarantined_seconds: float
    outbox_seconds: float
    unreported_seconds: float
    erasing_seconds: float


class MeasureStore:
    """Reads what metrics of the whole desk show."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self) -> Waiting:
        """What waits now; raises DatabaseAway. Costs by what waits."""
        return Waiting(**await self._database.fetchrow(_SQL["waiting"]))

    async def open_tickets(self) -> dict[tuple[str, str], int]:
        """Tickets neither solved nor closed, by (status, priority); raises DatabaseAway. Costs by how many."""
        rows = await self._database.fetch(_SQL["open_tickets"])
        return {(row["status"], row["priority"]): row["tickets"] for row in rows}
