"""What the end of a call becomes: who talked, the recording of it, and what the team's channel is told, once."""

from collections.abc import Sequence
from typing import Any

import pytest

from intake_phone.adapters.words import load_words
from intake_phone.domain.calls.effects import RecordingLeft, TextLink
from intake_phone.domain.calls.record import CallRecord, noted
from intake_phone.domain.calls.ringing import LEFT
from intake_phone.domain.calls.state import State
from intake_phone.domain.calls.turn import Entry, Step
from intake_phone.domain.flows.book import FlowBook
from intake_phone.errors import TwilioAway
from intake_phone.handlers.calls.read import CallReader
from intake_phone.handlers.legs.tell import CallTeller
from intake_phone.ports.calls import ListedRecording
from tests.unit.intake_phone.samples import flow_of
from tests.unit.intake_phone.test_files_out import file
from tests.unit.intake_phone.test_ringing import ANA, EVA, TOLD, TOM
from tests.unit.intake_phone.test_settling import LATE, SERVED, Ends
from ventanilla_contracts.events import Attachment, MessageReceived

FORM = {"CallSid": ANA, "AccountSid": "AC1", "From": "+34600000001", "To": "+34910000100", "CallStatus": "completed",
        "CallDuration": "42", "Direction": "inbound"}  # fmt: skip


class Reads(Ends):
    """A desk that reads the ends of calls."""

    def __init__(self) -> None:
        super().__init__(EVA, TOM)
        self.kept = CallRecord()
        self.left: dict[str, list[str]] = {}
        self.listed: list[str] = []
        self.textless: set[str] = set()

    async def record(self, call: str) -> CallRecord:
        return self.kept

    async def recordings_of(self, call: str) -> Sequence[ListedRecording]:
        self.listed.append(call)
        left = [ListedRecording(sid, 9, left=True) for sid in self.left.get(call, [])]
        return left + [ListedRecording(sid, 9, left=False) for sid in self.recordings.get(call, [])]

    async def recording(self, sid: str, form: str = "mp3") -> bytes | None:
        return b"ID3"

    async def keep(self, data: bytes, name: str, media_type: str, owner: str) -> Attachment:
        return file(name, media_type)

    def can_text(self, number: str) -> bool:
        return number not in self.textless

    async def is_textless(self, customer: str) -> bool:
        return customer in self.textless

    async def read(self, *, late: bool = False) -> MessageReceived | None:
        around: Any = self  # of all that a reader may ask, what is asked here
        reader = CallReader(
            book=FlowBook({}, flow_of()), calls=around, settler=self.settler, teller=CallTeller(self, "desk"),
            recordings=around, lists=around, files=around, transcribes=None, numbers=around, texts=around,
            words=load_words(), region=None,
        )  # fmt: skip
        return await reader.read(FORM, LATE if late else TOLD)

    def over(self) -> list[tuple[str | None, str | None]]:
        return [(one["agent"], one["message_id"]) for one in self.told if one["state"] == "over"]


async def test_a_call_that_ended_before_the_queue_is_over_in_the_teams_channel_with_its_ticket() -> None:
    desk = Reads()
    await desk.waits()
    message = await desk.read()
    assert message is not None
    assert desk.over() == [(None, message.id)]


async def test_a_call_waits_a_little_for_what_becomes_of_a_text_and_tells_then_that_it_is_being_sent() -> None:
    desk = Reads()
    promised = Step((), State("link", step=3), (TextLink("+34600000001", "https://desk.example", "es"),))
    desk.kept = CallRecord((noted(flow_of(), promised, over=False),))
    with pytest.raises(TwilioAway):
        await desk.read()
    message = await desk.read(late=True)
    assert message is not None
    assert "- Se le está enviando un enlace por mensaje de texto." in message.text


async def test_a_call_has_no_conversation_where_either_number_is_known_for_no_texts_as_one_from_a_landline() -> None:
    desk, pair = Reads(), "sms/+34910000100/+34600000001"
    for textless, conversation in (("", pair), ("+34910000100", None), ("+34600000001", None)):
        desk.textless = {textless}
        message = await desk.read()
        assert message is not None
        assert (message.threading.conversation, message.account) == (conversation, "+34910000100")


@pytest.mark.parametrize("kept", [True, False])
async def test_a_message_that_was_left_while_nothing_could_be_kept_is_on_the_ticket(kept: bool) -> None:
    desk = Reads()
    documents = [noted(flow_of(), Step((), State("menu", step=1)), over=False)]
    if kept:
        ended = Step((), State("message", step=2), (RecordingLeft("RE1", 9, "es"),), (Entry(2, 1, "ended", "message"),))
        documents.append(noted(flow_of(), ended, over=False))
    desk.kept, desk.left[ANA] = CallRecord(tuple(documents)), ["RE1"]
    message = await desk.read()
    assert message is not None
    assert len(message.attachments) == 1
    assert desk.listed == ([] if kept else [ANA])


@pytest.mark.parametrize("rounds", [1, 2])
async def test_of_a_wait_whose_end_was_told_the_channel_hears_once(rounds: int) -> None:
    desk = Reads()
    await desk.waits()
    await desk.gone()
    for _ in range(rounds):
        await desk.read()
    assert (await desk.bucket.waits(ANA)).at(3).ended == LEFT
    assert len(desk.over()) == 1


async def test_who_talked_though_no_word_of_it_arrived_has_the_ticket_and_the_note_to_write() -> None:
    desk = Reads()
    await desk.waits(in_turn=True, queue="first-line.recorded")
    eva = desk.phones.made[0].sid
    desk.phones.statuses[eva], desk.recordings[eva], desk.kept = "completed", ["RE1"], SERVED
    with pytest.raises(TwilioAway):
        await desk.read()
    message = await desk.read(late=True)
    assert message is not None
    assert message.call is not None
    assert (message.call.taken_by, len(message.attachments), desk.over()) == ("eva", 1, [("eva", message.id)])
    assert "Eva" in message.text
