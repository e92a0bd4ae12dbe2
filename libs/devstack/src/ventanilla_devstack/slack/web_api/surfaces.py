"""`views.*` and `reactions.*`: modals, App Homes, emoji."""

import re

from ventanilla_devstack.slack import posting, views
from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.records import Channel, Json, Message, View
from ventanilla_devstack.slack.web_api.calls import Call, Method

_EMOJI = re.compile(r"[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?")


def _answer(call: Call, view: View) -> Json:
    return {"view": views.view_shape(call.site.workspace, view)}


def _new(call: Call, *, push: bool) -> Json:
    body = call.arguments.structure("view", "invalid_arguments")
    trigger = call.site.lent.exchange(call.required_text("trigger_id"), call.app.id)
    workspace = call.site.workspace
    if push and not trigger.view_id:
        raise Refused("invalid_trigger_id")
    put = views.push_modal if push else views.open_modal
    try:
        return _answer(call, put(workspace, call.app, trigger.user, body))
    except Refused:
        trigger.used = False  # a refused view has not used the trigger up
        raise


def open_view(call: Call) -> Json:
    """`views.open`: within three seconds of what the person did."""
    return _new(call, push=False)


def push_view(call: Call) -> Json:
    """`views.push`: with the trigger of something done in a modal."""
    return _new(call, push=True)


def update_view(call: Call) -> Json:
    """`views.update`, by `view_id` or `external_id`."""
    view = views.find_view(
        call.site.workspace, call.app, call.arguments.text("view_id"), call.arguments.text("external_id")
    )
    body = call.arguments.structure("view", "invalid_arguments")
    return _answer(call, views.update_modal(call.site.workspace, call.app, view, body, call.arguments.text("hash")))


def publish_view(call: Call) -> Json:
    """`views.publish`: somebody's App Home."""
    body = call.arguments.structure("view", "invalid_arguments")
    user = call.required_text("user_id")
    if user not in call.site.workspace.users:
        raise Refused.with_messages("invalid_arguments", ["[ERROR] must provide a user of this workspace"])
    return _answer(call, views.publish_home(call.site.workspace, call.app, user, body, call.arguments.text("hash")))


def _reacted(call: Call) -> tuple[Channel, Message, str]:
    channel = call.member_channel()
    posting.check_open(channel)
    ts = call.arguments.ts("timestamp", "bad_timestamp")
    if not ts:
        raise Refused("no_item_specified")
    name = call.arguments.text("name").strip(":")
    if not _EMOJI.fullmatch(name):
        raise Refused("invalid_name")
    return channel, call.site.workspace.message(channel, ts), name


def add_reaction(call: Call) -> Json:
    """`reactions.add`."""
    channel, message, name = _reacted(call)
    posting.add_reaction(call.site.workspace, channel, message, call.user, name)
    return {}


def remove_reaction(call: Call) -> Json:
    """`reactions.remove`."""
    channel, message, name = _reacted(call)
    posting.remove_reaction(call.site.workspace, channel, message, call.user, name)
    return {}


def get_reactions(call: Call) -> Json:
    """`reactions.get`, of a message."""
    channel = call.channel()
    ts = call.arguments.ts("timestamp", "bad_timestamp")
    if not ts:
        raise Refused("no_item_specified")
    message = call.site.workspace.message(channel, ts)
    return {"type": "message", "channel": channel.id, "message": call.site.workspace.show_message(channel, message)}


METHODS = {
    "views.open": Method(open_view, 4),
    "views.push": Method(push_view, 4),
    "views.update": Method(update_view, 4),
    "views.publish": Method(publish_view, 4),
    "reactions.add": Method(add_reaction, 3, ("reactions:write",)),
    "reactions.remove": Method(remove_reaction, 2, ("reactions:write",)),
    "reactions.get": Method(get_reactions, 3, ("reactions:read",)),
}
