"""Quarantine, the ledger, and the customer's side of a ticket for the portal."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from tickets.adapters.http.access import GuardedRoute, asked_by, needs
from tickets.adapters.http.answers import API, as_json, page, quarantine_answer
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.bodies import PageParameters, PortalReply, QuarantineDecision
from tickets.adapters.http.models import Page, PortalReplyMade, PublicTicket, Quarantined, QuarantineDecided
from tickets.errors import NotFound
from tickets.handlers import quarantine
from tickets.handlers.desk_status import add_line, read_status

router = APIRouter(prefix=API, route_class=GuardedRoute)

MessageId = Annotated[UUID, Path(alias="id", description="As the list names it.")]
Token = Annotated[str, Path(max_length=60, description="The last part of a status page's address.")]


@router.get("/quarantine", response_model=Page[Quarantined], tags=["quarantine"], **needs("read"))
async def list_quarantine(
    parameters: Annotated[PageParameters, Query()], api: Annotated[Api, Depends(api_of)]
) -> Response:
    """Messages that wait for a person, oldest first."""
    place = api.cursors.read("quarantine", parameters.cursor, 2)
    after = (datetime.fromisoformat(place[0]), UUID(place[1])) if place else None
    rows = await api.reads.quarantine(after, parameters.limit + 1)
    shown = rows[: parameters.limit]
    following = None
    if len(rows) > len(shown):
        following = api.cursors.make("quarantine", [shown[-1]["created_at"].isoformat(), str(shown[-1]["id"])])
    return as_json(page([quarantine_answer(row) for row in shown], following))


@router.get("/quarantine/{id}", response_model=Quarantined, tags=["quarantine"], **needs("read", 404))
async def read_quarantined(id_: MessageId, api: Annotated[Api, Depends(api_of)]) -> Response:
    """One message that is or was in quarantine."""
    row = await api.reads.quarantined(id_)
    if row is None:
        raise NotFound(f"nothing with id {id_} is or was in quarantine")
    return as_json(quarantine_answer(row))


@router.post(
    "/quarantine/{id}/release",
    response_model=QuarantineDecided,
    tags=["quarantine"],
    **needs("write", 404, 409, 415),
)
async def release(
    request: Request,
    id_: MessageId,
    api: Annotated[Api, Depends(api_of)],
    body: QuarantineDecision | None = None,
) -> Response:
    """Make a ticket of it. Releasing it again answers the same and changes nothing."""
    why = body.why if body else ""
    decided = await quarantine.release(id_, why, asked_by(request), api.deps, api.caps, api.acknowledgements_per_minute)
    return as_json(_decided(decided))


@router.post(
    "/quarantine/{id}/reject",
    response_model=QuarantineDecided,
    tags=["quarantine"],
    **needs("write", 404, 409, 415),
)
async def reject(
    request: Request,
    id_: MessageId,
    api: Annotated[Api, Depends(api_of)],
    body: QuarantineDecision | None = None,
) -> Response:
    """Leave it where it is for good. Rejecting it again changes nothing."""
    why = body.why if body else ""
    return as_json(_decided(await quarantine.reject(id_, why, asked_by(request), api.deps)))


@router.get("/intake/ledger", tags=["operations"], response_model=dict[str, Any], **needs("read"))
async def read_ledger(api: Annotated[Api, Depends(api_of)]) -> Response:
    """Per channel what was accepted, how it ended, what is in flight, and what is missing."""
    return as_json(await api.ledger.read())


@router.get("/status/{token}", response_model=PublicTicket, tags=["portal"], **needs("portal", 404))
async def read_public_ticket(token: Token, api: Annotated[Api, Depends(api_of)]) -> Response:
    """What the holder of a status link may see."""
    return as_json(await read_status(token, api.reads, api.deps))


@router.post(
    "/status/{token}/replies",
    status_code=201,
    response_model=PortalReplyMade,
    tags=["portal"],
    **needs("portal", 404, 413, 415),
)
async def add_public_line(
    request: Request, token: Token, body: PortalReply, api: Annotated[Api, Depends(api_of)]
) -> Response:
    """Add the customer's line. A closed ticket gets a new one that points at it; the same key adds nothing."""
    added = await add_line(token, body.text, body.key, request.scope.get("traceparent"), api.deps)
    answer = {
        "message_id": str(added.message_id),
        "ticket_number": added.ticket_number,
        "status_token": api.deps.desk.signer.status_token(added.ticket_number),
    }
    return as_json(answer, 201, {"idempotent-replayed": "true"} if added.repeated else {})


def _decided(decided: quarantine.Decided) -> dict[str, Any]:
    return {"id": str(decided.id), "state": decided.state, "ticket_number": decided.ticket_number}
