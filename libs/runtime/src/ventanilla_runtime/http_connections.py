"""The connections of an HTTP door: how long a head of a request may take, and who goes when there are too many.

uvicorn gives a first head as long as it likes, and answers everybody with 503 once there are so many connections:
whoever opens a thousand and says nothing would close the door to all, `/livez` included. Here the one who has waited
for longest without a request makes room, so that whoever asks is answered; only requests at work are limited.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, cast

import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS: Final = 10.0
"""From the first moment in which a head is due to its last line."""
MOST_CONNECTIONS: Final = 1_000
MOST_REQUESTS: Final = 1_000
"""At work at once. More are told 503, but for those who look after the service."""
HEAD_LIMIT_BYTES: Final = 64 * 1024
_LOOKED_AT: Final = ("/livez", "/readyz", "/doorz", "/metrics")
_TOLD_EVERY_SECONDS: Final = 60.0

log = structlog.get_logger()

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_Application = Callable[[_Scope, _Receive, _Send], Awaitable[None]]


class BoundedConnection(H11Protocol):
    """One client's connection. All of a server share what they know of each other in `server_state`."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._due: asyncio.TimerHandle | None = None
        self._begun = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Somebody connects: a head is due, and the longest silent one goes where there are too many."""
        super().connection_made(transport)
        self._wait_for_head()
        if len(self.connections) > MOST_CONNECTIONS:
            _make_room(self._silent())

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._heard()
        self._silent().pop(self, None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A piece of a request."""
        if not self._begun and self._due is None:
            self._wait_for_head()
        super().data_received(data)
        if self._at_work():
            self._begun = True
            self._heard()
            self._silent().pop(self, None)

    def on_response_complete(self) -> None:
        """The answer is out; the next request may come when it likes, or is here already."""
        self._begun = False
        self._silent()[self] = None
        super().on_response_complete()
        if self._at_work():
            self._begun = True
            self._silent().pop(self, None)

    def _at_work(self) -> bool:
        cycle: Any = self.cycle  # None before the first request, whatever uvicorn's types say
        return cycle is not None and not cycle.response_complete

    def _silent(self) -> dict["BoundedConnection", None]:
        """Connections of this server without a request at work, longest first."""
        state = cast("Any", self.server_state)
        if not hasattr(state, "silent"):
            state.silent = {}
        found: dict[BoundedConnection, None] = state.silent
        return found

    def _wait_for_head(self) -> None:
        self._silent().setdefault(self, None)
        self._due = self.loop.call_later(HEAD_SECONDS, self.cut_off)

    def _heard(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def cut_off(self) -> None:
        """End it without a word: nobody has asked for anything."""
        self._heard()
        self._silent().pop(self, None)
        self.transport.abort()


class _Told:
    at = float("-inf")


def _make_room(silent: dict[BoundedConnection, None]) -> None:
    """Cut the longest silent one off; where all have a request at work, their number is limited elsewhere."""
    if silent:
        next(iter(silent)).cut_off()
    if (now := time.monotonic()) - _Told.at > _TOLD_EVERY_SECONDS:
        _Told.at = now
        log.warning("http.crowded", connections=MOST_CONNECTIONS)


def limited(application: _Application) -> _Application:
    """The application, for so many requests at once; those who look after the service always get in."""
    at_work = 0

    async def answer(scope: _Scope, receive: _Receive, send: _Send) -> None:
        nonlocal at_work
        if scope["type"] == "http" and _head_bytes(scope) > HEAD_LIMIT_BYTES:
            await _refuse(send, 431, b"the head of this request is too large\n")
            return
        if at_work >= MOST_REQUESTS and scope["type"] == "http" and scope["path"] not in _LOOKED_AT:
            await _refuse(send, 503, b"too many requests at once, try again\n", (b"retry-after", b"1"))
            return
        at_work += 1
        try:
            await application(scope, receive, send)
        finally:
            at_work -= 1

    return answer


def _head_bytes(scope: _Scope) -> int:
    """h11 looks at a head that is not there as a whole: one that comes in a single piece may be larger."""
    fields = sum(len(name) + len(value) + 4 for name, value in scope["headers"])
    return fields + len(scope["raw_path"]) + len(scope["query_string"])


async def _refuse(send: _Send, status: int, words: bytes, *more: tuple[bytes, bytes]) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close"), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words})
