"""`/tickets`: list and search, open, read, change, history."""

import re
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from tickets.adapters.http.access import IDEMPOTENCY, GuardedRoute, asked_by, caller_of, needs
from tickets.adapters.http.answers import API, as_json, page, ticket_answer
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.bodies import (
    PageParameters,
    Snooze,
    TicketChange,
    TicketParameters,
)
from tickets.adapters.http.history_answers import with_names, words_in
from tickets.adapters.http.history_models import HistoryEntry
from tickets.adapters.http.models import Page, Ticket
from tickets.adapters.http.names import names_beside, tickets_with_names
from tickets.adapters.http.opening_bodies import NewTicket
from tickets.adapters.http.problems import Problem, wrong_header, wrong_parameter
from tickets.adapters.postgres.tokens import ACT
from tickets.domain.settling.incoming import effect_id
from tickets.errors import NotFound, StaleVersion
from tickets.handlers.working.change import change_ticket
from tickets.handlers.working.opening import ChatOpening, Opening, open_ticket
from tickets.handlers.working.snooze import snooze_ticket

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["tickets"])

BIGGEST = 2**63 - 1
Number = Annotated[int, Path(ge=1, le=BIGGEST, description="The ticket's number.")]
_IF_MATCH = {"If-Match": "The ETag of the ticket as it was read; another version is refused with 412."}
_ETAG = re.compile(r'\s*(?:W/)?"(\d{1,9})"\s*\Z')


@router.get("/tickets", response_model=Page[Ticket], **needs("read"))
async def list_tickets(
    request: Request, parameters: Annotated[TicketParameters, Query()], api: Annotated[Api, Depends(api_of)]
) -> Response:
    """Tickets, newest first, that match all filters and all words; or the one of a message, once it is settled."""
    if parameters.message is not None:
        return as_json(page(await _tickets_of_message(parameters, request, api), None))
    listing = parameters.listing()
    place = api.cursors.read(listing, parameters.cursor, 1)
    before = place[0] if place else BIGGEST
    rows = await api.search.find(parameters.q or "", parameters.filters(), before, parameters.limit + 1)
    shown = rows[: parameters.limit]
    following = api.cursors.make(listing, [shown[-1]["number"]]) if len(rows) > len(shown) else None
    may_write = "write" in caller_of(request).scopes
    found = [ticket_answer(row, api.deps.desk, may_write=may_write) for row in shown]
    return as_json(page(await tickets_with_names(found, api.reads), following))


@router.post("/tickets", status_code=201, response_model=Ticket, **needs("write", 409, 413, 415, headers=IDEMPOTENCY))
async def open_new_ticket(request: Request, body: NewTicket, api: Annotated[Api, Depends(api_of)]) -> Response:
    """Open a ticket for a customer. With an `Idempotency-Key` header, asking again opens nothing."""
    if body.chat is not None and ACT not in caller_of(request).scopes:
        why = f"to open a ticket in somebody's chat needs the scope {ACT}; leave out chat"
        raise Problem(403, "scope_missing", why, extra={"missing_scope": ACT})
    opening = Opening(
        subject=body.subject,
        text=body.text,
        requester_address=body.requester.address,
        requester_name=body.requester.name,
        account=body.account,
        language=body.language,
        related_to=body.related_to,
        fields=body.fields(),
        notify=body.notify,
        chat=ChatOpening(body.chat.channel, body.chat.account, body.chat.conversation) if body.chat else None,
        internal=body.internal,
    )
    # A key from before there were notes to begin with still means the same ticket.
    asked = asked_by(request, body.model_dump(exclude=None if body.internal else {"internal"}))
    opened = await open_ticket(opening, asked, api.deps)
    ticket = await read_answer(opened.number, request, api)
    headers = {"location": f"{API}/tickets/{opened.number}", "etag": f'"{ticket["version"]}"'}
    if opened.repeated:
        headers["idempotent-replayed"] = "true"
    return as_json(ticket, 201, headers)


