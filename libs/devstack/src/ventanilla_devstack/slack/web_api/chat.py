"""`chat.*`: messages that an app posts, changes, deletes and shows to one person."""

import json
import re
from typing import Any

from ventanilla_devstack.slack import membership, posting
from ventanilla_devstack.slack.blocks import TEXT_IN_MESSAGE_BLOCKS, check_blocks, text_length, with_ids
from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.records import App, Channel, Json, Message
from ventanilla_devstack.slack.web_api.calls import Arguments, Call, Method

_ATTACHMENTS = 100
_EVENT_TYPE = re.compile(r"[\w.]{1,255}")


def _content(
    arguments: Arguments, *, needed: bool = True, longest: int | None = posting.TEXT_LIMIT
) -> tuple[str, list[Json], list[Json]]:
    """Text, blocks and attachments of a message.

    Args:
        needed: whether one of them must be there.
        longest: characters of the text; None if the caller cuts it.

    Raises:
        Refused: `no_text`, `msg_too_long`, `invalid_blocks`, `invalid_blocks_format`, `msg_blocks_too_long`,
            `invalid_attachments`, `too_many_attachments`.
    """
    text = arguments.text("text")
    blocks = checked_blocks(arguments.structure("blocks", "invalid_blocks_format"))
    attachments = _checked_attachments(arguments.structure("attachments", "invalid_attachments"))
    if longest is not None and len(text) > longest:
        raise Refused("msg_too_long")
    if needed and not text.strip() and not blocks and not attachments:
        raise Refused("no_text")
    return text, blocks, attachments


def checked_blocks(blocks: Any) -> list[Json]:
    """The blocks of a message as they are kept.

    Raises:
        Refused: `invalid_blocks_format`, `invalid_blocks` with what is wrong, `msg_blocks_too_long`.
    """
    if blocks is None:
        return []
    if not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    found = check_blocks(blocks, "message")
    if found:
        messages = [f"[ERROR] {sentence}" for sentence in found]
        raise Refused("invalid_blocks", errors=found, response_metadata={"messages": messages})
    if text_length(blocks) > TEXT_IN_MESSAGE_BLOCKS:
        raise Refused("msg_blocks_too_long")
    return with_ids(blocks)


def _checked_attachments(attachments: Any) -> list[Json]:
    if attachments is None:
        return []
    if not isinstance(attachments, list) or not all(isinstance(each, dict) for each in attachments):
        raise Refused("invalid_attachments")
    if len(attachments) > _ATTACHMENTS:
        raise Refused("too_many_attachments")
    kept = []
    for number, attachment in enumerate(attachments):
        own = checked_blocks(attachment.get("blocks")) if attachment.get("blocks") else []
        kept.append(
            {"id": number + 1, "fallback": "[no preview available]", **attachment, **({"blocks": own} if own else {})}
        )
    return kept


def _metadata(arguments: Arguments) -> Json | None:
    value = arguments.structure("metadata", "invalid_metadata_format")
    if value is None:
        return None
    if value == {}:
        return {}
    if not isinstance(value, dict) or set(value) - {"event_type", "event_payload", "entities"}:
        raise Refused("invalid_metadata_format")
    kind, payload = value.get("event_type"), value.get("event_payload")
    if not isinstance(kind, str) or not _EVENT_TYPE.fullmatch(kind) or not isinstance(payload, dict):
        raise Refused("invalid_metadata_format")
    if len(json.dumps(value)) > posting.METADATA_BYTES:
        raise Refused("metadata_too_large")
    return value


def _where_to_post(call: Call) -> Channel:
    """The conversation that an app posts to: an id, a name, or a person for their direct messages.

    Raises:
        Refused: `channel_not_found`, `not_in_channel`, `is_archived`.
    """
    workspace, name = call.site.workspace, call.required_text("channel")
    if name in workspace.users:
        # Who is deactivated still gets messages in a conversation that there was (python-slack-sdk#1156).
        present = membership.find_direct(workspace, [call.user.id, name])
        channel = present or membership.open_direct(workspace, call.user, [workspace.user(name)])[0]
    else:
        channel = workspace.channel_named(name)
    if call.user.id not in channel.members:
        if channel.kind != "public":
            raise Refused("channel_not_found")
        if "chat:write.public" not in call.scopes or channel.is_shared_with_others:
            raise Refused("not_in_channel")
    posting.check_open(channel)
    return channel


