"""What is kept of a call while it goes on, and what its end makes of it."""

import pytest

from intake_phone.adapters.flow_file import default_flow
from intake_phone.adapters.words import load_words
from intake_phone.domain.calls.effects import NotifyWhenSolved, RecordingLeft, StopRinging, WantCallback
from intake_phone.domain.calls.received import (
    facts_of,
    is_worth_a_message,
    read_call,
    received,
    report_of,
    waited_seconds,
)
from intake_phone.domain.calls.record import CallRecord, noted, read_noted, written
from intake_phone.domain.calls.ringing import Ring, Wish
from intake_phone.domain.calls.state import State
from intake_phone.domain.calls.turn import Entry, Step

FLOW = default_flow(2026)
WORDS = load_words()
SID = "CA" + "0" * 32
FORM = {"CallSid": SID, "AccountSid": "AC1", "From": "+34600000001", "To": "+34910000100", "CallStatus": "completed",
        "CallDuration": "42", "Direction": "inbound"}  # fmt: skip


def document(step: int, *entries: Entry, state: State | None = None, effects: tuple[object, ...] = ()) -> Step:
    return Step((), state or State("menu", "es", step), effects, entries)  # type: ignore[arg-type]  # shorter


def kept(*steps: Step) -> CallRecord:
    documents = [noted(FLOW, one, over=False) for one in steps]
    read = [read_noted(one.name, written(one)) for one in documents]
    assert read == documents
    return CallRecord(tuple(one for one in read if one))


def test_what_is_kept_is_read_back_whole() -> None:
    record = kept(
        document(1, Entry(1, 0, "chose", "language", "es")),
        document(
            2, Entry(2, 0, "callback", "call-me", "first-line"), effects=(WantCallback("first-line", "+34911", None),)
        ),
        document(3, Entry(3, 0, "recorded", "message", "7"), effects=(RecordingLeft("RE1", 7, "es"),)),
    )
    assert [entry.kind for entry in record.entries] == ["chose", "callback", "recorded"]
    assert (record.recordings, record.callback_number, record.state["n"]) == ((("RE1", 7),), "+34911", "menu")


def test_of_which_announcements_a_caller_wants_to_hear_the_end_is_told_with_the_call() -> None:
    record = kept(
        document(1, effects=(NotifyWhenSolved(("outage", "wifi_down")),)),
        document(2, effects=(NotifyWhenSolved(("outage",)),)),
    )
    call = read_call(FORM)
    told = report_of(call, record, FLOW, WORDS)
    message = received(call, told, facts=facts_of(told, None, record))

    assert message.call is not None
    assert message.call.announcements == ("outage", "wifi_down")
    assert message.call.sentence == told.sentence


def test_a_document_that_cannot_be_read_is_left_out() -> None:
    for value in (b"", b"{}", b"[]", b'{"flow": 1, "state": [], "entries": [], "recordings": []}', b"\xff"):
        assert read_noted("01", value) is None


def test_recordings_that_only_twilio_knows_make_a_voicemail_of_a_call() -> None:
    record = kept(document(1)).with_recordings([("RE1", 9), ("RE2", 4)])
    told = report_of(read_call(FORM), record, FLOW, WORDS)

    assert told.outcome == "voicemail"
    assert "13 s" in told.text
    assert record.with_recordings([("RE1", 9)]).recordings == (("RE1", 9),)


@pytest.mark.parametrize(("steps", "whole"), [((1, 2), True), ((1,), False), ((2,), False), ((), False)])
def test_a_record_is_whole_once_each_document_is_there_up_to_the_end_of_the_call(
    steps: tuple[int, ...], whole: bool
) -> None:
    ended = Entry(2, 1, "ended", "bye")
    record = kept(*(document(step, *([ended] if step == 2 else [])) for step in steps))
    assert record.whole is whole


def test_a_call_of_which_nothing_was_kept_is_a_missed_one() -> None:
    told = report_of(read_call(FORM), CallRecord(), FLOW, WORDS)
    assert (told.outcome, told.language) == ("missed", "es")


