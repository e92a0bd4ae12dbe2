"""`conversations.*` and `users.conversations`: what conversations there are, who is in them, what was said."""

from ventanilla_devstack.slack import channel_log, membership
from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.records import Channel, ChannelKind, Json, Message
from ventanilla_devstack.slack.web_api.calls import Call, Method, history_scope, read_scope
from ventanilla_devstack.slack.web_api.paging import decode_cursor, encode_cursor, page

_KINDS: dict[str, ChannelKind] = {
    "public_channel": "public",
    "private_channel": "private",
    "im": "im",
    "mpim": "mpim",
}
_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
_MANAGE = ("channels:manage", "groups:write", "im:write", "mpim:write")
_BACKWARDS, _FORWARDS = "next_ts", "next_newer_ts"
_HISTORY_HIGHEST, _REPLIES_HIGHEST = 999, 1_000


def _listed(call: Call, *, members_only: str) -> Json:
    kinds: set[ChannelKind] = set()
    for name in call.arguments.names("types") or ["public_channel"]:
        if name not in _KINDS:
            raise Refused("invalid_types")
        kinds.add(_KINDS[name])
    skip_archived = call.arguments.flag("exclude_archived")
    visible = [
        channel
        for channel in sorted(call.site.workspace.channels.values(), key=lambda channel: channel.id)
        if channel.kind in kinds
        and not (skip_archived and channel.archived)
        and (members_only in channel.members if members_only else _may_see(call, channel))
    ]
    for channel in visible:
        call.require(read_scope(channel))
    shown, following = page(
        visible, kind="channel", cursor=call.arguments.text("cursor"), limit=call.limit(), name=lambda each: each.id
    )
    shapes = [
        call.site.workspace.show_channel(channel, call.user.id, num_members=not members_only) for channel in shown
    ]
    return {"channels": shapes, "response_metadata": {"next_cursor": following}}


def _may_see(call: Call, channel: Channel) -> bool:
    return channel.kind == "public" or call.user.id in channel.members


def list_channels(call: Call) -> Json:
    """`conversations.list`."""
    return _listed(call, members_only="")


def list_of_user(call: Call) -> Json:
    """`users.conversations`: those of the caller, or of somebody among those that the caller sees."""
    user = call.arguments.text("user") or call.user.id
    call.site.workspace.user(user)
    return _listed(call, members_only=user)


def info(call: Call) -> Json:
    """`conversations.info`."""
    channel = call.channel()
    call.require(read_scope(channel))
    wanted = call.arguments.flag("include_num_members")
    shape = call.site.workspace.show_channel(channel, call.user.id, num_members=wanted)
    if call.arguments.flag("include_locale"):
        shape["locale"] = "es-ES"
    return {"channel": shape}


def history(call: Call) -> Json:
    """`conversations.history`: newest first; the page nearest to `oldest` if only that is given, else to `latest`."""
    channel = call.member_channel()
    call.require(history_scope(channel))
    arguments = call.arguments
    limit = call.site.limits.history_limit(call.limit(100, _HISTORY_HIGHEST), _HISTORY_HIGHEST)
    oldest, latest = arguments.ts("oldest", "invalid_ts_oldest"), arguments.ts("latest", "invalid_ts_latest")
    oldest = "" if oldest in ("0", "0.000000") else oldest
    inclusive = arguments.flag("inclusive")
    forwards = bool(oldest) and not latest
    where = decode_cursor(_FORWARDS if forwards else _BACKWARDS, arguments.text("cursor"))
    if where and forwards:
        oldest, inclusive = _ts_of(where), True
    elif where:
        latest, inclusive = _ts_of(where), True
    messages, following = channel_log.history(
        channel, oldest=_full(oldest), latest=_full(latest), inclusive=inclusive, limit=limit, forwards=forwards
    )
    answer: Json = {
        "messages": _shown(call, channel, messages),
        "has_more": bool(following),
        "pin_count": 0,
        "channel_actions_ts": None,
        "channel_actions_count": 0,
    }
    return answer | _next(_FORWARDS if forwards else _BACKWARDS, following)


def _next(kind: str, following: str) -> Json:
    if not following:
        return {}
    return {"response_metadata": {"next_cursor": encode_cursor(kind, following.replace(".", ""))}}


def replies(call: Call) -> Json:
    """`conversations.replies`: the parent and its replies, oldest first."""
    channel = call.member_channel()
    call.require(history_scope(channel))
    arguments = call.arguments
    parent = arguments.ts("ts", "thread_not_found")
    if parent not in channel.messages:
        raise Refused("thread_not_found")
    parent = channel.messages[parent].thread_ts or parent
    limit = call.site.limits.history_limit(call.limit(_REPLIES_HIGHEST, _REPLIES_HIGHEST), _REPLIES_HIGHEST)
    oldest, inclusive = arguments.ts("oldest", "invalid_ts_oldest"), arguments.flag("inclusive")
    where = decode_cursor(_BACKWARDS, arguments.text("cursor"))
    if where:
        oldest, inclusive = _ts_of(where), True
    messages, following = channel_log.replies(
        channel,
        parent,
        oldest=_full("" if oldest == "0" else oldest),
        latest=_full(arguments.ts("latest", "invalid_ts_latest")),
        inclusive=inclusive,
        limit=max(limit, 2),
    )
    answer: Json = {"messages": _shown(call, channel, messages), "has_more": bool(following)}
    return answer | _next(_BACKWARDS, following)


