"""`users.*`, `bots.*`, `team.*`, `auth.*`, `api.test`, `apps.connections.open`: who is who, and how an app gets in."""

from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.records import Json
from ventanilla_devstack.slack.shapes import bot_shape, team_shape
from ventanilla_devstack.slack.web_api.calls import Call, Method
from ventanilla_devstack.slack.web_api.paging import page
from ventanilla_devstack.slack.workspace import Happening

_USERS_DEFAULT = 1_000


def test_api(call: Call) -> Json:
    """`api.test`: says back what it was told."""
    if call.arguments.text("error"):
        raise Refused(call.arguments.text("error"), args=dict(call.arguments.values))
    return {"args": {key: value for key, value in call.arguments.values.items() if key != "token"}}


def test_auth(call: Call) -> Json:
    """`auth.test`."""
    workspace = call.site.workspace
    team = workspace.teams[workspace.home]
    answer: Json = {
        "url": f"https://{team.domain}.slack.com/",
        "team": team.name,
        "user": call.user.name,
        "team_id": team.id,
        "user_id": call.user.id,
    }
    if call.token == call.app.bot_token:
        answer |= {"bot_id": call.app.bot_id, "is_enterprise_install": False}
    return answer


def revoke_auth(call: Call) -> Json:
    """`auth.revoke`: the token is worth nothing from now on; `test=1` only tries."""
    if call.arguments.flag("test"):
        return {"revoked": False}
    if call.token != call.app.bot_token:
        call.site.sign_in.revoke(call.token)
        return {"revoked": True}
    call.app.revoked.append(call.token)
    workspace = call.site.workspace
    for event in (
        {
            "type": "tokens_revoked",
            "tokens": {"oauth": [], "bot": [call.app.bot_user]},
            "event_ts": workspace.next_ts(),
        },
        {"type": "app_uninstalled", "event_ts": workspace.next_ts()},
    ):
        workspace.tell(Happening(event, apps=frozenset({call.app.id})))
    return {"revoked": True}


def open_connection(call: Call) -> Json:
    """`apps.connections.open`: the address for one socket, good once and soon."""
    if call.app.request_url:
        raise Refused("forbidden_method")
    ticket = call.site.sockets.new_ticket(call.app)
    address = call.site.workspace.url.replace("http://", "ws://", 1)
    return {"url": f"{address}/link/?ticket={ticket}&app_id={call.app.id}"}


def team_info(call: Call) -> Json:
    """`team.info`."""
    workspace = call.site.workspace
    team = workspace.teams.get(call.arguments.text("team") or workspace.home)
    if team is None:
        raise Refused("team_not_found")
    return {"team": team_shape(team, workspace.url)}


def bot_info(call: Call) -> Json:
    """`bots.info`; the caller's own bot if none is named."""
    wanted = call.arguments.text("bot") or call.app.bot_id
    for app in call.site.workspace.apps.values():
        if app.bot_id == wanted:
            return {"bot": bot_shape(app)}
    raise Refused("bot_not_found")


def user_info(call: Call) -> Json:
    """`users.info`."""
    user = call.site.workspace.user(call.arguments.text("user"))
    shape = call.site.workspace.show_user(
        user, with_email="users:read.email" in call.scopes, with_locale=call.arguments.flag("include_locale")
    )
    return {"user": shape}


def list_users(call: Call) -> Json:
    """`users.list`: everybody of our own team, deleted ones too; nobody whom a shared channel has brought."""
    workspace = call.site.workspace
    ours = [user for user in workspace.users.values() if user.team_id == workspace.home]
    everybody = sorted(ours, key=lambda user: user.id)
    shown, following = page(
        everybody,
        kind="user",
        cursor=call.arguments.text("cursor"),
        limit=call.limit(_USERS_DEFAULT),
        name=lambda user: user.id,
    )
    with_email, with_locale = "users:read.email" in call.scopes, call.arguments.flag("include_locale")
    members = [workspace.show_user(user, with_email=with_email, with_locale=with_locale) for user in shown]
    return {"members": members, "cache_ts": workspace.now(), "response_metadata": {"next_cursor": following}}


def lookup_by_email(call: Call) -> Json:
    """`users.lookupByEmail`: an active person of our own team."""
    wanted = call.arguments.text("email").strip().lower()
    workspace = call.site.workspace
    for user in workspace.users.values():
        if wanted and user.email.lower() == wanted and not user.deleted and user.team_id == workspace.home:
            return {"user": workspace.show_user(user, with_email=True)}
    raise Refused("users_not_found")


METHODS = {
    "api.test": Method(test_api, 4, takes="none"),
    "auth.test": Method(test_auth, "none"),
    "auth.revoke": Method(revoke_auth, 3),
    "apps.connections.open": Method(open_connection, 1, ("connections:write",), takes="app"),
    "team.info": Method(team_info, 3, ("team:read",)),
    "bots.info": Method(bot_info, 3, ("users:read",)),
    "users.info": Method(user_info, 4, ("users:read",)),
    "users.list": Method(list_users, 2, ("users:read",)),
    "users.lookupByEmail": Method(lookup_by_email, 3, ("users:read.email",)),
}
