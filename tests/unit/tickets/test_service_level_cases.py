"""The table of clock cases in docs/service-levels.md, row by row."""

import json

import orjson
import pytest

from tests.unit.tickets.service_level_samples import DESK, Case, cases, instant, log, shown, shown_apology, shown_fires
from tickets.domain.service_levels.arithmetic import explain
from tickets.domain.service_levels.clocks import as_of, begin, fold, step
from tickets.domain.service_levels.state import State, as_data, from_data
from tickets.domain.service_levels.stored_state import read_state, stored_state

CASES = [pytest.param(case, id=case.name) for case in cases()]


def test_the_table_has_at_least_the_cases_that_were_asked_for() -> None:
    names = [case.name for case in cases()]
    assert len(names) >= 70
    assert len(names) == len(set(names))


def said(state: State, name: str) -> str:
    if name == "apology":
        return shown_apology(state)
    return shown_fires(state, name.removeprefix("fires ")) if name.startswith("fires ") else shown(state.clocks[name])


@pytest.mark.parametrize("case", CASES)
def test_the_clocks_say_what_the_table_says(case: Case) -> None:
    state = as_of(fold(log(case.log), DESK), instant(case.at), DESK)

    assert {name: said(state, name) for name in case.clocks} == case.clocks


@pytest.mark.parametrize("case", CASES)
def test_the_arithmetic_of_each_case_adds_up_without_gaps(case: Case) -> None:
    state = as_of(fold(log(case.log), DESK), instant(case.at), DESK)
    explained = explain(log(case.log), DESK, instant(case.at))

    for name, clock in explained.clocks.items():
        ends = [one.end for one in clock.intervals]
        assert [one.start for one in clock.intervals[1:]] == ends[:-1]
        if state.clocks[name].cycle:
            assert clock.used_by_cycle[state.clocks[name].cycle] == state.clocks[name].used


@pytest.mark.parametrize("case", CASES)
def test_a_state_kept_as_json_between_any_two_events_goes_on_the_same(case: Case) -> None:
    events = log(case.log)
    state = begin(events[0], DESK)
    for event in events[1:]:
        assert from_data(json.loads(json.dumps(as_data(state)))) == state
        state = step(read_state(orjson.loads(orjson.dumps(stored_state(state)))), event, DESK)

    assert state == fold(events, DESK)
    assert from_data(as_data(state)) == state
