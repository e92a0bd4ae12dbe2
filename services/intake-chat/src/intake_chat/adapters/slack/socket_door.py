"""Socket Mode: Slack's events over a connection that we open, so that nobody needs to reach us.

The client is Slack's own. Ours is what it must not do: an event is acknowledged once it is durable and not before, and
a token that Slack does not take leads to one clear word in the probes instead of a storm of tries.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from intake_chat import metrics
from intake_chat.domain.slack.json_text import written
from intake_chat.domain.slack.refusals import DEAD_TOKEN, WRONG_TOKEN, app_token_words
from intake_chat.errors import NotAccepted
from intake_chat.ports.customers import Accept
from ventanilla_runtime import tracing

log = structlog.get_logger()

_HOPELESS: Final = DEAD_TOKEN | WRONG_TOKEN | {"app_missing_action_url"}
_PAUSES_SECONDS: Final = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)
_PING_SECONDS: Final = 5.0
_ADDRESS_SECONDS: Final = 4.0
"""An address opens one connection, soon. The client comes again after `_PING_SECONDS`: it needs another one then."""
_HELD_SECONDS: Final = 30.0
"""A connection that ends sooner was none: the next one waits its turn like one that was refused."""
_ANSWERING_SECONDS: Final = 3.0
_LOOK_SECONDS: Final = 0.01
_LINK_DISABLED: Final = "link_disabled"
_SWITCHED_OFF: Final = (
    "Slack has switched Socket Mode off for the app: Settings → Socket Mode → Enable Socket Mode, or set"
    " INTAKE_CHAT_SLACK_SIGNING_SECRET and take INTAKE_CHAT_SLACK_APP_TOKEN away (HTTP)"
)

_KINDS: Final = frozenset({"events_api", "interactive", "slash_commands"})

Interact = Callable[[SocketModeRequest], Awaitable[dict[str, Any] | None]]
"""Answers a button, a dialog or a command; None: an empty acknowledgement."""


class _OneLine(logging.Filter):
    """What the client fails at as one line of ours: its own has pages, and the address that it was given."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[0] is not None:
            log.warning("slack.socket_failed", error=record.exc_info[0].__name__)
            return False
        return True


def _logger() -> logging.Logger:
    logger = logging.getLogger("slack.socket")
    if not any(isinstance(one, _OneLine) for one in logger.filters):
        logger.addFilter(_OneLine())
    return logger


class _Client(SocketModeClient):
    """Slack's client, whose new connections wait for their turn, each with an address of its own."""

    door: "SocketDoor"
    _address: tuple[str, float] | None = None

    @property  # type: ignore[override]  # the library's own class has None in it too
    def wss_uri(self) -> str | None:
        """Where to connect to; None: ask Slack. The client would try an address that was used up for good."""
        if self._address is None or time.monotonic() > self._address[1]:
            return None
        return self._address[0]

    @wss_uri.setter
    def wss_uri(self, address: str | None) -> None:
        self._address = None if address is None else (address, time.monotonic() + _ADDRESS_SECONDS)

    async def issue_new_wss_url(self) -> str:
        return await self.door.new_address()

    async def run_message_listeners(self, message: dict[str, Any], raw_message: str) -> None:
        if self.closed or (self.door.closing and message.get("type") == "disconnect"):
            return  # no new connection for a door that is being closed
        self.door.told(message)
        with self.door.in_hand():
            await super().run_message_listeners(message, raw_message)


