"""Where the positions of IMAP mailboxes are kept: a key-value bucket that all replicas share."""

from intake_email.domain.imap.mailbox import Position
from ventanilla_runtime.state import StateBucket

BUCKET = "imap_state"


class Positions:
    """Positions by the key of their mailbox. Only who holds the mailbox's lease writes; an older one does no harm."""

    def __init__(self, state: StateBucket) -> None:
        self._state = state

    async def load(self, key: str) -> Position | None:
        """The stored position; None if there is none that can be read.

        Raises:
            Temporary: the broker is away.
        """
        found = await self._state.get(f"position.{key}")
        return Position.decode(found) if found is not None else None

    async def save(self, key: str, position: Position) -> None:
        """Store it durably.

        Raises:
            Temporary: the broker is away.
        """
        await self._state.put_all([f"position.{key}"], position.encode())
