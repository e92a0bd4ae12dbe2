"""The lines of a call's log stand as they happened: at each ending, and in whatever order they were kept."""

import random
from dataclasses import replace

import pytest

from intake_phone.domain.calls.effects import TextLink
from intake_phone.domain.calls.heard import Heard
from intake_phone.domain.calls.record import CallRecord, Noted, noted, noted_beside
from intake_phone.domain.outcome import in_order
from tests.unit.intake_phone.samples import ANA, Call, flow_of

NODES = """\
  menu:
    do: menu
    say: question
    choices:
      - {key: "1", then: team}
      - {key: "2", then: message}
      - {key: "3", then: other}
      - {key: "4", then: link}
      - {key: "5", then: back}
      - {key: "6", then: bye}
  team: {do: team, team: first-line, offered: back, unavailable: message, unanswered: message}
  message: {do: voicemail}
  other: {do: transfer, number: "+34930000000", unanswered: message}
  link: {do: text_link, text: question, url: "https://desk.example/s", then: bye, otherwise: message}
  back: {do: callback, team: first-line}
  bye: {do: hang_up}
"""
SID = "RE" + "a" * 32
BRIDGED, LEFT = Heard(queue="bridged", queue_seconds=9), Heard(queue="leave", queue_seconds=9)
MESSAGE = Heard(recording=SID, recording_seconds=9)
GONE = Heard(hung_up=True)


def documents(key: str, *heard: Heard) -> list[Noted]:
    """What is kept of a call that presses a key in the menu and goes on like this."""
    call = Call(flow_of(NODES), replace(ANA, left_by_key=True)).hear()
    kept = []
    for one in (Heard(digits=key), *heard):
        recording = call.verbs[-2:-1] == ["Record"]
        call.hear(one, verb=-2 if recording else -1)
        assert call.last is not None
        kept.append(noted(call.flow, call.last, over=one.hung_up))
        kept += [
            noted_beside(call.last.state, position, "texted")
            for position, effect in enumerate(call.last.effects)
            if isinstance(effect, TextLink)
        ]
    return kept


@pytest.mark.parametrize(
    ("key", "heard", "kinds"),
    [
        ("1", (replace(LEFT, queue="hangup", hung_up=True),), "queued left_queue hung_up"),
        ("1", (BRIDGED,), "queued answered ended"),
        ("1", (replace(BRIDGED, hung_up=True),), "queued answered hung_up"),
        ("1", (LEFT,), "queued left_queue callback ended"),
        ("1", (replace(LEFT, queue="error"), MESSAGE), "queued left_queue recorded ended"),
        ("1", (replace(LEFT, queue="error"), replace(MESSAGE, hung_up=True)), "queued left_queue recorded hung_up"),
        ("2", (MESSAGE,), "recorded ended"),
        ("2", (replace(MESSAGE, hung_up=True),), "recorded hung_up"),
        ("2", (GONE,), "hung_up"),
        ("3", (Heard(dial="completed"),), "dialled ended"),
        ("3", (Heard(dial="completed", hung_up=True),), "dialled hung_up"),
        ("3", (Heard(dial="busy"), replace(MESSAGE, hung_up=True)), "dialled recorded hung_up"),
        ("4", (), "texted ended"),
        ("5", (), "callback ended"),
        ("6", (), "ended"),
    ],
)
def test_each_ending_is_told_as_it_happened(key: str, heard: tuple[Heard, ...], kinds: str) -> None:
    kept = documents(key, *heard)
    for seed in range(5):
        random.Random(seed).shuffle(kept)
        entries = [entry.kind for entry in in_order(CallRecord(tuple(kept)).entries)]
        assert entries == ["chose", *kinds.split()]


@pytest.mark.parametrize("ending", [Heard(recording=SID, recording_seconds=9), GONE])
def test_a_message_that_only_twilio_knows_stands_before_the_end_of_the_call(ending: Heard) -> None:
    kept = [replace(one, recordings=()) for one in documents("2", ending)]
    kept = [replace(one, entries=tuple(each for each in one.entries if each.kind != "recorded")) for one in kept]
    record = CallRecord(tuple(kept)).with_recordings([(SID, 9)])
    kinds = [entry.kind for entry in in_order(record.entries)]
    assert kinds == ["chose", "recorded", "hung_up" if ending.hung_up else "ended"]


def test_of_a_call_of_which_nothing_else_was_kept_the_message_is_told() -> None:
    record = CallRecord().with_recordings([(SID, 9), (f"{SID}2", 3)])
    assert [entry.detail for entry in in_order(record.entries)] == ["9", "3"]
