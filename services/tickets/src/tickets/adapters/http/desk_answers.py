"""What clients get about the desk's people, as plain data."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tickets.adapters.postgres.desk_store import Stored
from tickets.domain.desk.plan import as_plain
from tickets.domain.staffing.people import Agent, Presence, capacity_of, load_of, way_kind, why_not_now
from tickets.domain.verifying.factors import masked


def team_answer(stored: Stored, members: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """A team."""
    team = stored.value
    fields = as_plain(team)
    titles = {"es": fields.pop("title_es"), "en": fields.pop("title_en")}
    title = {language: words for language, words in titles.items() if words}
    return {"name": team.name, "title": title, **fields, "members": list(members), "version": stored.version}


def agent_answer(stored: Stored, absences: Iterable[Mapping[str, Any]], *, with_phone: bool) -> dict[str, Any]:
    """An agent.

    Args:
        with_phone: whoever asks may know at which number they are rung.
    """
    said = {name: stored.more[name] for name in ("availability", "availability_since")}
    return {
        "handle": stored.value.handle,
        **as_plain(stored.value),
        **({} if with_phone else {"phone": None}),
        **said,
        "slack": [dict(zip(("team_id", "user_id"), one.split("/"), strict=True)) for one in stored.more["slack"]],
        "absences": [
            {
                "id": row["id"],
                "from": row["starts_at"],
                "until": row["ends_at"],
                "why": row["why"],
                "created_by": row["created_by"],
            }
            for row in absences
        ],
        "version": stored.version,
    }


def load_answer(agent: Agent, presence: Presence, held: Mapping[str, int], at: datetime) -> dict[str, Any]:
    """What an agent holds."""
    channels = sorted({*held, *(name for name in agent.capacity if name != "default")})
    why_not = why_not_now(agent, presence, at)
    return {
        "agent": agent.handle,
        "channels": {name: {"open": held.get(name, 0), "capacity": capacity_of(agent, name)} for name in channels},
        "load": round(load_of(agent, held), 4),
        "takes_work": why_not is None,
        "why_not": why_not,
    }


def organisation_answer(stored: Stored) -> dict[str, Any]:
    """An organisation."""
    return {"name": stored.value.name, **as_plain(stored.value), "version": stored.version}


def customer_answer(stored: Stored, *, whole: bool) -> dict[str, Any]:
    """A marked customer.

    Args:
        whole: whoever asks may know at which addresses they are.
    """
    one = stored.value
    ways = [way if whole else masked(way_kind(way), way) for way in one.ways]
    fields = {**as_plain(one), "ways": ways}
    return {"kind": one.kind, "address": one.address, **fields, "version": stored.version}


def handover_answer(row: Mapping[str, Any]) -> dict[str, Any]:
    """A way of a ticket from team to team."""
    names = (
        "at", "kind", "from_team", "from_tier", "from_agent", "to_team", "to_tier", "reason", "actor",
        "next_update_by",
    )  # fmt: skip
    return {**{name: row[name] for name in names}, "note_id": str(row["note_id"])}


def follower_answer(row: Mapping[str, Any]) -> dict[str, Any]:
    """Somebody who follows a ticket."""
    return {name: row[name] for name in ("agent", "since", "why")}
