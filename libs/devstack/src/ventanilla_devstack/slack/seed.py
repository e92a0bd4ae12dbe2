"""The workspace that a local Slack starts with: customers in two languages, agents by team, a guest, a stranger.

A seed file may name the teams and their agents, more people, and the app's tokens; what it leaves out is made.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ventanilla_devstack.errors import Unsuitable
from ventanilla_devstack.slack.ids import fixed_id, new_secret
from ventanilla_devstack.slack.records import SLACKBOT, App, Channel, ChannelKind, Json, Team, User
from ventanilla_devstack.slack.workspace import Workspace

HELP_CHANNEL, PARTNER_CHANNEL = "ayuda", "socios"
_TEAMS, _AGENTS = 50, 200
_KNOWN = frozenset({"workspace", "teams", "people", "app"})

BOT_SCOPES = (
    "channels:history", "channels:join", "channels:read", "chat:write", "commands", "files:read", "files:write",
    "groups:history", "groups:read", "im:history", "im:read", "im:write", "reactions:read", "team:read", "users:read",
    "users:read.email",
)  # fmt: skip
"""What the manifest of the desk's app asks for, and not a right more: what works here must work with it."""
EVENTS = (
    "app_home_opened", "channel_archive", "channel_left", "channel_unarchive", "group_archive", "group_left",
    "group_unarchive", "member_joined_channel", "message.channels", "message.groups", "message.im", "reaction_added",
    "user_change",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody of a team."""

    handle: str
    name: str
    email: str
    locale: str = "es-ES"


@dataclass(frozen=True, slots=True)
class Seed:
    """What a new workspace is made of.

    Attributes:
        teams: a team's handle to its agents; each has a private channel of that name.
        people: fields of more users, as `User` has them, with `handle` and `name`.
        app: fields of the app that shall be as given (`bot_token`, `signing_secret`, `commands`, …).
    """

    name: str = "Ejemplo"
    domain: str = "ejemplo"
    teams: Mapping[str, tuple[Agent, ...]] = field(default_factory=lambda: {"soporte": _two("soporte")})
    people: tuple[Json, ...] = ()
    app: Json = field(default_factory=dict)


def _two(team: str) -> tuple[Agent, ...]:
    return (
        Agent(f"{team}-eva", "Eva Ruiz", f"eva@{team}.example"),
        Agent(f"{team}-tom", "Tom Baker", f"tom@{team}.example", "en-US"),
    )


def read_seed(path: Path) -> Seed:
    """A seed from a JSON file.

    The file: `{"workspace": {"name", "domain"}, "teams": [{"handle", "agents": [{"handle", "name", "email",
    "locale"}]}], "people": […], "app": {"bot_token", …}}`; any part may be absent; a team without agents gets two.

    Raises:
        Unsuitable: it is no such file.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        return _parsed(given)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Unsuitable(f"{path} is no seed for the local Slack ({error}): see docs/fidelity.md") from error


def _parsed(given: Any) -> Seed:
    unknown = set(given) - _KNOWN
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    teams: dict[str, tuple[Agent, ...]] = {}
    for team in given.get("teams", [])[:_TEAMS]:
        agents = tuple(Agent(**agent) for agent in team.get("agents", [])[:_AGENTS])
        teams[team["handle"]] = agents or _two(team["handle"])
    workspace = given.get("workspace", {})
    return Seed(
        name=str(workspace.get("name", "Ejemplo")),
        domain=str(workspace.get("domain", "ejemplo")),
        people=tuple(given.get("people", [])),
        app=dict(given.get("app", {})),
        **({"teams": teams} if teams else {}),
    )


def new_workspace(seed: Seed, clock: Callable[[], float]) -> Workspace:
    """A workspace with everything that a seed names. Its ids are the same each time."""
    home = Team(fixed_id("T", seed.domain), seed.name, seed.domain)
    partner = Team(fixed_id("T", "socio"), "Socio S.L.", "socio")
    workspace = Workspace(home=home.id, clock=clock, teams={home.id: home, partner.id: partner})
    app = _app(seed, workspace)
    workspace.apps[app.id] = app
    for user in _people(seed, workspace, partner):
        workspace.add_user(user)
    _add_channels(seed, workspace, app)
    return workspace


def _app(seed: Seed, workspace: Workspace) -> App:
    made: Json = {
        "id": fixed_id("A", "ventanilla"),
        "name": "Ventanilla",
        "bot_id": fixed_id("B", "ventanilla"),
        "bot_user": fixed_id("U", "ventanilla", "bot"),
        "bot_token": new_secret("xoxb-"),
        "app_token": new_secret("xapp-1-"),
        "signing_secret": new_secret(),
        "verification_token": new_secret(size_bytes=12),
        "client_id": fixed_id("", seed.domain, "client").lower(),
        "client_secret": new_secret(),
        "scopes": list(BOT_SCOPES),
        "events": list(EVENTS),
        "commands": ["/ticket", "/desk"],
        "message_shortcuts": {"create_ticket": "Create ticket from this"},
        "global_shortcuts": {"new_ticket": "New ticket"},
        "redirect_urls": ["http://127.0.0.1", "http://localhost"],
    }
    app = App(**(made | seed.app))
    bot = User(
        app.bot_user, workspace.home, app.name.lower(), app.name, membership="bot", bot_id=app.bot_id, app_id=app.id
    )
    workspace.add_user(bot)
    return app


def _people(seed: Seed, workspace: Workspace, partner: Team) -> list[User]:
    home, domain = workspace.home, seed.domain
    slackbot = User(SLACKBOT, home, "slackbot", "Slackbot", membership="bot")

    def person(handle: str, name: str, email: str, locale: str = "es-ES", **more: Any) -> User:
        return User(
            fixed_id("U", domain, handle), more.pop("team_id", home), handle, name, email, locale=locale, **more
        )

    people = [
        slackbot,
        person("carmen", "Carmen Vidal", f"carmen@{domain}.example"),
        person("john", "John Smith", f"john@{domain}.example", "en-US", tz="Europe/London"),
        person("invitada", "Inés Prado", "ines@invitada.example", membership="single_channel_guest"),
        person("marta-socio", "Marta Socio", "marta@socio.example", team_id=partner.id),
    ]
    people += [
        person(agent.handle, agent.name, agent.email, agent.locale, title="Agent")
        for agents in seed.teams.values()
        for agent in agents
    ]
    for given in seed.people:
        more = dict(given)
        people.append(person(more.pop("handle"), more.pop("name"), more.pop("email", ""), **more))
    return list({user.id: user for user in people}.values())


def _add_channels(seed: Seed, workspace: Workspace, app: App) -> None:
    at = workspace.now()
    by_handle = {user.name: user.id for user in workspace.users.values()}
    agents = [by_handle[agent.handle] for team in seed.teams.values() for agent in team]
    customers = [by_handle[name] for name in ("carmen", "john", "invitada")]

    def add(name: str, kind: ChannelKind, members: list[str], creator: str, **more: Any) -> None:
        members = list(dict.fromkeys([*members, app.bot_user]))
        teams = list(dict.fromkeys([workspace.home, *(workspace.users[user].team_id for user in members)]))
        channel = Channel(
            fixed_id("C", seed.domain, name), name, kind, workspace.home, creator, at, members, teams, **more
        )
        workspace.add_channel(channel)

    more_people = [by_handle[str(given["handle"])] for given in seed.people]
    creator = agents[0] if agents else by_handle["carmen"]
    add("general", "public", [*agents, *customers[:2]], creator)
    add(HELP_CHANNEL, "public", [*customers, *agents, *more_people], creator, purpose="Aquí se pide ayuda")
    add(PARTNER_CHANNEL, "public", [*agents, by_handle["marta-socio"]], creator, purpose="Con Socio S.L.")
    for handle, members in seed.teams.items():
        add(handle, "private", [by_handle[agent.handle] for agent in members], creator)
