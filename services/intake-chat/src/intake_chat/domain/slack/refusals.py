"""What Slack's words for a refusal mean for whoever runs the desk."""

from typing import Final

DEAD_TOKEN: Final = frozenset(
    {"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked", "app_uninstalled"}
)
"""The token is worth nothing any more: whatever is asked with it, until somebody gives us another one."""

WRONG_TOKEN: Final = frozenset({"not_allowed_token_type", "no_permission", "missing_scope"})
"""It is a token, but not one for this."""


def bot_token_words(code: str) -> str:
    """What to do about a bot token that Slack does not take."""
    return (
        f"Slack does not take the bot token ({code}): install the app again (OAuth & Permissions) and set"
        " INTAKE_CHAT_SLACK_BOT_TOKEN to the new token, which begins with xoxb-"
    )


def app_token_words(code: str) -> str:
    """What to do about an app token that Slack does not take."""
    return (
        f"Slack does not take the app token ({code}): set INTAKE_CHAT_SLACK_APP_TOKEN to a token that begins with"
        " xapp- and has the scope connections:write"
    )
