"""What the telephone asks: whom to ring, and who calls. Both are personal, so the scope `read` is not enough."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response

from tickets.adapters.http.access import GuardedRoute, needs
from tickets.adapters.http.answers import API, as_json
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.call_models import Caller, Ringing
from tickets.adapters.http.names import names_of
from tickets.adapters.postgres.tokens import ACT
from tickets.domain.staffing.people import Agent
from tickets.domain.staffing.ringing import language_of

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["telephone"])

Parts = Annotated[Api, Depends(api_of)]
Number = Annotated[
    str, Path(pattern=r"^\+[1-9][0-9]{6,14}$", description="In E.164, its + too.", examples=["+34600111222"])
]


@router.get("/desk/ringing", response_model=Ringing, **needs(ACT))
async def read_ringing(api: Parts) -> Response:
    """Whom to ring for each team at this moment, in order."""
    rung = await api.calls.ringing()
    names = names_of((), {}) | {"teams": {team.name: team.titles for team in rung}}
    teams = {team.name: [_rung(agent, api) for agent in team.agents] for team in rung}
    return as_json({"teams": teams, "names": names})


@router.get("/desk/callers/{number}", response_model=Caller, **needs(ACT, 404))
async def read_caller(number: Number, api: Parts) -> Response:
    """Who calls: what an agent may see before picking up. A number that nobody knows is no error."""
    found = await api.calls.caller(number)
    answer: dict[str, Any] = {"number": number, "known": found is not None, "name": None, "grade": None, "tickets": []}
    if found is not None:
        tickets = [
            {"number": one.number, "subject": one.subject, "team": one.team, "status": one.status}
            for one in found.tickets
        ]
        answer |= {"name": found.name or None, "grade": found.grade, "tickets": tickets}
    return as_json(answer)


def _rung(agent: Agent, api: Api) -> dict[str, Any]:
    desk = api.deps.desk
    return {
        "agent": agent.handle,
        "name": agent.name,
        "phone": agent.phone,
        "language": language_of(agent, desk.languages, desk.default_language),
        "languages": list(agent.languages),
    }
