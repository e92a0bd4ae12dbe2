"""What people do with what the desk has put into Slack, as values: pressed, submitted, asked for options, commanded.

Reads Slack's payloads; whatever is no payload of a kind that the desk has is None.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from intake_chat.domain.slack.people import Presser, Somebody

Json = dict[str, Any]
MENU: Final = "more"
"""Action id of the menu whose options say `<action>:<value>`."""
_LONGEST: Final = 3_000


@dataclass(frozen=True, slots=True)
class Pressed:
    """An agent pressed a button, chose in a menu or in a select.

    Attributes:
        action: the action id, without what stands behind a colon in it (so that several may stand in one block).
        value: of the button, or of what was chosen (a person or channel: its id); "" where nothing was.
        channel: "" in a dialog and in App Home.
        message_ts: of the message that it stands in; "" likewise.
        thread_ts: of the thread that the message stands in; "" where there is none.
        view: the dialog or the Home that it stands in, with its state.
    """

    presser: Presser
    action: str
    value: str
    trigger_id: str
    channel: str = ""
    message_ts: str = ""
    thread_ts: str = ""
    view: Json | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """An agent submitted a dialog; `view` is as Slack gives it, with `state` and `private_metadata`."""

    presser: Presser
    view: Json
    view_id: str
    trigger_id: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """An agent types in a select whose options come from the desk."""

    presser: Presser
    action: str
    text: str
    view: Json | None = None


@dataclass(frozen=True, slots=True)
class Commanded:
    """An agent wrote a slash command; what anybody may command is registered otherwise (`Registry.by_anybody`)."""

    somebody: Somebody
    presser: Presser | None
    command: str
    text: str
    trigger_id: str
    channel: str
    response_url: str


@dataclass(frozen=True, slots=True)
class Shortcut:
    """An agent chose a shortcut; of a message, or (without `message`) of the whole workspace."""

    somebody: Somebody
    presser: Presser | None
    callback: str
    trigger_id: str
    channel: str = ""
    message: Json | None = None
    response_url: str = ""


@dataclass(frozen=True, slots=True)
class HomeOpened:
    """Somebody opened the app's Home; `presser` None: it is no agent."""

    somebody: Somebody
    presser: Presser | None
    view: Json | None = None


@dataclass(frozen=True, slots=True)
class Press:
    """What a payload says was pressed, before it is known by whom.

    Attributes:
        in_menu: it was chosen in a card's menu.
        response_url: where Slack takes an answer to it; "" in a dialog and in App Home.
    """

    somebody: Somebody
    action: str
    value: str
    trigger_id: str
    channel: str
    message_ts: str
    thread_ts: str
    view: Json | None
    in_menu: bool = False
    response_url: str = ""

    @property
    def in_dialog(self) -> bool:
        """Whether it stands in a dialog, on top of which another may be put."""
        return (self.view or {}).get("type") == "modal"

    @property
    def in_home(self) -> bool:
        """Whether it stands in somebody's App Home."""
        return (self.view or {}).get("type") == "home"

    def by(self, presser: Presser, trigger_id: str | None = None) -> Pressed:
        """The same, by an agent."""
        trigger = self.trigger_id if trigger_id is None else trigger_id
        return Pressed(
            presser, self.action, self.value, trigger, self.channel, self.message_ts, self.thread_ts, self.view
        )


def press_of(body: Mapping[str, Any]) -> Press | None:
    """What a `block_actions` payload tells: its first action, of which there is one; None: nothing."""
    actions = body.get("actions")
    somebody = somebody_of(body)
    if somebody is None or not isinstance(actions, list) or not actions or not isinstance(actions[0], Mapping):
        return None
    action, value = str(actions[0].get("action_id") or ""), _value(actions[0])
    in_menu = action.partition(":")[0] == MENU
    if in_menu:
        action, _, value = value.partition(":")
    container, message, view = (_object(body, name) for name in ("container", "message", "view"))
    message_ts = str(container.get("message_ts") or message.get("ts") or "")
    thread_ts = str(container.get("thread_ts") or message.get("thread_ts") or "")
    return Press(
        somebody,
        action.partition(":")[0],
        value[:_LONGEST],
        str(body.get("trigger_id") or ""),
        str(_object(body, "channel").get("id") or container.get("channel_id") or ""),
        message_ts,
        # A message that has replies names itself: what is said in its thread is seen by those who have it open alone.
        "" if thread_ts == message_ts else thread_ts,
        dict(view) or None,
        in_menu,
        str(body.get("response_url") or ""),
    )


def is_button(body: Mapping[str, Any]) -> bool:
    """Whether a `block_actions` payload is of a button that leads nowhere by itself."""
    action = (body.get("actions") or [{}])[0]
    return action.get("type") == "button" and not action.get("url")


def somebody_of(body: Mapping[str, Any]) -> Somebody | None:
    """Who a payload says it comes from: their own workspace where it is named, else the one that it happened in."""
    user = body.get("user")
    if isinstance(user, Mapping):
        team = user.get("team_id") or _object(body, "team").get("id")
        found = user.get("id")
    else:  # commands are forms
        team, found = body.get("team_id"), body.get("user_id")
    return Somebody(str(team), str(found)) if team and found else None


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name)
    return found if isinstance(found, Mapping) else {}


def _value(action: Mapping[str, Any]) -> str:
    for name in ("selected_option", "selected_user", "selected_conversation", "selected_channel", "selected_date",
                 "selected_time", "selected_date_time"):  # fmt: skip
        if chosen := action.get(name):
            return str(chosen.get("value") or "") if isinstance(chosen, Mapping) else str(chosen)
    return str(action.get("value") or "")
