"""A span for each request that a service answers, whatever the application behind it is."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ventanilla_runtime import tracing
from ventanilla_runtime.health import Application
from ventanilla_runtime.tracing import Kind

_Message = MutableMapping[str, Any]
_PROBES = frozenset({"/livez", "/readyz", "/doorz", "/metrics"})
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


def spanned(application: Application, *, continues: bool = False) -> Application:
    """An application whose requests are spans; what they cause, and their log lines, belong to them.

    A path never becomes part of a span: it holds tokens and telephone numbers. The template of its route does.

    Args:
        continues: a caller's `traceparent` goes on here, which is for doors that only our own services and holders of
            a token knock at. Elsewhere each request begins a trace: a stranger must not choose what is recorded.
    """

    async def answer(
        scope: _Message, receive: Callable[[], Awaitable[_Message]], send: Callable[[_Message], Awaitable[None]]
    ) -> None:
        if scope["type"] != "http" or scope["path"] in _PROBES:
            await application(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"traceparent", b"").decode("latin-1") if continues else ""

        async def send_noted(message: _Message) -> None:
            if message["type"] == "http.response.start" and (span := tracing.began(traceparent)) is not None:
                _describe(span, scope, message["status"])
            await send(message)

        with tracing.span(_method(scope), Kind.SERVER, given) as traceparent:
            scope["traceparent"] = traceparent
            await application(scope, receive, send_noted)

    return answer


def _describe(span: tracing.Span, scope: _Message, status: int) -> None:
    span.attributes["http.request.method"] = _method(scope)
    span.attributes["http.response.status_code"] = status
    if route := scope.get("template") or getattr(scope.get("route"), "path", None):
        span.name = f"{_method(scope)} {route}"
        span.attributes["http.route"] = route
    number = str((scope.get("path_params") or {}).get("number", ""))
    if number.isascii() and number.isdigit():
        span.attributes["ventanilla.ticket.number"] = int(number[:18])
    if status >= 500:
        span.error = str(status)


def _method(scope: _Message) -> str:
    """The method; of those that nobody knows, no word of a stranger's."""
    return scope["method"] if scope["method"] in _METHODS else "_OTHER"
