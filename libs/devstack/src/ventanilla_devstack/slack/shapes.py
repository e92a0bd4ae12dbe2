"""The JSON of a user, a conversation, a message, a file, a bot, a team as Slack answers it: fields and types."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ventanilla_devstack.slack.channel_log import thread_rollup
from ventanilla_devstack.slack.records import App, Channel, Json, Message, StoredFile, Team, User

_IMAGE_SIZES = (24, 32, 48, 72, 192, 512)
_PRETTY_TYPES = {"text": "Plain Text", "binary": "Binary", "pdf": "PDF", "png": "PNG", "jpg": "JPEG", "gif": "GIF"}
_COLOURS = ("9f69e7", "4bbe2e", "e7392d", "3c989f", "674b1b", "e96699", "e0a729", "684b6c")


def user_shape(
    user: User, *, home_team: str, url: str, with_email: bool, with_locale: bool = False, stranger: bool = False
) -> Json:
    """A user as `users.info` gives it; of people of other workspaces it says less.

    Args:
        stranger: somebody of another workspace with whom the app shares no channel. Those with whom it does share one
            are not marked: only their `team_id` tells.
    """
    shape: Json = {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "updated": user.updated,
        "is_bot": user.membership == "bot",
        "is_app_user": False,
        "profile": _profile(user, url, with_email=with_email and not stranger),
    }
    if stranger:
        shape["is_stranger"] = True
    if not user.deleted:
        shape |= {
            "color": _COLOURS[sum(user.id.encode()) % len(_COLOURS)],
            "real_name": user.real_name,
            "tz": user.tz,
            "tz_label": _zone_label(user.tz),
            "tz_offset": _zone_offset(user.tz),
            "who_can_share_contact_card": "EVERYONE",
        }
        shape |= _standing(user) if user.team_id == home_team else {}
        shape |= {"locale": user.locale} if with_locale else {}
    return shape


def _standing(user: User) -> Json:
    return {
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.membership in ("multi_channel_guest", "single_channel_guest"),
        "is_ultra_restricted": user.membership == "single_channel_guest",
        "is_email_confirmed": user.email_confirmed and user.membership != "bot",
    }


def _profile(user: User, url: str, *, with_email: bool) -> Json:
    first, _, last = user.real_name.partition(" ")
    profile: Json = {
        "title": user.title,
        "phone": "",
        "skype": "",
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.name if user.membership != "bot" else "",
        "display_name_normalized": user.name if user.membership != "bot" else "",
        "fields": None,
        "status_text": "",
        "status_emoji": "",
        "status_emoji_display_info": [],
        "status_expiration": 0,
        "avatar_hash": f"g{user.id[-11:].lower()}",
        "status_text_canonical": "",
        "team": user.team_id,
        "first_name": first,
        "last_name": last,
    }
    profile |= {f"image_{size}": f"{url}/avatars/{user.id}_{size}.svg" for size in _IMAGE_SIZES}
    if user.membership == "bot":
        profile |= {"api_app_id": user.app_id, "always_active": True, "bot_id": user.bot_id}
    elif with_email and user.email:
        profile["email"] = user.email
    return profile


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _zone_offset(name: str) -> int:
    # Winter's offset: a shape that changes with the day of the call would be no value.
    return int((datetime(2026, 1, 15, tzinfo=_zone(name)).utcoffset() or timedelta()).total_seconds())


def _zone_label(name: str) -> str:
    return f"{datetime(2026, 1, 15, tzinfo=_zone(name)).tzname()} ({name})"


def channel_shape(channel: Channel, *, viewer: str, home_team: str, num_members: bool = False) -> Json:
    """A conversation as `conversations.info` gives it to a member or not."""
    if channel.kind == "im":
        return _im_shape(channel, viewer, home_team)
    shape: Json = {
        "id": channel.id,
        "name": channel.name,
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_im": False,
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.kind != "public",
        "created": channel.created,
        "is_archived": channel.archived,
        "is_general": channel.name == "general",
        "unlinked": 0,
        "name_normalized": channel.name,
        "is_shared": channel.is_shared_with_others,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "context_team_id": home_team,
        "updated": channel.updated,
        "parent_conversation": None,
        "creator": channel.creator,
        "is_ext_shared": channel.is_shared_with_others,
        "shared_team_ids": list(channel.teams) or [home_team],
        "internal_team_ids": [],
        "pending_connected_team_ids": [],
        "is_member": viewer in channel.members,
        "topic": {"value": channel.topic, "creator": channel.creator if channel.topic else "", "last_set": 0},
        "purpose": {"value": channel.purpose, "creator": channel.creator if channel.purpose else "", "last_set": 0},
        "previous_names": list(channel.previous_names),
    }
    if channel.is_shared_with_others:
        others = [team for team in channel.teams if team != home_team]
        shape |= {"connected_team_ids": others, "conversation_host_id": channel.team_id}
    if num_members:
        shape["num_members"] = len(channel.members)
    return shape


def _im_shape(channel: Channel, viewer: str, home_team: str) -> Json:
    other = next((user for user in channel.members if user != viewer), viewer)
    return {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.archived,
        "is_im": True,
        "is_org_shared": False,
        "context_team_id": home_team,
        "updated": channel.updated,
        "user": other,
        "is_user_deleted": False,
        "priority": 0,
    }


def event_channel_type(channel: Channel) -> str:
    """The `channel_type` of a message event."""
    return {"public": "channel", "private": "group", "im": "im", "mpim": "mpim"}[channel.kind]


_MESSAGE_FIELDS = (
    "user", "subtype", "client_msg_id", "team", "bot_id", "app_id", "username", "icons", "blocks", "attachments",
    "edited", "inviter",
)  # fmt: skip


def message_shape(
    message: Message, *, channel: Channel, app: App | None, files: list[Json], author: User | None
) -> Json:
    """A message as history, events and answers hold it: without its channel, with what its thread has become.

    Args:
        app: the app that wrote it.
        files: the shapes of its files.
        author: the person; those of other workspaces carry a profile.
    """
    shape: Json = {"type": "message", "text": message.text, "ts": message.ts}
    shape |= {key: value for key in _MESSAGE_FIELDS if (value := getattr(message, key))}
    if app is not None and message.bot_id:
        shape["bot_profile"] = bot_profile_shape(app)
    if message.subtype == "tombstone":
        shape["hidden"] = True
    if message.subtype == "bot_message":
        shape.pop("user", None)
    if files:
        shape |= {"files": files, "upload": False, "display_as_bot": False}
    reactions = [
        {"name": name, "users": list(who), "count": len(who)} for name, who in message.reactions.items() if who
    ]
    if reactions:
        shape["reactions"] = reactions
    if author is not None and channel.is_shared_with_others:
        shape |= {"user_team": author.team_id, "source_team": author.team_id, "user_profile": _short_profile(author)}
    return shape | _place_in_thread(message, channel)


def _place_in_thread(message: Message, channel: Channel) -> Json:
    if not message.thread_ts:
        return thread_rollup(channel, message.ts)
    parent = channel.messages.get(message.thread_ts)
    whose = {"parent_user_id": parent.user} if parent is not None and parent.user else {}
    return {"thread_ts": message.thread_ts, **whose}


def _short_profile(user: User) -> Json:
    return {
        "avatar_hash": f"g{user.id[-11:].lower()}",
        "image_72": "",
        "first_name": user.real_name.partition(" ")[0],
        "real_name": user.real_name,
        "display_name": user.name,
        "team": user.team_id,
        "name": user.name,
        "is_restricted": user.membership in ("multi_channel_guest", "single_channel_guest"),
        "is_ultra_restricted": user.membership == "single_channel_guest",
    }


def bot_profile_shape(app: App) -> Json:
    """The app as its messages carry it."""
    return {
        "id": app.bot_id,
        "app_id": app.id,
        "user_id": app.bot_user,
        "name": app.name,
        "icons": _icons(),
        "deleted": False,
        "updated": 0,
        "team_id": "",
    }


def bot_shape(app: App) -> Json:
    """The app as `bots.info` gives it."""
    return {
        "id": app.bot_id,
        "deleted": False,
        "name": app.name,
        "updated": 0,
        "app_id": app.id,
        "user_id": app.bot_user,
        "icons": _icons(),
    }


def _icons() -> Json:
    return {f"image_{size}": f"https://a.slack-edge.com/80588/img/plugins/app/bot_{size}.png" for size in (36, 48, 72)}


def team_shape(team: Team, url: str) -> Json:
    """A workspace as `team.info` gives it."""
    return {
        "id": team.id,
        "name": team.name,
        "domain": team.domain,
        "url": f"https://{team.domain}.slack.com/",
        "email_domain": "",
        "icon": {f"image_{size}": f"{url}/avatars/{team.id}_{size}.svg" for size in (34, 44, 68, 88, 102, 132)}
        | {"image_default": True},
        "avatar_base_url": f"{url}/avatars/",
        "is_verified": False,
    }


def file_shape(file: StoredFile, *, url: str, channels: dict[str, Channel]) -> Json:
    """A file as messages, events and `files.info` hold it."""
    name = re.sub(r"[^\w.-]", "_", file.name.lower(), flags=re.ASCII)
    place = f"{file.team_id}-{file.id}"
    shared = [channels[channel] for channel in file.shares if channel in channels]
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype,
        "filetype": file.filetype,
        "pretty_type": _PRETTY_TYPES.get(file.filetype, file.filetype.upper()),
        "user": file.user,
        "user_team": file.team_id,
        "editable": False,
        "size": file.size,
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": any(channel.kind == "public" for channel in shared),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{url}/files-pri/{place}/{name}",
        "url_private_download": f"{url}/files-pri/{place}/download/{name}",
        "media_display_type": "unknown",
        "permalink": f"{url}/files/{file.user}/{file.id}/{name}",
        "permalink_public": f"{url}/{place}-{file.id[-10:].lower()}",
        "has_rich_preview": False,
        "file_access": "visible",
        **({"alt_txt": file.alt_text} if file.alt_text else {}),
    }
