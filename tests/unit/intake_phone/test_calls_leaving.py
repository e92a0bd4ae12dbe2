"""Ways out of the questions: voicemail, callback, another number, a text, the end of the call."""

from dataclasses import replace
from datetime import datetime

import pytest

from intake_phone.domain.calls.effects import (
    PauseRecording,
    RecordingLeft,
    ResumeRecording,
    StartRecording,
    TextLink,
    WantCallback,
)
from intake_phone.domain.calls.facts import Facts
from intake_phone.domain.calls.heard import Heard, read_heard
from intake_phone.domain.calls.state import State
from intake_phone.domain.calls.step import step
from intake_phone.domain.numbers import read_caller
from intake_phone.domain.twiml import DialNumber, Record, Reject
from tests.unit.intake_phone.samples import ANA, HEAD, NIGHT, OPEN, Call, fields, flow_of

SID = "RE" + "a" * 32
VOICEMAIL = "  message: {do: voicemail}\n  menu: {do: say, say: question, then: message}\n"


def test_a_voicemail_is_announced_recorded_and_kept() -> None:
    call = Call(flow_of(VOICEMAIL)).hear()
    record = call.verb(-2)
    assert isinstance(record, Record)
    assert "se grabará" in call.said
    assert record.told.door == "recording"

    call.hear(Heard(recording=SID, recording_seconds=12), verb=-2)

    assert call.effects == [RecordingLeft(SID, 12, "es")]
    assert call.verbs == ["Say", "Hangup"]


def test_an_empty_voicemail_is_asked_for_once_more() -> None:
    call = Call(flow_of(VOICEMAIL)).hear().hear()
    assert call.said.startswith("No he oído nada. Deje su mensaje")

    call.hear()

    assert call.verbs == ["Say", "Hangup"]
    assert call.kinds == ["empty_recording", "empty_recording", "ended"]


def test_a_caller_who_hangs_up_while_recording_leaves_the_message() -> None:
    call = Call(flow_of(VOICEMAIL)).hear()
    form = fields(CallStatus="completed", Digits="hangup", RecordingSid=SID, RecordingDuration="7")

    call.hear(read_heard(form), verb=-2)

    assert call.effects == [RecordingLeft(SID, 7, "es")]
    assert call.kinds == ["recorded", "hung_up"]


CALLBACK = """\
  menu: {do: menu, say: question, choices: [{key: "1", then: back}]}
  back: {do: callback, team: first-line}
  message: {do: voicemail}
"""


def test_a_caller_who_shows_a_number_is_called_back_there() -> None:
    call = Call(flow_of(CALLBACK)).hear().press("1")

    assert call.effects == [WantCallback("first-line", "", None)]
    assert call.verbs[-1] == "Hangup"


def test_a_caller_who_withholds_the_number_is_asked_for_one() -> None:
    call = Call(flow_of(CALLBACK), Facts(region="ES")).hear().press("1")
    assert call.said.startswith("Marque el número")

    call.press("4111111111111111#")
    assert call.said.startswith("No es un número")
    call.press("600111222#")

    assert call.effects == [WantCallback("first-line", "+34600111222", None)]
    assert "600111222" not in f"{call.entries} {call.effects}"


def test_whoever_types_a_number_that_costs_extra_hears_so_while_they_are_there() -> None:
    call = Call(flow_of(CALLBACK), Facts(region="ES")).hear().press("1").press("803123456#")
    assert call.said.startswith("No es un número al que podamos llamar")

    call.press("600111222#")

    assert call.effects == [WantCallback("first-line", "+34600111222", None)]


def test_a_number_of_the_desk_itself_is_not_called_back() -> None:
    ours = frozenset({"+34910000000"})
    call = Call(flow_of(CALLBACK), replace(ANA, caller=read_caller("+34910000000"), region="ES", ours=ours)).hear()
    assert call.press("1").said.startswith("Marque el número")

    call.press("910000000#")
    assert call.said.startswith("No es un número al que podamos llamar")
    call.press("600111222#")

    assert call.effects == [WantCallback("first-line", "+34600111222", None)]


def test_a_caller_whose_own_number_costs_extra_is_asked_for_another_one() -> None:
    premium = replace(ANA, caller=read_caller("+34803123456"), region="ES")
    call = Call(flow_of(CALLBACK), premium).hear().press("1")
    assert call.said.startswith("Marque el número")

    call.press("600111222#")

    assert call.effects == [WantCallback("first-line", "+34600111222", None)]


TRANSFER = """\
  menu: {do: transfer, number: "+34930000000", pause_recording: true, unanswered: message}
  message: {do: voicemail}
"""


