"""Calendars, policies, lifecycles, rotas and ladders: what the desk promises and how it keeps to it, in versions.

Templates, its canned answers, are documents too.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Path, Request, Response

from tickets.adapters.http.access import GuardedRoute, asked_by, needs
from tickets.adapters.http.answers import API, as_json, page
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.level_models import DeskDocument, PutDocument
from tickets.adapters.http.models import Page
from tickets.adapters.http.texts import Slug
from tickets.adapters.postgres.document_store import Document
from tickets.domain.correspondence.templates import TEMPLATE
from tickets.domain.desk.documents import CALENDAR, POLICY, calendars_named
from tickets.domain.desk.sense import policy_warnings
from tickets.domain.ladders.documents import LADDER, read_ladder
from tickets.domain.ladders.rota_documents import ROTA
from tickets.domain.service_levels.documents import read_policy
from tickets.errors import NotFound
from tickets.handlers.desk.documents import put_document, retire_document
from tickets.handlers.timers.rotas import warnings_for

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["service level"])

_KINDS = {
    "calendars": "calendar",
    "policies": "policy",
    "lifecycles": "lifecycle",
    "rotas": ROTA,
    "ladders": "ladder",
    "templates": TEMPLATE,
}
_MOST_VERSIONS = 100
Kind = Annotated[
    Literal["calendars", "policies", "lifecycles", "rotas", "ladders", "templates"],
    Path(description="What kind of document."),
]
Name = Annotated[Slug, Path(description="Of the document; the one lifecycle of a desk is `default`.")]
Parts = Annotated[Api, Depends(api_of)]


@router.get("/desk/{kind}", response_model=Page[DeskDocument], **needs("read", 404))
async def list_documents(kind: Kind, api: Parts) -> Response:
    """The newest version of each, by name."""
    found = await api.documents.newest(_KINDS[kind])
    return as_json(page([_answer(one) for one in found], None))


@router.get("/desk/{kind}/{name}", response_model=Page[DeskDocument], **needs("read", 404))
async def read_document(kind: Kind, name: Name, api: Parts) -> Response:
    """The versions of one, newest first: the first is in force unless it is retired."""
    found = await api.documents.versions(_KINDS[kind], name, _MOST_VERSIONS)
    if not found:
        raise NotFound(f"this desk has no {_KINDS[kind]} {name!r}")
    return as_json(page([_answer(one) for one in found], None))


@router.put("/desk/{kind}/{name}", response_model=PutDocument, **needs("admin", 404, 409, 413, 415))
async def put(
    request: Request, kind: Kind, name: Name, content: Annotated[dict[str, Any], Body()], api: Parts
) -> Response:
    """Make a new version. The same content again changes nothing; open tickets follow, and their histories say so.

    Runs of ladders keep the version with which they began. `warnings`: hours that a rota leaves uncovered, by itself or
    by the calendar that was put, webhooks that this process does not know, and tiers of a policy that may take longer
    than all of them.
    """
    document, fresh = await put_document(_KINDS[kind], name, content, asked_by(request).actor, api.documents)
    if fresh:
        api.people_changed()  # who works by a calendar may be at work now
    warnings: list[str] = []
    if document.kind in (ROTA, CALENDAR):
        warnings = await warnings_for(document, api.documents)
    elif document.kind == LADDER:
        warnings = read_ladder(name, document.version, document.content).unknown_webhooks(api.webhooks)
    elif document.kind == POLICY:
        named = frozenset(calendars_named(document.content))
        warnings = policy_warnings(read_policy(name, str(document.version), document.content, named))
    return as_json(put_answer(document, warnings), 201 if fresh else 200)


@router.delete("/desk/{kind}/{name}", status_code=204, response_class=Response, **needs("admin", 404, 409))
async def retire(kind: Kind, name: Name, api: Parts) -> Response:
    """Take one out of use; what was promised by it stays."""
    await retire_document(_KINDS[kind], name, api.documents)
    return Response(status_code=204)


def put_answer(document: Document, warnings: Sequence[str]) -> dict[str, Any]:
    """A version that was just made, and what should be looked at."""
    return {**_answer(document), "warnings": list(warnings)}


def _answer(document: Document) -> dict[str, Any]:
    return {
        "kind": document.kind,
        "name": document.name,
        "version": document.version,
        "retired": document.retired,
        "content": document.content,
        "created_at": document.created_at,
        "created_by": document.created_by,
    }
