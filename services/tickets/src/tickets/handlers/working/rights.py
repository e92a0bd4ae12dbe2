"""Who may do what with a ticket: its team's people work on it, and whoever has or follows it may speak for it."""

from tickets.adapters.postgres.assignment_store import Assigning, Somebody
from tickets.domain.settling.incoming import TicketRow
from tickets.errors import NotYours
from tickets.handlers.working.work import Asked


async def must_belong(asked: Asked, ticket: TicketRow, assigning: Assigning) -> Somebody | None:
    """The caller as an agent, if they may work on this ticket: its team's people may, and whoever may change the desk.

    A team that the desk does not know, or that is retired, has no people who could be asked instead: any agent may, and
    of an unknown one anybody.

    Raises:
        NotYours: says why not, and whom to ask.
    """
    team = await assigning.team(ticket.team)
    if team is None:
        return await assigning.somebody(asked.agent, ticket.team) if asked.agent else None
    if asked.agent is None:
        if asked.admin:
            return None
        raise NotYours(
            f"the token {asked.name!r} is no agent's, so it belongs to no team; use one that was made with"
            " `tickets token create --agent HANDLE`, or one with the scope admin"
            + ("" if team.active else f"; the team {team.name} is retired, so any agent at work may take the ticket on")
        )
    if not team.active and (found := await assigning.somebody(asked.agent, ticket.team)) and found.agent.active:
        return found
    return await must_be_of_team(asked.agent, ticket, assigning, admin=asked.admin)


async def must_be_of_team(handle: str, ticket: TicketRow, assigning: Assigning, *, admin: bool) -> Somebody:
    """Somebody as an agent of the team that has the ticket.

    Args:
        admin: somebody who may change the desk need not be of the team.

    Raises:
        NotYours: they are not of it.
    """
    found = await assigning.somebody(handle, ticket.team)
    if found is not None and (found.role is not None or admin):
        return found
    whom = await _its_people(ticket, assigning)
    raise NotYours(f"{handle} is not of the team {ticket.team}, which ticket {ticket.number} is with; {whom}")


async def has_people(team: str, assigning: Assigning) -> bool:
    """Whether a team has people of its own to whom its tickets are left: the desk knows it, and it is in use."""
    there = await assigning.team(team)
    return there is not None and there.active


async def must_take_part(asked: Asked, ticket: TicketRow, assigning: Assigning) -> None:
    """Let an agent speak to the customer, promise, put aside or solve only where they take part in the ticket.

    That is whoever has it, is of its team, follows it, or may change the desk; and anybody who is no agent.

    Raises:
        NotYours: they do not; the text says what is open to them.
    """
    agent = asked.agent
    if agent is None or asked.admin or agent == ticket.assignee or not await has_people(ticket.team, assigning):
        return
    found = await assigning.somebody(agent, ticket.team)
    if (found is not None and found.role is not None) or await assigning.handing.follows(ticket.number, agent):
        return
    whom = await _its_people(ticket, assigning)
    raise NotYours(
        f"{agent} neither has nor follows ticket {ticket.number} and is not of the team {ticket.team} that it is with;"
        f" {whom}. A note can be written by anybody"
    )


async def _its_people(ticket: TicketRow, assigning: Assigning) -> str:
    people = await assigning.members(ticket.team)
    return f"its people are {', '.join(people)}" if people else "it has no people yet"
