"""Callbacks: planned by agents, called off, and what came of each attempt."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import AwareDatetime, ConfigDict, Field

from tickets.adapters.http.access import IDEMPOTENCY, GuardedRoute, asked_by, needs
from tickets.adapters.http.answer_model import Answer
from tickets.adapters.http.answers import API, as_json
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.bodies import Body
from tickets.adapters.http.names import Names, by_key, handle_in, names_of
from tickets.adapters.http.texts import Line, Slug
from tickets.adapters.http.ticket_routes import Number
from tickets.domain.callbacks.wishes import OUTCOMES, STATES, Attempt, Callback, Report
from tickets.errors import NotFound
from tickets.handlers.callbacks.calling import report_attempt
from tickets.handlers.callbacks.planning import CallbackWish, plan_callback, withdraw_callback

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["callbacks"])

Parts = Annotated[Api, Depends(api_of)]
CallbackId = Annotated[UUID, Path(alias="id", description="Of the callback.")]
AttemptNumber = Annotated[int, Path(alias="attempt", ge=1, le=100, description="Which attempt, from 1.")]
_DAY_SECONDS = 86_400


class CallbackBody(Body):
    """Whom to call, and when."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"number": "+34600111222", "at": "2026-12-01T09:00:00+01:00", "agent": "eva"}]}
    )
    number: Line | None = Field(None, description="With + and the country's code. None: the customer's, if known.")
    at: AwareDatetime | None = Field(None, description="At most 60 days ahead. None: as soon as the team is there.")
    agent: Slug | None = Field(
        None,
        description="Handle of whoever will call, at just that time; the team, if they are away. None: the team.",
    )


class AttemptBody(Body):
    """What came of an attempt, or `calling`: an agent has taken it, and the customer's telephone rings."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"outcome": "talked", "agent": "eva", "seconds": 200, "call": "CA0123"}]}
    )
    outcome: Literal[
        "calling", "talked", "customer_no_answer", "customer_busy", "nobody_took_it", "agent_gave_up", "failed"
    ]
    agent: Slug | None = Field(None, description="Handle of whoever took it.")
    seconds: int | None = Field(None, ge=0, le=_DAY_SECONDS, description="How long they talked.")
    call: Slug | None = Field(None, description="The customer's call, as the provider names it.")


class CallbackAttempt(Answer):
    """One try."""

    attempt: int
    begun_at: datetime
    ended_at: datetime | None
    outcome: str | None = Field(description="null: it goes on.", examples=[*OUTCOMES, "withdrawn"])
    agent: str | None
    seconds: int | None
    call: str | None


class PlannedCallback(Answer):
    """Somebody who is to be called back, or was."""

    id: str
    ticket: int
    state: str = Field(examples=list(STATES))
    team: str
    agent: str | None
    number: str
    asked_by: str = Field(examples=["customer", "agent:eva"])
    asked_at: datetime
    wanted_at: datetime
    next_at: datetime | None = Field(description="When the next attempt begins; of one that goes on its time limit.")
    attempt: int = Field(description="How many have begun.")
    outcome: str = Field(description="Of the last attempt.")
    ended_at: datetime | None
    attempts: list[CallbackAttempt]
    names: Names = Field(description="Of its team, and of the agents in it.")


class PlannedCallbacks(Answer):
    """The newest first; they are few: there is no second page."""

    items: list[PlannedCallback]


@router.get("/tickets/{number}/callbacks", response_model=PlannedCallbacks, **needs("read", 404))
async def read_callbacks(number: Number, api: Parts) -> Response:
    """Who is to be called back about a ticket, and what came of each attempt."""
    found = await api.callbacks.of_ticket(number)
    if not found and await api.reads.ticket(number) is None:
        raise NotFound(f"there is no ticket {number}")
    return as_json({"items": await _answers(found, api)})


@router.post(
    "/tickets/{number}/callbacks",
    status_code=201,
    response_model=PlannedCallback,
    **needs("write", 404, 409, 413, 415, headers=IDEMPOTENCY),
)
async def plan(request: Request, number: Number, body: CallbackBody, api: Parts) -> Response:
    """Plan to call the customer, within the team's hours: agents are rung first, then the customer.

    Tried up to three times. 409: the number is to be called already.
    """
    wish = CallbackWish(body.number, body.at, body.agent)
    id_ = await plan_callback(number, wish, asked_by(request, body.model_dump(mode="json")), api.deps)
    return as_json(await _found(id_, api), status=201)


@router.delete("/tickets/{number}/callbacks/{id}", response_model=PlannedCallback, **needs("write", 404, 409))
async def withdraw(request: Request, number: Number, id_: CallbackId, api: Parts) -> Response:
    """Call it off: nobody is rung any more, and a customer who was told the time is told so.

    409: they talk just now, or it is over.
    """
    await withdraw_callback(number, id_, asked_by(request), api.deps)
    return as_json(await _found(id_, api))


@router.post("/callbacks/{id}/attempts/{attempt}", response_model=PlannedCallback, **needs("act", 404, 413, 415))
async def report(request: Request, id_: CallbackId, attempt: AttemptNumber, body: AttemptBody, api: Parts) -> Response:
    """What came of an attempt, by whoever rings the telephones. Told again, or of an older one, it changes nothing."""
    told = Report(body.outcome, body.agent, body.seconds, body.call)
    await report_attempt(id_, attempt, told, asked_by(request), api.deps)
    return as_json(await _found(id_, api))


async def _found(id_: UUID, api: Api) -> dict[str, Any]:
    found = await api.callbacks.one(id_)
    if found is None:
        raise NotFound("there is no such callback")
    return (await _answers([found], api))[0]


async def _answers(found: Sequence[tuple[Callback, Sequence[Attempt]]], api: Api) -> list[dict[str, Any]]:
    """Callbacks, each with the `names` of its team and agents; one question for all of them."""
    answers = [_answer(*one) for one in found]
    words = [_named_in(one) for one in answers]
    known = by_key(await api.reads.names({word for each in words for word in each}))
    return [{**one, "names": names_of(each, known)} for one, each in zip(answers, words, strict=True)]


def _named_in(answer: Mapping[str, Any]) -> Iterable[str]:
    tried = (one["agent"] for one in answer["attempts"])
    words = (answer["team"], answer["agent"], handle_in(answer["asked_by"]), *tried)
    return dict.fromkeys(word for word in words if word)


def _answer(callback: Callback, attempts: Sequence[Attempt]) -> dict[str, Any]:
    names = (
        "state", "team", "agent", "number", "asked_by", "asked_at", "wanted_at", "next_at", "attempt", "outcome",
        "ended_at",
    )  # fmt: skip
    tries = [
        {
            "attempt": one.number,
            **{name: getattr(one, name) for name in ("begun_at", "ended_at", "outcome", "agent", "seconds", "call")},
        }
        for one in attempts
    ]
    shown = {name: getattr(callback, name) for name in names}
    return {"id": str(callback.id), "ticket": callback.ticket_number, **shown, "attempts": tries}
