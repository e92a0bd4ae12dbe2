"""A problem speaks to everybody whom it concerns: one update, in each incident."""

from collections import Counter
from datetime import datetime
from typing import Annotated, Any, Literal, Self

import orjson
from fastapi import APIRouter, Depends, Request, Response
from pydantic import ConfigDict, Field, model_validator

from tickets.adapters.http.access import IDEMPOTENCY, GuardedRoute, asked_by, needs
from tickets.adapters.http.answer_model import Answer
from tickets.adapters.http.answers import API, as_json, page
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.bodies import Body, LanguageWord
from tickets.adapters.http.models import Page
from tickets.adapters.http.texts import Text
from tickets.adapters.http.ticket_routes import Number
from tickets.domain.joining.incidents import STATES, Update
from tickets.errors import NotFound
from tickets.handlers.joining.update_incidents import update_all

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["tickets"])

Parts = Annotated[Api, Depends(api_of)]


class UpdateAllBody(Body):
    """What everybody is told."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "texts": {"es": "El servicio funciona de nuevo.", "en": "The service works again."},
                    "status": "solved",
                    "resolution": "the router was replaced",
                }
            ]
        }
    )
    texts: dict[LanguageWord, Text] = Field(
        description="Language → words. An incident whose language is not there gets the others."
    )
    status: Literal["pending", "solved"] | None = Field(None, description="What the incidents become with it.")
    resolution: Text | None = Field(None, description="What solved them; solving asks for it.")
    cause: Text | None = Field(None, description="What caused them; solving asks for it where the category says so.")
    internal: bool = Field(False, description="A note in each incident: nothing goes out.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.texts or not all(text.strip() for text in self.texts.values()):
            raise ValueError("texts must say something, in one language at least")
        return self

    def update(self) -> Update:
        """The update that the body describes."""
        texts = {str(language): text for language, text in self.texts.items()}
        return Update(texts, self.internal, self.status, self.resolution, self.cause)


class IncidentTold(Answer):
    """What became of one incident."""

    number: int
    state: str = Field(examples=list(STATES))
    why: str = Field(description="Why it failed or was skipped.")
    message_id: str | None
    at: datetime | None


class ProblemUpdate(Answer):
    """An update of a problem to its incidents, and how far it has come."""

    id: int
    at: datetime
    actor: str
    via: str | None
    texts: dict[str, str]
    internal: bool
    status: str | None
    resolution: str | None
    cause: str | None
    counts: dict[str, int] = Field(examples=[{"waiting": 0, "told": 41, "failed": 1, "skipped": 0}])
    incidents: list[IncidentTold]


@router.post(
    "/tickets/{number}/update-all",
    response_model=ProblemUpdate,
    **needs("write", 404, 409, 413, 415, headers=IDEMPOTENCY),
)
async def tell_all(request: Request, number: Number, body: UpdateAllBody, api: Parts) -> Response:
    """Tell everybody whom a problem concerns: one reply in each open incident, in its language and by its channel.

    Twenty are told before the answer, the others right after it: `GET /tickets/{number}/updates` says how far it is.
    """
    asked = asked_by(request, body.model_dump(mode="json"))
    id_, repeated = await update_all(number, body.update(), asked, api.deps)
    [row] = await api.incidents.updates(number, id_)
    return as_json(_answer(row), headers={"idempotent-replayed": "true"} if repeated else {})


@router.get("/tickets/{number}/updates", response_model=Page[ProblemUpdate], **needs("read", 404))
async def list_updates(number: Number, api: Parts) -> Response:
    """Updates of a problem to its incidents, newest first: who was told, who was not and why."""
    rows = await api.incidents.updates(number)
    if not rows and await api.reads.ticket(number) is None:
        raise NotFound(f"there is no ticket {number}")
    return as_json(page([_answer(row) for row in rows], None))


def _answer(row: Any) -> dict[str, Any]:
    incidents: list[dict[str, Any]] = orjson.loads(row["incidents"] or "[]")
    counted = Counter(one["state"] for one in incidents)
    names = ("id", "at", "actor", "via", "internal", "status", "resolution", "cause")
    return {
        **{name: row[name] for name in names},
        "texts": orjson.loads(row["texts"]),
        "counts": {state: counted[state] for state in STATES},
        "incidents": incidents,
    }
