"""Tickets that have to do with each other."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import ConfigDict, Field

from tickets.adapters.http.access import GuardedRoute, asked_by, needs
from tickets.adapters.http.answer_model import Answer
from tickets.adapters.http.answers import API, as_json, page
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.bodies import Body
from tickets.adapters.http.models import Page
from tickets.adapters.http.ticket_routes import BIGGEST, Number
from tickets.domain.joining.links import Link
from tickets.errors import NotFound
from tickets.handlers.joining.links import link_tickets, unlink_tickets

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["tickets"])

Parts = Annotated[Api, Depends(api_of)]
Other = Annotated[int, Path(ge=1, le=BIGGEST, description="The other ticket's number.")]


class LinkBody(Body):
    """With which ticket one has to do, and how."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": 9, "kind": "caused_by"}]})
    to: int = Field(ge=1, le=BIGGEST, examples=[9])
    kind: Literal["related", "duplicate", "caused_by", "follow_up"] = Field(
        description="This ticket is … the other: `caused_by` needs one of type `problem`."
    )


class LinkedTicket(Answer):
    """A ticket that has to do with another one."""

    number: int
    kind: str = Field(examples=["related", "duplicate", "caused_by", "follow_up"])
    direction: str = Field(
        examples=["out", "in"], description="`out`: the kind reads from this ticket; `in`: it reads from the other one."
    )
    subject: str
    type: str
    status: str
    priority: str
    team: str
    assignee: str | None
    linked_at: datetime
    linked_by: str


@router.post("/tickets/{number}/links", response_model=Page[LinkedTicket], **needs("write", 404, 409, 413, 415))
async def link(request: Request, number: Number, body: LinkBody, api: Parts) -> Response:
    """Link a ticket to another one; twice changes nothing. Both histories say so, and both show it."""
    asked = asked_by(request, body.model_dump(mode="json"))
    await link_tickets(Link(number, body.to, body.kind), asked, api.deps)
    return await _links(number, api)


@router.get("/tickets/{number}/links", response_model=Page[LinkedTicket], **needs("read", 404))
async def list_links(number: Number, api: Parts) -> Response:
    """Tickets with which one has to do, whichever end they were linked from, newest first."""
    return await _links(number, api)


@router.delete("/tickets/{number}/links/{to}", status_code=204, response_class=Response, **needs("write", 404, 409))
async def unlink(request: Request, number: Number, to: Other, api: Parts) -> Response:
    """Part two tickets, whichever end they were linked from."""
    await unlink_tickets(number, to, asked_by(request), api.deps)
    return Response(status_code=204)


async def _links(number: int, api: Api) -> Response:
    found = await api.links.links(number)
    if not found and await api.reads.ticket(number) is None:
        raise NotFound(f"there is no ticket {number}")
    return as_json(page([_answer(row) for row in found], None))


def _answer(row: Any) -> dict[str, Any]:
    names = ("number", "kind", "subject", "type", "status", "priority", "team", "assignee", "linked_at", "linked_by")
    return {**{name: row[name] for name in names}, "direction": "out" if row["outwards"] else "in"}
