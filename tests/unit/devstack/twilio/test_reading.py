"""What is read of the desk's answers."""

import pytest
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from ventanilla_devstack.twilio.errors import DocumentFailed
from ventanilla_devstack.twilio.twiml.reading import Document, read
from ventanilla_devstack.twilio.twiml.schema import MESSAGING


def document(body: str, kind: str = "text/xml; charset=utf-8") -> Document:
    return read(body.encode(), kind, "http://desk.example/voice")


def test_what_twilios_library_writes_is_read_without_a_warning() -> None:
    written = VoiceResponse()
    written.say("Hola & adiós", language="es-ES", voice="Polly.Lucia-Neural", loop=2)
    gather = Gather(input="dtmf speech", num_digits=1, timeout=5, speech_timeout="auto", action="/a?b=1&c=2",
                    hints="ventas, soporte", action_on_empty_result=True, language="es-ES")  # fmt: skip
    gather.say("Pulse uno")
    gather.pause(length=1)
    written.append(gather)
    dial = Dial(
        caller_id="+34910000100", timeout=20, action="/d", record="record-from-answer-dual", hangup_on_star=True
    )
    dial.number(
        "+34600000011", url="/w", status_callback="/s", status_callback_event="initiated ringing answered completed"
    )
    dial.queue("soporte", url="/q")
    written.append(dial)
    written.enqueue("soporte", action="/e", wait_url="/wait", wait_url_method="POST")
    written.record(max_length=120, finish_on_key="#", play_beep=True, recording_status_callback="/r",
                   recording_status_callback_event="in-progress completed absent", trim="do-not-trim")  # fmt: skip
    written.play("/a.mp3", digits="1w2")
    written.leave()
    written.pause(length=3)
    written.reject(reason="busy")
    written.redirect("/x", method="GET")
    written.hangup()

    found = document(str(written))

    assert found.warnings == ()
    assert [verb.name for verb in found.verbs] == [
        "Say", "Gather", "Dial", "Enqueue", "Record", "Play", "Leave", "Pause", "Reject", "Redirect", "Hangup",
    ]  # fmt: skip
    assert found.verbs[0].text == "Hola & adiós"
    assert [child.name for child in found.verbs[2].children] == ["Number", "Queue"]


def test_marks_of_speech_are_left_out_of_the_words() -> None:
    found = document(
        '<Response><Say>Ticket <say-as interpret-as="digits">4711</say-as><break time="1s"/>'
        '<sub alias="por ejemplo">p. ej.</sub> hoy</Say></Response>'
    )

    assert found.verbs[0].text == "Ticket 4711 por ejemplo hoy"
    assert found.warnings == ()


def test_plain_text_is_said_and_sound_is_played() -> None:
    assert document("Hola", "text/plain").verbs[0].text == "Hola"
    assert document("RIFF", "audio/wav").verbs[0].name == "Play"


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        ("<Response/>", "", 12300),
        ("<Response/>", "application/json", 12300),
        ("", "text/xml", 12100),
        ("no xml", "text/xml", 12100),
        ("<response/>", "text/xml", 12102),
        ("<Response>" + "x" * 65_536 + "</Response>", "text/xml", 11750),
    ],
)
def test_what_is_no_document_is_refused(body: str, kind: str, code: int) -> None:
    with pytest.raises(DocumentFailed) as failed:
        document(body, kind)

    assert failed.value.trouble.code == code
    assert failed.value.trouble.fatal


def test_an_answer_to_a_text_may_be_empty_or_plain() -> None:
    def answer(body: str, kind: str) -> Document:
        return read(body.encode(), kind, "http://desk.example", MESSAGING, messaging=True)

    assert answer("", "application/octet-stream").verbs == ()
    assert answer("Gracias", "text/plain").verbs[0].text == "Gracias"
    assert [
        verb.name for verb in answer("<Response><Say>x</Say><Message>y</Message></Response>", "text/xml").verbs
    ] == ["Message"]
