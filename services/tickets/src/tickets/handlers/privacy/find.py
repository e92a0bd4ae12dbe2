"""Who somebody is and what the desk keeps of them, before anything is given out or taken away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tickets.adapters.postgres.erasure_store import ErasureStore
from tickets.adapters.postgres.person_store import Linked, PersonReads
from tickets.domain.privacy.ownership import Traces
from tickets.domain.privacy.person import Identity, Person, person_of, spellings
from tickets.errors import Refused
from ventanilla_contracts.events import MessageReceived

NOT_THEIRS: Final = frozenset({"erasure", "agent", "slack_user", "schema_migration"})
"""Tables in which nobody stands as a customer."""
_NO_NAMES: Final = frozenset({"webchat"})
"""Kinds of which an address may be a word like any other: that it stands somewhere says nothing."""


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody, and where they stand.

    Attributes:
        linked: identities that were not given and are theirs on proof.
        own: tickets in which they ask.
        others: tickets of others in which they wrote or take part.
        held: those of both, and others in which an address of theirs stands, that nobody may erase, with the reason.
    """

    person: Person
    linked: Sequence[Linked]
    own: Sequence[int]
    others: Sequence[int]
    held: Sequence[tuple[int, str]]

    def as_data(self) -> dict[str, Any]:
        """For whoever is to confirm that it is them."""
        return {
            "identities": [{"kind": one.kind, "address": one.address} for one in self.person.identities],
            "linked": [
                {"kind": one.identity.kind, "address": one.identity.address, "why": one.why} for one in self.linked
            ],
            "names": list(self.person.names),
            "tickets": list(self.own),
            "takes_part_in": list(self.others),
            "legal_holds": [{"ticket": number, "why": why} for number, why in self.held],
        }


async def find_person(
    given: Sequence[Identity], before: datetime, reads: PersonReads, *, only_given: bool = False
) -> Found:
    """Look for somebody.

    Args:
        before: tickets that were opened later are somebody's new ones.
        only_given: leave out what else is known to be theirs.

    Raises:
        Refused: somebody who works at the desk has one of these identities.
    """
    given = [*given, *await _other_spellings(given, reads)]
    linked = [] if only_given else await reads.linked(given)
    identities = [*given, *(one.identity for one in linked)]
    identities += await _other_spellings(identities, reads)
    await _refuse_agents(given, identities, reads)
    own = await reads.own_tickets(identities, before)
    others = await reads.other_tickets(identities, own, before)
    names = await reads.names(identities, own)
    person, here = person_of(identities, names), [*own, *others]
    held = [*await reads.held(here), *await reads.held_naming(person, here, before)]
    return Found(person, linked, own, others, sorted(held))


async def unknown_of(given: Sequence[Identity], reads: PersonReads, store: ErasureStore) -> list[Identity]:
    """Which of these nobody wrote from, no words in any table name, and nobody ordered to erase: slips, mostly."""
    return [one for one in given if not await _is_known([one, *spellings(one)], reads, store)]


async def _is_known(spelled: Sequence[Identity], reads: PersonReads, store: ErasureStore) -> bool:
    if await reads.known(spelled) or await store.was_ordered(spelled):
        return True
    if spelled[0].kind in _NO_NAMES:
        return False
    return bool((await reads.still_named(Person(tuple(spelled)), NOT_THEIRS)).by_address)


async def _refuse_agents(given: Sequence[Identity], identities: Sequence[Identity], reads: PersonReads) -> None:
    if not (agents := await reads.agents(identities)):
        return
    words = f"{', '.join(agents)} of the desk can be reached there, and this is for customers"
    retire = f"retire them (`DELETE /api/v1/agents/{agents[0]}`)"
    if not await reads.agents(given):
        raise Refused(f"{words}: what leads to them was not given but found; leave it out (--only-given), or {retire}")
    raise Refused(f"{words}: {retire} if they work here no more, and run this again")


async def _other_spellings(identities: Sequence[Identity], reads: PersonReads) -> list[Identity]:
    """How else the same mailboxes are written: with another form of the domain always, as texts may have that; with
    quotes where the desk knows it so.
    """
    other = {spelled for one in identities for spelled in spellings(one)} - {*identities}
    known = await reads.known(sorted(other)) if other else set()
    return sorted(one for one in other if one in known or '"' not in one.address)


async def traces_of(found: Found, before: datetime, reads: PersonReads) -> dict[str, list[Any]]:
    """How what is theirs is called in streams and buckets, as plain data that outlives a kill."""
    rows = await reads.traces(found.own, found.others, found.person.identities, before)
    # Where others have written too, the desk's words were for those as well: they stay, and what is to leave leaves; so
    # does what the desk said to others only, who may have written nothing yet.
    shared = await reads.shared(found.own, found.person.identities)
    to_others = await reads.said_to_others(found.own, found.person)
    theirs = [
        row
        for row in rows
        if row["event_id"]
        and (row["kind"] == "customer" or (row["ticket_number"] not in shared and row["id"] not in to_others))
    ]
    prefix = f"{MessageReceived.type}:"
    places = {(row["stream"], row["sequence"]) for row in theirs}
    places |= {(row["intake_stream"], row["intake_sequence"]) for row in theirs}
    return {
        "tickets": list(found.own),
        "others": list(found.others),
        "notifications": sorted({row["notification_id"] for row in theirs if row["notification_id"]}),
        "messages": sorted({str(row["id"]) for row in rows}),
        "shared": sorted({*shared, *to_others.values()}),
        "sources": sorted(
            {row["event_id"].removeprefix(prefix) for row in theirs if row["event_id"].startswith(prefix)}
        ),
        "places": sorted([stream, sequence] for stream, sequence in places if stream and sequence),
        "events": sorted({row["event_id"] for row in theirs}),
        "threads": sorted(await reads.threads(found.own)),
    }


async def shared_tickets(own: Sequence[int], person: Person, reads: PersonReads) -> set[int]:
    """Tickets of theirs in which something of others stays: their words, or what the desk said to them only."""
    to_others = await reads.said_to_others(own, person)
    return {*await reads.shared(own, person.identities), *to_others.values()}


def as_traces(person: Person, kept: dict[str, list[Any]]) -> Traces:
    """The same for those who look through the broker."""
    return Traces(
        person=person,
        tickets=frozenset(kept["tickets"]),
        others=frozenset(kept["others"]),
        notifications=frozenset(kept["notifications"]),
        messages=frozenset(kept["messages"]),
        sources=frozenset(kept["sources"]),
        places=frozenset((stream, sequence) for stream, sequence in kept["places"]),
        events=frozenset(kept["events"]),
        threads=frozenset(kept["threads"]),
        shared=frozenset(kept["shared"]),
    )
