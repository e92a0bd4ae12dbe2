"""Read the end of a call: what was kept of it, and the message that was left, become the desk's event."""

from collections.abc import Mapping, Sequence
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
)
from intake_phone.domain.calls.record import CallRecord
from intake_phone.domain.calls.ringing import Ring, talk_of
from intake_phone.domain.calls.waiting import Name
from intake_phone.domain.flows.book import FlowBook
from intake_phone.errors import NotTranscribed, TwilioAway
from intake_phone.handlers.legs.tell import CallTeller
from intake_phone.ports.calling import KnowsRings
from intake_phone.ports.calls import FetchesRecordings, KeepsCalls, ListedRecording, ListsRecordings, Transcribes
from intake_phone.ports.phone import KeepsFiles
from ventanilla_contracts.events import Attachment, MessageReceived
from ventanilla_runtime.delivery import Delivery

log = structlog.get_logger()

PATIENCE: Final = 12
"""So often the end of a call waits for its recording; about eight minutes."""
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
        rings: KnowsRings,
        teller: CallTeller,
        recordings: FetchesRecordings,
        lists: ListsRecordings,
        files: KeepsFiles,
        transcribes: Transcribes | None,
        words: Mapping[str, Mapping[str, str]],
        region: str | None,
    ) -> None:
        self._book = book
        self._calls = calls
        self._rings = rings
        self._teller = teller
        self._recordings = recordings
        self._lists = lists
        self._files = files
        self._transcribes = transcribes
        self._words = words
        self._region = region

    async def read(self, form: Mapping[str, str], delivery: Delivery) -> MessageReceived | None:
        """The event of a call; None: it is none of a customer's, is not over, or was not taken.

        Raises:
            TwilioAway: its recording cannot be had now; after some tries it goes without, and says so.
            Temporary: the broker is away.
            Senseless: it does not say which call.
        """
        call = read_call(form, self._region)
        if not call.incoming or call.status not in OVER:
            return None
        flow = self._book.flow_for(call.number)
        record = await self._calls.record(call.sid)
        conversations: list[ListedRecording] = []
        if call.reconciled or RECORDING in record.state:
            # What was recorded of the whole call, or while nothing could be kept, only Twilio knows.
            listed = await self._listed(call.sid, delivery)
            record = record.with_recordings([(one.sid, one.seconds) for one in listed if one.left])
            conversations = [one for one in listed if not one.left]
        step, talk = talk_of(await self._rings.rings(call.sid)) or (0, None)
        told = report_of(call, record, flow, self._words, talk)
        if not is_worth_a_message(told):
            return None
        attachments, transcript = await self._message_left(call, record, told.language, delivery)
        conversations += await self._conversations(talk, delivery)
        for position, one in enumerate(conversations, 1):
            # Nobody makes words of these: what an agent or our own prompts say is not the customer's message.
            name = f"{self._words[told.language]['file.conversation']}-{position}.mp3"
            if (sound := await self._sound(one.sid, delivery)) is not None:
                attachments.append(await self._files.keep(sound, name, SOUND, received_id(call.sid)))
        missing = (CUT,) if len(attachments) < len(record.recordings) + len(conversations) else ()
        if talk is not None:
            await self._teller.ended(Name(call.sid, step), talk, received_id(call.sid), delivery)
        return received(call, told, attachments, missing, transcript, facts_of(told, talk, record))

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
