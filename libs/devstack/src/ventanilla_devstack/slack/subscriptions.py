"""Which app learns of what, and the envelope in which it does."""

import base64
import json

from ventanilla_devstack.slack.ids import new_id
from ventanilla_devstack.slack.records import App, Channel, Json
from ventanilla_devstack.slack.workspace import Happening, Workspace

_HISTORY = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}
_SCOPES = {
    "app_mention": "app_mentions:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "team_join": "users:read",
    "user_change": "users:read",
    "file_shared": "files:read",
    "file_deleted": "files:read",
    "channel_created": "channels:read",
    "channel_rename": "channels:read",
    "channel_archive": "channels:read",
    "channel_unarchive": "channels:read",
    "channel_left": "channels:read",
    "channel_shared": "channels:read",
    "group_rename": "groups:read",
    "group_archive": "groups:read",
    "group_unarchive": "groups:read",
    "group_left": "groups:read",
}
# Channels that anybody may see are told of to apps that are no members too.
_WITHOUT_MEMBERSHIP = frozenset({"channel_created", "channel_rename", "channel_archive", "channel_unarchive"})


def subscription_of(event: Json) -> str:
    """What an app subscribes to in order to get an event, such as `message.im` or `reaction_added`."""
    if event["type"] == "message":
        kind = event.get("channel_type", "channel")
        return f"message.{'groups' if kind == 'group' else 'channels' if kind == 'channel' else kind}"
    return str(event["type"])


def scope_for(event: Json, channel: Channel | None) -> str:
    """The scope without which an app does not get an event; "" if none is needed."""
    if event["type"] == "message":
        return f"{_HISTORY[event.get('channel_type', 'channel')]}:history"
    if event["type"] in ("member_joined_channel", "member_left_channel"):
        return "channels:read" if channel is None or channel.kind == "public" else "groups:read"
    return _SCOPES.get(event["type"], "")


def hears(workspace: Workspace, app: App, happening: Happening) -> bool:
    """Whether an app learns of something: it is subscribed, has the scope, and its bot is where it happened."""
    event = happening.event
    if happening.local or (happening.apps is not None and app.id not in happening.apps):
        return False
    if not app.request_url and app.app_token_revoked:
        return False
    if subscription_of(event) not in app.events:
        return False
    channel = workspace.channels.get(happening.channel)
    scope = scope_for(event, channel)
    if scope and scope not in app.scopes:
        return False
    if app.bot_token in app.revoked and event["type"] not in ("tokens_revoked", "app_uninstalled"):
        return False
    return channel is None or app.bot_user in channel.members or event["type"] in _WITHOUT_MEMBERSHIP


def envelope(workspace: Workspace, app: App, happening: Happening) -> Json:
    """The `event_callback` around an event, with an id of its own."""
    channel = workspace.channels.get(happening.channel)
    shared = channel is not None and channel.is_shared_with_others
    team = happening.actor_team if shared and happening.actor_team else workspace.home
    context = {"et": happening.event["type"], "tid": workspace.home, "aid": app.id, "cid": happening.channel}
    authorization = {
        "enterprise_id": None,
        "team_id": workspace.home,
        "user_id": app.bot_user,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": app.verification_token,
        "team_id": team,
        "context_team_id": workspace.home,
        "context_enterprise_id": None,
        "api_app_id": app.id,
        "event": happening.event,
        "type": "event_callback",
        "event_id": new_id("Ev"),
        "event_time": workspace.now(),
        "authorizations": [authorization],
        "is_ext_shared_channel": shared,
        "event_context": "4-" + base64.urlsafe_b64encode(json.dumps(context).encode()).decode().rstrip("="),
    }
