"""Who is on call when: turns, overrides, daylight saving, and the hours that nobody covers."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.domain.ladders.rotas import Layer, Override, Rota, gaps, on_call, shifts
from tickets.domain.service_levels.calendars import Calendar
from tickets.errors import Refused

MONDAY = date(2026, 11, 23)
OFFICE = Calendar("office", "1", "Europe/Madrid", dict.fromkeys(range(1, 6), ((540, 1080),)))


def at(text: str) -> datetime:
    """A time by the clock in Madrid, given with its offset."""
    return datetime.fromisoformat(text).astimezone(UTC)


def rota(*layers: Layer, **more: Any) -> Rota:
    return Rota("primary", "Europe/Madrid", layers or (Layer(("eva", "luis", "ana"), MONDAY),), **more)


def test_turns_follow_each_other_and_come_round() -> None:
    weeks = [on_call(rota(), at("2026-11-23T12:00+01:00") + timedelta(weeks=n)) for n in range(5)]
    assert weeks == ["eva", "luis", "ana", "eva", "luis"]


def test_hands_are_shaken_at_their_very_minute() -> None:
    assert on_call(rota(), at("2026-11-30T08:59:59+01:00")) == "eva"
    assert on_call(rota(), at("2026-11-30T09:00:00+01:00")) == "luis"


def test_before_the_first_turn_nobody_is_on_call() -> None:
    assert on_call(rota(), at("2026-11-23T08:59+01:00")) is None


def test_a_turn_keeps_its_wall_clock_time_when_the_clocks_change() -> None:
    daily = rota(Layer(("eva", "luis"), date(2026, 10, 24), turn_days=1))
    assert on_call(daily, at("2026-10-25T08:59+01:00")) == "eva"
    assert on_call(daily, at("2026-10-25T09:00+01:00")) == "luis"


@pytest.mark.parametrize(
    ("day", "before", "after"),
    [
        # 02:30 does not exist on 29 March 2026: at 03:30 the clock has passed it by as much.
        (date(2026, 3, 28), "2026-03-29T03:29+02:00", "2026-03-29T03:30+02:00"),
        # 02:30 comes twice on 25 October 2026: the first time counts.
        (date(2026, 10, 24), "2026-10-25T02:29+02:00", "2026-10-25T02:30+02:00"),
    ],
)
def test_a_hand_over_at_a_time_that_is_skipped_or_comes_twice_happens_once(day: date, before: str, after: str) -> None:
    daily = rota(Layer(("eva", "luis"), day, hand_over=time(2, 30), turn_days=1))
    assert (on_call(daily, at(before)), on_call(daily, at(after))) == ("eva", "luis")


def test_the_first_layer_that_covers_the_hour_decides() -> None:
    two = rota(Layer(("eva",), MONDAY, hours=OFFICE), Layer(("noche",), MONDAY, hand_over=time(0, 0)))
    assert on_call(two, at("2026-11-24T10:00+01:00")) == "eva"
    assert on_call(two, at("2026-11-24T22:00+01:00")) == "noche"


def test_the_override_that_was_made_last_counts() -> None:
    noon, night = at("2026-11-24T12:00+01:00"), at("2026-11-24T23:00+01:00")
    overridden = rota(overrides=(Override("luis", noon, night), Override("ana", noon, noon + timedelta(hours=1))))
    assert on_call(overridden, noon) == "ana"
    assert on_call(overridden, noon + timedelta(hours=1)) == "luis"
    assert on_call(overridden, night) == "eva"


def test_the_hours_that_nobody_covers_are_named() -> None:
    day = rota(Layer(("eva",), MONDAY, hours=OFFICE))
    found = gaps(day, at("2026-11-24T00:00+01:00"), at("2026-11-25T00:00+01:00"))
    assert found == [
        (at("2026-11-24T00:00+01:00"), at("2026-11-24T09:00+01:00")),
        (at("2026-11-24T18:00+01:00"), at("2026-11-25T00:00+01:00")),
    ]
    assert not gaps(rota(), at("2026-11-24T00:00+01:00"), at("2027-11-20T00:00+01:00"))


@given(
    hours_on=st.integers(0, 24 * 365),
    days=st.integers(1, 40),
    turn_days=st.integers(1, 10),
    hour=st.integers(0, 23),
)
def test_shifts_have_no_holes_and_say_what_on_call_says(hours_on: int, days: int, turn_days: int, hour: int) -> None:
    since = datetime(2026, 11, 20, tzinfo=UTC) + timedelta(hours=hours_on, minutes=7)
    until = since + timedelta(days=days)
    mixed = rota(
        Layer(("eva", "luis"), MONDAY, time(hour, 15), turn_days, OFFICE),
        Layer(("ana", "eva"), MONDAY + timedelta(days=30), time(hour), turn_days),
        overrides=(Override(None, since + timedelta(hours=3), since + timedelta(hours=9)),),
    )

    found = list(shifts(mixed, since, until))

    assert found[0][0][0] == since
    assert found[-1][0][1] == until
    for ((_, ends), who), ((begins, _), following) in pairwise(found):
        assert ends == begins
        assert who != following
    for (begins, ends), who in found:
        for instant in (begins, begins + (ends - begins) / 2, ends - timedelta(microseconds=1)):
            assert on_call(mixed, instant) == who


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"zone": "Europe/Nowhere"}, "no time zone"),
        ({"layers": ()}, "nobody is ever on call"),
        ({"layers": (Layer((), MONDAY),)}, "0 members"),
        ({"layers": (Layer(("eva",), MONDAY, turn_days=0),)}, "one day"),
        (
            {"overrides": (Override("eva", at("2026-11-24T12:00+01:00"), at("2026-11-24T12:00+01:00")),)},
            "before it begins",
        ),
    ],
)
def test_a_rota_that_makes_no_sense_is_refused_with_words(change: dict[str, Any], words: str) -> None:
    values: dict[str, Any] = {"zone": "Europe/Madrid", "layers": (Layer(("eva",), MONDAY),), **change}
    with pytest.raises(Refused, match=words):
        Rota("primary", **values)


def test_more_than_a_year_is_not_looked_at() -> None:
    since = at("2026-11-24T00:00+01:00")
    with pytest.raises(Refused, match="a year"):
        list(shifts(rota(), since, since + timedelta(days=400)))
