"""What a workspace holds: people, conversations, messages, files, views, apps. Plain data; the rules are beside it."""

from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Membership = Literal["member", "multi_channel_guest", "single_channel_guest", "bot"]
ChannelKind = Literal["public", "private", "im", "mpim"]
ViewKind = Literal["modal", "home"]

SLACKBOT = "USLACKBOT"


@dataclass(slots=True)
class Team:
    """A workspace: our own, or one that shares a channel with us."""

    id: str
    name: str
    domain: str


@dataclass(slots=True)
class User:
    """A person or a bot.

    Attributes:
        name: the handle; unique in its team.
        email: empty for bots.
        membership: a guest has fewer rights; somebody of another team is a stranger, whatever this says.
    """

    id: str
    team_id: str
    name: str
    real_name: str
    email: str = ""
    email_confirmed: bool = True
    locale: str = "en-US"
    tz: str = "Europe/Madrid"
    membership: Membership = "member"
    is_admin: bool = False
    deleted: bool = False
    bot_id: str = ""
    app_id: str = ""
    title: str = ""
    updated: int = 0


@dataclass(slots=True)
class Message:
    """A message as it lies in its channel.

    Attributes:
        ts: its name in the channel.
        user: who wrote it; for an app's message the bot user.
        thread_ts: the parent's `ts`; the parent itself has none here.
        subtype: as the channel shows it (`file_share`, `thread_broadcast`, `bot_message`, `channel_join`, `tombstone`).
        reactions: names to the people who gave them, in order.
    """

    ts: str
    channel: str
    user: str
    text: str
    team: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    subtype: str = ""
    client_msg_id: str = ""
    bot_id: str = ""
    app_id: str = ""
    username: str = ""
    icons: Json = field(default_factory=dict)
    metadata: Json = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    edited: Json = field(default_factory=dict)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    inviter: str = ""


@dataclass(slots=True)
class Ephemeral:
    """A message that only one person sees, until they reload."""

    ts: str
    channel: str
    user: str
    app_id: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str = ""


@dataclass(slots=True)
class Channel:
    """A conversation.

    Attributes:
        members: user ids, in the order in which they came.
        teams: the workspaces that share it; more than one makes it a Slack Connect channel.
        messages: by `ts`, ascending.
        threads: a parent's `ts` to the `ts` of its replies, ascending.
    """

    id: str
    name: str
    kind: ChannelKind
    team_id: str
    creator: str
    created: int
    members: list[str] = field(default_factory=list)
    teams: list[str] = field(default_factory=list)
    archived: bool = False
    topic: str = ""
    purpose: str = ""
    previous_names: list[str] = field(default_factory=list)
    updated: int = 0
    last_ts: str = "0.000000"
    messages: dict[str, Message] = field(default_factory=dict)
    threads: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_shared_with_others(self) -> bool:
        """Whether people of other workspaces are in it (Slack Connect)."""
        return len(self.teams) > 1


@dataclass(slots=True)
class StoredFile:
    """A file.

    Attributes:
        content: None until it has been uploaded.
        complete: shared or at least finished; before that only its upload address knows it.
        shares: channel ids to the `ts` of the messages that hold it.
        given_to: apps into whose modals somebody has put it.
    """

    id: str
    name: str
    title: str
    user: str
    team_id: str
    created: int
    size: int
    mimetype: str = "application/octet-stream"
    filetype: str = "binary"
    content: bytes | None = None
    complete: bool = False
    upload_ticket: str = ""
    app_id: str = ""
    alt_text: str = ""
    shares: dict[str, list[str]] = field(default_factory=dict)
    given_to: list[str] = field(default_factory=list)


@dataclass(slots=True)
class View:
    """A modal, or a person's App Home.

    Attributes:
        body: what the app gave, with the block and action ids that were missing.
        values: what the person has filled in: block id to action id to the state object.
        errors: block id to the text beside it after a refused submission.
    """

    id: str
    app_id: str
    team_id: str
    user: str
    kind: ViewKind
    body: Json
    hash: str
    root_id: str
    previous_id: str = ""
    external_id: str = ""
    values: dict[str, dict[str, Json]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class App:
    """An app that is installed in our own workspace.

    Attributes:
        scopes: what its bot token may do.
        events: what it is subscribed to (`message.im`, `app_mention`, …).
        commands: slash commands with their slash.
        should_escape: people, channels and links in what is written behind them come as in messages.
        shortcuts: callback ids to their names; `message` and `global` ones.
        request_url: where events go; empty for Socket Mode.
        redirect_urls: where "Sign in with Slack" may return to; a prefix is enough, as in Slack.
    """

    id: str
    name: str
    bot_id: str
    bot_user: str
    bot_token: str
    app_token: str
    signing_secret: str
    verification_token: str
    client_id: str
    client_secret: str
    scopes: list[str]
    events: list[str]
    commands: list[str] = field(default_factory=list)
    should_escape: bool = True
    message_shortcuts: dict[str, str] = field(default_factory=dict)
    global_shortcuts: dict[str, str] = field(default_factory=dict)
    request_url: str = ""
    redirect_urls: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    app_token_revoked: bool = False
