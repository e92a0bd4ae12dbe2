"""Pages as values: a person is called, and it is counted how long until somebody says that they have it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

OPEN, ACKNOWLEDGED, WITHDRAWN = "open", "acknowledged", "withdrawn"
STATES: Final = (OPEN, ACKNOWLEDGED, WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Page:
    """Somebody who was called about a ticket.

    Attributes:
        attempt: which page of its step this is, from 1.
        acknowledged_by: as the history names them.
    """

    id: UUID
    ticket_number: int
    agent: str
    ladder: str
    ladder_version: int
    run: str
    step: int
    round: int
    attempt: int
    paged_at: datetime
    answer_by: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    withdrawn_at: datetime | None = None
    withdrawn_why: str | None = None

    @property
    def state(self) -> str:
        """`open` while it waits for somebody."""
        if self.acknowledged_at is not None:
            return ACKNOWLEDGED
        return WITHDRAWN if self.withdrawn_at is not None else OPEN
