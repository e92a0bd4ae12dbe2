"""The outermost layer: probes, correlation ids, body limits, and headers that every answer has."""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from starlette.exceptions import HTTPException

from tickets.adapters.http.api import PARTS, Api
from tickets.metrics import note_request
from ventanilla_runtime.health import Application, Health
from ventanilla_runtime.tracing import child_of, trace_id

JSON_LIMIT_BYTES: Final = 1024 * 1024
UPLOAD_LIMIT_BYTES: Final = 25 * 1024 * 1024
UPLOADS: Final = "/api/v1/attachments"
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    # Whatever a browser is made to open here, a customer's file or a problem with his words in it: nothing of it runs.
    (b"content-security-policy", b"sandbox; default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_Message = MutableMapping[str, Any]


class Door:
    """Wraps the API, and gives it the parts with which it answers; an ASGI application."""

    def __init__(self, application: Application, api: Api, health: Health) -> None:
        self._application = application
        self._api = api
        self._health = health

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[_Message]],
        send: Callable[[_Message], Awaitable[None]],
    ) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if self._health.answer(scope["path"]):
            await self._health(scope, receive, send)
            return
        scope[PARTS] = self._api
        headers = dict(scope["headers"])
        if "traceparent" not in scope:  # the chassis puts it there; here for who asks without it
            scope["traceparent"] = child_of(headers.get(b"traceparent", b"").decode("latin-1"))
        traceparent = scope["traceparent"]
        limit = UPLOAD_LIMIT_BYTES if scope["path"] == UPLOADS else JSON_LIMIT_BYTES
        too_large = HTTPException(413, f"at most {limit} bytes are taken here", {"connection": "close"})
        began = time.perf_counter()
        announced = headers.get(b"content-length", b"")
        taken = 0

        async def receive_limited() -> _Message:
            nonlocal taken
            if announced.isdigit() and int(announced) > limit:
                raise too_large
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise too_large
            return message

        async def send_with_headers(message: _Message) -> None:
            if message["type"] == "http.response.start":
                route = scope.get("template", "other")
                note_request(route, scope["method"], message["status"], time.perf_counter() - began)
                correlation = (b"x-correlation-id", (trace_id(traceparent) or "").encode())
                message["headers"] = [*message.get("headers", ()), correlation, *_HEADERS]
            await send(message)

        await self._application(scope, receive_limited, send_with_headers)
