"""Teams and agents as values: hours by the wall clock, capacity, load."""

from datetime import UTC, datetime, timedelta

import pytest

from tickets.domain.service_levels.documents import read_calendar
from tickets.domain.staffing.people import (
    Agent,
    CalendarHours,
    Presence,
    Team,
    WorkingHours,
    capacity_of,
    hours_of,
    load_of,
    slots_of,
    why_not_now,
    works_now,
    zone_problem,
)

MADRID = WorkingHours.from_data({"zone": "Europe/Madrid", "week": {"mon": ["09:00-14:00", "15:00-18:00"]}})
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def agent(**changes: object) -> Agent:
    return Agent(**{"handle": "eva", "name": "Eva", "email": "eva@desk.example", **changes})  # type: ignore[arg-type]  # the fields are the test's


@pytest.mark.parametrize(
    ("hour", "minute", "works"),
    [(7, 59, False), (8, 0, True), (12, 59, True), (13, 0, False), (13, 59, False), (14, 0, True), (17, 0, False)],
)
def test_hours_are_read_off_the_wall_clock_of_their_zone(hour: int, minute: int, works: bool) -> None:
    assert works_now(agent(hours=MADRID), MONDAY + timedelta(hours=hour, minutes=minute)) is works


def test_in_summer_the_same_wall_clock_is_an_hour_earlier_in_utc() -> None:
    summer_monday = datetime(2026, 7, 6, 7, 0, tzinfo=UTC)

    assert works_now(agent(hours=MADRID), summer_monday)
    assert not works_now(agent(hours=MADRID), MONDAY + timedelta(hours=7))


def test_a_day_without_slots_is_free_and_no_hours_are_all_hours() -> None:
    tuesday_noon = MONDAY + timedelta(days=1, hours=11)

    assert not works_now(agent(hours=MADRID), tuesday_noon)
    assert works_now(agent(), tuesday_noon)


def test_who_works_by_a_calendar_has_its_holidays_and_its_zone() -> None:
    office = read_calendar(
        "office", "1", {"zone": "Europe/Madrid", "week": {"mon": ["09:00-14:00"]}, "days": {"2026-11-23": []}}
    )
    eva = agent(hours=CalendarHours("office", office))
    holiday, next_monday = MONDAY + timedelta(hours=9), MONDAY + timedelta(days=7, hours=9)

    assert not works_now(eva, holiday)
    assert works_now(eva, next_monday)
    assert not works_now(eva, next_monday - timedelta(hours=2))
    assert why_not_now(eva, Presence(), holiday) == "outside working hours"
    assert eva.hours is not None
    assert eva.hours.zone == "Europe/Madrid"


def test_by_a_calendar_that_is_not_at_hand_nobody_works() -> None:
    assert not works_now(agent(hours=CalendarHours("gone")), MONDAY + timedelta(hours=9))


def test_the_version_of_a_calendar_makes_no_difference_between_agents() -> None:
    office = read_calendar("office", "1", {"zone": "UTC"})

    assert agent(hours=CalendarHours("office", office)) == agent(hours=CalendarHours("office"))
    assert hours_of(CalendarHours("office", office).as_data()) == CalendarHours("office")
    assert hours_of(MADRID.as_data()) == MADRID


def test_hours_are_written_as_they_are_read() -> None:
    assert WorkingHours.from_data(MADRID.as_data()) == MADRID


@pytest.mark.parametrize(
    ("slots", "words"),
    [
        (["9 to 5"], "write it as 09:00-14:00"),
        (["18:00-09:00"], "ends before it begins"),
        (["09:00-09:00"], "ends before it begins"),
        (["22:00-24:30"], "ends after 24:00"),
        (["09:00-14:00", "13:59-18:00"], "13:59-18:00 overlaps"),
        ([f"{hour:02}:00-{hour:02}:10" for hour in range(13)], "13 slots"),
    ],
)
def test_a_slot_that_cannot_be_says_why(slots: list[str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        slots_of(slots)


def test_slots_may_touch_come_in_any_order_and_end_at_midnight() -> None:
    assert slots_of(["22:00-24:00", "9:00-12:00", "12:00-13:00"]) == ((540, 720), (720, 780), (1320, 1440))


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "Europe", "", "../etc/passwd", "/etc/localtime", "a\0b"])
def test_what_is_no_zone_is_refused_in_words(zone: str) -> None:
    assert "no time zone" in (zone_problem(zone) or "")


def test_a_zone_that_exists_is_taken() -> None:
    assert zone_problem("America/Bogota") is None


def test_reasons_not_to_get_work_come_in_the_order_of_their_weight() -> None:
    now = MONDAY + timedelta(hours=9)
    absent = Presence("away", now + timedelta(days=1))

    assert why_not_now(agent(active=False), absent, now) == "retired"
    assert why_not_now(agent(), absent, now) == "absent"
    assert why_not_now(agent(), Presence("busy"), now) == "busy"
    assert why_not_now(agent(hours=MADRID), Presence(), MONDAY) == "outside working hours"
    assert why_not_now(agent(hours=MADRID), Presence(), now) is None


def test_load_counts_each_channel_by_its_capacity_and_all_by_weight() -> None:
    half = agent(capacity={"email": 10, "default": 4}, weight=2.0)

    assert load_of(half, {"email": 5, "slack": 2}) == pytest.approx((5 / 10 + 2 / 4) / 2)
    assert (capacity_of(half, "email"), capacity_of(half, "slack"), capacity_of(agent(), "sms")) == (10, 4, 20)


def test_capacity_zero_takes_nothing_and_still_has_a_load() -> None:
    none = agent(capacity={"email": 0})

    assert capacity_of(none, "email") == 0
    assert load_of(none, {"email": 1}) == 1


def test_a_team_is_called_as_customers_know_it() -> None:
    assert Team("net", "Redes", "Networks").title("es") == "Redes"
    assert Team("net", "", "Networks").title("es") == "Networks"
    assert Team("net").title("en") == "net"
