"""Notes that name agents, kept with the transaction that writes the note, and until when they are unread."""

from typing import Any, Final

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.rows import Settlement
from tickets.domain.staffing.mentions import named_in

_SQL = load_queries("mentions")
_WROTE: Final = frozenset({"note.added", "reply.sent"})
_AGENT: Final = "agent:"


async def follow_notes(connection: Any, rows: Settlement) -> None:
    """Keep whom new notes name, and take as read what named their writers; where no agent wrote it is no statement."""
    wrote = {
        (line.actor.removeprefix(_AGENT), line.ticket_number): None
        for line in rows.history
        if line.action in _WROTE and line.actor.startswith(_AGENT)
    }
    notes = [message for message in rows.messages if message.kind == "note" and "@" in message.body]
    if not wrote and not notes:
        return
    actors = {line.detail.get("message"): line.actor for line in rows.history}
    named = [
        (handle, note.ticket_number, note.id, actors.get(str(note.id), note.author_name), note.accepted_at)
        for note in notes
        for handle in named_in(note.body)
    ]
    writers = list(zip(*wrote, strict=True)) or [(), ()]
    columns = list(zip(*named, strict=True)) or [(), (), (), (), ()]
    await connection.execute(_SQL["note"], *map(list, (*writers, *columns)))


class Mentions:
    """Marks them as read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, id_: int, agent: str) -> bool:
        """Mark a mention of an agent as read, also where it was before; False: there is none with this id."""
        return await self._database.fetchrow(_SQL["read"], id_, agent) is not None
