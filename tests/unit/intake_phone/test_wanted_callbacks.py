"""A call tells at its end that its caller wants to be called back, at which number, by whom and about what."""

import pytest

from intake_phone.domain.callbacks.attempt import outcome_of
from intake_phone.domain.calls.facts import Facts
from intake_phone.domain.calls.heard import Heard
from intake_phone.domain.calls.received import facts_of
from intake_phone.domain.calls.record import CallRecord, Noted, noted, read_noted, written
from intake_phone.domain.numbers import WITHHELD, read_caller
from intake_phone.domain.outcome import CallReport, Outcome
from tests.unit.intake_phone.samples import HEAD, Call, flow_of

ANA = "+34600111222"
FLOW = flow_of(
    "  start: {do: callback, team: first-line}\n  message: {do: voicemail}\n",
    HEAD.replace("start: menu", "start: start"),
)


@pytest.mark.parametrize(("number", "ticket"), [("", 0), (ANA, 4711)])
def test_a_call_tells_that_its_caller_wants_to_be_called_back(number: str, ticket: int) -> None:
    document = Noted("01", "f", {}, (), (), number, (), "first-line", ticket)
    kept = read_noted("01", written(document))
    assert kept == document

    told = CallReport(Outcome.CALLBACK, "es", "first-line", None, 20, (), "", "")
    facts = facts_of(told, None, CallRecord((document,)))

    assert facts is not None
    assert facts.callback is not None
    wanted = facts.callback
    assert (wanted.team, wanted.number, wanted.ticket) == ("first-line", number or None, ticket or None)


@pytest.mark.parametrize(("caller", "typed", "number"), [(ANA, "", None), ("", "0034911222333#", "+34911222333")])
def test_the_flow_keeps_whom_to_call_for_the_end_of_the_call(caller: str, typed: str, number: str | None) -> None:
    call = Call(FLOW, Facts(read_caller(caller) if caller else WITHHELD)).hear()
    if typed:
        call.hear(Heard(digits=typed))
    assert call.last is not None
    record = CallRecord((noted(FLOW, call.last, over=False),))
    facts = facts_of(CallReport(Outcome.CALLBACK, "es", "", None, 20, (), "", ""), None, record)

    assert facts is not None
    assert facts.callback is not None
    assert (facts.callback.team, facts.callback.number) == ("first-line", number)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("completed", "talked"), ("busy", "customer_busy"), ("no-answer", "customer_no_answer"),
     ("canceled", "agent_gave_up"), ("failed", "failed"), ("", "failed")],
)  # fmt: skip
def test_each_end_of_a_customers_call_has_a_word(status: str, outcome: str) -> None:
    assert outcome_of(status) == outcome
