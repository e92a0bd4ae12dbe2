"""What happens to messages: posted, changed, deleted, reacted to; and the events that tell of it."""

from ventanilla_devstack.slack import channel_log
from ventanilla_devstack.slack.composing import mentioned_users
from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.records import App, Channel, Ephemeral, Json, Message, User
from ventanilla_devstack.slack.shapes import event_channel_type
from ventanilla_devstack.slack.workspace import Happening, Workspace

TEXT_LIMIT, CHANGED_TEXT_LIMIT = 40_000, 4_000
METADATA_BYTES = 8 * 1024
_EPHEMERALS_KEPT = 200
_REACTIONS_ON_MESSAGE = 23
_QUIET_SUBTYPES = frozenset({"channel_join", "channel_leave", "channel_name", "channel_archive", "channel_unarchive"})


def check_open(channel: Channel) -> None:
    """Nothing is written in an archived conversation.

    Raises:
        Refused: `is_archived`.
    """
    if channel.archived:
        raise Refused("is_archived")


def check_thread(channel: Channel, thread_ts: str) -> str:
    """The parent's time stamp for a reply; a reply to a reply belongs to the same thread.

    Raises:
        Refused: `thread_not_found`; `cannot_reply_to_message` for a notice that somebody joined.
    """
    parent = channel.messages.get(thread_ts)
    if parent is None:
        raise Refused("thread_not_found")
    if parent.subtype in _QUIET_SUBTYPES:
        raise Refused("cannot_reply_to_message")
    return parent.thread_ts or parent.ts


def thread_of_app(channel: Channel, thread_ts: str) -> str:
    """The thread into which an app's reply goes; "" if there is no such thread.

    Slack then shows the reply in the channel, and says so only by leaving `thread_ts` out of its answer
    (slack-go/slack#1571).

    Raises:
        Refused: `cannot_reply_to_message`.
    """
    return check_thread(channel, thread_ts) if thread_ts in channel.messages else ""


def post(workspace: Workspace, channel: Channel, message: Message, *, broadcast: bool = False) -> Message:
    """Put a message into a conversation and tell of it.

    Args:
        message: complete but for its `ts`, which is given here.
        broadcast: a reply that is shown in the channel too.
    """
    message.ts = workspace.next_ts(channel)
    if broadcast and message.thread_ts:
        message.subtype = message.subtype or "thread_broadcast"
    channel_log.add(channel, message)
    for file in message.files:
        if file in workspace.files:
            workspace.files[file].shares.setdefault(channel.id, []).append(message.ts)
    _tell_of(workspace, channel, message)
    for file in message.files:
        _tell_of_file(workspace, channel, message, file)
    return message


def _shape_for_event(workspace: Workspace, channel: Channel, message: Message) -> Json:
    """A message as an event holds it: in a shared channel its files are only named, and `files.info` tells the rest."""
    shape = workspace.show_message(channel, message)
    if channel.is_shared_with_others and "files" in shape:
        shape["files"] = [
            {
                "id": file["id"],
                "mode": "file_access",
                "file_access": "check_file_info",
                "created": 0,
                "timestamp": 0,
                "user": "",
            }
            for file in shape["files"]
        ]
    return shape


def _tell_of(workspace: Workspace, channel: Channel, message: Message) -> None:
    shape = _shape_for_event(workspace, channel, message)
    for key in ("reply_count", "reply_users_count", "latest_reply", "reply_users", "is_locked", "subscribed"):
        shape.pop(key, None)
    if message.subtype == "thread_broadcast" and message.thread_ts in channel.messages:
        shape["root"] = _shape_for_event(workspace, channel, channel.messages[message.thread_ts])
    event = shape | {
        "channel": channel.id,
        "event_ts": message.ts,
        "channel_type": event_channel_type(channel),
    }
    team = _team_of(workspace, message.user)
    workspace.tell(Happening(event, channel.id, actor_team=team))
    if channel.kind in ("public", "private") and message.subtype in ("", "file_share", "thread_broadcast"):
        _tell_of_mentions(workspace, channel, message, event, team)


def _tell_of_mentions(workspace: Workspace, channel: Channel, message: Message, event: Json, team: str) -> None:
    for user in mentioned_users(message.text):
        app = workspace.app_of_bot(user)
        if app is not None and app.id != message.app_id:
            mention = {key: value for key, value in event.items() if key not in ("channel_type", "subtype")}
            mention["type"] = "app_mention"
            workspace.tell(Happening(mention, channel.id, apps=frozenset({app.id}), actor_team=team))


def _tell_of_file(workspace: Workspace, channel: Channel, message: Message, file: str) -> None:
    event = {
        "type": "file_shared",
        "file_id": file,
        "user_id": message.user,
        "file": {"id": file},
        "channel_id": channel.id,
        "event_ts": message.ts,
    }
    workspace.tell(Happening(event, channel.id, actor_team=_team_of(workspace, message.user)))


