"""Who is on call when, and standing in for each other."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from tickets.adapters.http.access import GuardedRoute, asked_by, needs
from tickets.adapters.http.answers import API, as_json
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.document_routes import put_answer
from tickets.adapters.http.level_models import PutDocument
from tickets.adapters.http.page_models import OverrideBody, Shifts, ShiftsParameters
from tickets.adapters.http.texts import Slug
from tickets.domain.ladders.rota_documents import LOOKED_AHEAD
from tickets.domain.ladders.rotas import Override
from tickets.handlers.timers.rotas import add_override, look_at_rota, shown_shifts

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["ladders"])

Name = Annotated[Slug, Path(description="Of the rota.")]
Parts = Annotated[Api, Depends(api_of)]


@router.get("/desk/rotas/{name}/shifts", response_model=Shifts, **needs("read", 404, 409))
async def read_shifts(name: Name, parameters: Annotated[ShiftsParameters, Query()], api: Parts) -> Response:
    """Who is on call from when until when, and the gaps that nobody covers."""
    rota, now = await look_at_rota(name, api.documents)
    since = parameters.since or now
    return as_json(shown_shifts(rota, since, parameters.until or since + LOOKED_AHEAD))


@router.post(
    "/desk/rotas/{name}/overrides", status_code=201, response_model=PutDocument, **needs("write", 404, 409, 413, 415)
)
async def override(request: Request, name: Name, body: OverrideBody, api: Parts) -> Response:
    """Let somebody stand in: it makes a new version. Agents put themselves in; leads and `admin` anybody, or nobody."""
    wanted = Override(body.agent, body.since, body.until)
    document, warnings = await add_override(name, wanted, asked_by(request), api.documents)
    return as_json(put_answer(document, warnings), 201)
