"""Threads that are heard because a ticket was made of their first message, wherever they stand: how each is kept.

The key names the thread; the value says on which day somebody was last heard there, and whose its first message is.
"""

from typing import Final

from intake_chat.domain.slack.events import Author

PREFIX: Final = "heard"
_DAY_SECONDS: Final = 86_400


def heard_key(channel: str, root: str) -> str:
    """The key of a thread."""
    return f"{PREFIX}.{channel}.{root}"


def thread_in(key: str) -> tuple[str, str] | None:
    """Channel and first message of the thread that a key names; None: it names none."""
    prefix, _, rest = key.partition(".")
    channel, _, root = rest.partition(".")
    return (channel, root) if prefix == PREFIX and channel and root else None


def heard_value(ts: str, author: Author) -> bytes:
    """What is kept when something was heard in it.

    Args:
        ts: time stamp of what was heard.
        author: of the first message.
    """
    return f"{_day(ts)} {author}".encode()


def renewed(value: bytes, ts: str) -> bytes | None:
    """What is kept when something more was heard; None: it says that already."""
    day, _, author = value.decode("utf-8", "replace").partition(" ")
    if day.isdigit() and int(day) >= _day(ts):
        return None
    return f"{_day(ts)} {author}".rstrip().encode()


def author_in(value: bytes | None) -> Author | None:
    """Whose the first message is; None: that was not kept (by releases before)."""
    team, _, user = (value or b"").decode("utf-8", "replace").partition(" ")[2].partition("/")
    return Author(team, user) if team and user else None


def _day(ts: str) -> int:
    return int(ts.partition(".")[0]) // _DAY_SECONDS
