"""The form in which clocks are stored: what older rows have is read too, what a newer release writes is refused."""

from typing import Any

import orjson
import pytest

from tests.unit.tickets.service_level_samples import DESK, log
from tickets.domain.service_levels.clocks import fold
from tickets.domain.service_levels.one_clock import Clock
from tickets.domain.service_levels.state import State, as_data
from tickets.domain.service_levels.stored_state import read_state, stored_state
from tickets.errors import Refused

LIFE = "Mon 09:00 opened urgent; Mon 12:00 answer; Mon 13:00 customer; Mon 13:30 tier 2; Mon 14:00 promise Mon 18:00"


def through_json(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value))


def test_a_row_of_before_is_read_as_well() -> None:
    state = fold(log(LIFE), DESK)
    assert read_state(through_json(as_data(state))) == state


def test_breaches_that_are_owed_and_reasons_to_stand_still_survive() -> None:
    state = fold(log(LIFE + "; Tue 10:00 answer; Tue 10:00 pending"), DESK)
    assert state.owed

    assert read_state(through_json(stored_state(state))) == state


def test_every_field_of_a_clock_has_the_place_that_rows_of_today_rely_on() -> None:
    """Whoever moves a field must give the form another number; a new one goes to the end, with a default."""
    assert Clock._fields[:17] == (
        "cycle", "started_at", "stands", "used", "counted_to", "target", "calendar", "due_at", "met_at", "breached_at",
        "excused", "promise", "warnings", "warned", "fired", "earlier_met", "earlier_late",
    )  # fmt: skip
    assert State._fields[:12] == (
        "at", "order", "priority", "tier", "status", "policy", "calendars", "answered", "waiting_since", "merged_into",
        "clocks", "owed",
    )  # fmt: skip


def test_a_clock_is_stored_as_it_always_was() -> None:
    state = fold(log("Mon 09:00 opened normal; Mon 10:00 answer"), DESK)
    first = state.clocks["first_response"]
    stored = through_json(stored_state(state))

    assert stored[:7] == [1, "2026-03-02T09:00:00+00:00", 2, "normal", "1", "new", ["standard", "1"]]
    assert stored[11]["next_response"] == []
    assert first.target is not None
    assert stored[11]["first_response"] == [
        1, "2026-03-02T08:00:00+00:00", "answered", 3_600_000_000, None, first.target.total_seconds() * 1_000_000,
        ["office", "1"], first.due_at.isoformat() if first.due_at else None, "2026-03-02T09:00:00+00:00", None,
        False, "", [], 0.0, False, 0, 0,
    ]  # fmt: skip


def test_a_clock_that_was_stored_before_a_field_was_added_has_its_default() -> None:
    state = fold(log(LIFE), DESK)
    stored = through_json(stored_state(state))
    for clock in stored[11].values():
        del clock[16:]

    read = read_state(stored)

    assert all(clock.earlier_late == 0 for clock in read.clocks.values())
    assert read.clocks["first_response"] == state.clocks["first_response"]._replace(earlier_late=0)


def test_what_a_newer_release_wrote_is_refused_in_words() -> None:
    stored = [2, *through_json(stored_state(fold(log(LIFE), DESK)))[1:]]
    with pytest.raises(Refused, match="stored in form 2, and this release reads form 1; run the newer one"):
        read_state(stored)


@pytest.mark.parametrize("stored", [[], [1], [1, *[None] * 12], {}, None, 7, "no state"])
def test_what_is_no_state_at_all_is_an_error_that_the_auditor_knows(stored: Any) -> None:
    with pytest.raises((AttributeError, KeyError, TypeError, ValueError)):
        read_state(stored)
