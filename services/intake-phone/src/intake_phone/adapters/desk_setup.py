"""What commands ask the ticket service: what the token may do, teams and telephones. Nothing is changed there."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import aiohttp

from intake_phone.errors import DeskAway, DeskRefused

_MOST_PAGES: Final = 5
_PAGE: Final = 200
_NOBODY: Final = "nobody.of-this-name"
SCOPES: Final = ("read", "write", "act")


@dataclass(frozen=True, slots=True)
class DeskSeen:
    """What the ticket service says.

    Attributes:
        status: of its answer to a plain question.
        lacking: scopes that the token has not.
        teams: those at work; None: the token may not read them.
        phones: agents at work → the number at which the desk may ring them, in E.164; as far as it is told.
    """

    status: int
    lacking: tuple[str, ...] = ()
    teams: frozenset[str] | None = field(default=None)
    phones: Mapping[str, str] = field(default_factory=dict, repr=False)


async def look_at_desk(session: aiohttp.ClientSession, url: str, token: str, seconds: float) -> DeskSeen:
    """Ask it.

    Raises:
        DeskAway: it does not answer.
    """
    api = f"{url.rstrip('/')}/api/v1"
    headers = {"authorization": f"Bearer {token}"}
    try:
        async with asyncio.timeout(seconds):
            read = await _said(session.get(f"{api}/tickets", params={"limit": "1"}, headers=headers))
            # Without a subject it makes no ticket, for an agent whom nobody knows it does nothing: only rights count.
            write = await _said(session.post(f"{api}/tickets", json={}, headers=headers))
            acting = {**headers, "Ventanilla-Agent": _NOBODY}
            act = await _said(session.get(f"{api}/tickets", params={"limit": "1"}, headers=acting))
            answers = zip(SCOPES, (read, write, act), strict=True)
            lacking = [scope for scope, (_, missing) in answers if missing == scope]
            status = read[0]
            readable = status == HTTPStatus.OK
            teams = await _listed(session, f"{api}/teams", headers) if readable else None
            agents = await _listed(session, f"{api}/agents", headers) if readable else None
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise DeskAway(f"{type(error).__name__}") from error
    names = frozenset(str(one["name"]) for one in teams) if teams is not None else None
    phones = {str(one["handle"]): str(one["phone"]) for one in agents or () if one.get("phone")}
    return DeskSeen(status, tuple(lacking), names, phones)


async def teams_of_desk(session: aiohttp.ClientSession, url: str, token: str, seconds: float) -> frozenset[str]:
    """Names of the teams at work.

    Raises:
        DeskAway: it does not answer.
        DeskRefused: it does not tell.
    """
    seen = await look_at_desk(session, url, token, seconds)
    if seen.teams is None:
        raise DeskRefused(f"it answers {seen.status}", seen.status)
    return seen.teams


async def _said(asking: Any) -> tuple[int, str]:
    """Status, and the scope that is missing by what the ticket service says."""
    async with asking as answer:
        try:
            body = await answer.json(content_type=None)
        except ValueError:
            body = None
        return answer.status, str(body.get("missing_scope") or "") if isinstance(body, dict) else ""


async def _listed(
    session: aiohttp.ClientSession, address: str, headers: Mapping[str, str]
) -> Sequence[Mapping[str, Any]] | None:
    """Whatever of a list is at work; None: it may not be read, or is longer than a command reads."""
    found: list[Mapping[str, Any]] = []
    cursor = ""
    for _ in range(_MOST_PAGES):
        page = {"limit": str(_PAGE), **({"cursor": cursor} if cursor else {})}
        async with session.get(address, params=page, headers=headers) as answer:
            body = await answer.json(content_type=None)
            if answer.status != HTTPStatus.OK or not isinstance(body, dict):
                return None
        found += [one for one in body.get("items") or () if one.get("active")]
        cursor = str(body.get("next") or "")
        if not cursor:
            return found
    return None  # there are more: no name would be known to be wrong
