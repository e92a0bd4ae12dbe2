"""The desk as resources: teams, agents with their availability and absences, organisations."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from tickets.adapters.http.access import GuardedRoute, asked_by, caller_of, needs
from tickets.adapters.http.answer_model import Answer
from tickets.adapters.http.answers import API, as_json, page
from tickets.adapters.http.api import Api, api_of
from tickets.adapters.http.desk_answers import (
    agent_answer,
    customer_answer,
    load_answer,
    organisation_answer,
    team_answer,
)
from tickets.adapters.http.desk_bodies import (
    AbsenceBody,
    AgentBody,
    AgentParameters,
    AvailabilityBody,
    CapacityBody,
    CustomerBody,
    DeskPageParameters,
    OrganisationBody,
    TeamBody,
)
from tickets.adapters.http.desk_models import Agent, Customer, Load, Organisation, Team
from tickets.adapters.http.models import Page
from tickets.adapters.http.names import by_key, names_of
from tickets.adapters.http.problems import Problem, wrong_header
from tickets.adapters.http.texts import Slug
from tickets.adapters.postgres.desk_store import Stored
from tickets.adapters.postgres.tokens import ACT, Caller
from tickets.domain.staffing.people import Presence, customer_name, name_as_written
from tickets.errors import Invalid, NotFound, StaleEntry
from tickets.handlers.desk import importing as desk

router = APIRouter(prefix=API, route_class=GuardedRoute)

_CONDITIONS = {
    "If-Match": "The ETag as it was read; another version is refused with 412.",
    "If-None-Match": "`*`: make it only if it is not there yet.",
}
_DELETE: dict[str, Any] = {**needs("admin", 404, 412, headers={"If-Match": _CONDITIONS["If-Match"]})}
_ETAG = re.compile(r'\s*(?:W/)?"(\d{1,9})"\s*\Z')
_SLUG = re.compile(r"[^\W_](?:[\w.-]{0,58}[^\W_])?\Z")


def _puts(model: type[Answer], tag: str) -> dict[str, Any]:
    """Arguments of a route that makes something, or replaces it."""
    arguments = needs("admin", 409, 412, 413, 415, headers=_CONDITIONS)
    made = {201: {"model": model, "description": "It is new"}}
    return {**arguments, "response_model": model, "tags": [tag], "responses": {**arguments["responses"], **made}}


Handle = Annotated[Slug, Path(description="As tickets name their assignee.")]
TeamName = Annotated[Slug, Path(alias="team", description="As tickets name it.")]
OrganisationName = Annotated[Slug, Path(description="Its own.")]
CustomerKind = Annotated[str, Path(max_length=20, description="On which way they are known.", examples=["email"])]
CustomerAddress = Annotated[str, Path(max_length=254, description="By which address there.")]
AbsenceId = Annotated[int, Path(alias="id", ge=1, le=2**63 - 1)]
Parts = Annotated[Api, Depends(api_of)]
OPEN_TICKETS: Final = "Ventanilla-Open-Tickets"


@router.get("/teams", response_model=Page[Team], tags=["teams"], **needs("read"))
async def list_teams(parameters: Annotated[DeskPageParameters, Query()], api: Parts) -> Response:
    """Teams by name, retired ones too."""
    shown, following = await _page("team", parameters, api)
    members = await api.people.members([one.value.name for one in shown])
    return as_json(page([team_answer(one, members[one.value.name]) for one in shown], following))


@router.get("/teams/{team}", response_model=Team, tags=["teams"], **needs("read", 404))
async def read_team(request: Request, name: TeamName, api: Parts) -> Response:
    """One team with its people."""
    stored = await _find("team", name, api)
    return await _team(request, stored, api)


@router.put("/teams/{team}", **_puts(Team, "teams"))
async def put_team(request: Request, name: TeamName, body: TeamBody, api: Parts) -> Response:
    """Make a team, or make it what the body says. Who belongs to it is said of each agent."""
    stored, created = await _put("team", body.team(_named(name)), name, request, api)
    return await _team(request, stored, api, 201 if created else 200)


@router.delete("/teams/{team}", status_code=204, response_class=Response, tags=["teams"], **_DELETE)
async def retire_team(request: Request, name: TeamName, api: Parts) -> Response:
    """Retire a team: it hands out nothing more.

    `Ventanilla-Open-Tickets` says how many open tickets it leaves; any agent may take them on.
    """
    return await _retire("team", name, request, api)


@router.get("/agents", response_model=Page[Agent], tags=["agents"], **needs("read"))
async def list_agents(request: Request, parameters: Annotated[AgentParameters, Query()], api: Parts) -> Response:
    """Agents by handle, retired ones too."""
    if parameters.slack:
        team_id, _, user_id = parameters.slack.partition("/")
        one = await api.people.in_slack(team_id, user_id)
        shown, following = [one] if one else [], None
    elif parameters.mail:
        shown, following = await api.people.with_mail(parameters.mail), None
    else:
        shown, following = await _page("agent", parameters, api)
    return as_json(page(await _agents(shown, request, api), following))


@router.get("/agents/{handle}", response_model=Agent, tags=["agents"], **needs("read", 404))
async def read_agent(request: Request, handle: Handle, api: Parts) -> Response:
    """One agent."""
    return await _agent(request, await _find("agent", handle, api), api)


@router.put("/agents/{handle}", **_puts(Agent, "agents"))
async def put_agent(request: Request, handle: Handle, body: AgentBody, api: Parts) -> Response:
    """Make an agent, or make them what the body says; availability and absences stay as they are."""
    stored, created = await _put("agent", body.agent(_named(handle)), handle, request, api)
    return await _agent(request, stored, api, 201 if created else 200)


@router.delete("/agents/{handle}", status_code=204, response_class=Response, tags=["agents"], **_DELETE)
async def retire_agent(request: Request, handle: Handle, api: Parts) -> Response:
    """Retire an agent: their tokens end, and what they hold is handed on within seconds."""
    return await _retire("agent", handle, request, api)


@router.put(
    "/agents/{handle}/availability", response_model=Agent, tags=["agents"], **needs("write", 404, 409, 413, 415)
)
async def change_availability(request: Request, handle: Handle, body: AvailabilityBody, api: Parts) -> Response:
    """Take work, or none: agents say so of themselves; of others only with the scope `admin`."""
    await desk.set_availability(handle, body.availability, asked_by(request), api.people)
    api.people_changed()
    return await _agent(request, await _find("agent", handle, api), api)


@router.put("/agents/{handle}/capacity", response_model=Agent, tags=["agents"], **needs("write", 404, 409, 413, 415))
async def change_capacity(request: Request, handle: Handle, body: CapacityBody, api: Parts) -> Response:
    """Say how much an agent can hold at once: agents say so of themselves; of others only with the scope `admin`."""
    await desk.set_capacity(handle, body.capacity, asked_by(request), api.people)
    api.people_changed()
    return await _agent(request, await _find("agent", handle, api), api)


@router.post(
    "/agents/{handle}/absences",
    status_code=201,
    response_model=Agent,
    tags=["agents"],
    **needs("write", 404, 409, 413, 415),
)
async def add_absence(request: Request, handle: Handle, body: AbsenceBody, api: Parts) -> Response:
    """Note that an agent will not be there. When it begins, their open tickets are handed on."""
    await desk.add_absence(handle, body.starts_at, body.ends_at, body.why, asked_by(request), api.people)
    api.people_changed()
    return await _agent(request, await _find("agent", handle, api), api, 201)


@router.delete(
    "/agents/{handle}/absences/{id}", status_code=204, response_class=Response, tags=["agents"], **needs("write", 404)
)
async def remove_absence(request: Request, handle: Handle, id_: AbsenceId, api: Parts) -> Response:
    """Take an absence back."""
    await desk.remove_absence(handle, id_, asked_by(request), api.people)
    api.people_changed()
    return Response(status_code=204)


@router.get("/agents/{handle}/load", response_model=Load, tags=["agents"], **needs("read", 404))
async def read_load(handle: Handle, api: Parts) -> Response:
    """What an agent holds of each channel, and whether they get more at this moment."""
    stored = await _find("agent", handle, api)
    now = await api.people.now()
    absences = (await api.people.absences([handle]))[handle]
    absent_until = max((row["ends_at"] for row in absences if row["starts_at"] <= now), default=None)
    presence = Presence(stored.more["availability"], absent_until)
    return as_json(load_answer(stored.value, presence, await api.people.held(handle), now))


@router.get("/organisations", response_model=Page[Organisation], tags=["organisations"], **needs("read"))
async def list_organisations(parameters: Annotated[DeskPageParameters, Query()], api: Parts) -> Response:
    """Organisations by name."""
    shown, following = await _page("organisation", parameters, api)
    return as_json(page([organisation_answer(one) for one in shown], following))


@router.get("/organisations/{name}", response_model=Organisation, tags=["organisations"], **needs("read", 404))
async def read_organisation(request: Request, name: OrganisationName, api: Parts) -> Response:
    """One organisation."""
    stored = await _find("organisation", name, api)
    return _tagged(request, stored, organisation_answer(stored))


@router.put("/organisations/{name}", **_puts(Organisation, "organisations"))
async def put_organisation(request: Request, name: OrganisationName, body: OrganisationBody, api: Parts) -> Response:
    """Make an organisation, or make it what the body says; the router knows within seconds."""
    stored, created = await _put("organisation", body.organisation(name), name, request, api)
    return _tagged(request, stored, organisation_answer(stored), 201 if created else 200)


@router.delete("/organisations/{name}", status_code=204, response_class=Response, tags=["organisations"], **_DELETE)
async def remove_organisation(request: Request, name: OrganisationName, api: Parts) -> Response:
    """Forget an organisation; its people stay customers."""
    return await _retire("organisation", name, request, api)


@router.get("/customers", response_model=Page[Customer], tags=["customers"], **needs("read"))
async def list_customers(request: Request, parameters: Annotated[DeskPageParameters, Query()], api: Parts) -> Response:
    """Customers whom the desk has marked, by kind and address."""
    shown, following = await _page("customer", parameters, api)
    whole = _sees_ways(request)
    return as_json(page([customer_answer(one, whole=whole) for one in shown], following))


@router.get("/customers/{kind}/{address:path}", response_model=Customer, tags=["customers"], **needs("read", 404))
async def read_customer(request: Request, kind: CustomerKind, address: CustomerAddress, api: Parts) -> Response:
    """What the desk has marked of one customer."""
    stored = await _find("customer", await _kept_as(kind, address, api), api)
    return _tagged(request, stored, customer_answer(stored, whole=_sees_ways(request)))


@router.put("/customers/{kind}/{address:path}", **_puts(Customer, "customers"))
async def put_customer(
    request: Request, kind: CustomerKind, address: CustomerAddress, body: CustomerBody, api: Parts
) -> Response:
    """Mark a customer, whether or not they have written yet; the router knows within seconds."""
    name = _customer(kind, address)
    stored, created = await _put("customer", body.customer(name), name, request, api)
    return _tagged(request, stored, customer_answer(stored, whole=True), 201 if created else 200)


@router.delete(
    "/customers/{kind}/{address:path}", status_code=204, response_class=Response, tags=["customers"], **_DELETE
)
async def remove_customer(request: Request, kind: CustomerKind, address: CustomerAddress, api: Parts) -> Response:
    """Take the marks of a customer away; they stay a customer."""
    return await _retire("customer", await _kept_as(kind, address, api), request, api)


def _customer(kind: str, address: str) -> str:
    try:
        return customer_name(kind, address)
    except ValueError as error:
        raise Invalid("", str(error)) from error


async def _kept_as(kind: str, address: str, api: Api) -> str:
    """Under which name a customer is kept: what was no number in E.164 was taken as it was written once."""
    try:
        written = name_as_written(kind, address)
    except ValueError:  # it may be one that only has to be written in another way
        return _customer(kind, address)
    try:
        name = customer_name(kind, address)
    except ValueError:
        return written
    return name if name == written or await api.people.find("customer", written) is None else written


async def _page(kind: str, parameters: DeskPageParameters, api: Api) -> tuple[list[Stored], str | None]:
    listing = f"{kind}s"
    place = api.cursors.read(listing, parameters.cursor, 1)
    rows = await api.people.page(kind, place[0] if place else "", parameters.limit + 1)
    shown = rows[: parameters.limit]
    last = shown[-1].value if shown else None
    name = getattr(last, "handle", None) or getattr(last, "name", None)
    return shown, api.cursors.make(listing, [name]) if len(rows) > len(shown) else None


async def _find(kind: str, name: str, api: Api) -> Stored:
    stored = await api.people.find(kind, name)
    if stored is None:
        raise NotFound(f"this desk has no {kind} {name!r}")
    return stored


async def _put(kind: str, value: Any, name: str, request: Request, api: Api) -> tuple[Stored, bool]:
    create = request.headers.get("if-none-match", "").strip() == "*"
    check = desk.must_match(f"{kind} {name}", _version(request), create=create)
    try:
        found = await desk.put(kind, value, check, asked_by(request), api.people)
    except StaleEntry as error:
        raise _stale(error) from error
    api.people_changed()
    return found


async def _retire(kind: str, name: str, request: Request, api: Api) -> Response:
    try:
        left = await desk.retire(
            kind, name, desk.must_match(f"{kind} {name}", _version(request)), asked_by(request), api.people
        )
    except StaleEntry as error:
        raise _stale(error) from error
    api.people_changed()
    return Response(status_code=204, headers={OPEN_TICKETS: str(left)} if kind == "team" else None)


async def _team(request: Request, stored: Stored, api: Api, status: int = 200) -> Response:
    members = await api.people.members([stored.value.name])
    return _tagged(request, stored, team_answer(stored, members[stored.value.name]), status)


async def agent_now(request: Request, handle: str, api: Api) -> Response:
    """An agent as they are by now, with their ETag.

    Raises:
        NotFound: there is none.
    """
    return await _agent(request, await _find("agent", handle, api), api)


async def _agent(request: Request, stored: Stored, api: Api, status: int = 200) -> Response:
    [answer] = await _agents([stored], request, api)
    return _tagged(request, stored, answer, status)


async def _agents(shown: Sequence[Stored], request: Request, api: Api) -> list[dict[str, Any]]:
    caller = caller_of(request)
    absences = await api.people.absences([one.value.handle for one in shown])
    teams = [[membership.team for membership in one.value.teams] for one in shown]
    known = by_key(await api.reads.names({team for each in teams for team in each}))
    return [
        {
            **agent_answer(one, absences[one.value.handle], with_phone=_sees_phone_of(one.value.handle, caller)),
            "names": names_of(each, known),
        }
        for one, each in zip(shown, teams, strict=True)
    ]


def _sees_ways(request: Request) -> bool:
    return "admin" in caller_of(request).scopes


def _sees_phone_of(handle: str, caller: Caller) -> bool:
    """Whoever changes the desk, they themselves, and a service that rings people: a colleague does not."""
    return caller.agent == handle or "admin" in caller.scopes or (ACT in caller.scopes and caller.agent is None)


def _tagged(request: Request, stored: Stored, answer: Mapping[str, Any], status: int = 200) -> Response:
    tag = f'"{stored.version}"'
    if request.method == "GET" and request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"etag": tag})
    return as_json(answer, status, {"etag": tag})


def _stale(error: StaleEntry) -> Problem:
    headers = {"etag": f'"{error.current_version}"'}
    return Problem(412, error.slug, str(error), headers=headers, extra={"current_version": error.current_version})


def _version(request: Request) -> int | None:
    given = request.headers.get("if-match")
    if given is None or given.strip() == "*":
        return None
    match = _ETAG.match(given)
    if not match:
        raise wrong_header("If-Match", "must be the ETag as it was read, or *")
    return int(match[1])


def _named(name: str) -> str:
    if not _SLUG.match(name):
        raise Invalid("", f"{name!r} is no name; write letters, digits, and -, _ or . between them, 60 at most")
    return name