@router.get("/tickets/{number}", response_model=Ticket, **needs("read", 404))
async def read_ticket(request: Request, number: Number, api: Annotated[Api, Depends(api_of)]) -> Response:
    """One ticket. Its `ETag` is its version, for `If-Match` and `If-None-Match`."""
    ticket = await read_answer(number, request, api)
    tag = f'"{ticket["version"]}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"etag": tag})
    return as_json(ticket, headers={"etag": tag})


@router.patch("/tickets/{number}", response_model=Ticket, **needs("write", 404, 409, 412, 413, 415, headers=_IF_MATCH))
async def change_one_ticket(
    request: Request,
    number: Number,
    body: TicketChange,
    api: Annotated[Api, Depends(api_of)],
) -> Response:
    """Change fields. With `If-Match` (412) or `version` (409) only if nobody has changed the ticket meanwhile."""
    tagged = _version_tag(request)
    asked = asked_by(request, body.model_dump(mode="json", exclude_unset=True))
    version = tagged if tagged is not None else body.version
    if tagged is not None and body.version is not None and tagged != body.version:
        raise wrong_header("If-Match", "names another version than the body")
    try:
        await change_ticket(number, body.wanted(), asked, api.deps, version=version, why=body.why)
    except StaleVersion as error:
        if tagged is None:
            raise
        raise Problem(
            412,
            error.slug,
            str(error),
            headers={"etag": f'"{error.current_version}"'},
            extra={"current_version": error.current_version},
        ) from error
    ticket = await read_answer(number, request, api)
    return as_json(ticket, headers={"etag": f'"{ticket["version"]}"'})


@router.post("/tickets/{number}/snooze", response_model=Ticket, **needs("write", 404, 409, 413, 415))
async def snooze(request: Request, number: Number, body: Snooze, api: Annotated[Api, Depends(api_of)]) -> Response:
    """Put a ticket aside: on hold until then. It opens again at that time, or when its customer writes before.

    One that is solved or closed is refused with 409: reopen it first.
    """
    await snooze_ticket(number, body.until, body.why, asked_by(request), api.deps)
    return as_json(await read_answer(number, request, api))


@router.get("/tickets/{number}/history", response_model=Page[HistoryEntry], **needs("read", 404))
async def read_history(
    request: Request,
    number: Number,
    parameters: Annotated[PageParameters, Query()],
    api: Annotated[Api, Depends(api_of)],
) -> Response:
    """What happened to a ticket, oldest first."""
    listing = f"history/{number}"
    place = api.cursors.read(listing, parameters.cursor, 1)
    rows = await api.reads.history(number, place[0] if place else 0, parameters.limit + 1)
    if not rows and not place:
        await read_answer(number, request, api)
    shown = rows[: parameters.limit]
    following = api.cursors.make(listing, [shown[-1]["id"]]) if len(rows) > len(shown) else None
    named = await api.reads.names(words_in(shown))
    return as_json(page(with_names(shown, named), following))


async def read_answer(number: int, request: Request, api: Api) -> dict[str, Any]:
    """A ticket as the API answers with it.

    Raises:
        NotFound: there is none.
    """
    row = await api.reads.ticket(number)
    if row is None:
        raise NotFound(f"there is no ticket {number}")
    ticket = ticket_answer(row, api.deps.desk, may_write="write" in caller_of(request).scopes)
    return {**ticket, "names": names_beside(row)}


async def _tickets_of_message(parameters: TicketParameters, request: Request, api: Api) -> list[dict[str, Any]]:
    """The ticket in which a message is by now; none while nobody has settled it, or where it is held back."""
    if parameters.filters() or parameters.q or parameters.cursor:
        raise wrong_parameter("message", "stands alone: leave out the other filters")
    named = parameters.message or ""
    try:
        id_ = UUID(named)
    except ValueError:
        id_ = effect_id(named)
    message = await api.reads.message(id_)
    return [] if message is None else [await read_answer(message["ticket_number"], request, api)]


def _version_tag(request: Request) -> int | None:
    given = request.headers.get("if-match")
    if given is None or given.strip() == "*":
        return None
    match = _ETAG.match(given)
    if not match:
        raise wrong_header("If-Match", "must be the ETag of the ticket as it was read, or *")
    return int(match[1])
