"""Who is in which conversation: created, joined, left, archived, renamed, opened; and what happens to people."""

import re

from ventanilla_devstack.slack import posting
from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.ids import new_id
from ventanilla_devstack.slack.records import Channel, ChannelKind, Json, Message, User
from ventanilla_devstack.slack.workspace import Happening, Workspace

_NAME = re.compile(r"[\w-]+", re.UNICODE)
_NAME_LENGTH = 80
_MPIM_MEMBERS = 9


def create_channel(workspace: Workspace, name: str, creator: User, kind: ChannelKind = "public") -> Channel:
    """A new channel with its creator in it.

    Raises:
        Refused: `invalid_name_…`, `name_taken`.
    """
    name = name.removeprefix("#")
    if not name:
        raise Refused("invalid_name_required")
    if len(name) > _NAME_LENGTH:
        raise Refused("invalid_name_maxlength")
    if name != name.lower() or not _NAME.fullmatch(name):
        raise Refused("invalid_name_specials")
    if any(channel.name == name for channel in workspace.channels.values() if channel.kind in ("public", "private")):
        raise Refused("name_taken")
    channel = Channel(
        id=new_id("C"),
        name=name,
        kind=kind,
        team_id=workspace.home,
        creator=creator.id,
        created=workspace.now(),
        teams=[workspace.home],
        updated=workspace.now() * 1000,
    )
    workspace.add_channel(channel)
    if kind == "public":
        told = {"id": channel.id, "name": name, "created": channel.created, "creator": creator.id, "is_channel": True}
        event = {
            "type": "channel_created",
            "channel": told | {"name_normalized": name},
            "event_ts": workspace.next_ts(),
        }
        workspace.tell(Happening(event))
    join(workspace, channel, creator)
    return channel


def join(workspace: Workspace, channel: Channel, user: User, inviter: User | None = None) -> bool:
    """Bring somebody into a channel; False if they were there."""
    posting.check_open(channel)
    if user.id in channel.members:
        return False
    channel.members.append(user.id)
    if user.team_id not in channel.teams:
        channel.teams.append(user.team_id)
        shared = {"type": "channel_shared", "connected_team_id": user.team_id, "channel": channel.id}
        workspace.tell(Happening(shared | {"event_ts": workspace.next_ts()}, channel.id, actor_team=user.team_id))
    notice = Message(
        ts="",
        channel=channel.id,
        user=user.id,
        text=f"<@{user.id}> has joined the channel",
        subtype="channel_join",
        inviter=inviter.id if inviter else "",
    )
    posting.post(workspace, channel, notice)
    event = _member_event("member_joined_channel", workspace, channel, user)
    if inviter is not None:
        event["inviter"] = inviter.id
    workspace.tell(Happening(event, channel.id, actor_team=user.team_id))
    return True


def leave(workspace: Workspace, channel: Channel, user: User) -> bool:
    """Take somebody out of a channel; False if they were not in it."""
    if user.id not in channel.members:
        return False
    app = workspace.app_of_bot(user.id)
    channel.members.remove(user.id)
    event = _member_event("member_left_channel", workspace, channel, user)
    workspace.tell(Happening(event, channel.id, actor_team=user.team_id))
    if app is not None:
        # The app is no member any more, so it gets the event that is for those who are put out.
        kind = "channel_left" if channel.kind == "public" else "group_left"
        told = {"type": kind, "channel": channel.id, "actor_id": user.id, "event_ts": workspace.next_ts()}
        workspace.tell(Happening(told, apps=frozenset({app.id})))
    return True


def _member_event(kind: str, workspace: Workspace, channel: Channel, user: User) -> Json:
    return {
        "type": kind,
        "user": user.id,
        "channel": channel.id,
        "channel_type": "C" if channel.kind == "public" else "G",
        "team": user.team_id,
        "event_ts": workspace.next_ts(),
    }