@pytest.mark.parametrize(
    ("state", "entries", "outcome"),
    [
        (State("message", "es", 2), [Entry(1, 0, "silent", "menu")], "without_message"),
        (State("menu", "es", 1), [], "abandoned_in_menu"),
        (State("message", "es", 2), [Entry(2, 0, "closed", "opening", "office")], "missed"),
        (State("message", "es", 2), [Entry(2, 0, "unavailable", "support", "first-line")], "missed"),
    ],
)
def test_who_hung_up_while_a_message_was_asked_for_was_missed_only_where_nobody_was_there(
    state: State, entries: list[Entry], outcome: str
) -> None:
    told = report_of(read_call(FORM), kept(document(2, *entries, state=state)), FLOW, WORDS)

    assert told.outcome == outcome


STARTED = 1_000.0
WAIT = (3, Ring(Wish("first-line", "first-line", True, 20, "n=support", "+34910000100", "es", STARTED)))


@pytest.mark.parametrize(
    ("effects", "wait", "seconds"),
    [
        ((StopRinging("first-line", 7),), WAIT, 7),
        ((StopRinging("first-line", 7),), None, 7),
        ((), WAIT, 12),
        ((), None, None),
    ],
)
def test_who_hung_up_in_a_queue_waited_since_they_joined_it(
    effects: tuple[object, ...], wait: tuple[int, Ring] | None, seconds: int | None
) -> None:
    record = kept(
        document(3, Entry(3, 0, "queued", "support", "first-line"), effects=(StopRinging("billing", 99),)),
        document(4, Entry(4, 0, "left_queue", "support", "hangup"), effects=effects),
    )
    call = read_call(FORM)
    waited = waited_seconds(call, record, wait, STARTED + 12)
    assert waited == (99 if wait is None and not effects else seconds)
    assert f"esperar {waited} s" in report_of(call, record, FLOW, WORDS, None, waited).text


def test_nobody_waited_longer_than_the_call_though_its_end_was_told_late() -> None:
    assert waited_seconds(read_call(FORM), CallRecord(), WAIT, STARTED + 4_000) == 42


def test_a_call_becomes_a_message_that_texts_can_answer() -> None:
    call = read_call(FORM)
    told = report_of(
        call,
        kept(document(1, Entry(1, 0, "chose", "menu", "1"), state=State("menu", "en", 2, ticket=4711))),
        FLOW,
        WORDS,
    )
    message = received(call, told, transcript="Nothing works.")

    assert message.id == f"message.received.v1:voice/{SID}"
    assert (message.language, message.threading.conversation) == ("en", "sms/+34910000100/+34600000001")
    assert message.threading.opens, "it joins the ticket that was chosen, or begins one"
    assert message.subject.endswith("[#4711]"), "the caller said what it is about"
    assert message.text.startswith("Nothing works.\n\n")
    assert message.reply_text == "Nothing works."
    assert message.authentication.grade == "plausible"


def test_landlines_and_withheld_numbers_are_answered_by_nobody_and_are_strangers() -> None:
    landline = read_call({**FORM, "From": "+34910000024"})
    withheld = [read_call({**FORM, "From": "+266696687", "CallSid": f"CA{place:032}"}) for place in (1, 2)]
    told = report_of(landline, CallRecord(), FLOW, WORDS)

    assert received(landline, told).threading.conversation is None
    senders = {received(call, told).sender.address for call in withheld}
    assert len(senders) == 2
    assert all(received(call, told).authentication.grade == "claimed" for call in withheld)


def test_what_the_flow_refused_is_nobodys_business() -> None:
    record = kept(document(1, Entry(1, 0, "rejected", "spam")))
    assert not is_worth_a_message(report_of(read_call(FORM), record, FLOW, WORDS))


def test_the_team_of_a_wait_is_known_where_the_calls_own_notes_are_lost() -> None:
    lost = report_of(read_call(FORM), CallRecord(), FLOW, WORDS, waited_for="billing")

    assert lost.team == "billing"
