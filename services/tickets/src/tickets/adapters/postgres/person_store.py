"""What is kept of one person, as rows: found over any connection, taken away in the caller's transaction."""

import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tickets.adapters.postgres.blackening import blacken_notes, stands_in, taken_out
from tickets.adapters.postgres.queries import load_queries
from tickets.domain.privacy.addressing import Said
from tickets.domain.privacy.person import NOBODY, NOBODYS, Identity, Person, as_kept
from ventanilla_contracts.words import CHANNELS, identity_kind

_SQL = load_queries("persons")
_TICKETS_A_LOOK: Final = 2_000
_MOST_NAMED: Final = 10_000
"""Rows of one column that are looked at: longer addresses are found too."""


@dataclass(frozen=True, slots=True)
class StillNamed:
    """`table.column` → how many rows of it name somebody, by an address of theirs, or by nothing but their name."""

    by_address: Mapping[str, int]
    by_name: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Linked:
    """An identity that is known to be the same person's, and how that is known."""

    identity: Identity
    why: str


class PersonReads:
    """Finds a person, over a connection outside of any transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def linked(self, identities: Sequence[Identity]) -> list[Linked]:
        """Who else they are, on proof."""
        rows = await self._connection.fetch(_SQL["linked"], *columns(identities))
        return [Linked(Identity(row["kind"], row["address"]), row["why"]) for row in rows]

    async def names(self, identities: Sequence[Identity], tickets: Sequence[int]) -> list[str]:
        """What they called themselves."""
        rows = await self._connection.fetch(
            _SQL["names"], *columns(identities), list(tickets), *on_channels(identities)
        )
        return [row["name"] for row in rows]

    async def agents(self, identities: Sequence[Identity]) -> list[str]:
        """Handles of people of the desk who have one of these addresses."""
        rows = await self._connection.fetch(_SQL["agents"], *columns(identities))
        return [row["handle"] for row in rows]

    async def own_tickets(self, identities: Sequence[Identity], before: datetime) -> list[int]:
        """Tickets in which they ask, opened until a time."""
        rows = await self._connection.fetch(_SQL["own_tickets"], *columns(identities), before)
        return [row["number"] for row in rows]

    async def other_tickets(self, identities: Sequence[Identity], own: Sequence[int], before: datetime) -> list[int]:
        """Tickets of others in which they wrote or take part, until a time."""
        rows = await self._connection.fetch(
            _SQL["other_tickets"], *columns(identities), list(own), before, *on_channels(identities)
        )
        return [row["ticket_number"] for row in rows]

    async def naming(self, person: Person, known: Sequence[int], before: datetime) -> list[int]:
        """Tickets besides these in which an address of theirs stands; every message is looked at, a part at a time.

        A name alone is not enough: somebody else is called so too, and what is blackened does not come back.
        """
        by_address = person.by_address
        rows = self._naming(by_address, known, before)
        return sorted({row["ticket_number"] async for row in rows if by_address.stands_in(row["said"])})

    async def held_naming(self, person: Person, known: Sequence[int], before: datetime) -> list[tuple[int, str]]:
        """Of the tickets that `naming` would find those that nobody may erase, and why: held tickets are few, so that
        this can be asked before anything is ordered.
        """
        by_address, found = person.by_address, list[tuple[int, str]]()
        for row in await self._connection.fetch(_SQL["all_held"], list(known)) if by_address.loosely else ():
            number = row["ticket_number"]
            said = await self._connection.fetch(
                _SQL["naming"], by_address.loosely, number, number + 1, list(known), before
            )
            if any(by_address.stands_in(one["said"]) for one in said):
                found.append((number, row["why"]))
        return found

    async def perhaps_naming(self, person: Person, before: datetime) -> dict[int, list[str]]:
        """Ticket → ids of messages (or `ticket`, `history`) that may name them by an address, once they are erased."""
        by_address, found = person.by_address, dict[int, list[str]]()
        async for row in self._naming(by_address, (), before):
            if by_address.may_stand_in(row["said"]):
                found.setdefault(row["ticket_number"], []).append(row["place"])
        return found

    async def _naming(self, person: Person, known: Sequence[int], before: datetime) -> AsyncIterator[Any]:
        if not person.loosely:
            return
        newest = await self._connection.fetchval(_SQL["newest_ticket"])
        for start in range(1, newest + 1, _TICKETS_A_LOOK):
            rows = await self._connection.fetch(
                _SQL["naming"], person.loosely, start, start + _TICKETS_A_LOOK, list(known), before
            )
            for row in rows:
                yield row

    async def shared(self, tickets: Sequence[int], identities: Sequence[Identity]) -> set[int]:
        """Which of these somebody else has written in as well."""
        rows = await self._connection.fetch(_SQL["shared"], list(tickets), *on_channels(identities))
        return {row["ticket_number"] for row in rows}

    async def said_to_others(self, tickets: Sequence[int], person: Person) -> dict[UUID, int]:
        """Messages of the desk in tickets of theirs that were said to others only → the ticket of each."""
        return await _said_to_others(tickets, person, self._connection)

    async def known(self, identities: Sequence[Identity]) -> set[Identity]:
        """Which of these the desk's tables know."""
        reached = [
            (one.kind, channel, one.address)
            for one in identities
            for channel in CHANNELS
            if identity_kind(channel) == one.kind
        ]
        rows = await self._connection.fetch(
            _SQL["known"], *columns(identities), *([one[at] for one in reached] for at in range(3))
        )
        return {Identity(row["kind"], row["address"]) for row in rows}

    async def held(self, tickets: Sequence[int]) -> list[tuple[int, str]]:
        """Which of these nobody may erase, and why."""
        rows = await self._connection.fetch(_SQL["held"], list(tickets))
        return [(row["ticket_number"], row["why"]) for row in rows]

    async def traces(
        self, own: Sequence[int], others: Sequence[int], identities: Sequence[Identity], before: datetime
    ) -> list[Any]:
        """How what they wrote is called in streams and buckets, and in their own tickets what was written to them."""
        theirs = on_channels(identities)
        rows: list[Any] = []
        for tickets, whole in ((own, True), (others, False)):
            rows += await self._connection.fetch(_SQL["traces"], list(tickets), *theirs, whole, before)
        rows += await self._connection.fetch(_SQL["quarantined_traces"], *theirs, before)
        return rows

    async def accepted_from(self, stream: str, sequence: int) -> Identity | None:
        """Who wrote what was accepted there, as the desk has read it; None: it does not know, or not any more."""
        row = await self._connection.fetchrow(_SQL["accepted_from"], stream, sequence)
        if row is None:
            return None
        kind = identity_kind(row["channel"])
        return Identity(kind, as_kept(kind, row["address"]))

    async def have_written_since(self, identities: Sequence[Identity], before: datetime) -> bool:
        """Whether there is something newer of them, which stays."""
        return bool(await self._connection.fetchval(_SQL["newer"], *on_channels(identities), before))

    async def are_from_before(self, identities: Sequence[Identity], before: datetime) -> bool:
        """Whether something of them is older than that: if they were erased, a restore has brought it back."""
        found = await self._connection.fetchval(_SQL["older"], *columns(identities), before, *on_channels(identities))
        return bool(found)

    async def asking_since(
        self, tickets: Sequence[int], identities: Sequence[Identity], before: datetime
    ) -> frozenset[int]:
        """Which of these they have written in after a time, and ask in still."""
        rows = await self._connection.fetch(
            _SQL["asking_since"], list(tickets), *on_channels(identities), before, list(NOBODYS)
        )
        return frozenset(row["ticket_number"] for row in rows)

    async def threads(self, tickets: Sequence[int]) -> set[str]:
        """Where in a chat these are talked about: the first message of a thread, or a channel of one person's own."""
        found: set[str] = set()
        for row in await self._connection.fetch(_SQL["conversations"], list(tickets)):
            channel = row["account"].rpartition("/")[2]
            found.add(channel if channel.startswith("D") else (row["conversation"] or "").rpartition("/")[2])
        return found - {""}

    async def contacts(self, identities: Sequence[Identity]) -> list[int]:
        """Ids of the contacts that have these identities."""
        return [row["contact_id"] for row in await self._connection.fetch(_SQL["contacts"], *columns(identities))]

    async def still_named(self, person: Person, leaving_out: Collection[str]) -> StillNamed:
        """What names them still, over all tables."""
        by_address: dict[str, int] = {}
        by_name: dict[str, int] = {}
        for row in await self._connection.fetch(_SQL["columns"]):
            table, column = row["table_name"], row["column_name"]
            if table in leaving_out:
                continue
            text = f"encode({column}, 'escape')" if row["udt_name"] == "bytea" else f"{column}::text"
            # Apart from each other: what only seems to hold a name must not take the place of an address.
            by = person.by_address
            told = await self._looking_like(text, table, person.loosely)
            if theirs := sum(by.stands_in(said) for said in told):
                by_address[f"{table}.{column}"] = theirs
            named = await self._looking_like(text, table, person.loosely_named)
            if called := sum(person.stands_in(said) and not by.stands_in(said) for said in named):
                by_name[f"{table}.{column}"] = called
        return StillNamed(by_address, by_name)

    async def _looking_like(self, text: str, table: str, patterns: Sequence[str]) -> list[str]:
        if not patterns:
            return []
        rows = await self._connection.fetch(
            f"select {text} as said from {table} where {text} ~* any($1::text[]) limit {_MOST_NAMED}",  # noqa: S608  # names come from the catalogue
            patterns,
        )
        return [row["said"] for row in rows]


