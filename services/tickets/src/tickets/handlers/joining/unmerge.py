"""Takes a merging back: the ticket is its own again, as it was, with what its customers wrote meanwhile.

What agents wrote in the other ticket stays there, and so does the history of both: it says what was merged and what
parted again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.adapters.postgres.merging_store import Returned
from tickets.domain.joining.merging import MERGED_OUT, UNMERGED, Standing, one_requester, unmerged, with_merged
from tickets.domain.rows import HistoryRow, Timer
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.settling.search_terms import words_of
from tickets.domain.timers.lifecycle_timers import SNOOZE
from tickets.errors import NotFound, NotYours, Overtaken, Refused
from tickets.handlers.joining.merge import lock_in_order, requesters, status_lines
from tickets.handlers.joining.merge_mails import Caps, MergeMails
from tickets.handlers.working.change import save_changed
from tickets.handlers.working.rights import must_belong
from tickets.handlers.working.work import Asked, DeskDeps, Leaving, earlier_result, finish_key, until_settled

log = structlog.get_logger()

_MOST_NAMED = 100
"""Of the messages that come back, so many stand in the histories by their ids."""


@dataclass(frozen=True, slots=True)
class _Came:
    """What comes back from the other ticket.

    Attributes:
        unanswered: the customer's last word, if nobody has answered it there.
        joined: addresses of whom the messages brought along, who take part here from now on.
        left: of those who take part there no more.
    """

    messages: Sequence[Returned]
    unanswered: Returned | None
    joined: Sequence[str]
    left: Sequence[str]


async def unmerge_ticket(number: int, reason: str, asked: Asked, deps: DeskDeps, caps: Caps) -> TicketRow:
    """The ticket, which is its own again; the same idempotency key again changes nothing.

    Raises:
        NotYours: the caller is of neither team.
        NotFound: there is no such ticket.
        KeyReused: the key came with another request.
        Refused: it is not merged.
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    return await until_settled(lambda: _Parting(reason, asked, deps, caps).part(number))


