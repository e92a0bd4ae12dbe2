"""Says who of the desk is who in Slack. A mail address that Slack has confirmed is the proof: nobody is guessed."""

from dataclasses import dataclass

import structlog

from tickets.adapters.postgres.desk_store import DeskStore
from tickets.errors import Invalid, NotFound, Refused
from tickets.handlers.working.work import Asked, until_settled

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SlackUser:
    """Somebody in Slack, with the address that Slack has confirmed as theirs."""

    team_id: str
    user_id: str
    mail: str


async def link_slack(handle: str, user: SlackUser, asked: Asked, store: DeskStore) -> None:
    """Let an agent be this user of Slack; twice changes nothing.

    Raises:
        NotFound: there is no such agent.
        Invalid: the address is another one than the agent's.
        Refused: the agent is retired, is somebody else in that team, or the user is somebody else here.
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    await until_settled(lambda: _link(handle, user, asked, store))


async def unlink_slack(handle: str, team_id: str | None, asked: Asked, store: DeskStore) -> None:
    """Let an agent be nobody in a team of Slack any more, or in all.

    Raises:
        NotFound: there is no such agent, or they are nobody there.
        DatabaseAway: as `link_slack`.
    """
    async with store.editing() as editing:
        if await editing.find("agent", handle) is None:
            raise NotFound(f"this desk has no agent {handle!r}")
        gone = await editing.slack.unlink(handle, team_id)
        if not gone:
            where = f"in the team {team_id} of Slack" if team_id else "in Slack"
            raise NotFound(f"{handle} is nobody {where}")
        for team, user in gone:
            detail = asked.told({"name": handle, "team_id": team, "user_id": user})
            await editing.decide(asked.actor, "agent.slack_unlinked", detail, "")
    log.info("agent.unlinked", channel="slack")


async def _link(handle: str, user: SlackUser, asked: Asked, store: DeskStore) -> None:
    async with store.editing() as editing:
        stored = await editing.find("agent", handle)
        if stored is None:
            raise NotFound(f"this desk has no agent {handle!r}")
        agent = stored.value
        if not agent.active:
            raise Refused(f"{handle} is retired; nobody in Slack can be them")
        if user.mail.casefold() != agent.email.casefold():
            raise Invalid("/mail", f"is not the address of {handle} at this desk; change the one or the other")
        holder = await editing.slack.agent(user.team_id, user.user_id)
        if holder == handle:
            return
        if holder is not None:
            raise Refused(f"this user of Slack is {holder} already; unlink them first")
        other = await editing.slack.user(handle, user.team_id)
        if other is not None:
            raise Refused(f"{handle} is the user {other} of this team of Slack already; unlink that first")
        await editing.slack.link(user.team_id, user.user_id, handle)
        detail = asked.told({"name": handle, "team_id": user.team_id, "user_id": user.user_id})
        await editing.decide(asked.actor, "agent.slack_linked", detail, "")
    log.info("agent.linked", channel="slack")
