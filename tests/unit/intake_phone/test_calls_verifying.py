"""A caller is asked for the code that was texted: what the desk says of it leads on; the digits are kept nowhere."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from intake_phone.domain.calls.effects import CheckCode, PauseRecording, ResumeRecording, SendCode, StartRecording
from intake_phone.domain.calls.facts import CodeAnswer, Facts
from intake_phone.domain.calls.record import noted, written
from intake_phone.domain.numbers import read_caller
from intake_phone.errors import DeskAway, DeskRefused
from intake_phone.handlers.calls.codes import Codes
from tests.unit.intake_phone.samples import ANA, WORDS, Call, flow_of

FLOW = """\
  menu: {do: ticket, then: prove, otherwise: message}
  prove: {do: verify, then: known, otherwise: message}
  known: {do: menu, say: question, choices: [{key: "1", then: message}]}
  message: {do: voicemail}
"""
RECORDED = """\
  menu: {do: record, say: question, what: call, then: ticket}
  ticket: {do: ticket, then: prove, otherwise: message}
  prove: {do: verify, then: known, otherwise: message}
  known: {do: menu, say: question, choices: [{key: "1", then: message}]}
  message: {do: voicemail}
"""
KNOWN = replace(ANA, tickets=(4711,))
NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def answered(call: Call, code: CodeAnswer) -> Call:
    """From now on the desk says this of a code."""
    call.facts = replace(call.facts, code=code)
    return call


def asked(flow: str = FLOW) -> Call:
    """A caller who chose their ticket, and was sent a code."""
    return answered(Call(flow_of(flow), KNOWN).hear(), "sent").press("1")


def test_a_step_that_needs_a_code_wants_one_sent() -> None:
    call = Call(flow_of(FLOW), KNOWN).hear().press("1")

    assert call.effects == [SendCode(4711)]


def test_a_code_is_wanted_too_where_the_number_that_was_called_cannot_text() -> None:
    call = Call(flow_of(FLOW), replace(KNOWN, desk_texts=False)).hear().press("1")

    assert call.effects == [SendCode(4711)]


def test_the_code_that_was_sent_is_asked_for_and_leads_on() -> None:
    call = asked()
    assert "código de seis cifras" in call.said
    assert (call.verb().digits, call.verb().seconds) == (6, 30)

    answered(call, "right").press("123456")

    assert call.said == "Gracias, lo hemos comprobado. ¿Avería o factura?"
    assert call.kinds[-2:] == ["code_sent", "verified"]


@pytest.mark.parametrize("spoken", ["uno dos", "1 2 3 4 5 6 7", "no sé"])
def test_what_is_no_code_is_a_misunderstanding_and_sends_no_other(spoken: str) -> None:
    call = asked()

    answered(call, "").speak(spoken)

    assert "No le he entendido." in call.said
    assert "Le estamos enviando" not in call.said
    assert call.effects == []


def test_a_code_can_be_said() -> None:
    call = answered(asked(), "").speak("1 2 3 4 5 6")

    assert call.effects == [CheckCode(4711, "123456")]


def test_a_wrong_code_is_asked_for_again_until_the_third() -> None:
    call = answered(asked(), "wrong")

    for _ in range(2):
        call.press("000000")
        assert call.said == f"Ese no es el código. {WORDS['es']['prompt.verify-code-again']}"
        assert call.verbs[-1] == "Gather"
    call.press("000000")

    assert "Record" in call.verbs
    assert call.kinds[-1] == "fell_back"


@pytest.mark.parametrize("digits", ["123456", ""])
def test_silence_and_a_desk_that_says_nothing_reach_a_person(digits: str) -> None:
    call = answered(asked(), "none")

    for _ in range(1 if digits else 3):
        call.press(digits)

    assert "Record" in call.verbs


@pytest.mark.parametrize(
    "facts",
    [replace(KNOWN, code="none"), replace(KNOWN, caller=read_caller("+34910123456")), replace(KNOWN, tickets=())],
)
def test_without_a_way_for_a_code_the_call_goes_on_otherwise(facts: Facts) -> None:
    call = Call(flow_of(FLOW), facts).hear()
    if facts.tickets:
        call.press("1")

    assert "Record" in call.verbs
    assert "verified" not in call.kinds


def test_recording_pauses_while_the_code_is_typed() -> None:
    call = answered(Call(flow_of(RECORDED), KNOWN).hear().hear(), "sent").press("1")
    answered(call, "wrong").press("000000")
    answered(call, "right").press("123456")

    assert call.effects == [StartRecording(), PauseRecording(), ResumeRecording()]


def test_the_digits_are_in_nothing_that_is_kept_or_shown() -> None:
    call = answered(asked(), "").press("123456")
    assert call.last is not None

    kept = written(noted(call.flow, call.last, over=False)).decode()

    assert "123456" not in kept + str(call.last.state) + repr(call.last.effects)


class Desk:
    def __init__(self, answer: Any = True, *, silent: bool = False) -> None:
        self.answer, self.silent = answer, silent
        self.asked: list[Any] = []

    async def send_code(self, ticket: int, call_began: datetime, key: str) -> bool:
        self.asked.append((ticket, call_began, key))
        return bool(await self._said())

    async def check_code(self, ticket: int, code: str, key: str) -> CodeAnswer:
        self.asked.append((ticket, code, key))
        said: CodeAnswer = await self._said()
        return said

    async def _said(self) -> Any:
        if self.silent:
            await asyncio.Event().wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("desk", "said"),
    [
        (Desk(True), "sent"),
        (Desk(False), "none"),
        (Desk(DeskAway("slow")), "none"),
        (Desk(DeskRefused("no", 409)), "none"),
        (Desk(silent=True), "none"),
        (None, "none"),
    ],
)
async def test_what_the_desk_does_not_say_in_time_is_no_code(desk: Desk | None, said: str) -> None:
    codes = Codes(desk, 0.2, lambda: NOW)

    assert await codes.answer(SendCode(4711), "CA1.2") == said
    if desk is not None:
        assert desk.asked == [(4711, NOW - timedelta(hours=1), "CA1.2")]


async def test_a_code_is_checked_under_the_key_of_its_document() -> None:
    desk = Desk("wrong")

    assert await Codes(desk, 0.2).answer(CheckCode(4711, "123456"), "CA1.3") == "wrong"
    assert desk.asked == [(4711, "123456", "CA1.3")]