class _Parting:
    """One attempt: a transaction, with what its steps share."""

    def __init__(self, reason: str, asked: Asked, deps: DeskDeps, caps: Caps) -> None:
        self.reason, self.asked, self.deps, self.caps = reason, asked, deps, caps
        self.leaving = Leaving(deps, asked.traceparent)

    async def part(self, number: int) -> TicketRow:
        asked = self.asked
        async with self.deps.writes.transaction(self.asked.via) as transaction:
            self.transaction: DeskTransaction = transaction
            if await earlier_result(asked, transaction) is not None:
                return await transaction.lock_ticket(number)
            before, into_before = await self._both(number)
            await self._must_belong_to_one(before, into_before)
            standing = await transaction.merging.standing(number)
            if standing is None:
                raise Refused(f"how ticket {number} was merged is not known any more; open a new one that points at it")
            known = [one for one in (before, into_before) if one is not None]
            self.now = max(await transaction.now(), *(one.updated_at for one in known))
            came = await self._come_back(number, standing)
            ticket = await self._by_itself(before, standing, came)
            await transaction.merging.undo(standing.id, self.now, asked.actor, self.reason)
            if into_before is not None:
                into = await self._without(into_before, number, came)
                await self._tell(standing, ticket, into)
            await transaction.merging.unfollow(standing)
            await finish_key(asked, {"ticket": number}, transaction)
            await self.leaving.store(transaction)
        self.leaving.send()
        log.info("ticket.unmerged", ticket=number, came_from=standing.into, messages=len(came.messages))
        return ticket

    async def _both(self, number: int) -> tuple[TicketRow, TicketRow | None]:
        """The ticket and the one in which it goes on, locked in order; None: that one was deleted."""
        merging = self.transaction.merging
        if not await merging.exists(number):
            raise NotFound(f"there is no ticket {number}")
        into = await merging.merged_into(number)
        if into is None:
            raise Refused(f"ticket {number} is merged into no other; there is nothing to take back")
        there = await merging.exists(into)
        locked = await lock_in_order((number, into) if there else (number,), self.transaction)
        if locked[number].merged_into != into:
            raise Overtaken("somebody else merged it or took it back meanwhile")
        return locked[number], locked.get(into)

    async def _must_belong_to_one(self, ticket: TicketRow, into: TicketRow | None) -> None:
        """Let the people of either team take it back: of the one it is, with the other it was."""
        assigning = self.transaction.settling.assigning
        try:
            await must_belong(self.asked, ticket, assigning)
        except NotYours:
            if into is None or into.team == ticket.team:
                raise
            await must_belong(self.asked, into, assigning)

    async def _come_back(self, number: int, standing: Standing) -> _Came:
        """Move what belongs to the ticket back to it: messages, and the people whom they brought along."""
        merging, there = self.transaction.merging, standing.into
        messages = await merging.take_back(number, there)
        brought = await merging.brought_along(there, [one.id for one in messages]) if messages else {}
        left = await merging.leave(there, {person.address: at.isoformat() for person, at in brought.items()})
        coming = [person for person in brought if person.address in left]
        await self.transaction.correspondence.add(number, coming, self.now, self.asked.actor)
        parted = await merging.part(standing)
        answers = [one.accepted_at for one in messages if one.kind == "agent"]  # they have come back with the words
        if messages and (last := await merging.last_answer(there)) is not None:
            answers.append(last)
        answered_at = max(answers, default=None)
        waiting = [
            one
            for one in messages
            if one.kind == "customer" and not one.aside and (answered_at is None or one.accepted_at > answered_at)
        ]
        came_too = [person.address for person in coming]
        return _Came(messages, waiting[-1] if waiting else None, came_too, sorted({*left, *parted}))

    async def _by_itself(self, before: TicketRow, standing: Standing, came: _Came) -> TicketRow:
        """The ticket as it was, written; what came back is in its history, and wakes it if nobody has answered."""
        number, waits = before.number, came.unanswered is not None
        ticket, changes = unmerged(before, standing, self.now, waits=waits)
        lines = status_lines(ticket, changes, self.asked, f"no longer merged into {standing.into}")
        lines += self._lines_here(number, standing.into, came)
        words: set[str] = set()
        for one in came.messages:
            words |= words_of(one.words, one.language or ticket.language)
            words |= words_of(f"{one.author_name} {one.author_address}", ticket.language)
        await self.transaction.merging.lead_on(number, None)
        await save_changed(ticket, changes, lines, self.asked, self.transaction, self.leaving, words)
        if ticket.status == "on_hold" and standing.snoozed_until is not None:
            timer = Timer("end", standing.snoozed_until, {"status": "on_hold"})
            await self.transaction.set_timers({(number, SNOOZE): [timer]})
        return ticket

    def _lines_here(self, number: int, there: int, came: _Came) -> list[HistoryRow]:
        """What the ticket's history says, behind the change of its status: so the clocks want it."""
        now, actor = self.now, self.asked.actor
        lines = [HistoryRow(number, now, actor, UNMERGED, {"from": there, **_named(came)}, self.reason)]
        if came.joined:
            why = f"came along with a message, in {there}"
            lines.append(HistoryRow(number, now, actor, "participants.added", {"addresses": list(came.joined)}, why))
        if came.unanswered is not None:
            detail = {"message": str(came.unanswered.id), "channel": came.unanswered.channel, "came_back_from": there}
            why = "it came while the ticket was merged, and waits for an answer"
            lines.append(HistoryRow(number, now, "customer", "message.added", detail, why))
        return lines

    async def _without(self, before: TicketRow, number: int, came: _Came) -> TicketRow:
        """The other ticket without the one that was merged into it, written."""
        remaining = await self.transaction.merging.merged_here(before.number)
        into, changes = with_merged(before, sorted([*remaining, number]), remaining, self.now)
        detail = {"ticket": number, **_named(came)}
        lines = [HistoryRow(before.number, self.now, self.asked.actor, MERGED_OUT, detail, self.reason)]
        if came.left:
            why = f"of {number}, which goes on by itself"
            gone = {"addresses": list(came.left)}
            lines.append(HistoryRow(before.number, self.now, self.asked.actor, "participants.removed", gone, why))
        await save_changed(into, changes, lines, self.asked, self.transaction, self.leaving)
        return into

    async def _tell(self, standing: Standing, ticket: TicketRow, into: TicketRow) -> None:
        contacts = await self.transaction.settling.contacts({}, (), requesters(ticket, into))
        source = f"unmerge/{standing.id}"
        mails = MergeMails(source, self.now, self.asked, self.transaction, self.leaving, self.caps, contacts)
        await mails.tell_parted(ticket, into, _told(standing, ticket, into))
        await mails.tell_agents("unmerged", ticket, into, self.reason)
        await self.transaction.settling.save(mails.rows)


def _named(came: _Came) -> dict[str, Any]:
    """What came back, as the histories say it."""
    return {"messages": [str(one.id) for one in came.messages[:_MOST_NAMED]], "count": len(came.messages)}


def _told(standing: Standing, ticket: TicketRow, into: TicketRow) -> dict[int, str]:
    """Whom the merging was told to, by their ticket, and as what."""
    kinds = {ticket.number: "same" if one_requester(ticket, into) else "gone", into.number: "joined"}
    return {number: kind for number, kind in kinds.items() if number in standing.told}
