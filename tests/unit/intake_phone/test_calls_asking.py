"""Questions: what is offered, what the answers mean, and what becomes of three misunderstandings."""

from dataclasses import replace

import pytest

from intake_phone.domain.calls.effects import (
    NotifyWhenSolved,
    PauseRecording,
    RememberLanguage,
    ResumeRecording,
    StartRecording,
)
from intake_phone.domain.calls.facts import Announcement, Facts
from intake_phone.domain.calls.heard import Heard
from intake_phone.domain.flows.flow import LATE_STEP
from intake_phone.domain.numbers import WITHHELD, read_caller
from tests.unit.intake_phone.samples import ANA, HEAD, OUTAGE, Call, flow_of

LANGUAGE = """\
  menu:
    do: language
    choices: {es: {key: "1", words: [español]}, en: {key: "2", words: [english, inglés]}}
    then: more
  message: {do: voicemail}
  more: {do: menu, say: question, choices: [{key: "1", then: message}]}
"""


def test_the_language_is_asked_in_each_and_then_spoken() -> None:
    call = Call(flow_of(LANGUAGE)).hear()
    assert call.said == "Para español, pulse uno. For English, press two."

    call.press("2")

    assert call.said == "Fault or invoice?"
    assert call.effects == [RememberLanguage("en")]


@pytest.mark.parametrize("words", ["English, please!", "INGLES", "inglés"])
def test_a_language_can_be_said(words: str) -> None:
    flow = flow_of(LANGUAGE)

    assert Call(flow).hear().speak(words).said == "Fault or invoice?"


def test_a_caller_whose_language_is_known_is_not_asked() -> None:
    flow = flow_of(LANGUAGE)

    assert Call(flow, Facts(language="en")).hear().said == "Fault or invoice?"


def test_a_caller_who_asks_for_it_is_asked_for_the_language_again() -> None:
    flow = flow_of(LANGUAGE.replace('{key: "1", then: message}', '{key: "1", then: message}, {key: "9", then: menu}'))
    call = Call(flow, Facts(language="en")).hear().press("9")
    assert call.said == "Para español, pulse uno. For English, press two."

    call.press("7")
    assert call.said.endswith("For English, press two.")

    assert call.press("1").said == "¿Avería o factura?"


def test_a_silence_means_the_first_language_and_is_not_remembered() -> None:
    flow = flow_of(LANGUAGE)

    call = Call(flow).hear().hear()

    assert call.said == "¿Avería o factura?"
    assert call.effects == []


@pytest.mark.parametrize("words", ["Avería", "una averia, por favor", "Uno.", "1", "AVERÍA"])
def test_a_choice_can_be_said_whatever_its_accents(words: str) -> None:
    assert Call(flow_of()).hear().speak(words).verbs[-2:] == ["Record", "Redirect"]


@pytest.mark.parametrize("words", ["averías raras", "ni avería ni factura", "", "4111 1111 1111 1111", "tres"])
def test_what_was_not_offered_is_a_misunderstanding(words: str) -> None:
    call = Call(flow_of()).hear().speak(words)

    assert call.verbs == ["Gather"]
    assert call.kinds in (["misunderstood"], ["silent"])


def test_words_heard_with_little_confidence_are_not_understood() -> None:
    assert Call(flow_of()).hear().speak("avería", 0.2).kinds == ["misunderstood"]
    assert Call(flow_of()).hear().speak("avería", 0.9).kinds == ["chose"]


def test_after_three_misunderstandings_comes_the_fallback() -> None:
    call = Call(flow_of()).hear().press("7").hear()
    assert call.said == "No he oído nada. ¿Avería o factura?"

    call.speak("qué sé yo")

    assert call.kinds == ["misunderstood", "silent", "misunderstood", "fell_back"]
    assert "Record" in call.verbs


def test_an_answer_in_between_forgives_misunderstandings() -> None:
    flow = flow_of(
        "  menu: {do: menu, say: question, choices: [{key: '1', then: menu}, {key: '2', then: message}]}\n"
        "  message: {do: voicemail}\n"
    )
    call = Call(flow).hear().press("7").press("7").press("1").press("7").press("7")

    assert "fell_back" not in call.kinds


