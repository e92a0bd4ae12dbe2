"""A workspace in a JSON file, so that the next run finds yesterday's messages."""

import base64
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ventanilla_devstack.atomic_file import write_whole
from ventanilla_devstack.errors import Unsuitable
from ventanilla_devstack.slack.records import App, Channel, Json, Message, StoredFile, Team, User, View
from ventanilla_devstack.slack.workspace import Workspace

_FORMAT = 1


def save(workspace: Workspace, path: Path) -> None:
    """Write a workspace whole."""
    write_whole(path, written(workspace))


def written(workspace: Workspace) -> str:
    """A workspace as the text of its file. What only lives for a moment (modals, ephemerals, triggers) is not in it."""
    files = [asdict(file) | {"content": _text(file.content)} for file in workspace.files.values() if file.complete]
    kept: Json = {
        "format": _FORMAT,
        "home": workspace.home,
        "last_ts": workspace.last_ts,
        "teams": [asdict(team) for team in workspace.teams.values()],
        "users": [asdict(user) for user in workspace.users.values()],
        "channels": [_channel(channel) for channel in workspace.channels.values()],
        "files": files,
        "apps": [asdict(app) for app in workspace.apps.values()],
        "homes": [asdict(view) for view in workspace.homes.values()],
    }
    return json.dumps(kept, ensure_ascii=False)


def load(path: Path, clock: Callable[[], float]) -> Workspace | None:
    """The workspace of a file; None if there is no file.

    Raises:
        Unsuitable: the file is not what we wrote.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _unsuitable(path, error) from error
    try:
        return _restored(json.loads(text), clock)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unsuitable(path, error) from error


def _unsuitable(path: Path, error: Exception) -> Unsuitable:
    return Unsuitable(f"{path} does not hold a local Slack ({type(error).__name__}): delete it to begin a new one")


def _restored(kept: Any, clock: Callable[[], float]) -> Workspace:
    if kept["format"] != _FORMAT:
        raise ValueError("another format")
    homes = [View(**each) for each in kept["homes"]]
    return Workspace(
        home=kept["home"],
        clock=clock,
        last_ts=kept["last_ts"],
        teams={each["id"]: Team(**each) for each in kept["teams"]},
        users={each["id"]: User(**each) for each in kept["users"]},
        channels={each["id"]: _restored_channel(each) for each in kept["channels"]},
        files={each["id"]: StoredFile(**each | {"content": _content(each["content"])}) for each in kept["files"]},
        apps={each["id"]: App(**each) for each in kept["apps"]},
        homes={(view.app_id, view.user): view for view in homes},
    )


def _channel(channel: Channel) -> Json:
    return asdict(channel) | {"messages": [asdict(message) for message in channel.messages.values()]}


def _restored_channel(kept: Json) -> Channel:
    messages = {each["ts"]: Message(**each) for each in kept["messages"]}
    return Channel(**kept | {"messages": messages})


def _text(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()


def _content(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)
