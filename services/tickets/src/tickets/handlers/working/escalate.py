"""Hands a ticket from team to team, up the tiers and down again: one transaction for all that must be true together.

Whoever had it stays a follower and is told of each step; whoever gets it finds an internal note; the customer is told
in plain words who has it now and when they will hear next. Neither reason nor note ever leaves the desk.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.changes import search_row
from tickets.domain.correspondence.acknowledging import AcknowledgementCaps
from tickets.domain.correspondence.agent_mail import agent_mail
from tickets.domain.correspondence.automatic_mail import automatic_mail, told_elsewhere
from tickets.domain.correspondence.notices import Notice
from tickets.domain.correspondence.replies import MESSAGE_ADDED, event_source, message_row, thread_of, ticket_event
from tickets.domain.correspondence.told_times import time_told
from tickets.domain.correspondence.ways import NO_WAY, UNWANTED, said_in, texted_between, way_to
from tickets.domain.rows import HistoryRow, Settlement
from tickets.domain.service_levels.from_history import TOLD
from tickets.domain.service_levels.promising import NextWord, Standing, next_word
from tickets.domain.settling.incoming import Contact, TicketRow
from tickets.domain.settling.search_terms import words_of
from tickets.domain.staffing.assigning import Choice, Dispatch, Wanting
from tickets.domain.staffing.escalating import (
    RETURN,
    Destination,
    Handover,
    agent_values,
    check_promise,
    customer_values,
    destination_of,
    must_be_open,
    wanted_of,
    works_by,
)
from tickets.domain.staffing.people import Agent, Presence, Team, why_not_now
from tickets.errors import Refused
from tickets.handlers.working.actors import name_of
from tickets.handlers.working.change import save_change
from tickets.handlers.working.rights import has_people, must_belong
from tickets.handlers.working.work import (
    Asked,
    DeskDeps,
    Leaving,
    earlier_result,
    finish_key,
    new_message,
    until_settled,
)
from ventanilla_contracts.words import identity_kind

log = structlog.get_logger()

_SOURCE = "api.handover.v1"
_AFTERWARDS = timedelta(microseconds=1)
"""What the customer reads stands behind the note, though both are written at one time."""
_ACTIONS = {"escalate": "ticket.escalated", "de_escalate": "ticket.de_escalated", "return": "ticket.returned"}


@dataclass(frozen=True, slots=True)
class Move:
    """What somebody wants of a ticket.

    Attributes:
        kind: `escalate`, `de_escalate` or `return`; with `return` it goes where it came from.
        promised: when the customer hears next; None: when they would anyway, or by what the desk promises.
        tell_customer: tell the customer at all.
        message: id of the message because of which rules want it.
        automatic: no person asks for it, but a ladder or rules.
    """

    kind: str
    where: Destination
    reason: str
    note: str
    promised: datetime | None = None
    tell_customer: bool = True
    message: str | None = None
    automatic: bool = False


class Along(Protocol):
    """Whoever decides under the ticket's lock whether and where it goes, and does more in the same transaction."""

    async def wanted(self, transaction: DeskTransaction, ticket: TicketRow) -> Move | None:
        """What is wanted of the locked ticket; None: nothing, and nothing is written."""

    async def besides(self, transaction: DeskTransaction, ticket: TicketRow) -> None:
        """What is to be true together with the move."""


@dataclass(frozen=True, slots=True)
class _Way:
    """Where it goes, resolved: `back` is the handover that a return undoes."""

    handover: Handover
    team: Team
    back: int | None = None
    back_to: str | None = None


async def move_ticket(
    number: int, move: Move | Along, asked: Asked, deps: DeskDeps, caps: AcknowledgementCaps, mails_per_minute: int
) -> TicketRow:
    """The ticket where it is from now on; the same idempotency key again moves nothing.

    Args:
        move: what is wanted, or who says so under the ticket's lock.
        caps: how many automatic mails a customer gets; these count among them.
        mails_per_minute: automatic mails of the whole desk.

    Raises:
        NotYours: the caller is not of the team that has the ticket.
        NotFound: there is no such ticket, or no such team.
        KeyReused: the key came with another request.
        Invalid: it is not clear which team is meant, or the promise cannot be kept.
        Refused: the ticket is closed, is there already, or has nowhere to return to.
        DatabaseAway: nothing was written, or it cannot be known.
    """
    return await until_settled(lambda: _Moving(move, asked, deps, caps, mails_per_minute).move(number))


