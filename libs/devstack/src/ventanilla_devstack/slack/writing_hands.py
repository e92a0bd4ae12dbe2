"""What a person does with messages, channels and files, as if at Slack's own client."""

from ventanilla_devstack.slack import membership, posting, storing
from ventanilla_devstack.slack.composing import compose
from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.ids import new_id
from ventanilla_devstack.slack.records import (
    Channel,
    ChannelKind,
    Ephemeral,
    Json,
    Membership,
    Message,
    StoredFile,
    User,
)
from ventanilla_devstack.slack.site import Site
from ventanilla_devstack.slack.web_api.chat import permalink

_FILES = 10


class WritingHands:
    """Acts for any person of the workspace. People are named by id or handle, channels by id or name.

    Whatever Slack would refuse to the person raises `Refused` with Slack's word for it.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.workspace = site.workspace

    def person(self, user: str) -> User:
        """An active person.

        Raises:
            Refused: `user_not_found`, `user_disabled`.
        """
        found = self.workspace.person(user)
        if found.deleted:
            raise Refused("user_disabled")
        return found

    def write(
        self,
        user: str,
        channel: str,
        text: str,
        thread_ts: str | None = None,
        *,
        files: tuple[StoredFile, ...] = (),
        broadcast: bool = False,
    ) -> Message:
        """A message of somebody, typed as in the client: `@handle`, `#name` and links become markup, the rest is inert.

        Args:
            files: from `upload(…, share=False)`.
            broadcast: show a reply in the channel too.

        Raises:
            Refused: `not_in_channel`, `is_archived`, `no_text`, `msg_too_long`, `thread_not_found`.
        """
        person, place = self.person(user), self._place(user, channel)
        if not text.strip() and not files:
            raise Refused("no_text")
        if len(text) > posting.TEXT_LIMIT:
            raise Refused("msg_too_long")
        if len(files) > _FILES:
            raise Refused("too_many_files")
        written, blocks = compose(text, self.workspace.users, self.workspace.channels)
        message = Message(
            ts="",
            channel=place.id,
            user=person.id,
            text=written,
            team=person.team_id,
            blocks=blocks,
            thread_ts=posting.check_thread(place, thread_ts) if thread_ts else "",
            subtype="file_share" if files else "",
            client_msg_id=new_id("").lower(),
            files=[file.id for file in files],
        )
        return posting.post(self.workspace, place, message, broadcast=broadcast)

    def edit(self, user: str, channel: str, ts: str, text: str) -> Message:
        """Change one's own message.

        Raises:
            Refused: `cant_update_message`, `message_not_found`, `no_text`.
        """
        person, place, message = self._own(user, channel, ts, "cant_update_message")
        if not text.strip():
            raise Refused("no_text")
        written, blocks = compose(text, self.workspace.users, self.workspace.channels)
        return posting.change(self.workspace, place, message, editor=person.id, text=written, blocks=blocks)

    def delete(self, user: str, channel: str, ts: str) -> None:
        """Delete one's own message.

        Raises:
            Refused: `cant_delete_message`, `message_not_found`.
        """
        _, place, message = self._own(user, channel, ts, "cant_delete_message")
        posting.delete(self.workspace, place, message)

    def react(self, user: str, channel: str, ts: str, name: str) -> None:
        """Add an emoji.

        Raises:
            Refused: `already_reacted`, `message_not_found`.
        """
        place = self._place(user, channel)
        message = self.workspace.message(place, ts)
        posting.add_reaction(self.workspace, place, message, self.person(user), name.strip(":"))

    def unreact(self, user: str, channel: str, ts: str, name: str) -> None:
        """Take one's emoji away.

        Raises:
            Refused: `no_reaction`, `message_not_found`.
        """
        place = self._place(user, channel)
        message = self.workspace.message(place, ts)
        posting.remove_reaction(self.workspace, place, message, self.person(user), name.strip(":"))

    def upload(
        self,
        user: str,
        channel: str,
        name: str,
        content: bytes,
        *,
        text: str = "",
        thread_ts: str | None = None,
        mimetype: str = "",
        share: bool = True,
    ) -> StoredFile:
        """A file of somebody's, shared in a message unless `share` is false.

        Raises:
            Refused: as for `write`; `file_upload_size_restricted`.
        """
        self._place(user, channel)
        file = storing.keep(self.workspace, name, content, self.person(user), mimetype)
        if share:
            self.write(user, channel, text, thread_ts, files=(file,))
        return file

    def delete_file(self, user: str, file_id: str) -> None:
        """Delete one's own file.

        Raises:
            Refused: `file_not_found`, `cant_delete_file`.
        """
        file = self.workspace.files.get(file_id)
        if file is None:
            raise Refused("file_not_found")
        if file.user != self.person(user).id:
            raise Refused("cant_delete_file")
        storing.delete(self.workspace, file)

    def dm(self, user: str, other: str = "") -> str:
        """The id of somebody's direct conversation with another person; with the first app if nobody is named."""
        wanted = other or next(iter(self.workspace.apps.values())).bot_user
        channel, _ = membership.open_direct(self.workspace, self.person(user), [self.workspace.person(wanted)])
        return channel.id

    def create_channel(self, user: str, name: str, kind: ChannelKind = "public") -> Channel:
        """A new channel with somebody in it."""
        return membership.create_channel(self.workspace, name, self.person(user), kind)

    def join(self, user: str, channel: str) -> bool:
        """Join a public channel; False if already there.

        Raises:
            Refused: `channel_not_found` for others' private ones, `restricted_action` for guests.
        """
        person, place = self.person(user), self.workspace.channel_named(channel)
        if place.kind != "public":
            raise Refused("channel_not_found")
        if person.membership not in ("member", "bot") or person.team_id != self.workspace.home:
            raise Refused("restricted_action")
        return membership.join(self.workspace, place, person)

    def leave(self, user: str, channel: str) -> bool:
        """Leave a channel; False if not in it."""
        return membership.leave(self.workspace, self.workspace.channel_named(channel), self.person(user))

    def invite(self, user: str, channel: str, *others: str) -> None:
        """Bring others into a channel: people, apps by their bot, strangers (which makes it a shared one)."""
        place = self._place(user, channel)
        for other in others:
            membership.join(self.workspace, place, self.workspace.person(other), self.person(user))

    def remove(self, channel: str, other: str) -> bool:
        """Put somebody out of a channel; False if they were not in it."""
        return membership.leave(self.workspace, self.workspace.channel_named(channel), self.workspace.person(other))

    def archive(self, user: str, channel: str) -> None:
        """Archive a channel."""
        membership.set_archived(self.workspace, self.workspace.channel_named(channel), self.person(user), archived=True)

    def unarchive(self, user: str, channel: str) -> None:
        """Bring an archived channel back."""
        membership.set_archived(
            self.workspace, self.workspace.channel_named(channel), self.person(user), archived=False
        )

    def rename_channel(self, channel: str, name: str) -> None:
        """Give a channel another name."""
        membership.rename_channel(self.workspace, self.workspace.channel_named(channel), name)

    def rename(self, user: str, real_name: str) -> None:
        """Give somebody another name."""
        membership.rename_user(self.workspace, self.person(user), real_name)

    def delete_user(self, user: str) -> None:
        """Deactivate somebody."""
        membership.delete_user(self.workspace, self.person(user))

    def add_person(
        self,
        handle: str,
        real_name: str,
        email: str,
        *,
        team: str = "",
        membership_kind: Membership = "member",
        locale: str = "en-US",
        email_confirmed: bool = True,
    ) -> User:
        """Somebody new; of a team that is not ours they are a stranger.

        Raises:
            Refused: `username_taken`.
        """
        if any(user.name == handle for user in self.workspace.users.values()):
            raise Refused("username_taken")
        user = User(
            id=new_id("U"),
            team_id=team or self.workspace.home,
            name=handle,
            real_name=real_name,
            email=email,
            email_confirmed=email_confirmed,
            locale=locale,
            membership=membership_kind,
            updated=self.workspace.now(),
        )
        return membership.add_user(self.workspace, user)

    def messages(self, user: str, channel: str, thread_ts: str | None = None) -> list[Json]:
        """What somebody sees in a channel or a thread, oldest first, with what only they see (`is_ephemeral`)."""
        person, place = self.person(user), self._place(user, channel)
        shown = [
            self.workspace.show_message(place, message, metadata=True)
            for message in place.messages.values()
            if _is_shown(message, thread_ts)
        ]
        shown += [
            _show_ephemeral(each)
            for each in self.workspace.ephemerals.get(person.id, [])
            if each.channel == place.id and each.thread_ts == (thread_ts or "")
        ]
        return sorted(shown, key=lambda message: str(message["ts"]))

    def permalink(self, channel: str, ts: str) -> str:
        """The address of a message on our page."""
        place = self.workspace.channel_named(channel)
        return permalink(self.workspace.url, place, self.workspace.message(place, ts))

    def _place(self, user: str, channel: str) -> Channel:
        place, person = self.workspace.channel_named(channel), self.person(user)
        if person.id not in place.members:
            raise Refused("not_in_channel" if place.kind == "public" else "channel_not_found")
        posting.check_open(place)
        return place

    def _own(self, user: str, channel: str, ts: str, code: str) -> tuple[User, Channel, Message]:
        person, place = self.person(user), self._place(user, channel)
        message = self.workspace.message(place, ts)
        if message.user != person.id or message.subtype == "tombstone":
            raise Refused(code)
        return person, place, message


def _show_ephemeral(ephemeral: Ephemeral) -> Json:
    kept = ("ts", "text", "blocks", "attachments", "app_id", "thread_ts")
    return {"type": "message", "is_ephemeral": True} | {key: getattr(ephemeral, key) for key in kept}


def _is_shown(message: Message, thread_ts: str | None) -> bool:
    if thread_ts:
        return thread_ts in (message.ts, message.thread_ts)
    return not message.thread_ts or message.subtype == "thread_broadcast"
