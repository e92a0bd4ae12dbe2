"""Who gets a ticket's mails, what was said before, and how teams sign: statements inside a transaction, and reads."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.correspondence.conversation import MOST_CHARS, Said, said
from tickets.domain.correspondence.participants import IN_COPY, Participant, Person, each_once
from tickets.domain.correspondence.signatures import Signature

_SQL = load_queries("correspondence")
_MOST_LOOKED_AT = 20
"""Messages of which the newest that all recipients may read are quoted."""


class Correspondence:
    """The statements of one transaction; the ticket is locked by whoever calls."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def participants(self, number: int) -> list[Participant]:
        """Everybody who takes part in a ticket by mail, or did."""
        return participants_of(number, await self._connection.fetch(_SQL["participants"], number))

    async def add(self, number: int, people: Sequence[Person], at: datetime, actor: str, role: str = IN_COPY) -> None:
        """Let people take part from now on; nothing changes for those who do already."""
        if people:
            addresses, names = [one.address for one in people], [one.name for one in people]
            await self._connection.execute(_SQL["put_participant"], number, addresses, names, at, actor, role)

    async def remove(self, number: int, address: str, at: datetime) -> bool:
        """Take somebody out of the loop; False if they are not in it."""
        return await self._connection.fetchrow(_SQL["remove_participant"], number, address, at) is not None

    async def conversation(self, number: int, since: datetime) -> list[Said]:
        """What was said in a ticket, newest first."""
        rows = await self._connection.fetch(_SQL["conversation"], number, since, MOST_CHARS, _MOST_LOOKED_AT)
        return [said(row) for row in rows]

    async def signatures(self, team: str) -> dict[str, Signature]:
        """Language → how the team signs."""
        rows = await self._connection.fetch(_SQL["signatures"], team)
        return {row["language"]: Signature(row["text"], row["html"]) for row in rows}

    async def put_signatures(self, team: str, signatures: Mapping[str, Signature], actor: str) -> None:
        """How a team signs from now on; in languages that are not given it does not."""
        await self._connection.execute(_SQL["remove_signatures"], team)
        if signatures:
            texts = [one.text for one in signatures.values()]
            pages = [one.html for one in signatures.values()]
            await self._connection.execute(_SQL["put_signatures"], team, list(signatures), texts, pages, actor)


class CorrespondenceReads:
    """What the API shows of it. Every method raises `DatabaseAway` when Postgres does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def participants(self, number: int) -> list[Participant]:
        """Everybody who takes part in a ticket by mail, or did."""
        return participants_of(number, await self._database.fetch(_SQL["participants"], number))

    async def suggested(self, number: int) -> list[Person]:
        """Whom mails named in copy without proof, each once."""
        rows = await self._database.fetch(_SQL["suggested"], number)
        return each_once(Person(one["address"], one["name"]) for row in rows for one in orjson.loads(row["people"]))

    async def signatures(self, team: str) -> list[Any]:
        """How a team signs, a row for each language."""
        return await self._database.fetch(_SQL["signatures"], team)


def participants_of(number: int, rows: Sequence[Any]) -> list[Participant]:
    """Participants from rows of the query."""
    return [
        Participant(
            number, Person(row["address"], row["name"]), row["role"], row["added_at"], row["added_by"], row["left_at"]
        )
        for row in rows
        if row["kind"] == "email"
    ]
