"""What somebody may change of a ticket field by field, so that nobody goes round claiming, giving and handing on."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from tickets.adapters.postgres.assignment_store import Assigning
from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.lifecycle import FINAL
from tickets.domain.rows import HistoryRow
from tickets.domain.service_levels.from_history import BEGUN
from tickets.domain.service_levels.policies import DONE
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.staffing.people import Team
from tickets.errors import Invalid, Refused
from tickets.handlers.working.rights import has_people, must_be_of_team, must_belong, must_take_part
from tickets.handlers.working.work import Asked
from ventanilla_contracts.decisions import Decision
from ventanilla_runtime.yaml_places import suggestion

WAITING: Final = frozenset({"new", "open"})
"""Statuses in which a ticket is handed out."""
_BY_HANDOVER: Final = (
    "from tier to tier a ticket is handed over, with a reason and a note for whoever gets it:"
    " POST …/escalate, …/de-escalate or …/return"
)


async def obeying(
    before: TicketRow, wanted: Mapping[str, Any], asked: Asked, transaction: DeskTransaction
) -> tuple[Mapping[str, Any], str]:
    """What is wanted of a locked ticket, with what follows from it, and why that follows.

    Raises:
        NotYours: the caller has no part in the ticket.
        Invalid: a field names what the desk does not have.
        Refused: the ticket is closed, or goes there by being handed over.
    """
    assigning = transaction.settling.assigning
    changed = {name: value for name, value in wanted.items() if value != getattr(before, name, None)}
    must_be_in_force(changed.get("policy"), transaction)
    await must_be_words_of_the_desk(changed, assigning, before)
    if before.status == FINAL and changed.keys() & {"team", "assignee"}:
        raise Refused(f"ticket {before.number} is closed; open a new one that points at it")
    if "tier" in changed and not (asked.agent is None and asked.admin and "team" not in changed):
        raise Refused(_BY_HANDOVER)
    taken_back = before.status == FINAL and "status" in changed
    if changed.keys() & {"team", "type"} or (changed.get("status") in DONE and before.status not in DONE) or taken_back:
        await must_take_part(asked, before, assigning)
    team = await _team(before, changed["team"], assigning) if "team" in changed else None
    if "assignee" in changed:
        await _may_give(before, team, changed["assignee"], asked, assigning)
    elif team is not None:
        return await _with_whoever_gets_it(before, team, wanted, transaction)
    return wanted, ""


def must_be_in_force(policy: str | None, transaction: DeskTransaction) -> None:
    """Let nobody promise by a policy that the desk does not have; the documents are held. None: nobody does.

    Raises:
        Invalid: it is not in force.
    """
    known = transaction.settling.policies()
    if policy is not None and policy not in known:
        there = f"there is {', '.join(known)}" if known else "the desk has none; PUT /desk/policies/NAME makes one"
        raise Invalid("/policy", f"no policy {policy!r} is in force; {there}")


async def must_be_at_the_desk(fields: Mapping[str, Any], assigning: Assigning) -> None:
    """Let nobody open a ticket for a team, an agent, a category or skills that the desk does not have.

    A desk may begin without any.

    Raises:
        Invalid: there is no such team or agent at work, the agent is of another team, or a word is not of the desk.
    """
    await must_be_words_of_the_desk(fields, assigning)
    first = Decision().team  # where nobody says another
    name, handle = fields.get("team", first), fields.get("assignee")
    if name == first and handle is None:
        return
    has_teams, has_agents = await assigning.peopled()
    if has_teams and name != first:
        await _team_at_work(name, assigning)
    if handle is None or not has_agents:
        return
    found = await assigning.somebody(handle, name)
    if found is None or not found.agent.active:
        raise Invalid("/assignee", f"nobody at work at this desk has the handle {handle!r}; GET /agents names who is")
    if found.role is None and await assigning.team(name) is not None:
        raise Invalid("/assignee", f"{handle} is not of the team {name}; name a team of theirs with it")


async def must_be_words_of_the_desk(
    fields: Mapping[str, Any], assigning: Assigning, before: TicketRow | None = None
) -> None:
    """Let nobody name a category or a skill that the desk does not have; what a ticket has it may keep.

    A desk that has no categories at all takes any, and likewise with skills.

    Args:
        fields: what is wanted; what is not in them is not looked at.

    Raises:
        Invalid: such a word, with what may have been meant.
    """
    category, skills = fields.get("category"), fields.get("skills") or ()
    kept = {Decision().category, before.category if before else None}
    new_skills = set(skills) - set(before.skills if before else ())
    if (category is None or category in kept) and not new_skills:
        return
    categories, known = await assigning.words()
    if category is not None and category not in kept and categories and category not in categories:
        raise Invalid("/category", f"this desk has no category {category!r}; {suggestion(category, categories)}")
    for place, skill in enumerate(skills):
        if skill in new_skills and known and skill not in known:
            why = f"nobody at this desk has the skill {skill!r}, and its skills do not name it"
            raise Invalid(f"/skills/{place}", f"{why}; {suggestion(skill, known)}")


async def beginning(
    before: TicketRow, wanted: Mapping[str, Any], asked: Asked, transaction: DeskTransaction
) -> list[HistoryRow]:
    """The line with which the clocks of a ticket begin that has had none, where it gets a policy."""
    if wanted.get("policy", before.policy) == before.policy:
        return []
    begun = (await transaction.settling.clocks.standing(before)).beginning(before)
    at = max(before.updated_at, await transaction.now())
    return [HistoryRow(before.number, at, asked.actor, BEGUN, begun)] if begun else []


async def _team_at_work(name: str, assigning: Assigning) -> Team:
    team = await assigning.team(name)
    if team is None:
        raise Invalid("/team", f"this desk has no team {name!r}; GET /teams names those that it has")
    if not team.active:
        raise Invalid("/team", f"the team {name} is retired; name another")
    return team


async def _team(before: TicketRow, name: str, assigning: Assigning) -> Team:
    team = await _team_at_work(name, assigning)
    here = await assigning.team(before.team)
    if team.tier not in {before.tier, here.tier if here else team.tier}:
        raise Refused(f"the team {name} works in tier {team.tier}; {_BY_HANDOVER}")
    return team


async def _may_give(
    before: TicketRow, team: Team | None, agent: str | None, asked: Asked, assigning: Assigning
) -> None:
    """By the rules of `POST /assign` and `/release`."""
    if before.assignee != asked.agent or asked.agent is None or agent is not None:
        await must_belong(asked, before, assigning)
    if agent is None:
        return
    there = before if team is None else replace(before, team=team.name)
    found = await assigning.somebody(agent, there.team)
    if found is None:
        raise Invalid("/assignee", f"nobody at this desk has the handle {agent!r}")
    if not found.agent.active:
        raise Refused(f"{agent} is retired and takes no tickets; name somebody else")
    if await has_people(there.team, assigning):
        await must_be_of_team(agent, there, assigning, admin=False)


async def _with_whoever_gets_it(
    before: TicketRow, team: Team, wanted: Mapping[str, Any], transaction: DeskTransaction
) -> tuple[Mapping[str, Any], str]:
    """The new team has it with whoever had it, if they are of it; else with whom its way of handing out finds."""
    assigning = transaction.settling.assigning
    if before.assignee is not None:
        found = await assigning.somebody(before.assignee, team.name)
        if found is not None and found.role is not None:
            return wanted, ""
    choice = None
    if wanted.get("status", before.status) in WAITING:
        dispatch = await assigning.dispatch([team.name], await transaction.now())
        choice = dispatch.choose(await assigning.wanting(replace(before, team=team.name)))
        await assigning.save_turns(dispatch.moved())
    return {**wanted, "assignee": choice.agent if choice else None}, choice.why if choice else ""
