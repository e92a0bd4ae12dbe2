"""From an HTTP request to a handler: who asks, what goes wrong on purpose, and how refusals look."""

import base64
import binascii
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import web

from ventanilla_devstack.twilio.errors import MORE_INFO, ApiError
from ventanilla_devstack.twilio.faults import Fault
from ventanilla_devstack.twilio.fields import API_VERSION
from ventanilla_devstack.twilio.rest import calls, messages, others
from ventanilla_devstack.twilio.rest.asked import Answered, Asked, not_found
from ventanilla_devstack.twilio.rest.form import Form
from ventanilla_devstack.twilio.voice.site import Site

Handler = Callable[[Asked], Answered]
_CALLS_KEPT = 5_000
_FORM_BYTES = 256 * 1024
_SID = r"([A-Za-z]{2}[0-9a-fA-F]{32})"
_END = r"(?:\.json)?"
_SOUND = r"(?:\.json|\.wav|\.mp3)?"

_ROUTES: tuple[tuple[str, dict[str, Handler]], ...] = (
    (r"/Calls" + _END, {"GET": calls.listing, "POST": calls.create}),
    (rf"/Calls/{_SID}{_END}", {"GET": calls.fetch, "POST": calls.update, "DELETE": calls.remove}),
    (rf"/Calls/{_SID}/Recordings{_END}", {"GET": calls.recordings, "POST": calls.record}),
    (rf"/Calls/{_SID}/Recordings/(Twilio\.CURRENT|RE[0-9a-fA-F]{{32}}){_SOUND}",
     {"GET": others.recording, "POST": calls.change_recording, "DELETE": others.remove_recording}),
    (r"/Messages" + _END, {"GET": messages.listing, "POST": messages.create}),
    (rf"/Messages/{_SID}{_END}", {"GET": messages.fetch, "DELETE": messages.remove}),
    (rf"/Messages/{_SID}/Media{_END}", {"GET": messages.media_listing}),
    (rf"/Messages/{_SID}/Media/{_SID}{_END}", {"GET": messages.media, "DELETE": messages.remove_media}),
    (r"/Recordings" + _END, {"GET": others.recordings}),
    (rf"/Recordings/{_SID}{_SOUND}", {"GET": others.recording, "DELETE": others.remove_recording}),
    (r"/Queues" + _END, {"GET": others.queues, "POST": others.create_queue}),
    (rf"/Queues/{_SID}{_END}", {"GET": others.queue, "POST": others.update_queue, "DELETE": others.remove_queue}),
    (rf"/Queues/{_SID}/Members{_END}", {"GET": others.members}),
    (rf"/Queues/{_SID}/Members/(Front|CA[0-9a-fA-F]{{32}}){_END}", {"GET": others.member, "POST": others.dequeue}),
    (r"/IncomingPhoneNumbers" + _END, {"GET": others.numbers}),
    (rf"/IncomingPhoneNumbers/{_SID}{_END}", {"GET": others.number, "POST": others.number}),
    (r"/Balance" + _END, {"GET": others.balance}),
    (_END, {"GET": others.account}),
)  # fmt: skip
_CONTENT = re.compile(r"/v1/Content/(HX[0-9a-fA-F]{32})/ApprovalRequests")
"""Of another host of Twilio's; here one server stands for all of them."""
_FAULTS = {
    "internal_error": (500, 20500, "An internal server error has occurred"),
    "unavailable": (503, 20503, "Service is unavailable. Please try again"),
    "too_many": (429, 20429, "Too Many Requests"),
}


@dataclass(frozen=True, slots=True)
class Made:
    """A call of REST that was made."""

    method: str
    path: str
    form: Form
    status: int
    code: int = 0


class Rest:
    """The handlers together.

    Attributes:
        made: the last calls, oldest first.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._routes = [(re.compile(pattern), handlers) for pattern, handlers in _ROUTES]
        self.made: list[Made] = []

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Any request below `/2010-04-01/Accounts/`."""
        body = await request.content.read(_FORM_BYTES + 1)
        form = Form(parse_qsl(body[:_FORM_BYTES].decode(errors="replace"), keep_blank_values=True))
        fault = self._site.faults.next_for(f"{request.method} {request.path}")
        if fault is not None:
            broken = await self._fail(fault, request)
            if broken is not None:
                self._note(Made(request.method, request.path, form, broken.status))
                return broken
        code = 0
        try:
            answer = self._answer(request, form)
        except ApiError as refused:
            code = refused.code
            answer = Answered(
                refused.status,
                {
                    "code": refused.code,
                    "message": refused.detail,
                    "more_info": MORE_INFO.format(code=refused.code),
                    "status": refused.status,
                },
            )
        self._note(Made(request.method, request.path, form, answer.status, code))
        if fault is not None and fault.kind == "cut_after":
            return _cut(request)
        if answer.body is not None:
            return web.json_response(answer.body, status=answer.status, headers=self._headers(answer.status))
        headers = {"Content-Type": answer.content_type, "X-Content-Type-Options": "nosniff",
                   "Content-Security-Policy": "sandbox"}  # fmt: skip
        return web.Response(status=answer.status, body=answer.content, headers=headers)

    def _answer(self, request: web.Request, form: Form) -> Answered:
        self._authenticate(request)
        if request.method == "GET" and (template := _CONTENT.fullmatch(request.path)):
            return others.approval(Asked(self._site, "GET", request.path, (template[1],), dict(request.query), form))
        account = self._site.exchange.account.sid
        prefix = f"/{API_VERSION}/Accounts/{account}"
        rest = request.path.removeprefix(prefix) if request.path.startswith(prefix) else None
        if rest is None:
            raise not_found(request.path)
        for pattern, handlers in self._routes:
            match = pattern.fullmatch(rest)
            if match is not None:
                handler = handlers.get(request.method)
                if handler is None:
                    raise ApiError(20004, "Method not allowed", 405)
                sids = tuple(each for each in match.groups() if each)
                return handler(Asked(self._site, request.method, request.path, sids, dict(request.query), form))
        raise not_found(request.path)

    def _authenticate(self, request: web.Request) -> None:
        account = self._site.exchange.account
        given = request.headers.get("Authorization", "")
        try:
            found = base64.b64decode(given.removeprefix("Basic "), validate=True) if given.startswith("Basic ") else b""
        except binascii.Error:
            found = b""
        if not hmac.compare_digest(found, f"{account.sid}:{account.auth_token}".encode()):
            raise ApiError(20003, "Authenticate", 401)

    def _headers(self, status: int) -> dict[str, str]:
        headers = {"Twilio-Concurrent-Requests": "1", "X-Home-Region": "us1"}
        return headers | ({"WWW-Authenticate": 'Basic realm="Twilio API"'} if status == 401 else {})

    async def _fail(self, fault: Fault, request: web.Request) -> web.StreamResponse | None:
        if fault.kind == "wait":
            await self._site.exchange.pace.sleep(fault.seconds)
            return None
        if fault.kind == "cut_before":
            return _cut(request)
        if fault.kind == "cut_after":
            return None
        status, code, detail = _FAULTS[fault.kind]
        body = {"code": code, "message": detail, "more_info": MORE_INFO.format(code=code), "status": status}
        return web.json_response(body, status=status)

    def _note(self, made: Made) -> None:
        self.made.append(made)
        del self.made[:-_CALLS_KEPT]


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
