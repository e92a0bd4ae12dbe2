"""Who may call what: a bearer token with the scope that the route needs, checked before the body is read."""

import re
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from tickets.adapters.http.acting import acting
from tickets.adapters.http.api import api_of
from tickets.adapters.http.json_bodies import must_be_storable
from tickets.adapters.http.problems import MEDIA_TYPE, Problem, wrong_header, wrong_parameter
from tickets.adapters.postgres.audit_log import ORIGIN, Origin
from tickets.adapters.postgres.tokens import Caller
from tickets.handlers.working.work import Asked

_BEARER = re.compile(r"bearer +(\S+) *\Z", re.IGNORECASE)
_KEY = re.compile(r"[\x21-\x7e]{1,200}\Z")
_REALM = 'Bearer realm="tickets"'
_SCOPE = "x-required-scope"
_LONGEST_FORWARDED = 100
IDEMPOTENCY = {"Idempotency-Key": "Asking again with the same key and body does nothing; 1 to 200 visible characters."}


_SCHEMA = {"schema": {"$ref": "#/components/schemas/Problem"}}
_BYTES = {"schema": {"type": "string", "format": "binary"}}


def needs(
    scope: str,
    *statuses: int,
    headers: Mapping[str, str] | None = None,
    takes_bytes: bool = False,
    gives: str | None = None,
    accepts: type | None = None,
) -> dict[str, Any]:
    """Arguments of a route that callers need a scope for, and what the OpenAPI document says about it.

    Args:
        statuses: of the problems that it may answer with, besides those that every route may.
        headers: name → description of headers that it reads.
        takes_bytes: the body is a file.
        gives: media type of an answer that is a file.
        accepts: the model of an answer with 202, where what was asked for may be done later.
    """
    problems = sorted({401, 403, 422, 503, *statuses})
    responses: dict[int, Any] = {
        status: {"description": "A problem", "content": {MEDIA_TYPE: _SCHEMA}} for status in problems
    }
    if gives:
        responses[200] = {"description": "The bytes", "content": {gives: _BYTES}}
    if accepts:
        responses[202] = {"description": "It is done later", "model": accepts}
    extra: dict[str, Any] = {"security": [{"bearer": []}], _SCOPE: scope}
    if headers:
        extra["parameters"] = [
            {"name": name, "in": "header", "required": False, "description": words, "schema": {"type": "string"}}
            for name, words in headers.items()
        ]
    if takes_bytes:
        extra["requestBody"] = {"required": True, "content": {"application/octet-stream": _BYTES}}
    return {"openapi_extra": extra, "responses": responses}


class GuardedRoute(APIRoute):
    """A route whose caller is known and permitted before anything of the body is read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler behind the guard."""
        answer = super().get_route_handler()
        scope = (self.openapi_extra or {})[_SCOPE]
        takes_json = self.body_field is not None
        takes_parameters = bool(self.dependant.query_params)

        async def guarded(request: Request) -> Response:
            request.scope["template"] = self.path_format
            request.state.caller = caller = await _permitted(request, scope)
            ORIGIN.set(_origin(request, caller))
            if request.query_params and not takes_parameters:
                raise wrong_parameter(next(iter(request.query_params)), "is not known here")
            if takes_json and _has_body(request):
                _must_be_json(request)
                await must_be_storable(request)
            return await answer(request)

        return guarded


def caller_of(request: Request) -> Caller:
    """Whoever holds the token that this request came with."""
    caller: Caller = request.state.caller
    return caller


def asked_by(request: Request, body: Any = None) -> Asked:
    """The question behind a request, with its idempotency key if it has one."""
    caller = caller_of(request)
    key = request.headers.get("idempotency-key")
    if key is not None and not _KEY.match(key):
        raise wrong_header("Idempotency-Key", "must be 1 to 200 visible ASCII characters")
    if key is not None and caller.service is not None:
        key = f"{caller.agent} {key}"  # agents who work through one service do not know of each other's keys
    return Asked(
        token_id=caller.id,
        name=caller.name,
        actor=caller.actor,
        traceparent=request.scope.get("traceparent"),
        idempotency_key=key,
        agent=caller.agent,
        bot=caller.bot and caller.agent is None,
        via=caller.via,
        admin="admin" in caller.scopes,
        request={"method": request.method, "path": request.url.path, "body": body},
    )


async def _permitted(request: Request, scope: str) -> Caller:
    presented = request.headers.get("authorization", "")
    match = _BEARER.match(presented)
    if not match:
        raise Problem(
            401,
            "token_missing",
            "send a token: Authorization: Bearer …",
            headers={"www-authenticate": _REALM},
        )
    caller: Caller | None = await api_of(request).tokens.check(match[1])
    if caller is None:
        raise Problem(
            401,
            "token_invalid",
            "this token is unknown, expired or revoked",
            headers={"www-authenticate": f'{_REALM}, error="invalid_token"'},
        )
    caller = await acting(request, caller, api_of(request).tokens)
    if scope not in caller.scopes:
        holder = f"the token {caller.name!r} does not have" if caller.service is None else "nobody is lent"
        raise Problem(
            403,
            "scope_missing",
            f"this needs the scope {scope}, which {holder}",
            headers={"www-authenticate": f'{_REALM}, error="insufficient_scope", scope="{scope}"'},
            extra={"missing_scope": scope},
        )
    return caller


def _origin(request: Request, caller: Caller) -> Origin:
    """What the audit log says of where a request came from.

    Whom a proxy names is written down as what it is: words of whoever sent the header.
    """
    place = request.client.host if request.client else ""
    forwarded = request.headers.get("x-forwarded-for", "")[:_LONGEST_FORWARDED]
    said = f", which says for {forwarded}" if forwarded and forwarded.isprintable() else ""
    return Origin(caller.service or caller.token, f"{place}{said}")


def _has_body(request: Request) -> bool:
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"


def _must_be_json(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not (kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))):
        raise Problem(415, "unsupported_media_type", "send application/json", headers={"accept": "application/json"})
