"""Whom the desk allows and denies, and addresses to which mail comes back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from tickets.adapters.http.access import GuardedRoute, asked_by, needs
from tickets.adapters.http.answers import API, as_json, page, sender_answer, undeliverable_answer
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.bodies import (
    AboutTicket,
    AddressToLift,
    SenderParameters,
    SenderToList,
    UndeliverableParameters,
)
from tickets.adapters.http.models import ListedSender, Page, UndeliverableAddress
from tickets.adapters.http.names import Named, by_key, handle_in, names_of
from tickets.adapters.postgres import sender_list as store
from tickets.domain.settling.screening import names_of as parts_of
from tickets.errors import NotFound
from tickets.handlers.settling.reach import lift
from tickets.handlers.settling.sender_list import list_sender, unlist_sender

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["senders"])

EntryId = Annotated[int, Path(alias="id", ge=1, le=2**63 - 1, description="As the list names it.")]


@router.get("/sender-list", response_model=Page[ListedSender], **needs("read"))
async def read_sender_list(
    parameters: Annotated[SenderParameters, Query()], api: Annotated[Api, Depends(api_of)]
) -> Response:
    """Senders whom the desk allows or denies, in the order in which they were listed; expired ones say so."""
    listing = f"sender-list?{parameters.kind}&{parameters.sender}"
    place = api.cursors.read(listing, parameters.cursor, 1)
    wanted = parts_of(parameters.sender) if parameters.sender else None
    rows = await api.senders.page(parameters.kind, place[0] if place else 0, parameters.limit + 1, wanted)
    shown = rows[: parameters.limit]
    following = api.cursors.make(listing, [shown[-1]["id"]]) if len(rows) > len(shown) else None
    names = by_key(await api.reads.names({handle for row in shown if (handle := handle_in(row["created_by"]))}))
    return as_json(page([_named(row, names) for row in shown], following))


@router.post("/sender-list", status_code=201, response_model=ListedSender, **needs("write", 404, 415))
async def add_to_sender_list(request: Request, body: SenderToList, api: Annotated[Api, Depends(api_of)]) -> Response:
    """Allow or deny a sender from now on; whoever is listed already is listed anew.

    Denied mail waits in quarantine. Allowed mail is not held back as spam, as suspicious or as too much, but only where
    DMARC proves the sender. Other replicas know within five seconds.

    An agent names the `ticket` that it is about, in which they take part and whose history says it, or leads a team. A
    whole domain, and what is for good or for more than 90 days, is for those who lead a team, where anybody does.
    """
    entry = store.ListedSender(body.kind, body.sender, body.note, body.expires_at)
    row = await list_sender(entry, body.ticket, asked_by(request), api.deps, api.senders)
    names = by_key(await api.reads.names([handle] if (handle := handle_in(row["created_by"])) else []))
    return as_json(_named(row, names), 201)


@router.delete("/sender-list/{id}", status_code=204, response_class=Response, **needs("write", 404))
async def remove_from_sender_list(
    request: Request, id_: EntryId, parameters: Annotated[AboutTicket, Query()], api: Annotated[Api, Depends(api_of)]
) -> Response:
    """Neither allow nor deny a sender any more, with the rights to list them. What waits in quarantine stays there."""
    await unlist_sender(id_, parameters.ticket, asked_by(request), api.deps, api.senders)
    return Response(status_code=204)


@router.get("/undeliverable", response_model=Page[UndeliverableAddress], **needs("read"))
async def list_undeliverable(
    parameters: Annotated[UndeliverableParameters, Query()], api: Annotated[Api, Depends(api_of)]
) -> Response:
    """Addresses to which no mail is sent because it comes back, longest first; or one address, whatever its state."""
    if parameters.address:
        row = await api.reads.reach(parameters.address)
        return as_json(page([undeliverable_answer(row)] if row else [], None))
    place = api.cursors.read("undeliverable", parameters.cursor, 2)
    after = (datetime.fromisoformat(place[0]), place[1]) if place else None
    rows = await api.reads.undeliverable(after, parameters.limit + 1)
    shown = rows[: parameters.limit]
    following = None
    if len(rows) > len(shown):
        last = shown[-1]
        following = api.cursors.make("undeliverable", [last["undeliverable_since"].isoformat(), last["address"]])
    return as_json(page([undeliverable_answer(row) for row in shown], following))


@router.post("/undeliverable/lift", response_model=UndeliverableAddress, **needs("write", 404, 415))
async def lift_undeliverable(request: Request, body: AddressToLift, api: Annotated[Api, Depends(api_of)]) -> Response:
    """Send mail to this address again. The next bounce stops it again; a mail from there lifts it by itself."""
    await lift(body.address, body.why, asked_by(request), api.deps)
    row = await api.reads.reach(body.address)
    if row is None:
        raise NotFound("the address was forgotten meanwhile")
    return as_json(undeliverable_answer(row))


def _named(row: Mapping[str, Any], names: Named) -> dict[str, Any]:
    handle = handle_in(row["created_by"])
    return {**sender_answer(row), "names": names_of([handle] if handle else [], names)}