def _shown(call: Call, channel: Channel, messages: list[Message]) -> list[Json]:
    metadata = call.arguments.flag("include_all_metadata")
    return [call.site.workspace.show_message(channel, message, metadata=metadata) for message in messages]


def _ts_of(cursor: str) -> str:
    if not cursor.isdigit() or len(cursor) <= 6:
        raise Refused("invalid_cursor")
    return f"{cursor[:-6]}.{cursor[-6:]}"


def _full(ts: str) -> str:
    """A time stamp with all its digits: clients may send whole seconds."""
    if not ts:
        return ""
    seconds, _, fraction = ts.partition(".")
    return f"{seconds}.{(fraction + '000000')[:6]}"


def open_direct(call: Call) -> Json:
    """`conversations.open`: the direct conversation with one or several people."""
    workspace, names = call.site.workspace, call.arguments.names("users")
    if call.arguments.text("channel"):
        channel, present = call.channel(), True
    else:
        if not names:
            raise Refused("users_list_not_supplied")
        call.require("im:write" if len(names) == 1 else "mpim:write")
        channel, present = membership.open_direct(workspace, call.user, [workspace.user(name) for name in names])
    shape: Json = {"id": channel.id}
    if call.arguments.flag("return_im"):
        shape = workspace.show_channel(channel, call.user.id)
    return ({"no_op": True, "already_open": True} if present else {}) | {"channel": shape}


def join(call: Call) -> Json:
    """`conversations.join`."""
    channel = call.channel()
    if channel.kind != "public":
        raise Refused("method_not_supported_for_channel_type")
    fresh = membership.join(call.site.workspace, channel, call.user)
    answer: Json = {"channel": call.site.workspace.show_channel(channel, call.user.id)}
    if not fresh:
        answer |= {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    return answer


def members(call: Call) -> Json:
    """`conversations.members`."""
    channel = call.channel()
    call.require(read_scope(channel))
    shown, following = page(
        channel.members, kind="user", cursor=call.arguments.text("cursor"), limit=call.limit(), name=str
    )
    return {"members": list(shown), "response_metadata": {"next_cursor": following}}


def create(call: Call) -> Json:
    """`conversations.create`."""
    private = call.arguments.flag("is_private")
    call.require("groups:write" if private else "channels:manage")
    name = call.arguments.text("name")
    channel = membership.create_channel(call.site.workspace, name, call.user, "private" if private else "public")
    return {"channel": call.site.workspace.show_channel(channel, call.user.id)}


def archive(call: Call) -> Json:
    """`conversations.archive`."""
    channel = call.member_channel()
    call.require("groups:write" if channel.kind == "private" else "channels:manage")
    membership.set_archived(call.site.workspace, channel, call.user, archived=True)
    return {}


def invite(call: Call) -> Json:
    """`conversations.invite`."""
    channel, workspace = call.member_channel(), call.site.workspace
    call.require("groups:write" if channel.kind == "private" else "channels:manage", "channels:write.invites")
    people = [workspace.user(name) for name in call.arguments.names("users")]
    if not people:
        raise Refused("no_user")
    if any(user.id == call.user.id for user in people):
        raise Refused("cant_invite_self")
    if any(user.membership == "single_channel_guest" for user in people):
        raise Refused("ura_max_channels")
    if all(user.id in channel.members for user in people):
        raise Refused("already_in_channel")
    for user in people:
        membership.join(workspace, channel, user, call.user)
    return {"channel": workspace.show_channel(channel, call.user.id)}


METHODS = {
    "conversations.list": Method(list_channels, 2, _READ),
    "conversations.info": Method(info, 3, _READ),
    "conversations.history": Method(history, 3, _HISTORY),
    "conversations.replies": Method(replies, 3, _HISTORY),
    "conversations.open": Method(open_direct, 3, ("im:write", "mpim:write", "groups:write", "channels:manage")),
    "conversations.join": Method(join, 3, ("channels:join",)),
    "conversations.members": Method(members, 4, _READ),
    "conversations.create": Method(create, 2, _MANAGE),
    "conversations.archive": Method(archive, 2, _MANAGE),
    "conversations.invite": Method(invite, 3, (*_MANAGE, "channels:write.invites")),
    "users.conversations": Method(list_of_user, 3, _READ),
}
