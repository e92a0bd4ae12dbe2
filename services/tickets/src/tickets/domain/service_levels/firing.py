"""What happens when a clock warns or breaches: a line in the history, and an event for whoever must be told.

The line is what the clocks see (`Fired`): the same transaction steps them and puts the next row in place.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from tickets.domain.correspondence.automatic_mail import mail_customer
from tickets.domain.correspondence.told_times import time_told
from tickets.domain.rows import HistoryRow, OutboxRow, Settlement, Timer
from tickets.domain.service_levels.calendars import after_open
from tickets.domain.service_levels.fires import first_fire
from tickets.domain.service_levels.from_history import BREACHED, PROMISED, WARNED
from tickets.domain.service_levels.one_clock import AUTOMATICALLY
from tickets.domain.service_levels.policies import UPDATE, Desk, Ref
from tickets.domain.service_levels.state import State
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.timers.due import Due, Moment
from ventanilla_contracts.ids import event_id

KIND: Final = "clock"
EVENT: Final = "ticket.service_level.v1"
UPDATE_DUE: Final = "update_due"


def next_timer(state: State, desk: Desk) -> list[Timer]:
    """The row of what is to be fired next; none if nothing is."""
    first = first_fire(state)
    if first is None:
        return []
    detail: dict[str, Any] = {"clock": first.clock, "cycle": first.cycle, "kind": first.kind}
    if first.kind == UPDATE_DUE:
        detail |= _new_time(state, first.at, desk)
    return [Timer("next", first.at, detail)]


def calendars_in(due: Sequence[Due]) -> list[Ref]:
    """The versions of calendars that rows speak of."""
    return [Ref(*one.detail["apology"]["calendar"]) for one in due if "apology" in one.detail]


def promises(due: Sequence[Due]) -> set[int]:
    """Numbers of the tickets whose customers are told a time by rows."""
    return {one.ticket_number for one in due if "new_time" in one.detail}


def same_fire(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether the details of two rows fire the same. The new time may differ: it was recorded with the row."""
    return all(one.get(name) == other.get(name) for name in ("clock", "cycle", "kind"))


def _new_time(state: State, missed: datetime, desk: Desk) -> dict[str, Any]:
    """What the customer is promised by itself when an update is missed, and by what; nothing: a person must."""
    if state.policy is None or state.clocks[UPDATE].promise == AUTOMATICALLY:
        return {}
    apology = desk.policy(state.policy).apology
    if apology is None:
        return {}
    version = state.calendars.get(apology.calendar)
    # Logs from before apologies had their calendar in them do not say its version: it is that of today, and recorded.
    ref = Ref(apology.calendar, version) if version is not None else desk.newest(apology.calendar)
    until = after_open(desk.calendar(ref), missed, apology.length) if ref else None
    if ref is None or until is None:
        return {}
    return {"new_time": until.isoformat(), "apology": {"minutes": apology.minutes, "calendar": list(ref)}}


def fire_clock(ticket: TicketRow, due: Due, moment: Moment, rows: Settlement) -> TicketRow:
    """Note a warning or a breach, once: its row is replaced in the same transaction."""
    kind: str = due.detail["kind"]
    action = WARNED if kind.startswith("warning") else BREACHED
    detail: dict[str, Any] = {**due.detail, "due_at": due.due_at.isoformat()}
    rows.history.append(HistoryRow(ticket.number, moment.now, "desk", action, detail))
    if "new_time" in detail:
        _apologise(ticket, due, moment, rows)
    source = f"{ticket.number}/{detail['clock']}/{detail['cycle']}/{kind}"
    payload = {
        "id": event_id(EVENT, source),
        "ticket": ticket.snapshot(),
        "occurred_at": moment.now,
        "clock": detail["clock"],
        "cycle": detail["cycle"],
        "kind": kind,
        "due_at": due.due_at,
    }
    rows.outbox.append(OutboxRow(EVENT, source, payload, None))
    return ticket


def _apologise(ticket: TicketRow, due: Due, moment: Moment, rows: Settlement) -> None:
    """Tell the customer, before they have to ask, that the word they were promised is late, and when it comes.

    Once: the new promise is marked as automatic, and when that is missed too, only a person can make another.
    """
    until, why = datetime.fromisoformat(due.detail["new_time"]), ""
    if until <= moment.now:  # nobody was there for so long: a time that is past is no promise
        until, why = _from_now(due, moment), "the time for this had passed: nobody was there to say it"
    values = time_told(until, ticket.team, moment.zones, moment.desk.zone)
    if message := mail_customer(ticket, "apology", until.isoformat(), "late_update", values, moment, rows):
        detail = {"until": until.isoformat(), "automatic": True, "message": str(message.id)}
        rows.history.append(HistoryRow(ticket.number, moment.now, "desk", PROMISED, detail, why))


def _from_now(due: Due, moment: Moment) -> datetime:
    """The new time, counted from now in place of from when the old one was missed."""
    apology = due.detail.get("apology")
    if apology is not None:
        calendar = moment.levels.calendar(Ref(*apology["calendar"]))
        found = after_open(calendar, moment.now, timedelta(minutes=apology["minutes"]))
        if found is not None:
            return found
    # A row of an earlier release, or a calendar that opens no more: as far off as it was meant to be.
    return moment.now + (datetime.fromisoformat(due.detail["new_time"]) - due.due_at)
