"""Names of places in Slack, as the desk's events carry them.

`T024BE7LD/C024BE91L` is a channel of a workspace, `T024BE7LD/C024BE91L/1355517523.000005` a message in it, and a
conversation is named by its first message. Somebody is `T024BE7LD/U2147483697`: the workspace that they belong to, and
who they are there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

_CONVERSATION = re.compile(r"([A-Z0-9]{2,30})/([A-Z0-9]{2,30})/(\d{1,12}\.\d{6})")

_DIRECT: Final = "D"
"""Slack's ids of direct messages begin with it, and no others do."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread: the workspace and channel in which it stands, and the time stamp of its first message."""

    team: str
    channel: str
    root: str

    def __str__(self) -> str:
        return f"{self.team}/{self.channel}/{self.root}"

    @property
    def account(self) -> str:
        """The channel, as the account that the desk is written to at."""
        return f"{self.team}/{self.channel}"

    @classmethod
    def parse(cls, text: str) -> "Conversation":
        """Read the form that `str()` writes.

        Raises:
            ValueError: the text has another form.
        """
        found = _CONVERSATION.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no conversation of Slack, such as T024BE7LD/C024BE91L/1355517523.000005")
        return cls(*found.groups())


def channel_of(account: str) -> str:
    """The channel of an account as the desk names it; "" where it is none of Slack's."""
    return account.partition("/")[2]


def is_direct(channel: str) -> bool:
    """Whether a channel is the direct messages of one person with the app."""
    return channel.startswith(_DIRECT)


def fell_out(message: Mapping[str, Any] | None, root: str) -> bool:
    """Whether what was posted into a thread stands outside of it, because the thread's first message is gone.

    Args:
        message: as the answer to the post shows it. Where it shows none, as answers of stand-ins for Slack, nothing
            says that it fell out.
        root: time stamp of the thread's first message.
    """
    return bool(message) and (message or {}).get("thread_ts") != root


def time_of(ts: str) -> datetime:
    """When a message with this time stamp was written, aware UTC.

    Raises:
        ValueError: it is no time stamp of Slack.
    """
    seconds, _, micros = ts.partition(".")
    return datetime.fromtimestamp(int(seconds), UTC) + timedelta(microseconds=int(micros or 0))
