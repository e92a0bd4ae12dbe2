"""Wiring of the chat service: the only place that knows the concrete classes."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

import aiohttp
import structlog
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from intake_chat.adapters.slack.files import MOST_FILES, Files
from intake_chat.adapters.slack.http_door import PATH, HttpDoor
from intake_chat.adapters.slack.interactions import Bolt
from intake_chat.adapters.slack.newcomers import Newcomers
from intake_chat.adapters.slack.people import People
from intake_chat.adapters.slack.socket_door import SocketDoor
from intake_chat.adapters.slack.staff import Staff
from intake_chat.adapters.slack.uploads import Uploads
from intake_chat.adapters.slack.views import SlackViews
from intake_chat.adapters.slack.way_out import WayOut
from intake_chat.adapters.slack.web import Slack
from intake_chat.adapters.tickets_api import TicketsApi
from intake_chat.handlers import dialogs
from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.agents.directory import Agents
from intake_chat.handlers.agents.interactions import Interactions
from intake_chat.handlers.agents.registry import Registry
from intake_chat.handlers.calls.hear import CallsHeard
from intake_chat.handlers.customers.accept import Home, accept
from intake_chat.handlers.customers.entry import WaysIn
from intake_chat.handlers.customers.missing_files import MissingFiles
from intake_chat.handlers.customers.outbound import Outbound
from intake_chat.handlers.customers.read import Reader
from intake_chat.handlers.customers.revise import Reviser
from intake_chat.handlers.customers.say import Speaker
from intake_chat.handlers.customers.share import FileSender
from intake_chat.handlers.customers.threads import ThreadedFiles, ThreadedWords, Threads
from intake_chat.handlers.dialogs.room import LookAt
from intake_chat.ports.customers import Accept
from intake_chat.settings import Settings
from intake_chat.wiring.calls import register_wrap_ups, show_calls
from intake_chat.wiring.cards import Cards, keep_cards
from intake_chat.wiring.catch_up import Callers, catching_up, watch_token
from intake_chat.wiring.departures import departures_heard
from intake_chat.wiring.desk import watch_desk
from intake_chat.wiring.entry import Agency, enter, register_entries
from intake_chat.wiring.replies import register_replies, show_replies
from ventanilla_contracts.topology import CHAT_STATE, consumers_of
from ventanilla_runtime.blobs import Blobs
from ventanilla_runtime.consume import Consumer
from ventanilla_runtime.deadletters import DeadLetters
from ventanilla_runtime.delivery import Handler
from ventanilla_runtime.health import Application, Health
from ventanilla_runtime.redrive import Redriver
from ventanilla_runtime.service import Service
from ventanilla_runtime.state import StateBucket

log = structlog.get_logger()

NAME = "intake-chat"
_BATCH = 50
_SLACK_SECONDS = 15


async def serve(service: Service, settings: Settings) -> None:
    """Take in what customers say in Slack, and say there what the desk has for them, until told to stop."""
    session = await service.stack.enter_async_context(aiohttp.ClientSession(trust_env=True))
    token = settings.slack_bot_token.get_secret_value()
    # Not a try more than we know of: a post that was cut off may have been done.
    web = AsyncWebClient(
        token=token, base_url=settings.slack_url, session=session, timeout=_SLACK_SECONDS, retry_handlers=[]
    )
    way_out = WayOut(small_history=settings.slack_small_history, pace=settings.slack_pace)
    service.stack.push_async_callback(way_out.close)
    slack = Slack(web, way_out)
    departures = departures_heard(service)
    people = People(slack, is_news=departures.is_news)
    agency = _agency(service, settings, web, way_out, session)
    ways, beginnings = enter(service, settings, web, way_out, people, agency)
    home = Home()
    service.tasks.create_task(watch_token(service, web, way_out, home))
    take_in: Accept = partial(
        accept, publisher=service.publisher, prefix=settings.prefix, deadline_seconds=settings.accept_seconds, home=home
    )
    bolt = None
    if agency is not None:
        newcomers = Newcomers(web, way_out, people.organisation)
        registry = _registry(settings, agency, newcomers.look_at)
        register_replies(registry, service, settings, session, agency)
        register_wrap_ups(registry, service, agency)
        homes = register_entries(registry, service, settings, people, beginnings, agency, take_in, newcomers.look_at)
        following = service.tasks.create_task(homes.follow())
        service.stack.callback(following.cancel)
        interactions = Interactions(
            registry=registry, agents=agency.agents, views=agency.views, background=agency.background
        )
        bolt = Bolt(interactions)
        take_in = partial(_take_in, take_in, interactions)
    callers = Callers(service)
    way_out.unheard = callers.call
    take_in = partial(callers.take_in, take_in)
    take_in = partial(departures.take_in, take_in, people)
    watch_desk(service, settings)
    service.serve_http(_application(service.health, settings, take_in, bolt))
    await service.connect()
    blobs = Blobs(service.broker, service.publisher)
    files = Files(session, token, blobs, frozenset(settings.slack_file_hosts), settings.file_limit_bytes, slack.file)
    threads = Threads(StateBucket(service.broker, service.publisher, CHAT_STATE))
    _consume(
        service,
        settings,
        ThreadedWords(slack, threads),
        people,
        ways,
        files,
        FileSender(
            state=StateBucket(service.broker, service.publisher, "outbound_state"),
            slack=ThreadedFiles(Uploads(web, way_out, session, frozenset(settings.slack_file_hosts)), threads),
            blobs=blobs,
            limit_bytes=settings.file_limit_bytes,
        ),
        keep_cards(service, settings, web, way_out, session, files),
        show_calls(service, settings, web, way_out, agency) if agency is not None else None,
    )
    if agency is not None:
        show_replies(service, settings, web, way_out, agency)
    door = None
    if settings.slack_app_token is not None:
        door = SocketDoor(
            app_token=settings.slack_app_token.get_secret_value(),
            web=web,
            accept=take_in,
            interact=bolt.by_socket if bolt else _no_agents,
        )
        service.check("slack", door.problem)
        await door.open()
    service.check("slack_token", way_out.problem)
    catch_up = catching_up(service, settings, web, way_out, take_in, door)
    service.tasks.create_task(catch_up.run())
    log.info("service.started", socket_mode=door is not None, channels=len(settings.slack_channels))
    await service.work()
    catch_up.stop()
    way_out.stop()
    await asyncio.gather(service.drain(), *([door.close()] if door is not None else []))
    if agency is not None:  # what was answered and goes on behind the answer
        await agency.background.close()


def _consume(
    service: Service,
    settings: Settings,
    slack: ThreadedWords,
    people: People,
    ways: WaysIn,
    files: Files,
    sender: FileSender,
    cards: Cards | None,
    calls: CallsHeard | None,
) -> None:
    dead_letters = DeadLetters(service.publisher, settings.prefix, NAME)
    specs = {spec.durable: spec for spec in consumers_of(NAME)}
    state = StateBucket(service.broker, service.publisher, "outbound_state")
    reader = Reader(
        publisher=service.publisher,
        people=people,
        files=files,
        doors=ways,
        prefix=settings.prefix,
        notes=cards.notes if cards else None,
        missing=MissingFiles(slack, state, most_files=MOST_FILES, limit_bytes=settings.file_limit_bytes),
    )
    speaker = Speaker(
        publisher=service.publisher,
        state=state,
        slack=slack,
        files=sender,
        prefix=settings.prefix,
        people=people,
    )
    reviser = Reviser(publisher=service.publisher, state=state, slack=slack, files=sender, prefix=settings.prefix)
    outbound = Outbound(speaker, reviser)
    handlers: dict[str, Handler] = {"CHAT": reader.handle, "OUTBOUND": outbound.handle}
    if cards is not None:
        handlers["TICKETS"] = cards.wishes.handle
    if calls is not None:
        handlers["PHONE"] = calls.handle
        service.consume(Consumer(service.broker, specs["intake-chat-calls"], calls.handle, dead_letters))
    gate = service.gates("slack")["slack"]
    redriver = Redriver(service.broker, dead_letters, handlers, {"OUTBOUND": gate})
    if cards is not None:
        service.consume(Consumer(service.broker, specs["intake-chat-cards"], cards.wishes.handle, dead_letters))
    for durable, handle, letters, held in (
        ("intake-chat-reader", reader.handle, dead_letters, None),
        ("intake-chat-speaker", outbound.handle, dead_letters, gate),
        ("intake-chat-redrive", redriver.handle, None, None),
    ):
        spec = specs[durable]
        service.consume(Consumer(service.broker, spec, handle, letters, batch_size=_BATCH, postpones=True, gate=held))


def _agency(
    service: Service, settings: Settings, web: AsyncWebClient, way_out: WayOut, session: aiohttp.ClientSession
) -> Agency | None:
    """What it takes to have agents in Slack; None without a token of the ticket service."""
    if settings.tickets_token is None:
        return None
    desk = TicketsApi(
        session, settings.tickets_url, settings.tickets_token.get_secret_value(), settings.tickets_timeout_seconds
    )
    views = SlackViews(web, way_out, session, frozenset(settings.slack_file_hosts))
    agents = Agents(desk=desk, staff=Staff(web, way_out))
    background = Background()
    service.stack.push_async_callback(background.close)
    return Agency(desk, agents, views, background)


def _registry(settings: Settings, agency: Agency, look_at: LookAt) -> Registry:
    """What agents do in Slack: each room registers what is its own."""
    registry = Registry()
    dialogs.register(registry, agency.desk, agency.views, agency.background, look_at, settings.ticket_page)
    return registry


async def _take_in(
    take_in: Accept, interactions: Interactions, body: bytes, envelope: Mapping[str, Any], door: str
) -> None:
    """An event; whoever opens App Home sees it, which needs no durable word."""
    interactions.home_opened(envelope)
    await take_in(body, envelope, door)


def _application(health: Health, settings: Settings, take_in: Accept, bolt: Bolt | None) -> Application:
    routes = []
    if settings.slack_signing_secret is not None:
        door = HttpDoor(
            signing_secret=settings.slack_signing_secret.get_secret_value(),
            accept=take_in,
            interact=bolt.by_http if bolt else _no_agents_here,
        )
        routes.append(Route(PATH, door.knock, methods=["POST"]))
    application = Starlette(routes=routes)

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        probe = scope["type"] == "http" and health.answer(scope["path"])
        await (health if probe else application)(scope, receive, send)

    return answer


async def _no_agents(_request: SocketModeRequest) -> dict[str, Any] | None:
    """Without a token of the ticket service nobody is an agent."""
    return None


async def _no_agents_here(_payload: dict[str, Any]) -> Response:
    """As above, over HTTP."""
    return PlainTextResponse("")
