"""A country's holidays, for calendars of flows."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Final

import holidays

from intake_phone.domain.flows.read_hours import HolidayLookup

YEARS_AHEAD: Final = 6


def holidays_from(first_year: int) -> HolidayLookup:
    """A lookup of the holidays of six years."""
    return partial(_national, first_year)


def _national(first_year: int, country: str, subdivision: str | None) -> Mapping[date, str]:
    """The holidays of a country, and of a part of it.

    Raises:
        ValueError: there is no such country or part; the text says so.
    """
    years = range(first_year, first_year + YEARS_AHEAD)
    try:
        found = holidays.country_holidays(country, subdiv=subdivision, years=years)
    except (NotImplementedError, TypeError, AttributeError) as error:
        asked = " ".join(filter(None, (country, subdivision)))
        raise ValueError(f"{asked}: {error}") from error
    return {day: str(name) for day, name in found.items()}
