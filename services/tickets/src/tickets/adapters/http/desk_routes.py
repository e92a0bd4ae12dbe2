"""The ledger, and the customer's side of a ticket for the portal."""

from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Path, Request, Response

from tickets.adapters.http.access import GuardedRoute, needs
from tickets.adapters.http.answers import API, as_json
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.bodies import PortalReply
from tickets.adapters.http.message_routes import PRIVATE, disposition, position_of
from tickets.adapters.http.public_models import PortalReplyMade, PublicTicket
from tickets.errors import NotFound
from tickets.handlers.customers.status_page import add_line, public_file, read_status

router = APIRouter(prefix=API, route_class=GuardedRoute)

_MOST_ANNOUNCED: Final = 3
Token = Annotated[str, Path(max_length=60, description="The last part of a status page's address.")]


@router.get("/intake/ledger", tags=["operations"], response_model=dict[str, Any], **needs("read"))
async def read_ledger(api: Annotated[Api, Depends(api_of)]) -> Response:
    """Per channel what was accepted, how it ended, what is in flight, and what is missing; and what is held.

    `unread` messages were accepted and are in no count yet, as in the first seconds after a restore; null: not known.
    """
    held = api.held()
    said = held and held.ways and {"ways": sorted(held.ways), "since": held.at, "by": held.by, "why": held.why}
    return as_json({**await api.ledger.read(), "outbound_held": said or None})


@router.get("/status/{token}", response_model=PublicTicket, tags=["portal"], **needs("portal", 404))
async def read_public_ticket(token: Token, api: Annotated[Api, Depends(api_of)]) -> Response:
    """What the holder of a status link may see."""
    shown = await read_status(token, api.reads, api.deps)
    rows = await api.announcements.listed()
    return as_json({**shown, "announcements": [orjson.loads(row["texts"]) for row in rows[:_MOST_ANNOUNCED]]})


@router.get(
    "/status/{token}/attachments/{id}",
    response_class=Response,
    tags=["portal"],
    **needs("portal", 404, 410, gives="application/octet-stream"),
)
async def download_public_file(
    token: Token,
    id_: Annotated[str, Path(alias="id", max_length=60, description="As the message names it in `files`.")],
    api: Annotated[Api, Depends(api_of)],
) -> Response:
    """The bytes of a file that the holder of a status link sees named, for saving: never shown in our name."""
    where = position_of(id_)
    if where is None:
        raise NotFound("the page names no such file")
    file = await public_file(token, *where, api.reads, api.files, api.deps)
    headers = {**PRIVATE, "content-disposition": disposition(file.filename)}
    return Response(await api.files.read(file), 200, headers, "application/octet-stream")


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
        "status_token": api.deps.desk.signer.status_token(added.page, added.page_epoch),
    }
    return as_json(answer, 201, {"idempotent-replayed": "true"} if added.repeated else {})
