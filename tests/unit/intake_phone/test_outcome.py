"""How a call ended, from what its steps noted and what Twilio says: once each, in any order, some of it missing."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_phone.domain.calls.facts import Facts
from intake_phone.domain.calls.heard import Heard
from intake_phone.domain.calls.state import State
from intake_phone.domain.calls.turn import Entry
from intake_phone.domain.numbers import Caller, read_caller
from intake_phone.domain.outcome import CallEnd, CallReport, Outcome, outcome_of, report
from tests.unit.intake_phone.samples import ANA, HEAD, WORDS, Call, flow_of

TEAM = """\
  menu: {do: team, team: first-line, unavailable: message, unanswered: message, offered: back}
  message: {do: voicemail}
  back: {do: callback, team: first-line}
"""
SID = "RE" + "a" * 32
DONE = CallEnd("completed", 42)


def told(call: Call, end: CallEnd = DONE, caller: Caller = ANA.caller) -> CallReport:
    assert call.last is not None
    return report(call.entries, call.last.state, end, caller, WORDS, "es")


def queued(*, left_by_key: bool = False) -> Call:
    return Call(flow_of(TEAM), replace(ANA, left_by_key=left_by_key)).hear()


@pytest.mark.parametrize(
    ("call", "outcome"),
    [
        (queued().hear(Heard(queue="bridged")), Outcome.ANSWERED),
        (queued().hear(Heard(queue="bridged", hung_up=True)), Outcome.ANSWERED),
        (queued(), Outcome.ABANDONED_IN_QUEUE),
        (queued().hear(Heard(queue="hangup", queue_seconds=9, hung_up=True)), Outcome.ABANDONED_IN_QUEUE),
        (queued().hear(Heard(queue="leave", queue_seconds=600)), Outcome.MISSED),
        (queued().hear(Heard(queue="leave", queue_seconds=9)), Outcome.MISSED),
        (queued(left_by_key=True).hear(Heard(queue="leave", queue_seconds=9)), Outcome.CALLBACK),
        (
            queued().hear(Heard(queue="error")).hear(Heard(recording=SID, recording_seconds=9), verb=-2),
            Outcome.VOICEMAIL,
        ),
        (Call(flow_of()).hear().press("1").hear().hear(), Outcome.WITHOUT_MESSAGE),
        (Call(flow_of(TEAM), replace(ANA, available=frozenset())).hear(), Outcome.MISSED),
        (Call(flow_of()).hear(), Outcome.ABANDONED_IN_MENU),
        (Call(flow_of()).hear().hear(Heard(hung_up=True)), Outcome.ABANDONED_IN_MENU),
        (Call(flow_of()).hear().press("2"), Outcome.ENDED),
    ],
)
def test_a_call_has_one_outcome(call: Call, outcome: Outcome) -> None:
    if outcome == Outcome.ABANDONED_IN_MENU and not call.entries:
        call.entries = [Entry(1, 0, "chose", "menu", "1")]

    assert told(call).outcome == outcome


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("completed", Outcome.MISSED),
        ("no-answer", Outcome.MISSED),
        ("canceled", Outcome.MISSED),
        ("failed", Outcome.FAILED),
    ],
)
def test_a_call_of_which_only_its_end_is_known_is_told_by_that(status: str, outcome: Outcome) -> None:
    assert outcome_of([], CallEnd(status)) == outcome


def test_entries_may_come_twice_and_in_any_order() -> None:
    call = queued().hear(Heard(queue="error")).hear(Heard(recording=SID, recording_seconds=9), verb=-2)
    in_order = told(call)
    call.entries = call.entries * 2
    random.Random(7).shuffle(call.entries)

    assert told(call) == in_order


def test_a_voicemail_s_ticket_in_spanish() -> None:
    call = queued().hear(Heard(queue="error")).hear(Heard(recording=SID, recording_seconds=9), verb=-2)
    said = told(call)

    assert said.subject == "Mensaje de voz de +34600111222"
    assert said.team == "first-line"
    assert said.text == (
        "Dejó un mensaje de voz de 9 s.\n"
        "Duración: 42 s. Idioma: español.\n"
        "- Entró en la cola.\n"
        "- Salió de la cola por un error técnico.\n"
        "- Grabó un mensaje de 9 s.\n"
        "- La llamada terminó."
    )


def test_an_answered_call_s_ticket_in_english_names_who_took_it_and_what_was_chosen() -> None:
    state = State(language="en", ticket=4711, answers=(("customer", "90"), ("card", "x16")))
    entries = [Entry(1, 0, "chose", "menu", "1"), Entry(2, 0, "queued", "support", "first-line")]
    entries.append(Entry(3, 0, "answered", "support", "first-line"))
    said = report(entries, state, CallEnd("completed", 61, "Omar"), read_caller("anonymous"), WORDS, "es")

    assert (said.subject, said.ticket, said.language) == ("Answered call from a withheld number", 4711, "en")
    assert said.text.startswith("The call was taken by Omar.\nLasted 61 s, in English.\n")
    assert "customer: 90\ncard: ••••••••••••••••\n- Chose option 1." in said.text


def test_who_took_a_call_is_named_also_where_the_call_s_own_note_of_it_is_still_under_way() -> None:
    waits = queued()

    said = told(waits, CallEnd("completed", 61, "Eva Ruiz"))

    assert said.outcome == Outcome.ANSWERED
    assert said.text.startswith("Atendió la llamada Eva Ruiz.")


def test_a_callback_s_ticket_says_the_number_that_was_typed() -> None:
    call = Call(flow_of(TEAM), Facts(region="ES", left_by_key=True)).hear().hear(Heard(queue="leave", queue_seconds=9))
    call.press("600111222#")

    said = told(call, CallEnd("completed", 30, callback_number="+34600111222"), read_caller("anonymous"))

    assert said.subject == "Número oculto pide que se le llame"
    assert "Pide que se le llame a +34600111222." in said.text


def test_a_transfer_that_was_taken_is_an_answered_call() -> None:
    nodes = "  menu: {do: transfer, number: '+34930000000', unanswered: message}\n  message: {do: voicemail}\n"
    call = Call(flow_of(nodes, HEAD)).hear().hear(Heard(dial="completed"))

    assert told(call).text.startswith("La llamada pasó a otro número")


@pytest.mark.parametrize(
    ("kind", "detail", "spanish", "english"),
    [
        ("chose", "en", "Eligió hablar en inglés.", "Chose to speak English."),
        ("chose", "hang_up", "Pidió terminar la llamada.", "Asked to end the call."),
        ("misunderstood", "", "No se le entendió.", "Was not understood."),
        ("left_queue", "key", "Pulsó la tecla para salir de la cola.", "Pressed the key to leave the queue."),
        ("left_queue", "hangup", "Colgó mientras esperaba.", "Hung up while waiting."),
        ("left_queue", "leave", "Salió de la cola: nadie atendió la llamada.", "Left the queue: nobody took the call."),
        (
            "left_queue",
            "queue-full",
            "Salió de la cola por un error técnico.",
            "Left the queue for a technical reason.",
        ),
        ("dialled", "no-answer", "Se llamó a otro número: no contestaron.", "Another number was called: no answer."),
        ("dialled", "completed", "Se le pasó a otro número y contestaron.", "Was put through to another number."),
        ("closed", "office", "Llamó fuera de horario.", "Called outside opening hours."),
        ("announced", "v1", "Oyó un aviso.", "Heard an announcement."),
        (
            "late",
            "",
            "Siguió sin elegir porque la llamada ya había dado muchos pasos.",
            "Went on without a choice because the call had come to many steps.",
        ),
        ("hung_up", "", "Colgó.", "Hung up."),
    ],
)
def test_a_line_of_the_log_names_no_node_and_has_words_for_its_detail(
    kind: str, detail: str, spanish: str, english: str
) -> None:
    entries = [Entry(1, 0, kind, "call-me", detail)]

    said = [report(entries, State(language=one), DONE, ANA.caller, WORDS, "es").text for one in ("es", "en")]

    assert [text.rpartition("\n")[2] for text in said] == [f"- {spanish}", f"- {english}"]


def test_what_a_call_ended_with_stands_behind_what_came_before_it() -> None:
    call = Call(flow_of(TEAM)).hear().hear(Heard(queue="hangup", queue_seconds=9, hung_up=True))

    assert told(call).text.endswith("- Entró en la cola.\n- Colgó mientras esperaba.\n- Colgó.")


@pytest.mark.parametrize("language", ["es", "en"])
def test_what_the_caller_reads_of_each_outcome_is_one_sentence_to_them(language: str) -> None:
    call = queued().hear(Heard(queue="error")).hear(Heard(recording=SID, recording_seconds=9), verb=-2)
    assert call.last is not None

    said = report(call.entries, replace(call.last.state, language=language), DONE, ANA.caller, WORDS, "es")

    assert (
        said.sentence
        == {
            "es": "Usted llamó y dejó un mensaje de 9 s.",
            "en": "You called and left a message of 9 s.",
        }[language]
    )


def test_a_very_long_log_is_cut_in_the_middle() -> None:
    entries = [Entry(step, 0, "misunderstood", "menu") for step in range(300)]

    said = report(entries, State(), DONE, ANA.caller, WORDS, "es")

    assert said.text.count("\n") < 70


@given(
    st.lists(
        st.builds(
            Entry,
            st.integers(0, 41),
            st.integers(0, 9),
            st.sampled_from([key.removeprefix("log.") for key in WORDS["es"] if key.startswith("log.")]),
            st.just("menu"),
            st.text(max_size=10),
        ),
        max_size=30,
    ),
    st.builds(CallEnd, st.sampled_from(["", "completed", "busy", "failed"]), st.none() | st.integers(0, 9_999)),
    st.sampled_from(["es", "en", ""]),
)
def test_any_log_comes_to_words_in_both_languages(entries: list[Entry], end: CallEnd, language: str) -> None:
    said = report(entries, State(language=language), end, ANA.caller, WORDS, "es")

    assert said.subject
    assert said.text
    assert "{" not in said.subject


def test_whoever_hangs_up_on_the_way_into_the_queue_has_not_waited_as_long_as_the_call_lasted() -> None:
    said = told(queued(), CallEnd("completed", 26))

    assert said.outcome == Outcome.ABANDONED_IN_QUEUE
    assert "esperar 0 s en la cola" in said.text
