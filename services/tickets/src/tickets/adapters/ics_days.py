"""Whole days out of an ICS file (RFC 5545): a day that nobody works must neither be lost nor be made up.

So what is not understood is named and refused, never left out or cut. Events of some hours say nothing of a day, and
cancelled ones nothing at all. Rules of repetition are not worked out: people who write a calendar write its days.
"""

from collections.abc import Iterator, Set
from datetime import date, datetime, timedelta
from typing import Any, Final

import icalendar

from tickets.domain.desk.reading import Reading

_AT: Final = ("ics",)
_MOST_CHARS: Final = 500_000
_MOST_DAYS: Final = 1_000
_MOST_NAMED: Final = 100_000
"""Days of all events, those counted again that several have."""
_YEARS: Final = range(1900, 2201)
_DAY: Final = timedelta(days=1)
_ONCE: Final = ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID")
_TIMES: Final = frozenset({*_ONCE, "RDATE", "EXDATE"})
_LONGEST_NAME: Final = 200


class _Wrong(Exception):
    """Carries what is wrong with an event out of its reading."""


def days_of_ics(text: Any, reading: Reading) -> dict[date, str]:
    """Day → what its event is called. What is wrong with the file goes to `reading`: then these are not all days."""
    if not isinstance(text, str) or len(text) > _MOST_CHARS:
        reading.complain(_AT, f"must be the text of an ICS file of at most {_MOST_CHARS} characters")
        return {}
    try:
        calendars = icalendar.Calendar.from_ical(text, multiple=True)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        reading.complain(_AT, f"is no ICS file: {str(error)[:_LONGEST_NAME]}")
        return {}
    standing = [event for calendar in calendars for event in _standing(calendar)]
    moved = {(_text(event, "UID"), day) for event in standing for day in _moved(event)}
    found: dict[date, str] = {}
    named = 0
    for event in standing:
        name = _text(event, "SUMMARY") or "an event"
        try:
            for day in _days(event, moved):
                found[day] = name
                named += 1
                if len(found) > _MOST_DAYS or named > _MOST_NAMED:
                    reading.complain(_AT, f"has more than {_MOST_DAYS} days, or names them too often")
                    return {}
        except _Wrong as wrong:
            reading.complain(_AT, f"{name[:60]}: {wrong}")
    if not found and not reading.faults:
        reading.complain(_AT, "has no event that lasts whole days")
    return found


def _standing(calendar: Any) -> Iterator[Any]:
    """Events of a calendar, cancelled ones only where they take a day of a series back."""
    if _text(calendar, "METHOD").upper() != "CANCEL":
        yield from (one for one in calendar.walk("VEVENT") if "RECURRENCE-ID" in one or not _is_cancelled(one))


def _days(event: Any, moved: Set[tuple[str, date]]) -> Iterator[date]:
    """The days of an event, in no order.

    Raises:
        _Wrong: it makes no sense, or says more than can be understood.
    """
    if _is_cancelled(event):
        return
    _must_be_whole(event)
    if not _is_day(begins := _time(event, "DTSTART")):
        return
    length = _length(event, begins)
    starts = {begins}
    if "RECURRENCE-ID" not in event:
        uid = _text(event, "UID")
        starts = {one for one in {begins, *_listed(event, "RDATE")} if (uid, one) not in moved}
        starts -= {*_listed(event, "EXDATE")}
    for first in starts:
        if first.year not in _YEARS:
            raise _Wrong(f"the year {first.year} is none from {_YEARS[0]} to {_YEARS[-1]}")
        yield from (first + number * _DAY for number in range(length))


def _must_be_whole(event: Any) -> None:
    if "RRULE" in event:
        raise _Wrong("repeats itself; write its days out")
    for key, words in event.errors:
        if key in _TIMES:
            raise _Wrong(f"{key}: {words}")
    for key in _ONCE:
        if isinstance(event.get(key), list):
            raise _Wrong(f"has {key} twice")
    if "RANGE" in getattr(event.get("RECURRENCE-ID"), "params", ()):
        raise _Wrong("changes a whole series; write its days out")


def _length(event: Any, begins: date) -> int:
    """How many days it lasts."""
    ends, lasts = _time(event, "DTEND"), _time(event, "DURATION")
    if ends is not None and lasts is not None:
        raise _Wrong("has both DTEND and DURATION; one of them is enough")
    if lasts is not None:
        if not isinstance(lasts, timedelta) or lasts < _DAY or lasts % _DAY:
            raise _Wrong("DURATION must be whole days such as P5D")
        days = lasts // _DAY
    elif ends is None:
        days = 1
    elif not _is_day(ends):
        raise _Wrong("begins with a day and ends with a time; both must be days")
    elif ends < begins:
        raise _Wrong("ends before it begins")
    else:
        days = max((ends - begins).days, 1)  # many programs let an event of one day end on that day
    if days > _MOST_DAYS:
        raise _Wrong(f"lasts {days} days; no calendar has more than {_MOST_DAYS} days out of a file")
    return days


def _listed(event: Any, key: str) -> Iterator[date]:
    """The days that RDATE or EXDATE names, which may stand there several times."""
    lines = event.get(key, [])
    for line in lines if isinstance(lines, list) else [lines]:
        for one in line.dts:
            if not _is_day(one.dt):
                raise _Wrong(f"{key} must name days, as DTSTART does")
            yield one.dt


def _moved(event: Any) -> Iterator[date]:
    """The day of a series that this event stands for."""
    if all(key != "RECURRENCE-ID" for key, _ in event.errors) and _is_day(day := _time(event, "RECURRENCE-ID")):
        yield day


def _is_cancelled(event: Any) -> bool:
    return _text(event, "STATUS").upper() == "CANCELLED"


def _is_day(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _time(event: Any, key: str) -> Any:
    return getattr(event.get(key), "dt", None)


def _text(component: Any, key: str) -> str:
    value = component.get(key, "")
    return str(value[0] if isinstance(value, list) else value)[:_LONGEST_NAME]
