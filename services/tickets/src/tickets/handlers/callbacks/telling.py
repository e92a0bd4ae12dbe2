"""What is read of a callback: a text or mail by the ticket's own way, and a note on the ticket."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.callbacks.telling import TAKEN_BACK_LINE, TOLD_LINE, UNTOLD_LINE, lasted
from tickets.domain.callbacks.wishes import TALKING, Callback, Report, has_rung
from tickets.domain.changes import CHANGED, FieldChange, change_source, changed_event
from tickets.domain.correspondence.automatic_mail import automatic_mail, told_elsewhere
from tickets.domain.correspondence.notices import TYPE, Notice
from tickets.domain.correspondence.replies import MESSAGE_ADDED, event_source, message_row, ticket_event
from tickets.domain.correspondence.told_times import time_told
from tickets.domain.correspondence.ways import MAIL, NO_WAY, UNWANTED, VOICE, said_in, way_to
from tickets.domain.lifecycle import FINAL, SPAM
from tickets.domain.rows import HistoryRow
from tickets.domain.service_levels.policies import DONE
from tickets.domain.settling.incoming import TicketRow, effect_id
from tickets.domain.staffing.phones import masked_phone
from tickets.handlers.working.work import Leaving
from ventanilla_contracts.ids import event_id

PLANNED, MISSED, WITHDRAWN, NOTE = "callback_planned", "callback_missed", "callback_withdrawn", "callback_note"
"""Names of the templates."""
_AFTERWARDS: Final = timedelta(microseconds=1)


async def show_change(
    ticket: TicketRow,
    before: str | None,
    callback: Callback,
    actor: str,
    transaction: DeskTransaction,
    leaving: Leaving,
) -> TicketRow:
    """The locked ticket with a new version, and an event for whoever shows it: its callback stands otherwise.

    Args:
        before: the callback's state; None: it is new.
    """
    at = max(ticket.updated_at, await transaction.now())
    ticket = replace(ticket, version=ticket.version + 1, updated_at=at)
    await transaction.save_ticket(ticket)
    stands = FieldChange("callback", before, callback.state)  # no field of it, but something that is shown
    leaving.add(CHANGED, change_source(ticket), changed_event(ticket, [stands], actor, at))
    return ticket


async def tell_planned(
    callback: Callback, ticket: TicketRow, now: datetime, transaction: DeskTransaction, leaving: Leaving
) -> None:
    """Tell the customer of a locked ticket when they will be called, once."""
    await _tell_time(callback, _source(PLANNED, callback), ticket, now, transaction, leaving)


async def tell_later(
    callback: Callback, ticket: TicketRow, now: datetime, transaction: DeskTransaction, leaving: Leaving
) -> None:
    """Tell the customer of a locked ticket of another time, if they were told one; nobody waits for a call in vain."""
    told = _source(PLANNED, callback)
    if await transaction.ticket_of_message(effect_id(event_id(TYPE, told))) is None:
        return
    assert callback.next_at is not None
    await _tell_time(callback, f"{told}/{callback.next_at.isoformat()}", ticket, now, transaction, leaving)


async def _tell_time(
    callback: Callback,
    source: str,
    ticket: TicketRow,
    now: datetime,
    transaction: DeskTransaction,
    leaving: Leaving,
) -> None:
    assert callback.next_at is not None
    zones = await transaction.settling.clocks.zones([callback.team])
    values = time_told(callback.next_at, callback.team, zones, leaving.deps.desk.zone)
    values["phone"] = masked_phone(callback.number)
    await _tell(PLANNED, source, callback, values, ticket, now, transaction, leaving)


async def tell_missed(
    callback: Callback, ticket: TicketRow, now: datetime, transaction: DeskTransaction, leaving: Leaving
) -> None:
    """Tell the customer of a locked ticket that no call came about, once."""
    values = await _values(callback, transaction)
    await _tell(MISSED, _source(MISSED, callback), callback, values, ticket, now, transaction, leaving)


async def take_back(
    callback: Callback, ticket: TicketRow, now: datetime, transaction: DeskTransaction, leaving: Leaving
) -> None:
    """Take back in writing, once, what the customer of a locked ticket was told: a time that nobody told binds nobody.

    Args:
        callback: as it stood before it was called off.
    """
    if await transaction.ticket_of_message(effect_id(event_id(TYPE, _source(PLANNED, callback)))) is None:
        return
    values = await _values(callback, transaction) | {"closed": ticket.status == FINAL}
    await _tell(WITHDRAWN, _source(WITHDRAWN, callback), callback, values, ticket, now, transaction, leaving)


async def dropped_by_closing(
    before: TicketRow, wanted: Mapping[str, Any], transaction: DeskTransaction
) -> Sequence[Callback]:
    """Callbacks that end without a word with a change of a locked ticket: closing tells nothing, as solving does.

    Nothing is said to whoever sent spam.
    """
    closes = wanted.get("status") == FINAL and before.status not in DONE
    if not closes or SPAM in wanted.get("tags", before.tags):
        return ()
    return [one for one in await transaction.settling.callbacks.open_of([before.number]) if one.state != TALKING]


async def note_call(
    callback: Callback,
    report: Report,
    ticket: TicketRow,
    transaction: DeskTransaction,
    leaving: Leaving,
) -> None:
    """Write onto a locked ticket, saved before, what came of a call: agents read it beside what was written."""
    deps = leaving.deps
    somebody = report.agent and await transaction.settling.assigning.somebody(report.agent, ticket.team)
    name = somebody.agent.name if somebody else report.agent or ""
    values = {
        "outcome": report.outcome,
        "agent": name,
        "phone": masked_phone(callback.number),
        "attempt": callback.attempt,
        "lasted": None if report.seconds is None else lasted(report.seconds),
        "ended": not callback.open,
    }
    words = deps.render(NOTE, deps.desk.default_language, values)
    source = f"callback/{callback.id}/{callback.attempt}/{report.outcome}"
    event = event_id(MESSAGE_ADDED, source)
    message = message_row(
        ticket,
        effect_id(event),
        event,
        "note",
        VOICE,
        words.text.strip(),
        ticket.updated_at,
        author_address="",
        author_name=name,
        language=deps.desk.default_language,
        automation="auto-generated",
    )
    leaving.add(
        MESSAGE_ADDED,
        event_source(ticket, message.id),
        ticket_event(MESSAGE_ADDED, ticket, message.id, ticket.updated_at, kind="note"),
    )
    await transaction.save(messages=[message])


async def _values(callback: Callback, transaction: DeskTransaction) -> dict[str, Any]:
    """What a text about a callback that came to nothing says: whether the customer was called in vain, and where."""
    rang = has_rung(await transaction.settling.callbacks.outcomes(callback))
    return {"rang": rang, "phone": masked_phone(callback.number)}


async def _tell(
    template: str,
    source: str,
    callback: Callback,
    values: Mapping[str, Any],
    ticket: TicketRow,
    now: datetime,
    transaction: DeskTransaction,
    leaving: Leaving,
) -> None:
    detail = {"callback": str(callback.id)}
    at = now + _AFTERWARDS
    there = said_in(ticket, await transaction.merging.talked_in(ticket))
    detour = await transaction.settling.silence.detour(there, leaving.deps.desk)
    way = detour.medium if detour else way_to(ticket)
    returned = way == MAIL and detour is None and await transaction.undeliverable([ticket.requester_address])
    if way is None or returned:
        await transaction.save(history=[HistoryRow(ticket.number, at, "desk", UNTOLD_LINE, detail, NO_WAY)])
        return
    if await transaction.settling.silence.keeps(there, leaving.deps.desk):
        await transaction.save(history=[HistoryRow(ticket.number, at, "desk", UNTOLD_LINE, detail, UNWANTED)])
        return
    link = leaving.deps.desk.link_told(there)
    words = leaving.deps.render(template, ticket.language, {"number": ticket.number, "link": link, **values})
    notice = Notice(source, there, words, automatic=True, requested_at=at, way=detour)
    message, event = automatic_mail(notice, leaving.deps.desk)
    if await transaction.ticket_of_message(message.id) is not None:
        return
    leaving.extend([event])
    action = TAKEN_BACK_LINE if template == WITHDRAWN else TOLD_LINE
    line = HistoryRow(ticket.number, at, "desk", action, detail | {"message": str(message.id)})
    await transaction.save(messages=[message], history=[line, *told_elsewhere(notice.ticket, notice.way, message)])


def _source(template: str, callback: Callback) -> str:
    return f"{template}/{callback.id}"
