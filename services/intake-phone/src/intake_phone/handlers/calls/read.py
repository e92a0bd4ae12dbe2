"""Read the end of a call: what was kept of it, and the message that was left, become the desk's event."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import structlog

from intake_phone.domain.calls.queueing import is_recorded
from intake_phone.domain.calls.received import (
    OVER,
    Call,
    facts_of,
    is_worth_a_message,
    read_call,
    received,
    received_id,
    report_of,
    waited_seconds,
)
from intake_phone.domain.calls.record import CallRecord
from intake_phone.domain.calls.ringing import LEFT, Ring, Waits
from intake_phone.domain.calls.waiting import Name
from intake_phone.domain.flows.book import FlowBook
from intake_phone.errors import NotTranscribed, TwilioAway
from intake_phone.handlers.legs.settle import Settler
from intake_phone.handlers.legs.tell import CallTeller
from intake_phone.ports.calls import (
    FetchesRecordings,
    KeepsCalls,
    KnowsNumbers,
    KnowsTextless,
    ListedRecording,
    ListsRecordings,
    Transcribes,
)
from intake_phone.ports.phone import KeepsFiles
from ventanilla_contracts.events import Attachment, MessageReceived
from ventanilla_runtime.delivery import Delivery

log = structlog.get_logger()

PATIENCE: Final = 12
"""So often the end of a call waits for its recording; about eight minutes."""
SETTLING: Final = 2
"""So often it waits for words of its waits, or for a text to the caller, that are still under way; six seconds."""
RECORDING: Final = "r"
"""In a call's state: it was recorded, as `domain.calls.state` writes it."""
CUT: Final = "attachments_cut"
SOUND: Final = "audio/mpeg"


