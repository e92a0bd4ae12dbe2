"""Verifying who asks in a ticket: to where a code may go, sending one, and taking it back."""

import re
from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema

from tickets.adapters.http.access import IDEMPOTENCY, GuardedRoute, asked_by, caller_of, needs
from tickets.adapters.http.answer_model import Answer
from tickets.adapters.http.answers import API, as_json
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.bodies import Body
from tickets.adapters.http.problems import Problem
from tickets.adapters.http.ticket_routes import Number
from tickets.adapters.postgres.tokens import ACT
from tickets.domain.verifying.factors import WHY_NOT
from tickets.handlers.working.verify import as_told, check_code, read_verification, send_code

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["verification"])

Parts = Annotated[Api, Depends(api_of)]
_CALL = (
    "Since when a call about the ticket goes on: from where it was opened they were known before that. For a service"
    " that takes calls (scope `act`)."
)
_SIX_DIGITS: Final = re.compile(r"[0-9]{6}")


def _code(value: str) -> str:
    if not _SIX_DIGITS.fullmatch(value):
        raise ValueError("must be six digits, as in the message that was sent")
    return value


SixDigits = Annotated[
    str, AfterValidator(_code), WithJsonSchema({"type": "string", "pattern": f"^{_SIX_DIGITS.pattern}$"})
]


class WayOnFile(Answer):
    """A way to whoever asks, of which people see enough to recognise it."""

    id: str = Field(description="In this ticket.")
    medium: str = Field(examples=["sms", "email"])
    shown: str = Field(examples=["+34 *** *** 22", "a***@cliente.example"])
    on_file_since: datetime
    own: bool = Field(description="They write or call from there; else the desk put it on file (`ways` of a customer).")
    usable: bool
    why_not: str | None = Field(
        examples=list(WHY_NOT), description="`new`: it came on file after the conversation had begun."
    )


class SentCode(Answer):
    """The last code that was sent; never the code itself."""

    medium: str
    shown: str
    sent_at: datetime
    expires_at: datetime
    state: Literal["open", "verified", "spent", "replaced", "expired", "withdrawn"] = Field(
        description="`withdrawn`: the address is not on file any more, or somebody else asks since it was sent."
    )
    tries_left: int
    delivery: str = Field(examples=["queued", "sent", "delivered", "failed"])
    delivery_detail: str = Field(description="What its channel said, as why it failed.")


class Verified(Answer):
    """By what somebody was verified."""

    medium: str
    shown: str
    at: datetime
    actor: str


class Verification(Answer):
    """How it stands with who asks in a ticket."""

    ticket: int
    grade: str = Field(examples=["verified", "plausible", "claimed"])
    factors: list[WayOnFile]
    code: SentCode | None = Field(description="null: none was sent in the last days.")
    verified: Verified | None = Field(
        description="null: by no code, or somebody else has asked since; while the grade is `verified` only."
    )


class VerificationParameters(BaseModel):
    """Since when a call goes on."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    call_began_at: AwareDatetime | None = Field(None, description=_CALL)


class CodeWanted(Body):
    """To where a code is to go."""

    factor: Annotated[str, StringConstraints(min_length=1, max_length=60)] = Field(description="Id of a way on file.")
    call_began_at: AwareDatetime | None = Field(None, description=_CALL)


class CodeGiven(Body):
    """A code that somebody gave."""

    code: SixDigits = Field(examples=["123456"])


@router.get("/tickets/{number}/verification", response_model=Verification, **needs("read", 404))
async def read(
    request: Request, number: Number, parameters: Annotated[VerificationParameters, Query()], api: Parts
) -> Response:
    """To where a code may go, and how it stands with the last one."""
    return await _answer(request, number, parameters.call_began_at, api)


@router.post(
    "/tickets/{number}/verification",
    response_model=Verification,
    **needs("write", 404, 409, 413, 415, headers=IDEMPOTENCY),
)
async def send(request: Request, number: Number, body: CodeWanted, api: Parts) -> Response:
    """Send a code of six digits to a way that was on file before the conversation began.

    It is good for ten minutes and five tries; one that was sent before is good no more. 409 says why none is sent.
    """
    _must_be_of_calls(request, body.call_began_at)
    asked = asked_by(request, body.model_dump(mode="json"))
    await send_code(number, body.factor, body.call_began_at, asked, api.deps)
    return await _answer(request, number, body.call_began_at, api)


@router.post(
    "/tickets/{number}/verification/check",
    response_model=Verification,
    **needs("write", 404, 409, 413, 415, headers=IDEMPOTENCY),
)
async def check(request: Request, number: Number, body: CodeGiven, api: Parts) -> Response:
    """Take the code that they gave: whoever asks is `verified` in this ticket from now on.

    409 `wrong_code` says in `tries_left` how often they may try again; any other 409 why there is nothing to try.
    """
    await check_code(number, body.code, asked_by(request, body.model_dump(mode="json")), api.deps)
    return await _answer(request, number, None, api)


async def _answer(request: Request, number: int, call_began: datetime | None, api: Api) -> Response:
    _must_be_of_calls(request, call_began)
    return as_json(as_told(await read_verification(number, call_began, api.deps)))


def _must_be_of_calls(request: Request, call_began: datetime | None) -> None:
    if call_began is not None and ACT not in caller_of(request).scopes:
        why = f"to say since when a call goes on needs the scope {ACT}; leave out call_began_at"
        raise Problem(403, "scope_missing", why, extra={"missing_scope": ACT})
