"""Verbs as a document: escaped, in a voice, with our addresses."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_phone.domain.twiml import (
    VOICES,
    DialNumber,
    DialQueue,
    Enqueue,
    Gather,
    Hangup,
    Leave,
    Link,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    Verb,
    document,
)
from tests.unit.intake_phone.samples import DOORS
from tests.unit.intake_phone.twiml_rules import faults

ES, EN = VOICES["es"], VOICES["en"]
NEXT = Link("step", "v=1&n=menu")
EACH: list[Verb] = [
    Gather(
        NEXT, [Say("¿Avería?", ES), Play("https://a.example/b?c=1&d=2"), Pause(2)], ES, 5, 1, "", ("avería", "factura")
    ),
    Record(NEXT, Link("recording", "v=1"), 90, "#", 5),
    DialNumber(NEXT, "+34910000000", 20),
    DialQueue(NEXT, "first-line", 5, record=True, told=Link("recording", "v=1"), taken=Link("taken", "k=1")),
    Enqueue(NEXT, Link("wait", "v=1"), "first-line"),
    Redirect(NEXT),
    Reject(busy=True),
    Hangup(),
]


@pytest.mark.parametrize("verb", EACH, ids=lambda verb: type(verb).__name__)
def test_each_verb_is_what_twilio_takes(verb: Verb) -> None:
    assert faults(document([verb], DOORS)) == []


def test_leaving_a_queue_is_only_for_a_wait_document() -> None:
    assert faults(document([Leave()], DOORS), "wait") == []
    assert faults(document([Leave()], DOORS)) == ["Leave outside a queue"]


def test_the_rules_of_these_tests_find_what_twilio_would_refuse() -> None:
    assert faults('<Response><Say loud="yes">a</Say></Response>') == ["neither goes on nor ends", "Say loud='yes'"]
    assert faults("<Response><Gather><Record/></Gather></Response>") == ["Record in Gather"]
    assert faults("<Response><Sing/></Response>") == ["neither goes on nor ends", "unknown verb Sing"]


def test_a_document_reads_as_it_is_meant() -> None:
    assert document([Say("Fault & <fix>", EN), Redirect(NEXT)], DOORS) == (
        '<?xml version="1.0" encoding="UTF-8"?><Response><Say language="en-GB" voice="Polly.Amy-Neural">'
        "Fault &amp; &lt;fix&gt;</Say><Redirect>https://desk.example/twilio/step?v=1&amp;n=menu</Redirect></Response>"
    )


@given(st.text())
def test_any_text_makes_a_document_that_can_be_parsed(text: str) -> None:
    said = ElementTree.fromstring(document([Say(text, ES)], DOORS))[0].text or ""

    assert len(said) <= 4_096


def test_a_text_that_is_too_long_is_cut_between_characters() -> None:
    said = ElementTree.fromstring(document([Say("&" * 5_000, ES)], DOORS))[0].text

    assert said == "&" * 4_096


def test_a_question_without_words_listens_for_keys_only() -> None:
    told = document([Gather(NEXT, [], ES, 5, 1, "")], DOORS)

    assert 'input="dtmf"' in told
    assert "speech" not in told
