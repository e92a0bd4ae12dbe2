"""Messages of a ticket, replies and notes, files and originals."""

import re
from datetime import datetime
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from tickets.adapters.http.access import IDEMPOTENCY, GuardedRoute, asked_by, caller_of, needs
from tickets.adapters.http.answers import API, as_json, message_answer, page, revision_answer
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.bodies import MessageParameters, NewReply, UploadParameters
from tickets.adapters.http.held_reply_routes import HeldReplyMade, held_answer
from tickets.adapters.http.models import FormerText, Message, Page, ReplyMade, Upload
from tickets.adapters.http.problems import Problem
from tickets.adapters.http.replying import wanted_reply
from tickets.adapters.http.ticket_routes import Number
from tickets.errors import NotFound
from tickets.handlers.replying.held_replies import hold_reply
from tickets.handlers.replying.replies import reply_to_ticket
from ventanilla_contracts.file_names import safe_filename
from ventanilla_contracts.file_types import PICTURES, file_type_of

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["messages"])

_ATTACHMENT = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{1,3})\Z")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\Z")
_UNLESS_HELD = {"hold_seconds"}
_BY_AGENTS = ("agent", "note")
PRIVATE = {"cache-control": "private, no-store"}


@router.get("/tickets/{number}/messages", response_model=Page[Message], **needs("read", 404))
async def list_messages(
    number: Number, parameters: Annotated[MessageParameters, Query()], api: Annotated[Api, Depends(api_of)]
) -> Response:
    """The messages of a ticket in their order, notes included."""
    backwards = parameters.newest_first
    listing = f"messages/{number}/backwards" if backwards else f"messages/{number}"
    place = api.cursors.read(listing, parameters.cursor, 3)
    after = (datetime.fromisoformat(place[0]), place[1], UUID(place[2])) if place else None
    rows = await api.reads.messages(number, after, parameters.limit + 1, backwards=backwards)
    if not rows and not place and await api.reads.ticket(number) is None:
        raise NotFound(f"there is no ticket {number}")
    shown = rows[: parameters.limit]
    following = None
    if len(rows) > len(shown):
        last = shown[-1]
        following = api.cursors.make(listing, [last["accepted_at"].isoformat(), last["place"], str(last["id"])])
    writers = await api.reads.writers(number, [row["id"] for row in shown if row["kind"] in _BY_AGENTS])
    asked = await api.revisions.last_asked([row["id"] for row in shown if row["kind"] == "agent"])
    answers = [message_answer(row, writers.get(str(row["id"])), asked.get(row["id"])) for row in shown]
    return as_json(page(answers, following))


@router.post(
    "/tickets/{number}/replies",
    status_code=201,
    response_model=ReplyMade,
    **needs("write", 404, 409, 413, 415, headers=IDEMPOTENCY, accepts=HeldReplyMade),
)
async def reply(request: Request, number: Number, body: NewReply, api: Annotated[Api, Depends(api_of)]) -> Response:
    """Answer the customer by mail, or write a note. With an `Idempotency-Key` header, asking again does nothing.

    With `hold_seconds` the answer is 202: the reply waits, `GET /tickets/{number}/replies/{id}` says how it stands, and
    `DELETE` calls it back.
    """
    wanted = wanted_reply(body)
    # A key from before replies could be held still means the same reply.
    asked = asked_by(request, body.model_dump(mode="json", exclude=_UNLESS_HELD if body.hold_seconds is None else None))
    if body.hold_seconds is not None:
        held, repeated = await hold_reply(number, wanted, body.hold_seconds, asked, api.deps)
        return as_json(held_answer(held), 202, {"idempotent-replayed": "true"} if repeated else {})
    replied = await reply_to_ticket(number, wanted, asked, api.deps)
    row = await api.reads.message(replied.message_id)
    ticket = await api.reads.ticket(number)
    if row is None or ticket is None:
        raise NotFound("the message was deleted meanwhile")
    state = {name: ticket[name] for name in ("number", "status", "version")}
    headers = {"idempotent-replayed": "true"} if replied.repeated else {}
    return as_json({**message_answer(row, asked.agent), "ticket": state}, 201, headers)


