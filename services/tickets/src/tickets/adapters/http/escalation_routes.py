"""The way of a ticket through the tiers: up, down, and back to where it came from."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from tickets.adapters.http.access import IDEMPOTENCY, GuardedRoute, asked_by, needs
from tickets.adapters.http.answers import API, as_json
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.assignment_routes import ticket_now
from tickets.adapters.http.desk_answers import follower_answer, handover_answer
from tickets.adapters.http.desk_bodies import EscalationBody, HandoverBody
from tickets.adapters.http.desk_models import Handovers
from tickets.adapters.http.models import Ticket
from tickets.adapters.http.ticket_routes import Number
from tickets.domain.staffing.escalating import DE_ESCALATE, ESCALATE, RETURN, Destination
from tickets.errors import NotFound
from tickets.handlers.working.escalate import Move, move_ticket

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["tickets"])

_MOVES: dict[str, Any] = {"response_model": Ticket, **needs("write", 404, 409, 413, 415, headers=IDEMPOTENCY)}
Parts = Annotated[Api, Depends(api_of)]


@router.post("/tickets/{number}/escalate", **_MOVES)
async def escalate(request: Request, number: Number, body: EscalationBody, api: Parts) -> Response:
    """Hand a ticket to a higher tier. Whoever had it follows it; the customer is told who has it now."""
    return await _move(ESCALATE, Destination(body.tier, body.team), request, number, body, api)


@router.post("/tickets/{number}/de-escalate", **_MOVES)
async def de_escalate(request: Request, number: Number, body: EscalationBody, api: Parts) -> Response:
    """Hand a ticket to a lower tier."""
    return await _move(DE_ESCALATE, Destination(body.tier, body.team), request, number, body, api)


@router.post("/tickets/{number}/return", **_MOVES)
async def return_ticket(request: Request, number: Number, body: HandoverBody, api: Parts) -> Response:
    """Hand a ticket back to the team that it came from, and to whoever had it there if they are at work."""
    return await _move(RETURN, Destination(), request, number, body, api)


@router.get("/tickets/{number}/handovers", response_model=Handovers, **needs("read", 404))
async def read_handovers(number: Number, api: Parts) -> Response:
    """Which ways the ticket has gone, and who follows it."""
    if await api.reads.ticket(number) is None:
        raise NotFound(f"there is no ticket {number}")
    handovers, followers = await api.assigning.handovers(number)
    return as_json({"items": list(map(handover_answer, handovers)), "followers": list(map(follower_answer, followers))})


async def _move(kind: str, where: Destination, request: Request, number: int, body: HandoverBody, api: Api) -> Response:
    asked = asked_by(request, body.model_dump(mode="json"))
    move = Move(kind, where, body.reason, body.note, body.next_update_by, body.tell_customer)
    await move_ticket(number, move, asked, api.deps, api.caps, api.acknowledgements_per_minute)
    return await ticket_now(request, number, api)
