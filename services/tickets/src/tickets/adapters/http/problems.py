"""Every error of the API as a problem document (RFC 9457), and which status each error of ours has."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import asyncpg
import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from tickets.domain.desk.reading import pointer
from tickets.errors import (
    DatabaseAway,
    Invalid,
    KeyReused,
    NotFound,
    NotYours,
    Refused,
    StaleVersion,
    Taken,
    Undeliverable,
    WrongCode,
)
from ventanilla_contracts.errors import Permanent, Temporary
from ventanilla_runtime.errors import BlobLost
from ventanilla_runtime.tracing import trace_id

log = structlog.get_logger()

MEDIA_TYPE: Final = "application/problem+json"
_TITLES = {
    400: "The request cannot be understood",
    401: "A valid token is needed",
    403: "The token may not do this",
    404: "There is nothing here",
    405: "The method is not allowed here",
    409: "The request does not fit what is there",
    410: "It is gone",
    412: "The ticket has changed since it was read",
    413: "The body is too large",
    415: "The body has a type that is not taken here",
    422: "The request has a field that is wrong",
    500: "Something is broken on our side",
    503: "Not available at this moment; try again",
}
_STATUSES: Sequence[tuple[type[Exception], int]] = (
    (NotFound, 404),
    (Invalid, 422),
    (KeyReused, 422),
    (NotYours, 403),
    (StaleVersion, 409),
    (Refused, 409),
    (BlobLost, 410),
    (Temporary, 503),
)
_RETRY_SECONDS = "2"
_NUMBER, _WHEN, _ID = "must be a whole number", "must be a time with its zone: 2026-12-01T09:00:00+01:00", "is no id"
_WORDS: Final = {
    "missing": "is required",
    "extra_forbidden": "is not known here",
    "json_invalid": "is not valid JSON",
    "string_type": "must be a text",
    "string_too_long": "is too long: at most {max_length} characters",
    "string_too_short": "is too short: at least {min_length} characters",
    "string_pattern_mismatch": "must have the form {pattern}",
    "too_long": "are too many: at most {max_length}",
    "too_short": "are too few: at least {min_length}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "int_from_float": _NUMBER,
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_attributes_type": "must be an object",
    "datetime_type": _WHEN,
    "datetime_parsing": _WHEN,
    "datetime_from_date_parsing": _WHEN,
    "timezone_aware": _WHEN,
    "uuid_type": _ID,
    "uuid_parsing": _ID,
}
"""What is wrong with a field, by the kind of fault that pydantic finds; of others it says so itself."""


class Problem(Exception):  # it is called what it is called on the wire
    """An answer that is a problem document, raised where the HTTP layer itself finds the fault.

    Attributes:
        errors: one entry for each fault: `detail`, and `pointer` (into the body), `parameter` or `header`.
    """

    def __init__(
        self,
        status: int,
        slug: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.slug = slug
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})


def wrong_parameter(name: str, detail: str) -> Problem:
    """The problem for a query parameter that is wrong."""
    return Problem(422, "invalid", f"{name}: {detail}", errors=[{"parameter": name, "detail": detail}])


def wrong_header(name: str, detail: str) -> Problem:
    """The problem for a header that is wrong."""
    return Problem(422, "invalid", f"{name}: {detail}", errors=[{"header": name, "detail": detail}])


def document(request: Request, problem: Problem) -> Response:
    """A problem as an answer."""
    body: dict[str, Any] = {
        "type": f"urn:ventanilla:problem:{problem.slug}",
        "title": _TITLES.get(problem.status, "The request failed"),
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.url.path,
        "correlation_id": trace_id(request.scope.get("traceparent")),
    }
    if problem.errors:
        body["errors"] = list(problem.errors)
    body |= problem.extra
    headers = {"cache-control": "no-store", **problem.headers}
    return Response(orjson.dumps(body), problem.status, headers, MEDIA_TYPE)


def answer_problems(application: FastAPI) -> None:
    """Answer every error of this application with a problem document."""
    handlers = {
        Problem: _on_problem,
        RequestValidationError: _on_invalid,
        HTTPException: _on_http,
        Permanent: _on_ours,
        Temporary: _on_ours,
        asyncpg.UndefinedTableError: _on_unmigrated,
        asyncpg.UndefinedColumnError: _on_unmigrated,
        Exception: _on_bug,
    }
    for family, handler in handlers.items():
        application.add_exception_handler(family, handler)


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return document(request, error)


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return document(request, _of_validation(error))


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    slug = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(error.status_code, "refused")
    detail = "there is no such address" if error.status_code == 404 else str(error.detail)
    return document(request, Problem(error.status_code, slug, detail, headers=error.headers))


async def _on_ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, (Permanent, Temporary))
    problem = _of_ours(error)
    if problem.status == 500:
        return await _on_bug(request, error)
    if problem.status == 503:
        log.warning("request.delayed", error=error, **_where(request))
    return document(request, problem)


async def _on_unmigrated(request: Request, error: Exception) -> Response:
    log.warning("request.delayed", error=error, **_where(request))
    words = "the database has not been brought to this release yet; try again"
    return document(request, Problem(503, "not_migrated", words, headers={"retry-after": _RETRY_SECONDS}))


async def _on_bug(request: Request, error: Exception) -> Response:
    log.error("request.failed", exc_info=error, **_where(request))
    return document(request, Problem(500, "internal", "the operators find it in the log under the correlation id"))


def _where(request: Request) -> dict[str, Any]:
    # Not the address itself: that of a status page is a secret.
    return {"route": request.scope.get("template"), "trace_id": trace_id(request.scope.get("traceparent"))}


def _of_ours(error: Permanent | Temporary) -> Problem:
    status = next((status for family, status in _STATUSES if isinstance(error, family)), 500)
    if isinstance(error, Temporary):
        words = "the database does not answer" if isinstance(error, DatabaseAway) else "a part of the desk is away"
        return Problem(503, error.slug, f"{words}; nothing is lost, try again", headers={"retry-after": _RETRY_SECONDS})
    extra: dict[str, Any] = {}
    if isinstance(error, StaleVersion):
        extra = {"current_version": error.current_version}
    elif isinstance(error, Undeliverable):
        extra = {"addresses": error.addresses}
    elif isinstance(error, Taken):
        extra = {"assignee": error.holder, "since": error.since}
    elif isinstance(error, WrongCode):
        extra = {"tries_left": error.tries_left}
    errors = _faults(error) if isinstance(error, Invalid) else []
    if isinstance(error, KeyReused):
        errors = [{"header": "Idempotency-Key", "detail": str(error)}]
    return Problem(status, error.slug, str(error), errors=errors, extra=extra)


def _faults(error: Invalid) -> list[dict[str, str]]:
    several = [{"pointer": pointer(path), "detail": words} for path, words in error.faults]
    return several or [{"pointer": error.pointer, "detail": str(error)}]


def _of_validation(error: RequestValidationError) -> Problem:
    errors = [_fault(fault) for fault in error.errors()]
    first = errors[0]
    name = first.get("pointer") or first.get("parameter") or first.get("path") or "body"
    if all("path" in fault for fault in errors):
        return Problem(404, "not_found", f"there is nothing at this address: {first['path']} {first['detail']}")
    return Problem(422, "invalid", f"{name}: {first['detail']}", errors=errors)


def _fault(fault: Mapping[str, Any]) -> dict[str, str]:
    place, *path = fault["loc"]
    kind = str(fault["type"])
    if isinstance(fault.get("input"), str) and kind in ("too_long", "too_short"):
        kind = f"string_{kind}"  # a bound that stands behind a validator counts a text as if it were a list
    words = _WORDS.get(kind)
    if kind == "string_too_short" and fault["ctx"]["min_length"] == 1:
        words = "must not be empty"
    detail = words.format_map(fault.get("ctx", {})) if words else str(fault["msg"]).removeprefix("Value error, ")
    if place == "body":
        if kind == "json_invalid":
            return {"pointer": "", "detail": f"{detail} (at character {path[0] if path else 0})"}
        # `<kind>` is no step: which kind of value stands there, where several may; nor `[key]`: a mapping's own key.
        steps = [step for step in map(str, path) if not step.startswith("<") and step != "[key]"]
        return {"pointer": "".join(f"/{_escaped(step)}" for step in steps), "detail": detail}
    name = ".".join(map(str, path[-1:]))
    return {{"query": "parameter", "header": "header"}.get(place, "path"): name, "detail": detail}


def _escaped(step: object) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")
