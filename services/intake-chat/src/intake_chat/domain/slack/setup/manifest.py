"""The app's manifest: everything that Slack has to be told about the app, in the form in which Slack takes it.

Fields and bounds: https://docs.slack.dev/reference/app-manifest.
"""

from typing import Any, Final

from intake_chat.domain.slack.setup.scopes import BOT_SCOPES, USER_SCOPES

Json = dict[str, Any]

EVENTS: Final = (
    "app_home_opened",
    # Where customers are heard may be closed, left, or opened again: what was said meanwhile is caught up with at once.
    "channel_archive",
    "channel_left",
    "channel_unarchive",
    "group_archive",
    "group_left",
    "group_unarchive",
    "member_joined_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "reaction_added",
    # An answer to whoever has just left is not to pass for delivered.
    "user_change",
)
"""What Slack tells the app of."""
COMMANDS: Final = ("/desk", "/ticket")
TICKET_SHORTCUT: Final = "create_ticket"
NEW_SHORTCUT: Final = "new_ticket"
EVENTS_PATH: Final = "/slack/events"
SIGNED_IN_PATH: Final = "/desk/signed-in"
_LONG: Final = (
    "Ventanilla is the one counter where every request is taken in. Write to it directly or ask in a channel for"
    " customers: your message becomes a ticket, and the answers come into its thread. Agents see cards in their team's"
    " channel, answer, assign, escalate and solve without leaving Slack, and have their queue in the app's Home."
)


def manifest(*, url: str = "", portal: str = "", name: str = "Ventanilla") -> Json:
    """The manifest.

    Args:
        url: where Slack reaches this service (`https://chat.example.com`); empty: Socket Mode.
        portal: where people reach the portal, if agents are to sign in to it with Slack; empty: they are not.
        name: what the app is called.
    """
    events_url = f"{url.rstrip('/')}{EVENTS_PATH}" if url else ""
    scopes: Json = {"bot": [scope.name for scope in BOT_SCOPES]}
    oauth: Json = {"scopes": scopes}
    if portal:
        scopes["user"] = [scope.name for scope in USER_SCOPES]
        oauth["redirect_urls"] = [f"{portal.rstrip('/')}{SIGNED_IN_PATH}"]
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": name,
            "description": "Ask for help, get an answer: the help desk in Slack.",
            "long_description": _LONG,
            "background_color": "#1f4e5f",
        },
        "features": _features(name, events_url),
        "oauth_config": oauth,
        "settings": {
            "event_subscriptions": {**_at(events_url), "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **_at(events_url), **_at(events_url, "message_menu_options_url")},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }


def _features(name: str, events_url: str) -> Json:
    return {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
        "bot_user": {"display_name": name, "always_online": True},
        "shortcuts": [
            {
                # Slack shows no more than 24 characters.
                "name": "Create ticket from this",
                "type": "message",
                "callback_id": TICKET_SHORTCUT,
                "description": "Make a ticket of this message and answer in its thread",
            },
            {
                "name": "New ticket",
                "type": "global",
                "callback_id": NEW_SHORTCUT,
                "description": "Ask the help desk for something",
            },
        ],
        "slash_commands": [
            {
                "command": "/desk",
                **_at(events_url, "url"),
                "description": "For agents: find, list, assign, solve, or open a ticket for a customer",
                "usage_hint": "help | mine | queue | find words | new",
                "should_escape": True,
            },
            {
                "command": "/ticket",
                **_at(events_url, "url"),
                "description": "Ask the help desk for something",
                "usage_hint": "what you need",
                "should_escape": True,
            },
        ],
    }


def _at(url: str, field: str = "request_url") -> Json:
    """Where Slack sends it; with Socket Mode nothing is said of that."""
    return {field: url} if url else {}
