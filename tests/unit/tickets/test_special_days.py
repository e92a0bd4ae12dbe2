"""Holidays and days out of ICS files, as they are written into a version of a calendar."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.adapters.special_days import with_special_days
from tickets.errors import Invalid

CALENDAR: dict[str, Any] = {"zone": "Europe/Madrid", "week": {}}
A_DAY = "DTSTART;VALUE=DATE:20260801"


def ics(*events: str, uids: tuple[str, ...] = ()) -> str:
    """An ICS file; each event is its lines with `|` between them."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test"]
    for number, event in enumerate(events):
        uid = uids[number] if uids else f"event-{number}"
        lines += ["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:Closed {number}", *event.split("|"), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def days_of(text: str) -> list[str]:
    return sorted(with_special_days({**CALENDAR, "ics": text}, 2026)["days"])


def refused(content: dict[str, Any]) -> Invalid:
    with pytest.raises(Invalid) as caught:
        with_special_days({**CALENDAR, **content}, 2026)
    return caught.value


@pytest.mark.parametrize(
    ("event", "days"),
    [
        (A_DAY, ["2026-08-01"]),
        (f"{A_DAY}|DTEND;VALUE=DATE:20260801", ["2026-08-01"]),
        (f"{A_DAY}|DTEND;VALUE=DATE:20260803", ["2026-08-01", "2026-08-02"]),
        (f"{A_DAY}|DURATION:P2D", ["2026-08-01", "2026-08-02"]),
        (f"{A_DAY}|DURATION:PT48H", ["2026-08-01", "2026-08-02"]),
        (f"{A_DAY}|DURATION:P1W", [f"2026-08-0{day}" for day in range(1, 8)]),
        (f"{A_DAY}|RDATE;VALUE=DATE:20260901,20261001", ["2026-08-01", "2026-09-01", "2026-10-01"]),
        (
            f"{A_DAY}|RDATE;VALUE=DATE:20260901|RDATE;VALUE=DATE:20261001|DURATION:P2D",
            ["2026-08-01", "2026-08-02", "2026-09-01", "2026-09-02", "2026-10-01", "2026-10-02"],
        ),
        (f"{A_DAY}|RDATE;VALUE=DATE:20260901,20261001|EXDATE;VALUE=DATE:20260901", ["2026-08-01", "2026-10-01"]),
    ],
)
def test_whole_days_of_an_event_count_as_often_as_it_takes_place(event: str, days: list[str]) -> None:
    assert days_of(ics(event)) == days


def test_a_long_event_counts_to_its_last_day() -> None:
    days = days_of(ics("DTSTART;VALUE=DATE:20260701|DTEND;VALUE=DATE:20260929"))

    assert (len(days), days[-1]) == (90, "2026-09-28")


@pytest.mark.parametrize(
    "other",
    [
        f"{A_DAY}|STATUS:CANCELLED",
        f"{A_DAY}|STATUS:cancelled|RRULE:FREQ=DAILY",
        "DTSTART:20260801T090000Z|DTEND:20260801T100000Z",
    ],
)
def test_what_is_cancelled_or_lasts_some_hours_says_nothing_of_a_day(other: str) -> None:
    assert days_of(ics(other, "DTSTART;VALUE=DATE:20261224")) == ["2026-12-24"]


def test_a_calendar_that_takes_its_events_back_has_none() -> None:
    text = ics(A_DAY).replace("VERSION:2.0", "VERSION:2.0\r\nMETHOD:CANCEL")

    assert "no event that lasts whole days" in str(refused({"ics": text}))


def test_one_day_of_several_can_be_moved_and_one_called_off() -> None:
    base = f"{A_DAY}|RDATE;VALUE=DATE:20260901,20261001"
    moved = "RECURRENCE-ID;VALUE=DATE:20260901|DTSTART;VALUE=DATE:20260902"
    off = "RECURRENCE-ID;VALUE=DATE:20261001|DTSTART;VALUE=DATE:20261001|STATUS:CANCELLED"

    assert days_of(ics(base, moved, off, uids=("a", "a", "a"))) == ["2026-08-01", "2026-09-02"]


def test_a_file_may_hold_several_calendars() -> None:
    assert days_of(ics(A_DAY) + ics("DTSTART;VALUE=DATE:20260901")) == ["2026-08-01", "2026-09-01"]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("DTSTART;VALUE=DATE:20261332", "Closed 0: DTSTART: Wrong date format 20261332"),
        (f"{A_DAY}|DTEND;VALUE=DATE:2026", "Closed 0: DTEND: "),
        (f"{A_DAY}|DTEND;VALUE=DATE:20260730", "Closed 0: ends before it begins"),
        (f"{A_DAY}|DTEND:20260803T120000", "Closed 0: begins with a day and ends with a time"),
        (f"{A_DAY}|DURATION:-P1D", "Closed 0: DURATION must be whole days such as P5D"),
        (f"{A_DAY}|DURATION:PT36H", "Closed 0: DURATION must be whole days such as P5D"),
        (f"{A_DAY}|DURATION:P5X", "Closed 0: DURATION: "),
        (f"{A_DAY}|DURATION:P1D|DTEND;VALUE=DATE:20260802", "Closed 0: has both DTEND and DURATION"),
        (f"{A_DAY}|DTSTART;VALUE=DATE:20260802", "Closed 0: has DTSTART twice"),
        (f"{A_DAY}|RDATE:20260901T090000Z", "Closed 0: RDATE must name days"),
        (f"{A_DAY}|RDATE;VALUE=PERIOD:20260901T000000Z/P1D", "Closed 0: RDATE must name days"),
        (f"{A_DAY}|RDATE;VALUE=DATE:20261332", "Closed 0: RDATE: "),
        (f"{A_DAY}|RRULE:FREQ=YEARLY", "Closed 0: repeats itself; write its days out"),
        (f"{A_DAY}|DURATION:P1001D", "more than 1000 days"),
        ("DTSTART;VALUE=DATE:99991231|DURATION:P5D", "Closed 0: the year 9999"),
        ("SUMMARY:no time at all", "has no event that lasts whole days"),
    ],
)
def test_an_event_that_makes_no_sense_is_named_and_refused(event: str, words: str) -> None:
    error = refused({"ics": ics(event)})

    assert error.pointer == "/ics"
    assert words in error.faults[0][1]


