"""What all parts of the service stand on: its settings, the account, the broker's buckets, the desk."""

from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from intake_phone.adapters.staff import Staff
from intake_phone.adapters.tickets_api import TicketsApi
from intake_phone.adapters.twilio.api import Twilio
from intake_phone.adapters.twilio.doors import PREFIX
from intake_phone.adapters.twilio.media import Files
from intake_phone.adapters.twilio.tokens import Tokens
from intake_phone.adapters.words import load_words
from intake_phone.domain.flows.book import FlowBook
from intake_phone.handlers.accept import Acceptor
from intake_phone.handlers.legs.place import Placer
from intake_phone.handlers.texts.once import Texter
from intake_phone.handlers.texts.subscriptions import Subscriptions
from intake_phone.settings import Settings
from ventanilla_contracts.topology import PHONE_STATE, PHONE_WISHES
from ventanilla_runtime.blobs import Blobs
from ventanilla_runtime.many import Many
from ventanilla_runtime.service import Service
from ventanilla_runtime.state import StateBucket


@dataclass(frozen=True, slots=True)
class Ground:
    """Made once, before the first part; nothing of it has to be connected yet.

    Attributes:
        book: the flows that answer. words: language → name → what customers and agents read and hear.
        tokens: show Twilio who asks.
        state: what is kept of calls and of what we began. outbound: what is kept of texts that were sent.
        many: reads many keys at once. acceptor: the first durable write of whatever comes in.
        desk: the API of tickets; None: the service has no key for it. staff: whose telephones can ring.
        placer: makes each call once. texter: sends each text once. files: Twilio's recordings and media.
    """

    service: Service
    settings: Settings
    session: aiohttp.ClientSession
    book: FlowBook
    words: Mapping[str, Mapping[str, str]]
    tokens: Tokens
    twilio: Twilio
    files: Files
    blobs: Blobs
    many: Many
    state: StateBucket
    outbound: StateBucket
    acceptor: Acceptor
    subscriptions: Subscriptions
    desk: TicketsApi | None
    staff: Staff
    placer: Placer
    texter: Texter

    @property
    def doors(self) -> str:
        """Address that our doors stand below, as Twilio reaches them."""
        return f"{self.settings.public_url}{PREFIX}"


async def ground_of(service: Service, settings: Settings, book: FlowBook) -> Ground:
    """The ground of this service; closed with it."""
    session = await service.stack.enter_async_context(aiohttp.ClientSession(trust_env=True))
    tokens = Tokens(settings.twilio_account_sid, settings.twilio_tokens)
    twilio = Twilio(session, tokens, settings.twilio_url, settings.twilio_seconds)
    many = Many(service.broker)
    service.stack.push_async_callback(many.close)
    state = StateBucket(service.broker, service.publisher, PHONE_STATE)
    outbound = StateBucket(service.broker, service.publisher, "outbound_state")
    desk = _desk(session, settings)
    blobs = Blobs(service.broker, service.publisher)
    hosts = frozenset(settings.twilio_file_hosts)
    return Ground(
        service=service,
        settings=settings,
        session=session,
        book=book,
        words=load_words(),
        tokens=tokens,
        twilio=twilio,
        files=Files(session, tokens, blobs, settings.twilio_url, hosts, settings.file_limit_bytes),
        blobs=blobs,
        many=many,
        state=state,
        outbound=outbound,
        acceptor=Acceptor(service.publisher, settings.prefix),
        subscriptions=Subscriptions(StateBucket(service.broker, service.publisher, PHONE_WISHES)),
        desk=desk,
        staff=Staff(desk, settings.call_seconds / 2),
        placer=Placer(state, twilio, settings.twilio_seconds),
        texter=Texter(state, outbound, twilio, settings.twilio_seconds),
    )


def _desk(session: aiohttp.ClientSession, settings: Settings) -> TicketsApi | None:
    if settings.tickets_token is None:
        return None
    return TicketsApi(session, settings.tickets_url, settings.tickets_token.get_secret_value(), settings.call_seconds)
