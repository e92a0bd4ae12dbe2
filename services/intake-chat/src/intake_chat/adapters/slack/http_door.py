"""Signed HTTP: Slack sends events, buttons, dialogs and commands to `POST /slack/events`.

Nothing is believed before the signature over the very bytes is right and fresh. The body is bounded before it is read.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import orjson
import structlog
from slack_sdk.signature import SignatureVerifier
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from intake_chat import metrics
from intake_chat.domain.slack.events import EVENT_CALLBACK
from intake_chat.errors import NotAccepted
from intake_chat.handlers.customers.accept import LIMIT_BYTES
from intake_chat.ports.customers import Accept

log = structlog.get_logger()

PATH: Final = "/slack/events"
_RETRY_SECONDS: Final = "5"
_LONGEST_HEADER: Final = 100
"""A signature has 67 characters, a time stamp ten."""

Interact = Callable[[bytes, Mapping[str, str]], Awaitable[Response]]
"""Answers a button, a dialog or a command whose signature is right."""


class HttpDoor:
    """The door that Slack knocks at."""

    def __init__(self, *, signing_secret: str, accept: Accept, interact: Interact) -> None:
        self._verifier = SignatureVerifier(signing_secret)
        self._accept = accept
        self._interact = interact

    async def knock(self, request: Request) -> Response:
        """Answer a request of Slack's, or of somebody who would like to be Slack."""
        body = await _body(request)
        if body is None:
            metrics.REFUSED.labels("too_large").inc()
            return PlainTextResponse("the body is too large\n", 413)
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not self._is_slacks(body, headers):
            metrics.REFUSED.labels("signature").inc()
            log.warning("request.refused", reason="signature")
            return PlainTextResponse("the signature is missing, wrong or stale\n", 401)
        if not headers.get("content-type", "").startswith("application/json"):
            return await self._interact(body, headers)
        try:
            envelope = orjson.loads(body)
        except orjson.JSONDecodeError:
            envelope = None
        if not isinstance(envelope, dict):
            metrics.REFUSED.labels("malformed").inc()
            return PlainTextResponse("send a JSON object\n", 400)
        if envelope.get("type") == "url_verification":
            return JSONResponse({"challenge": str(envelope.get("challenge", ""))[:500]})
        if envelope.get("type") == EVENT_CALLBACK:
            try:
                await self._accept(body, envelope, "http")
            except NotAccepted as error:
                log.warning("event.not_accepted", error=error)
                return PlainTextResponse("try again\n", 503, headers={"retry-after": _RETRY_SECONDS})
        return PlainTextResponse("")

    def _is_slacks(self, body: bytes, headers: Mapping[str, str]) -> bool:
        signed_at, signature = headers.get("x-slack-request-timestamp"), headers.get("x-slack-signature")
        if signed_at is None or signature is None or max(len(signed_at), len(signature)) > _LONGEST_HEADER:
            return False
        try:
            return self._verifier.is_valid(body, signed_at, signature)
        except (ValueError, TypeError):
            # No number, no UTF-8, no ASCII: whoever wrote that is not Slack.
            return False


async def _body(request: Request) -> bytes | None:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIMIT_BYTES:
            return None
    return bytes(body)
