"""Solved tickets that are like a ticket, for whoever has just got it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from tickets.adapters.http.access import GuardedRoute, needs
from tickets.adapters.http.answers import API, as_json
from tickets.adapters.http.people_routes import Parts
from tickets.adapters.http.similar_models import SimilarParameters, SimilarTickets
from tickets.adapters.http.ticket_routes import Number
from tickets.handlers.joining.similar import Found, similar_to

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["tickets"])

_SHOWN = (
    "number", "subject", "status", "category", "team", "language", "priority", "assignee", "solved_at", "resolution",
    "cause",
)  # fmt: skip


@router.get("/tickets/{number}/similar", response_model=SimilarTickets, **needs("read", 404))
async def read_similar(number: Number, parameters: Annotated[SimilarParameters, Query()], api: Parts) -> Response:
    """Solved tickets that are like this one, with what solved them. What is solved now is found some seconds later."""
    found = await similar_to(number, parameters.limit, api.solutions)
    return as_json({"items": [_answer(one) for one in found]})


def _answer(found: Found) -> dict[str, Any]:
    return {
        **{name: found.row[name] for name in _SHOWN},
        "shared": round(min(found.similar.shared, 1.0), 3),
        "words": list(found.similar.words),
        "link": f"{API}/tickets/{found.similar.number}",
    }
