"""The flow that comes with the service, as callers hear it in both languages."""

from intake_phone.adapters.flow_file import default_flow
from intake_phone.domain.calls.effects import RingTeam
from intake_phone.domain.calls.facts import Facts
from tests.unit.intake_phone.samples import ANA, NIGHT, OUTAGE, Call

FLOW = default_flow(2026)


def test_a_spanish_caller_reaches_support() -> None:
    call = Call(FLOW).hear()
    assert call.said.startswith("Bienvenido.")

    call.press("1").speak("No funciona el correo")

    assert call.verbs == ["Say", "Enqueue"]
    assert [type(effect) for effect in call.effects][-1] is RingTeam


def test_an_english_caller_reaches_billing_by_key() -> None:
    call = Call(FLOW).hear().press("2")
    assert call.said.startswith("If something does not work")

    assert call.press("2").verb().queue == "billing"


def test_a_caller_who_is_known_hears_of_the_outage_and_of_the_ticket() -> None:
    call = Call(FLOW, Facts(ANA.caller, "en", (4711,), (OUTAGE,))).hear()
    assert call.said.startswith("Welcome to the help desk. Mail does not work.")

    call.press("1")
    assert "your ticket four, seven, one, one, press one" in call.said

    assert call.press("1").said.startswith("If something does not work")


def test_at_night_and_on_holidays_a_message_is_taken() -> None:
    assert "Volvemos el lunes a las 09:00." in Call(FLOW, Facts(language="es"), NIGHT).hear().said
    christmas = NIGHT.replace(month=12, day=25, hour=10)
    assert "Record" in Call(FLOW, Facts(language="es"), christmas).hear().verbs


def test_somebody_who_only_keeps_silent_reaches_a_person() -> None:
    call = Call(FLOW).hear()
    for _ in range(6):
        if call.verbs[-1] != "Gather":
            break
        call.hear()

    assert call.verbs[-1] == "Enqueue"
    assert call.kinds[-2:] == ["fell_back", "queued"]