class _Moving:
    """One attempt: a transaction, with what its steps share."""

    def __init__(
        self, move: Move | Along, asked: Asked, deps: DeskDeps, caps: AcknowledgementCaps, mails_per_minute: int
    ) -> None:
        self.along = None if isinstance(move, Move) else move
        if isinstance(move, Move):
            self.asked_for = move
        self.asked, self.deps, self.caps = asked, deps, caps
        self.mails_per_minute = mails_per_minute
        self.leaving = Leaving(deps, asked.traceparent)
        self.rows = Settlement()

    async def move(self, number: int) -> TicketRow:
        async with self.deps.writes.transaction(self.asked.via) as transaction:
            self.transaction: DeskTransaction = transaction
            self.assigning, self.handing = transaction.settling.assigning, transaction.settling.assigning.handing
            if await earlier_result(self.asked, transaction) is not None:
                return await transaction.lock_ticket(number)
            before = await transaction.lock_ticket(number)
            if not await self._decided(before):
                return before
            must_be_open(before)
            await must_belong(self.asked, before, self.assigning)
            way = await self._way(before)
            now = await transaction.now()
            check_promise(self.asked_for.promised, now)
            # Locked before people of the desk.
            contact = await transaction.known_contact(before.requester_address, identity_kind(before.channel))
            dispatch = await self.assigning.dispatch([way.team.name], now)
            ticket = await self._hand_over(before, way, dispatch)
            note_id = self._note(ticket)
            promised = await self._tell_customer(ticket, way.team, contact, dispatch)
            await self._remember(before, ticket, way, note_id, promised)
            await transaction.settling.save(self.rows)
            if self.along is not None:
                await self.along.besides(transaction, ticket)
            await finish_key(self.asked, {"ticket": number}, transaction)
            await self.leaving.store(transaction)
        self.leaving.send()
        log.info(_ACTIONS[self.asked_for.kind], ticket=number, team=ticket.team, tier=ticket.tier)
        return ticket

    async def _decided(self, ticket: TicketRow) -> bool:
        """Whether there is something to do, by whoever says so."""
        if self.along is None:
            return True
        move = await self.along.wanted(self.transaction, ticket)
        if move is not None:
            self.asked_for = move
        return move is not None

    async def _way(self, ticket: TicketRow) -> _Way:
        move = self.asked_for
        here = ticket.team, ticket.tier, ticket.assignee
        if move.kind == RETURN:
            row = await self.handing.way_back(ticket.number)
            if row is None:
                raise Refused(f"ticket {ticket.number} came from no other team; it has nowhere to return to")
            team = await self.assigning.team(row["from_team"]) or Team(row["from_team"], tier=row["from_tier"])
            if not team.active:
                raise Refused(f"the team {team.name}, which it came from, is retired; hand it to another one")
            handover = Handover(move.kind, *here, row["from_team"], row["from_tier"], move.reason)
            return _Way(handover, team, row["id"], row["from_agent"])
        where = move.where
        if where.tier is None and not await has_people(ticket.team, self.assigning):
            # Nobody stands where it is: to whichever team it goes, that is a way on.
            where = replace(where, anyway=True)
        named = await self.assigning.team(where.team) if where.team else None
        there = await self.assigning.teams_of_tier(where.tier) if where.tier and not where.team else []
        name, tier = destination_of(move.kind, ticket, where, named, there)
        return _Way(Handover(move.kind, *here, name, tier, move.reason), named or there[0])

    async def _hand_over(self, before: TicketRow, way: _Way, dispatch: Dispatch) -> TicketRow:
        """The ticket with its new team, and with whoever gets it there."""
        asks = await self.assigning.wanting(before)
        wanting = Wanting(asks.number, way.team.name, asks.channel, way.handover.to_tier, asks.language, asks.skills)
        choice = _had_it(way, dispatch) or dispatch.choose(wanting)
        await self.assigning.save_turns(dispatch.moved())
        detail: dict[str, Any] = {
            "from": {"team": before.team, "tier": before.tier, "assignee": before.assignee},
            "to": {"team": way.team.name, "tier": way.handover.to_tier},
        }
        if self.asked_for.message:
            detail["message"] = self.asked_for.message
        action = _ACTIONS[way.handover.kind]
        line = HistoryRow(before.number, dispatch.at, self.asked.actor, action, detail, self.asked_for.reason)
        wanted = wanted_of(way.handover, choice.agent if choice else None)
        why = f"{action.partition('.')[2]}; {choice.why}" if choice else action.partition(".")[2]
        return await save_change(before, wanted, why, self.asked, self.transaction, self.leaving, line)

    def _note(self, ticket: TicketRow) -> UUID:
        """The handover note as an internal message; returns its id."""
        id_, event = new_message(_SOURCE)
        author = {"author_address": ticket.account, "author_name": self.asked.name}
        message = message_row(ticket, id_, event, "note", "api", self.asked_for.note, ticket.updated_at, **author)
        self.rows.messages.append(message)
        # Whoever shows notes where they were written can tell that this one was not written among others.
        detail = {"message": str(id_), "handover": self.asked_for.kind}
        self.rows.history.append(HistoryRow(ticket.number, ticket.updated_at, self.asked.actor, "note.added", detail))
        self.rows.search.append(search_row(ticket, words_of(self.asked_for.note, ticket.language)))
        payload = ticket_event(MESSAGE_ADDED, ticket, id_, ticket.updated_at, kind="note")
        self.leaving.add(MESSAGE_ADDED, event_source(ticket, id_), payload)
        return id_

    async def _tell_customer(
        self, ticket: TicketRow, team: Team, contact: Contact | None, dispatch: Dispatch
    ) -> datetime | None:
        """Ask for what the customer is told; returns the time that it names, None where there is none."""
        if not self.asked_for.tell_customer:
            return None
        reason = await self._why_silent(ticket, contact) if contact else NO_WAY
        if contact is None or reason:
            why = reason or NO_WAY
            self.rows.history.append(HistoryRow(ticket.number, dispatch.at, "desk", "notice.withheld", {}, why))
            return None
        desk, standing = self.deps.desk, await self.transaction.settling.clocks.standing(ticket)
        word = self._next_word(ticket, team, standing, dispatch.at)
        zones = await self.transaction.settling.clocks.zones([team.name])
        when = time_told(word.by, team.name, zones, desk.zone) if word else None
        there = said_in(ticket, await self.transaction.merging.talked_in(ticket))
        way = await self.transaction.settling.silence.detour(there, desk)
        values = customer_values(ticket, team, desk.link_told(there), when)
        values["texted"] = texted_between(way.of(there) if way else there) is not None
        answers, references = thread_of(await self.transaction.thread(ticket.number))
        notice = Notice(
            source=f"handover/{self.rows.messages[0].id}",
            ticket=there,
            words=self.deps.render("escalated", ticket.language, values),
            automatic=True,
            requested_at=ticket.updated_at + _AFTERWARDS,
            answers=answers,
            references=references,
            way=way,
        )
        message, event = automatic_mail(notice, desk)
        self.rows.messages.append(message)
        self.rows.history += told_elsewhere(notice.ticket, notice.way, message)
        self.leaving.extend([event])
        self._count(contact, dispatch.at)
        told = {"message": str(message.id), **self._promise(word, ticket, standing)}
        self.rows.history.append(HistoryRow(ticket.number, dispatch.at, "desk", TOLD, told))
        return word.by if word else None

    def _next_word(self, ticket: TicketRow, team: Team, standing: Standing, now: datetime) -> NextWord | None:
        if self.asked_for.promised is not None:
            return NextWord(self.asked_for.promised, promised=True)
        calendar, automatic = works_by(team, standing, self.deps.desk.zone), self.asked_for.automatic
        return next_word(standing, ticket.priority, calendar, now, automatic=automatic)

    def _promise(self, word: NextWord | None, ticket: TicketRow, standing: Standing) -> dict[str, Any]:
        """What the clocks of a ticket need to know of what its customer was told."""
        if word is None:
            return {"promised": False}
        told = {"next_update_by": word.by.isoformat()}
        if not word.promised:  # what a clock keeps anyway is no other promise
            return {**told, "promised": False}
        return {**told, **standing.beginning(ticket), **({"automatic": True} if self.asked_for.automatic else {})}

    async def _why_silent(self, ticket: TicketRow, contact: Contact) -> str | None:
        """Why no mail goes to the customer, or None: the same that silences acknowledgements."""
        there = said_in(ticket, await self.transaction.merging.talked_in(ticket))
        if way_to(ticket) is None and await self.transaction.settling.silence.detour(there, self.deps.desk) is None:
            return NO_WAY
        if await self.transaction.settling.silence.keeps(there, self.deps.desk):
            return UNWANTED
        if contact.reach.stopped:
            return "mail to this address comes back"
        if await self.handing.opened_by(ticket.number) != "no":
            return "no person wrote it"
        if self.caps.reached(ticket, self._counted(contact, ticket.updated_at)):
            return "this sender has had enough of them"
        if not await self.transaction.settling.draw_acknowledgements(1, self.mails_per_minute):
            return "the desk has sent too many this minute"
        return None

    def _counted(self, contact: Contact, now: datetime) -> int:
        return contact.acknowledged_count if contact.acknowledged_since > now - self.caps.window else 0

    def _count(self, contact: Contact, now: datetime) -> None:
        count = self._counted(contact, now)
        since = contact.acknowledged_since if count else now
        self.rows.contacts[contact.id] = replace(contact, acknowledged_since=since, acknowledged_count=count + 1)

    async def _remember(
        self, before: TicketRow, ticket: TicketRow, way: _Way, note_id: UUID, promised: datetime | None
    ) -> None:
        """Write the handover down, and tell those who follow the ticket."""
        at, number = ticket.updated_at, ticket.number
        id_ = await self.handing.note(number, way.handover, note_id, self.asked.actor, at, promised)
        if way.back is not None:
            await self.handing.mark_returned(way.back)
        had = [handle for handle in (before.assignee, self.asked.agent) if handle]
        await self.handing.follow(number, had, at, "had it, or handed it on")
        followers = [one for one in await self.handing.following(number) if one.handle != self.asked.agent]
        if not followers:
            return
        there = [way.team, await self.assigning.team(before.team)]
        teams = {team.name: team.title(self.deps.desk.default_language) for team in there if team}
        values = agent_values(ticket, way.handover, teams, await name_of(self.asked, self.assigning))
        for agent in followers:
            self._tell_agent(agent, ticket, values, id_)
        told = {"agents": [agent.handle for agent in followers]}
        self.rows.history.append(HistoryRow(number, at, "desk", "agents.told", told))

    def _tell_agent(self, agent: Agent, ticket: TicketRow, values: dict[str, Any], handover_id: int) -> None:
        """Ask for a mail to one of ours."""
        desk, render, at = self.deps.desk, self.deps.render, ticket.updated_at
        mail = agent_mail(
            agent, ticket, f"handover/{handover_id}/{agent.handle}", "handed_over", values, desk, render, at
        )
        if mail is not None:
            self.leaving.extend([mail])


def _had_it(way: _Way, dispatch: Dispatch) -> Choice | None:
    """Whoever had a ticket that comes back, if they are of its team still and at work."""
    agent = dispatch.agents.get(way.back_to or "")
    if agent is None or agent.handle not in dispatch.members.get(way.team.name, ()):
        return None
    presence = dispatch.presences.get(agent.handle, Presence())
    return None if why_not_now(agent, presence, dispatch.at) else Choice(agent.handle, "had it before")
