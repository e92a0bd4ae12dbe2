"""The way into the Web API: arguments, token, scopes, limits, faults, and the answer with its headers."""

import asyncio
import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

import structlog
from aiohttp import web

from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.faults import Fault
from ventanilla_devstack.slack.records import App, Json
from ventanilla_devstack.slack.site import Site
from ventanilla_devstack.slack.sockets import check_app_token
from ventanilla_devstack.slack.web_api import chat, conversations, files, people, sign_in_methods, surfaces
from ventanilla_devstack.slack.web_api.calls import Arguments, Call, Method

METHODS: Mapping[str, Method] = (
    people.METHODS | chat.METHODS | conversations.METHODS | surfaces.METHODS | files.METHODS | sign_in_methods.METHODS
)
CALLS_KEPT = 20_000
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_SECRET_ARGUMENTS = frozenset({"token", "client_secret", "code"})
_APP_SCOPES = frozenset({"connections:write", "authorizations:read"})

log = structlog.get_logger()


class WebApi:
    """All methods behind one handler.

    Attributes:
        calls: method, arguments and error code ("" for none) of the last calls, oldest first; no secrets.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self.calls: list[tuple[str, Mapping[str, Any], str]] = []

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One call of one method."""
        name = request.match_info["method"]
        arguments: Mapping[str, Any] = {}
        unreadable: Refused | None = None
        try:
            arguments = await _arguments(request)
        except Refused as refused:
            unreadable = refused
        fault = self._site.faults.next_for(name, arguments, _port_of(request))
        if fault is not None:
            broken = await self._fail_before(request, fault)
            if broken is not None:
                return broken
        headers = {"X-Slack-Req-Id": request.headers.get("X-Request-Id", "local")}
        try:
            if unreadable is not None:
                raise unreadable  # it is answered as every other refusal
            answer = self._run(name, _known(METHODS.get(name), name), request, arguments, headers)
        except Refused as refused:
            answer = {"ok": False, "error": refused.code, **refused.fields}
        self._note(name, arguments, str(answer.get("error", "")))
        if fault is not None and fault.kind == "cut_after":
            _cut(request)
        status = 429 if answer.get("error") == "ratelimited" else 200
        return web.json_response(answer, status=status, headers=headers)

    def _run(
        self, name: str, method: Method, request: web.Request, arguments: Mapping[str, Any], headers: dict[str, str]
    ) -> Json:
        call = self._let_in(name, method, request, arguments)
        headers["X-OAuth-Scopes"] = ",".join(sorted(call.scopes))
        headers["X-Accepted-OAuth-Scopes"] = ",".join(method.accepted or method.scopes)
        home = self._site.workspace.home
        channel = str(arguments.get("channel", ""))
        wait = self._site.limits.retry_after(name, method.tier, call.app.id, home, channel)
        if wait is not None:
            headers["Retry-After"] = str(wait)
            raise Refused("ratelimited")
        if method.scopes and not call.scopes & set(method.scopes):
            call.require(*method.scopes)
        answer = {"ok": True, **method.run(call)}
        if request.content_type == "application/json" and request.charset is None and request.can_read_body:
            answer = _with_warning(answer, "missing_charset")
        return answer

    def _let_in(self, name: str, method: Method, request: web.Request, arguments: Mapping[str, Any]) -> Call:
        workspace = self._site.workspace
        token = _token(request, arguments)
        if method.takes == "none":
            app = (
                self._named_app(request, arguments)
                if name.startswith("openid.")
                else next(iter(workspace.apps.values()))
            )
            return self._call(name, arguments, app, app.bot_user, frozenset(), token)
        if not token:
            raise Refused("not_authed")
        if method.takes == "app":
            if token.startswith(("xoxb-", "xoxp-")):
                raise Refused("not_allowed_token_type")
            app = check_app_token(next((app for app in workspace.apps.values() if app.app_token == token), None))
            return self._call(name, arguments, app, app.bot_user, _APP_SCOPES, token)
        grant = self._site.sign_in.granted(token)
        if grant is not None and (method.takes == "user" or name.startswith("auth.")):
            return self._call(name, arguments, workspace.apps[grant.app_id], grant.user, grant.scopes, token)
        if grant is not None or token.startswith("xapp-") or method.takes == "user":
            raise Refused(
                "not_allowed_token_type" if grant is not None or token.startswith("xapp-") else "invalid_auth"
            )
        found = next((app for app in workspace.apps.values() if app.bot_token == token), None)
        if found is None:
            raise Refused("invalid_auth")
        if token in found.revoked:
            raise Refused("token_revoked")
        return self._call(name, arguments, found, found.bot_user, frozenset(found.scopes), token)

    def _call(
        self, name: str, arguments: Mapping[str, Any], app: App, user: str, scopes: frozenset[str], token: str
    ) -> Call:
        return Call(self._site, name, Arguments(arguments), app, self._site.workspace.user(user), scopes, token)

    def _named_app(self, request: web.Request, arguments: Mapping[str, Any]) -> App:
        """The app of a client id with its secret, from the arguments or from basic authentication."""
        name, secret = str(arguments.get("client_id", "")), str(arguments.get("client_secret", ""))
        basic = request.headers.get("Authorization", "")
        if basic.startswith("Basic "):
            try:
                name, _, secret = base64.b64decode(basic[6:]).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError) as error:
                raise Refused("invalid_client_id") from error
        app = next((app for app in self._site.workspace.apps.values() if app.client_id == name), None)
        if app is None:
            raise Refused("invalid_client_id")
        if app.client_secret != secret:
            raise Refused("bad_client_secret")
        return app

    def _note(self, name: str, arguments: Mapping[str, Any], error: str) -> None:
        kept = {key: value for key, value in arguments.items() if key not in _SECRET_ARGUMENTS}
        self.calls.append((name, kept, error))
        if len(self.calls) > CALLS_KEPT:
            del self.calls[: CALLS_KEPT // 10]

    async def _fail_before(self, request: web.Request, fault: Fault) -> web.StreamResponse | None:
        if fault.kind == "wait":
            await asyncio.sleep(fault.seconds)
        elif fault.kind == "cut_before":
            _cut(request)
        elif fault.kind == "ratelimited":
            headers = {"Retry-After": str(max(int(fault.seconds), 1))}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        elif fault.kind == "internal_error":
            return web.json_response({"ok": False, "error": "internal_error"}, status=500)
        elif fault.kind == "unavailable":
            return web.Response(status=503, text="upstream connect error or disconnect/reset before headers")
        return None


def _known(method: Method | None, name: str) -> Method:
    if method is None:
        raise Refused("unknown_method", req_method=name)
    return method


def _port_of(request: web.Request) -> int:
    peer = request.transport.get_extra_info("peername") if request.transport is not None else None
    return int(peer[1]) if peer else 0


def _cut(request: web.Request) -> None:
    """End the connection without an answer.

    Raises:
        ConnectionResetError: always, so that nothing is written any more.
    """
    if request.transport is not None:
        request.transport.abort()
    raise ConnectionResetError("cut by a fault")


def _with_warning(answer: Json, warning: str) -> Json:
    metadata = dict(answer.get("response_metadata") or {})
    metadata["warnings"] = [*metadata.get("warnings", []), warning]
    return {**answer, "warning": answer.get("warning", warning), "response_metadata": metadata}


def _token(request: web.Request, arguments: Mapping[str, Any]) -> str:
    header = request.headers.get("Authorization", "")
    if header.lower().startswith("bearer "):
        return header[7:].strip()
    return str(arguments.get("token") or "")


async def _arguments(request: web.Request) -> dict[str, Any]:
    """The arguments of a call, from its query and its body.

    Raises:
        Refused: `invalid_json`, `json_not_object`, `invalid_post_type`.
    """
    values: dict[str, Any] = dict(request.query)
    if request.method != "POST" or not request.can_read_body:
        return values
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text())
        except ValueError as error:
            raise Refused("invalid_json") from error
        if not isinstance(body, dict):
            raise Refused("json_not_object")
        return values | {key: value for key, value in body.items() if value is not None}
    if request.content_type in _FORMS:
        return values | {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    raise Refused("invalid_post_type")
