"""Agents say that they have read what named them."""

import structlog

from tickets.adapters.postgres.mention_store import Mentions
from tickets.errors import NotFound, NotYours
from tickets.handlers.working.work import Asked

log = structlog.get_logger()


async def read_mention(handle: str, id_: int, asked: Asked, mentions: Mentions) -> None:
    """Mark a note that names an agent as read; twice changes nothing.

    Raises:
        NotYours: somebody else than the agent asks.
        NotFound: no note of this id names them.
        DatabaseAway: nothing was written, or it cannot be known; doing it again is safe.
    """
    if not asked.admin and asked.agent != handle:
        raise NotYours(f"only {handle} can say that {handle} has read it; use their token, or one with the scope admin")
    if not await mentions.read(id_, handle):
        raise NotFound(f"no note with the id {id_} names {handle}")
    log.info("mention.read", mention=id_)
