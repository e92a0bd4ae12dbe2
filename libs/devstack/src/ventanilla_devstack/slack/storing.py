"""Files: announced, filled, shared, seen, deleted."""

import mimetypes
from pathlib import PurePath

from ventanilla_devstack.slack import posting
from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.ids import new_id, new_secret
from ventanilla_devstack.slack.records import StoredFile, User
from ventanilla_devstack.slack.workspace import FILE_BYTES_KEPT, FILES, Happening, Workspace

FILE_BYTES = 64 * 1024 * 1024


def announce(
    workspace: Workspace, name: str, size: int, user: User, *, app_id: str = "", alt_text: str = ""
) -> StoredFile:
    """A file whose bytes are still to come, with a ticket for them. Old files make room for it.

    Raises:
        Refused: `restricted_action`: there is no room.
    """
    _make_room(workspace, size)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    suffix = PurePath(name).suffix.lstrip(".").lower()
    file = StoredFile(
        id=new_id("F"),
        name=name,
        title=name,
        user=user.id,
        team_id=user.team_id,
        created=workspace.now(),
        size=size,
        mimetype=kind,
        filetype={"txt": "text", "jpeg": "jpg", "": "binary"}.get(suffix, suffix),
        upload_ticket=new_secret(size_bytes=24),
        app_id=app_id,
        alt_text=alt_text,
    )
    workspace.files[file.id] = file
    return file


def _make_room(workspace: Workspace, size: int) -> None:
    if size > FILE_BYTES:
        raise Refused("file_upload_size_restricted")
    held = sum(file.size for file in workspace.files.values())
    while workspace.files and (held + size > FILE_BYTES_KEPT or len(workspace.files) >= FILES):
        held -= workspace.files.pop(next(iter(workspace.files))).size


def fill(workspace: Workspace, ticket: str, content: bytes) -> StoredFile | None:
    """Put the bytes into an announced file; None for an unknown ticket. A file is filled once."""
    for file in workspace.files.values():
        if file.upload_ticket and file.upload_ticket == ticket:
            file.content = content
            file.size = len(content)
            file.upload_ticket = ""
            return file
    return None


def keep(workspace: Workspace, name: str, content: bytes, user: User, mimetype: str = "") -> StoredFile:
    """A finished file that a person has dropped into Slack."""
    file = announce(workspace, name, len(content), user)
    file.upload_ticket = ""
    file.content = content
    file.complete = True
    file.mimetype = mimetype or file.mimetype
    return file


def may_see(workspace: Workspace, file: StoredFile, user: User) -> bool:
    """Whether somebody may open a file: it is theirs, given to them in a modal, or shared where they are or may be."""
    if file.user == user.id or user.app_id in file.given_to:
        return True
    shared = [workspace.channels[name] for name in file.shares if name in workspace.channels]
    return any(channel.kind == "public" or user.id in channel.members for channel in shared)


def delete(workspace: Workspace, file: StoredFile) -> None:
    """Take a file away; messages that hold it show a tombstone, and those who saw it are told."""
    workspace.files.pop(file.id, None)
    for name, stamps in list(file.shares.items()):
        channel = workspace.channels.get(name)
        if channel is None:
            continue
        event = {
            "type": "file_deleted",
            "file_id": file.id,
            "channel_ids": [name],
            "event_ts": workspace.next_ts(),
        }
        workspace.tell(Happening(event, name))
        for ts in stamps:
            message = channel.messages.get(ts)
            if message is not None and not message.text and message.files == [file.id]:
                posting.delete(workspace, channel, message)
