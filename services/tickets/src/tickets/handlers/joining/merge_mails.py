"""What is said when tickets are merged and when they part again: to each customer once, and to the agents concerned.

A customer hears from the ticket that they know: the mail stands in its thread and carries its reply address, and the
link leads to a page that is theirs to read. Who got none, and why, is in the history.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.correspondence.acknowledging import AcknowledgementCaps
from tickets.domain.correspondence.agent_mail import agent_mail
from tickets.domain.correspondence.automatic_mail import automatic_mail, told_elsewhere
from tickets.domain.correspondence.notices import Notice
from tickets.domain.correspondence.replies import thread_of
from tickets.domain.correspondence.ways import NO_WAY, UNWANTED, texted_between, way_to
from tickets.domain.joining.merging import one_requester
from tickets.domain.rows import HistoryRow, Settlement
from tickets.domain.settling.incoming import Contact, TicketRow
from tickets.domain.staffing.people import Agent
from tickets.handlers.working.actors import name_of
from tickets.handlers.working.work import Asked, Leaving
from ventanilla_contracts.words import identity_kind

_AFTERWARDS = timedelta(microseconds=1)
"""What the customer reads stands behind what the agent did, though both are written at one time."""


@dataclass(frozen=True, slots=True)
class Caps:
    """How many automatic mails a customer gets, and the whole desk sends in a minute."""

    customer: AcknowledgementCaps
    mails_per_minute: int


@dataclass(slots=True)
class MergeMails:
    """Mails of one merging or parting; the rows are written by whoever calls.

    Attributes:
        source: what makes the mails of this merging or parting unique.
        contacts: (channel, address) → the person, locked; whoever has none is told nothing.
    """

    source: str
    at: datetime
    asked: Asked
    transaction: DeskTransaction
    leaving: Leaving
    caps: Caps
    contacts: dict[tuple[str, str], Contact]
    rows: Settlement = field(default_factory=Settlement)

    async def tell_merged(self, ticket: TicketRow, into: TicketRow) -> list[int]:
        """Tell who asked that their requests go on as one; returns the tickets whose requesters were told."""
        desk = self.leaving.deps.desk
        if one_requester(ticket, into):
            told = await self._tell("merged", "same", ticket, into, desk.link_told(ticket, into))
            return [ticket.number] if told else []
        # The other page shows what was said before: that stays with whoever it was said to.
        told = await self._tell("merged", "gone", ticket, into, desk.link_told(ticket))
        joined = await self._tell("merged", "joined", into, ticket, desk.link_told(into))
        return [*([ticket.number] if told else []), *([into.number] if joined else [])]

    async def tell_parted(self, ticket: TicketRow, into: TicketRow, told: Mapping[int, str]) -> None:
        """Tell those whom the merging was told to that they are two again.

        Args:
            told: number of a ticket whose requester was told → `same`, `gone` or `joined`.
        """
        for here, there in ((ticket, into), (into, ticket)):
            if here.number in told:
                link = self.leaving.deps.desk.link_told(here)
                await self._tell("unmerged", told[here.number], here, there, link)

    async def tell_agents(self, kind: str, ticket: TicketRow, into: TicketRow, reason: str) -> None:
        """Tell whoever follows or has the other ticket, but for whoever did it."""
        assigning = self.transaction.settling.assigning
        people = {one.handle: one for one in await assigning.handing.following(into.number)}
        for assignee, team in ((into.assignee, into.team), (ticket.assignee, ticket.team)):
            if assignee and assignee not in people:
                somebody = await assigning.somebody(assignee, team)
                if somebody is not None and somebody.agent.active:
                    people[assignee] = somebody.agent
        people.pop(self.asked.agent or "", None)
        if not people:
            return
        by = await name_of(self.asked, assigning)
        for agent in people.values():
            self._tell_agent(agent, kind, ticket, into, reason, by)
        self._note(into, "agents.told", {"agents": sorted(people)})

    async def _tell(self, template: str, kind: str, ticket: TicketRow, other: TicketRow, link: str) -> bool:
        address = ticket.requester_address
        contact = self.contacts.get((identity_kind(ticket.channel), address))
        reason = await self._why_silent(ticket, contact) if contact else NO_WAY
        if contact is None or reason:
            self._note(ticket, "notice.withheld", {}, reason or "")
            return False
        deps = self.leaving.deps
        values = {"number": ticket.number, "other": other.number, "kind": kind, "link": link}
        way = await self.transaction.settling.silence.detour(ticket, deps.desk)
        values["texted"] = texted_between(way.of(ticket) if way else ticket) is not None
        answers, references = thread_of(await self.transaction.thread(ticket.number))
        notice = Notice(
            source=f"{self.source}/{ticket.number}",
            ticket=ticket,
            words=deps.render(template, ticket.language, values),
            automatic=True,
            requested_at=self.at + _AFTERWARDS,
            answers=answers,
            references=references,
            way=way,
        )
        message, event = automatic_mail(notice, deps.desk)
        self.rows.messages.append(message)
        self.rows.history += told_elsewhere(notice.ticket, notice.way, message)
        self.leaving.extend([event])
        self._count((identity_kind(ticket.channel), address), contact)
        self._note(ticket, "merging.told", {"message": str(message.id), "template": template})
        return True

    async def _why_silent(self, ticket: TicketRow, contact: Contact) -> str | None:
        """Why no mail goes to a customer, or None: the same that silences acknowledgements."""
        silence, desk = self.transaction.settling.silence, self.leaving.deps.desk
        if way_to(ticket) is None and await silence.detour(ticket, desk) is None:
            return NO_WAY
        if await silence.keeps(ticket, desk):
            return UNWANTED
        if contact.reach.stopped:
            return "mail to this address comes back"
        if await self.transaction.settling.assigning.handing.opened_by(ticket.number) != "no":
            return "no person wrote it"
        if self.caps.customer.reached(ticket, self._counted(contact)):
            return "this sender has had enough of them"
        if not await self.transaction.settling.draw_acknowledgements(1, self.caps.mails_per_minute):
            return "the desk has sent too many this minute"
        return None

    def _counted(self, contact: Contact) -> int:
        fresh = contact.acknowledged_since > self.at - self.caps.customer.window
        return contact.acknowledged_count if fresh else 0

    def _count(self, who: tuple[str, str], contact: Contact) -> None:
        count = self._counted(contact)
        since = contact.acknowledged_since if count else self.at
        counted = replace(contact, acknowledged_since=since, acknowledged_count=count + 1)
        self.contacts[who] = self.rows.contacts[contact.id] = counted

    def _tell_agent(self, agent: Agent, kind: str, ticket: TicketRow, into: TicketRow, reason: str, by: str) -> None:
        """Ask for a mail to one of ours: no message of the ticket, and an answer to it is none of the customer's."""
        desk = self.leaving.deps.desk
        values = {
            "number": ticket.number,
            "other": into.number,
            "subject": ticket.subject,
            "other_subject": into.subject,
            "kind": kind,
            "reason": reason,
            "actor": by,
        }
        deps = self.leaving.deps
        mail = agent_mail(
            agent, into, f"{self.source}/{agent.handle}", "merged_agents", values, desk, deps.render, self.at
        )
        if mail is not None:
            self.leaving.extend([mail])

    def _note(self, ticket: TicketRow, action: str, detail: Mapping[str, Any], why: str = "") -> None:
        self.rows.history.append(HistoryRow(ticket.number, self.at, "desk", action, detail, why))
