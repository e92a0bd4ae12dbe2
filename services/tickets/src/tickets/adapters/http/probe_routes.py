"""`/probes`: synthetic probes, for the prober. With its scope nothing else can be read or written."""

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Request, Response

from tickets.adapters.http.access import GuardedRoute, asked_by, needs
from tickets.adapters.http.answers import API, as_json
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.probe_models import IssuedProbe, NewProbe, ProbeAnswer, ProbeTicket
from tickets.adapters.http.problems import Problem
from tickets.errors import Invalid, NotFound, Refused
from tickets.handlers.probing.issue import MOST_EACH_MINUTE
from tickets.handlers.working.opening import Opening, rehearse_opening
from ventanilla_contracts.probes import token_said

router = APIRouter(prefix=API, route_class=GuardedRoute, tags=["probes"])

ProbeId = Annotated[str, Path(alias="id", pattern="^[0-9a-f]{16}$", description="As it was issued.")]
Parts = Annotated[Api, Depends(api_of)]


@router.post("/probes", status_code=201, response_model=IssuedProbe, **needs("probe", 415, 429))
async def issue_probe(body: NewProbe, api: Parts) -> Response:
    """Ask for a probe, to be sent by one channel within five minutes."""
    issued = await api.probing.issue(body.channel, answer=body.answer)
    if issued is None:
        words = f"{MOST_EACH_MINUTE} probes were issued within this minute; send them less often"
        raise Problem(429, "too_many_probes", words, headers={"retry-after": "60"})
    names = ("id", "channel", "token", "subject", "text", "expires_at")
    return as_json({name: getattr(issued, name) for name in names}, 201, {"location": f"{API}/probes/{issued.id}"})


@router.get("/probes/{id}", response_model=ProbeAnswer, **needs("probe", 404))
async def read_probe(id_: ProbeId, api: Parts) -> Response:
    """What became of a probe."""
    row = await api.probing.store.one(id_)
    if row is None:
        raise NotFound(f"there is no probe {id_}")
    return as_json(_answer(row))


@router.delete("/probes/{id}", status_code=204, **needs("probe", 404))
async def clean_probe(id_: ProbeId, api: Parts) -> Response:
    """Forget what was seen of a probe. Again changes nothing; without it the desk does so after an hour."""
    if not await api.probing.store.clean(id_):
        raise NotFound(f"there is no probe {id_}")
    return Response(status_code=204)


@router.post("/probes/{id}/ticket", status_code=201, response_model=ProbeAnswer, **needs("probe", 404, 409, 415))
async def open_ticket_of_probe(request: Request, id_: ProbeId, body: ProbeTicket, api: Parts) -> Response:
    """Open a ticket as `POST /tickets` does, and take it back before anybody can see it."""
    probe = api.probing.keys.read("api", token_said(body.text) or "")
    if probe is None or probe.id != id_:
        raise Invalid("/text", "must be the words with which this probe was issued, for the channel api")
    if not probe.was_fresh(await api.probing.store.now()):
        raise Refused("this probe has expired; ask for a new one")
    opening = Opening(body.subject, body.text, body.requester.address, body.requester.name)
    if not await rehearse_opening(opening, probe, asked_by(request), api.deps):
        raise Refused("this probe was used already; ask for a new one")
    row = await api.probing.store.one(id_)
    assert row is not None
    return as_json(_answer(row), 201)


def _answer(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "channel", "issued_at", "accepted_at", "settled_at", "cleaned_at", "answer", "answered_at")
    state = "cleaned" if row["cleaned_at"] else "seen" if row["settled_at"] else "waiting"
    seen = orjson.loads(row["seen"]) if row["seen"] else None
    return {**{name: row[name] for name in names}, "state": state, "seen": seen}
