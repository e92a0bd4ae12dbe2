"""Special days of calendars, worked out once and written into the version: holidays, and days out of an ICS file.

What a calendar counts by must not change with the release of a library: a version says its days, and the next one is
another version.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import holidays

from tickets.adapters.ics_days import days_of_ics
from tickets.domain.desk.reading import Reading

SPECIAL: Final = frozenset({"holidays", "ics"})
YEARS_AHEAD: Final = 6
_ONE_LANGUAGE: Final = ("en",)
"""That of countries whose holidays have names in one language only."""


def with_special_days(content: Any, first_year: int) -> Any:
    """A calendar's content with `holidays` and `ics` turned into `days` and `names`; what it says itself stays.

    Args:
        content: `holidays: {country: ES, subdivision: MD, language: es}` and `ics: text`, beside the plain form.
        first_year: from this year on, six years.

    Raises:
        Invalid: there is no such country or language, or the text is no calendar; each fault with its place.
    """
    if not isinstance(content, Mapping) or not SPECIAL & content.keys():
        return content
    reading = Reading()
    found: dict[date, str] = {}
    if (wanted := content.get("holidays")) is not None:
        found |= _national(wanted, first_year, reading)
    if (text := content.get("ics")) is not None:
        found |= days_of_ics(text, reading)
    reading.refuse()
    rest = without_special_days(content)
    days = {day.isoformat(): list[str]() for day in sorted(found)}
    names = {day.isoformat(): why for day, why in sorted(found.items())}
    return {**rest, "days": _before(rest.get("days", {}), days), "names": _before(rest.get("names", {}), names)}


def without_special_days(content: Mapping[str, Any]) -> dict[str, Any]:
    """What a calendar says in the plain form."""
    return {key: value for key, value in content.items() if key not in SPECIAL}


def _before(own: Any, found: Mapping[str, Any]) -> Any:
    """What a calendar says itself comes first; what that is, if it is no mapping, is told by who reads it."""
    return {**found, **own} if isinstance(own, Mapping) else own


def _national(wanted: Any, first_year: int, reading: Reading) -> dict[date, str]:
    if not isinstance(wanted, Mapping) or not isinstance(wanted.get("country"), str):
        reading.complain(("holidays",), "must say a country, for example {country: ES, subdivision: MD}")
        return {}
    reading.mapping(wanted, ("holidays",), ("country", "subdivision", "language"))
    country, subdivision = wanted["country"], wanted.get("subdivision")
    try:
        named = holidays.country_holidays(country, subdiv=subdivision)
        # Left to itself the library speaks the language of the machine, and each replica may have another.
        said = wanted.get("language")
        spoken = named.supported_languages
        language = named.default_language if said is None else _language(said, spoken, reading)
        years = range(first_year, first_year + YEARS_AHEAD)
        listed = holidays.country_holidays(country, subdiv=subdivision, years=years, language=language)
    except (NotImplementedError, TypeError, ValueError, AttributeError) as error:
        asked = " ".join(str(one) for one in (country, subdivision) if one)
        words = f"{asked}: {error}; use ISO 3166 codes, for example {{country: ES, subdivision: MD}}"
        reading.complain(("holidays",), words)
        return {}
    return {day: str(name) for day, name in listed.items()}


def _language(wanted: Any, spoken: Sequence[str], reading: Reading) -> str | None:
    """The language in which a country's holidays have names: the one wanted, or another form of it (`en`: `en_US`).

    The library takes any word, and gives names in some language then.
    """
    said = str(wanted).replace("-", "_").lower()
    fitting = [one for one in spoken or _ONE_LANGUAGE if one.lower() == said] or [
        one for one in spoken or _ONE_LANGUAGE if one.partition("_")[0].lower() == said.partition("_")[0]
    ]
    if not isinstance(wanted, str) or not fitting:
        there = ", ".join(spoken or _ONE_LANGUAGE)
        reading.complain(("holidays", "language"), f"{wanted!r} is no language of these holidays; there is {there}")
        return None
    return fitting[0] if spoken else None
