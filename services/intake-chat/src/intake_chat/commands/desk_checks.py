"""What `doctor` asks the desk itself: the ticket service and its token, the broker with what it must hold."""

from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import aiohttp

from intake_chat.domain.slack.cards.team_channels import REST, TeamChannels
from intake_chat.settings import Settings
from ventanilla_contracts.topology import CHAT_STATE
from ventanilla_runtime.broker_check import broker_findings
from ventanilla_runtime.findings import Finding, ok, problem, warning
from ventanilla_runtime.logs import redact_text

_NAME: Final = "intake-chat"
_VARIABLES: Final = "INTAKE_CHAT_"
_SECONDS: Final = 8.0
_MOST_PAGES: Final = 5
_MOST_NAMED: Final = 5
_NOBODY: Final = "nobody.of-this-name"
_MAKE: Final = f"make one: tickets token create --name {_NAME} --scope read --scope write --scope act"


async def examine_tickets(settings: Settings) -> list[Finding]:
    """What is to be said of the ticket service. Nothing is changed there."""
    if settings.tickets_token is None:
        return [problem("tickets", "INTAKE_CHAT_TICKETS_TOKEN is not set: nobody is an agent in Slack", _MAKE)]
    headers = {"authorization": f"Bearer {settings.tickets_token.get_secret_value()}"}
    api = f"{settings.tickets_url.rstrip('/')}/api/v1"
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    try:
        async with aiohttp.ClientSession(headers=headers, timeout=timeout, trust_env=True) as session:
            read = await _said(session.get(f"{api}/tickets", params={"limit": "1"}))
            # Without a subject it makes no ticket, for an agent whom nobody knows it does nothing: only rights count.
            write = await _said(session.post(f"{api}/tickets", json={}))
            act = await _said(
                session.get(f"{api}/tickets", params={"limit": "1"}, headers={"Ventanilla-Agent": _NOBODY})
            )
            teams = await _teams(session, f"{api}/teams") if read[0] == HTTPStatus.OK else None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        says = f"{redact_text(settings.tickets_url)} does not answer ({type(error).__name__})"
        return [problem("tickets", says, "start it, or set INTAKE_CHAT_TICKETS_URL")]
    rights = _rights({"read": read, "write": write, "act": act})
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


async def _teams(session: aiohttp.ClientSession, address: str) -> list[str]:
    """Names of the teams that are at work, as far as they are listed."""
    found: list[str] = []
    cursor = ""
    for _ in range(_MOST_PAGES):
        async with session.get(address, params={"limit": "200", **({"cursor": cursor} if cursor else {})}) as answer:
            try:
                page = await answer.json(content_type=None)
            except ValueError:
                return found
        if not isinstance(page, dict):
            return found
        found += [str(team["name"]) for team in page.get("items") or () if team.get("active")]
        cursor = str(page.get("next") or "")
        if not cursor:
            break
    return found


def _rights(said: Mapping[str, tuple[int, str]]) -> Finding:
    status = said["read"][0]
    if status == 401:
        return problem("tickets", "the token is unknown, expired or revoked", _MAKE)
    if status >= 500 or status == 404:
        return problem("tickets", f"answers {status}", "look at its log, or at INTAKE_CHAT_TICKETS_URL")
    absent = [scope for scope, (_, refused) in said.items() if refused == scope]
    if absent:
        return problem("tickets", f"the token lacks {', '.join(absent)}", _MAKE)
    return ok("tickets", "answers; the token may read, write and act for agents")


async def _said(asking: Any) -> tuple[int, str]:
    """Status, and the scope that is missing by what the ticket service says."""
    async with asking as answer:
        try:
            body = await answer.json(content_type=None)
        except ValueError:
            body = None
        return answer.status, str(body.get("missing_scope") or "") if isinstance(body, dict) else ""


async def examine_broker(settings: Settings) -> list[Finding]:
    """What is to be said of the broker."""
    return await broker_findings(_NAME, settings, _VARIABLES, ("outbound_state", CHAT_STATE))
