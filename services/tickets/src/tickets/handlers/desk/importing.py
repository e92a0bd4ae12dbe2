"""Changes the desk: as a whole from a file, or one team, agent or organisation at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tickets.adapters.desk_file import DeskFile
from tickets.adapters.desk_file_documents import missing_words
from tickets.adapters.desk_nodes import Problem
from tickets.adapters.postgres.desk_store import DeskEditing, DeskStore, Stored
from tickets.domain.desk.documents import DOCUMENTS, mentions, nameable
from tickets.domain.desk.plan import KINDS, Step, missing_names, missing_teams, plan, step_away, step_to
from tickets.domain.staffing.people import Agent
from tickets.domain.staffing.retired_teams import warning_of
from tickets.errors import Invalid, NotFound, NotYours, Refused, StaleEntry
from tickets.handlers.desk.imported_documents import warnings_of, write_documents
from tickets.handlers.working.work import Asked, until_settled

Check = Callable[[int | None], None]
"""Given the version that is there (None: nothing is), raises if the caller meant another."""
_MOST_ABSENCES = 100


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file came to: the steps that it takes, or what is wrong with it.

    Attributes:
        warnings: what makes sense and should be looked at all the same.
        skipped: the desk had something already, and was to be left alone then.
    """

    steps: list[Step]
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    skipped: bool = False


async def import_desk(
    name: str, source: str, actor: str, store: DeskStore, *, dry_run: bool = False, only_new: bool = False
) -> Imported:
    """Make the desk what a file says; doing it twice changes nothing more.

    What the file does not speak of stays as it is. A section that it has is whole: who is missing in it is retired.

    Args:
        name: of the file, for complaints.
        dry_run: only say what would be done.
        only_new: leave a desk alone that has anything already.

    Raises:
        Refused: the file does not go together with what is there.
        DatabaseAway: nothing was written, or it cannot be known; doing it again is safe.
    """
    file = DeskFile(name, source)
    if file.nodes.problems:
        return Imported([], _in_order(file.nodes.problems))
    file.documents.work_out((await store.now()).year)
    async with store.editing() as editing:
        present = await editing.roster()
        if only_new and any(present.of(kind) for kind in KINDS):
            return Imported([], skipped=True)
        known = file.roster.team if file.roster.team is not None else present.team or {}
        file.unknown_teams(known, list(missing_teams(file.roster, present)))
        if problems := file.unknown_names(missing_names(file.roster, present)):
            return Imported([], _in_order(problems))
        steps = plan(file.roster, present)
        warnings = warnings_of(steps, file.roster, present, await editing.now())
        warnings += [warning_of(one) for one in await editing.left_by(_retired(steps))]
        if not dry_run:
            why = f"import of {name}"
            await write_documents([step for step in steps if step.kind in DOCUMENTS], actor, why, editing)
            await editing.apply([step for step in steps if step.kind not in DOCUMENTS], actor, why)
    return Imported(steps, warnings=warnings)


