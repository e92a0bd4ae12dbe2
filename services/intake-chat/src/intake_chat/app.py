"""Wiring of the chat service: the only place that knows the concrete classes."""

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

from intake_chat.adapters.slack.files import Files
from intake_chat.adapters.slack.http_door import PATH, HttpDoor
from intake_chat.adapters.slack.people import People
from intake_chat.adapters.slack.socket_door import SocketDoor
from intake_chat.adapters.slack.way_out import WayOut
from intake_chat.adapters.slack.web import Slack
from intake_chat.handlers.accept import accept
from intake_chat.handlers.read import Doors, Reader
from intake_chat.handlers.say import Speaker
from intake_chat.settings import Settings
from ventanilla_contracts.topology import consumers_of
from ventanilla_runtime.blobs import Blobs
from ventanilla_runtime.consume import Consumer
from ventanilla_runtime.deadletters import DeadLetters
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
    way_out = WayOut(small_history=settings.slack_small_history)
    service.stack.push_async_callback(way_out.close)
    slack = Slack(web, way_out)
    take_in = partial(
        accept, publisher=service.publisher, prefix=settings.prefix, deadline_seconds=settings.accept_seconds
    )
    service.serve_http(_application(service.health, settings, take_in))
    await service.connect()
    blobs = Blobs(service.broker, service.publisher)
    _consume(
        service,
        settings,
        slack,
        Files(session, token, blobs, frozenset(settings.slack_file_hosts), settings.file_limit_bytes),
    )
    door = None
    if settings.slack_app_token is not None:
        door = SocketDoor(
            app_token=settings.slack_app_token.get_secret_value(), web=web, accept=take_in, interact=_nothing_yet
        )
        service.check("slack", door.problem)
        await door.open()
    log.info("service.started", socket_mode=door is not None, channels=len(settings.slack_channels))
    await service.work()
    if door is not None:
        await door.close()
    await service.drain_consumers()


def _consume(service: Service, settings: Settings, slack: Slack, files: Files) -> None:
    dead_letters = DeadLetters(service.publisher, settings.prefix, NAME)
    specs = {spec.durable: spec for spec in consumers_of(NAME)}
    reader = Reader(
        publisher=service.publisher,
        people=People(slack),
        files=files,
        doors=Doors(frozenset(settings.slack_channels)),
        prefix=settings.prefix,
    )
    speaker = Speaker(
        publisher=service.publisher,
        state=StateBucket(service.broker, service.publisher, "outbound_state"),
        slack=slack,
        prefix=settings.prefix,
    )
    redriver = Redriver(service.broker, dead_letters, {"CHAT": reader.handle, "OUTBOUND": speaker.handle})
    for durable, handle, letters in (
        ("intake-chat-reader", reader.handle, dead_letters),
        ("intake-chat-speaker", speaker.handle, dead_letters),
        ("intake-chat-redrive", redriver.handle, None),
    ):
        service.consume(Consumer(service.broker, specs[durable], handle, letters, batch_size=_BATCH, postpones=True))


def _application(health: Health, settings: Settings, take_in: Any) -> Application:
    routes = []
    if settings.slack_signing_secret is not None:
        door = HttpDoor(
            signing_secret=settings.slack_signing_secret.get_secret_value(), accept=take_in, interact=_no_answer_yet
        )
        routes.append(Route(PATH, door.knock, methods=["POST"]))
    application = Starlette(routes=routes)

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        probe = scope["type"] == "http" and health.answer(scope["path"])
        await (health if probe else application)(scope, receive, send)

    return answer


async def _nothing_yet(_request: SocketModeRequest) -> dict[str, Any] | None:
    return None


async def _no_answer_yet(_body: bytes, _headers: Mapping[str, str]) -> Response:
    return PlainTextResponse("")