def test_a_call_is_handed_over_to_another_number() -> None:
    call = Call(flow_of(TRANSFER)).hear()
    assert isinstance(call.verb(), DialNumber)
    assert call.verb().number == "+34930000000"

    assert call.hear(Heard(dial="completed")).verbs == ["Say", "Hangup"]


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "canceled", ""])
def test_a_number_that_nobody_answers_leads_on(status: str) -> None:
    assert "Record" in Call(flow_of(TRANSFER)).hear().hear(Heard(dial=status)).verbs


def test_recording_pauses_while_a_call_is_with_a_number_that_takes_cards() -> None:
    flow = flow_of("  menu: {do: record, say: question, what: call, then: pay}\n" + TRANSFER.replace("menu", "pay"))

    call = Call(flow).hear().hear().hear(Heard(dial="busy"))

    assert call.effects == [StartRecording(), PauseRecording(), ResumeRecording()]


TEXT = """\
  menu: {do: text_link, text: question, url: "https://desk.example/s", then: bye, otherwise: message}
  message: {do: voicemail}
  bye: {do: hang_up}
"""


def test_a_link_is_texted_to_a_number_that_takes_texts() -> None:
    flow = flow_of(TEXT)
    call = Call(flow).hear()

    assert call.effects == [TextLink("+34600111222", "¿Avería o factura?", "es")]
    assert call.said.startswith("Le estamos enviando")
    assert "texted" not in call.kinds, "nothing was sent by then"


@pytest.mark.parametrize("number", ["+34910000000", "anonymous", "12345"])
def test_a_number_that_takes_no_texts_goes_on_otherwise(number: str) -> None:
    call = Call(flow_of(TEXT), Facts(read_caller(number))).hear()

    assert call.effects == []
    assert "Record" in call.verbs


def test_who_wants_no_texts_goes_on_otherwise() -> None:
    call = Call(flow_of(TEXT), replace(ANA, wants_no_texts=True)).hear()

    assert call.effects == []
    assert "Record" in call.verbs


def test_a_link_that_cannot_leave_from_the_number_that_was_called_is_not_promised() -> None:
    call = Call(flow_of(TEXT), replace(ANA, desk_texts=False)).hear()

    assert call.effects == []
    assert "Record" in call.verbs


def test_a_link_that_could_not_be_kept_is_not_promised() -> None:
    call = Call(flow_of(TEXT), replace(ANA, links_lost=True)).hear()

    assert call.effects == []
    assert "Record" in call.verbs


HOURS = """\
  menu: {do: hours, calendar: office, open: message, closed: shut%s}
  message: {do: voicemail}
  shut: {do: reject, busy: true}
"""
CALENDAR = 'calendars: {office: {zone: Europe/Madrid, week: {fri: ["09:00-14:00"]}}}\nprompts:'


def test_a_call_outside_hours_can_be_rejected_without_answering() -> None:
    flow = flow_of(HOURS % "", HEAD.replace("prompts:", CALENDAR))

    assert Call(flow, now=NIGHT).hear().last.verbs == (Reject(busy=True),)  # type: ignore[union-attr] # it was heard
    assert "Record" in Call(flow, now=OPEN).hear().verbs


@pytest.mark.parametrize(
    ("when", "es", "en"),
    [
        ("2026-11-28T12:00", "el viernes a las 09:00.", "on Friday at 09:00."),
        ("2026-11-27T08:00", "hoy a las 09:00.", "today at 09:00."),
        ("2026-11-26T23:00", "mañana a las 09:00.", "tomorrow at 09:00."),
        ("2026-11-27T15:00", "el viernes 4 de diciembre a las 09:00.", "on Friday 4 December at 09:00."),
    ],
)
def test_the_closed_desk_says_when_it_opens_and_from_a_week_on_with_the_date(when: str, es: str, en: str) -> None:
    head = HEAD.replace("prompts:", CALENDAR + '\n  closed: {es: "Volvemos {opens}.", en: "Back {opens}."}')
    flow = flow_of((HOURS % ", say: closed").replace("do: reject, busy: true", "do: hang_up"), head)
    now = datetime.fromisoformat(f"{when}+01:00")

    assert f"Volvemos {es}" in Call(flow, now=now).hear().said
    assert f"Back {en}" in Call(flow, Facts(language="en"), now).hear().said


def test_a_state_with_a_node_that_is_not_there_goes_to_the_fallback() -> None:
    came = step(flow_of(), State(node="gone", step=3), Heard(digits="1"), ANA, OPEN)

    assert [entry.kind for entry in came.entries] == ["foreign_state"]
    assert came.state.node == "message"
