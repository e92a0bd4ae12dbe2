"""Who somebody is and what the desk keeps of them, before anything is given out or taken away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tickets.adapters.postgres.person_store import Linked, PersonReads
from tickets.domain.privacy.ownership import Traces
from tickets.domain.privacy.person import Identity, Person, person_of
from tickets.errors import Refused
from ventanilla_contracts.events import MessageReceived


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody, and where they stand.

    Attributes:
        linked: identities that were not given and are theirs on proof.
        own: tickets in which they ask.
        others: tickets of others in which they wrote or take part.
        held: those of both that nobody may erase, with the reason.
    """

    person: Person
    linked: Sequence[Linked]
    own: Sequence[int]
    others: Sequence[int]
    held: Sequence[tuple[int, str]]

    @property
    def known(self) -> bool:
        """Whether the desk keeps anything of them in a ticket."""
        return bool(self.own or self.others)

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
        Refused: somebody of the desk has one of these identities; people of the desk leave by `tickets import-desk`.
    """
    linked = [] if only_given else await reads.linked(given)
    identities = [*given, *(one.identity for one in linked)]
    if agents := await reads.agents(identities):
        raise Refused(
            f"{', '.join(agents)} of the desk can be reached there: this is for customers; leave out that identity"
            " (--only-given), or retire them first"
        )
    own = await reads.own_tickets(identities, before)
    others = await reads.other_tickets(identities, own, before)
    names = await reads.names(identities, own)
    held = await reads.held([*own, *others])
    return Found(person_of(identities, names), linked, own, others, held)


async def traces_of(found: Found, before: datetime, reads: PersonReads) -> dict[str, list[Any]]:
    """How what is theirs is called in streams and buckets, as plain data that outlives a kill."""
    rows = await reads.traces(found.own, found.others, found.person.identities, before)
    theirs = [row for row in rows if row["event_id"]]
    prefix = f"{MessageReceived.type}:"
    places = {(row["stream"], row["sequence"]) for row in theirs}
    places |= {(row["intake_stream"], row["intake_sequence"]) for row in theirs}
    return {
        "tickets": list(found.own),
        "others": list(found.others),
        "notifications": sorted({row["notification_id"] for row in theirs if row["notification_id"]}),
        "messages": sorted({str(row["id"]) for row in theirs}),
        "sources": sorted(
            {row["event_id"].removeprefix(prefix) for row in theirs if row["event_id"].startswith(prefix)}
        ),
        "places": sorted([stream, sequence] for stream, sequence in places if stream and sequence),
        "events": sorted({row["event_id"] for row in theirs}),
        "threads": sorted(await reads.threads(found.own)),
    }


def as_traces(person: Person, kept: dict[str, list[Any]]) -> Traces:
    """The same for those who look through the broker."""
    return Traces(
        person=person,
        tickets=frozenset(kept["tickets"]),
        notifications=frozenset(kept["notifications"]),
        messages=frozenset(kept["messages"]),
        sources=frozenset(kept["sources"]),
        places=frozenset((stream, sequence) for stream, sequence in kept["places"]),
        events=frozenset(kept["events"]),
        threads=frozenset(kept["threads"]),
    )
