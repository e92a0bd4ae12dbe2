"""The local Slack of a desk: what it begins with, and what intake-chat and people are told of it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ventanilla_devstack.atomic_file import write_whole
from ventanilla_devstack.credentials import Credentials
from ventanilla_devstack.desk_teams import TeamMember
from ventanilla_devstack.ports import HOST
from ventanilla_devstack.slack.ids import fixed_id
from ventanilla_devstack.slack.seed import HELP_CHANNEL, PARTNER_CHANNEL, Seed

HELP_CHANNEL_ID: Final = fixed_id("C", Seed().domain, HELP_CHANNEL)
"""Of the channel in which customers ask; the same in every seeded workspace."""
PARTNER_CHANNEL_ID: Final = fixed_id("C", Seed().domain, PARTNER_CHANNEL)
"""Of the one that is shared with another organisation (Slack Connect), in which customers ask too."""
HEALTH_PATH: Final = "/.well-known/openid-configuration"
"""Answered as soon as it runs, without a token, and counted against no limit."""
STATE, SEED, TEAMS = "state.json", "seed.json", "teams.json"
_LOCALES: Final = {"es": "es-ES", "en": "en-US"}


def app_variables(url: str, credentials: Credentials) -> dict[str, str]:
    """What intake-chat is told, so that it is the local Slack's app, over Socket Mode and with its HTTP door open."""
    secrets = credentials.slack
    return {
        "INTAKE_CHAT_SLACK_URL": f"{url}/api/",
        "INTAKE_CHAT_SLACK_FILE_HOSTS": HOST,
        "INTAKE_CHAT_SLACK_BOT_TOKEN": secrets["bot_token"],
        "INTAKE_CHAT_SLACK_APP_TOKEN": secrets["app_token"],
        "INTAKE_CHAT_SLACK_SIGNING_SECRET": secrets["signing_secret"],
    }


def sign_in_variables(url: str, credentials: Credentials) -> dict[str, str]:
    """What the portal is told, so that agents sign in with the local Slack."""
    secrets = credentials.slack
    return {
        "PORTAL_SLACK_ISSUER": url,
        "PORTAL_SLACK_TEAM": fixed_id("T", Seed().domain),
        "PORTAL_SLACK_CLIENT_ID": secrets["client_id"],
        "PORTAL_SLACK_CLIENT_SECRET": secrets["client_secret"],
        "PORTAL_SLACK_BOT_TOKEN": secrets["bot_token"],
    }


def probe_entry() -> dict[str, str]:
    """Where a synthetic probe is said, and as whom: the customer with whom every workspace begins."""
    domain = Seed().domain
    return {"team": fixed_id("T", domain), "channel": HELP_CHANNEL_ID, "user": fixed_id("U", domain, "carmen")}


def options(folder: Path, port: int) -> tuple[str, ...]:
    """The options of `ventanilla-devstack slack`. Secrets are in the seed, not in them: anybody can read a command."""
    return (
        "--port", str(port), "--state", str(folder / STATE), "--seed", str(folder / SEED),
        "--limits", "real", "--socket-mode",
    )  # fmt: skip


def is_new(folder: Path) -> bool:
    """Whether there is no workspace yet, so that the teams of its seed count."""
    return not (folder / STATE).exists()


def team_channels(folder: Path) -> str:
    """Where the cards of each team stand, as intake-chat is told: in the channel that each team got in the beginning.

    Teams that came later use the first one's. Empty for a workspace of which nobody remembers with what it began.
    """
    try:
        teams = [str(team) for team in json.loads((folder / TEAMS).read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return ""
    named = [(team, fixed_id("C", Seed().domain, team)) for team in teams]
    return ",".join(f"{team}={channel}" for team, channel in [*named, *(("*", channel) for _, channel in named[:1])])


def write_seed(folder: Path, credentials: Credentials, members: Sequence[TeamMember]) -> None:
    """Write what the local Slack begins with: the tokens each time, people only for a new workspace."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if is_new(folder):
        teams = list(dict.fromkeys(member.team for member in members)) or list(Seed().teams)
        write_whole(folder / TEAMS, json.dumps(teams, ensure_ascii=False) + "\n")
    write_whole(folder / SEED, json.dumps(_seed(credentials.slack, members), ensure_ascii=False, indent=1) + "\n")


def _seed(secrets: Mapping[str, str], members: Sequence[TeamMember]) -> dict[str, Any]:
    teams: dict[str, list[dict[str, str]]] = {}
    for member in members:
        agent = {"handle": member.handle, "name": member.name, "email": member.email}
        locale = _LOCALES.get(member.language, "en-US")
        teams.setdefault(member.team, []).append(agent | {"locale": locale})
    return {
        "app": dict(secrets),
        "teams": [{"handle": team, "agents": agents} for team, agents in teams.items()],
    }
