"""`files.*`: a file is announced, its bytes go to an address of its own, then it is finished and shared."""

from ventanilla_devstack.slack import membership, posting, storing
from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.records import Channel, Json, Message, StoredFile
from ventanilla_devstack.slack.web_api.calls import Call, Method
from ventanilla_devstack.slack.web_api.chat import checked_blocks

_FILES_AT_ONCE = 10


def get_upload_url(call: Call) -> Json:
    """`files.getUploadURLExternal`."""
    name, length = call.required_text("filename"), call.arguments.number("length", 0, "invalid_arguments")
    if length <= 0:
        raise Refused.with_messages("invalid_arguments", ["[ERROR] must be greater than 0: length"])
    if length > storing.FILE_BYTES:
        raise Refused("file_upload_size_restricted")
    file = storing.announce(
        call.site.workspace, name, length, call.user, app_id=call.app.id, alt_text=call.arguments.text("alt_txt")
    )
    return {"upload_url": f"{call.site.workspace.url}/upload/v1/{file.upload_ticket}", "file_id": file.id}


def complete_upload(call: Call) -> Json:
    """`files.completeUploadExternal`: finishes files, and shares them in a message if a channel is given."""
    workspace = call.site.workspace
    listed = call.arguments.structure("files", "invalid_arguments")
    if not isinstance(listed, list) or not 1 <= len(listed) <= _FILES_AT_ONCE:
        raise Refused.with_messages("invalid_arguments", ["[ERROR] must provide an array of 1 to 10 files: files"])
    files = [_own_file(call, each) for each in listed]
    names = call.arguments.names("channels") or call.arguments.names("channel_id")
    channels = [_target(call, name) for name in names]
    thread = call.arguments.ts("thread_ts", "invalid_thread_ts")
    threads = [posting.thread_of_app(channel, thread) if thread else "" for channel in channels]
    text = call.arguments.text("initial_comment")
    # With a comment Slack does not look at blocks.
    blocks = [] if text else checked_blocks(call.arguments.structure("blocks", "invalid_blocks_format"))
    for file, each in zip(files, listed, strict=True):
        file.complete = True
        file.title = str(each.get("title") or file.name)
    for channel, parent in zip(channels, threads, strict=True):
        message = Message(
            ts="",
            channel=channel.id,
            user=call.user.id,
            text=text,
            team=workspace.home,
            blocks=blocks,
            thread_ts=parent,
            subtype="file_share",
            bot_id=call.app.bot_id,
            app_id=call.app.id,
            files=[file.id for file in files],
        )
        posting.post(workspace, channel, message)
    return {"files": [{"id": file.id, "title": file.title} for file in files]}


def _own_file(call: Call, listed: object) -> StoredFile:
    name = listed.get("id") if isinstance(listed, dict) else None
    file = call.site.workspace.files.get(str(name))
    if file is None or file.app_id != call.app.id or file.content is None:
        raise Refused("file_not_found")
    return file


def _target(call: Call, name: str) -> Channel:
    workspace = call.site.workspace
    if name in workspace.users:
        return membership.open_direct(workspace, call.user, [workspace.user(name)])[0]
    channel = workspace.channels.get(name)
    if channel is None or (channel.kind != "public" and call.user.id not in channel.members):
        raise Refused("channel_not_found")
    if call.user.id not in channel.members:
        raise Refused("not_in_channel")
    posting.check_open(channel)
    return channel


def _visible(call: Call) -> StoredFile:
    file = call.site.workspace.files.get(call.required_text("file"))
    if file is None or not file.complete or not storing.may_see(call.site.workspace, file, call.user):
        raise Refused("file_not_found")
    return file


def info(call: Call) -> Json:
    """`files.info`."""
    file = _visible(call)
    shape = call.site.workspace.show_file(file)
    kinds: dict[str, list[str]] = {"channels": [], "groups": [], "ims": []}
    for name in file.shares:
        channel = call.site.workspace.channels[name]
        kinds["channels" if channel.kind == "public" else "ims" if channel.kind == "im" else "groups"].append(name)
    shares = {} if call.site.faults.shares_are_late() else _shares(call, file)
    return {"file": shape | kinds | {"shares": shares}, "comments": [], "response_metadata": {"next_cursor": ""}}


def _shares(call: Call, file: StoredFile) -> Json:
    """The messages that hold a file: public or private, by channel."""
    shares: Json = {}
    for name, stamps in file.shares.items():
        channel = call.site.workspace.channels[name]
        known = [channel.messages[ts] for ts in stamps if ts in channel.messages]
        if known:
            kind = "public" if channel.kind == "public" else "private"
            shares.setdefault(kind, {})[name] = [_share(call, channel, message) for message in known]
    return shares


def _share(call: Call, channel: Channel, message: Message) -> Json:
    shown = call.site.workspace.show_message(channel, message)
    replies = ("thread_ts", "latest_reply")
    return {
        "reply_users": shown.get("reply_users", []),
        "reply_users_count": shown.get("reply_users_count", 0),
        "reply_count": shown.get("reply_count", 0),
        "ts": message.ts,
        **{name: shown[name] for name in replies if name in shown},
        "channel_name": channel.name,
        "team_id": message.team or call.site.workspace.home,
        "share_user_id": message.user,
    }


def delete(call: Call) -> Json:
    """`files.delete`: of the app's own."""
    file = _visible(call)
    if file.user != call.user.id:
        raise Refused("cant_delete_file")
    storing.delete(call.site.workspace, file)
    return {}


METHODS = {
    "files.getUploadURLExternal": Method(get_upload_url, 4, ("files:write",)),
    "files.completeUploadExternal": Method(complete_upload, 4, ("files:write",)),
    "files.info": Method(info, 4, ("files:read",)),
    "files.delete": Method(delete, 3, ("files:write",)),
}