def _team_of(workspace: Workspace, user: str) -> str:
    found = workspace.users.get(user)
    return found.team_id if found else workspace.home


def change(
    workspace: Workspace, channel: Channel, message: Message, *, editor: str, text: str, **changed: object
) -> Message:
    """Give a message another content and tell of it.

    Args:
        editor: who does it.
        text: the new text.
        changed: other fields of the message (`blocks`, `attachments`, `metadata`, `files`, `subtype`).
    """
    before = _shape_for_event(workspace, channel, message)
    message.text = text
    for key, value in changed.items():
        setattr(message, key, value)
    if not (message.app_id and message.blocks):  # Slack shows no "edited" on an app's message that has blocks
        message.edited = {"user": editor, "ts": f"{workspace.now()}.000000"}
    at = workspace.next_ts(channel)
    event = {
        "type": "message",
        "subtype": "message_changed",
        "message": _shape_for_event(workspace, channel, message) | _teams_of(message),
        "previous_message": before,
        "channel": channel.id,
        "hidden": True,
        "ts": at,
        "event_ts": at,
        "channel_type": event_channel_type(channel),
    }
    workspace.tell(Happening(event, channel.id, actor_team=_team_of(workspace, editor)))
    return message


def _teams_of(message: Message) -> Json:
    return {"source_team": message.team, "user_team": message.team} if message.team else {}


def delete(workspace: Workspace, channel: Channel, message: Message) -> None:
    """Take a message away and tell of it; a parent with replies becomes a tombstone, which is told as a change.

    A tombstone goes with its last reply.
    """
    before = _shape_for_event(workspace, channel, message)
    tombstone = channel_log.take_out(channel, message)
    at = workspace.next_ts(channel)
    for file in message.files:
        if file in workspace.files:
            workspace.files[file].shares.pop(channel.id, None)
    event: Json = {
        "type": "message",
        "subtype": "message_changed" if tombstone else "message_deleted",
        "previous_message": before,
        "channel": channel.id,
        "hidden": True,
        "ts": at,
        "event_ts": at,
        "channel_type": event_channel_type(channel),
    }
    if tombstone:
        event["message"] = workspace.show_message(channel, tombstone)
    else:
        event["deleted_ts"] = message.ts
    workspace.tell(Happening(event, channel.id, actor_team=_team_of(workspace, message.user)))
    parent = channel.messages.get(message.thread_ts)
    if parent is not None and parent.subtype == "tombstone" and parent.ts not in channel.threads:
        delete(workspace, channel, parent)


def add_reaction(workspace: Workspace, channel: Channel, message: Message, user: User, name: str) -> None:
    """Add an emoji.

    Raises:
        Refused: `already_reacted`, `too_many_emoji`.
    """
    users = message.reactions.setdefault(name, [])
    if user.id in users:
        raise Refused("already_reacted")
    if len(message.reactions) > _REACTIONS_ON_MESSAGE:
        message.reactions.pop(name)
        raise Refused("too_many_emoji")
    users.append(user.id)
    _tell_of_reaction(workspace, channel, message, user, name, "reaction_added")


def remove_reaction(workspace: Workspace, channel: Channel, message: Message, user: User, name: str) -> None:
    """Take an emoji away.

    Raises:
        Refused: `no_reaction`.
    """
    users = message.reactions.get(name, [])
    if user.id not in users:
        raise Refused("no_reaction")
    users.remove(user.id)
    if not users:
        message.reactions.pop(name)
    _tell_of_reaction(workspace, channel, message, user, name, "reaction_removed")


def _tell_of_reaction(
    workspace: Workspace, channel: Channel, message: Message, user: User, name: str, kind: str
) -> None:
    event = {
        "type": kind,
        "user": user.id,
        "reaction": name,
        "item": {"type": "message", "channel": channel.id, "ts": message.ts},
        "item_user": message.user,
        "event_ts": workspace.next_ts(),
    }
    workspace.tell(Happening(event, channel.id, actor_team=user.team_id))


def post_ephemeral(
    workspace: Workspace,
    channel: Channel,
    app: App,
    user: User,
    *,
    text: str,
    blocks: list[Json],
    attachments: list[Json],
    thread_ts: str = "",
) -> Ephemeral:
    """Show somebody a message that nobody else sees. It is in no history and no event tells of it."""
    shown = Ephemeral(
        ts=workspace.next_ts(channel),
        channel=channel.id,
        user=user.id,
        app_id=app.id,
        text=text,
        blocks=blocks,
        attachments=attachments,
        thread_ts=thread_ts,
    )
    kept = workspace.ephemerals.setdefault(user.id, [])
    kept.append(shown)
    del kept[:-_EPHEMERALS_KEPT]
    workspace.tell(Happening({"type": "ephemeral"}, channel.id, local=True, audience=user.id))
    return shown
