"""Documents that can be read and cannot be meant are refused with their place, and what is only odd is warned of."""

from typing import Any

import pytest

from tickets.domain.desk.documents import document_faults
from tickets.domain.desk.sense import policy_warnings
from tickets.domain.service_levels.documents import read_calendar, read_policy
from tickets.domain.timers.lifecycle_timers import read_lifecycle

SOLVED_BEFORE = {"pending": [{"after_days": 7, "do": "remind"}, {"after_days": 3, "do": "solve"}]}


def steps(*given: tuple[float, str]) -> list[dict[str, Any]]:
    return [{"after_days": days, "do": do} for days, do in given]


def promising(minutes: int, calendar: str = "always") -> dict[str, Any]:
    return {
        "targets": {"resolution": {"normal": {"minutes": 240, "calendar": "always"}}},
        "tiers": {"1": {"normal": {"minutes": minutes, "calendar": calendar}}},
    }


@pytest.mark.parametrize(
    ("kind", "content", "path", "words"),
    [
        ("calendar", {"zone": "UTC"}, ("week",), "never open: give"),
        ("calendar", {"zone": "UTC", "week": {"mon": []}, "days": {"2026-12-25": []}}, ("week",), "never open: give"),
        ("lifecycle", SOLVED_BEFORE, ("pending", 0), "after 3 days the ticket is solved (step 2)"),
        ("lifecycle", {"solved": steps((3, "close"), (3, "close"))}, ("solved", 1), "the ticket is closed (step 1)"),
        (
            "lifecycle",
            {"solved": steps((3, "remind"), (7, "close"))},
            ("solved", 0, "do"),
            "nothing is asked of a solved",
        ),
        ("policy", {"pauses": {"resolution": ["solved"]}}, ("pauses", "resolution", 0), "in solved every clock stands"),
        ("policy", {"pauses": {"tier": ["pending", "closed"]}}, ("pauses", "tier", 1), "in closed every clock stands"),
        ("policy", {"pauses": {"first_response": ["pending", "open"]}}, ("pauses", "first_response", 1), "(open)"),
        ("policy", {"pauses": {"first_response": ["new"]}}, ("pauses", "first_response", 0), "(new)"),
        ("policy", {"pauses": {"tier": ["open"]}}, ("pauses", "tier", 0), "tier would stand still"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(
    kind: str, content: Any, path: tuple[str | int, ...], words: str
) -> None:
    (fault,) = document_faults(kind, "name", content)

    assert fault.path == path
    assert words in fault.words


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("calendar", {"zone": "UTC", "days": {"2030-01-07": ["09:00-10:00"]}}),
        ("lifecycle", {}),
        ("lifecycle", {"pending": steps((3, "remind"), (3, "solve")), "solved": steps((7, "close"))}),
        ("lifecycle", {"pending": steps((3, "remind"), (7, "remind"))}),
        ("policy", {"pauses": {"resolution": ["new", "pending", "on_hold"], "tier": ["pending"]}}),
    ],
)
def test_what_may_be_meant_is_taken(kind: str, content: Any) -> None:
    assert document_faults(kind, "name", content) == []


def test_versions_in_force_are_read_all_the_same() -> None:
    assert not read_calendar("never", "1", {"zone": "UTC"}).has_hours()
    assert len(read_lifecycle(1, SOLVED_BEFORE).steps["pending"]) == 2
    assert read_policy("p", "1", {"pauses": {"first_response": ["open"]}}, frozenset()).pauses


@pytest.mark.parametrize("slots", [["9-14", "15:00-18:00", "17:00-19:00"], ["15:00-18:00", "9-14", "17:00-19:00"]])
@pytest.mark.parametrize(("part", "day"), [("week", "tue"), ("days", "2026-12-24")])
def test_slots_that_overlap_are_told_at_their_own_place_behind_one_that_cannot_be_read(
    part: str, day: str, slots: list[str]
) -> None:
    faults = document_faults("calendar", "name", {"zone": "UTC", part: {day: slots}})

    assert [fault.path for fault in faults] == [(part, day, slots.index("9-14")), (part, day, 2)]
    assert "overlaps" in faults[1].words


@pytest.mark.parametrize(
    ("content", "warned"),
    [(promising(241), 1), (promising(240), 0), (promising(241, "office"), 0)],
)
def test_a_tier_that_may_take_longer_than_the_customer_was_promised_is_warned_of(content: Any, warned: int) -> None:
    warnings = policy_warnings(read_policy("p", "1", content, frozenset({"office"})))

    assert len(warnings) == warned
    assert all("tier 1, normal: 241 minutes are more than the 240" in one for one in warnings)
