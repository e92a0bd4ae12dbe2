"""The whole page: who one is, channels, messages, a thread beside them or a Home, and a place for modals."""

import json
from dataclasses import dataclass

from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.hands import Hands
from ventanilla_devstack.slack.page.message_view import draw_message
from ventanilla_devstack.slack.page.mrkdwn import Drawing, draw_emoji
from ventanilla_devstack.slack.page.tags import Child, Html, tag
from ventanilla_devstack.slack.page.view_view import draw_home, draw_modal, modal_key
from ventanilla_devstack.slack.records import Channel, Json, User

_SHOWN = 200
HOME = "home"


@dataclass(frozen=True, slots=True)
class Place:
    """What somebody looks at.

    Attributes:
        channel: None for the Home.
        thread: the parent's time stamp; "" for none.
    """

    channel: Channel | None
    thread: str = ""


class Layout:
    """Draws for one person at one place."""

    def __init__(self, hands: Hands, drawing: Drawing, place: Place) -> None:
        self._hands = hands
        self._drawing = drawing
        self._place = place
        self._viewer: User = drawing.viewer

    def parts(self) -> dict[str, str]:
        """The regions that change, by the id of their element; and `modal_key`."""
        stack = self._hands.modals(self._viewer.id)
        top = stack[-1] if stack else None
        return {
            "channels": str(self._channels()),
            "main": str(self._main()),
            "thread": str(self._thread()),
            "modal": str(draw_modal(self._drawing, top)) if top else "",
            "modal_key": modal_key(top),
        }

    def page(self) -> str:
        """The document."""
        words, parts = self._drawing.words, self.parts()
        spot = {
            "data_as": self._viewer.id,
            "data_in": self._place.channel.id if self._place.channel else HOME,
            "data_thread": self._place.thread,
            "data_modal_key": parts["modal_key"],
        }
        channel = self._place.channel
        body = tag(
            "body",
            tag("a", words("skip"), href="#main", class_="skip"),
            tag("nav", self._who(), tag("div", Html(parts["channels"]), id="channels"), aria_label=words("channels")),
            tag(
                "main",
                tag("h1", self._title()),
                tag(
                    "div",
                    Html(parts["main"]),
                    id="main",
                    tabindex="-1",
                    role="log" if channel else None,
                    aria_live="off",
                ),
                self._composer(channel, "") if channel and not channel.archived else None,
            ),
            self._aside(parts["thread"]),
            tag("dialog", Html(parts["modal"]), id="modal", aria_labelledby="modal-title"),
            tag("p", id="live", class_="hidden", role="log", aria_live="polite"),
            tag("p", id="problem", role="alert"),
            tag("script", type="application/json", id="words", data_words=self._script_words()),
            tag("script", src="/_page/page.js", defer=True),
            **spot,
        )
        return "<!doctype html>" + tag("html", self._head(), body, lang=words.language)

    def _head(self) -> Html:
        return tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("title", f"{self._title()} · {self._drawing.words('title')}"),
            tag("link", rel="stylesheet", href="/_page/page.css"),
            tag("link", rel="icon", href=f"/avatars/{self._drawing.workspace.home}_48.svg"),
        )

    def _script_words(self) -> str:
        keys = ("operation_timeout", "dispatch_failed", "problem", "connecting", "new_message", "edit")
        return json.dumps({key: self._drawing.words.get(key) for key in keys})

    def _title(self) -> str:
        if self._place.channel is None:
            return self._drawing.words("home", app=next(iter(self._drawing.workspace.apps.values())).name)
        return self._name(self._place.channel)

    def _name(self, channel: Channel) -> str:
        if channel.kind in ("im", "mpim"):
            users = self._drawing.workspace.users
            return ", ".join(
                users[each].real_name for each in channel.members if each != self._viewer.id and each in users
            )
        return f"#{channel.name}"

    def _who(self) -> Html:
        words, workspace = self._drawing.words, self._drawing.workspace
        people = [user for user in workspace.users.values() if user.membership != "bot" and not user.deleted]
        entries = [
            tag("option", f"{user.real_name} ({self._kind(user)})", value=user.id, selected=user is self._viewer)
            for user in people
        ]
        return tag("div", tag("label", words("who"), for_="who"), tag("select", entries, id="who", data_do="who"))

    def _kind(self, user: User) -> str:
        words = self._drawing.words
        if user.team_id != self._drawing.workspace.home:
            return words("stranger")
        if user.membership != "member":
            return words("guest")
        return words("agent") if user.title == "Agent" else words("customer")

    def _channels(self) -> Html:
        words, workspace = self._drawing.words, self._drawing.workspace
        mine = [each for each in workspace.channels.values() if self._viewer.id in each.members]
        named = [each for each in mine if each.kind in ("public", "private")]
        direct = [each for each in mine if each.kind in ("im", "mpim")]
        app = next(iter(workspace.apps.values()))
        return tag(
            "div",
            tag("h2", words("channels")),
            tag("ul", [tag("li", self._channel_link(each)) for each in named]),
            tag("h2", words("direct")),
            tag("ul", [tag("li", self._channel_link(each)) for each in direct]),
            tag("h2", words("app")),
            tag("ul", tag("li", self._link(words("home", app=app.name), HOME, current=self._place.channel is None))),
            tag("ul", [tag("li", tag("button", text, type="button", data_do="shortcut", data_name=name, id=f"g{name}"))
                       for name, text in app.global_shortcuts.items()], aria_label=words("shortcuts")),
        )  # fmt: skip

    def _channel_link(self, channel: Channel) -> Html:
        lock = [draw_emoji("lock"), " "] if channel.kind == "private" else None
        shared = [team for team in channel.teams if team != self._drawing.workspace.home]
        names = ", ".join(self._drawing.workspace.teams[team].name for team in shared)
        note = (
            tag("small", f" ({self._drawing.words('shared', teams=names)})")
            if shared and channel.kind == "public"
            else None
        )
        return self._link([lock, self._name(channel), note], channel.id, current=channel is self._place.channel)

    def _link(self, words: Child, target: str, *, current: bool) -> Html:
        return tag(
            "a",
            words,
            href=f"/?as={self._viewer.id}&in={target}",
            aria_current="page" if current else None,
            id=f"n{target}",
        )

    def _main(self) -> Html:
        channel = self._place.channel
        if channel is None:
            return draw_home(self._drawing, self._hands.home(self._viewer.id))
        closed = tag("p", self._drawing.words("archived"), class_="empty") if channel.archived else None
        messages = self._messages(channel, "")
        return tag("div", messages or tag("p", self._drawing.words("empty"), class_="empty"), closed)

    def _messages(self, channel: Channel, thread: str) -> list[Html]:
        shown: list[Json] = self._hands.messages(self._viewer.id, channel.id, thread or None)
        in_thread = bool(thread)
        return [draw_message(self._drawing, message, channel.id, in_thread=in_thread) for message in shown[-_SHOWN:]]

    def _thread(self) -> Html:
        channel = self._place.channel
        if channel is None or not self._place.thread:
            return Html("")
        return tag("div", self._messages(channel, self._place.thread))

    def _aside(self, thread: str) -> Html:
        words, channel = self._drawing.words, self._place.channel
        if channel is None or not self._place.thread:
            return tag("div", id="thread", hidden=True)
        close = tag("a", "✕", href=f"/?as={self._viewer.id}&in={channel.id}", aria_label=words("close_thread"))
        return tag(
            "aside",
            tag("h2", words("thread"), " ", close),
            tag("div", Html(thread), id="thread"),
            None if channel.archived else self._composer(channel, self._place.thread),
            aria_label=words("thread"),
        )

    def _composer(self, channel: Channel, thread: str) -> Html:
        words = self._drawing.words
        name = "write-thread" if thread else "write-main"
        label = words("reply") if thread else words("write_to", channel=self._name(channel))
        commands = ", ".join(command for app in self._drawing.workspace.apps.values() for command in app.commands)
        hint = None if thread else tag("small", words("commands", commands=commands), id=f"{name}-hint")
        chosen = tag("input", type="file", name="file", aria_label=words("attach"))
        attach = tag("label", draw_emoji("paperclip"), chosen, class_="attach")
        send = tag("button", words("send"), type="submit", class_="primary")
        described = None if thread else f"{name}-hint"
        return tag(
            "form",
            tag("label", label, for_=name),
            tag("textarea", id=name, name="text", rows=2, aria_describedby=described),
            tag("div", hint, attach, send),
            class_="composer",
            data_thread=thread,
        )


def find_place(hands: Hands, user: User, wanted: str, thread: str) -> Place:
    """Where somebody looks, from the address; their direct messages with the app if it names nothing that they see."""
    if wanted == HOME:
        return Place(None)
    try:
        channel = hands.workspace.channel_named(wanted or hands.dm(user.id))
    except Refused:
        channel = hands.workspace.channel(hands.dm(user.id))
    if user.id not in channel.members:
        channel = hands.workspace.channel(hands.dm(user.id))
    return Place(channel, thread if thread in channel.messages else "")
