"""What Slack's words for a refusal mean for whoever runs the desk."""

from typing import Final

DEAD_TOKEN: Final = frozenset(
    {
        "account_inactive", "app_uninstalled", "ekm_access_denied", "enterprise_is_restricted", "invalid_auth",
        "not_allowed_token_type", "not_authed", "org_login_required", "team_access_not_granted", "team_added_to_org",
        "token_expired", "token_revoked", "two_factor_setup_required",
    }
)  # fmt: skip
"""Nothing is done with the token now, whatever is asked: until somebody gives us another one, or Slack takes this one
again (an app that was installed anew, a workspace that is moved). What waits must not fail for it.

The common errors of every method: https://docs.slack.dev/reference/methods/auth.test#errors.
"""

WRONG_TOKEN: Final = frozenset({"not_allowed_token_type", "no_permission", "missing_scope"})
"""It is a token, but not one for this."""

PAUSES_SECONDS: Final = (15.0, 30.0, 60.0, 120.0)
"""How long a token that Slack does not take is left alone after each refusal in a row; the last one from then on."""


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


class Breaker:
    """Whether Slack takes a token, by what it has answered, and when to try it again where it does not.

    One call at a time tries it, ever more seldom: of thousands that wait, nobody else needs to hear the same word. The
    time is passed in, in seconds of a clock that only goes forward.

    Attributes:
        reason: Slack's word for why not; "": it takes the token, as far as is known.
        ends: how often it has stopped to take it.
    """

    def __init__(self) -> None:
        self.reason = ""
        self.ends = 0
        self._refusals = 0
        self._on_trial = False
        self._next_trial_at = 0.0

    def waits_seconds(self, now: float) -> float:
        """How long until the token is tried again; 0: at once, or nothing is wrong with it."""
        return max(self._next_trial_at - now, 0.0) if self.reason else 0.0

    def called(self, now: float, trial_seconds: float) -> None:
        """A call goes out. With a dead token it is the one that tries it, for as long as that may take."""
        if self.reason:
            self._on_trial, self._next_trial_at = True, now + trial_seconds

    def refused(self, code: str, now: float) -> bool:
        """Slack has said no; True if that is new."""
        new = not self.reason
        self.ends += new
        if new or self._on_trial:  # what was under way together is one refusal, not many
            self._next_trial_at = now + PAUSES_SECONDS[min(self._refusals, len(PAUSES_SECONDS) - 1)]
            self._refusals += 1
        self.reason, self._on_trial = code, False
        return new

    def taken(self) -> bool:
        """Slack has done something with the token; True if it did not before."""
        was_dead, self.reason, self._refusals, self._on_trial = bool(self.reason), "", 0, False
        return was_dead
