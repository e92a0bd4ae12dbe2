"""Whose telephone rings for a team, and in which order. Pure: what is known of people is passed in.

Whoever is absent, away, busy, outside their working hours or not at work in the team's tier is left in peace. Whoever
is full is not: capacity counts tickets that can wait, and a caller is on the line now.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from tickets.domain.ladders.documents import PAGE, Ladder
from tickets.domain.staffing.assigning import Dispatch
from tickets.domain.staffing.people import Agent, Presence, why_not_now

MOST_RUNG: Final = 50
"""Of one team: no caller waits for more of them in turn, and more at once is a storm."""


def who_rings(team: str, known: Dispatch, on_duty: Sequence[str]) -> list[Agent]:
    """The agents whose telephone can be rung now: whoever is on duty first, then as tickets are handed out.

    Args:
        known: everybody of the team, and where they are.
        on_duty: handles of whoever is on call at the moment, in the order in which they would be paged; somebody who is
            not of the team is not rung for it.
    """
    first = {handle: place for place, handle in enumerate(on_duty)}
    there = [agent for agent in known.in_turn(team) if agent.phone and _can_be_rung(agent, team, known)]
    there.sort(key=lambda agent: first.get(agent.handle, len(first)))  # stable: the others as they were
    return there[:MOST_RUNG]


def can_be_rung(handle: str, known: Dispatch) -> bool:
    """Whether an agent's telephone can be rung now for one of the teams that are known here."""
    return any(agent.handle == handle for team in known.members for agent in who_rings(team, known, ()))


def paged_rotas(ladder: Ladder | None) -> list[str]:
    """Names of the rotas that a ladder pages, the first one first; of no ladder none."""
    steps = ladder.steps if ladder else ()
    return list(dict.fromkeys(step.rota for step in steps if step.do == PAGE))


def language_of(agent: Agent, spoken: Iterable[str], usual: str) -> str:
    """In which of the desk's languages an agent is spoken to: the first of theirs that it has, else its usual one."""
    speaks = frozenset(spoken)
    theirs = (language.partition("-")[0].lower() for language in agent.languages)
    return next((language for language in theirs if language in speaks), usual)


def _can_be_rung(agent: Agent, team: str, known: Dispatch) -> bool:
    if agent.tiers and known.teams[team].tier not in agent.tiers:
        return False
    return why_not_now(agent, known.presences.get(agent.handle, Presence()), known.at) is None
