"""Reads calendars: opening hours by weekday, dates of their own, and a country's holidays."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from intake_phone.domain.flows.flow import NAME_CHARS
from intake_phone.domain.flows.hours import DAYS, MINUTES_OF_A_DAY, Calendar, Slot
from intake_phone.domain.flows.reading import Path, Plain, Reading

CALENDAR_LIMIT: Final = 50
DATE_LIMIT: Final = 400
SLOT_LIMIT: Final = 10
_SLOT: Final = re.compile(r"([0-2][0-9]):([0-5][0-9])-([0-2][0-9]):([0-5][0-9])\Z")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")

HolidayLookup = Callable[[str, str | None], Mapping[date, str]]
"""Country and subdivision, as ISO 3166 codes → its holidays. Raises ValueError, with words for people."""


class HoursReader:
    """Reads the calendars of one flow."""

    def __init__(self, reading: Reading, holidays: HolidayLookup) -> None:
        self._reading = reading
        self._holidays = holidays

    def zone(self, content: Plain, path: Path) -> ZoneInfo | None:
        """A time zone by its name in the IANA database."""
        text = self._reading.text(content, path, "a zone", 60)
        if text is None:
            return None
        try:
            return ZoneInfo(text)
        except (OSError, ValueError, KeyError):
            self._reading.complain(path, f"{text} is no time zone", "write it like Europe/Madrid")
            return None

    def read(self, content: Plain, path: Path, zone: ZoneInfo) -> dict[str, Calendar]:
        """Name → calendar; `zone` is that of calendars that say none."""
        found: dict[str, Calendar] = {}
        entries = self._reading.mapping(content, path, "calendars")
        if len(entries) > CALENDAR_LIMIT:
            self._reading.complain(path, f"there are {len(entries)} calendars", f"at most {CALENDAR_LIMIT} are allowed")
            return {}
        for key, entry in entries.items():
            here = (*path, key)
            self._reading.name(key, here, "name of a calendar", NAME_CHARS)
            found[key] = self._calendar(key, entry, here, zone)
        return found

    def _calendar(self, name: str, content: Plain, path: Path, zone: ZoneInfo) -> Calendar:
        said = self._reading.mapping(content, path, "a calendar", ("zone", "week", "dates", "holidays"))
        if "zone" in said:
            zone = self.zone(said["zone"], (*path, "zone")) or zone
        if said and "week" not in said:
            self._reading.complain(path, "week is missing in a calendar", 'for example {mon: ["09:00-14:00"]}')
        week = self._reading.mapping(said["week"], (*path, "week"), "the week", DAYS) if "week" in said else {}
        slots = {DAYS.index(day): self._slots(entry, (*path, "week", day)) for day, entry in week.items()}
        dates: dict[date, tuple[Slot, ...]] = {}
        names: dict[date, str] = {}
        if "holidays" in said:
            names = dict(self._national(said["holidays"], (*path, "holidays")))
            dates = dict.fromkeys(names, ())
        own = self._reading.mapping(said["dates"], (*path, "dates"), "the dates") if "dates" in said else {}
        if len(own) > DATE_LIMIT:
            self._reading.complain((*path, "dates"), f"there are {len(own)} dates", f"at most {DATE_LIMIT} are allowed")
        for key, entry in list(own.items())[:DATE_LIMIT]:
            if (day := self._date(key, (*path, "dates", key))) is not None:
                dates[day] = self._slots(entry, (*path, "dates", key))
        return Calendar(name, zone, slots, dates, names)

    def _date(self, text: str, path: Path) -> date | None:
        try:
            if _DATE.match(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        self._reading.complain(path, f"{text[:20]} is no date", "write it like 2026-12-24")
        return None

    def _slots(self, content: Plain, path: Path) -> tuple[Slot, ...]:
        if content == [] or content == ():
            return ()
        found: list[Slot] = []
        for position, entry in enumerate(self._reading.items(content, path, "the hours of a day", SLOT_LIMIT)):
            here = (*path, position)
            text = self._reading.text(entry, here, "hours", 20)
            slot = self._slot(text, here) if text is not None else None
            if slot is None:
                continue
            if found and slot[0] < found[-1][1]:
                reason = f"{text} overlaps or precedes {_wall(found[-1])}"
                self._reading.complain(here, reason, "put the hours in order, without overlap")
            else:
                found.append(slot)
        return tuple(found)

    def _slot(self, text: str, path: Path) -> Slot | None:
        if match := _SLOT.match(text):
            hours = [int(part) for part in match.groups()]
            first, last = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
            if first < last <= MINUTES_OF_A_DAY:
                return first, last
        self._reading.complain(path, f"{text} are no hours of a day", 'write them like "09:00-14:00", at most to 24:00')
        return None

    def _national(self, content: Plain, path: Path) -> Mapping[date, str]:
        said = self._reading.mapping(content, path, "holidays", ("country", "subdivision"))
        country = self._reading.text(said.get("country"), (*path, "country"), "the country of holidays", 10)
        subdivision = said.get("subdivision")
        if country is None or not (subdivision is None or isinstance(subdivision, str)):
            return {}
        try:
            return self._holidays(country, subdivision)
        except ValueError as error:
            self._reading.complain(
                path, str(error)[:200], "use ISO 3166 codes, for example {country: ES, subdivision: MD}"
            )
            return {}


def _wall(slot: Slot) -> str:
    return "-".join(f"{minute // 60:02d}:{minute % 60:02d}" for minute in slot)