@router.post(
    "/attachments",
    status_code=201,
    response_model=Upload,
    **needs("write", 413, 415, takes_bytes=True),
)
async def upload(
    request: Request, parameters: Annotated[UploadParameters, Query()], api: Annotated[Api, Depends(api_of)]
) -> Response:
    """Upload a file as the body of the request, with its own `Content-Type`; a reply then names its id."""
    kind = request.headers.get("content-type", "application/octet-stream").partition(";")[0].strip().lower()
    if kind.startswith("multipart/"):
        raise Problem(415, "unsupported_media_type", "send the file itself as the body, with its own Content-Type")
    if not _MEDIA_TYPE.match(kind):
        raise Problem(415, "unsupported_media_type", "Content-Type must be a media type, for example image/png")
    name = safe_filename(parameters.filename)
    stored = await api.files.store(caller_of(request).id, name, kind, request.body)
    return as_json(stored, 201)


@router.get("/attachments/{id}", response_class=Response, **needs("read", 404, 410, gives="application/octet-stream"))
async def download(
    request: Request,
    id_: Annotated[str, Path(alias="id", max_length=60, description="As the message names it.")],
    api: Annotated[Api, Depends(api_of)],
) -> Response:
    """The bytes of a file, for saving: never shown by a browser in our name.

    Its type is that of a picture where the bytes prove one, so that pages can show it; else `application/octet-stream`.
    """
    where = position_of(id_)
    file = await api.files.attachment(*where) if where else None
    if file is None:
        raise NotFound("there is no such file")
    tag = f'"{file.sha256}"'
    headers = {**PRIVATE, "etag": tag, "content-disposition": disposition(file.filename)}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    data = await api.files.read(file)
    kind = file_type_of(data).detected
    return Response(data, 200, headers, kind if kind in PICTURES else "application/octet-stream")


@router.get("/messages/{id}/raw", response_class=Response, **needs("read", 404, 410, gives="message/rfc822"))
async def download_original(
    id_: Annotated[UUID, Path(alias="id", description="A message, or one in quarantine.")],
    api: Annotated[Api, Depends(api_of)],
) -> Response:
    """The original of a message, byte for byte as it was accepted."""
    original = await api.files.original(id_)
    if original is None:
        raise NotFound("there is no such message, or it has no original")
    headers = {**PRIVATE, "content-disposition": disposition(f"{id_}.eml")}
    return Response(original, 200, headers, "message/rfc822")


@router.get("/messages/{id}/revisions", response_model=Page[FormerText], **needs("read", 404))
async def read_revisions(
    request: Request,
    id_: Annotated[UUID, Path(alias="id", description="A message.")],
    api: Annotated[Api, Depends(api_of)],
) -> Response:
    """What a message said before its author edited or deleted it, oldest first.

    What a deleted one said only callers with the scope `admin` read, and for 30 days.
    """
    row = await api.reads.message(id_)
    if row is None:
        raise NotFound("there is no such message")
    may_read = row["deleted_at"] is None or "admin" in caller_of(request).scopes
    found = await api.revisions.of_message(id_)
    return as_json(page([revision_answer(one, may_read=may_read) for one in found], None))


def position_of(id_: str) -> tuple[UUID, int] | None:
    """The message of a file and its place there; None: no file can have this id."""
    match = _ATTACHMENT.match(id_)
    return (UUID(match[1]), int(match[2])) if match else None


def disposition(filename: str) -> str:
    """`Content-Disposition: attachment` with a name in ASCII and the name as it is (RFC 6266, RFC 8187)."""
    name = safe_filename(filename)
    plain = "".join(letter if " " <= letter <= "~" and letter not in '"%;' else "_" for letter in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"
