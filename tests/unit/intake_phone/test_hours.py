"""Opening hours by the wall clock, where the clocks change too."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_phone.domain.flows.hours import Calendar, Opening

MADRID = ZoneInfo("Europe/Madrid")


def office(**changes: object) -> Calendar:
    week = dict.fromkeys(range(5), ((540, 840), (900, 1080)))
    values: dict[str, object] = {"dates": {date(2026, 12, 25): ()}, "names": {}, "week": week, **changes}
    return Calendar("office", MADRID, **values)  # type: ignore[arg-type]  # a test names them


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MADRID)


@pytest.mark.parametrize(
    ("when", "is_open"),
    [
        ("2026-11-27T08:59", False),
        ("2026-11-27T09:00", True),
        ("2026-11-27T13:59", True),
        ("2026-11-27T14:00", False),
        ("2026-11-27T15:00", True),
        ("2026-11-28T10:00", False),
        ("2026-12-25T10:00", False),
    ],
)
def test_a_desk_is_open_while_the_wall_shows_a_minute_of_its_slots(when: str, is_open: bool) -> None:
    assert office().is_open(at(when)) is is_open


def test_the_zone_decides_and_an_instant_without_one_is_utc() -> None:
    assert office().is_open(datetime(2026, 11, 27, 8, 30, tzinfo=UTC))
    assert office().is_open(datetime(2026, 11, 27, 8, 30, tzinfo=UTC).replace(tzinfo=None))
    assert not office().is_open(datetime(2026, 11, 27, 17, 30, tzinfo=UTC))


def test_the_hour_that_is_skipped_is_never_open_and_the_one_that_comes_twice_is_both_times() -> None:
    night = office(week={6: ((120, 180),)})
    skipped = [night.is_open(datetime(2026, 3, 29, hour, 30, tzinfo=UTC)) for hour in (0, 1, 2)]
    twice = [night.is_open(datetime(2026, 10, 25, hour, 30, tzinfo=UTC)) for hour in (0, 1, 2)]

    assert skipped == [False, False, False]
    assert twice == [True, True, False]


@pytest.mark.parametrize(
    ("when", "opening"),
    [
        ("2026-11-27T08:00", Opening(0, date(2026, 11, 27), "09:00")),
        ("2026-11-27T14:30", Opening(0, date(2026, 11, 27), "15:00")),
        ("2026-11-27T18:00", Opening(3, date(2026, 11, 30), "09:00")),
        ("2026-12-24T20:00", Opening(4, date(2026, 12, 28), "09:00")),
    ],
)
def test_it_is_told_when_a_desk_opens_next(when: str, opening: Opening) -> None:
    assert office().next_opening(at(when)) == opening


def test_a_slot_in_the_hour_that_is_skipped_is_no_opening() -> None:
    night = office(week={6: ((150, 180),)})

    assert night.next_opening(at("2026-03-28T12:00")) == Opening(8, date(2026, 4, 5), "02:30")


def test_a_desk_that_never_opens_says_so() -> None:
    assert office(week={}).next_opening(at("2026-11-27T08:00")) is None


@given(st.one_of(st.datetimes(), st.datetimes(timezones=st.timezones()), st.just(datetime.max.replace(tzinfo=UTC))))
def test_no_instant_makes_it_fail(now: datetime) -> None:
    calendar = office()

    assert calendar.is_open(now) in (True, False)
    assert calendar.is_special(now) in (True, False)
    calendar.next_opening(now)
