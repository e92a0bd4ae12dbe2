"""What Twilio asks: `POST /twilio/…`. Nothing is believed before its signature is right; each body is bounded.

Calls are always answered with a document. Texts are answered when they are durable; while the broker is away Twilio is
told to try again, and the reconciler finds what it gave up.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import structlog
from fastapi import FastAPI, Request
from starlette.datastructures import ImmutableMultiDict
from starlette.responses import PlainTextResponse, Response

from intake_phone import metrics
from intake_phone.adapters.twilio.signature import HEADER, Form, Signatures
from intake_phone.domain.twiml import Door
from intake_phone.errors import NotAccepted, Senseless

log = structlog.get_logger()

PREFIX: Final = "/twilio"
LIMIT_BYTES: Final = 64 * 1024
_MOST_FIELDS: Final = 400
_XML: Final = "text/xml"
_EMPTY: Final = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
_FORM: Final = "application/x-www-form-urlencoded"
_CALL_DOORS: Final[Mapping[str, Door]] = {
    "voice": "step", "step": "step", "wait": "wait", "leg": "leg", "taken": "taken",
}  # fmt: skip
"""Path → what is asked of a customer's call, or of an agent's telephone that rings for one."""
CALL_SECONDS: Final = 10.0
"""Twilio waits 15 for a document, and then tells whoever is on the line that an application error has occurred."""
CHECK: Final = "check"
CHECKED: Final = "intake-phone takes what Twilio signs\n"
UNSIGNED: Final = "the signature is missing or wrong"
_RETRY_SECONDS: Final = "5"

Fields = Mapping[str, str]
AnswersCalls = Callable[[Door, Fields, Fields], Awaitable[str]]
"""(door, query, form) → the document."""
AnswersAgents = Callable[[Fields, Fields], Awaitable[str]]
"""(query, form) of an agent's telephone, rung for a page or to call a customer back → the document."""
TakesTexts = Callable[[Fields], Awaitable[str]]
"""A text's form → what is answered at once, or nothing. Raises NotAccepted, Senseless."""
TakesStates = Callable[[Fields, Fields], Awaitable[None]]
"""(query, form) of a state. Raises NotAccepted, Senseless."""


_Door = Callable[[Fields, Fields], Awaitable[Response]]
"""(query, form) of what Twilio has signed → the answer."""


