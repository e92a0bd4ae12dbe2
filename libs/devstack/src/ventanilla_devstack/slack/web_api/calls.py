"""A call of a method: who makes it, with which arguments, and what a method is."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.ids import is_ts
from ventanilla_devstack.slack.records import App, Channel, Json, User
from ventanilla_devstack.slack.site import Site

TokenKind = Literal["bot", "app", "user", "none"]
Tier = Literal[1, 2, 3, 4, "post", "none"]

_YES = frozenset({"1", "true", "t", "yes", "on"})
_LIST_HIGHEST = 1_000


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a call. From a form every value is text, from JSON it has its own type."""

    values: Mapping[str, Any]

    def text(self, name: str) -> str:
        """A text; "" if it is absent."""
        value = self.values.get(name)
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Yes or no."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        return value if isinstance(value, bool) else str(value).lower() in _YES

    def number(self, name: str, default: int, code: str = "invalid_limit") -> int:
        """A whole number.

        Raises:
            Refused: it is none.
        """
        value = self.values.get(name)
        if value in (None, ""):
            return default
        try:
            return int(str(value))
        except ValueError as error:
            raise Refused(code) from error

    def structure(self, name: str, code: str) -> Any:
        """A value that is JSON, as such or as text; None if it is absent.

        Raises:
            Refused: it is no JSON.
        """
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            raise Refused(code) from error

    def names(self, name: str) -> list[str]:
        """Several values: a list, or one text with commas."""
        value = self.values.get(name)
        if isinstance(value, list):
            return [str(each) for each in value]
        return [part.strip() for part in str(value or "").split(",") if part.strip()]

    def ts(self, name: str, code: str = "") -> str:
        """A time stamp; "" if it is absent.

        Raises:
            Refused: it is none.
        """
        value = self.text(name)
        if value and not is_ts(value):
            raise Refused(code or f"invalid_{name}")
        return value


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was let in.

    Attributes:
        app: whose token it is; for methods without a token, the app that was named.
        user: the bot user, or the person of a user's token.
        scopes: what the token may.
    """

    site: Site
    method: str
    arguments: Arguments
    app: App
    user: User
    scopes: frozenset[str]
    token: str

    def require(self, *alternatives: str) -> None:
        """Let the call go on only with one of some scopes.

        Raises:
            Refused: `missing_scope`, with what was needed and what there is.
        """
        if not self.scopes & set(alternatives):
            raise Refused("missing_scope", needed=",".join(alternatives), provided=",".join(sorted(self.scopes)))

    def required_text(self, name: str) -> str:
        """A text that must be there.

        Raises:
            Refused: `invalid_arguments`, which names it.
        """
        value = self.arguments.text(name)
        if not value:
            raise Refused.with_messages("invalid_arguments", [f"[ERROR] missing required field: {name}"])
        return value

    def channel(self, name: str = "channel") -> Channel:
        """The conversation of a call, if its caller may know it.

        Raises:
            Refused: `channel_not_found`.
        """
        channel = self.site.workspace.channel(self.required_text(name))
        if channel.kind != "public" and self.user.id not in channel.members:
            raise Refused("channel_not_found")
        return channel

    def member_channel(self) -> Channel:
        """A conversation of which the caller is a member.

        Raises:
            Refused: `channel_not_found`, `not_in_channel`.
        """
        channel = self.channel()
        if self.user.id not in channel.members:
            raise Refused("not_in_channel")
        return channel

    def limit(self, default: int = 100, highest: int = _LIST_HIGHEST) -> int:
        """How many entries a page has.

        Raises:
            Refused: `invalid_limit`.
        """
        asked = self.arguments.number("limit", default)
        if asked < 0 or asked > highest:
            raise Refused("invalid_limit")
        return asked or default


@dataclass(frozen=True, slots=True)
class Method:
    """What there is to know of a method before it runs.

    Attributes:
        run: the method itself.
        scopes: the token needs one of them; () for none. What depends on the kind of conversation the method asks.
        accepted: what `X-Accepted-OAuth-Scopes` says where it is not `scopes`.
        tier: its limit.
        takes: the kind of token.
    """

    run: Callable[[Call], Json]
    tier: Tier
    scopes: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    takes: TokenKind = "bot"


def history_scope(channel: Channel) -> str:
    """The scope that reads a conversation's messages."""
    return f"{_family(channel)}:history"


def read_scope(channel: Channel) -> str:
    """The scope that reads what a conversation is."""
    return f"{_family(channel)}:read"


def _family(channel: Channel) -> str:
    return {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}[channel.kind]
