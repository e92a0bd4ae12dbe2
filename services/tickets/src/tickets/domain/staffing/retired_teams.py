"""What a team leaves behind that is retired: in words for whoever retires it, and for the leads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

LINE: Final = "team.retired"
_MOST_TEAMS: Final = 5


@dataclass(frozen=True, slots=True)
class Left:
    """Open tickets of a team.

    Attributes:
        first: numbers of the oldest, a few.
    """

    team: str
    count: int
    first: tuple[int, ...]

    @property
    def numbers(self) -> str:
        """`#1, #2, …`: the first of them."""
        return ", ".join(f"#{number}" for number in self.first) + (", …" if self.count > len(self.first) else "")


def warning_of(left: Left) -> str:
    """What an operator should know who retires a team."""
    tickets = "1 open ticket" if left.count == 1 else f"{left.count} open tickets"
    return (
        f"team {left.team} is retired and leaves {tickets} ({left.numbers}): agents of its tier, else leads, find them"
        " in their queue, and anybody at work may take them on; hand each to another team (in Slack: escalate)"
    )


def worry_of(standing: Mapping[str, int]) -> str | None:
    """What `/readyz` says of open tickets of retired teams; None: there are none."""
    if not standing:
        return None
    shown = [f"{team} ({count})" for team, count in sorted(standing.items())]
    more = f" and {len(shown) - _MOST_TEAMS} more" if len(shown) > _MOST_TEAMS else ""
    return (
        f"retired teams have open tickets: {', '.join(shown[:_MOST_TEAMS])}{more}; hand them to a team at work,"
        " or put the team back"
    )
