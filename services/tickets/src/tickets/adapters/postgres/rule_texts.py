"""What the router's rules ask, kept once for all decisions that name it."""

from collections.abc import Iterable
from typing import Final

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries
from ventanilla_contracts.decisions import RuleTexts

_SQL = load_queries("settle")
_MOST_KNOWN: Final = 1_000


class RuleTextStore:
    """Keeps texts; remembers which ones are there."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: set[str] = set()

    async def keep(self, told: Iterable[RuleTexts]) -> None:
        """Keep what is new of it; what is there already costs nothing.

        Raises:
            DatabaseAway: ask again; what was kept stays.
        """
        for texts in told:
            if texts.id in self._known:
                continue
            await self._database.execute(_SQL["rule_texts"], texts.id, texts.model_dump_json(exclude_defaults=True))
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known.add(texts.id)
