"""Dead letters: what no service could handle, with why; handled again or dropped by those who may change the desk."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AwareDatetime, Field

from tickets.adapters.http.access import GuardedRoute, asked_by, needs
from tickets.adapters.http.answer_model import Answer
from tickets.adapters.http.answers import API, as_json
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.bodies import Body, Parameters
from tickets.adapters.http.texts import Reason

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["dead letters"])

Sequence = Annotated[int, Path(ge=1, le=2**63 - 1, description="As the list names it.")]


class Dropped(Answer):
    """Who wants to see a letter no more."""

    at: datetime
    by: str
    why: str


class DeadLetterAnswer(Answer):
    """A message that a service could not handle. What it says is left out: `ventanilla deadletters show` has it."""

    sequence: int
    stored_at: datetime
    service: str
    stream: str | None
    stream_sequence: int | None
    channel: str | None
    reason: str
    detail: str
    deliveries: int | None
    replayable: bool
    dropped: Dropped | None


class DeadLetters(Answer):
    """Letters, newest last."""

    items: list[DeadLetterAnswer]
    complete: bool = Field(description="There are no older ones that match.")
    before: int | None = Field(None, description="Where it is not complete: `before` of the next request.")


class LetterParameters(Parameters):
    """Which letters."""

    service: str | None = Field(None, max_length=60)
    since: AwareDatetime | None = None
    limit: int = Field(50, ge=1, le=200)
    before: int | None = Field(None, ge=1, le=2**63 - 1, description="Only letters older than this one.")
    dropped: bool = Field(False, description="With those that were dropped.")


class LetterReason(Body):
    """Why a letter is replayed or dropped."""

    why: Reason


class Replay(Body):
    """Why a letter is replayed."""

    why: str = Field("", max_length=2000)


class Replayed(Answer):
    """What came of it."""

    ordered: bool = Field(description="False: the same was ordered a moment ago.")


class DroppedNow(Answer):
    """What came of it."""

    dropped: bool = Field(description="False: it was dropped before.")


@router.get("/dead-letters", response_model=DeadLetters, **needs("admin"))
async def list_dead_letters(
    parameters: Annotated[LetterParameters, Query()], api: Annotated[Api, Depends(api_of)]
) -> Response:
    """The newest dead letters of all services, newest last; of many a part is looked through at a time."""
    found = await api.letters.newest(
        parameters.service, parameters.since, parameters.limit, dropped=parameters.dropped, before=parameters.before
    )
    return as_json(found)


@router.get("/dead-letters/{sequence}", response_model=DeadLetterAnswer, **needs("admin", 404))
async def read_dead_letter(sequence: Sequence, api: Annotated[Api, Depends(api_of)]) -> Response:
    """One dead letter."""
    return as_json(await api.letters.one(sequence))


@router.post("/dead-letters/{sequence}/replay", response_model=Replayed, **needs("admin", 404, 409, 415))
async def replay_dead_letter(
    request: Request, sequence: Sequence, api: Annotated[Api, Depends(api_of)], body: Replay | None = None
) -> Response:
    """Let its service handle the message again. What was done already is not done twice."""
    why = body.why if body else ""
    ordered = await api.letters.replay(sequence, asked_by(request).actor, why)
    answer: dict[str, Any] = {"ordered": ordered}
    return as_json(answer)


@router.post("/dead-letters/{sequence}/drop", response_model=DroppedNow, **needs("admin", 404, 415))
async def drop_dead_letter(
    request: Request, sequence: Sequence, body: LetterReason, api: Annotated[Api, Depends(api_of)]
) -> Response:
    """See it no more. The ledger goes on counting what it was as dead-lettered."""
    dropped = await api.letters.drop(sequence, asked_by(request).actor, body.why)
    return as_json({"dropped": dropped})