class PersonWrites:
    """The statements with which a person is taken out of tickets and tables."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def is_held(self, number: int) -> bool:
        """Whether nobody may erase a locked ticket; `place_hold` takes the same lock."""
        return bool(await self._connection.fetch(_SQL["held"], [number]))

    async def messages(self, number: int) -> list[Any]:
        """All messages of a locked ticket, in their order."""
        rows: list[Any] = await self._connection.fetch(_SQL["messages"], number)
        return rows

    async def said_to_others(self, number: int, person: Person) -> Collection[UUID]:
        """Messages of the desk in a locked ticket of theirs that were said to others only."""
        return await _said_to_others([number], person, self._connection)

    async def erase_messages(self, ids: Sequence[UUID], now: datetime) -> None:
        """Leave of messages that there were any. Again changes nothing."""
        if ids:
            await self._connection.execute(_SQL["erase_messages"], list(ids), now, "")

    async def redact_message(self, id_: UUID, row: Mapping[str, Any]) -> None:
        """Write a message as it is without somebody."""
        await self._connection.execute(
            _SQL["redact_message"], id_, row["subject"], row["body"], row["body_html"], row["reply_text"],
            row["addressed"], row["author_name"], row["findings"], row["delivery_recipients"], row["fallback_to"],
        )  # fmt: skip
        await self._connection.execute(_SQL["redact_revisions"], [id_])

    async def nobody(self) -> int:
        """The contact that asks where nobody asks any more."""
        return int(await self._connection.fetchval(_SQL["nobody"], NOBODY))

    async def anonymise(self, number: int, nobody: int, address: str) -> None:
        """Let nobody ask in a locked ticket, and drop what hangs on it and is of no use without who asked."""
        await self._connection.execute(_SQL["anonymise_around"], number)
        await self._connection.execute(_SQL["anonymise_ticket"], number, nobody, address)

    async def leave(self, number: int, identities: Sequence[Identity]) -> None:
        """Let them take part in a locked ticket no longer."""
        await self._connection.execute(_SQL["leave_ticket"], number, *columns(identities), *on_channels(identities))

    async def call_requester(self, number: int, name: str) -> None:
        """Let whoever asks in a locked ticket be called so."""
        await self._connection.execute("update ticket set requester_name = $2 where number = $1", number, name)

    async def set_terms(self, number: int, lexemes: str) -> None:
        """Let a ticket be found by these lexemes and no others."""
        await self._connection.execute(_SQL["set_terms"], number, lexemes)

    async def history(self, number: int) -> list[Any]:
        """A ticket's history."""
        rows: list[Any] = await self._connection.fetch(_SQL["history"], number)
        return rows

    async def rewrite_history(self, lines: Sequence[tuple[int, str, str]]) -> None:
        """(id, detail, why) of lines that change."""
        if lines:
            await self._connection.execute(_SQL["rewrite_history"], *map(list, zip(*lines, strict=True)))

    async def note_unwanted(self, places: Sequence[Mapping[str, Any]]) -> None:
        """Remember copies that are to be deleted."""
        if places:
            await self._connection.executemany(
                "insert into unwanted_original (place) values ($1::jsonb)", [(json.dumps(place),) for place in places]
            )

    async def erase_outside(
        self, person: Person, contacts: Sequence[int], tickets: Sequence[int], before: datetime
    ) -> None:
        """What is kept of them outside of tickets, the audit log's words about them included.

        Args:
            tickets: theirs, in which they ask no longer.
        """
        execute, wanted = self._connection.execute, person.loosely
        theirs = on_channels(person.identities)
        await execute(_SQL["erase_person"], *columns(person.identities), before, *theirs)
        await execute(_SQL["erase_contacts"], list(contacts))
        for row in await self._connection.fetch(_SQL["answers_naming"], wanted):
            if person.by_address.stands_in(row["result"]):
                await execute(_SQL["forget_answer"], row["token_id"], row["key"])
        await execute(_SQL["drop_unsent"], *theirs, list(tickets), before)
        await execute("set local ventanilla.forgetting = 'on'")
        await self._rewrite_decisions(person, wanted)
        await blacken_notes(person, self._connection)
        for row in await self._connection.fetch(_SQL["updates_naming"], wanted):
            words = [row[name] for name in ("resolution", "cause")]
            if _names_by_address(person, row["texts"], *words):
                words = [said and person.taken_out(said) for said in words]
                await execute(_SQL["rewrite_update"], row["id"], taken_out(row["texts"], person), *words)

    async def _rewrite_decisions(self, person: Person, wanted: Sequence[str]) -> None:
        """The audit log is as long as the desk is old: it is taken in parts, to its end.

        Its trigger lets nothing pass but blackening, so that tags between the words of a name go with them.
        """
        after = 0
        while rows := await self._connection.fetch(_SQL["decisions_naming"], wanted, after):
            for row in rows:
                if _names_by_address(person, row["detail"], row["why"]):
                    detail = taken_out(row["detail"], person, keeps_tags=False)
                    why = person.taken_out(row["why"], keeps_tags=False)
                    await self._connection.execute(_SQL["rewrite_decision"], row["id"], detail, why)
            after = rows[-1]["id"]


