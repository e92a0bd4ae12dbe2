"""Who of the desk is who in Slack, said by the service that asked Slack."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from tickets.adapters.http.access import GuardedRoute, asked_by, needs
from tickets.adapters.http.answers import API
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.desk_bodies import SlackLinkBody, SlackLinkParameters
from tickets.adapters.http.desk_models import Agent
from tickets.adapters.http.people_routes import Handle, agent_now
from tickets.adapters.postgres.tokens import ACT
from tickets.handlers.desk.slack_links import SlackUser, link_slack, unlink_slack

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["agents"])

Parts = Annotated[Api, Depends(api_of)]


@router.put("/agents/{handle}/slack", response_model=Agent, **needs(ACT, 404, 409, 413, 415))
async def link(request: Request, handle: Handle, body: SlackLinkBody, api: Parts) -> Response:
    """Say who an agent is in Slack: once in each team, and only with the agent's own address. Twice changes nothing."""
    user = SlackUser(body.team_id, body.user_id, body.mail)
    await link_slack(handle, user, asked_by(request, body.model_dump(mode="json")), api.people)
    return await agent_now(request, handle, api)


@router.delete("/agents/{handle}/slack", status_code=204, response_class=Response, **needs(ACT, 404))
async def unlink(
    request: Request, handle: Handle, parameters: Annotated[SlackLinkParameters, Query()], api: Parts
) -> Response:
    """Say that an agent is nobody in a team of Slack any more, or in all: what they do there is a customer's then."""
    await unlink_slack(handle, parameters.team_id, asked_by(request), api.people)
    return Response(status_code=204)
