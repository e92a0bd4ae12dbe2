"""The payloads that tell an app what a person has done: pressed, chosen, submitted, closed, called for.

Fields and types follow recorded payloads and docs.slack.dev/reference/interaction-payloads.
"""

from dataclasses import dataclass
from typing import Any

from ventanilla_devstack.slack.records import App, Channel, Ephemeral, Json, Message, User, View
from ventanilla_devstack.slack.site import Site
from ventanilla_devstack.slack.triggers import ResponsePlace
from ventanilla_devstack.slack.view_state import current_values
from ventanilla_devstack.slack.views import view_shape

_BUTTON_KEYS = ("text", "value", "url", "style")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a person acts: a message, a message that only they see, or a view.

    Attributes:
        blocks: the blocks that stand there.
        app: whose they are.
    """

    app: App
    blocks: list[Json]
    channel: Channel | None = None
    message: Message | None = None
    ephemeral: Ephemeral | None = None
    view: View | None = None


def _person(user: User) -> Json:
    return {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id}


def _head(site: Site, app: App, user: User, kind: str) -> Json:
    team = site.workspace.teams[user.team_id]
    return {
        "type": kind,
        "user": _person(user),
        "api_app_id": app.id,
        "token": app.verification_token,
        "team": {"id": team.id, "domain": team.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def channel_words(channel: Channel) -> Json:
    """A conversation as interactions name it: private ones keep their names to themselves."""
    name = {"im": "directmessage", "private": "privategroup"}.get(channel.kind, channel.name)
    return {"id": channel.id, "name": name}


def response_url(site: Site, place: ResponsePlace) -> str:
    """An address to answer to."""
    return f"{site.workspace.url}/actions/{site.workspace.home}/{site.lent.new_place(place)}"


def block_actions(site: Site, user: User, spot: Spot, actions: list[Json], message_values: Json) -> Json:
    """Somebody pressed a button or chose something in a message, in a modal or in the Home."""
    payload = _head(site, spot.app, user, "block_actions")
    payload["trigger_id"] = site.lent.new_trigger(spot.app.id, user.id, _modal_id(spot))
    if spot.view is not None:
        payload["container"] = {"type": "view", "view_id": spot.view.id}
        payload["view"] = view_shape(site.workspace, spot.view)
        return payload | {"actions": actions}
    assert spot.channel
    thread_ts = (spot.message or spot.ephemeral).thread_ts  # type: ignore[union-attr]  # a spot has one of the three
    ts = spot.message.ts if spot.message else spot.ephemeral.ts if spot.ephemeral else ""
    place = ResponsePlace(
        spot.app.id, user.id, spot.channel.id, site.workspace.clock(), thread_ts, ts, spot.ephemeral is not None
    )
    container: Json = {
        "type": "message",
        "message_ts": ts,
        "channel_id": spot.channel.id,
        "is_ephemeral": spot.ephemeral is not None,
    }
    if thread_ts:
        container["thread_ts"] = thread_ts
    payload |= {
        "container": container,
        "channel": channel_words(spot.channel),
        "state": {"values": current_values(spot.blocks, message_values)},
        "response_url": response_url(site, place),
        "actions": actions,
    }
    if spot.message is not None:
        payload["message"] = site.workspace.show_message(spot.channel, spot.message)
    return payload


def _modal_id(spot: Spot) -> str:
    return spot.view.id if spot.view is not None and spot.view.kind == "modal" else ""


def action(block: Json, element: Json, state: Json, at: str) -> Json:
    """One entry of `actions`: what was pressed or chosen."""
    kept = {key: element[key] for key in _BUTTON_KEYS if key in element} if element["type"] == "button" else {}
    if "placeholder" in element:
        kept["placeholder"] = element["placeholder"]
    chosen = {key: value for key, value in state.items() if key != "type"}
    return {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        **kept,
        **chosen,
        "action_ts": at,
    }


def view_submission(site: Site, user: User, app: App, view: View) -> Json:
    """Somebody submitted a modal."""
    payload = _head(site, app, user, "view_submission")
    trigger = site.lent.new_trigger(app.id, user.id, view.id)
    return payload | {
        "trigger_id": trigger,
        "view": view_shape(site.workspace, view),
        "response_urls": _response_urls(site, user, app, view),
    }


def _response_urls(site: Site, user: User, app: App, view: View) -> list[Json]:
    urls = []
    for block in view.body["blocks"]:
        element = block.get("element") or {}
        if element.get("response_url_enabled"):
            state = current_values(view.body["blocks"], view.values)[block["block_id"]][element["action_id"]]
            channel = state.get("selected_conversation") or state.get("selected_channel")
            if channel:
                place = ResponsePlace(app.id, user.id, channel, site.workspace.clock())
                urls.append(
                    {
                        "block_id": block["block_id"],
                        "action_id": element["action_id"],
                        "channel_id": channel,
                        "response_url": response_url(site, place),
                    }
                )
    return urls


def view_closed(site: Site, user: User, app: App, view: View, *, all_of_them: bool) -> Json:
    """Somebody closed a modal whose app wants to know."""
    payload = _head(site, app, user, "view_closed")
    return payload | {
        "view": view_shape(site.workspace, view),
        "is_cleared": all_of_them,
        "response_urls": [],
    }


def suggestion(site: Site, user: User, spot: Spot, block: Json, element: Json, typed: str) -> Json:
    """Somebody types in a select whose options the app knows."""
    payload = _head(site, spot.app, user, "block_suggestion")
    payload |= {"action_id": element["action_id"], "block_id": block["block_id"], "value": typed}
    if spot.view is not None:
        payload |= {
            "container": {"type": "view", "view_id": spot.view.id},
            "view": view_shape(site.workspace, spot.view),
        }
    elif spot.channel is not None:
        ts = spot.message.ts if spot.message else spot.ephemeral.ts if spot.ephemeral else ""
        payload |= {
            "container": {
                "type": "message",
                "message_ts": ts,
                "channel_id": spot.channel.id,
                "is_ephemeral": spot.ephemeral is not None,
            },
            "channel": channel_words(spot.channel),
        }
        if spot.message is not None:
            payload["message"] = site.workspace.show_message(spot.channel, spot.message)
    return payload


def global_shortcut(site: Site, user: User, app: App, callback_id: str, at: str) -> Json:
    """Somebody chose a shortcut of the app in the compose box or the search."""
    payload = _head(site, app, user, "shortcut")
    payload.pop("api_app_id")
    return payload | {
        "action_ts": at,
        "callback_id": callback_id,
        "trigger_id": site.lent.new_trigger(app.id, user.id),
    }


def message_shortcut(
    site: Site, user: User, app: App, callback_id: str, channel: Channel, message: Message, at: str
) -> Json:
    """Somebody chose a shortcut of the app in the menu of a message."""
    payload = _head(site, app, user, "message_action")
    payload.pop("api_app_id")
    place = ResponsePlace(app.id, user.id, channel.id, site.workspace.clock(), message.thread_ts, message.ts)
    return payload | {
        "action_ts": at,
        "callback_id": callback_id,
        "trigger_id": site.lent.new_trigger(app.id, user.id),
        "response_url": response_url(site, place),
        "message_ts": message.ts,
        "channel": channel_words(channel),
        "message": site.workspace.show_message(channel, message),
    }


def slash_command(site: Site, user: User, app: App, command: str, text: str, channel: Channel) -> dict[str, Any]:
    """Somebody wrote a command; all values are text, because over HTTP it is a form."""
    team = site.workspace.teams[user.team_id]
    place = ResponsePlace(app.id, user.id, channel.id, site.workspace.clock())
    return {
        "token": app.verification_token,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": channel_words(channel)["name"],
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": app.id,
        "is_enterprise_install": "false",
        "response_url": response_url(site, place).replace("/actions/", "/commands/", 1),
        "trigger_id": site.lent.new_trigger(app.id, user.id),
    }
