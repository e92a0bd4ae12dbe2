"""The API as one ASGI application, with its OpenAPI document."""

import functools
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from tickets.adapters.http import (
    announcement_routes,
    assignment_routes,
    audit_routes,
    call_routes,
    callback_routes,
    correspondence_routes,
    desk_routes,
    document_routes,
    escalation_routes,
    held_reply_routes,
    incident_routes,
    letter_routes,
    link_routes,
    merging_routes,
    message_routes,
    page_routes,
    people_routes,
    privacy_routes,
    probe_routes,
    quarantine_routes,
    queue_routes,
    rota_routes,
    routing_routes,
    sender_routes,
    sent_message_routes,
    service_level_routes,
    similar_routes,
    slack_routes,
    splitting_routes,
    template_routes,
    ticket_routes,
    verifying_routes,
)
from tickets.adapters.http.api import Api
from tickets.adapters.http.door import Door
from tickets.adapters.http.models import Problem
from tickets.adapters.http.problems import answer_problems
from ventanilla_runtime.health import Health

_DESCRIPTION = """\
Tickets of a Ventanilla desk, and the people who work on them.

Send `Authorization: Bearer …` with a token from `tickets token create`. Lists take `limit` and `cursor`; go on with
`next` until it is null. Errors are problem documents (RFC 9457) with a `correlation_id` that the logs know too.
Unknown fields and parameters are errors, and so is what cannot be kept wherever it stands in a body: U+0000, halves of
surrogate pairs, numbers that are not finite or beyond 64 bits. Times are UTC.

A service in which agents work does things as one of them: with a token of the scope `act` it sends
`Ventanilla-Agent: eva`, and on which way she came, `Ventanilla-Via: slack:T0123/U0456`. Her rights count then, the
history names her and the way, and of the token's own scopes only `read` and `write` are lent. Somebody whom the desk
does not know, or who is retired, is refused with 403."""


def make_application(api: Api, health: Health) -> Door:
    """The application that answers probes, `/openapi.json` and `/api/v1`."""
    return Door(_application(), api, health)


@functools.cache
def _application() -> FastAPI:
    """The routes, put together once in a process: to work out a hundred of them takes longer than to answer.

    It holds no parts of a desk; they come with each request (`api_of`).
    """
    application = FastAPI(
        title="Ventanilla tickets",
        version="1",
        openapi_url="/openapi.json",
        docs_url=None,  # those pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    for routes in (
        ticket_routes,
        routing_routes,
        service_level_routes,
        page_routes,  # before the documents, which would take `pages` for a kind of theirs
        rota_routes,
        call_routes,
        document_routes,
        assignment_routes,
        escalation_routes,
        merging_routes,
        link_routes,
        incident_routes,
        announcement_routes,
        splitting_routes,
        held_reply_routes,
        callback_routes,
        message_routes,
        sent_message_routes,
        template_routes,
        verifying_routes,
        correspondence_routes,
        quarantine_routes,
        letter_routes,
        privacy_routes,
        audit_routes,
        sender_routes,
        similar_routes,
        people_routes,
        queue_routes,
        slack_routes,
        desk_routes,
        probe_routes,
    ):
        application.include_router(routes.router)
    answer_problems(application)

    def openapi() -> dict[str, Any]:
        if application.openapi_schema is None:
            application.openapi_schema = _document(application)
        return application.openapi_schema

    application.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way of extending the document
    return application


def _document(application: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=application.title, version=application.version, description=_DESCRIPTION, routes=application.routes
    )
    components = document.setdefault("components", {})
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components.setdefault("schemas", {}).update(schema.pop("$defs", {}))
    components["schemas"]["Problem"] = schema
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "A token from `tickets token create`."}
    }
    for path in document["paths"].values():
        for operation in path.values():
            operation["description"] = (
                f"{operation.get('description', '')}\n\nScope: `{operation['x-required-scope']}`."
            )
    return document
