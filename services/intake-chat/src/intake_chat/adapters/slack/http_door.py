"""Signed HTTP: Slack sends events, buttons, dialogs and commands to `POST /slack/events`.

Nothing is believed before the signature over the very bytes is right and fresh. The body is bounded before it is read.
"""

import hmac
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from intake_chat import metrics
from intake_chat.domain.slack.events import EVENT_CALLBACK
from intake_chat.domain.slack.json_text import written
from intake_chat.domain.slack.payloads import URL_VERIFICATION, Senseless, envelope_of, interaction_of
from intake_chat.errors import NotAccepted
from intake_chat.handlers.customers.accept import LIMIT_BYTES
from intake_chat.ports.customers import Accept

log = structlog.get_logger()

PATH: Final = "/slack/events"
_RETRY_SECONDS: Final = "5"
_FRESH_SECONDS: Final = 300
_LONGEST_HEADER: Final = 100
"""A signature has 67 characters, a time stamp ten."""

_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"
_NO_RETRY: Final = {"x-slack-no-retry": "1"}
"""What makes no sense makes none the next time."""

Interact = Callable[[dict[str, Any]], Awaitable[Response]]
"""Answers a button, a dialog or a command whose signature is right."""


class HttpDoor:
    """The door that Slack knocks at."""

    def __init__(self, *, signing_secret: str, accept: Accept, interact: Interact) -> None:
        self._secret = signing_secret.encode()
        self._accept = accept
        self._interact = interact

    async def knock(self, request: Request) -> Response:
        """Answer a request of Slack's, or of somebody who would like to be Slack."""
        begun = time.perf_counter()
        answer = await self._answered(request)
        if answer.status_code < 400 or answer.status_code >= 500:  # what is no word of Slack's nobody waits for
            kind = "interaction" if request.headers.get("content-type", "").startswith(_FORM) else "event"
            outcome = "answered" if answer.status_code < 400 else "refused"
            metrics.DOOR_SECONDS.labels("http", kind, outcome).observe(time.perf_counter() - begun)
        return answer

    async def _answered(self, request: Request) -> Response:
        body = await _body(request)
        if body is None:
            metrics.REFUSED.labels("too_large").inc()
            return PlainTextResponse("the body is too large\n", 413)
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not self._is_slacks(body, headers):
            metrics.REFUSED.labels("signature").inc()
            log.warning("request.refused", reason="signature")
            return PlainTextResponse("the signature is missing, wrong or stale\n", 401)
        try:
            return await self._answer(body, headers.get("content-type", "").partition(";")[0].strip().lower())
        except Senseless as error:
            metrics.REFUSED.labels("malformed").inc()
            log.warning("request.refused", reason="malformed", detail=str(error))
            return PlainTextResponse(f"{error}\n", 400, headers=_NO_RETRY)

    async def _answer(self, body: bytes, kind: str) -> Response:
        if kind == _FORM:
            interaction = interaction_of(body)
            return PlainTextResponse("") if interaction is None else await self._interact(interaction)
        if kind != _JSON:
            raise Senseless(f"send {_JSON} or {_FORM}, as Slack does")
        envelope = envelope_of(body)
        if envelope["type"] == URL_VERIFICATION:
            return JSONResponse({"challenge": envelope["challenge"][:500]})
        if envelope["type"] == EVENT_CALLBACK:
            try:
                await self._accept(_strict(body, envelope), envelope, "http")
            except NotAccepted as error:
                log.warning("event.not_accepted", error=error)
                return PlainTextResponse("try again\n", 503, headers={"retry-after": _RETRY_SECONDS})
        return PlainTextResponse("")

    def _is_slacks(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether Slack has signed these very bytes within the last five minutes; they need not be text.

        https://docs.slack.dev/authentication/verifying-requests-from-slack
        """
        signed_at, signature = headers.get("x-slack-request-timestamp"), headers.get("x-slack-signature")
        if signed_at is None or signature is None or max(len(signed_at), len(signature)) > _LONGEST_HEADER:
            return False
        if not signed_at.isascii() or not signed_at.isdigit() or abs(time.time() - int(signed_at)) > _FRESH_SECONDS:
            return False
        expected = hmac.new(self._secret, b"v0:%s:%s" % (signed_at.encode(), body), "sha256").hexdigest()
        return hmac.compare_digest(f"v0={expected}".encode(), signature.encode("utf-8", "replace"))


def _strict(body: bytes, envelope: dict[str, Any]) -> bytes:
    """The event as it came; written anew where strict readers would not take it."""
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return written(envelope)
    return body


async def _body(request: Request) -> bytes | None:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIMIT_BYTES:
            return None
    return bytes(body)
