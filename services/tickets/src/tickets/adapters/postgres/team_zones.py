"""In which zone a team tells its customers times."""

from collections.abc import Collection
from typing import Any

from tickets.adapters.postgres.database import Database
from tickets.adapters.postgres.queries import load_queries

_SQL = load_queries("clocks")


async def zones_of(teams: Collection[str], asked: Database | Any) -> dict[str, str]:
    """Team → zone of its calendar, by the version in force; of no team that names none.

    Args:
        asked: the database, or the connection of a transaction.
    """
    return {row["name"]: row["zone"] for row in await asked.fetch(_SQL["team_zones"], sorted(teams))}
