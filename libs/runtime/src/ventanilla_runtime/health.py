"""`/livez`, `/readyz`, `/doorz` and `/metrics`: the same at every service, as a small ASGI application.

Alive means that the event loop turns. Ready means that the service can do its work now; the body names what is wrong.
The door is open once the service was ready, until it stops: for balancers before doors that have a good answer while
the broker is away, as the telephone has.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, Final

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ventanilla_runtime.http_connections import HEAD_LIMIT_BYTES, BoundedConnection, limited
from ventanilla_runtime.known_secrets import without_secret_bytes
from ventanilla_runtime.listening import listening_host
from ventanilla_runtime.metrics import REGISTRY

FAREWELL_SECONDS: Final = 2.0
KEEP_ALIVE_SECONDS: Final = 620
"""Longer than the 600 s of Google's balancers, and so than those of Traefik (90 s), AWS and nginx (60 s): who closes an
idle connection may cut a request off that is on its way, so it is left to whoever asks."""
_LOOK_SECONDS: Final = 0.05
Check = Callable[[], str | None]
"""Returns what is wrong in a person's words, or None."""

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[_Scope, _Receive, _Send], Awaitable[None]]


class Health:
    """Collects the checks of a service and answers the probes."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}
        self._worries: dict[str, Check] = {}
        self.starting = False
        """True until the service says that it has started: checks may still be missing."""
        self.draining = False
        self._was_ready = False

    def add(self, name: str, check: Check) -> None:
        """Make readiness depend on a check."""
        self._checks[name] = check

    def warn(self, name: str, check: Check) -> None:
        """Tell of something in the answer to `/readyz`, and stay ready: the rest of the service does its work."""
        self._worries[name] = check

    def warnings(self) -> dict[str, str]:
        """What somebody should look at, by check."""
        return {name: worry for name, check in self._worries.items() if (worry := check())}

    def problems(self) -> dict[str, str]:
        """What keeps the service from working, by check."""
        found = {"service": "it is stopping"} if self.draining else {}
        if self.starting and not found:
            found["service"] = "it is starting"
        for name, check in self._checks.items():
            if problem := check():
                found[name] = problem
        return found

    def answer(self, path: str) -> tuple[int, str, bytes] | None:
        """Status, content type and body for one of the paths; None for any other."""
        if path == "/livez":
            return 200, "text/plain; charset=utf-8", b"alive\n"
        if path == "/readyz":
            problems = self.problems()
            answer: dict[str, Any] = {"ready": not problems, "problems": problems}
            if warnings := self.warnings():
                answer["warnings"] = warnings
            body = without_secret_bytes(json.dumps(answer).encode()) + b"\n"
            return (503 if problems else 200), "application/json", body
        if path == "/doorz":
            self._was_ready = self._was_ready or not self.problems()
            is_open = self._was_ready and not self.draining
            return (200 if is_open else 503), "text/plain; charset=utf-8", b"open\n" if is_open else b"closed\n"
        if path == "/metrics":
            return 200, CONTENT_TYPE_LATEST, generate_latest(REGISTRY)
        return None

    async def __call__(
        self,
        scope: _Scope,
        receive: _Receive,  # noqa: ARG002  # the signature is ASGI's
        send: _Send,
    ) -> None:
        """The application: anything but these paths is not found."""
        if scope["type"] != "http":
            return
        status, kind, body = self.answer(scope["path"]) or (404, "text/plain; charset=utf-8", b"not found\n")
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", kind.encode())]})
        await send({"type": "http.response.body", "body": body})


def with_farewell(application: Any, health: Health) -> Application:
    """The application, whose answers are the last on their connection once the service is to stop."""

    async def answer(scope: _Scope, receive: _Receive, send: _Send) -> None:
        async def send_last(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start" and health.draining:
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        await application(scope, receive, send_last)

    return answer


class HttpServer(uvicorn.Server):
    """uvicorn inside our own event loop: the service, not uvicorn, listens to signals."""

    async def say_farewell(self) -> None:
        """Wait a moment for the connections that are open to bring their next request, whose answer is their last.

        A connection that is closed while a request is on its way looks like a failure to whoever sent it, and not
        everybody tries again.
        """
        deadline = time.monotonic() + FAREWELL_SECONDS
        while self.server_state.connections and time.monotonic() < deadline:
            await asyncio.sleep(_LOOK_SECONDS)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave SIGTERM and SIGINT to the service."""
        yield


def http_server(application: Any, host: str, port: int) -> HttpServer:
    """A server for an ASGI application; `await server.serve()` runs it, `should_exit = True` ends it."""
    return HttpServer(
        uvicorn.Config(
            limited(application),
            http=BoundedConnection,
            ws="none",
            host=listening_host(host),
            port=port,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=False,  # else X-Forwarded-For of whoever asks over loopback would be taken for who asks
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=10,
            h11_max_incomplete_event_size=HEAD_LIMIT_BYTES,
        )
    )
