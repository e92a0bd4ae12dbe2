"""Says where rules decide for teams and policies that the desk does not have: in the history, the log and `/readyz`."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from tickets.adapters.postgres.settling import Settling
from tickets.domain.rows import Settlement
from tickets.domain.settling.unknown_names import POLICY, TEAM, Unknown, line_of, unknown_policies, unknown_teams
from tickets.metrics import DECIDED_FOR_UNKNOWN

log = structlog.get_logger()

TOLD_SECONDS: Final = 900.0
"""So long `/readyz` tells of a name after the last ticket that was decided for it."""
_MOST_NAMES: Final = 100
_MOST_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in a batch, and what the desk was seen to have meanwhile."""

    found: Sequence[Unknown]
    at_work: Collection[str]
    policies: Collection[str]


class UnknownNames:
    """Names that tickets were decided for lately and that the desk does not have, for `/readyz`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[tuple[str, str], float] = {}

    def note(self, looked: Looked) -> None:
        """Tell of these in log, metric and `/readyz`, once they are committed."""
        for kind, known in ((TEAM, looked.at_work), (POLICY, looked.policies)):
            for name in [name for of, name in self._seen if of == kind and name in known]:
                del self._seen[kind, name]
        for one in looked.found:
            DECIDED_FOR_UNKNOWN.labels(one.kind).inc()
            log.warning("decision.unknown", ticket=one.ticket, kind=one.kind, name=one.name, why=one.why)
            if len(self._seen) < _MOST_NAMES or (one.kind, one.name) in self._seen:
                self._seen[one.kind, one.name] = self._clock()

    def worry(self) -> str | None:
        """What somebody should look at, or None."""
        since = self._clock() - TOLD_SECONDS
        self._seen = {key: at for key, at in self._seen.items() if at > since}
        if not self._seen:
            return None
        names = sorted(f"{kind} {name}" for kind, name in self._seen)
        more = f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
        return (
            f"rules decide for what this desk does not have, or has retired: {', '.join(names[:_MOST_SHOWN])}{more};"
            " make it, or publish rules that name another"
        )


async def add_unknown(
    rows: Settlement, settling: Settling, now: datetime, at_work: Collection[str] | None = None
) -> Looked:
    """Let the histories of new tickets say which team or policy of theirs the desk does not have.

    Args:
        at_work: the teams in use, as far as this process knows; the database is asked about others. None: about all.
    """
    # A desk without teams, as many are at first, has none to miss: asking it would be two queries for each batch.
    asks = at_work is None or len(at_work) > 0
    doubtful = [ticket for ticket in rows.created if ticket.team not in (at_work or ())] if asks else []
    found: list[Unknown] = []
    if doubtful:
        teams = await settling.assigning.teams_named({ticket.team for ticket in doubtful})
        found += unknown_teams(doubtful, teams) if teams is not None else ()
    policies = settling.policies()
    found += unknown_policies(rows.created, policies)
    rows.history += [line_of(one, now) for one in found]
    return Looked(found, at_work or (), policies)
