"""Socket Mode: tickets, connections, envelopes and their acknowledgements, refreshes.

An app has up to ten connections; each envelope goes to any one of them. See docs.slack.dev, "Using Socket Mode".
"""

import asyncio
import contextlib
import json
import random
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from ventanilla_devstack.slack.courier import Kind, Outcome
from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.ids import new_secret
from ventanilla_devstack.slack.records import App, Json

CONNECTIONS = 10
TICKET_SECONDS = 30.0
CONNECTION_SECONDS = 18_060
PING_SECONDS = 10.0
_TICKETS_KEPT = 1_000
_FRAME_BYTES = 1024 * 1024
_HOST = "applink-local"

log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class Connection:
    """An open socket of an app, and what waits on it for an acknowledgement."""

    app_id: str
    socket: web.WebSocketResponse
    leaving: bool = False
    waiting: dict[str, asyncio.Future[Outcome]] = field(default_factory=dict)

    def give_up(self, reason: str) -> None:
        """Nobody will acknowledge on this socket any more."""
        for future in self.waiting.values():
            if not future.done():
                future.set_result(Outcome(answered=False, reason=reason))


@dataclass(slots=True)
class Sockets:
    """All connections of all apps.

    Attributes:
        ack_seconds: how long an app may take to acknowledge.
        grace_seconds: how long a socket stays open after it was told to go.
        envelopes: how many were sent, counted by kind.
    """

    clock: Callable[[], float]
    ack_seconds: float = 3.0
    grace_seconds: float = 10.0
    envelopes: dict[str, int] = field(default_factory=dict)
    _tickets: OrderedDict[str, tuple[str, float]] = field(default_factory=OrderedDict)
    _connections: list[Connection] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def new_ticket(self, app: App) -> str:
        """The secret part of an address that opens one connection, soon."""
        ticket = new_secret(size_bytes=24)
        self._tickets[ticket] = (app.id, self.clock())
        while len(self._tickets) > _TICKETS_KEPT:
            self._tickets.popitem(last=False)
        return ticket

    def open_count(self, app_id: str) -> int:
        """How many connections an app has."""
        return len(self._open(app_id))

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """A connection from its handshake to its end."""
        app_id = self._redeem(request.query.get("ticket", ""))
        if app_id is None:
            return web.Response(status=401, text="invalid or expired ticket")
        socket = web.WebSocketResponse(heartbeat=PING_SECONDS, max_msg_size=_FRAME_BYTES)
        await socket.prepare(request)
        connection = Connection(app_id, socket)
        if self.open_count(app_id) >= CONNECTIONS:
            await self._say_goodbye(connection, "too_many_websockets")
            await socket.close()
            return socket
        self._connections.append(connection)
        try:
            await socket.send_json(self._hello(app_id))
            await self._read(connection)
        except (ConnectionError, RuntimeError):
            log.info("slack_socket.broken", app_id=app_id)
        finally:
            self._connections.remove(connection)
            connection.give_up("connection_failed")
        return socket

    async def deliver(self, app: App, kind: Kind, payload: Json, attempt: int, reason: str) -> Outcome:
        """One attempt to bring an envelope to any open connection of the app."""
        usable = [connection for connection in self._open(app.id) if not connection.leaving]
        if not usable:
            return Outcome(answered=False, reason="connection_failed")
        connection = random.choice(usable)  # noqa: S311  # a choice among equals, no secret
        name = str(uuid4())
        sent: Json = {
            "envelope_id": name,
            "payload": payload,
            "type": "interactive" if kind == "options" else kind,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            sent |= {"retry_attempt": attempt, "retry_reason": reason}
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        connection.waiting[name] = future
        self.envelopes[kind] = self.envelopes.get(kind, 0) + 1
        try:
            async with asyncio.timeout(self.ack_seconds):
                await connection.socket.send_str(json.dumps(sent, ensure_ascii=False))
                return await future
        except TimeoutError:
            return Outcome(answered=False, reason="timeout")
        except (ConnectionError, RuntimeError):
            return Outcome(answered=False, reason="connection_failed")
        finally:
            connection.waiting.pop(name, None)

    async def refresh(self, app_id: str | None = None) -> None:
        """Tell open connections that they will be replaced, as Slack does every few hours."""
        for connection in self._open(app_id):
            await self._say_goodbye(connection, "warning")
            self._later(self._close_after_grace(connection, "refresh_requested"))

    async def disable(self, app_id: str) -> None:
        """Tell an app that Socket Mode was switched off, and close its connections."""
        for connection in self._open(app_id):
            await self._say_goodbye(connection, "link_disabled")
            await self._close(connection)

    async def cut(self, app_id: str | None = None) -> None:
        """Break all connections without a word, as a network does."""
        for connection in self._open(app_id):
            if transport := connection.socket._req and connection.socket._req.transport:  # noqa: SLF001  # no public way
                transport.abort()

    async def stop(self) -> None:
        """Close everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in list(self._connections):
            await self._close(connection)

    def _open(self, app_id: str | None) -> list[Connection]:
        return [
            connection
            for connection in self._connections
            if app_id in (None, connection.app_id) and not connection.socket.closed
        ]

    def _redeem(self, ticket: str) -> str | None:
        app_id, at = self._tickets.pop(ticket, ("", 0.0))
        return app_id if app_id and self.clock() - at <= TICKET_SECONDS else None

    def _hello(self, app_id: str) -> Json:
        return {
            "type": "hello",
            "num_connections": self.open_count(app_id),
            "debug_info": {
                "host": _HOST,
                "build_number": 1,
                "approximate_connection_time": CONNECTION_SECONDS,
            },
            "connection_info": {"app_id": app_id},
        }

    async def _read(self, connection: Connection) -> None:
        async for message in connection.socket:
            if message.type is WSMsgType.TEXT:
                self._acknowledge(connection, message.data)

    def _acknowledge(self, connection: Connection, text: str) -> None:
        try:
            said: Any = json.loads(text)
        except ValueError:
            said = None
        if not isinstance(said, dict) or not isinstance(said.get("envelope_id"), str):
            log.info("slack_socket.nonsense_received", app_id=connection.app_id)
            return
        future = connection.waiting.get(said["envelope_id"])
        if future is not None and not future.done():
            future.set_result(Outcome(answered=True, payload=said.get("payload")))

    async def _say_goodbye(self, connection: Connection, reason: str) -> None:
        told = {"type": "disconnect", "reason": reason, "debug_info": {"host": _HOST}}
        with contextlib.suppress(ConnectionError, RuntimeError):
            await connection.socket.send_json(told)

    async def _close_after_grace(self, connection: Connection, reason: str) -> None:
        await asyncio.sleep(self.grace_seconds)
        if not connection.socket.closed:
            connection.leaving = True
            await self._say_goodbye(connection, reason)
            await self._close(connection)

    async def _close(self, connection: Connection) -> None:
        connection.leaving = True
        with contextlib.suppress(ConnectionError, RuntimeError):
            await connection.socket.close(code=WSCloseCode.GOING_AWAY)

    def _later(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def check_app_token(app: App | None) -> App:
    """The app of an app-level token.

    Raises:
        Refused: `invalid_auth`, `token_revoked`.
    """
    if app is None:
        raise Refused("invalid_auth")
    if app.app_token_revoked:
        raise Refused("token_revoked")
    return app
