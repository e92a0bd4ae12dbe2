"""Replies that wait before they go, as rows; a row in `due` stands for each that is to be sent."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries
from tickets.adapters.postgres.timers import remove_timers
from tickets.domain.correspondence.held_replies import KIND, Author, Became, HeldReply
from tickets.domain.correspondence.sent_messages import Asking, changeable_until

_SQL = load_queries("held_replies")
_DUE = load_queries("due")
_JUST: Final = timedelta(minutes=5)
_MOST: Final = 20


class HeldReplies:
    """The statements of one transaction in which the ticket is locked."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def add(self, held: HeldReply, made_at: datetime) -> None:
        """Keep a reply until its time, and forget a few that ended long ago."""
        author = held.author
        await self._connection.execute(
            _SQL["insert"], held.id, held.ticket_number, made_at, held.send_at, orjson.dumps(held.reply).decode(),
            author.token_id, author.name, author.actor, author.agent, author.bot, author.admin, author.via,
        )  # fmt: skip
        detail = orjson.dumps({"alone": KIND, "reply": str(held.id)}).decode()
        await self._connection.execute(
            _DUE["insert"], [held.ticket_number], [KIND], [str(held.id)], [held.send_at], [detail]
        )
        await self._connection.execute(_SQL["forget"])

    async def find(self, id_: UUID) -> HeldReply | None:
        """One of them, whatever became of it."""
        row = await self._connection.fetchrow(_SQL["find"], id_)
        return None if row is None else _held(row)

    async def end(self, held: HeldReply, state: str, *, why: str = "", message_id: UUID | None = None) -> bool:
        """Whether it has ended by this; False: it had ended before. It is sent by nobody any more."""
        ended = await self._connection.fetchval(_SQL["end"], held.id, state, why, message_id)
        await self.drop(held.ticket_number, held.id)
        return ended is not None

    async def drop(self, number: int, id_: UUID) -> None:
        """Let no worker look at it again."""
        await remove_timers(self._connection, [(number, KIND, str(id_))])


class HeldReplyReads:
    """What the API shows of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, number: int, id_: UUID) -> tuple[HeldReply, Became] | None:
        """One of a ticket's replies, with how far the message has come that it became.

        Raises:
            DatabaseAway: Postgres does not answer.
        """
        row = await self._database.fetchrow(_SQL["of_ticket"], number, id_)
        if row is None:
            return None
        changeable = changeable_until(row, Asking()) if row["kind"] else None
        return _held(row), Became(row["delivery_state"], row["delivery_detail"], changeable, row["revised"])

    async def on_their_way(self, number: int) -> list[HeldReply]:
        """A ticket's replies that wait, and those that have just become messages, in their order.

        Raises:
            DatabaseAway: Postgres does not answer.
        """
        return [_held(row) for row in await self._database.fetch(_SQL["on_their_way"], number, _JUST, _MOST)]


def _held(row: Any) -> HeldReply:
    author = Author(row["token_id"], row["name"], row["actor"], row["agent"], row["bot"], row["admin"], row["via"])
    return HeldReply(
        row["id"],
        row["ticket_number"],
        row["send_at"],
        row["state"],
        row["why"],
        row["message_id"],
        orjson.loads(row["reply"]),
        author,
    )
