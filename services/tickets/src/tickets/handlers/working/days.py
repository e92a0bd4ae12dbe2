"""An agent's day, put together."""

from typing import Any

from tickets.adapters.postgres.day_reads import DayReads
from tickets.domain.staffing.agent_day import ended, local_midnight, median_seconds
from tickets.domain.staffing.people import Agent


async def day_of(agent: Agent, zone: str | None, desk_zone: str, days: DayReads) -> dict[str, Any]:
    """An agent's numbers since the last midnight, as plain data.

    Args:
        zone: whose midnight; None: of the agent's working hours, else of the desk.
    """
    if zone is None:
        zone = agent.hours.zone if agent.hours else desk_zone
    now = await days.now()
    since = local_midnight(now, zone)
    did, holds = await days.did(agent.handle, since), await days.holds(agent.handle)
    met, missed = ended(did.first_replies, holds.unanswered, since, now)
    oldest = holds.oldest
    return {
        "agent": agent.handle,
        "zone": zone,
        "since": since,
        "solved": did.solved,
        "replied": did.replied,
        "first_responses": {"met": met, "missed": missed},
        "median_first_reply_seconds": median_seconds(did.first_replies),
        "taken": did.taken,
        "handed_on": did.handed_on,
        "open": holds.open,
        "oldest_waiting": {"number": oldest[0], "since": oldest[1]} if oldest else None,
    }