async def put(kind: str, value: Any, check: Check, asked: Asked, store: DeskStore) -> tuple[Stored, bool]:
    """A team, agent or organisation as it is from now on, and whether it is new.

    Args:
        check: raises where the caller meant another version.

    Raises:
        StaleEntry, Invalid, Refused: nothing was written.
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    return await until_settled(lambda: _put(kind, value, check, asked, store))


async def retire(kind: str, name: str, check: Check, asked: Asked, store: DeskStore) -> int:
    """Give somebody or something no more work, or remove it where no ticket can name it; twice changes nothing.

    Returns:
        How many open tickets a team leaves behind; 0 for all else.

    Raises:
        NotFound: there is none.
        StaleEntry, DatabaseAway: as `put`.
    """
    async with store.editing() as editing:
        there = await editing.find(kind, name)
        if there is None:
            raise NotFound(f"this desk has no {kind} {name!r}")
        check(there.version)
        step = step_away(kind, name, there.value)
        await editing.apply([step] if step else [], asked.actor, "")
        return sum(one.count for one in await editing.left_by([name] if kind == "team" else []))


async def set_availability(handle: str, availability: str, asked: Asked, store: DeskStore) -> None:
    """Let an agent be available, busy or away: they say so themselves, or somebody who may change the desk does.

    Raises:
        NotFound: there is no such agent.
        NotYours: it is somebody else.
        DatabaseAway: as `put`.
    """
    _must_be_them(handle, asked)
    async with store.editing() as editing:
        await _agent(handle, editing)
        if await editing.set_availability(handle, availability):
            await editing.decide(asked.actor, f"agent.{availability}", asked.told({"name": handle}), "")


async def set_capacity(handle: str, capacity: Mapping[str, int], asked: Asked, store: DeskStore) -> None:
    """Let an agent hold so many open tickets of each channel: they say so themselves, or somebody with `admin`.

    Raises:
        NotFound, NotYours, DatabaseAway: as `set_availability`.
    """
    _must_be_them(handle, asked)
    async with store.editing() as editing:
        there = await editing.find("agent", handle)
        if there is None:
            raise NotFound(f"nobody at this desk has the handle {handle!r}")
        step = step_to("agent", handle, replace(there.value, capacity=dict(capacity)), there.value)
        if step is not None:
            await editing.apply([step], asked.actor, "")


async def add_absence(
    handle: str, starts_at: datetime, ends_at: datetime, why: str, asked: Asked, store: DeskStore
) -> int:
    """Number of the entry that an agent will not be there for a while.

    Raises:
        Invalid: it ends before it begins, or before now.
        Refused: so many are noted already.
        NotFound, NotYours, DatabaseAway: as `set_availability`.
    """
    _must_be_them(handle, asked)
    if ends_at <= starts_at:
        raise Invalid("/until", "must be later than from")
    async with store.editing() as editing:
        await _agent(handle, editing)
        if ends_at <= await editing.now():
            raise Invalid("/until", "is over already")
        if await editing.absences(handle) >= _MOST_ABSENCES:
            raise Refused(f"{_MOST_ABSENCES} absences of {handle} are noted already; take one back first")
        id_ = await editing.add_absence(handle, starts_at, ends_at, why, asked.actor)
        detail = {"name": handle, "from": starts_at.isoformat(), "until": ends_at.isoformat()}
        await editing.decide(asked.actor, "agent.absent", asked.told(detail), why)
    return id_


async def remove_absence(handle: str, id_: int, asked: Asked, store: DeskStore) -> None:
    """Take an absence back.

    Raises:
        NotFound, NotYours, DatabaseAway: as `set_availability`.
    """
    _must_be_them(handle, asked)
    async with store.editing() as editing:
        row = await editing.remove_absence(handle, id_)
        if row is None:
            raise NotFound(f"{handle} has no absence {id_}")
        detail = {"name": handle, "from": row["starts_at"].isoformat(), "until": row["ends_at"].isoformat()}
        await editing.decide(asked.actor, "agent.absence_removed", asked.told(detail), "")


def must_match(what: str, version: int | None, *, create: bool = False) -> Check:
    """A check that lets only one version pass, or with `create` only what is not there yet; else anything."""

    def check(there: int | None) -> None:
        if create and there is not None:
            raise StaleEntry(what, there)
        if version is not None and there != version:
            raise StaleEntry(what, there or 0)

    return check


async def _put(kind: str, value: Any, check: Check, asked: Asked, store: DeskStore) -> tuple[Stored, bool]:
    name = value.handle if isinstance(value, Agent) else value.name
    async with store.editing() as editing:
        there = await editing.find(kind, name)
        check(there.version if there else None)
        if isinstance(value, Agent):
            await _must_have_teams(value, editing)
        await _must_have_named(value, editing)
        step = step_to(kind, name, value, there.value if there else None)
        if step is not None:
            await editing.apply([step], asked.actor, "")
        stored = await editing.find(kind, name)
    assert stored is not None
    return stored, there is None


async def _must_have_teams(agent: Agent, editing: DeskEditing) -> None:
    known = (await editing.roster()).team or {}
    for position, membership in enumerate(agent.teams):
        if membership.team not in known:
            raise Invalid(f"/teams/{position}/team", f"this desk has no team {membership.team!r}")


async def _must_have_named(value: Any, editing: DeskEditing) -> None:
    """Let a team or an agent that is at work name only documents in force."""
    named = [one for one in mentions(value) if one.kind in DOCUMENTS] if getattr(value, "active", False) else []
    if not named:
        return
    there = await editing.documents.in_force()
    for mention in named:
        if mention.name not in there.get(mention.kind, {}):
            reason, advice = missing_words(
                mention.kind, mention.name, nameable(mention.kind, there.get(mention.kind, {}))
            )
            raise Invalid("".join(f"/{part}" for part in mention.path), f"{reason}; {advice}")


async def _agent(handle: str, editing: DeskEditing) -> None:
    if await editing.find("agent", handle) is None:
        raise NotFound(f"nobody at this desk has the handle {handle!r}")


def _must_be_them(handle: str, asked: Asked) -> None:
    if asked.agent != handle and not asked.admin:
        raise NotYours(f"only {handle} can say that, or somebody with the scope admin")


def _retired(steps: Sequence[Step]) -> list[str]:
    """Teams that a plan retires."""
    return [step.name for step in steps if (step.kind, step.action) == ("team", "retire")]


def _in_order(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda one: (one.line, one.column))
