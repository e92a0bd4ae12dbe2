"""Special days of calendars, worked out once and written into the version: holidays, and days out of an ICS file.

What a calendar counts by must not change with the release of a library: a version says its days, and the next one is
another version.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import holidays
import icalendar

from tickets.errors import Invalid

SPECIAL: Final = frozenset({"holidays", "ics"})
YEARS_AHEAD: Final = 6
_MOST_ICS_CHARS: Final = 500_000
_MOST_ICS_DAYS: Final = 1_000
_LONGEST_EVENT_DAYS: Final = 60


def with_special_days(content: Any, first_year: int) -> Any:
    """A calendar's content with `holidays` and `ics` turned into `days` and `names`; what it says itself stays.

    Args:
        content: `holidays: {country: ES, subdivision: MD, language: es}` and `ics: text`, beside the plain form.
        first_year: from this year on, six years.

    Raises:
        Invalid: there is no such country, or the text is no calendar.
    """
    if not isinstance(content, Mapping) or not SPECIAL & content.keys():
        return content
    found: dict[date, str] = {}
    if (wanted := content.get("holidays")) is not None:
        found |= _national(wanted, first_year)
    if (text := content.get("ics")) is not None:
        found |= _out_of_ics(text)
    for part in ("days", "names"):
        if not isinstance(content.get(part, {}), Mapping):
            raise Invalid(f"/{part}", "must be a mapping (`key: value`)")
    rest = {key: value for key, value in content.items() if key not in SPECIAL}
    days: dict[str, list[str]] = {day.isoformat(): [] for day in sorted(found)}
    names = {day.isoformat(): why for day, why in sorted(found.items())}
    return {**rest, "days": {**days, **rest.get("days", {})}, "names": {**names, **rest.get("names", {})}}


def _national(wanted: Any, first_year: int) -> dict[date, str]:
    if not isinstance(wanted, Mapping) or not isinstance(wanted.get("country"), str):
        raise Invalid("/holidays", "must say a country, for example {country: ES, subdivision: MD}")
    if unknown := wanted.keys() - {"country", "subdivision", "language"}:
        raise Invalid("/holidays", f"{', '.join(map(str, sorted(unknown)))}: only country, subdivision and language")
    years = range(first_year, first_year + YEARS_AHEAD)
    try:
        listed = holidays.country_holidays(
            wanted["country"], subdiv=wanted.get("subdivision"), years=years, language=wanted.get("language")
        )
    except (NotImplementedError, TypeError, ValueError, AttributeError) as error:
        named = " ".join(str(wanted[key]) for key in ("country", "subdivision") if wanted.get(key))
        raise Invalid(
            "/holidays", f"{named}: {error}; use ISO 3166 codes, for example {{country: ES, subdivision: MD}}"
        ) from error
    return {day: str(name) for day, name in listed.items()}


def _out_of_ics(text: Any) -> dict[date, str]:
    """Whole days of events; those that last some hours say nothing about a day."""
    if not isinstance(text, str) or len(text) > _MOST_ICS_CHARS:
        raise Invalid("/ics", f"must be the text of an ICS file of at most {_MOST_ICS_CHARS} characters")
    try:
        calendar = icalendar.Calendar.from_ical(text)
    except (ValueError, IndexError, KeyError) as error:
        raise Invalid("/ics", f"is no ICS file: {error}") from error
    found: dict[date, str] = {}
    for event in calendar.walk("VEVENT"):
        if "RRULE" in event:
            raise Invalid("/ics", f"{event.get('SUMMARY', 'an event')} repeats itself; write its days out")
        begins = getattr(event.get("DTSTART"), "dt", None)
        if begins is None or isinstance(begins, datetime):
            continue
        ends = getattr(event.get("DTEND"), "dt", None)
        count = (ends - begins).days if isinstance(ends, date) and not isinstance(ends, datetime) else 1
        for number in range(min(max(count, 1), _LONGEST_EVENT_DAYS)):
            found[date.fromordinal(begins.toordinal() + number)] = str(event.get("SUMMARY", ""))[:200]
        if len(found) > _MOST_ICS_DAYS:
            raise Invalid("/ics", f"has more than {_MOST_ICS_DAYS} days")
    if not found:
        raise Invalid("/ics", "has no event that lasts whole days")
    return found
