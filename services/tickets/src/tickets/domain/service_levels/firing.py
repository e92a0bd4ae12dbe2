"""What happens when a clock warns or breaches: a line in the history, and an event for whoever must be told.

The line is what the clocks see (`Fired`): the same transaction steps them and puts the next row in place.
"""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from tickets.domain.automatic_mail import mail_customer
from tickets.domain.due import Due, Moment
from tickets.domain.incoming import TicketRow
from tickets.domain.rows import HistoryRow, OutboxRow, Settlement, Timer
from tickets.domain.service_levels.calendars import after_open
from tickets.domain.service_levels.fires import first_fire
from tickets.domain.service_levels.from_history import BREACHED, PROMISED, WARNED
from tickets.domain.service_levels.policies import ALWAYS_REF, UPDATE, Desk, Ref
from tickets.domain.service_levels.state import State
from ventanilla_contracts.ids import event_id

KIND: Final = "clock"
EVENT: Final = "ticket.service_level.v1"
UPDATE_DUE: Final = "update_due"
AUTOMATICALLY: Final = "automatic"


def next_timer(state: State, desk: Desk) -> list[Timer]:
    """The row of what is to be fired next; none if nothing is."""
    first = first_fire(state)
    if first is None:
        return []
    detail: dict[str, Any] = {"clock": first.clock, "cycle": first.cycle, "kind": first.kind}
    if first.kind == UPDATE_DUE and (until := _new_time(state, first.at, desk)) is not None:
        detail["new_time"] = until.isoformat()
    return [Timer("next", first.at, detail)]


def _new_time(state: State, missed: datetime, desk: Desk) -> datetime | None:
    """What the customer is promised by itself when an update is missed; None: nothing, a person must."""
    if state.policy is None or state.clocks[UPDATE].promise == AUTOMATICALLY:
        return None
    apology = desk.policy(state.policy).apology
    if apology is None:
        return None
    version = state.calendars.get(apology.calendar, ALWAYS_REF.version)
    calendar = desk.calendar(Ref(apology.calendar, version))
    return after_open(calendar, missed, apology.length)


def fire_clock(ticket: TicketRow, due: Due, moment: Moment, rows: Settlement) -> TicketRow:
    """Note a warning or a breach, once: its row is replaced in the same transaction."""
    kind: str = due.detail["kind"]
    action = WARNED if kind.startswith("warning") else BREACHED
    detail: dict[str, Any] = {**due.detail, "due_at": due.due_at.isoformat()}
    rows.history.append(HistoryRow(ticket.number, moment.now, "desk", action, detail))
    if "new_time" in detail:
        _apologise(ticket, datetime.fromisoformat(detail["new_time"]), moment, rows)
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


def _apologise(ticket: TicketRow, until: datetime, moment: Moment, rows: Settlement) -> None:
    """Tell the customer, before they have to ask, that the word they were promised is late, and when it comes.

    Once: the new promise is marked as automatic, and when that is missed too, only a person can make another.
    """
    if until <= moment.now:  # nobody was there for so long: a time that is past is no promise
        return
    zone = moment.desk.zone
    values = {"until": until.astimezone(ZoneInfo(zone)), "zone": zone.replace("_", " ")}
    if message := mail_customer(ticket, "apology", until.isoformat(), "late_update", values, moment, rows):
        detail = {"until": until.isoformat(), "automatic": True, "message": str(message.id)}
        rows.history.append(HistoryRow(ticket.number, moment.now, "desk", PROMISED, detail))
