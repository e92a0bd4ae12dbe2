"""Wiring of the phone service: the only place that knows the concrete classes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import aiohttp
import structlog

from intake_phone.adapters.announcements import WithAnnouncements
from intake_phone.adapters.call_records import CallRecords
from intake_phone.adapters.facts import DeskFacts
from intake_phone.adapters.flow_file import read_flow_files
from intake_phone.adapters.ring_records import RingRecords
from intake_phone.adapters.staff import Staff
from intake_phone.adapters.tickets_api import TicketsApi
from intake_phone.adapters.transcription import Transcription
from intake_phone.adapters.twilio.api import Twilio
from intake_phone.adapters.twilio.doors import PREFIX, Doors
from intake_phone.adapters.twilio.media import Files
from intake_phone.adapters.twilio.media_door import PATH as MEDIA_PATH
from intake_phone.adapters.twilio.media_door import add_media_door
from intake_phone.adapters.twilio.signature import Signatures
from intake_phone.adapters.words import load_words
from intake_phone.domain.callbacks.attempt import BACK
from intake_phone.domain.calls.legs import LEG
from intake_phone.domain.calls.made import leg_end_id
from intake_phone.domain.calls.received import OVER, read_call
from intake_phone.domain.calls.waiting import read_leg
from intake_phone.domain.flows.book import FlowBook
from intake_phone.domain.texts.offers import Offers
from intake_phone.domain.twiml import Hangup, Say, document
from intake_phone.handlers.accept import Acceptor
from intake_phone.handlers.calls.answer import Answerer
from intake_phone.handlers.calls.codes import Codes
from intake_phone.handlers.calls.doing import Doer
from intake_phone.handlers.calls.linking import Linker
from intake_phone.handlers.calls.read import CallReader
from intake_phone.handlers.desk_events import DeskEvents
from intake_phone.handlers.legs.place import Placer
from intake_phone.handlers.legs.ring import Ringer
from intake_phone.handlers.legs.tell import CallTeller
from intake_phone.handlers.read import Reader, Reads
from intake_phone.handlers.reports import Reports
from intake_phone.handlers.texts.offering import FileOffers
from intake_phone.handlers.texts.read import TextReader
from intake_phone.handlers.texts.say import Speaker
from intake_phone.handlers.texts.states import TextStates
from intake_phone.handlers.texts.subscriptions import Subscriptions
from intake_phone.handlers.texts.take import TextTaker
from intake_phone.settings import Settings
from intake_phone.wiring.account import account_of, check_numbers, watch_account
from intake_phone.wiring.announcements import announcements_of
from intake_phone.wiring.callbacks import callbacks_of
from intake_phone.wiring.callbacks import leg_ended as callback_leg_ended
from intake_phone.wiring.paging import paging
from intake_phone.wiring.reconciling import reconcile
from ventanilla_contracts.topology import PHONE_STATE, PHONE_WISHES, consumers_of
from ventanilla_runtime.blobs import Blobs
from ventanilla_runtime.consume import Consumer
from ventanilla_runtime.deadletters import DeadLetters
from ventanilla_runtime.delivery import Handler
from ventanilla_runtime.health import Application, Health
from ventanilla_runtime.many import Many
from ventanilla_runtime.redrive import Redriver
from ventanilla_runtime.service import Service
from ventanilla_runtime.state import StateBucket

log = structlog.get_logger()

NAME: Final = "intake-phone"
_BATCH: Final = 50


async def serve(service: Service, settings: Settings) -> None:
    """Answer calls and texts, and write to customers what the desk has for them, until told to stop."""
    book = flows_of(settings)
    session = await service.stack.enter_async_context(aiohttp.ClientSession(trust_env=True))
    token = settings.twilio_auth_token.get_secret_value()
    twilio = Twilio(session, settings.twilio_account_sid, token, settings.twilio_url, settings.twilio_seconds)
    account = account_of(settings, session)
    await check_numbers(settings, book, account, datetime.now(UTC).year)
    words = load_words()
    many = Many(service.broker)
    service.stack.push_async_callback(many.close)
    state = StateBucket(service.broker, service.publisher, PHONE_STATE)
    calls = CallRecords(state, many)
    acceptor = Acceptor(service.publisher, settings.prefix)
    subscriptions = Subscriptions(StateBucket(service.broker, service.publisher, PHONE_WISHES))
    outbound = StateBucket(service.broker, service.publisher, "outbound_state")
    states = TextStates(acceptor, Reports(lambda: datetime.now(UTC)), outbound, subscriptions, settings.accept_seconds)
    taker = TextTaker(acceptor, subscriptions, words, settings.accept_seconds)
    rings = RingRecords(many)
    desk = _desk(session, settings)
    staff = Staff(desk, settings.call_seconds / 2)
    links = Linker(twilio, state, subscriptions, calls)
    doer = Doer(twilio, links, state, acceptor, seconds=settings.call_seconds, accept_seconds=settings.accept_seconds)
    service.stack.push_async_callback(doer.close)
    callers = DeskFacts(state, desk, staff, subscriptions, settings.region, settings.call_seconds / 2)
    answerer = Answerer(
        book=book,
        calls=calls,
        facts=WithAnnouncements(callers, announcements_of(service, settings, session)),
        rings=rings,
        doer=doer,
        codes=Codes(desk, settings.call_seconds),
        doors=f"{settings.public_url}{PREFIX}",
        region=settings.region,
        seconds=settings.call_seconds,
    )
    placer = Placer(state, twilio, settings.twilio_seconds)
    pages = paging(
        settings,
        state=state,
        texts=twilio,
        placer=placer,
        desk=desk,
        kept=acceptor,
        words=words,
        doors=f"{settings.public_url}{PREFIX}",
    )
    callbacks = callbacks_of(
        settings,
        book=book,
        state=state,
        many=many,
        placer=placer,
        staff=staff,
        twilio=twilio,
        desk=desk,
        acceptor=acceptor,
        words=words,
        doors=f"{settings.public_url}{PREFIX}",
    )
    doors = Doors(
        signatures=Signatures(settings.twilio_tokens, settings.public_url),
        calls=answerer.answer,
        pages=pages.answer,
        callbacks=callbacks.legs.answer,
        texts=taker.take,
        call_ended=partial(_call_ended, acceptor, settings),
        leg_ended=partial(_leg_ended, acceptor, settings),
        text_state=states.take,
        sorry=_sorry(book),
    )
    blobs = Blobs(service.broker, service.publisher)
    offers = FileOffers(
        Offers(settings.twilio_tokens), blobs, f"{settings.public_url}{MEDIA_PATH}", settings.twilio_seconds
    )
    service.serve_http(_application(service.health, doors, offers))
    await service.connect()
    service.check("twilio", twilio.problem)
    watch_account(service, settings, account, twilio, state)
    hosts = frozenset(settings.twilio_file_hosts)
    files = Files(
        session, settings.twilio_account_sid, token, blobs, settings.twilio_url, hosts, settings.file_limit_bytes
    )
    teller = CallTeller(service.publisher, settings.prefix)
    ringer = Ringer(
        state=state,
        rings=rings,
        placer=placer,
        staff=staff,
        teller=teller,
        doors=f"{settings.public_url}{PREFIX}",
    )
    call_reader = CallReader(
        book=book,
        calls=calls,
        rings=rings,
        teller=teller,
        recordings=files,
        lists=twilio,
        files=files,
        transcribes=_transcription(session, settings),
        words=words,
        region=settings.region,
    )
    kinds: dict[str, Reads] = {"text": TextReader(files).read, "call": call_reader.read, "status": states.read}
    kinds |= {"ring": ringer.wanted, "leg": ringer.leg_ended, "taken": ringer.taken, "gone": ringer.gone}
    kinds |= {"page": pages.acknowledge, **callbacks.kinds()}
    reader = Reader(service.publisher, settings.prefix, kinds)
    speaker = Speaker(
        publisher=service.publisher,
        state=outbound,
        twilio=twilio,
        files=offers,
        subscriptions=subscriptions,
        prefix=settings.prefix,
        status_url=f"{settings.public_url}{PREFIX}/status/text",
        templates=settings.whatsapp_templates,
    )
    events = DeskEvents({**pages.follows, **callbacks.follows()})
    _consume(service, settings, reader.handle, speaker.handle, events.handle)
    reconcile(service, settings, twilio, many, acceptor, taker)
    log.info("service.started", flows=len(book.by_number))
    await service.work()
    await service.drain_consumers()


def _desk(session: aiohttp.ClientSession, settings: Settings) -> TicketsApi | None:
    if settings.tickets_token is None:
        return None
    return TicketsApi(session, settings.tickets_url, settings.tickets_token.get_secret_value(), settings.call_seconds)


def _transcription(session: aiohttp.ClientSession, settings: Settings) -> Transcription | None:
    if settings.transcription_url is None:
        return None
    key = settings.transcription_key.get_secret_value() if settings.transcription_key else ""
    return Transcription(
        session, settings.transcription_url, key, settings.transcription_model, settings.transcription_seconds
    )


def flows_of(settings: Settings) -> FlowBook:
    """The flows that answer.

    Raises:
        FlowRefused: one of the files has mistakes; all of them are listed.
    """
    return read_flow_files(settings.flows, first_year=datetime.now(UTC).year)


def _consume(service: Service, settings: Settings, read: Handler, say: Handler, follow: Handler) -> None:
    letters = DeadLetters(service.publisher, settings.prefix, NAME)
    specs = {spec.durable: spec for spec in consumers_of(NAME)}
    redriver = Redriver(service.broker, letters, {"PHONE": read, "OUTBOUND": say, "TICKETS": follow})
    for durable, handle, dead in (
        ("intake-phone-reader", read, letters),
        ("intake-phone-speaker", say, letters),
        ("intake-phone-caller", follow, letters),
        ("intake-phone-redrive", redriver.handle, None),
    ):
        service.consume(Consumer(service.broker, specs[durable], handle, dead, batch_size=_BATCH, postpones=True))


async def _call_ended(
    acceptor: Acceptor, settings: Settings, _query: Mapping[str, str], form: Mapping[str, str]
) -> None:
    """The end of a call; states before it tell nothing that anybody waits for."""
    call = read_call(form, settings.region)
    if call.incoming and call.status in OVER:
        await acceptor.accept("call", call.sid, form, "webhook", settings.accept_seconds)


async def _leg_ended(acceptor: Acceptor, settings: Settings, query: Mapping[str, str], form: Mapping[str, str]) -> None:
    """The end of a call of ours to an agent; which one it was the address says."""
    if BACK in query:
        await callback_leg_ended(acceptor, settings, query, form)
        return
    _, leg = read_leg(query)
    told = {**form, LEG: query[LEG]}
    sid = leg_end_id(form.get("CallSid", ""), leg)
    await acceptor.accept("leg", sid, told, "webhook", settings.accept_seconds)


def _sorry(book: FlowBook) -> str:
    flow = book.otherwise
    said = [
        Say(flow.prompts["sorry"][language].text, flow.voices[language])
        for language in flow.languages
        if "sorry" in flow.prompts
    ]
    return document([*said, Hangup()], "")


def _application(health: Health, doors: Doors, offers: FileOffers) -> Application:
    application = doors.application()
    add_media_door(application, offers.content)

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        probe = scope["type"] == "http" and health.answer(scope["path"])
        await (health if probe else application)(scope, receive, send)

    return answer