class CallReader:
    """Reads ends of calls."""

    def __init__(
        self,
        *,
        book: FlowBook,
        calls: KeepsCalls,
        settler: Settler,
        teller: CallTeller,
        recordings: FetchesRecordings,
        lists: ListsRecordings,
        files: KeepsFiles,
        transcribes: Transcribes | None,
        numbers: KnowsNumbers,
        texts: KnowsTextless,
        words: Mapping[str, Mapping[str, str]],
        region: str | None,
    ) -> None:
        self._book = book
        self._calls = calls
        self._settler = settler
        self._teller = teller
        self._recordings = recordings
        self._lists = lists
        self._files = files
        self._transcribes = transcribes
        self._numbers = numbers
        self._texts = texts
        self._words = words
        self._region = region

    async def read(self, form: Mapping[str, str], delivery: Delivery) -> MessageReceived | None:
        """The event of a call; None: it is none of a customer's, is not over, or was not taken.

        Raises:
            TwilioAway, TwilioBusy: its recording cannot be had now, what rang for it not stopped, or a text to the
                caller is under way; after some tries it goes without, and says so.
            Temporary: the broker is away.
            Senseless: it does not say which call.
        """
        call = read_call(form, self._region)
        if not call.incoming or call.status not in OVER:
            return None
        waits = await self._settler.settle(call.sid, patient=delivery.deliveries <= SETTLING)
        flow = self._book.flow_for(call.number)
        record = await self._calls.record(call.sid)
        if record.texting and delivery.deliveries <= SETTLING:
            raise TwilioAway("what became of a text that was promised is not known yet")
        conversations: list[ListedRecording] = []
        if call.reconciled or RECORDING in record.state or not record.whole:
            # What was recorded of the whole call, or while nothing could be kept, only Twilio knows.
            listed = await self._listed(call.sid, delivery)
            record = record.with_recordings([(one.sid, one.seconds) for one in listed if one.left])
            conversations = [one for one in listed if not one.left]
        found = await self._settler.talk(waits, record, partial(self._listed, delivery=delivery))
        step, talk = found or (0, None)
        wait = found or waits.last
        waited = waited_seconds(call, record, wait, delivery.stored_at.timestamp())
        wish = wait[1].wish if wait else None
        told = report_of(call, record, flow, self._words, talk, waited, wish.team if wish else "")
        await self._tell_who_left(call.sid, waits, step, delivery)
        if not is_worth_a_message(told):
            return None
        attachments, transcript = await self._message_left(call, record, told.language, delivery)
        conversations += await self._conversations(talk, delivery)
        for position, one in enumerate(conversations, 1):
            # Nobody makes words of these: what an agent or our own prompts say is not the customer's message.
            name = f"{self._words[told.language]['file.conversation']}-{position}.mp3"
            if (sound := await self._sound(one.sid, delivery)) is not None:
                kept = await self._files.keep(sound, name, SOUND, received_id(call.sid))
                # The link to the page goes to the number that called, which proves nothing.
                attachments.append(kept.model_copy(update={"desk_only": True}))
        missing = (CUT,) if len(attachments) < len(record.recordings) + len(conversations) else ()
        if talk is not None:
            await self._teller.ended(Name(call.sid, step), talk, received_id(call.sid), delivery)
        facts, texts = facts_of(told, talk, record), self._numbers.can_text(call.number)
        if call.caller.textable and await self._texts.is_textless(call.caller.number):
            call = replace(call, caller=replace(call.caller, textable=False))
        return received(call, told, attachments, missing, transcript, facts, desk_texts=texts)

    async def _tell_who_left(self, call: str, waits: Waits, talked: int, delivery: Delivery) -> None:
        """Tell the team's channel of waits whose end nobody told it; at the step `talked` it hears of the talk."""
        for step, ring in waits.rings.items():
            if step != talked and ring.wish is not None and ring.taken is None and ring.ended != LEFT:
                await self._teller.left(Name(call, step), ring, received_id(call), delivery)

    async def _conversations(self, talk: Ring | None, delivery: Delivery) -> Sequence[ListedRecording]:
        """Recordings of the talk with an agent: they are made on the agent's call."""
        if talk is None or talk.wish is None or talk.taken is None or not is_recorded(talk.wish.queue):
            return ()
        return await self._listed(talk.taken.leg, delivery)

    async def _listed(self, sid: str, delivery: Delivery) -> Sequence[ListedRecording]:
        try:
            return await self._lists.recordings_of(sid)
        except TwilioAway:
            if delivery.deliveries <= PATIENCE:
                raise
            log.warning("call.recordings_unknown", call=sid)
            return ()

    async def _message_left(
        self, call: Call, record: CallRecord, language: str, delivery: Delivery
    ) -> tuple[list[Attachment], str]:
        attachments: list[Attachment] = []
        said: list[str] = []
        for position, (sid, _) in enumerate(record.recordings, 1):
            sound = await self._sound(sid, delivery)
            if sound is None:
                continue
            name = f"{self._words[language]['file.voicemail']}-{position}.mp3"
            attachments.append(await self._files.keep(sound, name, SOUND, received_id(call.sid)))
            said.append(await self._said(sid, language))
        return attachments, "\n\n".join(filter(None, said))

    async def _sound(self, sid: str, delivery: Delivery) -> bytes | None:
        try:
            return await self._recordings.recording(sid)
        except TwilioAway:
            if delivery.deliveries <= PATIENCE:
                raise
            log.warning("call.without_recording", recording=sid)
            return None

    async def _said(self, sid: str, language: str) -> str:
        """What is said in a message, or that nobody knows: then the recording alone is there."""
        if self._transcribes is None:
            return ""
        try:
            # Of the uncompressed sound more is understood.
            sound = await self._recordings.recording(sid, "wav")
            return "" if sound is None else await self._transcribes.words(sound, "audio/wav", language)
        except (NotTranscribed, TwilioAway) as error:
            log.warning("recording.not_transcribed", reason=str(error))
            return self._words[language]["text.not_transcribed"]
