"""Pages: who was called, and saying that one has it, by the API or by the link in the mail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from tickets.adapters.http.access import GuardedRoute, asked_by, needs
from tickets.adapters.http.answers import API, as_json, page
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.models import Page
from tickets.adapters.http.page_models import CalledPage, LinkedPage, PagesParameters
from tickets.adapters.postgres.page_store import page_of_row
from tickets.errors import NotFound
from tickets.handlers.timers.pages import acknowledge_by_link, acknowledge_page, page_of_link

router = APIRouter(prefix=API, route_class=GuardedRoute)

Parts = Annotated[Api, Depends(api_of)]
Token = Annotated[str, Path(max_length=80, description="The last part of the link in the mail.")]
PageId = Annotated[UUID, Path(alias="id", description="Of the page.")]


@router.get("/desk/pages", response_model=Page[CalledPage], tags=["ladders"], **needs("read"))
async def list_pages(parameters: Annotated[PagesParameters, Query()], api: Parts) -> Response:
    """Pages, the newest first."""
    listing = f"pages/{parameters.agent}/{parameters.state}"
    place = api.cursors.read(listing, parameters.cursor, 2)
    after = (datetime.fromisoformat(place[0]), UUID(place[1])) if place else None
    rows = await api.pages.newest(parameters.agent, parameters.state, after, parameters.limit + 1)
    shown = rows[: parameters.limit]
    last = shown[-1] if len(rows) > len(shown) else None
    following = api.cursors.make(listing, [last["paged_at"].isoformat(), str(last["id"])]) if last else None
    return as_json(page([_called(row) for row in shown], following))


@router.post("/desk/pages/{id}/acknowledge", response_model=CalledPage, tags=["ladders"], **needs("write", 404, 409))
async def acknowledge(request: Request, id_: PageId, api: Parts) -> Response:
    """Say that you have it: the ladder stops. Twice changes nothing; a page that was withdrawn says why with 409."""
    await acknowledge_page(id_, asked_by(request), api.deps)
    return as_json(_called(await _row(id_, api)))


@router.get("/pages/by-token/{token}", response_model=LinkedPage, tags=["portal"], **needs("portal", 404))
async def read_linked_page(token: Token, api: Parts) -> Response:
    """What the holder of a page's link may see. Reading acknowledges nothing: mail scanners open links too."""
    return as_json(_linked(await _row(page_of_link(token, api.deps), api)))


@router.post(
    "/pages/by-token/{token}/acknowledge", response_model=LinkedPage, tags=["portal"], **needs("portal", 404, 409)
)
async def acknowledge_linked_page(request: Request, token: Token, api: Parts) -> Response:
    """Acknowledge for whoever was called. Twice changes nothing; a page that was withdrawn says why with 409."""
    id_ = await acknowledge_by_link(token, request.scope.get("traceparent"), api.deps)
    return as_json(_linked(await _row(id_, api)))


async def _row(id_: UUID, api: Api) -> Mapping[str, Any]:
    row: Mapping[str, Any] | None = await api.pages.one(id_)
    if row is None:
        raise NotFound("there is no such page")
    return row


def _called(row: Mapping[str, Any]) -> dict[str, Any]:
    names = (
        "subject", "priority", "team", "agent", "agent_name", "ladder", "ladder_version", "step", "round", "attempt",
        "paged_at", "answer_by", "acknowledged_at", "acknowledged_by", "withdrawn_at", "withdrawn_why",
    )  # fmt: skip
    shown = {name: row[name] for name in names}
    state = page_of_row(row).state
    return {"id": str(row["id"]), "ticket": row["ticket_number"], "run": str(row["run"]), "state": state, **shown}


def _linked(row: Mapping[str, Any]) -> dict[str, Any]:
    by = row["agent_name"] if row["acknowledged_by"] == row["agent"] else row["acknowledged_by"]
    names = ("subject", "priority", "paged_at", "answer_by", "acknowledged_at", "withdrawn_why")
    shown = {name: row[name] for name in names}
    state = page_of_row(row).state
    return {"number": row["ticket_number"], "agent": row["agent_name"], "state": state, "acknowledged_by": by, **shown}
