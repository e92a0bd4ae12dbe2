"""People: what is kept of them, given out and erased; tickets that are held. Only with the scope `privacy`."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field

from tickets.adapters.http.access import GuardedRoute, asked_by, needs
from tickets.adapters.http.answer_model import Answer
from tickets.adapters.http.answers import API, as_json
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.bodies import Body, Parameters
from tickets.adapters.http.problems import wrong_parameter
from tickets.adapters.http.texts import Reason
from tickets.adapters.postgres.tokens import PRIVACY
from tickets.domain.privacy.person import Identity, NoIdentity, read_identity

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["privacy"])

_MOST: Final = 200
Named = Annotated[str, Path(max_length=320, examples=["ana@cliente.example", "+34600111222", "slack:T0123/U0456"])]
Number = Annotated[int, Path(ge=1, le=2**63 - 1)]


class PersonParameters(Parameters):
    """How far to look."""

    only_given: bool = Field(False, description="Leave out what else is known to be theirs.")


class ExportParameters(PersonParameters):
    """Why it is given out."""

    why: str = Field("", max_length=2000, description="For the audit log; without naming anybody.")


class FoundPerson(Answer):
    """Who somebody is, for whoever has to confirm that it is them."""

    identities: list[dict[str, str]]
    linked: list[dict[str, str]] = Field(
        description="Those that were not given and are theirs on proof, with the proof."
    )
    names: list[str]
    tickets: list[int] = Field(description="In which they ask.")
    takes_part_in: list[int] = Field(description="Tickets of others.")
    legal_holds: list[dict[str, Any]]


class PersonExport(Answer):
    """Everything that is kept of somebody; files by `/attachments` and `/messages/{id}/raw`, which take `read`."""

    format: str
    made_at: datetime
    person: dict[str, Any]
    tickets: list[dict[str, Any]]


class ErasureOrder(Body):
    """Whom to erase."""

    identity: str = Field(max_length=320, examples=["ana@cliente.example"])
    only_given: bool = False
    why: str = Field("", max_length=2000, description="For the audit log; without naming anybody.")


class ErasureAnswer(Answer):
    """An order to erase somebody, and what came of it. Nobody is named."""

    id: UUID
    ordered_at: datetime
    ordered_by: str
    why: str
    before: datetime = Field(description="What came later is new, and stays.")
    state: str = Field(examples=["ordered", "running", "waiting", "done"])
    hashes: list[str] = Field(description="HMACs of the identities.")
    report: dict[str, Any]
    finished_at: datetime | None


class Erasures(Answer):
    """Orders, newest first."""

    items: list[ErasureAnswer]


class HoldReason(Body):
    """For which matter a ticket is held."""

    why: Reason


class Hold(Answer):
    """A ticket that is kept as it is."""

    ticket_number: int
    placed_at: datetime
    placed_by: str
    why: str


class Holds(Answer):
    """Tickets that are held, the longest held first."""

    items: list[Hold]


@router.get("/privacy/people/{identity:path}/export", response_model=PersonExport, **needs(PRIVACY, 409))
async def export_person(
    request: Request,
    identity: Named,
    parameters: Annotated[ExportParameters, Query()],
    api: Annotated[Api, Depends(api_of)],
) -> Response:
    """Everything that is kept of somebody: theirs, and nothing of anybody else; 409 if it is too much for an answer."""
    actor = asked_by(request).actor
    exported = await api.privacy.export(_identity(identity), actor, parameters.why, only_given=parameters.only_given)
    return as_json(exported)


@router.get("/privacy/people/{identity:path}", response_model=FoundPerson, **needs(PRIVACY, 409))
async def find_person(
    request: Request,
    identity: Named,
    parameters: Annotated[PersonParameters, Query()],
    api: Annotated[Api, Depends(api_of)],
) -> Response:
    """Who somebody is and in which tickets they are. Look here before anything is given out or erased."""
    actor = asked_by(request).actor
    return as_json(await api.privacy.find(_identity(identity), actor, only_given=parameters.only_given))


@router.post("/privacy/erasures", response_model=ErasureAnswer, status_code=202, **needs(PRIVACY, 409, 415))
async def order_erasure(request: Request, body: ErasureOrder, api: Annotated[Api, Depends(api_of)]) -> Response:
    """Order that somebody is erased. `tickets erase-person --again` carries it out; here one sees what came of it."""
    actor = asked_by(request).actor
    order = await api.privacy.order(_identity(body.identity), actor, body.why, only_given=body.only_given)
    return as_json(order, 202)


@router.get("/privacy/erasures", response_model=Erasures, **needs(PRIVACY))
async def list_erasures(api: Annotated[Api, Depends(api_of)]) -> Response:
    """The last orders and what came of them."""
    return as_json({"items": await api.privacy.erasures(_MOST)})


@router.get("/privacy/erasures/{id}", response_model=ErasureAnswer, **needs(PRIVACY, 404))
async def read_erasure(id_: Annotated[UUID, Path(alias="id")], api: Annotated[Api, Depends(api_of)]) -> Response:
    """One order and what came of it."""
    return as_json(await api.privacy.erasure(id_))


@router.get("/privacy/holds", response_model=Holds, **needs(PRIVACY))
async def list_holds(api: Annotated[Api, Depends(api_of)]) -> Response:
    """Tickets that are held, the longest held first."""
    return as_json({"items": await api.privacy.holds()})


@router.put("/privacy/holds/{number}", response_model=Holds, **needs(PRIVACY, 404, 415))
async def place_hold(
    request: Request, number: Number, body: HoldReason, api: Annotated[Api, Depends(api_of)]
) -> Response:
    """Keep a ticket as it is, whatever its age and whoever wants to be erased."""
    await api.privacy.hold(number, asked_by(request).actor, body.why)
    return as_json({"items": [one for one in await api.privacy.holds() if one["ticket_number"] == number]})


@router.delete("/privacy/holds/{number}", status_code=204, response_class=Response, **needs(PRIVACY, 404))
async def lift_hold(request: Request, number: Number, api: Annotated[Api, Depends(api_of)]) -> Response:
    """Let a ticket be forgotten and erased again."""
    await api.privacy.lift(number, asked_by(request).actor)
    return Response(status_code=204)


def _identity(text: str) -> Identity:
    try:
        return read_identity(text)
    except NoIdentity as error:
        raise wrong_parameter("identity", str(error)) from error
