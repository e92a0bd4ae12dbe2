"""What `doctor` asks the desk itself: the ticket service and its token, the broker with what it must hold."""

import asyncio
from collections.abc import Collection, Sequence
from http import HTTPStatus
from typing import Final

import aiohttp

from intake_chat.domain.slack.cards.team_channels import REST, TeamChannels
from intake_chat.settings import Settings
from intake_chat.wiring.desk import TOKEN
from ventanilla_contracts.topology import CHAT_STATE
from ventanilla_runtime.broker_check import broker_findings
from ventanilla_runtime.desk_rights import desk_rights
from ventanilla_runtime.findings import Finding, ok, problem, warning

_NAME: Final = "intake-chat"
_VARIABLES: Final = "INTAKE_CHAT_"
_SECONDS: Final = 8.0
_MOST_PAGES: Final = 5
_MOST_NAMED: Final = 5


async def examine_tickets(settings: Settings) -> list[Finding]:
    """What is to be said of the ticket service. Nothing is changed there."""
    if settings.tickets_token is None:
        return [problem("tickets", TOKEN.unset, TOKEN.make_one)]
    secret = settings.tickets_token.get_secret_value()
    rights, teams = await asyncio.gather(
        desk_rights(settings.tickets_url, secret, TOKEN, by_proxy=True), _teams(settings.tickets_url, secret)
    )
    return [rights] if teams is None else [rights, *team_findings(settings.slack_team_channels, teams)]


def team_findings(given: TeamChannels, teams: Collection[str]) -> list[Finding]:
    """What is to be said of the teams and the channels of their cards.

    Args:
        teams: those of the desk that are at work.
    """
    about, setting = "teams", "INTAKE_CHAT_SLACK_TEAM_CHANNELS"
    found = []
    if without := sorted(team for team in teams if not given.of(team)):
        says = f"{_named(without)} {'has' if len(without) == 1 else 'have'} no channel: no cards of their tickets"
        found.append(warning(about, says, f"add {without[0]}=C… to {setting}, or *=C… for all others"))
    if unknown := sorted(given.channels.keys() - {REST} - set(teams)):
        says = f"{_named(unknown)} in {setting}: the desk has no team at work of that name"
        found.append(
            warning(about, says, f"write it as the desk does: {_named(sorted(teams)) or 'it has no team yet'}")
        )
    by_channel: dict[str, list[str]] = {}
    for team, channel in sorted(given.channels.items()):
        by_channel.setdefault(channel, []).append(team)
    for channel, sharing in by_channel.items():
        if len(sharing) > 1:
            says = f"{_named(sharing)} have one channel, {channel}: whoever is in it reads the cards of all of them"
            found.append(warning(about, says, f"give each a channel of its own in {setting}, if that is not meant"))
    if not found and teams:
        found.append(ok(about, f"each of {len(teams)} has a channel for its cards"))
    return found


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


async def _teams(url: str, secret: str) -> list[str] | None:
    """Names of the teams that are at work, as far as they are listed; None: they are not told.

    Why not is said of the token.
    """
    found: list[str] = []
    cursor = ""
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    headers = {"authorization": f"Bearer {secret}"}
    try:
        async with aiohttp.ClientSession(headers=headers, timeout=timeout, trust_env=True) as session:
            for _ in range(_MOST_PAGES):
                params = {"limit": "200", **({"cursor": cursor} if cursor else {})}
                async with session.get(f"{url.rstrip('/')}/api/v1/teams", params=params) as answer:
                    page = await answer.json(content_type=None)
                if answer.status != HTTPStatus.OK or not isinstance(page, dict):
                    return None
                found += [str(team["name"]) for team in page.get("items") or () if team.get("active")]
                cursor = str(page.get("next") or "")
                if not cursor:
                    break
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return None
    return found


async def examine_broker(settings: Settings) -> list[Finding]:
    """What is to be said of the broker."""
    return await broker_findings(_NAME, settings, _VARIABLES, ("outbound_state", CHAT_STATE))
