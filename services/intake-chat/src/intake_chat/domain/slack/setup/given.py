"""What an operator gives the service, looked at before Slack is asked: mixed up tokens, names in place of ids.

Each function returns what is wrong, in words that say what to do, or None. The words never hold what was given where
that is a secret.
"""

import re
from typing import Final

_HOST: Final = re.compile(r"(?:[a-z0-9-]{1,63}\.)*[a-z0-9-]{1,63}", re.IGNORECASE)
_CHANNEL: Final = re.compile(r"[CG][A-Z0-9]{1,29}")
_SIGNING_SECRET: Final = re.compile(r"[0-9a-f]{32}")
_BOT: Final = ("xoxb-", "xoxe.xoxb-")
_KINDS: Final = (
    ("xapp-", "the app token (App-Level Tokens), which belongs into INTAKE_CHAT_SLACK_APP_TOKEN"),
    ("xoxb-", "the bot token, which belongs into INTAKE_CHAT_SLACK_BOT_TOKEN"),
    ("xoxe.xoxb-", "the bot token, which belongs into INTAKE_CHAT_SLACK_BOT_TOKEN"),
    ("xoxp-", "a user token, for which the desk has no use"),
    ("xoxe.xoxp-", "a user token, for which the desk has no use"),
    ("xoxe-", "a refresh token, for which the desk has no use"),
    ("xoxa-", "a token of an old kind, for which the desk has no use"),
)
_WHERE_BOT: Final = "copy the Bot User OAuth Token under OAuth & Permissions, which begins with xoxb-"
_WHERE_APP: Final = "copy the token under Basic Information → App-Level Tokens, which begins with xapp-"
_WHERE_SIGNING: Final = "copy the Signing Secret under Basic Information → App Credentials"
_WHERE_ID: Final = "in Slack, it stands at the end of the channel's details, such as C0123ABCD"


def bot_token_problem(token: str) -> str | None:
    """What is wrong with a bot token, as far as it can be seen."""
    return _token_problem(token, _BOT, _WHERE_BOT)


def app_token_problem(token: str) -> str | None:
    """What is wrong with an app token, as far as it can be seen."""
    return _token_problem(token, ("xapp-",), _WHERE_APP)


def signing_secret_problem(secret: str) -> str | None:
    """What is wrong with a signing secret so that it can be none."""
    if not _is_one_word(secret):
        return f"has spaces or other signs that no signing secret has: {_WHERE_SIGNING}"
    if (kind := _kind_of(secret)) is not None:
        return f"is {kind}: {_WHERE_SIGNING}"
    return None


def looks_like_signing_secret(secret: str) -> bool:
    """Whether it has the form of Slack's signing secrets of today."""
    return _SIGNING_SECRET.fullmatch(secret) is not None


def bearer_problem(token: str) -> str | None:
    """What is wrong with a token of the ticket service, as far as it can be seen."""
    if _is_one_word(token):
        return None
    return "has spaces or other signs that no token has: copy what `tickets token create` printed"


def channel_problem(channel: str) -> str | None:
    """What is wrong with the id of a channel in which customers ask."""
    if _CHANNEL.fullmatch(channel):
        return None
    if channel.startswith("D") and channel.isupper():
        return f"{channel!r} is a direct message; those are always heard: take it out"
    return f"{channel!r} is no id of a channel: {_WHERE_ID}"


def host_problem(host: str) -> str | None:
    """What is wrong with a host that files are fetched from."""
    if _HOST.fullmatch(host):
        return None
    return f"{host!r} must be a host and nothing else, such as slack.com"


def _token_problem(token: str, beginnings: tuple[str, ...], where: str) -> str | None:
    if not token:
        return f"is empty: {where}"
    if not _is_one_word(token):
        return f"has spaces, quotes or other signs that no token has: {where}"
    if token.startswith(beginnings):
        return None if any(len(token) > len(one) for one in beginnings if token.startswith(one)) else (
            f"is cut off: {where}"
        )  # fmt: skip
    kind = _kind_of(token)
    return f"is {kind}: {where}" if kind else f"is no token of this kind: {where}"


def _kind_of(token: str) -> str | None:
    return next((kind for beginning, kind in _KINDS if token.startswith(beginning)), None)


def _is_one_word(text: str) -> bool:
    """Whether it can be sent in a header: visible signs of ASCII without quotes."""
    return bool(text) and text.isascii() and text.isprintable() and not set(text) & set(" \"'`<>")
