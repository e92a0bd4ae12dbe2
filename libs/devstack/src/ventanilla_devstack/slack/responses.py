"""What an app answers to an interaction: by `response_url`, in the answer to a command, or to a submitted modal."""

from typing import Any

from ventanilla_devstack.slack import posting, views
from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.records import App, Ephemeral, Json, Message, View
from ventanilla_devstack.slack.site import Site
from ventanilla_devstack.slack.triggers import ResponsePlace
from ventanilla_devstack.slack.web_api.chat import checked_blocks


def answer_at(site: Site, place: ResponsePlace, body: Any) -> None:
    """Do what an app asks at a `response_url`: a new message, the old one replaced, or deleted.

    Raises:
        Refused: `invalid_payload`, `no_text`, `invalid_blocks`, `channel_not_found`, `is_archived`.
    """
    if isinstance(body, str):
        body = {"text": body}
    if not isinstance(body, dict):
        raise Refused("invalid_payload")
    app, workspace = site.workspace.apps[place.app_id], site.workspace
    channel = workspace.channel(place.channel)
    posting.check_open(channel)
    if body.get("delete_original"):
        _delete_original(site, place)
        return
    text, blocks = str(body.get("text") or ""), checked_blocks(body.get("blocks"))
    attachments = body.get("attachments") if isinstance(body.get("attachments"), list) else []
    assert isinstance(attachments, list)
    if not text and not blocks and not attachments:
        raise Refused("no_text")
    if body.get("replace_original") and _replace_original(site, place, text, blocks, attachments):
        return
    thread_ts = str(body.get("thread_ts") or "")
    if body.get("response_type") == "in_channel":
        message = _bot_message(app, place, text, blocks, attachments)
        message.thread_ts = posting.check_thread(channel, thread_ts) if thread_ts else ""
        posting.post(workspace, channel, message)
        return
    posting.post_ephemeral(
        workspace,
        channel,
        app,
        workspace.user(place.user),
        text=text,
        blocks=blocks,
        attachments=attachments,
        thread_ts=thread_ts or place.thread_ts,
    )


def _bot_message(app: App, place: ResponsePlace, text: str, blocks: list[Json], attachments: list[Json]) -> Message:
    return Message(
        ts="",
        channel=place.channel,
        user=app.bot_user,
        text=text,
        blocks=blocks,
        attachments=attachments,
        subtype="bot_message",
        bot_id=app.bot_id,
        app_id=app.id,
    )


def _ephemeral(site: Site, place: ResponsePlace) -> Ephemeral | None:
    shown = site.workspace.ephemerals.get(place.user, [])
    return next((each for each in shown if each.ts == place.message_ts), None)


def _delete_original(site: Site, place: ResponsePlace) -> None:
    if place.ephemeral:
        shown = site.workspace.ephemerals.get(place.user, [])
        site.workspace.ephemerals[place.user] = [each for each in shown if each.ts != place.message_ts]
        views.show_change(site.workspace, place.user)
        return
    channel = site.workspace.channel(place.channel)
    message = channel.messages.get(place.message_ts)
    if message is None or message.app_id != place.app_id:
        raise Refused("message_not_found")
    posting.delete(site.workspace, channel, message)


def _replace_original(site: Site, place: ResponsePlace, text: str, blocks: list[Json], attachments: list[Json]) -> bool:
    if place.ephemeral:
        shown = _ephemeral(site, place)
        if shown is None:
            return False
        shown.text, shown.blocks, shown.attachments = text, blocks, attachments
        views.show_change(site.workspace, place.user)
        return True
    channel = site.workspace.channel(place.channel)
    message = channel.messages.get(place.message_ts)
    if message is None or message.app_id != place.app_id:
        return False
    app = site.workspace.apps[place.app_id]
    posting.change(
        site.workspace, channel, message, editor=app.bot_user, text=text, blocks=blocks, attachments=attachments
    )
    return True


def answer_submission(site: Site, app: App, view: View, answer: Any) -> str:
    """Do what an app answers to a submitted modal; the modal closes if it says nothing.

    Returns:
        "" or, where Slack would show an error to the person, why the answer was unusable.
    """
    workspace, user = site.workspace, view.user
    if answer in (None, "", {}):
        views.close_top(workspace, user)
        return ""
    if not isinstance(answer, dict):
        return "invalid_response"
    what = answer.get("response_action")
    if what == "clear":
        views.close_all(workspace, user)
        return ""
    if what == "errors":
        return _show_errors(site, view, answer.get("errors"))
    if what not in ("update", "push"):
        return "invalid_response_action"
    try:
        if what == "update":
            views.update_modal(workspace, app, view, answer.get("view"))
        else:
            views.push_modal(workspace, app, user, answer.get("view"))
    except Refused as refused:
        messages = refused.fields.get("response_metadata", {}).get("messages", [])
        return ": ".join([refused.code, *messages])
    return ""


def _show_errors(site: Site, view: View, errors: Any) -> str:
    inputs = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        return "invalid_errors: each must name the block_id of an input"
    views.show_errors(site.workspace, view, {name: str(text) for name, text in errors.items()})
    return ""
