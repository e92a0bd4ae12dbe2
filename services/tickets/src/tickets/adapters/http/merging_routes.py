"""Two tickets about one matter: merge them, and take that back."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ConfigDict, Field

from tickets.adapters.http.access import IDEMPOTENCY, GuardedRoute, asked_by, needs
from tickets.adapters.http.answers import API
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.assignment_routes import ticket_now
from tickets.adapters.http.bodies import Body
from tickets.adapters.http.desk_bodies import Reason
from tickets.adapters.http.models import Ticket
from tickets.adapters.http.ticket_routes import BIGGEST, Number
from tickets.domain.joining.merging import Wish
from tickets.handlers.joining.merge import merge_ticket
from tickets.handlers.joining.merge_mails import Caps
from tickets.handlers.joining.unmerge import unmerge_ticket

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["tickets"])

_ANSWERS: dict[str, Any] = {"response_model": Ticket, **needs("write", 404, 409, 413, 415, headers=IDEMPOTENCY)}
Parts = Annotated[Api, Depends(api_of)]


class MergeBody(Body):
    """Where a ticket goes on, and why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"into": 9, "reason": "the same printer, asked twice", "share": False}]}
    )
    into: int = Field(ge=1, le=BIGGEST, description="The ticket in which it goes on.", examples=[9])
    reason: Reason = Field(description="Stays inside.", examples=["the same printer, asked twice"])
    tell_customer: bool = Field(True, description="Tell whoever asked, once.")
    share: bool = Field(
        False,
        description="The people of this ticket may hear what is said in the other one from now on. Needed where two"
        " people asked; where it is one, those in copy go along only with it. What was said before stays unheard.",
    )


class UnmergeBody(Body):
    """Why two tickets are no longer one."""

    reason: Reason = Field(description="Stays inside.", examples=["two printers after all"])


@router.post("/tickets/{number}/merge", **_ANSWERS)
async def merge(request: Request, number: Number, body: MergeBody, api: Parts) -> Response:
    """Let a ticket go on in another one. It is closed; whatever its customers send lands in the other one."""
    wish = Wish(body.into, body.reason, body.tell_customer, body.share)
    await merge_ticket(number, wish, asked_by(request, body.model_dump(mode="json")), api.deps, _caps(api))
    return await ticket_now(request, number, api)


@router.post("/tickets/{number}/unmerge", **_ANSWERS)
async def unmerge(request: Request, number: Number, body: UnmergeBody, api: Parts) -> Response:
    """Let a merged ticket be its own again: as it was, with what its customers wrote meanwhile."""
    asked = asked_by(request, body.model_dump(mode="json"))
    await unmerge_ticket(number, body.reason, asked, api.deps, _caps(api))
    return await ticket_now(request, number, api)


def _caps(api: Api) -> Caps:
    return Caps(api.caps, api.acknowledgements_per_minute)
