"""Quarantine: what waits for a person, one decision or many at once, and the trail of what was decided."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from tickets.adapters.http.access import GuardedRoute, asked_by, needs
from tickets.adapters.http.answers import API, as_json, decision_answer, page, quarantine_answer
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.bodies import (
    DecisionParameters,
    QuarantineDecision,
    QuarantineFilters,
    QuarantineParameters,
)
from tickets.adapters.http.models import DeskDecision, Page, Quarantined, QuarantineDecided, QuarantineDecidedAll
from tickets.adapters.http.problems import wrong_parameter
from tickets.adapters.postgres.desk_reads import QuarantineFilter
from tickets.errors import NotFound
from tickets.handlers.settling import quarantine
from tickets.handlers.settling.quarantine import Decided

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["quarantine"])

MessageId = Annotated[UUID, Path(alias="id", description="As the list names it.")]
_BIGGEST = 2**63 - 1


@router.get("/quarantine", response_model=Page[Quarantined], **needs("read"))
async def list_quarantine(
    parameters: Annotated[QuarantineParameters, Query()], api: Annotated[Api, Depends(api_of)]
) -> Response:
    """Messages that wait for a person, or were decided about, oldest first."""
    wanted = _filter(parameters, parameters.state)
    listing = f"quarantine?{wanted.arguments()!r}"
    place = api.cursors.read(listing, parameters.cursor, 2)
    after = (datetime.fromisoformat(place[0]), UUID(place[1])) if place else None
    rows = await api.reads.quarantine(wanted, after, parameters.limit + 1)
    shown = rows[: parameters.limit]
    following = None
    if len(rows) > len(shown):
        following = api.cursors.make(listing, [shown[-1]["created_at"].isoformat(), str(shown[-1]["id"])])
    return as_json(page([quarantine_answer(row) for row in shown], following))


@router.get("/quarantine/{id}", response_model=Quarantined, **needs("read", 404))
async def read_quarantined(id_: MessageId, api: Annotated[Api, Depends(api_of)]) -> Response:
    """One message that is or was in quarantine."""
    row = await api.reads.quarantined(id_)
    if row is None:
        raise NotFound(f"nothing with id {id_} is or was in quarantine")
    return as_json(quarantine_answer(row, whole=True))


@router.post("/quarantine/release", response_model=QuarantineDecidedAll, **needs("write", 415))
async def release_all(
    request: Request,
    parameters: Annotated[QuarantineFilters, Query()],
    api: Annotated[Api, Depends(api_of)],
    body: QuarantineDecision | None = None,
) -> Response:
    """Settle what matches and waits, oldest first, a hundred at once: ask again while `remaining` is not 0."""
    why, asked = body.why if body else "", asked_by(request)

    async def decide(id_: UUID) -> Decided:
        return await quarantine.release(id_, why, asked, api.deps, api.caps, api.acknowledgements_per_minute)

    return await _decide_all(parameters, decide, api)


@router.post("/quarantine/reject", response_model=QuarantineDecidedAll, **needs("write", 415))
async def reject_all(
    request: Request,
    parameters: Annotated[QuarantineFilters, Query()],
    api: Annotated[Api, Depends(api_of)],
    body: QuarantineDecision | None = None,
) -> Response:
    """Leave what matches and waits where it is for good, a hundred at once: ask again while `remaining` is not 0."""
    why, asked = body.why if body else "", asked_by(request)

    async def decide(id_: UUID) -> Decided:
        return await quarantine.reject(id_, why, asked, api.deps)

    return await _decide_all(parameters, decide, api)


@router.post("/quarantine/{id}/release", response_model=QuarantineDecided, **needs("write", 404, 409, 415))
async def release(
    request: Request,
    id_: MessageId,
    api: Annotated[Api, Depends(api_of)],
    body: QuarantineDecision | None = None,
) -> Response:
    """Settle it after all: in the ticket that it proves to belong to, else in one of its own. Once, however often."""
    why = body.why if body else ""
    decided = await quarantine.release(id_, why, asked_by(request), api.deps, api.caps, api.acknowledgements_per_minute)
    return as_json(_decided(decided))


@router.post("/quarantine/{id}/reject", response_model=QuarantineDecided, **needs("write", 404, 409, 415))
async def reject(
    request: Request,
    id_: MessageId,
    api: Annotated[Api, Depends(api_of)],
    body: QuarantineDecision | None = None,
) -> Response:
    """Leave it where it is for good. Rejecting it again changes nothing."""
    why = body.why if body else ""
    return as_json(_decided(await quarantine.reject(id_, why, asked_by(request), api.deps)))


@router.get("/decisions", response_model=Page[DeskDecision], **needs("read"))
async def list_decisions(
    parameters: Annotated[DecisionParameters, Query()], api: Annotated[Api, Depends(api_of)]
) -> Response:
    """Who decided what outside of tickets, and why: quarantine, sender list, addresses. Newest first."""
    listing = f"decisions?{parameters.action!r}{parameters.actor!r}"
    place = api.cursors.read(listing, parameters.cursor, 1)
    before = place[0] if place else _BIGGEST
    rows = await api.reads.decisions(parameters.action, parameters.actor, before, parameters.limit + 1)
    shown = rows[: parameters.limit]
    following = api.cursors.make(listing, [shown[-1]["id"]]) if len(rows) > len(shown) else None
    return as_json(page([decision_answer(row) for row in shown], following))


async def _decide_all(
    parameters: QuarantineFilters, decide: Callable[[UUID], Awaitable[Decided]], api: Api
) -> Response:
    wanted = _filter(parameters, "waiting")
    if not wanted.narrow:
        raise wrong_parameter("sender", "or reason, account or q must say which messages are meant")
    done = await quarantine.decide_all(wanted, decide, api.reads)
    return as_json(
        {
            "items": [_decided(decided) for decided in done.decided],
            "refused": [{"id": str(id_), "detail": detail} for id_, detail in done.refused],
            "remaining": done.remaining,
        }
    )


def _filter(parameters: QuarantineFilters, state: str) -> QuarantineFilter:
    return QuarantineFilter(state, parameters.reason, parameters.sender, parameters.account, parameters.q)


def _decided(decided: Decided) -> dict[str, Any]:
    return {"id": str(decided.id), "state": decided.state, "ticket_number": decided.ticket_number}
