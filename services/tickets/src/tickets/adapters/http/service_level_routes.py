"""Service levels of a ticket: the arithmetic behind its clocks, and promises to its customer."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from tickets.adapters.http.access import GuardedRoute, asked_by, needs
from tickets.adapters.http.answers import API, as_json
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.bodies import Promise
from tickets.adapters.http.level_models import ServiceLevelSums
from tickets.adapters.http.models import Ticket
from tickets.adapters.http.ticket_routes import Number, read_answer
from tickets.handlers.timers.recompute import arithmetic_of
from tickets.handlers.working.promise import promise_update

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["service level"])


@router.get("/tickets/{number}/service-level/arithmetic", response_model=ServiceLevelSums, **needs("read", 404))
async def read_arithmetic(number: Number, api: Annotated[Api, Depends(api_of)]) -> Response:
    """Each stretch of time that counted for a clock, each that did not, and why; the sums are what the clocks say."""
    return as_json(await arithmetic_of(number, api.clocks))


@router.post("/tickets/{number}/promise", response_model=Ticket, **needs("write", 404, 409, 413, 415))
async def promise(request: Request, number: Number, body: Promise, api: Annotated[Api, Depends(api_of)]) -> Response:
    """Hold the desk to a time by which the customer hears next; their status page shows it."""
    await promise_update(number, body.until, body.why, asked_by(request), api.deps)
    return as_json(await read_answer(number, request, api))
