"""The phone service: its parts are wired in `wiring`; here they get their doors and their streams."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import structlog

from intake_phone.adapters.flow_file import read_flow_files
from intake_phone.adapters.twilio.doors import Doors
from intake_phone.adapters.twilio.media_door import add_media_door
from intake_phone.adapters.twilio.records import TwilioRecords
from intake_phone.adapters.twilio.signature import Signatures
from intake_phone.domain.callbacks.attempt import BACK
from intake_phone.domain.flows.book import FlowBook
from intake_phone.handlers.accept import Acceptor
from intake_phone.handlers.account.numbers import DeskNumbers
from intake_phone.handlers.desk_events import DeskEvents
from intake_phone.handlers.forgetting import Forgetter
from intake_phone.handlers.read import Reader
from intake_phone.handlers.texts.offering import FileOffers
from intake_phone.settings import Settings
from intake_phone.wiring.account import account_of, check_numbers, watch_account
from intake_phone.wiring.callbacks import callbacks_of
from intake_phone.wiring.callbacks import leg_ended as callback_leg_ended
from intake_phone.wiring.calls import call_ended, calls_of, leg_ended, sorry, sorry_agent
from intake_phone.wiring.desk import watch_desk
from intake_phone.wiring.ground import ground_of
from intake_phone.wiring.paging import paging_of
from intake_phone.wiring.reconciling import reconcile
from intake_phone.wiring.texts import texts_of
from ventanilla_contracts.topology import consumers_of
from ventanilla_runtime.consume import Consumer
from ventanilla_runtime.deadletters import DeadLetters
from ventanilla_runtime.delivery import Handler
from ventanilla_runtime.health import Application, Health
from ventanilla_runtime.redrive import Redriver
from ventanilla_runtime.service import Service

log = structlog.get_logger()

NAME: Final = "intake-phone"
_BATCH: Final = 50


async def serve(service: Service, settings: Settings) -> None:
    """Answer calls and texts, and write to customers what the desk has for them, until told to stop."""
    book = flows_of(settings)
    ground = await ground_of(service, settings, book)
    account = account_of(settings, ground.session, ground.tokens)
    numbers = DeskNumbers(account)
    ours = await check_numbers(settings, book, numbers, datetime.now(UTC).year)
    ground.staff.never_ring(ours)
    ground.staff.expect(book.teams_for(ours))
    calls, texts, pages = calls_of(ground, numbers), texts_of(ground), paging_of(ground)
    callbacks = callbacks_of(ground)
    acceptor = ground.acceptor
    doors = Doors(
        signatures=Signatures(settings.twilio_tokens, settings.public_url),
        calls=calls.answerer.answer,
        agents={"page": pages.answer, "callback": callbacks.legs.answer},
        texts=texts.taker.take,
        call_ended=partial(call_ended, acceptor, settings),
        leg_ended=partial(_leg_ended, acceptor, settings),
        text_state=texts.states.take,
        sorry=sorry(book),
        sorry_agent=sorry_agent(ground.words),
    )
    # The doors are open before the broker is there: who calls is answered, and who texts is told to try again.
    watch_desk(service, settings)
    service.serve_http(_application(service.health, doors, texts.offers))
    await service.connect()
    service.check("twilio", ground.twilio.problem)
    watch_account(ground, account, numbers)
    service.tasks.create_task(ground.staff.look())
    kinds = {**calls.kinds(), **texts.kinds(), **pages.kinds(), **callbacks.kinds()}
    reader = Reader(service.publisher, settings.prefix, kinds)
    events = DeskEvents({**pages.follows, **callbacks.follows()})
    _consume(service, settings, reader.handle, texts.speaker.handle, events.handle)
    _forget(service, Forgetter(TwilioRecords(ground.twilio)))
    reconcile(ground, texts.taker)
    log.info("service.started", flows=len(book.by_number))
    await service.work()
    await service.drain()


def flows_of(settings: Settings) -> FlowBook:
    """The flows that answer.

    Raises:
        FlowRefused: one of the files has mistakes; all of them are listed.
    """
    return read_flow_files(settings.flows, first_year=datetime.now(UTC).year)


def _consume(service: Service, settings: Settings, read: Handler, say: Handler, follow: Handler) -> None:
    letters = DeadLetters(service.publisher, settings.prefix, NAME)
    specs = {spec.durable: spec for spec in consumers_of(NAME)}
    handlers = {"PHONE": read, "OUTBOUND": say, "TICKETS": follow}
    gates = service.gates("text", "call")
    redriver = Redriver(service.broker, letters, handlers, {"OUTBOUND": gates["text"], "TICKETS": gates["call"]})
    for durable, handle, dead, gate in (
        ("intake-phone-reader", read, letters, None),
        ("intake-phone-speaker", say, letters, gates["text"]),
        ("intake-phone-caller", follow, letters, gates["call"]),
        ("intake-phone-redrive", redriver.handle, None, None),
    ):
        spec = specs[durable]
        service.consume(Consumer(service.broker, spec, handle, dead, batch_size=_BATCH, postpones=True, gate=gate))


def _forget(service: Service, forgetter: Forgetter) -> None:
    """Whoever is erased is deleted at the provider's too; a wish names them, so it becomes no dead letter."""
    [spec] = [spec for spec in consumers_of(NAME) if spec.durable == "intake-phone-forgetting"]
    service.consume(Consumer(service.broker, spec, forgetter.handle, None, batch_size=1, postpones=True))


async def _leg_ended(acceptor: Acceptor, settings: Settings, query: Mapping[str, str], form: Mapping[str, str]) -> None:
    """The end of a call of ours to an agent; whether it was to call a customer back the address says."""
    ended = callback_leg_ended if BACK in query else leg_ended
    await ended(acceptor, settings, query, form)


def _application(health: Health, doors: Doors, offers: FileOffers) -> Application:
    application = doors.application()
    add_media_door(application, offers.content)

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        probe = scope["type"] == "http" and health.answer(scope["path"])
        await (health if probe else application)(scope, receive, send)

    return answer
