"""Calls that an agent took: the ticket is theirs unless somebody has it, and the caller has had an answer. If it is
with a team that they are not of, they follow it, so that they can finish what they began.

Who took a call is what the intake of the telephone says: the desk says who of these people are its agents, and whose
tickets they may have.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from tickets.domain.rows import HistoryRow
from tickets.domain.service_levels.from_history import CALL_TAKEN
from tickets.domain.settling.incoming import Incoming
from tickets.domain.staffing.assigning import Choice

WHY: Final = "took the call"
TAKEN_BY: Final = "taken_by"
"""Where a stored message says, beside to whom it went, who has talked with its author: nobody waits for an answer."""


@dataclass(frozen=True, slots=True)
class Takers:
    """Those who took the calls of a batch.

    Attributes:
        teams: agent at work → teams in use that they are of. Whoever is not there is nobody of the desk, or retired.
        in_use: all teams in use; tickets of any other team are any agent's.
    """

    teams: Mapping[str, frozenset[str]] = field(default_factory=dict)
    in_use: frozenset[str] = frozenset()

    def took(self, message: Incoming) -> str | None:
        """Handle of the agent who has talked with the author of a message; None: nobody of the desk has."""
        return message.taken_by if message.taken_by in self.teams and not message.automatic else None

    def owner(self, message: Incoming, team: str) -> Choice | None:
        """Who gets a ticket of a team that nobody has, because they took the call; None: nobody for that."""
        agent = self.took(message)
        if agent is None or (team in self.in_use and team not in self.teams[agent]):
            return None
        return Choice(agent, WHY)

    def outsiders(self, message: Incoming, team: str) -> list[str]:
        """Who took a call whose ticket is with a team that they are not of."""
        agent = self.took(message)
        return [agent] if agent and self.owner(message, team) is None else []


def talked(number: int, message: Incoming, agent: str, *, aside: bool) -> HistoryRow:
    """The line that says that an agent took the call.

    Args:
        aside: whoever called was asked aside, so the customer has had no answer by it.
    """
    detail: dict[str, Any] = {"message": str(message.id), "channel": message.channel}
    if aside:
        detail["aside"] = True
    return HistoryRow(number, message.accepted_at, f"agent:{agent}", CALL_TAKEN, detail)


def with_taker(message: Incoming, agent: str | None) -> Incoming:
    """The message, which says who has talked with its author."""
    if agent is None:
        return message
    return replace(message, addressed=orjson.dumps({**orjson.loads(message.addressed), TAKEN_BY: agent}).decode())
