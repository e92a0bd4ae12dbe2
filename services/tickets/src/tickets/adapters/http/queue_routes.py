"""What waits for an agent, their day, and a team at a glance."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from tickets.adapters.http.access import GuardedRoute, asked_by, caller_of, needs
from tickets.adapters.http.answers import API, as_json
from tickets.adapters.http.api import Api
from tickets.adapters.http.names import tickets_with_names
from tickets.adapters.http.people_routes import Handle, Parts, TeamName
from tickets.adapters.http.problems import wrong_parameter
from tickets.adapters.http.queue_answers import duties_answer, mention_answer, page_answer, queued_answer
from tickets.adapters.http.queue_models import Day, DayParameters, Pulse, Queue, QueueCounts, QueueParameters
from tickets.adapters.postgres.queue_reads import MOST_COUNTED, UNASSIGNED, QueueFilter, Spot
from tickets.domain.settling.search_terms import conditions_of
from tickets.domain.staffing.people import Agent, why_not_now
from tickets.errors import NotFound
from tickets.handlers.replying.mentions import read_mention
from tickets.handlers.working.days import day_of

router = APIRouter(prefix=API, route_class=GuardedRoute)

MentionId = Annotated[int, Path(alias="id", ge=1, le=2**63 - 1, description="Of the mention.")]
_MOST_FOUND: Final = 200
"""Tickets that hold words, the newest of them: of more, nobody reads a queue."""
_SHORT: Final = frozenset({"mentions", "paged"})
_NOT_DONE: Final = ("new", "open", "pending", "on_hold")


@router.get("/agents/{handle}/queue", response_model=Queue, tags=["agents"], **needs("read", 404))
async def read_queue(
    request: Request, handle: Handle, parameters: Annotated[QueueParameters, Query()], api: Parts
) -> Response:
    """What waits for an agent: what falls due first, then the most urgent, then the oldest; notes the newest first."""
    agent = await _agent(handle, api)
    listing = parameters.listing(handle)
    view = _View(api, agent, parameters, await _filter(agent, parameters, api), listing)
    numbers, extras, following = await _READERS.get(parameters.view, _View.spots)(view)
    now = await api.queues.now()
    rows = {row["number"]: row for row in await api.queues.items(list(dict.fromkeys(numbers)))}
    may_write = "write" in caller_of(request).scopes
    items = [
        {**queued_answer(rows[number], api.deps.desk, now, may_write=may_write), **extra}
        for number, extra in zip(numbers, extras, strict=True)
        if number in rows
    ]
    duties = await api.queues.on_call(handle) if parameters.view == "paged" else []
    items = await tickets_with_names(items, api.reads)
    return as_json({"view": parameters.view, "items": items, "next": following, "on_call": duties_answer(duties)})


@router.get("/agents/{handle}/counts", response_model=QueueCounts, tags=["agents"], **needs("read", 404))
async def read_counts(handle: Handle, api: Parts) -> Response:
    """How much each view of an agent's queue holds, and what they are on call for now."""
    agent = await _agent(handle, api)
    counts = await api.queues.counts(handle, await _teams(agent, api))
    duties = await api.queues.on_call(handle)
    return as_json({**counts, "on_call": duties_answer(duties), "limit": MOST_COUNTED})


@router.post(
    "/agents/{handle}/mentions/{id}/read",
    status_code=204,
    response_class=Response,
    tags=["agents"],
    **needs("write", 404, 409),
)
async def mark_read(request: Request, handle: Handle, id_: MentionId, api: Parts) -> Response:
    """Mark a note as read by the agent whom it names: they do, or the scope `admin`. Twice changes nothing."""
    await read_mention(handle, id_, asked_by(request), api.mentions)
    return Response(status_code=204)


@router.get("/agents/{handle}/day", response_model=Day, tags=["agents"], **needs("read", 404))
async def read_day(handle: Handle, parameters: Annotated[DayParameters, Query()], api: Parts) -> Response:
    """An agent's numbers since the last midnight of their zone."""
    agent = await _agent(handle, api)
    return as_json(await day_of(agent, parameters.zone, api.deps.desk.zone, api.days))


@router.get("/teams/{team}/pulse", response_model=Pulse, tags=["teams"], **needs("read", 404))
async def read_pulse(name: TeamName, api: Parts) -> Response:
    """How a team stands at this moment."""
    if await api.people.find("team", name) is None:
        raise NotFound(f"this desk has no team {name!r}")
    numbers = await api.queues.pulse(name)
    now = await api.queues.now()
    people = await api.queues.people(name)
    available = [agent.handle for agent, presence in people if why_not_now(agent, presence, now) is None]
    return as_json({"team": name, **numbers, "available": available, "limit": MOST_COUNTED})


