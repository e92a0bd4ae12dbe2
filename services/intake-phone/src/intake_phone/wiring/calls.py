"""Calls of customers, wired: what they hear, whose telephones ring for them, and what is read at their end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from intake_phone.adapters.announcements import WithAnnouncements
from intake_phone.adapters.facts import DeskFacts
from intake_phone.adapters.records import CallRecords, RingRecords
from intake_phone.adapters.transcription import Transcription
from intake_phone.domain.calls.legs import LEG
from intake_phone.domain.calls.made import leg_end_id
from intake_phone.domain.calls.received import OVER, read_call
from intake_phone.domain.calls.waiting import read_leg
from intake_phone.domain.flows.book import FlowBook
from intake_phone.domain.twiml import VOICES, Hangup, Say, document
from intake_phone.handlers.accept import Acceptor
from intake_phone.handlers.calls.answer import Answerer
from intake_phone.handlers.calls.codes import Codes
from intake_phone.handlers.calls.doing import Doer
from intake_phone.handlers.calls.linking import Linker
from intake_phone.handlers.calls.read import CallReader
from intake_phone.handlers.legs.ring import Ringer
from intake_phone.handlers.legs.settle import Settler
from intake_phone.handlers.legs.tell import CallTeller
from intake_phone.handlers.read import Reads
from intake_phone.ports.calls import KnowsNumbers
from intake_phone.settings import Settings
from intake_phone.wiring.announcements import announcements_of
from intake_phone.wiring.ground import Ground

CALL: Final = "call"
LEG_KIND: Final = "leg"


@dataclass(frozen=True, slots=True)
class Calls:
    """Who answers, who rings, who reads what came of it, and who texts what was promised."""

    answerer: Answerer
    ringer: Ringer
    reader: CallReader
    linker: Linker

    def kinds(self) -> dict[str, Reads]:
        """What reads the words about calls in PHONE."""
        rings = self.ringer
        return {
            CALL: self.reader.read,
            "ring": rings.wanted,
            LEG_KIND: rings.leg_ended,
            "taken": rings.taken,
            "talked": rings.talked,
            "gone": rings.gone,
            "link": self.linker.read,
        }


def calls_of(ground: Ground, numbers: KnowsNumbers) -> Calls:
    """Calls, ready to come in. `numbers`: what those of the desk can do."""
    settings, service = ground.settings, ground.service
    calls, rings = CallRecords(ground.state, ground.many), RingRecords(ground.many)
    doer = Doer(
        ground.twilio,
        ground.state,
        ground.acceptor,
        seconds=settings.call_seconds,
        accept_seconds=settings.accept_seconds,
    )
    service.stack.push_async_callback(doer.close)
    callers = DeskFacts(
        ground.state,
        ground.desk,
        ground.staff,
        ground.subscriptions,
        numbers,
        settings.region,
        settings.call_seconds / 2,
    )
    teller = CallTeller(service.publisher, settings.prefix)
    answerer = Answerer(
        book=ground.book,
        calls=calls,
        facts=WithAnnouncements(callers, announcements_of(service, settings, ground.session)),
        rings=rings,
        teams=ground.staff,
        doer=doer,
        codes=Codes(ground.desk, settings.call_seconds),
        doors=ground.doors,
        region=settings.region,
        seconds=settings.call_seconds,
    )
    ringer = Ringer(
        state=ground.state,
        rings=rings,
        placer=ground.placer,
        calls=ground.twilio,
        staff=ground.staff,
        teller=teller,
        doors=ground.doors,
    )
    reader = CallReader(
        book=ground.book,
        calls=calls,
        settler=Settler(state=ground.state, rings=rings, placer=ground.placer, staff=ground.staff),
        teller=teller,
        recordings=ground.files,
        lists=ground.twilio,
        files=ground.files,
        transcribes=_transcription(ground),
        numbers=numbers,
        texts=ground.subscriptions,
        words=ground.words,
        region=settings.region,
    )
    return Calls(answerer, ringer, reader, Linker(ground.texter, ground.subscriptions, calls))


async def call_ended(
    acceptor: Acceptor, settings: Settings, _query: Mapping[str, str], form: Mapping[str, str]
) -> None:
    """The end of a call; states before it tell nothing that anybody waits for.

    Raises:
        NotAccepted: Twilio is to bring it again.
    """
    call = read_call(form, settings.region)
    if call.incoming and call.status in OVER:
        await acceptor.accept(CALL, call.sid, form, "webhook", settings.accept_seconds)


async def leg_ended(acceptor: Acceptor, settings: Settings, query: Mapping[str, str], form: Mapping[str, str]) -> None:
    """The end of a call of ours to an agent of a team; which one it was the address says.

    Raises:
        Senseless: it does not.
        NotAccepted: Twilio is to bring it again.
    """
    _, leg = read_leg(query)
    told = {**form, LEG: query[LEG]}
    sid = leg_end_id(form.get("CallSid", ""), leg)
    await acceptor.accept(LEG_KIND, sid, told, "webhook", settings.accept_seconds)


def sorry(book: FlowBook) -> str:
    """The document for a call that cannot be answered, in each language of the flow that answers other numbers."""
    flow = book.otherwise
    said = [
        Say(flow.prompts["sorry"][language].text, flow.voices[language])
        for language in flow.languages
        if "sorry" in flow.prompts
    ]
    return document([*said, Hangup()], "")


def sorry_agent(words: Mapping[str, Mapping[str, str]]) -> str:
    """The document for an agent's telephone that rang and cannot be answered, in each language."""
    said = [Say(texts["agent.sorry"], VOICES[language]) for language, texts in words.items()]
    return document([*said, Hangup()], "")


def _transcription(ground: Ground) -> Transcription | None:
    settings = ground.settings
    if settings.transcription_url is None:
        return None
    key = settings.transcription_key.get_secret_value() if settings.transcription_key else ""
    return Transcription(
        ground.session, settings.transcription_url, key, settings.transcription_model, settings.transcription_seconds
    )