def post_message(call: Call) -> Json:
    """`chat.postMessage`. A text that is too long is cut, and a warning says so."""
    arguments, workspace = call.arguments, call.site.workspace
    channel = _where_to_post(call)
    text, blocks, attachments = _content(arguments, longest=None)
    thread = arguments.ts("thread_ts", "invalid_thread_ts")
    message = _app_message(call.app, channel, text[: posting.TEXT_LIMIT], team=workspace.home)
    message.blocks, message.attachments = blocks, attachments
    message.thread_ts = posting.thread_of_app(channel, thread) if thread else ""
    message.metadata = _metadata(arguments) or {}
    _dress(call, message)
    posting.post(workspace, channel, message, broadcast=arguments.flag("reply_broadcast"))
    shown = workspace.show_message(channel, message, metadata=True)
    cut = {"warning": "message_truncated", "response_metadata": {"warnings": ["message_truncated"]}}
    return {"channel": channel.id, "ts": message.ts, "message": shown} | (cut if message.text != text else {})


def _app_message(app: App, channel: Channel, text: str, *, team: str) -> Message:
    return Message(ts="", channel=channel.id, user=app.bot_user, text=text, team=team, bot_id=app.bot_id, app_id=app.id)


def _dress(call: Call, message: Message) -> None:
    """Give a message another name and picture, which needs a scope of its own; without it they are left out."""
    name, emoji, url = (call.arguments.text(key) for key in ("username", "icon_emoji", "icon_url"))
    if not (name or emoji or url) or "chat:write.customize" not in call.scopes:
        return
    message.subtype = "bot_message"
    message.username = name or call.app.name
    message.icons = {"emoji": emoji} if emoji else {"image_48": url} if url else {}


def update_message(call: Call) -> Json:
    """`chat.update`."""
    arguments, workspace = call.arguments, call.site.workspace
    channel = call.channel()
    message = workspace.message(channel, call.required_text("ts"))
    if message.app_id != call.app.id or message.subtype == "tombstone":
        raise Refused("cant_update_message")
    if channel.archived:
        raise Refused("is_inactive")
    files = arguments.names("file_ids")
    text, blocks, attachments = _content(arguments, needed=not files, longest=posting.CHANGED_TEXT_LIMIT)
    metadata = _metadata(arguments)
    changed: dict[str, Any] = {"metadata": message.metadata if metadata is None else metadata}
    # Only what is given is replaced: a text alone takes the blocks away, blocks alone keep the text.
    if "blocks" in arguments.values or "text" in arguments.values:
        changed["blocks"] = blocks
    if "attachments" in arguments.values:
        changed["attachments"] = attachments
    if files:
        changed["files"] = [*message.files, *(file for file in files if file in workspace.files)]
    if arguments.flag("reply_broadcast") and message.thread_ts:
        changed["subtype"] = "thread_broadcast"
    kept_text = text if "text" in arguments.values else message.text
    posting.change(workspace, channel, message, editor=call.user.id, text=kept_text, **changed)
    shown = workspace.show_message(channel, message, metadata=True)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


def delete_message(call: Call) -> Json:
    """`chat.delete`."""
    channel = call.channel()
    message = call.site.workspace.message(channel, call.required_text("ts"))
    if message.app_id != call.app.id or message.subtype == "tombstone":
        raise Refused("cant_delete_message")
    posting.delete(call.site.workspace, channel, message)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(call: Call) -> Json:
    """`chat.postEphemeral`."""
    workspace = call.site.workspace
    channel = call.channel()
    posting.check_open(channel)
    if call.user.id not in channel.members and "chat:write.public" not in call.scopes:
        raise Refused("not_in_channel")
    user = call.required_text("user")
    if user not in channel.members or user not in workspace.users:
        raise Refused("user_not_in_channel")
    text, blocks, attachments = _content(call.arguments)
    thread = call.arguments.ts("thread_ts", "invalid_thread_ts")
    shown = posting.post_ephemeral(
        workspace,
        channel,
        call.app,
        workspace.users[user],
        text=text,
        blocks=blocks,
        attachments=attachments,
        thread_ts=posting.check_thread(channel, thread) if thread else "",
    )
    return {"message_ts": shown.ts}


def get_permalink(call: Call) -> Json:
    """`chat.getPermalink`."""
    channel = call.channel()
    message = call.site.workspace.message(channel, call.required_text("message_ts"))
    return {"channel": channel.id, "permalink": permalink(call.site.workspace.url, channel, message)}


def permalink(url: str, channel: Channel, message: Message) -> str:
    """The address of a message on our page."""
    address = f"{url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    return f"{address}?thread_ts={message.thread_ts}&cid={channel.id}" if message.thread_ts else address


METHODS = {
    "chat.postMessage": Method(post_message, "post", ("chat:write",)),
    "chat.update": Method(update_message, 3, ("chat:write",)),
    "chat.delete": Method(delete_message, 3, ("chat:write",)),
    "chat.postEphemeral": Method(post_ephemeral, 4, ("chat:write",)),
    "chat.getPermalink": Method(get_permalink, "none"),
}