@pytest.mark.parametrize("text", ["", "<html>not a calendar</html>", "BEGIN:VCALENDAR", 5, ["BEGIN:VCALENDAR"]])
def test_what_is_no_ics_file_is_refused(text: Any) -> None:
    assert refused({"ics": text}).pointer == "/ics"


_LINES = ["DTSTART", "DTEND", "DURATION", "RDATE", "EXDATE", "RECURRENCE-ID", "STATUS", "SUMMARY", "RRULE"]
_VALUES = st.one_of(
    st.sampled_from(["20260801", "20261332", "20260801T090000Z", "P5D", "-P1D", "P", "CANCELLED", "FREQ=DAILY", ""]),
    st.text("0123456789TPZDW-/,;:=\x07é", max_size=12),
)
_LINE = st.builds(
    lambda name, parameter, value: f"{name}{parameter}:{value}",
    st.sampled_from(_LINES),
    st.sampled_from(["", ";VALUE=DATE", ";VALUE=PERIOD", ";VALUE=TIME", ";TZID=Europe/Nowhere", ";X", ";VALUE="]),
    _VALUES,
)


@given(st.lists(st.lists(_LINE, max_size=4).map("|".join), max_size=3))
def test_whatever_a_file_holds_it_is_read_or_refused_in_words(events: list[str]) -> None:
    try:
        days = days_of(ics(*events))
    except Invalid as error:
        days, places = [], {path for path, _ in error.faults}
    else:
        places = {("ics",)}
    assert places == {("ics",)}
    assert days == [date.fromisoformat(day).isoformat() for day in days]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("es", "Natividad del Señor"),
        ("es-MX", "Natividad del Señor"),
        ("ca", "Nativitat del Senyor"),
        ("en", "Christmas Day"),
        (None, "Natividad del Señor"),
    ],
)
def test_holidays_have_names_in_a_language_that_there_is(
    said: str | None, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", "uk")  # of the machine, which says nothing about the desk

    content = with_special_days({**CALENDAR, "holidays": {"country": "ES", "language": said}}, 2026)

    assert content["names"]["2026-12-25"] == name


def test_holidays_of_a_country_with_one_language_have_names() -> None:
    content = with_special_days({**CALENDAR, "holidays": {"country": "NZ", "language": "en"}}, 2026)

    assert content["names"]["2026-12-25"] == "Christmas Day"


@pytest.mark.parametrize(
    ("wanted", "path", "words"),
    [
        ({"country": "ES", "language": "klingon"}, ("holidays", "language"), "ca, en_US, es"),
        ({"country": "ES", "language": 5}, ("holidays", "language"), "5 is no language"),
        ({"country": "NZ", "language": "es"}, ("holidays", "language"), "there is en"),
        ({"country": "XX"}, ("holidays",), "use ISO 3166 codes"),
        ({"country": "ES", "subdivision": "ZZ"}, ("holidays",), "use ISO 3166 codes"),
        ({"country": "ES", "town": "Madrid"}, ("holidays", "town"), "is not known here"),
        ({"subdivision": "MD"}, ("holidays",), "must say a country"),
        ("ES", ("holidays",), "must say a country"),
    ],
)
def test_holidays_that_nobody_knows_are_refused_with_their_place(wanted: Any, path: Any, words: str) -> None:
    [(found, told)] = refused({"holidays": wanted}).faults

    assert found == path
    assert words in told


def test_all_that_is_wrong_with_special_days_is_told_at_once() -> None:
    error = refused({"holidays": {"country": "XX"}, "ics": ics("DTSTART;VALUE=DATE:20261332", f"{A_DAY}|RRULE:X")})

    assert [path for path, _ in error.faults] == [("holidays",), ("ics",), ("ics",)]


def test_days_are_refused_and_never_cut_where_they_are_too_many() -> None:
    weeks = ",".join(f"{year}{month:02}01" for year in range(2026, 2030) for month in range(1, 13))
    many = ics(f"{A_DAY}|DURATION:P30D|RDATE;VALUE=DATE:{weeks}")
    again = ics(*[f"{A_DAY}|DURATION:P1000D"] * 101)

    assert "more than 1000 days" in str(refused({"ics": many}))
    assert "too often" in str(refused({"ics": again}))
    assert len(days_of(ics(*[f"{A_DAY}|DURATION:P1000D"] * 100))) == 1000


def test_what_the_calendar_says_itself_comes_before_what_a_file_says() -> None:
    own = {"days": {"2026-08-01": ["10:00-12:00"]}, "names": {"2026-08-01": "Open house"}}

    content = with_special_days({**CALENDAR, **own, "ics": ics(f"{A_DAY}|DURATION:P2D")}, 2026)

    assert content["days"] == {"2026-08-01": ["10:00-12:00"], "2026-08-02": []}
    assert content["names"] == {"2026-08-01": "Open house", "2026-08-02": "Closed 0"}
