"""What commands ask the ticket service of the desk: its teams and telephones. Nothing is changed there."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import aiohttp

from intake_phone.errors import DeskAway, DeskRefused

_MOST_PAGES: Final = 5
_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class DeskSeen:
    """What the ticket service says.

    Attributes:
        teams: those at work; None: they are more than a command reads.
        phones: agents at work → the number at which the desk may ring them, in E.164; as far as it is told.
    """

    teams: frozenset[str] | None = field(default=None)
    phones: Mapping[str, str] = field(default_factory=dict, repr=False)


async def look_at_desk(session: aiohttp.ClientSession, url: str, token: str, seconds: float) -> DeskSeen:
    """Ask it.

    Raises:
        DeskAway: it does not answer.
        DeskRefused: it does not tell.
    """
    api = f"{url.rstrip('/')}/api/v1"
    headers = {"authorization": f"Bearer {token}"}
    try:
        async with asyncio.timeout(seconds):
            teams = await _listed(session, f"{api}/teams", headers)
            agents = await _listed(session, f"{api}/agents", headers)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise DeskAway(f"{type(error).__name__}") from error
    names = frozenset(str(one["name"]) for one in teams) if teams is not None else None
    return DeskSeen(names, {str(one["handle"]): str(one["phone"]) for one in agents or () if one.get("phone")})


async def teams_of_desk(session: aiohttp.ClientSession, url: str, token: str, seconds: float) -> frozenset[str]:
    """Names of the teams at work.

    Raises:
        DeskAway: it does not answer.
        DeskRefused: it does not tell, or has more than are read.
    """
    seen = await look_at_desk(session, url, token, seconds)
    if seen.teams is None:
        raise DeskRefused(f"it has more than {_MOST_PAGES * _PAGE}", HTTPStatus.OK)
    return seen.teams


async def _listed(
    session: aiohttp.ClientSession, address: str, headers: Mapping[str, str]
) -> Sequence[Mapping[str, Any]] | None:
    """Whatever of a list is at work; None: it is longer than a command reads."""
    found: list[Mapping[str, Any]] = []
    cursor = ""
    for _ in range(_MOST_PAGES):
        page = {"limit": str(_PAGE), **({"cursor": cursor} if cursor else {})}
        async with session.get(address, params=page, headers=headers) as answer:
            if answer.status != HTTPStatus.OK:
                raise DeskRefused(f"it answers {answer.status}", answer.status)
            body = await answer.json(content_type=None)
        if not isinstance(body, dict):
            raise DeskRefused("what answers is no ticket service", answer.status)
        found += [one for one in body.get("items") or () if one.get("active")]
        cursor = str(body.get("next") or "")
        if not cursor:
            return found
    return None  # there are more: no name would be known to be wrong