class _Refused(Exception):  # never leaves this module
    def __init__(self, status: int, reason: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.reason = reason


class Doors:
    """The doors that Twilio knocks at."""

    def __init__(
        self,
        *,
        signatures: Signatures,
        calls: AnswersCalls,
        agents: Mapping[Door, AnswersAgents],
        texts: TakesTexts,
        call_ended: TakesStates,
        leg_ended: TakesStates,
        text_state: TakesStates,
        sorry: str,
        sorry_agent: str,
        call_seconds: float = CALL_SECONDS,
    ) -> None:
        """The doors.

        Args:
            agents: what answers telephones of agents that ring for something else than a customer who waits.
            sorry: the document for a call that we cannot answer, whatever the reason. sorry_agent: for an agent's one.
            call_seconds: how long a document of a call may take.
        """
        self._signatures = signatures
        self._calls = calls
        self._agents = agents
        self._texts = texts
        self._call_ended = call_ended
        self._leg_ended = leg_ended
        self._text_state = text_state
        self._sorry = sorry
        self._sorry_agent = sorry_agent
        self._call_seconds = call_seconds

    def application(self) -> FastAPI:
        """The routes, and nothing beside them: Twilio needs no pages of documentation."""
        application = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
        # Whoever was taken is joined with the agent even if nobody can note it.
        instead: dict[Door, str] = {"leg": self._sorry_agent, "taken": _EMPTY}
        calls: dict[str, _Door] = {
            path: self._spoken(path, partial(self._calls, door), instead.get(door, self._sorry))
            for path, door in _CALL_DOORS.items()
        }
        calls |= {door: self._spoken(door, answers, self._sorry_agent) for door, answers in self._agents.items()}
        doors: dict[str, _Door] = {
            **calls,
            "recording": self._recording,
            "messages": self._message,
            CHECK: self._check,
            "status/call": self._ended,
            "status/leg": self._leg,
            "status/text": self._state,
        }
        for path, door in doors.items():
            # Plain routes: what a request says is read here, behind its signature, and not by the framework before it.
            application.add_route(f"{PREFIX}/{path}", _timed(path, self._knock(door)), methods=["POST"])
        return application

    def _knock(self, door: _Door) -> Callable[[Request], Awaitable[Response]]:
        async def knock(request: Request) -> Response:
            try:
                form = await self._signed(request)
                return await door(_flat(parse_qsl(request.url.query, keep_blank_values=True)), form)
            except _Refused as error:
                metrics.REFUSED.labels(error.reason).inc()
                log.warning("request.refused", reason=error.reason, path=request.url.path)
                return PlainTextResponse(f"{error}\n", error.status)
            except Senseless as error:
                metrics.REFUSED.labels("malformed").inc()
                log.warning("request.refused", reason="malformed", detail=str(error))
                return PlainTextResponse(f"{error}\n", 400)
            except NotAccepted as error:
                metrics.REFUSED.labels("not_accepted").inc()
                log.warning("request.not_accepted", error=error)
                return PlainTextResponse("try again\n", 503, headers={"retry-after": _RETRY_SECONDS})

        return knock

    async def _signed(self, request: Request) -> Fields:
        body = await _body(request)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        form: Form | None = None
        if kind == _FORM or not body:
            try:
                form = ImmutableMultiDict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
            except ValueError as error:  # no UTF-8, or too many fields
                raise _Refused(403, "signature", UNSIGNED) from error
        path = request.scope.get("raw_path", b"").decode("ascii", "replace").partition("?")[0]
        query = request.scope.get("query_string", b"").decode("ascii", "replace")
        if not self._signatures.is_twilios(path, query, form, body, request.headers.get(HEADER)):
            raise _Refused(403, "signature", UNSIGNED)
        return _flat(form.multi_items()) if form is not None else {}

    def _spoken(self, path: str, answers: AnswersAgents, sorry: str) -> _Door:
        """A door behind which somebody is on the line: they hear something, whatever goes wrong in here."""

        async def spoken(query: Fields, form: Fields) -> Response:
            try:
                async with asyncio.timeout(self._call_seconds):
                    text = await answers(query, form)
            except Exception:
                log.exception("call.not_answered", door=path)
                text = sorry
            return Response(text, media_type=_XML)

        return spoken

    async def _recording(self, _query: Fields, _form: Fields) -> Response:
        # What was recorded is fetched when the call is read; nothing depends on this word.
        return Response(_EMPTY, media_type=_XML)

    async def _message(self, _query: Fields, form: Fields) -> Response:
        answer = await self._texts(form)
        document = _EMPTY
        if answer:
            document = f"{_EMPTY.removesuffix('<Response/>')}<Response><Message>{escape(answer)}</Message></Response>"
        return Response(document, media_type=_XML)

    async def _check(self, _query: Fields, _form: Fields) -> Response:
        # For `intake-phone doctor`: what Twilio signs reaches us as it was signed.
        return PlainTextResponse(CHECKED)

    async def _ended(self, query: Fields, form: Fields) -> Response:
        await self._call_ended(query, form)
        return Response(status_code=204)

    async def _leg(self, query: Fields, form: Fields) -> Response:
        await self._leg_ended(query, form)
        return Response(status_code=204)

    async def _state(self, query: Fields, form: Fields) -> Response:
        await self._text_state(query, form)
        return Response(status_code=204)


def _timed(path: str, knock: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    clock = metrics.ANSWER_SECONDS.labels(path)

    async def timed(request: Request) -> Response:
        begun = time.perf_counter()
        request.scope["template"] = f"{PREFIX}/{path}"
        try:
            return await knock(request)
        finally:
            clock.observe(time.perf_counter() - begun)

    return timed


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIMIT_BYTES:
            raise _Refused(413, "too_large", "the body is too large")
    return bytes(body)


def _flat(pairs: "list[tuple[str, str]]") -> dict[str, str]:
    """Of a name that comes twice, what it said first: Twilio repeats none that we read."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found
