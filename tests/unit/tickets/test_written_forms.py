"""Times, dates and zones have one form where somebody writes them; versions of earlier releases stay what they were."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tickets.domain.desk.documents import document_faults
from tickets.domain.ladders.rota_documents import read_rota
from tickets.domain.service_levels.calendars import is_open
from tickets.domain.service_levels.documents import read_calendar
from tickets.domain.staffing.people import zone_problem

CALENDAR: dict[str, Any] = {"zone": "UTC", "week": {"mon": ["09:00-14:00"]}, "days": {}, "names": {}}
LAYER: dict[str, Any] = {"members": ["eva"], "first_day": "2026-01-05"}
ROTA: dict[str, Any] = {"zone": "UTC", "layers": [LAYER]}


@pytest.mark.parametrize(
    ("kind", "content", "path", "words"),
    [
        ("calendar", {**CALENDAR, "week": {"mon": ["09:75-12:00"]}}, ("week", "mon", 0), "minutes go from 00 to 59"),
        ("calendar", {**CALENDAR, "days": {"2026-12-24": ["09:00-11:60"]}}, ("days", "2026-12-24", 0), "is no slot"),
        ("calendar", {**CALENDAR, "week": {"mon": ["٠٩:00-12:00"]}}, ("week", "mon", 0), "is no slot such as"),
        ("calendar", {**CALENDAR, "week": {"mon": ["9-14"]}}, ("week", "mon", 0), "is no slot such as"),
        ("calendar", {**CALENDAR, "days": {"20261224": []}}, ("days", "20261224"), "is no date such as 2026-12-24"),
        ("calendar", {**CALENDAR, "days": {"2026-W52-4": []}}, ("days", "2026-W52-4"), "is no date such as"),
        ("calendar", {**CALENDAR, "names": {"20261224": "x"}}, ("names", "20261224"), "is no date such as 2026-12-24"),
        ("calendar", {**CALENDAR, "names": {"2026-12-24": {}}}, ("names", "2026-12-24"), "must be a text of up to 200"),
        ("calendar", {**CALENDAR, "names": {"2026-12-24": "x" * 201}}, ("names", "2026-12-24"), "must be a text of up"),
        ("calendar", {**CALENDAR, "zone": "localtime"}, ("zone",), "another zone on each machine"),
        ("calendar", {**CALENDAR, "zone": "right/Europe/Madrid"}, ("zone",), "another zone on each machine"),
        ("calendar", {**CALENDAR, "zone": "Factory"}, ("zone",), "another zone on each machine"),
        ("rota", {**ROTA, "zone": "localtime"}, ("zone",), "another zone on each machine"),
        ("rota", {**ROTA, "layers": [{**LAYER, "first_day": "20260105"}]}, ("layers", 0, "first_day"), "is no date"),
        ("rota", {**ROTA, "layers": [{**LAYER, "hand_over": "0900"}]}, ("layers", 0, "hand_over"), "no time of day"),
    ],
)  # fmt: skip
def test_what_is_written_another_way_is_a_fault_of_its_place_and_told_once(
    kind: str, content: Any, path: tuple[str | int, ...], words: str
) -> None:
    [fault] = document_faults(kind, "x", content)

    assert fault.path == path
    assert words in fault.words


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("calendar", {**CALENDAR, "week": {"mon": ["9:00-14:00", "15:00 - 24:00"]}, "days": {"2026-12-24": []}}),
        ("calendar", {**CALENDAR, "zone": "America/Argentina/Buenos_Aires"}),
        ("rota", {**ROTA, "layers": [{**LAYER, "hand_over": "09:30"}]}),
    ],
)
def test_the_one_form_is_no_fault(kind: str, content: Any) -> None:
    assert document_faults(kind, "x", content) == []


@pytest.mark.parametrize(
    "content", [5, [], {"zone": 5, "week": [], "days": 5}, {"zone": None, "layers": 5}, {"layers": [5]}]
)
@pytest.mark.parametrize("kind", ["calendar", "rota"])
def test_what_is_something_else_altogether_has_faults_and_no_more(kind: str, content: Any) -> None:
    assert document_faults(kind, "x", content)


def test_a_version_of_an_earlier_release_means_what_it_meant() -> None:
    content = {**CALENDAR, "week": {"mon": ["09:75-12:00"]}, "days": {"20261224": []}}

    calendar = read_calendar("office", "1", content)

    assert not is_open(calendar, datetime(2026, 12, 21, 10, 14, tzinfo=UTC))
    assert is_open(calendar, datetime(2026, 12, 21, 10, 15, tzinfo=UTC))
    assert not is_open(calendar, datetime(2026, 12, 24, 10, 15, tzinfo=UTC))
    assert read_rota("nights", 1, {**ROTA, "layers": [{**LAYER, "first_day": "20260105"}]}, {}).layers


def test_people_work_by_no_zone_of_the_machine_either() -> None:
    assert "each machine" in (zone_problem("localtime") or "")
    assert zone_problem("Europe/Madrid") is None


def test_all_that_is_wrong_with_a_calendar_is_found_at_once() -> None:
    content = {
        "zone": "Europe/Nowhere",
        "week": {"mon": ["09:75-12:00", "nine"], "tue": 5, "someday": []},
        "days": {"2026-02-30": [], "2026-12-24": ["14:00-13:00"]},
        "names": [],
        "colour": "red",
    }

    found = {fault.path for fault in document_faults("calendar", "office", content)}

    assert found == {
        ("zone",), ("week", "mon", 0), ("week", "mon", 1), ("week", "tue"), ("week", "someday"),
        ("days", "2026-02-30"), ("days", "2026-12-24", 0), ("names",), ("colour",),
    }  # fmt: skip


def test_all_that_is_wrong_with_a_policy_is_found_at_once() -> None:
    target = {"minutes": 60, "calendar": "office"}
    content = {
        "targets": {"first_response": {"normal": {**target, "minutes": True}, "hgih": target, "low": "soon"}},
        "tiers": {"1": [], "4": {"normal": {"minutes": 5, "calendar": "ofice"}}},
        "pauses": {"resolution": "pending", "first_response": ["asleep"]},
        "warn_at": [0.8, 0.5],
        "page_at_night": "urgent",
        "apology": {"minutes": 5},
        "ladder": "",
        "colour": "red",
    }

    found = {fault.path for fault in document_faults("policy", "standard", content, ["office"])}

    assert found == {
        ("targets", "first_response", "normal", "minutes"), ("targets", "first_response", "hgih"),
        ("targets", "first_response", "low"), ("tiers", "1"), ("tiers", "4"), ("tiers", "4", "normal", "calendar"),
        ("pauses", "resolution"), ("pauses", "first_response"), ("warn_at",), ("page_at_night",),
        ("apology", "calendar"), ("ladder",), ("colour",),
    }  # fmt: skip


def test_all_that_is_wrong_with_a_lifecycle_is_found_at_once() -> None:
    content = {
        "pending": [{"after_days": 0, "do": "dance"}, {"after_days": 1}],
        "solved": [{"after_days": 1, "do": "solve"}] * 11,
        "open": [],
    }

    found = {fault.path for fault in document_faults("lifecycle", "default", content)}

    assert found == {
        ("pending", 0, "after_days"), ("pending", 0, "do"), ("pending", 1), ("solved",), ("open",),
    }  # fmt: skip