def set_archived(workspace: Workspace, channel: Channel, user: User, *, archived: bool) -> None:
    """Archive a channel or bring it back.

    Raises:
        Refused: `already_archived`, `not_archived`; `method_not_supported_for_channel_type` for direct messages.
    """
    if channel.kind in ("im", "mpim"):
        raise Refused("method_not_supported_for_channel_type")
    if channel.archived == archived:
        raise Refused("already_archived" if archived else "not_archived")
    kind = ("channel_" if channel.kind == "public" else "group_") + ("archive" if archived else "unarchive")
    event = {"type": kind, "channel": channel.id, "user": user.id, "event_ts": workspace.next_ts()}
    channel.archived = archived
    channel.updated = workspace.now() * 1000
    workspace.tell(Happening(event, channel.id, actor_team=user.team_id))


def rename_channel(workspace: Workspace, channel: Channel, name: str) -> None:
    """Give a channel another name."""
    channel.previous_names = [channel.name, *channel.previous_names][:10]
    channel.name = name.removeprefix("#")
    channel.updated = workspace.now() * 1000
    told = {"id": channel.id, "name": channel.name, "name_normalized": channel.name, "created": channel.created}
    kind = "channel_rename" if channel.kind == "public" else "group_rename"
    flags = {"is_channel": channel.kind == "public", "is_mpim": False}
    event = {"type": kind, "channel": told | flags, "event_ts": workspace.next_ts()}
    workspace.tell(Happening(event, channel.id))


def open_direct(workspace: Workspace, opener: User, others: list[User]) -> tuple[Channel, bool]:
    """The direct conversation of some people, and whether it was there already.

    Raises:
        Refused: `user_disabled`, `cannot_dm_bot`, `too_many_users`.
    """
    people = list(dict.fromkeys([opener.id, *(user.id for user in others)]))
    if len(people) > _MPIM_MEMBERS:
        raise Refused("too_many_users")
    if any(user.deleted for user in others):
        raise Refused("user_disabled")
    if opener.membership == "bot" and any(user.membership == "bot" and user.id != opener.id for user in others):
        raise Refused("cannot_dm_bot")
    present = find_direct(workspace, people)
    if present is not None:
        return present, True
    kind: ChannelKind = "im" if len(people) <= 2 else "mpim"
    names = "--".join(sorted(workspace.user(person).name for person in people))
    channel = Channel(
        id=new_id("D" if kind == "im" else "C"),
        name="" if kind == "im" else f"mpdm-{names}-1",
        kind=kind,
        team_id=workspace.home,
        creator=opener.id,
        created=workspace.now(),
        members=people,
        teams=list(dict.fromkeys([workspace.home, *(workspace.user(person).team_id for person in people)])),
        updated=workspace.now() * 1000,
    )
    return workspace.add_channel(channel), False


def find_direct(workspace: Workspace, people: list[str]) -> Channel | None:
    """The direct conversation of exactly these people, if there is one."""
    wanted = set(people)
    for channel in workspace.channels.values():
        if channel.kind in ("im", "mpim") and set(channel.members) == wanted:
            return channel
    return None


def delete_user(workspace: Workspace, user: User) -> None:
    """Deactivate somebody: they leave every channel, as in Slack, and stay in what they wrote."""
    user.deleted = True
    user.updated = workspace.now()
    for channel in workspace.channels.values():
        if channel.kind in ("public", "private") and user.id in channel.members:
            channel.members.remove(user.id)
    _tell_of_user(workspace, user)


def rename_user(workspace: Workspace, user: User, real_name: str) -> None:
    """Give somebody another name."""
    user.real_name = real_name
    user.updated = workspace.now()
    _tell_of_user(workspace, user)


def add_user(workspace: Workspace, user: User) -> User:
    """Let somebody new join the workspace, who is told of if it is our own."""
    workspace.add_user(user)
    if user.team_id == workspace.home:
        event = {
            "type": "team_join",
            "user": workspace.show_user(user, with_email=True),
            "event_ts": workspace.next_ts(),
        }
        workspace.tell(Happening(event))
    return user


def _tell_of_user(workspace: Workspace, user: User) -> None:
    event = {
        "type": "user_change",
        "user": workspace.show_user(user, with_email=True, with_locale=True),
        "cache_ts": workspace.now(),
        "event_ts": workspace.next_ts(),
    }
    workspace.tell(Happening(event, actor_team=user.team_id))
