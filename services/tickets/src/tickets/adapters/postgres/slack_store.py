"""Who of the desk is who in Slack: looked up for messages, linked and unlinked where the desk is edited."""

from collections.abc import Sequence
from typing import Any

from tickets.adapters.postgres.queries import load_queries
from tickets.domain.settling.incoming import Staff

_SQL = load_queries("slack")


async def staff_among(connection: Any, people: Sequence[tuple[str, str]]) -> dict[str, Staff]:
    """Team/user → agent, of those of these (team, user) who are agents at work; no statement where there are none."""
    if not people:
        return {}
    rows = await connection.fetch(_SQL["staff"], [team for team, _ in people], [user for _, user in people])
    return {row["address"]: Staff(row["handle"], row["name"]) for row in rows}


async def recognise_staff(connection: Any, members: Sequence[tuple[str, str, str]]) -> None:
    """Link those of these (team, user, confirmed mail) who are agents at work and of whom the desk did not know it yet.

    Nothing is guessed: the address is that of one agent alone, and neither the user nor the agent is linked there. Once
    linked they stay so; no statement where nobody proves anything.
    """
    if members:
        teams, users, mails = zip(*members, strict=True)
        await connection.execute(_SQL["recognise"], list(teams), list(users), list(mails))


async def agent_in_slack(connection: Any, team_id: str, user_id: str) -> str | None:
    """Handle of the agent, retired or not, who is this user of Slack; None: nobody of the desk is."""
    rows = await connection.fetch(_SQL["owner"], team_id, user_id)
    return rows[0]["agent"] if rows else None


async def agents_with_mail(connection: Any, mail: str) -> list[str]:
    """Handles of the agents at work with this mail address, two at most: more than one is nobody's proof."""
    return [row["handle"] for row in await connection.fetch(_SQL["addressed"], mail)]


class SlackLinks:
    """The statements of a transaction in which nobody else changes the desk."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def agent(self, team_id: str, user_id: str) -> str | None:
        """Handle of the agent who is this user."""
        return await agent_in_slack(self._connection, team_id, user_id)

    async def user(self, handle: str, team_id: str) -> str | None:
        """Who an agent is in a team of Slack."""
        found: str | None = await self._connection.fetchval(_SQL["there"], handle, team_id)
        return found

    async def link(self, team_id: str, user_id: str, handle: str) -> None:
        """Say that a user is an agent."""
        await self._connection.execute(_SQL["link"], team_id, user_id, handle)

    async def unlink(self, handle: str, team_id: str | None) -> list[tuple[str, str]]:
        """Forget who an agent is in a team, or in all; returns (team, user) of what was forgotten."""
        rows = await self._connection.fetch(_SQL["unlink"], handle, team_id)
        return [(row["team_id"], row["user_id"]) for row in rows]
