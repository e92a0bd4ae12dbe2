"""Messages that become a ticket of their own, and who asked in a ticket."""

import re
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from tickets.adapters.http.access import IDEMPOTENCY, GuardedRoute, asked_by, needs
from tickets.adapters.http.answers import API, as_json
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.assignment_routes import ticket_now
from tickets.adapters.http.bodies import Body
from tickets.adapters.http.desk_bodies import Reason
from tickets.adapters.http.models import Ticket
from tickets.adapters.http.texts import Address, Line, Name, Slug
from tickets.adapters.http.ticket_routes import Number, read_answer
from tickets.domain.correspondence.requesters import Wish as RequesterWish
from tickets.domain.joining.splitting import MOST_MESSAGES, Wish
from tickets.handlers.joining.split import split_ticket
from tickets.handlers.working.requesters import change_requester

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["tickets"])

Parts = Annotated[Api, Depends(api_of)]


_ADDRESSES: TypeAdapter[str] = TypeAdapter(Address)
_IN_CHAT = re.compile(r"[A-Za-z0-9]{2,40}/[A-Za-z0-9]{2,40}\Z")


def _address(value: str) -> str:
    if _IN_CHAT.match(value):
        return value
    try:
        return _ADDRESSES.validate_python(value)
    except ValidationError as error:
        raise ValueError("must be a mail address, for example ana@example.com, or somebody in a chat") from error


class SplitBody(Body):
    """Which messages are about something else."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "messages": ["8d3c0f0e-6b3a-8f52-9c36-2f8a7e1d5b40"],
                    "subject": "The invoice of November",
                    "reason": "an invoice, not the printer",
                    "team": "billing",
                }
            ]
        }
    )
    messages: Annotated[list[UUID], Field(min_length=1, max_length=MOST_MESSAGES)] = Field(
        description="Customers' messages of this ticket, all of one author."
    )
    subject: Line | None = Field(None, description="The first message's if not given, else this ticket's.")
    reason: Reason = Field(description="Stays inside.", examples=["an invoice, not the printer"])
    team: Slug | None = Field(None, description="Which gets it; this ticket's if not given.")

    @field_validator("messages")
    @classmethod
    def _each_once(cls, value: list[UUID]) -> list[UUID]:
        if len(set(value)) != len(value):
            raise ValueError("names a message twice")
        return value


class RequesterBody(Body):
    """Who asks from now on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"address": "luis@example.com", "name": "Luis", "reason": "Ana left, Luis took over"}]
        }
    )
    address: Annotated[str, AfterValidator(_address)] = Field(
        description="A mail address; where the ticket goes on in a chat, as that names people: somebody who has written"
        " to the desk there, or whom the chat's own service names.",
        examples=["luis@example.com", "T0123/U0456"],
    )
    name: Name = ""
    reason: Reason = Field(description="Stays inside.", examples=["Ana left, Luis took over"])
    drop: bool = Field(
        False,
        description="Whoever asked until now gets nothing any more; else they stay in copy. By mail alone: a thread in"
        " a chat is read by all who are there.",
    )


@router.post(
    "/tickets/{number}/split",
    status_code=201,
    response_model=Ticket,
    **needs("write", 404, 409, 413, 415, headers=IDEMPOTENCY),
)
async def split(request: Request, number: Number, body: SplitBody, api: Parts) -> Response:
    """Let messages be a ticket of their own, asked by whoever wrote them. Merging alone takes it back.

    Answers to them lead to the new ticket, and its clocks start when the first of them was accepted.
    """
    wish = Wish(body.messages, body.reason, body.subject, body.team)
    made, repeated = await split_ticket(number, wish, asked_by(request, body.model_dump(mode="json")), api.deps)
    ticket = await read_answer(made, request, api)
    headers = {"location": f"{API}/tickets/{made}", "etag": f'"{ticket["version"]}"'}
    if repeated:
        headers["idempotent-replayed"] = "true"
    return as_json(ticket, 201, headers)


@router.post(
    "/tickets/{number}/requester",
    response_model=Ticket,
    **needs("write", 404, 409, 413, 415, headers=IDEMPOTENCY),
)
async def ask(request: Request, number: Number, body: RequesterBody, api: Parts) -> Response:
    """Let somebody else ask in a ticket from now on. By mail they read nothing of what was said before.

    A ticket that goes on in direct messages belongs to one person: 409 `one_persons_own`; open a new one. Links to the
    status page from before lead nowhere any more; theirs begins with them.
    """
    wish = RequesterWish(body.address, body.name, body.reason, body.drop)
    await change_requester(number, wish, asked_by(request, body.model_dump(mode="json")), api.deps)
    return await ticket_now(request, number, api)
