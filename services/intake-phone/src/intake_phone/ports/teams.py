"""What is known of teams beside who is in them."""

from collections.abc import Mapping
from typing import Protocol


class KnowsTitles(Protocol):
    """What teams are called; `adapters.staff.Staff` knows."""

    async def titles(self, team: str) -> Mapping[str, str]:
        """A team's title by language; nothing where there is none, or nobody can tell in time."""
