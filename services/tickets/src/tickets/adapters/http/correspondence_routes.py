"""Who is kept in the loop of a ticket, and how teams sign."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from tickets.adapters.http.access import GuardedRoute, asked_by, needs
from tickets.adapters.http.answers import API, as_json, participants_answer, signatures_answer
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.bodies import PersonBody, SignaturesBody
from tickets.adapters.http.correspondence_models import Participants, TeamSignatures
from tickets.adapters.http.outgoing_html import clean_html
from tickets.adapters.http.texts import Address, Slug
from tickets.adapters.http.ticket_routes import Number
from tickets.domain.correspondence.participants import Person
from tickets.domain.correspondence.signatures import Signature
from tickets.errors import NotFound
from tickets.handlers.replying.signatures import put_signatures
from tickets.handlers.working.participants import add_participant, remove_participant

router = APIRouter(prefix=API, route_class=GuardedRoute)

Team = Annotated[Slug, Path(description="As tickets name it.")]


@router.get("/tickets/{number}/participants", response_model=Participants, tags=["tickets"], **needs("read", 404))
async def list_participants(number: Number, api: Annotated[Api, Depends(api_of)]) -> Response:
    """Who gets the mails of a ticket, and whom mails without proof named in copy."""
    if await api.reads.ticket(number) is None:
        raise NotFound(f"there is no ticket {number}")
    return await _participants(number, api)


@router.post(
    "/tickets/{number}/participants",
    status_code=201,
    response_model=Participants,
    tags=["tickets"],
    **needs("write", 404, 409, 413, 415),
)
async def add_to_ticket(
    request: Request, number: Number, body: PersonBody, api: Annotated[Api, Depends(api_of)]
) -> Response:
    """Keep somebody in copy from now on, without what was said before. Twice changes nothing."""
    added = await add_participant(number, Person(body.address, body.name), asked_by(request), api.deps)
    return await _participants(number, api, 201 if added else 200)


@router.delete(
    "/tickets/{number}/participants/{address}",
    response_model=Participants,
    tags=["tickets"],
    **needs("write", 404, 409),
)
async def remove_from_ticket(
    request: Request,
    number: Number,
    address: Annotated[Address, Path(description="As the list names it.")],
    api: Annotated[Api, Depends(api_of)],
) -> Response:
    """Keep somebody out of the loop, also when a customer names them in copy again. Twice changes nothing."""
    await remove_participant(number, address, asked_by(request), api.deps)
    return await _participants(number, api)


@router.get("/teams/{team}/signature", response_model=TeamSignatures, tags=["teams"], **needs("read"))
async def read_signatures(team: Team, api: Annotated[Api, Depends(api_of)]) -> Response:
    """How a team signs its replies; no language where it does not."""
    return as_json(signatures_answer(team, await api.correspondence.signatures(team)))


@router.put("/teams/{team}/signature", response_model=TeamSignatures, tags=["teams"], **needs("admin", 413, 415))
async def change_signatures(
    request: Request, team: Team, body: SignaturesBody, api: Annotated[Api, Depends(api_of)]
) -> Response:
    """Sign the team's replies so from now on, in the languages given."""
    signatures: dict[str, Signature] = {
        language: Signature(one.text.strip("\n"), clean_html(one.html) if one.html else None)
        for language, one in body.signatures.items()
    }
    await put_signatures(team, signatures, asked_by(request), api.deps)
    return as_json(signatures_answer(team, await api.correspondence.signatures(team)))


async def _participants(number: int, api: Api, status: int = 200) -> Response:
    people = await api.correspondence.participants(number)
    suggested = await api.correspondence.suggested(number)
    return as_json(participants_answer(people, suggested), status)
