"""The state of a local Slack: who and what there is, found by id or name, and who is told when something happens.

Nothing here waits, reads a clock of its own or knows HTTP: the time comes from the one `clock` that it is given.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.ids import make_ts
from ventanilla_devstack.slack.records import App, Channel, Ephemeral, Json, Message, StoredFile, Team, User, View
from ventanilla_devstack.slack.shapes import channel_shape, file_shape, message_shape, user_shape

USERS, CHANNELS, FILES, VIEWS = 5_000, 2_000, 5_000, 5_000
FILE_BYTES_KEPT = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened in the workspace.

    Attributes:
        event: the inner event as apps get it, with `type` and `event_ts`.
        channel: the conversation it is about; only its members learn of it.
        apps: the ids of the apps that may learn of it; None for all that are subscribed.
        actor_team: the workspace of whoever did it.
        local: only the page learns of it (a modal opened, an ephemeral message).
        audience: for a local one, the only person who sees it.
    """

    event: Json
    channel: str = ""
    apps: frozenset[str] | None = None
    actor_team: str = ""
    local: bool = False
    audience: str = ""


@dataclass(slots=True)
class Workspace:
    """Everything that is in a local Slack.

    Attributes:
        home: our own team; `teams` holds it and those that share channels.
        url: our address, for avatars, files and links.
        ephemerals: by person.
        modals: each person's open modals, the topmost last.
        homes: App Homes by (app, user).
        listeners: called with each happening, in order.
    """

    home: str
    clock: Callable[[], float]
    url: str = ""
    teams: dict[str, Team] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    apps: dict[str, App] = field(default_factory=dict)
    ephemerals: dict[str, list[Ephemeral]] = field(default_factory=dict)
    modals: dict[str, list[View]] = field(default_factory=dict)
    homes: dict[tuple[str, str], View] = field(default_factory=dict)
    listeners: list[Callable[[Happening], None]] = field(default_factory=list)
    last_ts: str = "0.000000"

    def tell(self, happening: Happening) -> None:
        """Let everybody know who listens."""
        for listener in self.listeners:
            listener(happening)

    def now(self) -> int:
        """Whole seconds since 1970."""
        return int(self.clock())

    def next_ts(self, channel: Channel | None = None) -> str:
        """A time stamp later than every other, of a channel and of events."""
        self.last_ts = make_ts(self.clock(), max(self.last_ts, channel.last_ts if channel else ""))
        return self.last_ts

    def user(self, user_id: str) -> User:
        """A person by id.

        Raises:
            Refused: `user_not_found`.
        """
        found = self.users.get(user_id)
        if found is None:
            raise Refused("user_not_found")
        return found

    def person(self, name: str) -> User:
        """A person by id or handle, for whoever plays them.

        Raises:
            Refused: `user_not_found`.
        """
        found = self.users.get(name) or next(
            (user for user in self.users.values() if user.name == name.lstrip("@")), None
        )
        if found is None:
            raise Refused("user_not_found")
        return found

    def channel(self, channel_id: str) -> Channel:
        """A conversation by id.

        Raises:
            Refused: `channel_not_found`.
        """
        found = self.channels.get(channel_id)
        if found is None:
            raise Refused("channel_not_found")
        return found

    def channel_named(self, name: str) -> Channel:
        """A conversation by id or name, with or without `#`.

        Raises:
            Refused: `channel_not_found`.
        """
        found = self.channels.get(name)
        if found is None:
            wanted = name.removeprefix("#")
            named = (channel for channel in self.channels.values() if channel.name == wanted and channel.kind != "im")
            found = next(named, None)
        if found is None:
            raise Refused("channel_not_found")
        return found

    def message(self, channel: Channel, ts: str) -> Message:
        """A message by its time stamp.

        Raises:
            Refused: `message_not_found`.
        """
        found = channel.messages.get(ts)
        if found is None:
            raise Refused("message_not_found")
        return found

    def app_of_bot(self, user_id: str) -> App | None:
        """The app whose bot user somebody is."""
        return next((app for app in self.apps.values() if app.bot_user == user_id), None)

    def add_channel(self, channel: Channel) -> Channel:
        """Keep a new conversation.

        Raises:
            Refused: there are too many.
        """
        if len(self.channels) >= CHANNELS:
            raise Refused("restricted_action")
        self.channels[channel.id] = channel
        return channel

    def add_user(self, user: User) -> User:
        """Keep a new person.

        Raises:
            Refused: there are too many.
        """
        if len(self.users) >= USERS:
            raise Refused("restricted_action")
        self.users[user.id] = user
        return user

    def show_message(self, channel: Channel, message: Message, *, metadata: bool = False) -> Json:
        """A message as answers and events hold it."""
        files = [self.show_file(self.files[file]) if file in self.files else _gone_file(file) for file in message.files]
        shape = message_shape(
            message,
            channel=channel,
            app=self.apps.get(message.app_id),
            files=files,
            author=self.users.get(message.user),
        )
        if "bot_profile" in shape:
            shape["bot_profile"]["team_id"] = self.home
        if metadata and message.metadata:
            shape["metadata"] = message.metadata
        return shape

    def show_file(self, file: StoredFile) -> Json:
        """A file as answers and events hold it."""
        return file_shape(file, url=self.url, channels=self.channels)

    def show_channel(self, channel: Channel, viewer: str, *, num_members: bool = False) -> Json:
        """A conversation as somebody sees it."""
        shape = channel_shape(channel, viewer=viewer, home_team=self.home, num_members=num_members)
        if channel.kind == "im":
            other = self.users.get(shape["user"])
            shape["is_user_deleted"] = other is not None and other.deleted
        return shape

    def show_user(self, user: User, *, with_email: bool, with_locale: bool = False) -> Json:
        """A person as answers and events hold them."""
        return user_shape(
            user,
            home_team=self.home,
            url=self.url,
            with_email=with_email,
            with_locale=with_locale,
            stranger=user.team_id != self.home and not self._meets_an_app(user),
        )

    def _meets_an_app(self, user: User) -> bool:
        bots = {app.bot_user for app in self.apps.values()}
        return any(user.id in channel.members and bots & set(channel.members) for channel in self.channels.values())


def _gone_file(file_id: str) -> Json:
    return {"id": file_id, "mode": "tombstone"}
