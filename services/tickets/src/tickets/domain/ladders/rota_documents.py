"""Rotas as data: read with the place of each fault, changed by overrides, and what they leave uncovered in words."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final

from tickets.domain.desk.reading import Path, Reading
from tickets.domain.ladders.rotas import MOST_LAYERS, MOST_MEMBERS, MOST_OVERRIDES, Layer, Override, Rota, gaps
from tickets.domain.service_levels.calendars import ALWAYS, Calendar
from tickets.errors import Invalid, Refused

ROTA: Final = "rota"
LOOKED_AHEAD: Final = timedelta(weeks=4)
"""For so long whoever changes a rota is told which hours nobody covers."""
MOST_GAPS_TOLD: Final = 5
"""So many of them are named; the others are counted."""
KEPT_AFTERWARDS: Final = timedelta(days=30)
"""So long an override that is over stays; then the next one takes its place."""
LONGEST_OVERRIDE: Final = timedelta(days=366)
MOST_TURN_DAYS: Final = 366
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def read_rota(name: str, version: int, content: Any, calendars: Mapping[str, Calendar] | None) -> Rota:
    """A rota out of plain data; docs/ladders.md shows one.

    Args:
        calendars: those in force, by name; `always` needs no entry. None: each counts as `always`, to see whether the
            rest makes sense.

    Raises:
        Invalid: it is something else; the text says each place and what is wrong there.
    """
    reading = Reading()
    top = reading.mapping(content, (), ("zone", "layers", "overrides"))
    zone = reading.name(top.get("zone"), ("zone",))
    listed = reading.listed(top.get("layers", ()), ("layers",), 1, MOST_LAYERS)
    layers = [_layer(reading, one, ("layers", number), calendars) for number, one in enumerate(listed)]
    listed = reading.listed(top.get("overrides", ()), ("overrides",), 0, MOST_OVERRIDES)
    overrides = [_override(reading, one, ("overrides", number)) for number, one in enumerate(listed)]
    reading.refuse()
    try:
        return Rota(name, zone, layers, [one for one in overrides if one is not None], version)
    except Refused as error:
        raise Invalid("/zone" if "time zone" in str(error) else "", str(error)) from error


def check_people(content: Mapping[str, Any], agents: Collection[str]) -> None:
    """Refuse people whom this desk does not have.

    Args:
        content: of a rota that was read.

    Raises:
        Invalid: each place and who is not there.
    """
    reading = Reading()
    for number, layer in enumerate(content["layers"]):
        for place, handle in enumerate(layer["members"]):
            _check_person(reading, handle, ("layers", number, "members", place), agents)
    for number, override in enumerate(content.get("overrides", ())):
        if override.get("agent") is not None:
            _check_person(reading, override["agent"], ("overrides", number, "agent"), agents)
    reading.refuse()


def with_override(content: Mapping[str, Any], override: Override, now: datetime) -> dict[str, Any]:
    """A rota's data with one more override, which comes before those that were made earlier.

    Overrides that have been over for a month are left out: the versions before still have them.

    Raises:
        Invalid: it ends before it begins, is over already, or lasts too long.
        Refused: the rota has as many as it can have.
    """
    if override.since >= override.until:
        raise Invalid("/until", "must come after `since`")
    if override.until <= now:
        raise Invalid("/until", "is over already; name a time that is still to come")
    if override.until - override.since > LONGEST_OVERRIDE:
        raise Invalid("/until", f"is more than {LONGEST_OVERRIDE.days} days after `since`; change the layers instead")
    kept = [one for one in content.get("overrides", ()) if datetime.fromisoformat(one["until"]) > now - KEPT_AFTERWARDS]
    if len(kept) >= MOST_OVERRIDES:
        raise Refused(f"this rota has {len(kept)} overrides already; put it anew without those that are over")
    added = {"agent": override.agent, "since": override.since.isoformat(), "until": override.until.isoformat()}
    return {**content, "overrides": [*kept, added]}


def warnings_of(rota: Rota, now: datetime) -> list[str]:
    """The hours of the next weeks that nobody covers, in one sentence; empty where somebody always is on call."""
    found = gaps(rota, now, now + LOOKED_AHEAD)
    if not found:
        return []
    shown = ", ".join(f"from {_told(rota, begins)} to {_told(rota, ends)}" for begins, ends in found[:MOST_GAPS_TOLD])
    more = f", and {len(found) - MOST_GAPS_TOLD} times more" if len(found) > MOST_GAPS_TOLD else ""
    return [f"nobody is on call {shown}{more} ({rota.zone})"]


def _told(rota: Rota, at: datetime) -> str:
    local = at.astimezone(rota.tz)
    return f"{_WEEKDAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local:%H:%M}"


def _layer(reading: Reading, value: Any, path: Path, calendars: Mapping[str, Calendar] | None) -> Layer:
    content = reading.mapping(value, path, ("members", "first_day", "hand_over", "turn_days", "hours"))
    members = reading.listed(content.get("members", ()), (*path, "members"), 1, MOST_MEMBERS)
    hours = content.get("hours")
    return Layer(
        tuple(reading.name(handle, (*path, "members", place)) for place, handle in enumerate(members)),
        reading.day(content.get("first_day"), (*path, "first_day")),
        _hand_over(reading, content.get("hand_over", "09:00"), (*path, "hand_over")),
        reading.whole(content.get("turn_days", 7), (*path, "turn_days"), 1, MOST_TURN_DAYS),
        None if hours is None else _hours(reading, hours, (*path, "hours"), calendars),
    )


def _hand_over(reading: Reading, value: Any, path: Path) -> time:
    try:
        found = time.fromisoformat(value)
    except (TypeError, ValueError):
        found = None
    if found is None or found.tzinfo is not None or found.second or found.microsecond:
        reading.complain(path, f"{value!r} is no time of day such as 09:00")
        return time(9, 0)
    return found


def _hours(reading: Reading, value: Any, path: Path, calendars: Mapping[str, Calendar] | None) -> Calendar:
    if calendars is None and isinstance(value, str):
        return ALWAYS
    calendars = calendars or {}
    found = ALWAYS if value == ALWAYS.name else calendars.get(value) if isinstance(value, str) else None
    if found is None:
        names: Sequence[str] = sorted({*calendars, ALWAYS.name})
        reading.complain(path, f"this desk has no calendar {value!r}; there are {', '.join(names[:20])}")
        return ALWAYS
    return found


def _override(reading: Reading, value: Any, path: Path) -> Override | None:
    content = reading.mapping(value, path, ("agent", "since", "until"))
    agent = content.get("agent")
    who = None if agent is None else reading.name(agent, (*path, "agent"))
    since = reading.instant(content.get("since"), (*path, "since"))
    until = reading.instant(content.get("until"), (*path, "until"))
    if since is None or until is None:
        return None
    if since >= until:
        reading.complain((*path, "until"), "must come after `since`")
        return None
    return Override(who, since, until)


def _check_person(reading: Reading, handle: str, path: Path, agents: Collection[str]) -> None:
    if handle not in agents:
        reading.complain(path, f"nobody at this desk has the handle {handle!r}, or they are retired")
