"""Replies that wait before they go: how one stands, calling it back; and how a reply would read."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import Field

from tickets.adapters.http.access import GuardedRoute, asked_by, needs
from tickets.adapters.http.answer_model import Answer
from tickets.adapters.http.answers import API, as_json
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.bodies import NewReply
from tickets.adapters.http.models import Party, Writer
from tickets.adapters.http.replying import wanted_reply
from tickets.adapters.http.ticket_routes import Number
from tickets.domain.correspondence.held_replies import STATES, Became, HeldReply
from tickets.domain.correspondence.places import KINDS, place_of
from tickets.errors import NotFound
from tickets.handlers.replying.held_replies import preview_reply, recall_reply, reply_of_key
from tickets.handlers.replying.replies import place_of_reply

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["messages"])

Parts = Annotated[Api, Depends(api_of)]
NOTHING_YET: Final = Became()
ReplyId = Annotated[UUID, Path(alias="id", description="As the answer to a reply with `hold_seconds` names it.")]


class HeldReplyMade(Answer):
    """A reply that waits before it goes, or did."""

    id: str
    ticket_number: int
    state: str = Field(examples=list(STATES))
    send_at: datetime
    why: str = Field(description="Why it failed.")
    text: str | None = Field(description="What it says; null once it was sent, for then its message says it.")
    status: str | None = Field(description="The ticket's, once it is sent; null where none was asked.")
    resolution: str | None = Field(description="What it says solved the ticket.")
    cause: str | None = Field(description="What it says caused it.")
    message_id: str | None = Field(description="The message that it became.")
    delivery: str | None = Field(description="How far that has come.", examples=["queued", "delivered", "failed"])
    delivery_detail: str | None
    changeable_until: datetime | None = Field(description="As its message has it.")
    revised: bool = Field(description="Its message was edited or taken back since, or that was asked for.")


class ReplyOnItsWay(Answer):
    """A reply that waits, or has just become a message; any agent may read it, as they may the ticket."""

    id: str
    state: str = Field(examples=["held", "sent"])
    send_at: datetime
    author: Writer
    text: str | None = Field(description="None once it was sent: the message has it.")
    message_id: str | None = Field(description="That it became.")


class RepliesOnTheirWay(Answer):
    """They are few: there is no second page."""

    items: list[ReplyOnItsWay]


class ReplyPlaceAnswer(Answer):
    """Where an answer to a ticket's customer will stand, and so who reads it."""

    medium: str = Field(examples=["email", "slack"])
    kind: str = Field(
        examples=list(KINDS),
        description="`mail`; `direct`: the customer alone reads it; `channel`: everybody in a channel, in a thread.",
    )
    account: str = Field(description="Of a chat, as it names it; of a mail the mailbox that sends it.")
    conversation: str | None
    to: Party
    cc: list[Party] = Field(description="Everybody else who gets the mail openly.")


class ReplyPreview(Answer):
    """A reply as whoever gets it would read it."""

    medium: str = Field(examples=["email", "slack"])
    to: Party
    cc: list[Party]
    subject: str = Field(description="Empty where the medium has none.")
    author: str | None = Field(description="The name that a chat shows before the text; null where it shows none.")
    text: str
    place: ReplyPlaceAnswer = Field(description="Where it will stand.")


def held_answer(held: HeldReply, became: Became = NOTHING_YET) -> dict[str, Any]:
    """A reply that waits, as the API shows it."""
    fields = held.reply.get("fields") or {}
    return {
        "id": str(held.id),
        "ticket_number": held.ticket_number,
        "state": held.state,
        "send_at": held.send_at,
        "why": held.why,
        "text": held.reply.get("text"),
        "status": held.reply.get("status"),
        "resolution": fields.get("resolution"),
        "cause": fields.get("cause"),
        "message_id": None if held.message_id is None else str(held.message_id),
        "delivery": became.delivery,
        "delivery_detail": became.detail,
        "changeable_until": became.changeable_until,
        "revised": became.revised,
    }


def _on_its_way(held: HeldReply) -> dict[str, Any]:
    return {
        "id": str(held.id),
        "state": held.state,
        "send_at": held.send_at,
        "author": {"address": "", "name": held.author.name, "handle": held.author.agent},
        "text": held.reply.get("text"),
        "message_id": None if held.message_id is None else str(held.message_id),
    }


@router.post("/tickets/{number}/replies/preview", response_model=ReplyPreview, **needs("write", 404, 409, 413, 415))
async def preview(request: Request, number: Number, body: NewReply, api: Parts) -> Response:
    """How a reply would read for the customer; it is checked as if it were sent, and nothing is written."""
    event = await preview_reply(number, wanted_reply(body), asked_by(request), api.deps)
    shown = {
        "medium": event.get("medium", ""),
        "to": event.get("to") or {"address": "", "name": ""},
        "cc": event.get("cc") or [],
        "subject": event.get("subject", ""),
        "author": (event.get("chat") or {}).get("author"),
        "text": event.get("text", ""),
        "place": place_of(event).as_data(),
    }
    return as_json(shown)


# These stand before the route of one reply, whose id their words are not.
@router.get("/tickets/{number}/replies/waiting", response_model=RepliesOnTheirWay, **needs("read"))
async def read_waiting(number: Number, api: Parts) -> Response:
    """Replies that wait for their time (`hold_seconds`), whoever wrote them, and those that went in the last minutes.

    For whoever is about to answer too: the messages of the ticket do not show yet what waits.
    """
    found = await api.held_replies.on_their_way(number)
    return as_json({"items": [_on_its_way(held) for held in found]})


@router.get("/tickets/{number}/replies/place", response_model=ReplyPlaceAnswer, **needs("read", 404, 409))
async def read_place(number: Number, api: Parts) -> Response:
    """Where an answer to the customer would stand if it were sent now to whom it usually goes; nothing is written.

    After a merge that may be another conversation than the ticket's own: it is where the customer last wrote.
    409: no answer can be sent.
    """
    return as_json((await place_of_reply(number, api.reads, api.deps)).as_data())


@router.get("/tickets/{number}/replies", response_model=HeldReplyMade, **needs("read", 404))
async def read_held_by_key(request: Request, number: Number, api: Parts) -> Response:
    """How the reply stands that was asked for with `hold_seconds` and this `Idempotency-Key`.

    For whoever did not hear the answer: nothing is written. 404: nothing was held, or not yet.
    """
    found = await api.held_replies.find(number, await reply_of_key(number, asked_by(request), api.deps))
    if found is None:
        raise NotFound("the reply of this key went long ago")
    return as_json(held_answer(*found))


@router.get("/tickets/{number}/replies/{id}", response_model=HeldReplyMade, **needs("read", 404))
async def read_held(number: Number, id_: ReplyId, api: Parts) -> Response:
    """How a reply stands that was asked for with `hold_seconds`; it is forgotten after a week."""
    found = await api.held_replies.find(number, id_)
    if found is None:
        raise NotFound("this ticket has no such reply that waits, or it went long ago")
    return as_json(held_answer(*found))


@router.delete("/tickets/{number}/replies/{id}", response_model=HeldReplyMade, **needs("write", 404, 409))
async def recall(request: Request, number: Number, id_: ReplyId, api: Parts) -> Response:
    """Call back a reply that still waits: it is not sent, and its words are in the answer."""
    return as_json(held_answer(await recall_reply(number, id_, asked_by(request), api.deps)))