def test_a_word_of_good_bye_ends_the_call() -> None:
    flow = flow_of(head=HEAD.replace("prompts:", "hang_up_words: {es: [adiós], en: [bye]}\nprompts:"))

    call = Call(flow).hear().speak("Adiós, gracias")

    assert call.verbs == ["Say", "Hangup"]
    assert call.said == "Gracias por su llamada. Adiós."


KEYS_ALONE = """\
  menu: {do: menu, say: question, choices: [{key: "1", then: message}, {key: "9", then: menu}]}
  message: {do: voicemail}
"""


def test_a_menu_without_words_hears_the_names_of_its_keys_and_good_bye() -> None:
    """Whoever says one into a menu of keys has answered; before, they were told that nothing was heard."""
    flow = flow_of(KEYS_ALONE, HEAD.replace("prompts:", "hang_up_words: {es: [adiós], en: [bye]}\nprompts:"))
    assert Call(flow).hear().verb().hints == ("uno", "nueve", "adiós")
    assert Call(flow, Facts(language="en")).hear().verb().hints == ("one", "nine", "bye")

    assert Call(flow).hear().speak("Nueve").kinds == ["chose"]
    assert Call(flow).hear().speak("adiós").verbs == ["Say", "Hangup"]


def test_a_key_of_the_language_can_be_said_by_its_name() -> None:
    flow = flow_of(LANGUAGE.replace(", words: [español]", "").replace(", words: [english, inglés]", ""))
    call = Call(flow).hear()
    assert call.verb().hints == ("uno", "dos")

    assert call.speak("dos").effects == [RememberLanguage("en")]


TICKET = """\
  menu: {do: ticket, then: bye, otherwise: message}
  message: {do: voicemail}
  bye: {do: hang_up}
"""


def test_open_tickets_are_offered_by_number_digit_by_digit() -> None:
    call = Call(flow_of(TICKET), Facts(ANA.caller, tickets=(4711, 90))).hear()

    assert "caso cuatro, siete, uno, uno, pulse uno." in call.said
    assert "caso nueve, cero, pulse dos." in call.said
    assert "Para cualquier otra cosa, pulse tres o espere." in call.said

    call.press("2")
    assert call.last is not None
    assert call.last.state.ticket == 90


def test_a_ticket_that_was_closed_meanwhile_is_still_the_one_that_was_offered() -> None:
    call = Call(flow_of(TICKET), Facts(ANA.caller, tickets=(4711,))).hear()
    call.facts = Facts(ANA.caller, tickets=(5,))

    assert call.press("1").last.state.ticket == 4711  # type: ignore[union-attr]  # a call that was heard has a last step


@pytest.mark.parametrize(("heard", "noted"), [(Heard(), "silent"), (Heard(digits="2"), "something_else")])
def test_a_call_about_something_else_goes_on_and_its_log_says_so(heard: Heard, noted: str) -> None:
    call = Call(flow_of(TICKET), Facts(ANA.caller, tickets=(4711,))).hear().hear(heard)

    assert "Record" in call.verbs
    assert call.last is not None
    assert call.last.state.ticket == 0
    assert noted in call.kinds


NEWS = """\
  menu: {do: announcements, then: message}
  message: {do: voicemail}
"""


def test_an_announcement_is_said_and_a_key_asks_to_be_told() -> None:
    call = Call(flow_of(NEWS), Facts(ANA.caller, announcements=(OUTAGE,))).hear()
    assert call.said.startswith("El correo no funciona. Si quiere que le avisemos")

    call.press("1")

    assert call.effects == [NotifyWhenSolved(("out-1",))]
    assert call.said.startswith("De acuerdo. Le avisaremos")


@pytest.mark.parametrize(
    "known", [Facts(WITHHELD), Facts(read_caller("+34912223344")), Facts(ANA.caller, desk_texts=False)]
)
def test_nobody_is_promised_word_who_cannot_be_told(known: Facts) -> None:
    call = Call(flow_of(NEWS), replace(known, announcements=(OUTAGE,))).hear()

    assert call.said.startswith("El correo no funciona. Deje su mensaje")
    assert call.verbs == ["Say", "Say", "Record", "Redirect"]


