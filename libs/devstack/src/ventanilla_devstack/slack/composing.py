"""What Slack's own client makes of the text that a person types: escapes, mentions, links, and the rich text block.

An app's text is taken as it is; a person cannot write `<!channel>` or a link with a false name by hand.
"""

import re
from collections.abc import Mapping
from html import unescape

from ventanilla_devstack.slack.ids import new_block_id
from ventanilla_devstack.slack.records import Channel, Json, User

_TOKENS = re.compile(
    r"(?P<link>https?://[^\s<>|]+[^\s<>|.,;:!?)'\"])"
    r"|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<user>(?<![\w@])@[\w.-]*\w)"
    r"|(?P<channel>(?<![\w#])#[\w-]+)"
    r"|(?P<range>(?<![\w@])@(?:channel|here|everyone)\b)"
    r"|(?P<emoji>:[a-z0-9_+'-]+:)",
)
_RANGES = ("channel", "here", "everyone")


def escape(text: str) -> str:
    """Text with the three characters escaped that mean something in Slack's markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def compose(text: str, users: Mapping[str, User], channels: Mapping[str, Channel]) -> tuple[str, list[Json]]:
    """The `text` and `blocks` of a message that a person has typed.

    Args:
        users, channels: who and what may be mentioned, by id; `@handle` and `#name` that nobody has stay words.
    """
    handles = {user.name: user for user in users.values()}
    names = {channel.name: channel for channel in channels.values() if channel.kind in ("public", "private")}
    written: list[str] = []
    parts: list[Json] = []
    position = 0
    for match in _TOKENS.finditer(text):
        mark, part = _token(match, handles, names)
        if part is None:
            continue
        _plain(text[position : match.start()], written, parts)
        written.append(mark)
        parts.append(part)
        position = match.end()
    _plain(text[position:], written, parts)
    section = {"type": "rich_text_section", "elements": parts}
    return "".join(written), [{"type": "rich_text", "block_id": new_block_id(), "elements": [section]}] if parts else []


def compose_command(
    text: str, users: Mapping[str, User], channels: Mapping[str, Channel], *, should_escape: bool
) -> str:
    """The `text` of a slash command: the three characters are escaped in any case.

    Args:
        should_escape: as the app's settings say of its commands: people and channels that there are are written with id
            and name, addresses in angle brackets; else they stay as they were typed.
    """
    if not should_escape:
        return escape(text)
    handles = {user.name: user for user in users.values()}
    names = {channel.name: channel for channel in channels.values() if channel.kind in ("public", "private")}
    written: list[str] = []
    position = 0
    for match in _TOKENS.finditer(text):
        mark, part = _token(match, handles, names)
        if part is None:
            continue
        if part["type"] == "user":
            mark = f"<@{part['user_id']}|{match.group()[1:]}>"
        written += [escape(text[position : match.start()]), mark]
        position = match.end()
    return "".join([*written, escape(text[position:])])


def _plain(text: str, written: list[str], parts: list[Json]) -> None:
    if text:
        written.append(escape(text))
        parts.append({"type": "text", "text": text})


def _token(match: re.Match[str], handles: Mapping[str, User], names: Mapping[str, Channel]) -> tuple[str, Json | None]:
    kind, word = match.lastgroup, match.group()
    if kind == "link":
        return f"<{escape(word)}>", {"type": "link", "url": word}
    if kind == "mail":
        return f"<mailto:{word}|{word}>", {"type": "link", "url": f"mailto:{word}", "text": word}
    if kind == "emoji":
        return word, {"type": "emoji", "name": word.strip(":")}
    if kind == "channel":
        channel = names.get(word[1:])
        return (
            (f"<#{channel.id}|{channel.name}>", {"type": "channel", "channel_id": channel.id})
            if channel
            else ("", None)
        )
    if word[1:] in _RANGES:
        return f"<!{word[1:]}>", {"type": "broadcast", "range": word[1:]}
    user = handles.get(word[1:])
    return (f"<@{user.id}>", {"type": "user", "user_id": user.id}) if user else ("", None)


def uncompose(text: str, users: Mapping[str, User]) -> str:
    """A message's text as its author would type it again, to be edited."""

    def typed(match: re.Match[str]) -> str:
        target, _, label = match[1].partition("|")
        if target.startswith("@"):
            return f"@{users[target[1:]].name}" if target[1:] in users else ""
        if target.startswith("#"):
            return f"#{label}"
        return f"@{target[1:]}" if target.startswith("!") else target.removeprefix("mailto:")

    return unescape(re.sub(r"<([^<>]+)>", typed, text))


def mentioned_users(text: str) -> list[str]:
    """The ids of the people whom a text mentions, each once."""
    return list(dict.fromkeys(re.findall(r"<@([A-Z0-9]+)(?:\|[^>]*)?>", text)))
