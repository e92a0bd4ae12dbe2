"""One message of a ticket; and an agent's answer in a chat, edited or taken back where its customer reads it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response

from tickets.adapters.http.access import IDEMPOTENCY, GuardedRoute, asked_by, needs
from tickets.adapters.http.answers import API, as_json, message_answer
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.bodies import SentText
from tickets.adapters.http.models import Message
from tickets.adapters.http.ticket_routes import Number
from tickets.errors import NotFound
from tickets.handlers.replying.sent_messages import edit_sent, take_back_sent

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["messages"])

Parts = Annotated[Api, Depends(api_of)]
MessageId = Annotated[UUID, Path(alias="id", description="A message of the ticket.")]
_ADDRESS = "/tickets/{number}/messages/{id}"


@router.get(_ADDRESS, response_model=Message, **needs("read", 404))
async def read_message(number: Number, id_: MessageId, api: Parts) -> Response:
    """A message of a ticket."""
    return await _answer(number, id_, api)


@router.patch(_ADDRESS, response_model=Message, **needs("write", 404, 409, 413, 415, headers=IDEMPOTENCY))
async def edit(request: Request, number: Number, id_: MessageId, body: SentText, api: Parts) -> Response:
    """Edit an answer where its customer reads it; only in chats, for 30 days, by whoever wrote it or the scope `admin`.

    `revision` says whether the customer sees it. The same text again does nothing, or tries again what has failed.
    """
    asked = asked_by(request, body.model_dump(mode="json"))
    repeated = await edit_sent(number, id_, body.text, asked, api.deps)
    return await _answer(number, id_, api, repeated=repeated)


@router.delete(_ADDRESS, response_model=Message, **needs("write", 404, 409, headers=IDEMPOTENCY))
async def take_back(request: Request, number: Number, id_: MessageId, api: Parts) -> Response:
    """Take an answer back where its customer reads it; only in chats, for 30 days, by its author or the scope `admin`.

    What it said is kept as for any deleted message. Again it does nothing, or tries again what has failed.
    """
    repeated = await take_back_sent(number, id_, asked_by(request), api.deps)
    return await _answer(number, id_, api, repeated=repeated)


async def _answer(number: int, id_: UUID, api: Api, *, repeated: bool = False) -> Response:
    row = await api.reads.message(id_)
    if row is None or row["ticket_number"] != number:
        raise NotFound(f"ticket {number} has no such message")
    writers = await api.reads.writers(number, [id_])
    last = await api.revisions.last_asked([id_])
    headers = {"idempotent-replayed": "true"} if repeated else {}
    return as_json(message_answer(row, writers.get(str(id_)), last.get(id_)), 200, headers)
