"""The audit log: who did what to the desk, for those who may change it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime, Field

from tickets.adapters.http.access import GuardedRoute, needs
from tickets.adapters.http.answer_model import Answer
from tickets.adapters.http.answers import API, as_json, page
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.bodies import PageParameters
from tickets.adapters.http.models import Page
from tickets.adapters.postgres.audit_log import NEWEST, Wanted, described

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["audit"])


class AuditEntry(Answer):
    """Something that somebody did to the desk. Lines are never changed."""

    id: int
    at: datetime
    actor: str = Field(examples=["agent:ana", "operator:root", "desk"])
    token: str | None = Field(description="Name of the API token, or the command. Null: the desk did it by itself.")
    origin: str | None = Field(
        description="From where: an address, a way such as `slack:T0123/U0456`, or the machine of a command."
    )
    action: str = Field(examples=["token.created", "agent.changed", "quarantine.released", "person.erased"])
    target: str | None = Field(description="On what it was done.")
    changes: list[dict[str, Any]] = Field(description="What was there before and after, where something was changed.")
    detail: dict[str, Any]
    why: str


class AuditParameters(PageParameters):
    """Which lines of the audit log."""

    action: str | None = Field(None, max_length=60, description="With a dot at its end all that begin so: `token.`")
    actor: str | None = Field(None, max_length=200)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


@router.get("/audit", response_model=Page[AuditEntry], **needs("admin"))
async def read_audit_log(
    parameters: Annotated[AuditParameters, Query()], api: Annotated[Api, Depends(api_of)]
) -> Response:
    """Who did what to the desk, newest first. What is done in a ticket stands in the ticket's history."""
    wanted = Wanted(parameters.action, parameters.actor, parameters.since, parameters.until)
    listing = f"audit?{wanted!r}"
    place = api.cursors.read(listing, parameters.cursor, 1)
    rows = await api.reads.audit_log(wanted, place[0] if place else NEWEST, parameters.limit + 1)
    shown = rows[: parameters.limit]
    following = api.cursors.make(listing, [shown[-1]["id"]]) if len(rows) > len(shown) else None
    return as_json(page([described(row) for row in shown], following))