class SocketDoor:
    """One connection to Slack, opened again whenever it ends."""

    def __init__(self, *, app_token: str, web: AsyncWebClient, accept: Accept, interact: Interact) -> None:
        self._app_token = app_token
        self._web = web
        self._accept = accept
        self._interact = interact
        self._client: _Client | None = None
        self._tries = 0
        self._connected_at: float | None = None
        self._refused: str | None = None
        self._switched_off = False
        self._connecting: asyncio.Task[None] | None = None
        self._in_hand = 0
        self.closing = False
        metrics.SOCKET_CONNECTED.set_function(lambda: float(self.problem() is None))

    def problem(self) -> str | None:
        """What is wrong with the door, for the probes."""
        if self._refused:
            return self._refused
        if self._switched_off:
            return _SWITCHED_OFF
        session = self._client.current_session if self._client else None
        return None if session is not None and not session.closed else "not connected to Slack"

    async def open(self) -> None:
        """Begin to connect; the probes say when it has worked."""
        client = self._client = _Client(
            app_token=self._app_token,
            web_client=self._web,
            ping_interval=_PING_SECONDS,
            logger=_logger(),
        )
        client.door = self
        client.socket_mode_request_listeners.append(self._hear)
        self._connecting = asyncio.create_task(client.connect())  # type: ignore[no-untyped-call]  # the library says no types

    async def close(self) -> None:
        """Answer what is in hand, then end the connection; Slack gives what was not acknowledged to somebody else.

        Whoever pressed a button gets the answer from here or none: so there is a moment for it. It ends as soon as
        nothing is in hand, and at the latest when Slack would not wait for the answer any more.
        """
        self.closing = True
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._client is not None:
            self._client.auto_reconnect_enabled = False
            with suppress(TimeoutError):
                async with asyncio.timeout(_ANSWERING_SECONDS):
                    while self._in_hand or not self._client.message_queue.empty():
                        await asyncio.sleep(_LOOK_SECONDS)
            await self._client.close()  # type: ignore[no-untyped-call]  # as above

    @contextmanager
    def in_hand(self) -> Iterator[None]:
        """Something that Slack waits for is being answered."""
        self._in_hand += 1
        try:
            yield
        finally:
            self._in_hand -= 1

    async def new_address(self) -> str:
        """Where to connect to next, when Slack says so; waits longer after each refusal, for as long as it takes.

        The client would try again by itself, with a page of its log for each time.
        """
        if self._connected_at is not None and time.monotonic() - self._connected_at >= _HELD_SECONDS:
            self._tries = 0
        while True:
            if self._tries:
                pause = _PAUSES_SECONDS[min(self._tries, len(_PAUSES_SECONDS)) - 1]
                await asyncio.sleep(pause * (0.75 + random.random() / 2))  # noqa: S311  # so that replicas do not march
            self._tries += 1
            self._connected_at = None
            try:
                answer = await self._web.apps_connections_open(app_token=self._app_token)
                address = str(answer["url"])
            except SlackApiError as error:
                self._note(_code_of(error))
            except (aiohttp.ClientError, SlackRequestError, TimeoutError, OSError, KeyError) as error:
                log.warning("slack.unreachable", tries=self._tries, error=type(error).__name__)
            else:
                self._refused = None
                return address

    def told(self, message: Mapping[str, Any]) -> None:
        """Hear what Slack says of the connection itself."""
        if message.get("type") == "hello":
            self._connected_at, self._switched_off = time.monotonic(), False
        elif message.get("type") == "disconnect" and message.get("reason") == _LINK_DISABLED:
            if not self._switched_off:
                log.error("slack.socket_mode_off", advice=_SWITCHED_OFF)
            self._switched_off = True

    def _note(self, code: str) -> None:
        if code not in _HOPELESS:
            log.warning("slack.refused_socket", tries=self._tries, reason=code)
            return
        if self._refused is None:
            log.error("slack.refused_token", reason=code)
        self._refused = app_token_words(code)

    async def _hear(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        kind = request.type if request.type in _KINDS else "other"
        with tracing.span(f"slack socket {kind}", tracing.Kind.SERVER, ""):
            await self._answer(client, request)

    async def _answer(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        begun = time.perf_counter()
        answered = await self._heard(client, request)
        kind = "event" if request.type == "events_api" else "interaction"
        outcome = "answered" if answered else "refused"
        metrics.DOOR_SECONDS.labels("socket", kind, outcome).observe(time.perf_counter() - begun)

    async def _heard(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> bool:
        """Whether Slack got its answer; without one it gives the same again."""
        answer: dict[str, Any] | None = None
        payload: object = request.payload  # whatever the library says of it
        if not isinstance(payload, dict):
            metrics.REFUSED.labels("malformed").inc()
            log.warning("request.refused", reason="malformed")
        elif request.type == "events_api":
            try:
                await self._accept(written(payload), payload, "socket")
            except NotAccepted as error:
                log.warning("event.not_accepted", error=error)
                return False
        else:
            answer = await self._interact(request)
        await client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id, payload=answer))
        return True


def _code_of(error: SlackApiError) -> str:
    data = error.response.data
    return str(data.get("error", "")) if isinstance(data, dict) else ""
