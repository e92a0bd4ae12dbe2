"""Who works on a ticket: claim it, give it to somebody, give it back."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from tickets.adapters.http.access import GuardedRoute, asked_by, needs
from tickets.adapters.http.answers import API, as_json
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.desk_bodies import AssignBody, ReleaseBody
from tickets.adapters.http.models import Ticket
from tickets.adapters.http.ticket_routes import Number, read_answer
from tickets.handlers.working.assign import assign_ticket, claim_ticket, release_ticket

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["tickets"])

Parts = Annotated[Api, Depends(api_of)]


@router.post("/tickets/{number}/claim", response_model=Ticket, **needs("write", 404, 409))
async def claim(request: Request, number: Number, api: Parts) -> Response:
    """Take a ticket. Of two who do so at once one gets it; the other is told who has it, and since when (409)."""
    await claim_ticket(number, asked_by(request), api.deps)
    return await ticket_now(request, number, api)


@router.post("/tickets/{number}/assign", response_model=Ticket, **needs("write", 404, 409, 413, 415))
async def assign(request: Request, number: Number, body: AssignBody, api: Parts) -> Response:
    """Give a ticket to somebody of its team, whoever has it now."""
    await assign_ticket(number, body.agent, asked_by(request), api.deps, body.why)
    return await ticket_now(request, number, api)


@router.post("/tickets/{number}/release", response_model=Ticket, **needs("write", 404, 409, 413, 415))
async def release(request: Request, number: Number, api: Parts, body: ReleaseBody | None = None) -> Response:
    """Give a ticket back to its team; where that hands out its tickets by itself, somebody else has it at once."""
    await release_ticket(number, asked_by(request), api.deps, body.why if body else "")
    return await ticket_now(request, number, api)


async def ticket_now(request: Request, number: int, api: Api) -> Response:
    """The ticket as it is by now, with its ETag."""
    answer = await read_answer(number, request, api)
    return as_json(answer, headers={"etag": f'"{answer["version"]}"'})
