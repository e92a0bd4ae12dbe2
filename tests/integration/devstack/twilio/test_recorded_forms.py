"""Ours against recorded requests that we did not write: every field that they have, ours have, of the same kind."""

import os
import re
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from twilio.rest import Client

from tests.integration.devstack.twilio.conftest import rest
from tests.integration.devstack.twilio.desk import Desk
from ventanilla_devstack.twilio.seed import CARMEN, DESK_EN, DESK_ES, JOHN
from ventanilla_devstack.twilio.server import LocalTwilio

_BESIDE_THE_PROJECT = Path(__file__).parents[5] / "shared" / "data" / "twilio"
FOLDER = Path(os.environ.get("VENTANILLA_TWILIO_FORMS") or _BESIDE_THE_PROJECT)
_KINDS = (
    ("sid", r"[A-Z]{2}[0-9a-f]{32}"),
    ("number", r"\d+"),
    ("telephone", r"(whatsapp:)?\+\d+"),
    ("date", r"\w{3}, \d{2} \w{3} \d{4} [\d:]{8} [+-]\d{4}"),
    ("address", r"https?://\S+"),
    ("empty", r""),
)


def recorded(name: str) -> dict[str, str]:
    path = FOLDER / name
    if not path.exists():
        pytest.skip("no recorded forms of Twilio here: VENTANILLA_TWILIO_FORMS names their folder")
    return dict(parse_qsl(path.read_text(encoding="utf-8").strip(), keep_blank_values=True))


def kind(value: str) -> str:
    return next((name for name, pattern in _KINDS if re.fullmatch(pattern, value)), "text")


def differences(theirs: dict[str, str], ours: dict[str, str]) -> list[str]:
    """Fields that the recorded form has and ours lacks, or has of another kind."""
    missing = [f"{name}: missing" for name in theirs if name not in ours]
    return missing + [
        f"{name}: {kind(value)}, ours {kind(ours[name])}"
        for name, value in theirs.items()
        if name in ours and kind(value) != kind(ours[name])
    ]


def test_a_missing_field_and_another_kind_are_differences() -> None:
    assert differences({"A": "1", "B": "x"}, {"B": "+34600000001"}) == ["A: missing", "B: text, ours telephone"]


async def test_an_incoming_call_and_its_end(twilio: LocalTwilio, desk: Desk) -> None:
    twilio.number(DESK_EN, voice_url=f"{desk.url}/voice", status_callback=f"{desk.url}/status")
    await twilio.call(JOHN, DESK_EN).ended()
    await twilio.callbacks.settle()

    assert differences(recorded("voice-inbound-us.form"), desk.at("/voice")[0]) == []
    assert differences(recorded("voice-status-completed.form"), desk.at("/status")[0]) == []


async def test_a_voicemail_that_was_recorded(twilio: LocalTwilio, desk: Desk) -> None:
    desk.replies["/voice"] = '<Record recordingStatusCallback="/recording" action="/done"/>'
    caller = twilio.call(CARMEN, DESK_ES)
    caller.speak("Hola")
    caller.press("#")
    await caller.ended()
    await twilio.callbacks.settle()

    assert differences(recorded("recording-status-recordverb.form"), desk.at("/recording")[0]) == []


@pytest.mark.parametrize(
    ("name", "body", "media"),
    [
        ("sms-inbound-us-punctuation.form", "It's working!!!", ()),
        ("sms-stop.form", "STOP", ()),
        ("mms-inbound-image-empty-body.form", "", (("image/jpeg", b"\xff\xd8"),)),
    ],
)
async def test_texts_that_come_in(
    twilio: LocalTwilio, desk: Desk, name: str, body: str, media: tuple[tuple[str, bytes], ...]
) -> None:
    twilio.number(DESK_EN, sms_url=f"{desk.url}/messages")
    await twilio.text(JOHN, DESK_EN, body, media)

    assert differences(recorded(name), desk.at("/messages")[0]) == []


async def test_a_text_by_whatsapp(twilio: LocalTwilio, desk: Desk) -> None:
    await twilio.text(f"whatsapp:{CARMEN}", f"whatsapp:{DESK_ES}", "Olá", profile="Ana")

    assert differences(recorded("whatsapp-inbound-text.form"), desk.at("/messages")[0]) == []


async def test_the_states_of_a_text(twilio: LocalTwilio, desk: Desk, client: Client) -> None:
    await rest(client.messages.create, to=CARMEN, from_=DESK_ES, body="x", status_callback=f"{desk.url}/delivery")
    await twilio.hands.receive(CARMEN)
    await twilio.callbacks.settle()

    assert differences(recorded("sms-status-delivered.form"), desk.at("/delivery")[0]) == []