def test_an_announcement_without_words_in_the_language_is_not_said() -> None:
    only_english = Announcement("out-1", {"en": "Mail does not work.", "es": " \x00 "})

    assert Call(flow_of(NEWS), Facts(ANA.caller, announcements=(only_english,))).hear().verbs[0] == "Say"


COLLECT = """\
  menu: {do: collect, say: question, name: customer, least: 4, most: 16%s, then: bye}
  message: {do: voicemail}
  bye: {do: hang_up}
"""


def test_digits_that_were_asked_for_are_kept_in_the_state() -> None:
    call = Call(flow_of(COLLECT % "")).hear().press("4711#")

    assert call.last is not None
    assert call.last.state.answers == (("customer", "4711"),)


@pytest.mark.parametrize("digits", ["4111111111111111", "4111111111111"])
def test_what_may_be_a_card_is_kept_nowhere(digits: str) -> None:
    call = Call(flow_of(COLLECT % "")).hear().press(digits)

    assert call.last is not None
    assert call.last.state.answers == (("customer", f"x{len(digits)}"),)
    assert digits not in f"{call.last} {Heard(digits=digits)}"


def test_sensitive_digits_are_kept_nowhere() -> None:
    call = Call(flow_of(COLLECT % ", sensitive: true")).hear().press("4711")

    assert call.last is not None
    assert call.last.state.answers == (("customer", "x4"),)


def test_digits_that_are_too_few_are_asked_for_again() -> None:
    assert Call(flow_of(COLLECT % "")).hear().press("47").kinds == ["misunderstood"]


def test_recording_starts_behind_its_announcement_and_pauses_for_what_is_sensitive() -> None:
    flow = flow_of(
        "  menu: {do: record, say: question, what: call, then: card}\n"
        "  card: {do: collect, say: question, name: card, least: 12, most: 19, sensitive: true, then: message}\n"
        "  message: {do: voicemail}\n"
    )
    call = Call(flow).hear()
    assert (call.verbs, call.effects) == (["Say", "Redirect"], [])

    call.hear()
    assert call.effects == [StartRecording(), PauseRecording()]

    call.press("12")
    assert call.effects == [StartRecording(), PauseRecording()]

    call.press("4111111111111111")
    assert call.effects == [StartRecording(), PauseRecording(), ResumeRecording()]


@pytest.mark.parametrize("rest", ["11", "#", ""])
def test_what_is_typed_beyond_the_digits_that_were_asked_for_answers_nothing_else(rest: str) -> None:
    flow = flow_of(
        "  menu: {do: record, say: question, what: call, then: code}\n"
        "  code: {do: collect, say: question, name: code, most: 8, sensitive: true, then: team}\n"
        "  team: {do: team, team: first-line, offered: back, unavailable: message, unanswered: message}\n"
        "  back: {do: callback, team: first-line}\n"
        "  message: {do: voicemail}\n"
    )
    call = Call(flow).hear().hear().press("12345678")
    swallowing = call.verb()
    assert (call.said, swallowing.seconds, swallowing.digits, swallowing.finish_key) == ("", 1, 0, "#")
    assert ResumeRecording() not in call.effects, "what is still typed is as sensitive"

    call.press(rest)

    assert call.kinds[-2:] == ["collected", "queued"]
    assert ResumeRecording() in call.effects


def test_the_announcement_of_a_recording_cannot_be_interrupted_by_a_key() -> None:
    flow = flow_of(
        "  menu: {do: record, say: question, then: more}\n"
        "  more: {do: menu, say: question, choices: [{key: '1', then: message}]}\n"
        "  message: {do: voicemail}\n"
    )

    assert Call(flow).hear().verbs == ["Say", "Gather"]


def test_a_call_that_goes_round_comes_to_the_fallback() -> None:
    flow = flow_of(
        "  menu: {do: menu, say: question, choices: [{key: '1', then: menu}, {key: '2', then: message}]}\n"
        "  message: {do: voicemail}\n"
    )
    call = Call(flow).hear()
    for _ in range(LATE_STEP - 1):
        call.press("1")

    assert call.kinds[-1] == "late"
    assert call.last is not None
    assert call.last.state.step == LATE_STEP