class _View:
    """One page of one view: numbers of tickets in order, what else is said of each, and where it goes on."""

    def __init__(self, api: Api, agent: Agent, parameters: QueueParameters, wanted: QueueFilter, listing: str) -> None:
        self.api = api
        self.agent = agent
        self.parameters = parameters
        self.wanted = wanted
        self.listing = listing

    async def spots(self) -> tuple[list[int], list[Mapping[str, Any]], str | None]:
        """`mine`, `unassigned`, `waiting`."""
        place = self._place(3)
        after = Spot(datetime.fromisoformat(place[0]) if place[0] else None, place[1], place[2]) if place else None
        view = self.parameters.view
        found = await self.api.queues.spots(
            view, await _whose(self.agent, view, self.api), self.wanted, after, self.parameters.limit + 1
        )
        shown = found[: self.parameters.limit]
        following = None
        if len(found) > len(shown):
            last = shown[-1]
            due_at = last.due_at.isoformat() if last.due_at else None
            following = self.api.cursors.make(self.listing, [due_at, last.rank, last.number])
        return [spot.number for spot in shown], [{}] * len(shown), following

    async def mentions(self) -> tuple[list[int], list[Mapping[str, Any]], str | None]:
        """Notes that name the agent."""
        place = self._place(1)
        before = place[0] if place else None
        rows = await self.api.queues.mentions(self.agent.handle, self.wanted, before, self.parameters.limit + 1)
        return self._shown(rows, "mention", mention_answer, lambda last: [last["id"]])

    async def paged(self) -> tuple[list[int], list[Mapping[str, Any]], str | None]:
        """Calls that wait for the agent."""
        place = self._place(2)
        after = (datetime.fromisoformat(place[0]), UUID(place[1])) if place else None
        rows = await self.api.queues.paged(self.agent.handle, self.wanted, after, self.parameters.limit + 1)
        return self._shown(rows, "page", page_answer, lambda last: [last["answer_by"].isoformat(), str(last["id"])])

    def _place(self, length: int) -> list[Any] | None:
        return self.api.cursors.read(self.listing, self.parameters.cursor, length)

    def _shown(
        self, rows: Sequence[Mapping[str, Any]], name: str, answer: Any, place: Any
    ) -> tuple[list[int], list[Mapping[str, Any]], str | None]:
        shown = rows[: self.parameters.limit]
        following = self.api.cursors.make(self.listing, place(shown[-1])) if len(rows) > len(shown) else None
        return [row["number"] for row in shown], [{name: answer(row)} for row in shown], following


_READERS: Final = {"mentions": _View.mentions, "paged": _View.paged}


async def _agent(handle: str, api: Api) -> Agent:
    stored = await api.people.find("agent", handle)
    if stored is None:
        raise NotFound(f"this desk has no agent {handle!r}")
    agent: Agent = stored.value
    return agent


async def _teams(agent: Agent, api: Api) -> list[str]:
    """Teams whose waiting tickets an agent sees: their own, and retired ones that nobody else would look after."""
    return list(dict.fromkeys([*(one.team for one in agent.teams), *await api.queues.adopted(agent.handle)]))


async def _whose(agent: Agent, view: str, api: Api) -> str | list[str]:
    return await _teams(agent, api) if view == UNASSIGNED else agent.handle


async def _filter(agent: Agent, parameters: QueueParameters, api: Api) -> QueueFilter:
    teams, channels, priorities = (parameters.values(name) for name in ("team", "channel", "priority"))
    view = parameters.view
    seen = await _teams(agent, api) if view == UNASSIGNED else []
    if view == UNASSIGNED and teams is not None:
        foreign = [team for team in teams if team not in seen]
        if foreign:
            theirs = ", ".join(seen) or "none"
            raise wrong_parameter("team", f"{agent.handle} is not of {foreign[0]!r}; their teams: {theirs}")
    if parameters.q is None:
        return QueueFilter(teams, channels, priorities)
    wanted = QueueFilter(teams, channels, priorities)
    if view in _SHORT or await api.queues.are_few(view, seen if view == UNASSIGNED else agent.handle, wanted):
        return replace(wanted, words=" & ".join(f"({one})" for one in conditions_of(parameters.q, {})))
    facets = {
        "assignee": ["none"] if view == UNASSIGNED else [agent.handle],
        "status": ["new", "open"] if view == UNASSIGNED else list(_NOT_DONE),
        "team": (teams or seen) if view == UNASSIGNED else teams or [],
        "channel": channels or [],
        "priority": priorities or [],
    }
    numbers = await api.search.numbers(parameters.q, facets, _MOST_FOUND)
    return replace(wanted, numbers=numbers)