def _names_by_address(person: Person, data: str, *texts: str | None) -> bool:
    """Whether JSON or one of some texts names them by an address: beside a longer one their name is somebody else's."""
    by_address = person.by_address
    return stands_in(data, by_address) or any(by_address.stands_in(text or "") for text in texts)


async def _said_to_others(tickets: Sequence[int], person: Person, connection: Any) -> dict[UUID, int]:
    rows = await connection.fetch(_SQL["said"], list(tickets), *columns(person.identities), list(NOBODYS))
    return {one.id: one.ticket for one in map(_said, rows) if one.is_for_others(person)}


def _said(row: Any) -> Said:
    addressed = json.loads(row["addressed"])
    return Said(
        id=row["id"],
        ticket=row["ticket_number"],
        channel=row["channel"],
        named=[one["address"] for role in ("to", "cc", "bcc") for one in addressed.get(role) or ()],
        reported=list(json.loads(row["delivery_recipients"] or "{}")),
        asked=row["asked"],
        asks=row["asks"],
    )


def columns(identities: Sequence[Identity]) -> tuple[list[str], list[str]]:
    """Kinds and addresses, as the statements take them."""
    return [one.kind for one in identities], [one.address for one in identities]


def on_channels(identities: Sequence[Identity]) -> tuple[list[str], list[str]]:
    """Channels and addresses: where these identities write from, as rows have it that know the channel."""
    found = [(channel, one.address) for one in identities for channel in CHANNELS if identity_kind(channel) == one.kind]
    return [channel for channel, _ in found], [address for _, address in found]
